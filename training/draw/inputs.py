"""The pictures as the network paints them, with the noise of its z's, in batches."""

from typing import TYPE_CHECKING

import numpy as np

from training.data.picture_batches import OrderedPictures
from training.draw.data import binarised

if TYPE_CHECKING:
    from training.data.records import ImageData, Images
    from training.draw.config import Binarisation, Train


class Pictures:
    """The data set, shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "ImageData"):
        self.options, self.data = options, data


class PictureBatches(OrderedPictures):
    """Batches `((pictures (B, 28, 28), noise (B, T, Z), classes (B, C)), zeros (B,), weights (B,))`, float32.

    The noise is a fresh ε ~ N(0, 1) for every step of every picture; z = μ + σ ε. For training it and a binarisation by
    chance are a function of the seed and of `epoch`, as is the order; for validation all are always the same.

    Args:
        part: the pictures.
        shape: (T, Z) of the noise.
        classes: C, of the one-hot rows; 0: there are none.
        binarise: see `binarised`.
        batch_size: B.
        seed: for training; None: in their order, for validation.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.
    """

    def __init__(
        self,
        part: "Images",
        shape: tuple[int, int],
        classes: int,
        binarise: "Binarisation",
        batch_size: int,
        seed: int | None = None,
        rows: slice | None = None,
    ):
        super().__init__(part, batch_size, seed, rows)
        self.shape, self.classes, self.binarise = shape, classes, binarise
        self._fixed = binarised(part.images, binarise) if seed is None or binarise == "threshold" else None

    def __getitem__(self, index: int) -> tuple:
        chosen, weights = self.chosen(index)
        draw = np.random.default_rng([1, index] if self.seed is None else [2, self.seed, self.epoch, index])
        noise = draw.standard_normal((self.batch_size, *self.shape), dtype="float32")[self.rows]
        fixed = self._fixed
        x = binarised(self.part.images[chosen], self.binarise, draw) if fixed is None else fixed[chosen]
        inputs = (x[self.rows], noise)
        if self.classes:
            inputs = (*inputs, np.eye(self.classes, dtype="float32")[self.part.labels[chosen][self.rows]])
        return inputs, np.zeros(len(weights), dtype="float32"), weights
