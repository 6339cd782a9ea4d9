"""Frames of a clip: points, poses or pictures as arrays, and the layer that encodes each of them by itself."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import by_rows
from rnn_models.checks import check_choice, check_units
from rnn_models.layers.recurrent_cell import PACKAGE

INPUTS = ("points", "joints", "pixels", "features")
"""What a frame is: a place (x, y), a pose (J, 3), a picture (H, W, C), or a vector (D,)."""

SCALES = {"points": 40.0, "joints": 0.02, "pixels": 1 / 255, "features": 1.0}
"""Frames are multiplied by these, so that usual ones are near 1: steps of .025 of the picture, poses in centimetres,
pixels from 0 to 255."""

FILTERS = ((5, 8), (3, 16), (3, 24))
"""(K, F) of each convolution of pixels: K × K filters, F of them, every second place."""

_RANKS = {"points": 1, "joints": 2, "pixels": 3, "features": 1}


def check_frame_shape(inputs: str, shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of one frame, if it fits the kind of the inputs.

    Raises:
        ValueError: another kind, or a shape that is none of it.
    """
    check_choice("inputs", inputs, INPUTS)
    found = tuple(int(size) for size in shape)
    right = len(found) == _RANKS[inputs] and min(found) > 0
    if inputs == "points":
        right = found == (2,)
    elif inputs == "joints":
        right = right and found[1] == 3
    elif inputs == "pixels":
        right = right and found[2] in (1, 3) and min(found[:2]) >= 8
    if not right:
        expected = {
            "points": "(2,)",
            "joints": "(J, 3), three numbers for each of J joints",
            "pixels": "(H, W, 1) or (H, W, 3), at least 8 pixels high and wide",
            "features": "(D,)",
        }[inputs]
        raise ValueError(f"frame_shape is {found} with inputs={inputs!r}; expected {expected}.")
    return found


@keras.saving.register_keras_serializable(package=PACKAGE)
class FrameEncoder(keras.layers.Layer):
    """Each frame by itself as a vector: e_t = relu(W x_t + b), of pixels after three convolutions.

    Args:
        inputs: of `INPUTS`.
        units: E, the width of a vector.
        dropout: rate on e_t.

    Shapes: frames (B, T, ...) give (B, T, E).
    """

    def __init__(self, inputs: str, units: int, dropout: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.inputs = check_choice("inputs", inputs, INPUTS)
        self.units = check_units(units)
        self.rate = dropout
        filters = FILTERS if inputs == "pixels" else ()
        self.convolutions = [
            keras.layers.Conv2D(count, size, strides=2, padding="same", activation="relu", name=f"convolution_{n}")
            for n, (size, count) in enumerate(filters)
        ]
        self.dense = keras.layers.Dense(units, activation="relu", name="dense")
        self.drop = keras.layers.Dropout(dropout)

    def build(self, frames_shape: Sequence[int | None]) -> None:
        shape = (None, *frames_shape[2:])
        for layer in self.convolutions:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.dense.build((None, int(np.prod(shape[1:]))))
        self.built = True

    def call(self, frames: Any, training: bool = False) -> Any:
        x = ops.cast(frames, self.compute_dtype) * SCALES[self.inputs]
        if self.convolutions:
            rows = ops.reshape(x, (-1, *frames.shape[2:]))
            for layer in self.convolutions:
                rows = layer(rows)
            x = ops.reshape(rows, (*ops.shape(frames)[:2], int(np.prod(rows.shape[1:]))))
        elif len(frames.shape) > 3:
            x = ops.reshape(x, (*ops.shape(frames)[:2], int(np.prod(frames.shape[2:]))))
        return self.drop(by_rows(self.dense, x), training=training)

    def compute_output_shape(self, frames_shape: Sequence[int | None]) -> tuple:
        return (*frames_shape[:2], self.units)

    def get_config(self) -> dict:
        return {**super().get_config(), "inputs": self.inputs, "units": self.units, "dropout": self.rate}


def facing(pose: np.ndarray, across: Sequence[int]) -> float:
    """The angle around the vertical by which a pose (J, 3) is to be turned so that it faces along z, in radians.

    Args:
        across: the numbers of a left joint and of the right one beside it, such as the shoulders.
    """
    left, right = pose[across[0]], pose[across[1]]
    return float(np.arctan2(left[2] - right[2], left[0] - right[0]))


def turned(poses: np.ndarray, angle: float) -> np.ndarray:
    """Poses (..., J, 3), x y z with y upwards, turned around the vertical through x = z = 0, float32."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = np.moveaxis(np.asarray(poses, "float32"), -1, 0)
    return np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=-1).astype("float32")


def fitted_pictures(frames: Any, shape: Sequence[int]) -> np.ndarray:
    """Pictures as a network reads them, (T, H, W, C) uint8: a square from the middle, made smaller or larger.

    Args:
        frames: (T, h, w), (T, h, w, 1) or (T, h, w, 3) uint8.
        shape: (H, W, C).

    Raises:
        ValueError: frames of another type or shape, or none.
    """
    frames = np.asarray(frames)
    if frames.dtype != np.uint8 or frames.ndim not in (3, 4) or (frames.ndim == 4 and frames.shape[3] not in (1, 3)):
        raise ValueError(
            f"The frames have shape {frames.shape} and type {frames.dtype}; expected pictures (T, H, W), (T, H, W, 1) "
            "or (T, H, W, 3) uint8."
        )
    if 0 in frames.shape:
        raise ValueError(f"The frames have shape {frames.shape}; expected at least one frame of at least one pixel.")
    height, width, channels = shape
    if frames.ndim == 4 and frames.shape[1:] == tuple(shape):
        return frames
    return np.stack([_fitted(one, height, width, channels) for one in frames])


def _fitted(frame: np.ndarray, height: int, width: int, channels: int) -> np.ndarray:
    from PIL import Image

    picture = Image.fromarray(frame[..., 0] if frame.ndim == 3 and frame.shape[2] == 1 else frame)
    picture = picture.convert("L" if channels == 1 else "RGB")
    scale = min(picture.width / width, picture.height / height)
    wide, high = scale * width, scale * height
    left, top = (picture.width - wide) / 2, (picture.height - high) / 2
    box = (left, top, left + wide, top + high)
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX, box)).reshape(height, width, channels)
