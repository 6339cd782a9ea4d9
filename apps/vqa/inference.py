"""The networks that answer questions at work: a picture asked, its gaze forced, what is guessed without seeing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared import model_titles, models, pictures, validation
from apps.shared.languages import label
from apps.shared.pictures import Photograph
from apps.vqa import PAGE, drawn
from apps.vqa.asked import Asked
from apps.vqa.names import JOINS
from rnn_models.text.words import words_of
from rnn_models.vision.scenes.scene import draw

if TYPE_CHECKING:
    from rnn_models.tasks.reference_set import Neighbour, ReferenceSet
    from rnn_models.tasks.vqa import Answer

TASK = PAGE.task
QUESTION_LIMIT = 300  # characters
WORDS_LIMIT = 40  # those of the library
QUESTIONS_LIMIT = 100  # of one call

CONCURRENCY = PAGE.concurrency

_HANGUL = re.compile("[ㄱ-ㆎ가-힣]")
_USUAL = 160  # scenes that a picture is compared with, and as many that say how far apart usual ones are
_SIDE = 112  # pixels in which they are drawn: it is quicker, and the network sees fewer
_FIRST = 500_000  # the number of the first of them


# Which models there are ------------------------------------------------------------------------------


def title(name: str) -> str:
    """What a model was trained on, and how picture and question meet in it; plain text."""
    data = model_titles.of_data(PAGE, name) or model_titles.short(name)
    join = models.settings(name, TASK).get("join")
    return f"{data}, {label(*JOINS[join])}" if join in JOINS else data


def choices(names: list[str]) -> list[tuple[str, str]]:
    """What a menu of models shows, and the name behind it."""
    return model_titles.choices(PAGE, names)


def is_scene_model(name: str) -> bool:
    """Whether a model was trained on drawn scenes, and not on photographs."""
    return models.scores(name, TASK).get("dataset", "scenes" if "scenes" in name else "") == "scenes"


def languages(name: str) -> tuple[str, ...]:
    """The languages of the questions that a model was trained on, "en" and "ko"."""
    known = {"ko": ("ko",), "both": ("en", "ko")}
    return known.get(str(models.scores(name, TASK).get("language", "")), ("en",))


def attends(name: str) -> bool:
    """Whether a model has attention over the picture; read without loading it."""
    return models.settings(name, TASK).get("join") in ("attention", "look")


def get_model(model: str) -> tuple[str, Any]:
    """The model of that name, or for "" the one that the page opens with."""
    name = model or models.first(PAGE)
    return name, models.get(name, TASK)


# What a visitor may send -----------------------------------------------------------------------------


def checked_question(text: str | None) -> str:
    """A question that a model can read.

    Raises:
        gr.Error: it has no words, or too many.
    """
    text = validation.text_within(text, QUESTION_LIMIT, "The question", "질문", "question").strip()
    count = len(words_of(text))
    if not count:
        raise validation.refusal(
            "There is no question yet: type one, or choose one below.",
            "질문이 없습니다. 쓰거나 아래에서 골라 주세요.",
            "question",
        )
    if count > WORDS_LIMIT:
        raise validation.refusal(
            f"The question has {count} words; at most {WORDS_LIMIT} are read. Shorten it.",
            f"질문이 낱말 {count}개입니다. {WORDS_LIMIT}개까지 읽으니 줄여 주세요.",
            "question",
        )
    return text


def language_of(question: str) -> str:
    """ "ko" for a question with Hangul in it, else "en"."""
    return "ko" if _HANGUL.search(question) else "en"


@dataclass(frozen=True)
class Shown:
    """A picture that questions are about; `number` is that of a drawn scene, None for a picture of the visitor's."""

    photograph: Photograph
    number: int | None = None

    def right_answer(self, question: str) -> str | None:
        """The right answer, where it is known."""
        return drawn.right_answer(self.number, question)


def shown(name: str | None, path: str | None) -> Shown:
    """The scene of a name, or for another name the picture in a file."""
    number = drawn.number_of(name)
    if number is not None:
        return Shown(Photograph(drawn.picture_of(number)), number)
    return Shown(pictures.open_photograph(path))


# At work ---------------------------------------------------------------------------------------------


def seen_by(loaded: Any, photograph: Photograph) -> np.ndarray:
    """What a network sees of a picture, (1, L, C)."""
    if loaded.convolutional is None:
        return loaded.seen_grids(photograph.encoded_by(loaded).grid)
    return loaded.seen([photograph.array])


def ask_all(loaded: Any, seen: np.ndarray, questions: Sequence[str], about: Shown) -> list[Asked]:
    """Every question about one picture, in each of the four ways."""
    found = [
        loaded.answer_seen(seen, [0] * len(questions), questions, hide_picture, hide_question)
        for hide_picture, hide_question in ((False, False), (True, False), (False, True), (True, True))
    ]
    rights = [about.right_answer(question) for question in questions]
    return [Asked(*row) for row in zip(*found, rights, strict=True)]


