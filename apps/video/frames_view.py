"""Frames of a clip as the browser draws them, and small pictures of examples."""

import base64
import io
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from apps.video import examples

COLUMNS = 20
"""Frames beside each other in the picture that holds all frames of a clip."""

BONES = (
    *((0, 1), (1, 2), (2, 3), (2, 4), (4, 5), (5, 6), (2, 7), (7, 8), (8, 9)),
    *((0, 10), (10, 11), (11, 12), (12, 13), (0, 14), (14, 15), (15, 16), (16, 17)),
)
"""Pairs of the 18 joints of the motion clips that a line joins: hips, chest, neck, head, arms, legs."""

_ASPECT = 16 / 9


def data(inputs: str, frames: np.ndarray) -> dict[str, Any]:
    """What the browser needs to draw the frames; of "features" it can draw nothing."""
    found: dict[str, Any] = {"inputs": inputs, "count": len(frames)}
    if inputs == "points":
        found["points"] = np.round(frames.astype(float), 4).tolist()
    elif inputs == "joints":
        found["joints"] = np.round(frames[..., :2]).astype(int).tolist()
        found["bones"] = BONES if frames.shape[1] == 18 else ()
    elif inputs == "pixels":
        found |= {"sheet": _sheet(frames), "columns": COLUMNS, "width": frames.shape[2], "height": frames.shape[1]}
    return found


def _sheet(frames: np.ndarray) -> str:
    """All frames in one picture, row by row, as a data URL."""
    count, high, wide = frames.shape[:3]
    rows = -(-count // COLUMNS)
    sheet = np.zeros((rows, COLUMNS, high, wide, *frames.shape[3:]), "uint8")
    sheet.reshape(rows * COLUMNS, *frames.shape[1:])[:count] = frames
    sheet = np.moveaxis(sheet, 2, 1).reshape(rows * high, COLUMNS * wide, *frames.shape[3:])
    return _png(sheet)


def _png(picture: np.ndarray) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


@cache
def thumbnail(name: str) -> str:
    """An example as a small picture, HTML."""
    example, frames = examples.BY_NAME[name], examples.clip(name).frames
    middle = frames[len(frames) // 2]
    if example.inputs == "pixels":
        return f'<img src="{_png(middle)}" alt="" width="64" height="64"/>'
    lines = [frames * [_ASPECT, 1]] if example.inputs == "points" else [_bone(middle, pair) for pair in BONES]
    return _drawn(lines)


def _bone(pose: np.ndarray, pair: Sequence[int]) -> np.ndarray:
    return pose[list(pair), :2] * [1, -1]


def _drawn(lines: Sequence[np.ndarray]) -> str:
    """Lines (n, 2) as an SVG that they fill."""
    every = np.concatenate(lines).astype(float)
    low, high = every.min(axis=0), every.max(axis=0)
    scale = 52 / max(float((high - low).max()), 1e-6)
    start = 32 - scale * (low + high) / 2
    paths = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (start + scale * line.astype(float)).tolist()) for line in lines
    )
    return f'<svg viewBox="0 0 64 64" aria-hidden="true"><path d="{paths}"/></svg>'
