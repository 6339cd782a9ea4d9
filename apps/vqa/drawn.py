"""Drawn scenes: each has a number, and for each all questions that have one right answer, with that answer."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnn_models.text.words import words_of
from rnn_models.vision.scenes.question_texts import answer_in, texts
from rnn_models.vision.scenes.questions import KINDS, Query, queries
from rnn_models.vision.scenes.scene import Scene, draw, make_scenes

LAST = 999_999
"""The highest number of a scene."""

ALIKE = 0.6
"""The share of scenes whose objects have something in common, as in training."""

SUGGESTED = ("relate", "colour", "count", "exist", "shape", "compare", "size", "place")
TWENTY = 20

_SEED = 20_000_000  # the first seed of this page: those of the training scenes are small
_NAME = re.compile(r"scene-(\d{1,6})", re.ASCII)


@dataclass(frozen=True)
class Question:
    """A question about a scene.

    Attributes:
        text: as it is asked.
        right: the right answer, in its language.
        kind: of `KINDS`.
    """

    text: str
    right: str
    kind: str


def name_of(number: int) -> str:
    """A scene's name, as it stands in links."""
    return f"scene-{number}"


def number_of(name: str | None) -> int | None:
    """The number of a scene by its name; None where it is no such name."""
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    return int(found[1]) if found else None


@functools.lru_cache(maxsize=256)
def scene_of(number: int) -> Scene:
    """The scene of a number, 0 to `LAST`."""
    return make_scenes(1, _SEED + number, alike=ALIKE)[0]


@functools.lru_cache(maxsize=64)
def picture_of(number: int) -> np.ndarray:
    """Its picture, (224, 224, 3) uint8."""
    return draw(scene_of(number))


@functools.lru_cache(maxsize=64)
def _asked(number: int) -> dict[str, dict[Query, str]]:
    """For each kind all questions that have a right answer, and that answer."""
    return {kind: queries(scene_of(number), kind) for kind in KINDS}


@functools.lru_cache(maxsize=64)
def answers_of(number: int) -> dict[tuple[str, ...], Question]:
    """Every way to ask every question about a scene, in both languages, by its words."""
    found = {}
    for kind, asked in _asked(number).items():
        for query, answer in asked.items():
            for language in ("en", "ko"):
                right = answer_in(language, answer)
                found |= {tuple(words_of(text)): Question(text, right, kind) for text in texts(query, language)}
    return found


def right_answer(number: int | None, question: str) -> str | None:
    """The right answer to a question about a scene; None where it is not known, or there is none."""
    found = None if number is None else answers_of(number).get(tuple(words_of(question)))
    return found and found.right


def suggested(number: int, language: str) -> list[Question]:
    """A question of each kind about a scene, those first that show most."""
    draw_from = np.random.default_rng([number, 1])
    found = {kind: _drawn(number, kind, 1, language, draw_from) for kind in KINDS}
    return [question for kind in SUGGESTED for question in found[kind]]


def twenty(number: int, language: str) -> list[Question]:
    """Twenty different questions about a scene, of all kinds that it has; fewer only where it has no more."""
    draw_from = np.random.default_rng([number, 2])
    ready = [_drawn(number, kind, TWENTY, language, draw_from) for kind in KINDS]
    found: list[Question] = []
    while len(found) < TWENTY and any(ready):
        found += [kind.pop(0) for kind in ready if kind][: TWENTY - len(found)]
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def _drawn(number: int, kind: str, most: int, language: str, draw_from: np.random.Generator) -> list[Question]:
    """Different questions of a kind; each right answer comes in turn, so that guessing does not help."""
    by_answer: dict[str, list[Query]] = {}
    for query, answer in _shuffled(_asked(number)[kind].items(), draw_from):
        by_answer.setdefault(answer, []).append(query)
    found = []
    while len(found) < most and any(by_answer.values()):
        for answer in [one for one, left in by_answer.items() if left][: most - len(found)]:
            ways = texts(by_answer[answer].pop(), language)
            found.append(Question(ways[int(draw_from.integers(len(ways)))], answer_in(language, answer), kind))
    return found


def _shuffled(items: Iterable, draw_from: np.random.Generator) -> list:
    listed = list(items)
    return [listed[n] for n in draw_from.permutation(len(listed))]


def described(scene: Scene) -> str:
    """The objects of a scene, in plain English."""
    return ", ".join(f"{thing.size} {thing.colour} {thing.shape}" for thing in scene.objects)
