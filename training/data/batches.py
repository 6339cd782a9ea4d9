"""Texts and pairs of texts of many lengths in batches of like length, so that padding is small."""

from collections.abc import Callable, Sequence
from itertools import combinations

import keras
import numpy as np

LENGTHS = (8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024)
"""Batches are padded to these lengths, so that few shapes are compiled; longer ones to multiples of 512."""


def padded_length(length: int) -> int:
    """The smallest of `LENGTHS` that holds `length`."""
    return next((n for n in LENGTHS if n >= length), -(-length // 512) * 512)


class LengthBatches(keras.utils.PyDataset):
    """What batches of like length share: their order, and how the last one is filled up.

    The rows are sorted by length (for training with some noise, and the batches are then shuffled) and cut into
    batches of B rows. The last is filled up with rows from its neighbourhood, which count in training and weigh
    nothing in validation. The order is a function of the seed and of `epoch` alone: it is the same after a resume.

    A subclass says in `_read` what an epoch is made of, and how long its rows are, (N, K) for K arrays a row.

    Args:
        batch_size: B.
        seed: for training; None: in order of length, for validation.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.
    """

    def __init__(self, batch_size: int, seed: int | None, rows: slice | None):
        super().__init__()
        self.batch_size, self.seed = batch_size, seed
        self.rows = rows or slice(0, batch_size)
        self._epoch = -1
        self.epoch = 0

    def _read(self, epoch: int) -> np.ndarray:
        """Take the rows of an epoch; gives their lengths, (N, K) int64."""
        raise NotImplementedError

    @property
    def epoch(self) -> int:
        """The number of the epoch; setting it makes that epoch's batches."""
        return self._epoch

    @epoch.setter
    def epoch(self, number: int) -> None:
        if number != self._epoch:
            self._epoch = number
            self._lengths = self._read(number)
            self._plan()

    @property
    def padding(self) -> float:
        """The share of padding in all arrays of the epoch."""
        room = sum(sum(self._shape(index)) for index in range(len(self))) * self.batch_size
        return 1 - float(self._lengths[self._batches].sum()) / room

    def _plan(self) -> None:
        lengths = self._lengths.astype("float64")
        if self.seed is not None:
            generator = np.random.default_rng([self.seed, self._epoch])
            lengths = lengths * generator.uniform(0.9, 1.1, lengths.shape) + generator.random(lengths.shape)
        order = self._order(lengths)
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

    def _order(self, lengths: np.ndarray) -> np.ndarray:
        """The rows' numbers by length."""
        return np.argsort(lengths[:, 0], kind="stable")

    def _begin_with_two_lengths(self) -> None:
        """Keras takes for fixed what its first two batches have in common: let them differ in each length."""
        first_with = {}
        for index in range(len(self)):
            first_with.setdefault(self._shape(index), index)
        varied = [len(set(lengths)) > 1 for lengths in zip(*first_with, strict=True)]
        for one, other in combinations(first_with, 2):
            if [a != b for a, b in zip(one, other, strict=True)] == varied:
                for place, index in enumerate((first_with[one], first_with[other])):
                    for rows in (self._batches, self._weights):
                        rows[[place, index]] = rows[[index, place]]
                return

    def _shape(self, index: int) -> tuple[int, ...]:
        """The padded length of each array of a batch."""
        return tuple(padded_length(int(length)) for length in self._lengths[self._batches[index]].max(axis=0))

    def __len__(self) -> int:
        return len(self._batches)


class TextBatches(LengthBatches):
    """Batches `({"tokens": (B, T) int32, "mask": (B, T) int32}, labels (B,), weights (B,))`.

    See `LengthBatches` for their order; each is padded on the right to one of `LENGTHS`. In validation the texts
    weigh so much more for those that only fill up that the mean over all batches is the mean over the texts.

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
        if len(labels) < 1:
            raise ValueError("There is no text to make batches of; expected at least one.")
        self.source, self.labels = ids, np.asarray(labels)
        super().__init__(batch_size, seed, rows)

    def _read(self, epoch: int) -> np.ndarray:
        self.ids = self.source(epoch) if callable(self.source) else self.source
        return np.array([[len(text)] for text in self.ids])

    def __getitem__(self, index: int) -> tuple:
        chosen = self._batches[index]
        inputs = padded([self.ids[n] for n in chosen[self.rows]], *self._shape(index))
        return inputs, self.labels[chosen[self.rows]], self._weights[index][self.rows]


Pair = tuple[Sequence[np.ndarray], Sequence[np.ndarray]]


class PairBatches(LengthBatches):
    """Batches `(inputs, labels (B, T) int32, weights (B, T) float32)` for a model that reads one text, writes another.

    The inputs are "source", (B, S) int32, which ends with `end`, so that no source is empty; "source_mask", (B, S)
    int32; and "target", (B, T) int32, what the decoder reads: `start`, then the target. The labels are the target,
    then `end`. See `LengthBatches` for the order; S and T are each one of `LENGTHS`.

    Keras divides the sum of the weighted losses by their number, B·T, and takes the mean over the batches for the
    loss of an epoch. The weights are such that the loss of a training batch is the mean over its tokens, and the
    loss of validation the mean over all tokens of the set. (Weighted *metrics* are divided by the sum of the weights:
    that is the mean over the tokens in a batch, not quite over a set.)

    Args:
        pairs: the sources and the targets as arrays of token ids without start and end, or `epoch -> both` where
            they are cut anew in each epoch.
        start, end: the ids of the tokens around a text.
        batch_size: B.
        seed: for training; None: in order of length, for validation.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.

    Raises:
        ValueError: no pairs, or a source without target.
    """

    def __init__(
        self,
        pairs: Pair | Callable[[int], Pair],
        start: int,
        end: int,
        batch_size: int,
        seed: int | None = None,
        rows: slice | None = None,
    ):
        self.pairs, self.start, self.end = pairs, start, end
        super().__init__(batch_size, seed, rows)

    def _read(self, epoch: int) -> np.ndarray:
        self.sources, self.targets = self.pairs(epoch) if callable(self.pairs) else self.pairs
        if len(self.sources) != len(self.targets) or not len(self.sources):
            raise ValueError(
                f"There are {len(self.sources):,} sources and {len(self.targets):,} targets to make batches of; "
                "expected as many of both, and at least one."
            )
        return np.array([[len(s) + 1, len(t) + 1] for s, t in zip(self.sources, self.targets, strict=True)])

    def _order(self, lengths: np.ndarray) -> np.ndarray:
        """By what the target is padded to, then by the source, up and down in turns: neighbours are alike in both.

        Noise in the source alone mixes the batches well: a step of `LENGTHS` holds several lengths of targets.
        """
        steps = np.searchsorted(LENGTHS, self._lengths[:, 1])
        return np.lexsort([np.where(steps % 2, -lengths[:, 0], lengths[:, 0]), steps])

    def __getitem__(self, index: int) -> tuple:
        chosen = self._batches[index]
        source_length, length = self._shape(index)
        of_batch, of_all = self._lengths[chosen, 1].sum(), self._lengths[:, 1].sum()
        tokens = of_all / len(self) if self.seed is None else of_batch
        weight = (self._weights[index] > 0) * len(chosen) * length / tokens
        chosen, weight = chosen[self.rows], weight[self.rows].astype("float32")
        source = padded([np.append(self.sources[n], self.end) for n in chosen], source_length)
        target = padded([np.append(self.start, self.targets[n]) for n in chosen], length)["tokens"]
        labels = padded([np.append(self.targets[n], self.end) for n in chosen], length)
        inputs = {"source": source["tokens"], "source_mask": source["mask"], "target": target}
        return inputs, labels["tokens"], labels["mask"].astype("float32") * weight[:, None]


def padded(ids: Sequence[np.ndarray], length: int) -> dict[str, np.ndarray]:
    """Texts padded on the right: "tokens" and "mask", (N, length) int32 each."""
    tokens = np.zeros((len(ids), length), dtype="int32")
    # whole numbers, not booleans: TensorFlow's MirroredStrategy adds up a first batch over the devices
    mask = np.zeros((len(ids), length), dtype="int32")
    for n, text in enumerate(ids):
        tokens[n, : len(text)], mask[n, : len(text)] = text, 1
    return {"tokens": tokens, "mask": mask}
