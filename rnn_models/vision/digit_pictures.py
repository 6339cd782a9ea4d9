"""Pictures of one handwritten digit as MNIST has them: 28 × 28, white ink on black, in the middle.

MNIST's digits were scaled into a box of 20 × 20 pixels, with their proportions kept, and placed with their centre of
mass in the centre of 28 × 28 (LeCun et al. 1998). `digit_picture` does the same to any picture.
"""

from typing import Any

import numpy as np

from rnn_models.vision.pictures import open_picture

SIDE = 28
"""The side of a digit's picture, in pixels."""

BOX = 20
"""The longer side of the digit itself."""

LARGEST = 1024
"""A larger photograph is made smaller, to this side."""

FAINT = 0.15
"""Ink below this share of the darkest ink counts as paper."""

_FITS = 4
_ROUGH = 0.02  # so far the brightness of plain paper differs from a plane


def digit_picture(source: Any) -> np.ndarray:
    """The digit of a picture, (28, 28) float32 from 0 (paper) to 1 (ink).

    An array (28, 28) of floats from 0 to 1 is taken as it is: it is a digit already. Of everything else the brightness
    is read. The paper is what most of the border has, and may be lit more from one side; what differs from it is ink,
    whether darker or brighter.

    Args:
        source: what `rnn_models.open_picture` takes, or an array (28, 28) of floats.

    Raises:
        ValueError: no picture; an array of floats out of range; a picture without ink.
    """
    if isinstance(source, np.ndarray) and source.dtype.kind == "f":
        return _ready(source)
    from PIL import Image

    picture = open_picture(source, max_side=LARGEST)
    grey = np.asarray(Image.fromarray(picture).convert("L"), dtype="float32") / 255
    ink = np.abs(grey - _paper(grey))
    if ink.max() < 0.1:
        raise ValueError("There is no digit in the picture: all of it has nearly one brightness. Draw a digit first.")
    ink /= ink.max()
    return centred(np.where(ink < FAINT, 0, ink))


def _paper(grey: np.ndarray) -> np.ndarray:
    """The brightness of the paper at every pixel (H, W): a plane through most of the border, as a lamp lights it."""
    height, width = grey.shape
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    places = np.stack([np.ones_like(grey), rows, columns], axis=-1)
    edge = np.zeros(grey.shape, dtype=bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    known, brightness = places[edge], grey[edge]
    left = np.abs(brightness - np.median(brightness))
    for _ in range(_FITS):  # what lies far from the plane is ink, or something beside the paper
        kept = left <= max(2 * float(np.median(left)), _ROUGH)
        plane = np.linalg.lstsq(known[kept], brightness[kept], rcond=None)[0]
        left = np.abs(brightness - known @ plane)
    return places @ plane


def _ready(source: np.ndarray) -> np.ndarray:
    if source.shape != (SIDE, SIDE) or not np.isfinite(source).all() or source.min() < 0 or source.max() > 1:
        raise ValueError(
            f"A digit as an array of floats has shape {source.shape} and values from {source.min(initial=0):g} to "
            f"{source.max(initial=0):g}; expected (28, 28), from 0 (paper) to 1 (ink). Other pictures are uint8."
        )
    return source.astype("float32")


def centred(ink: np.ndarray) -> np.ndarray:
    """The ink (H, W), from 0 to 1, scaled into `BOX` and with its centre of mass in the middle: (28, 28) float32."""
    from PIL import Image

    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    image = Image.fromarray(np.uint8(255 * cut)).resize((width, height), Image.Resampling.BOX)
    small = np.asarray(image, dtype="float32") / 255
    small /= max(float(small.max()), 1e-6)
    mass = small.sum()
    middle = [float((small.sum(axis=1 - axis) * np.arange(small.shape[axis])).sum() / mass) for axis in (0, 1)]
    top, left = (
        int(np.clip(round((SIDE - 1) / 2 - at), 0, SIDE - side)) for at, side in zip(middle, small.shape, strict=True)
    )
    canvas = np.zeros((SIDE, SIDE), dtype="float32")
    canvas[top : top + height, left : left + width] = small
    return canvas
