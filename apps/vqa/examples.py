"""What to try: scenes by their numbers, and questions for pictures of which nothing is known."""

from collections.abc import Mapping, Sequence

from apps.vqa import drawn, inference

OPENING = 1
SCENES = (1, 2, 3, 7, 0, 4, 5, 6, 8, 9)
"""Numbers of scenes that the page offers."""

ROOMS = (
    "what is on the table",
    "how many chairs are there",
    "what colour is the wall",
    "what is in front of the window",
    "what is the largest object",
    "how many lamps are there",
    "what is on the floor",
    "what is behind the chair",
    "what colour is the sofa",
    "what is on the bed",
    "what is left of the door",
    "how many pictures are on the wall",
    "what is under the table",
    "what is on the desk",
    "what is close to the wall",
    "what colour is the table",
    "what is hanging on the wall",
    "how many windows are there",
    "what is above the sink",
    "what is on the shelf",
)
"""Twenty questions about a photograph of a room."""

DRAWN = (
    "how many things are there",
    "is there a circle",
    "is there a square",
    "is there a triangle",
    "is there a star",
    "is there a heart",
    "is there a cross",
    "is there a red thing",
    "is there a yellow thing",
    "is there a green thing",
    "is there a blue thing",
    "how many small things are there",
    "how many large things are there",
    "how many circles are there",
    "how many blue things are there",
    "what colour is the large thing",
    "what colour is the small thing",
    "what shape is the large thing",
    "what shape is the small thing",
    "how many black things are there",
)
"""Twenty questions about an upload, for a network of drawn scenes."""

SUGGESTED = 5


def suggestions(name: str | None, model: str) -> dict[str, list[str]]:
    """Questions for a picture, by the languages that a model reads."""
    number = drawn.number_of(name)
    if number is None:
        return {"en": list((DRAWN if inference.is_scene_model(model) else ROOMS)[:SUGGESTED])}
    languages = inference.languages(model)
    return {language: [one.text for one in drawn.suggested(number, language)][:SUGGESTED] for language in languages}


def suggested(name: str | None, model: str, n: int) -> str | None:
    """The suggestion of a number; None where there is none."""
    found = listed(suggestions(name, model))
    return found[n] if 0 <= n < len(found) else None


def listed(found: Mapping[str, Sequence[str]]) -> list[str]:
    """All suggestions, in the order of their numbers."""
    return [question for questions in found.values() for question in questions]


def twenty(name: str | None, model: str, language: str) -> list[tuple[str, str]]:
    """Twenty questions for a picture, each with its kind, or "" where that is not known."""
    number = drawn.number_of(name)
    if number is not None:
        return [(one.text, one.kind) for one in drawn.twenty(number, language)]
    return [(text, "") for text in (DRAWN if inference.is_scene_model(model) else ROOMS)]
