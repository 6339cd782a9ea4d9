"""Movements that the page can make by itself: points (x, y), 30 a second, in widths and heights of the field."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from apps.shared.languages import label

RATE = 30.0
ASPECT = 16 / 9
"""Width over height of the field, as of the pictures in which the finger was recorded."""

FRAMES = 120
TURN = 20
"""Frames of one turn: the person who was recorded took 10 to 20."""

RADIUS = 0.08


@dataclass(frozen=True)
class Gesture:
    """A movement.

    Attributes:
        title: English and Korean, plain text.
        at: (frames (T,)) -> points (T, 2).
    """

    title: str
    at: Callable[[np.ndarray], np.ndarray]

    def points(self) -> np.ndarray:
        """(FRAMES, 2) float32, rounded as the browser is given them."""
        return np.round(self.at(np.arange(FRAMES)), 4).astype("float32")


def _circle(n: np.ndarray, way: int) -> np.ndarray:
    angle = way * 2 * np.pi * n / TURN
    return np.stack([0.5 + RADIUS * np.cos(angle), 0.5 + RADIUS * ASPECT * np.sin(angle)], axis=1)


def _both_ways(n: np.ndarray) -> np.ndarray:
    """Clockwise for the first half, then back on the same circle."""
    return _circle(np.minimum(n, FRAMES - n), 1)


def _across(n: np.ndarray) -> np.ndarray:
    """From side to side on a straight line."""
    share = np.abs((n / 30 + 0.5) % 2 - 1)
    return np.stack([0.2 + 0.6 * share, 0.35 + 0.3 * share], axis=1)


def _eight(n: np.ndarray) -> np.ndarray:
    """A figure of eight: clockwise on one side, counter-clockwise on the other."""
    angle = 2 * np.pi * n / (2 * TURN)
    return np.stack([0.5 + 0.16 * np.sin(angle), 0.5 + 0.16 * ASPECT * np.sin(angle) * np.cos(angle)], axis=1)


GESTURES = {
    "clockwise": Gesture(label("A circle, clockwise", "시계 방향 원"), lambda n: _circle(n, 1)),
    "counter": Gesture(label("A circle, counter-clockwise", "반시계 방향 원"), lambda n: _circle(n, -1)),
    "turns": Gesture(label("A circle that turns round", "도중에 방향을 바꾸는 원"), _both_ways),
    "across": Gesture(label("From side to side", "좌우로 오가기"), _across),
    "eight": Gesture(label("A figure of eight", "8자"), _eight),
}