def ask_one(name: str | None, path: str | None, question: str | None, model: str) -> tuple[Any, Shown, Asked]:
    """A question about a scene or a file: the model, the picture, the answers."""
    about, question = shown(name, path), checked_question(question)
    with validation.user_errors():
        _, loaded = get_model(model)
        return loaded, about, ask_all(loaded, seen_by(loaded, about.photograph), [question], about)[0]


def ask_forced(
    name: str | None, path: str | None, question: str | None, model: str, place: float | None
) -> tuple[Any, Shown, "Answer", "Answer", int]:
    """The model, the picture, the answer as it is, that with all attention on one place, and the place."""
    about, question = shown(name, path), checked_question(question)
    with validation.user_errors():
        model, loaded = get_model(model)
        if not loaded.attends:
            raise validation.no_attention(model)
        places = int(np.prod(loaded.places))
        place = validation.whole_number(place, 0, places - 1, "The place in the picture", "볼 칸", "place")
        seen = seen_by(loaded, about.photograph)
        (before,) = loaded.answer_seen(seen, [0], [question])
        (after,) = loaded.answer_seen(seen, [0], [question], allowed=np.eye(places, dtype="int32")[place])
        return loaded, about, before, after, place


def swapped(words: Sequence[str], one: int, other: int) -> str:
    """A question in which two words have changed places."""
    words = list(words)
    words[one], words[other] = words[other], words[one]
    return " ".join(words)


# Strange pictures ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strangeness:
    """How unlike the usual pictures of a model a picture is; None where it cannot be told."""

    strangeness: float | None = None
    strangeness_limit: float | None = None
    strange: bool = False
    nearest: "Neighbour | None" = None


def strangeness_of(model: str, loaded: Any, seen: np.ndarray) -> Strangeness:
    """Of a picture that a model has seen. Only models of scenes can tell: what they know can be drawn anew."""
    if not is_scene_model(model):
        return Strangeness()
    usual: ReferenceSet = models.derived(loaded, _reference_set)
    distances, (nearest,) = usual.distances(seen.mean(axis=1))
    value = float(usual.strangeness(distances, distances)[0])
    return Strangeness(value, usual.limit, value > usual.limit, nearest)


def _reference_set(loaded: Any) -> "ReferenceSet":
    """Usual scenes as a network sees them: the mean of the a_i of each.

    There is no caption whose likelihood could count beside the distance, so that the distance stands for both.
    """
    from rnn_models.tasks.reference_set import ReferenceSet

    numbers = range(_FIRST, _FIRST + 2 * _USUAL)
    pooled = loaded.seen([draw(drawn.scene_of(number), _SIDE) for number in numbers]).mean(axis=1)
    captions = [drawn.described(drawn.scene_of(number)) for number in numbers[:_USUAL]]
    made = ReferenceSet.of(pooled[:_USUAL], captions, axes=32)
    distances, _ = made.distances(pooled[_USUAL:])
    made.calibrate(distances, distances, share=0.98)
    return made


# For programs ----------------------------------------------------------------------------------------


def list_models() -> list[str]:
    """The names of the trained networks that answer questions about pictures."""
    return models.available(TASK)


def ask(picture: str, question: str, model: str = "", hide_picture: bool = False, hide_question: bool = False) -> dict:
    """Ask a picture a question, and see where the network looked and what it would have guessed.

    Args:
        picture: a file, JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels.
        question: at most 300 characters and 40 words, such as "what colour is the star".
        model: a name that `vqa_models` gives; "" takes the one that the page opens with.
        hide_picture: answer without the picture.
        hide_question: answer without the question.

    Returns:
        `answer`, its `probability`, and `probabilities` of all answers, the likeliest first; `words`, as they were
        read, and `unknown`, those that the network does not know; `attention` (a row of weights for each look, one for
        each place; null without attention, or with the picture hidden), `looks` (what each row is: a hop, or a word),
        `grid` (rows and columns of the places) and `region` (the part of the picture that lies under it: left, top,
        width, height as shares); `without_picture` and `without_question`: `answer` and `probability` of the same
        network with one of them hidden; `strangeness` of the picture, its `limit` and `strange`, null for a model that
        cannot tell; the `model`.
    """
    return ask_many(picture, [question], model, hide_picture, hide_question)[0]


