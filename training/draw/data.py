"""Digits in black and white, and what the simplest models of them score."""

from typing import TYPE_CHECKING

import numpy as np

from training.data.digit_folders import folder_digits
from training.data.mnist import PUBLIC, load_mnist
from training.data.records import ImageData, Images

if TYPE_CHECKING:
    from training.draw.config import Binarisation, Evaluate, Train

__all__ = ["PUBLIC", "binarised", "load_pictures"]

THRESHOLD = 128
"""Of 255: a pixel is ink from this brightness on."""

_SEED = 0
"""Of the one binarisation by chance that validation and test have."""


def load_pictures(options: "Train | Evaluate") -> ImageData:
    """MNIST, or the folder of these options; grey, uint8.

    Raises:
        DataError: the data cannot be had.
    """
    return folder_digits(options.images) if options.images else load_mnist()


def binarised(images: np.ndarray, how: "Binarisation", draw: np.random.Generator | None = None) -> np.ndarray:
    """Pictures (N, H, W) uint8 as zeros and ones, float32.

    Args:
        how: "threshold": 1 from a brightness of .5 on; "sample": 1 with the brightness as its probability.
        draw: chance, for "sample"; None: always the same.
    """
    if how == "threshold":
        return (images >= THRESHOLD).astype("float32")
    draw = draw or np.random.default_rng(_SEED)
    return (255 * draw.random(images.shape, dtype="float32") < images).astype("float32")


def floors(train: Images, test: Images, how: "Binarisation") -> dict[str, float]:
    """Nats a picture of the test for two models without a network.

    "bernoulli": every pixel has its own probability of ink, that of the training pictures. "templates": the same, class
    by class, for the class that the picture has.
    """
    known, asked = (binarised(part.images, how).reshape(len(part.labels), -1) for part in (train, test))
    every = np.zeros(len(known), "int32"), np.zeros(len(asked), "int32")
    return {
        "bernoulli": _nats(known, every[0], asked, every[1]),
        "templates": _nats(known, train.labels, asked, test.labels),
    }


def _nats(known: np.ndarray, known_labels: np.ndarray, asked: np.ndarray, asked_labels: np.ndarray) -> float:
    total = 0.0
    for label in np.unique(asked_labels):
        own = known[known_labels == label]
        p = (own.sum(axis=0) + 0.5) / (len(own) + 1)
        x = asked[asked_labels == label]
        total -= float((x @ np.log(p) + (1 - x) @ np.log1p(-p)).sum())
    return total / len(asked)
