"""Milliseconds from a frame to its label, state carried: `VideoLabeler.stream().push(frame)`, one visitor, warm.

With the shipped models where they are here, else with random weights of their sizes.
"""

from typing import Any

import keras
import numpy as np

import rnn_models
from benchmarks.measuring import side_by_side
from rnn_models import VideoLabeler

FRAMES = 50
"""So many frames a round."""

SIZES: dict[str, dict[str, Any]] = {
    "video/finger": {"inputs": "points", "frame_shape": (2,), "units": 64},
    "video/motion": {"inputs": "joints", "frame_shape": (18, 3), "units": 96, "encoder_units": 64, "differences": True},
    "video/scenes": {"inputs": "pixels", "frame_shape": (64, 64, 3), "encoder_units": 64, "differences": True},
}


def run() -> list[dict]:
    """Measure all: rows of {what, value, unit, note}."""
    here = rnn_models.available("video")
    models = {name: rnn_models.load(name) if name in here else _random(size) for name, size in SIZES.items()}
    rivals = {name: _pushes(model) for name, model in models.items()}
    for push in rivals.values():
        push()  # compiles
    rows = []
    for name, seconds in side_by_side(rivals).items():
        each = seconds / FRAMES * 1e6
        low, high = np.percentile(each, [25, 75])
        note = f"median of {len(each)} rounds of {FRAMES} frames, quartiles {low:,.0f}–{high:,.0f}"
        rows.append({"what": f"{name}, one frame", "value": float(np.median(each)), "unit": "µs", "note": note})
    return rows


def _random(size: dict[str, Any]) -> VideoLabeler:
    keras.utils.set_random_seed(0)
    model = VideoLabeler(**size)
    model.build()
    return model


def _pushes(model: VideoLabeler) -> Any:
    shape = (FRAMES, *model.frame_shape)
    draw = np.random.default_rng(0)
    is_picture = model.inputs_kind == "pixels"
    frames = draw.integers(0, 256, shape, dtype="uint8") if is_picture else draw.random(shape, dtype="float32")
    stream = model.stream()

    def push() -> None:
        for frame in frames:
            stream.push(frame)

    return push
