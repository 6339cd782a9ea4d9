"""The pictures as the network paints them, with the noise of its z's, in batches."""

from typing import TYPE_CHECKING

import keras
import numpy as np

from training.draw.data import binarised

if TYPE_CHECKING:
    from training.data.records import ImageData, Images
    from training.draw.config import Binarisation, Train


class Pictures:
    """The data set, shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "ImageData"):
        self.options, self.data = options, data


class PictureBatches(keras.utils.PyDataset):
    """Batches `((pictures (B, 28, 28), noise (B, T, Z), classes (B, C)), zeros (B,), weights (B,))`, float32.

    The noise is a fresh ε ~ N(0, 1) for every step of every picture; z = μ + σ ε. For training it, the order and a
    binarisation by chance are a function of the seed and of `epoch`; for validation all are always the same. The last
    batch is filled up: in training with other pictures, in validation with pictures that weigh nothing, where the
    others weigh so much more that the mean over the batches is the mean over the pictures.

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
        super().__init__()
        self.part, self.shape, self.classes, self.binarise = part, shape, classes, binarise
        self.batch_size, self.seed, self.rows = batch_size, seed, rows or slice(0, batch_size)
        count, size = len(part.labels), -(-len(part.labels) // batch_size) * batch_size
        self._weights = np.ones(size, dtype="float32")
        if seed is None:
            self._weights[:count], self._weights[count:] = size / count, 0
        self._order = np.resize(np.arange(count), size)
        self._fixed = binarised(part.images, binarise) if seed is None or binarise == "threshold" else None
        self._epoch = -1
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The number of the epoch; setting it makes that epoch's order."""
        return self._epoch

    @epoch.setter
    def epoch(self, number: int) -> None:
        if number != self._epoch and self.seed is not None:
            order = np.random.default_rng([self.seed, number]).permutation(len(self.part.labels))
            self._order = np.resize(order, len(self._weights))
        self._epoch = number

    def __len__(self) -> int:
        return len(self._weights) // self.batch_size

    def __getitem__(self, index: int) -> tuple:
        window = slice(index * self.batch_size, (index + 1) * self.batch_size)
        chosen, weights = self._order[window], self._weights[window][self.rows]
        draw = np.random.default_rng([1, index] if self.seed is None else [2, self.seed, self.epoch, index])
        noise = draw.standard_normal((self.batch_size, *self.shape), dtype="float32")[self.rows]
        fixed = self._fixed
        x = binarised(self.part.images[chosen], self.binarise, draw) if fixed is None else fixed[chosen]
        inputs = (x[self.rows], noise)
        if self.classes:
            inputs = (*inputs, np.eye(self.classes, dtype="float32")[self.part.labels[chosen][self.rows]])
        return inputs, np.zeros(len(weights), dtype="float32"), weights
