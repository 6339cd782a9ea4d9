"""Pictures with all their captions in batches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from training.data.batches import LengthBatches

if TYPE_CHECKING:
    from training.data.features import Features


class PictureBatches(LengthBatches):
    """Batches `({"grid": (P, L, Dv), "target": (P, K, T)}, labels (P, K, T), counted (P, K, T))` for a captioner.

    A picture stands in a batch with all its captions, at most K, so that it is read once for them; or with `drawn` of
    them, others in each epoch. "target" begins
    with `start`, the labels end with `end`; `counted` is 1 for a caption's words and its end, 0 for padding. Pictures
    whose longest captions are of like length stand together: see `LengthBatches`.

    Args:
        features: of the pictures, by number; training sees each picture in one of its views, at random in each
            epoch.
        captions: for each picture the token ids of its captions, without start and end.
        start, end: the ids of the tokens around a caption.
        batch_size: P.
        seed: for training; None: in order of length, for validation.
        rows: the rows that this process feeds (several hosts), a slice of range(P); all by default.
        drawn: so many captions of each picture in an epoch of training, those of more drawn at random; 0: all.

    Raises:
        ValueError: no pictures, or not as many as there are features.
    """

    def __init__(
        self,
        features: "Features",
        captions: Sequence[Sequence[np.ndarray]],
        start: int,
        end: int,
        batch_size: int,
        seed: int | None = None,
        rows: slice | None = None,
        drawn: int = 0,
    ):
        if len(captions) != len(features.grid) or not len(captions):
            raise ValueError(
                f"There are {len(features.grid):,} pictures and captions of {len(captions):,} to make batches of; "
                "expected as many of both, and at least one."
            )
        self.features, self.given, self.start, self.end = features, captions, start, end
        self.drawn = 0 if seed is None else drawn
        most = max(map(len, captions))
        self.count = min(self.drawn or most, most)
        super().__init__(batch_size, seed, rows)

    def _read(self, epoch: int) -> np.ndarray:
        self.captions = self.given
        if self.drawn:
            draw = np.random.default_rng([self.seed, epoch, 2]).permutation
            self.captions = [[row[k] for k in draw(len(row))[: self.drawn]] for row in self.given]
        return np.array([[max(map(len, captions), default=0) + 1] for captions in self.captions])

    @property
    def padding(self) -> float:
        """The share of padding in the words of the epoch."""
        rooms = sum(self._shape(index)[0] for index in range(len(self))) * self.batch_size * self.count
        words = sum(len(ids) + 1 for n in self._batches.reshape(-1) for ids in self.captions[n])
        return 1 - words / rooms

    def __getitem__(self, index: int) -> tuple:
        numbers = self._batches[index]
        chosen = numbers[self.rows]
        (length,) = self._shape(index)
        target = np.zeros((len(chosen), self.count, length), dtype="int32")
        labels, counted = np.zeros_like(target), np.zeros(target.shape, dtype="float32")
        for row, n in enumerate(chosen):
            for k, ids in enumerate(self.captions[n]):
                target[row, k, : len(ids) + 1] = [self.start, *ids]
                labels[row, k, : len(ids) + 1] = [*ids, self.end]
                counted[row, k, : len(ids) + 1] = 1.0
        counted *= (self._weights[index][self.rows] > 0)[:, None, None]
        if self.seed is None:
            grid = self.features.of(chosen)
        else:  # drawn for the whole batch: each process feeds its own rows of it
            grid = self.features.drawn(numbers, [self.seed, self.epoch, index, 1])[self.rows]
        return {"grid": grid, "target": target}, labels, counted
