"""The glimpse sensor: what a retina sees of a picture around one place (Mnih et al. 2014, arXiv:1406.6247)."""

from typing import Any

import numpy as np
from keras import ops

from rnn_models.checks import check_count


def retina(pictures: Any, places: Any, size: int, scales: int = 1) -> Any:
    """k squares around a place, of side g, 2g, 4g, ... pixels, each averaged to g × g.

    With w = 1, 2, 4, ... pixels a cell, the cells of a row have their centres at p_i = c + (i − (g − 1)/2) w, where
    c = (l + 1)/2 · S − 1/2 is the place in pixels. Cell i weighs pixel a of its axis by

        F[i, a] = clip((w + 1)/2 − |p_i − a|, 0, 1) / w

    This is the mean over w pixels; between two pixels it interpolates. A square is then F_y · picture · F_xᵀ. Outside
    the picture everything is 0.

    Args:
        pictures: (B, S, S).
        places: (B, 2), x to the right and y down: (0, 0) is the centre of the picture, (−1, −1) its upper left corner.
        size: g, the cells of a side.
        scales: k.

    Returns:
        (B, k, g, g), the finest square first, in the dtype of `pictures`.

    Raises:
        ValueError: a size or a number of scales below 1, pictures that are no squares.
    """
    check_count("size", size)
    check_count("scales", scales)
    pictures, places = ops.convert_to_tensor(pictures), ops.convert_to_tensor(places)
    side = pictures.shape[-1]
    if len(pictures.shape) != 3 or pictures.shape[1] != side:
        raise ValueError(f"pictures have the shape {tuple(pictures.shape)}; expected squares, (B, S, S).")
    columns, rows = (cell_weights(places[:, axis], side, size, scales) for axis in (0, 1))
    columns, rows = (ops.cast(f, pictures.dtype) for f in (columns, rows))
    lines = ops.matmul(ops.reshape(rows, (-1, scales * size, side)), pictures)
    lines = ops.reshape(lines, (-1, scales, size, side))
    return ops.matmul(lines, ops.transpose(columns, (0, 1, 3, 2)))


def cell_weights(places: Any, side: int, size: int, scales: int) -> Any:
    """F of one axis, (B, k, g, S), for places (B,): how much each cell of each scale weighs each of the S pixels."""
    widths = 2.0 ** np.arange(scales, dtype="float32")[:, None, None]
    cells = (np.arange(size, dtype="float32")[:, None] - (size - 1) / 2) * widths
    offsets = ops.convert_to_tensor(cells - np.arange(side, dtype="float32"))
    widths = ops.convert_to_tensor(widths)
    centres = (ops.cast(places, "float32") + 1) * (side / 2) - 0.5
    distances = ops.abs(ops.reshape(centres, (-1, 1, 1, 1)) + offsets)
    return ops.clip((widths + 1) / 2 - distances, 0.0, 1.0) / widths


def boxes(places: np.ndarray, side: int, size: int, scales: int = 1) -> np.ndarray:
    """Where the squares lie, in pixels: places (..., 2) give (..., k, 4): left, top, right, bottom edge."""
    places = np.asarray(places, dtype="float64")
    centres = (places + 1) * side / 2
    half = size * 2.0 ** np.arange(scales)[:, None] / 2
    return np.concatenate([centres[..., None, :] - half, centres[..., None, :] + half], axis=-1)