def ask_many(
    picture: str,
    questions: Sequence[str],
    model: str = "",
    hide_picture: bool = False,
    hide_question: bool = False,
) -> list[dict[str, Any]]:
    """What `ask` gives for each of several questions about one picture, which is looked at once.

    Raises:
        gr.Error: the file is no picture or too large, a question cannot be read, or there is no such model.
    """
    if not 1 <= len(questions) <= QUESTIONS_LIMIT:
        raise validation.refusal(
            f"There are {len(questions)} questions; ask 1 to {QUESTIONS_LIMIT} at a time.",
            f"질문이 {len(questions)}개입니다. 한 번에 1개에서 {QUESTIONS_LIMIT}개까지 물을 수 있습니다.",
            "question",
        )
    questions = [checked_question(question) for question in questions]
    about = shown(None, picture)
    with validation.user_errors():
        name, loaded = get_model(model)
        seen = seen_by(loaded, about.photograph)
        strange = strangeness_of(name, loaded, seen)
        found = ask_all(loaded, seen, questions, about)
    hidden = bool(hide_picture), bool(hide_question)
    return [{**_told(one, one.chosen(*hidden), about, loaded, strange), "model": name} for one in found]


def look_at(picture: str, question: str, row: int, column: int, model: str = "") -> dict:
    """The answer of a network whose gaze is forced: all attention lies on one place of the picture.

    Args:
        picture: as for `ask`.
        question: as for `ask`.
        row: of the place, from 0.
        column: of the place, from 0.
        model: the name of a model with attention; "" takes the one that the page opens with.

    Returns:
        `before` and `after`, each with `answer`, `probability` and `probabilities`; the `grid` of places; the `model`.
    """
    with validation.user_errors():
        name, loaded = get_model(model)
        rows, columns = loaded.places
    row = validation.whole_number(row, 0, rows - 1, "The row", "행", "row")
    column = validation.whole_number(column, 0, columns - 1, "The column", "열", "column")
    _, _, before, after, _ = ask_forced(None, picture, question, name, row * columns + column)
    return {"before": _short(before), "after": _short(after), "grid": [rows, columns], "model": name}


def scene(number: int = 1, language: str = "en") -> dict:
    """A drawn scene whose truth is known, with twenty questions about it.

    Args:
        number: which one, 0 to 999,999: the same number gives the same scene.
        language: of the questions, "en" or "ko".

    Returns:
        `number`; `picture`, a PNG of 224 × 224 as a data URL; `objects`: `size`, `colour`, `shape` and `box`
        (left, top, right, bottom in pixels); `questions`: `text`, `answer` (the right one) and `kind`.
    """
    from PIL import Image

    number = validation.whole_number(number, 0, drawn.LAST, "The number of the scene", "그림의 번호", "number")
    if language not in ("en", "ko"):
        raise validation.refusal(
            f"The language is {str(language)[:20]!r}; expected en or ko.", "언어는 en이나 ko여야 합니다.", "language"
        )
    objects = [
        {"size": one.size, "colour": one.colour, "shape": one.shape, "box": list(one.box)}
        for one in drawn.scene_of(number).objects
    ]
    questions = [{"text": q.text, "answer": q.right, "kind": q.kind} for q in drawn.twenty(number, language)]
    picture = pictures.data_url(Image.fromarray(drawn.picture_of(number)), "PNG", optimize=True)
    return {"number": number, "picture": picture, "objects": objects, "questions": questions}


def looks_of(answer: "Answer", loaded: Any) -> list[str]:
    """What each row of the attention is: a word before which the network looked, or the number of a hop."""
    if answer.attention is None:
        return []
    if loaded.settings["join"] == "look":
        return list(answer.tokens)
    return [str(n + 1) for n in range(len(answer.attention))]


def _told(one: Asked, answer: "Answer", about: Shown, loaded: Any, strange: Strangeness) -> dict[str, Any]:
    looked = answer.attention is not None
    measured = strange.strangeness is not None
    return {
        "question": answer.question,
        **_short(answer),
        "words": answer.tokens,
        "unknown": answer.unknown,
        "attention": np.round(answer.attention.astype(float), 5).tolist() if looked else None,
        "looks": looks_of(answer, loaded) if looked else None,
        "grid": list(answer.grid) if looked else None,
        "region": [round(share, 5) for share in about.photograph.region(loaded)] if looked else None,
        "without_picture": _shortest(one.no_picture),
        "without_question": _shortest(one.no_question),
        "strangeness": round(strange.strangeness, 4) if measured else None,
        "limit": round(strange.strangeness_limit, 4) if measured else None,
        "strange": strange.strange if measured else None,
    }


def _shortest(answer: "Answer") -> dict[str, Any]:
    return {"answer": answer.answer, "probability": round(answer.probability, 6)}


def _short(answer: "Answer") -> dict[str, Any]:
    probabilities = {name: round(value, 6) for name, value in answer.probabilities.items()}
    return {**_shortest(answer), "probabilities": probabilities}
