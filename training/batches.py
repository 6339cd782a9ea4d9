"""Texts of many lengths in batches of like length, so that padding is small."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

LENGTHS = (8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024)
"""Batches are padded to these lengths, so that few shapes are compiled; longer ones to multiples of 512."""


def padded_length(length: int) -> int:
    """The smallest of `LENGTHS` that holds `length`."""
    return next((n for n in LENGTHS if n >= length), -(-length // 512) * 512)


class TextBatches(keras.utils.PyDataset):
    """Batches `({"tokens": (B, T) int32, "mask": (B, T) int32}, labels (B,), weights (B,))`.

    Texts are sorted by length (for training with some noise, and the batches are then shuffled) and cut into
    batches; each is padded on the right to one of `LENGTHS`. All batches have B rows: the last is filled up
    with texts from its neighbourhood, which count in training and weigh nothing in validation; there the others
    weigh so much more that the mean over all batches is the mean over the texts. The order is a function of the
    seed and of `epoch` alone: it is the same after a resume.

    Args:
        ids: the texts as arrays of token ids, or `epoch -> texts` where they are cut anew in each epoch.
        labels: (N,).
        batch_size: B.
        seed: for training; None: in order of length, for validation.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.
    """

    def __init__(
        self,
        ids: Sequence[np.ndarray] | Callable[[int], Sequence[np.ndarray]],
        labels: np.ndarray,
        batch_size: int,
        seed: int | None = None,
        rows: slice | None = None,
    ):
        super().__init__()
        if len(labels) < 1:
            raise ValueError("There is no text to make batches of; expected at least one.")
        self.source, self.labels, self.batch_size, self.seed = ids, np.asarray(labels), batch_size, seed
        self.rows = rows or slice(0, batch_size)
        self._epoch = -1
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The number of the epoch; setting it makes that epoch's batches."""
        return self._epoch

    @epoch.setter
    def epoch(self, number: int) -> None:
        if number != self._epoch:
            self._epoch = number
            self.ids = self.source(number) if callable(self.source) else self.source
            self._plan()

    def _plan(self) -> None:
        lengths = np.array([len(i) for i in self.ids], dtype="float64")
        if self.seed is None:
            order = np.argsort(lengths, kind="stable")
        else:
            generator = np.random.default_rng([self.seed, self._epoch])
            order = np.argsort(lengths * generator.uniform(0.9, 1.1, len(lengths)) + generator.random(len(lengths)))
        spare = -len(order) % self.batch_size
        self._weights = np.ones(len(order) + spare, dtype="float32")
        if spare:
            if self.seed is None:
                self._weights *= len(self._weights) / len(order)
                self._weights[-spare:] = 0.0
            order = np.concatenate([order, np.resize(order[::-1], spare)])
        self._batches = order.reshape(-1, self.batch_size)
        self._weights = self._weights.reshape(-1, self.batch_size)
        if self.seed is not None:
            generator.shuffle(self._batches)
        self._begin_with_two_lengths()

    def _begin_with_two_lengths(self) -> None:
        """Keras takes for fixed what its first two batches have in common: let them differ in length."""
        first = self._length(0)
        other = next((n for n in range(1, len(self)) if self._length(n) != first), 0)
        if other > 1:
            for rows in (self._batches, self._weights):
                rows[[1, other]] = rows[[other, 1]]

    def _length(self, index: int) -> int:
        return padded_length(max(len(self.ids[n]) for n in self._batches[index]))

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        chosen = self._batches[index]
        inputs = padded([self.ids[n] for n in chosen[self.rows]], self._length(index))
        return inputs, self.labels[chosen[self.rows]], self._weights[index][self.rows]


def padded(ids: Sequence[np.ndarray], length: int) -> dict[str, np.ndarray]:
    """Texts padded on the right: "tokens" and "mask", (N, length) int32 each."""
    tokens = np.zeros((len(ids), length), dtype="int32")
    # whole numbers, not booleans: TensorFlow's MirroredStrategy adds up a first batch over the devices
    mask = np.zeros((len(ids), length), dtype="int32")
    for n, text in enumerate(ids):
        tokens[n, : len(text)], mask[n, : len(text)] = text, 1
    return {"tokens": tokens, "mask": mask}
