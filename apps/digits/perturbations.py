"""A digit made harder, a little more from step to step: shifted, cluttered, covered with noise."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from apps.digits import examples, sketch
from apps.shared.languages import label
from rnn_models.vision.digit_pictures import SIDE

STEPS = 10
"""Strengths of each kind, from 0, the digit as it is."""

PATCH = 8
"""The side of a piece of clutter, as in the cluttered MNIST of Mnih et al. 2014 (arXiv:1406.6247)."""

MARGIN = 4
"""Pieces are cut at least so far inside another digit's picture, where its ink is."""


@dataclass(frozen=True)
class Kind:
    """One way to make a digit harder.

    Attributes:
        title: English and Korean.
        unit: English and Korean, behind a strength; HTML.
        largest: the last strength.
        at: (picture (28, 28), strength, seed) -> the harder picture.
        random: whether the seed matters.
    """

    title: str
    unit: tuple[str, str]
    largest: float
    at: Callable[[np.ndarray, float, int], np.ndarray]
    random: bool = True

    @property
    def strengths(self) -> list[float]:
        """From 0 to the largest."""
        return [self.largest * n / (STEPS - 1) for n in range(STEPS)]


def shifted(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """The picture, moved by whole pixels; what comes in is paper."""
    height, width = picture.shape
    room = max(abs(down), abs(right))
    wide = np.pad(picture, room)
    return wide[room - down : room - down + height, room - right : room - right + width]


def cluttered(picture: np.ndarray, pieces: int, seed: int) -> np.ndarray:
    """The picture with pieces of 8 × 8 pixels of other digits in random places; of two inks the darker stays.

    More pieces with the same seed are the same ones and others beside them.
    """
    draw, found = np.random.default_rng(seed), picture.copy()
    for _ in range(pieces):
        other = _digits()[draw.integers(len(_digits()))]
        top, left = draw.integers(SIDE - PATCH + 1 - 2 * MARGIN, size=2) + MARGIN
        y, x = draw.integers(SIDE - PATCH + 1, size=2)
        place = found[y : y + PATCH, x : x + PATCH]
        np.maximum(place, other[top : top + PATCH, left : left + PATCH], out=place)
    return found


@functools.cache
def _digits() -> list[np.ndarray]:
    return [sketch.drawn(one.strokes) for one in examples.DRAWN if one.label]


def noisy(picture: np.ndarray, deviation: float, seed: int) -> np.ndarray:
    """The picture plus Gaussian noise, cut to 0 ... 1. More noise with the same seed is the same, multiplied."""
    noise = np.random.default_rng(seed).standard_normal(picture.shape)
    return np.clip(picture + deviation * noise, 0, 1).astype("float32")


KINDS = {
    "right": Kind(
        label("Shift to the right", "오른쪽으로 이동"),
        ("px", "픽셀"),
        9,
        lambda picture, strength, seed: shifted(picture, 0, round(strength)),
        random=False,
    ),
    "down": Kind(
        label("Shift down", "아래로 이동"),
        ("px", "픽셀"),
        9,
        lambda picture, strength, seed: shifted(picture, round(strength), 0),
        random=False,
    ),
    "clutter": Kind(
        label("Clutter", "방해 조각"),
        ("pieces", "조각"),
        9,
        lambda picture, strength, seed: cluttered(picture, round(strength), seed),
    ),
    "noise": Kind(label("Noise", "잡음"), ("σ", "σ"), 0.9, noisy),
}


def sweep(picture: np.ndarray, kind: str, seed: int) -> np.ndarray:
    """The picture at each strength of a kind, (STEPS, 28, 28) float32."""
    one = KINDS[kind]
    return np.stack([one.at(picture, strength, seed) for strength in one.strengths]).astype("float32")
