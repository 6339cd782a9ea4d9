"""A data set of questions about scenes, drawn so that neither a question's words nor a bag of them give its answer.

Three rules: for each text of a question its answers are equally often right, to within one question; a question whose
answer depends on the order of its words ("is A left of B", "is A larger than B") is asked the other way round about
the same picture, where the opposite is right; and what is asked about "the circle" is about the only circle.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnn_models.vision.scenes.question_texts import answer_in, texts
from rnn_models.vision.scenes.questions import KINDS, Query, queries
from rnn_models.vision.scenes.scene import Scene, draw, make_scenes
from training.data.records import QuestionData, Questions

COUNTS = {"train": 12_000, "validation": 500, "test": 1000, "new": 1000}
"""Scenes of each split."""
MOST = {"exist": 2, "count": 2, "colour": 2, "shape": 2, "size": 1, "place": 2, "compare": 2, "relate": 4}
"""So many questions of each kind about one scene, at most."""
ALIKE = 0.6
"""The share of scenes whose objects have something in common, so that there is something to count."""


@dataclass(frozen=True)
class Asked:
    """A question: its text, its answer in the text's language, and what it means."""

    scene: int
    query: Query
    language: str
    text: str
    answer: str


@dataclass(frozen=True)
class SceneQuestions(QuestionData):
    """Questions about scenes; `scenes` and `asked` have those of each split by its name."""

    scenes: dict[str, list[Scene]] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)


def scene_questions(
    languages: Sequence[str] = ("en",),
    side: int = 64,
    counts: dict[str, int] | None = None,
    seed: int = 0,
    held_out: bool = False,
) -> SceneQuestions:
    """The data set, its pictures drawn as arrays.

    Args:
        languages: of the questions, "en" and "ko"; each is asked in one of them.
        side: of the pictures, in pixels.
        counts: scenes of each split.
        seed: of scenes and questions.
        held_out: train, validation and test show and name no pair of colour and shape of `scene.NEW_PAIRS`; the split
            `new` asks about these.
    """
    counts = COUNTS if counts is None else counts
    usual = "seen" if held_out else "all"
    splits = {"train": usual, "validation": usual, "test": usual} | ({"new": "new"} if held_out else {})
    scenes, asked, parts = {}, {}, {}
    for number, (split, pairs) in enumerate(splits.items()):
        scenes[split] = make_scenes(counts[split], 4 * seed + number, pairs, ALIKE)
        asked[split] = list(questions_about(scenes[split], 4 * seed + number, pairs, languages))
        parts[split] = _part(scenes[split], asked[split], side)
    source = f"questions about scenes drawn by rnn_models/vision/scenes, seed {seed}, in {' and '.join(languages)}"
    notes = [
        f"{split}: {len(part.questions):,} questions about {len(part.pictures):,} scenes."
        for split, part in parts.items()
    ]
    return SceneQuestions(
        "scenes", **parts, source=source, licence="none needed", notes=notes, scenes=scenes, asked=asked
    )


def _part(scenes: Sequence[Scene], asked: Sequence[Asked], side: int) -> Questions:
    return Questions(
        np.stack([draw(scene, side) for scene in scenes]),
        np.array([one.scene for one in asked], "int32"),
        [one.text for one in asked],
        [one.answer for one in asked],
        [one.query.kind for one in asked],
        [one.language for one in asked],
    )


def questions_about(
    scenes: Sequence[Scene], seed: int, pairs: str = "all", languages: Sequence[str] = ("en",)
) -> Iterator[Asked]:
    """Questions about scenes by the three rules, at most `MOST` of each kind about one."""
    book = _Book(pairs)
    for number, scene in enumerate(scenes):
        rng = np.random.default_rng([seed, number, 1])
        for kind in KINDS:
            most = MOST[kind]
            candidates = _by_answer(queries(scene, kind, pairs), rng)
            while most > 0 and (found := book.choose(candidates, scene, kind, languages, rng)):
                most -= len(found)
                yield from (Asked(number, query, *said) for query, *said in found)


def _by_answer(found: dict[Query, str], rng: np.random.Generator) -> dict[str, list[Query]]:
    candidates: dict[str, list[Query]] = defaultdict(list)
    ordered = list(found.items())
    for n in rng.permutation(len(ordered)):
        query, answer = ordered[n]
        candidates[answer].append(query)
    return candidates


class _Book:
    """How often each answer was right, for each kind and for each text."""

    def __init__(self, pairs: str):
        self.pairs = pairs
        self.of_kind: dict[str, Counter[str]] = defaultdict(Counter)
        self.of_text: dict[str, Counter[str]] = defaultdict(Counter)

    def choose(
        self,
        candidates: dict[str, list[Query]],
        scene: Scene,
        kind: str,
        languages: Sequence[str],
        rng: np.random.Generator,
    ) -> list[tuple[Query, str, str, str]]:
        """One question, or two that are each other's reverse: (query, language, text, answer) each; or none.

        The answer that was right least often comes first: what is rare is not passed over.
        """
        for answer in sorted(candidates, key=lambda one: (self.of_kind[kind][one], rng.random())):
            for place, query in enumerate(candidates[answer]):
                language = languages[int(rng.integers(len(languages)))]
                form = rng.random()
                both = [query, query.reversed] if query.ordered else [query]
                said = [_said(one, scene, language, form) for one in both]
                if all(map(self._is_due, both, said)):
                    del candidates[answer][place]
                    for one, (_, text, right) in zip(both, said, strict=True):
                        self.of_text[text][right] += 1
                        self.of_kind[kind][one.answer(scene)] += 1
                    return [(one, *words) for one, words in zip(both, said, strict=True)]
        return []

    def _is_due(self, query: Query, said: tuple[str, str, str]) -> bool:
        """Whether no possible answer to this text was right less often than this one."""
        language, text, right = said
        counts = self.of_text[text]
        return all(counts[right] <= counts[answer_in(language, other)] for other in query.possible(self.pairs))


def _said(query: Query, scene: Scene, language: str, form: float) -> tuple[str, str, str]:
    """Language, text and answer; `form` in [0, 1) says which of the ways to put it."""
    ways = texts(query, language)
    return language, ways[int(form * len(ways))], answer_in(language, query.answer(scene))
