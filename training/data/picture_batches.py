"""Which pictures each batch of an epoch has: an order by the seed, and a last batch that is filled up."""

import keras
import numpy as np

from training.data.records import Images


class OrderedPictures(keras.utils.PyDataset):
    """What batches of labelled pictures share: their order, and the weights of the last batch.

    For training the order is a function of the seed and of `epoch`. The last batch is filled up: in training with
    other pictures, in validation with pictures that weigh nothing, where the others weigh so much more that the mean
    over the batches is the mean over the pictures. A subclass makes the arrays of a batch, in `__getitem__`.

    Args:
        part: the pictures.
        batch_size: B.
        seed: for training; None: in their order, for validation.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.
    """

    def __init__(self, part: Images, batch_size: int, seed: int | None, rows: slice | None):
        super().__init__()
        self.part, self.batch_size, self.seed = part, batch_size, seed
        self.rows = rows or slice(0, batch_size)
        count, size = len(part.labels), -(-len(part.labels) // batch_size) * batch_size
        self._weights = np.ones(size, dtype="float32")
        if seed is None:
            self._weights[:count], self._weights[count:] = size / count, 0
        self._order = np.resize(np.arange(count), size)
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

    def chosen(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the pictures of a whole batch (B,), and the weights of this process's rows."""
        window = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self._order[window], self._weights[window][self.rows]
