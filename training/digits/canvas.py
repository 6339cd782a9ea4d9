"""Digits that lie anywhere on a larger canvas, with clutter around them (Mnih et al. 2014, section 4.1)."""

import dataclasses

import numpy as np

from training.data.records import ImageData, Images

CANVAS_SEED = {"validation": 1, "test": 2}
"""Validation and test are drawn once, by these seeds: every model is scored on the same pictures."""

PIECE = 8
"""A piece of clutter is a square of so many pixels of another digit."""

_PART = 500
"""So many digits are laid out at once."""


def with_canvas(data: ImageData, side: int, clutter: int = 0) -> ImageData:
    """The data set with its validation and test digits on canvases; those of training are laid there batch by batch.

    A canvas of the digits' own side leaves them as they are.
    """
    if side == data.test.images.shape[1] and not clutter:
        return data
    parts = {split: _laid(getattr(data, split), side, clutter, seed) for split, seed in CANVAS_SEED.items()}
    note = f"Each digit lies anywhere on a canvas of {side} × {side} pixels"
    note += f", among {clutter} pieces of other digits, {PIECE} × {PIECE} pixels each." if clutter else "."
    return dataclasses.replace(data, **parts, notes=[*data.notes, note])


def _laid(part: Images, side: int, clutter: int, seed: int) -> Images:
    draw = np.random.RandomState(seed)  # the same in every NumPy
    starts = range(0, len(part.labels), _PART)
    made = [laid_out(part.images[n : n + _PART], part.images, side, clutter, draw) for n in starts]
    return Images(np.concatenate(made), part.labels)


def laid_out(
    digits: np.ndarray, others: np.ndarray, side: int, clutter: int, draw: np.random.RandomState
) -> np.ndarray:
    """Each digit at a place of its own on a canvas, with pieces of other digits.

    Args:
        digits: (N, h, w) uint8.
        others: (M, h, w) uint8, which the pieces are cut from. A piece may be empty: digits have empty corners.
        side: of the canvas.
        clutter: pieces a canvas. Where ink meets ink, the darker stays.
        draw: the source of places and pieces.

    Returns:
        (N, side, side) uint8.
    """
    count, height, width = digits.shape
    canvases = np.zeros((count, side, side), dtype="uint8")
    tops, lefts = draw.randint(0, side - height + 1, count), draw.randint(0, side - width + 1, count)
    _window(canvases, tops, lefts, digits)
    for _ in range(clutter):
        chosen = draw.randint(0, len(others), count)
        rows = draw.randint(0, height - PIECE + 1, count)[:, None, None] + np.arange(PIECE)[:, None]
        columns = draw.randint(0, width - PIECE + 1, count)[:, None, None] + np.arange(PIECE)
        tops, lefts = draw.randint(0, side - PIECE + 1, count), draw.randint(0, side - PIECE + 1, count)
        _window(canvases, tops, lefts, others[chosen[:, None, None], rows, columns])
    return canvases


def _window(canvases: np.ndarray, tops: np.ndarray, lefts: np.ndarray, pieces: np.ndarray) -> None:
    """Lay each piece on its canvas, its corner at (top, left); the darker stays."""
    _, height, width = pieces.shape
    where = (
        np.arange(len(pieces))[:, None, None],
        tops[:, None, None] + np.arange(height)[:, None],
        lefts[:, None, None] + np.arange(width),
    )
    canvases[where] = np.maximum(canvases[where], pieces)
