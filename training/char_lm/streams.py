"""Parallel streams of one long text, for truncated back-propagation through time."""

import keras
import numpy as np


class Streams(keras.utils.PyDataset):
    """Cuts a text of N symbols into B streams and gives chunk after chunk of all of them.

    Stream b holds the symbols b·L ... b·L + L, where L = (N - 1) // B: each symbol is the target of the one
    before it. Batch k is chunk k of every stream, so the state left by batch k is the right initial state
    for batch k + 1. A batch is `({"tokens": (B, T) int32, "reset": (B,) int32}, targets (B, T) int32)`;
    `reset` is 1 for all streams in the first chunk of a pass, else 0.

    Batches must be taken in order: call `fit(..., shuffle=False)`.

    Args:
        ids: the text as whole numbers, (N,).
        batch_size: B, the number of streams.
        steps: T, the length of a chunk.
        seed: if given, every epoch starts at another offset 0 ≤ o < T, so that the chunk edges move. The
            offset is a function of the seed and the epoch's number alone: it is the same after a resume.
        passes: how often an epoch goes through the text, each time from a reset: for tiny texts.
        rows: the streams that this process feeds (several hosts), a slice of range(B); all by default.

    The last (L mod T) symbols of each stream are left out of an epoch; with `seed` not always the same ones.
    """

    def __init__(
        self,
        ids: np.ndarray,
        batch_size: int,
        steps: int,
        seed: int | None = None,
        passes: int = 1,
        rows: slice | None = None,
    ):
        super().__init__()
        if batch_size < 1 or steps < 1:
            raise ValueError(f"batch_size and steps must be at least 1; got {batch_size} and {steps}.")
        self.ids = np.asarray(ids, dtype="int32")
        self.batch_size, self.steps, self.seed, self.passes = batch_size, steps, seed, passes
        self.rows = rows or slice(0, batch_size)
        self.epoch = 0
        spare = 0 if seed is None else steps - 1
        self.length = (len(self.ids) - 1 - spare) // batch_size
        if self.length < steps:
            raise ValueError(
                f"A text of {len(self.ids)} symbols is too short for {batch_size} streams with chunks of "
                f"{steps} symbols: it needs at least {batch_size * steps + 1 + spare}. Give a longer text, "
                "or a smaller batch_size or steps."
            )

    def __len__(self) -> int:
        return self.chunks * self.passes

    @property
    def chunks(self) -> int:
        """The number of chunks of a stream."""
        return self.length // self.steps

    @property
    def offset(self) -> int:
        """Where the first stream starts in this epoch."""
        if self.seed is None:
            return 0
        return int(np.random.default_rng([self.seed, self.epoch]).integers(self.steps))

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        index %= self.chunks
        starts = self.offset + self.length * np.arange(self.batch_size)[self.rows] + index * self.steps
        at = starts[:, None] + np.arange(self.steps)
        # whole numbers, not booleans: TensorFlow's MirroredStrategy adds up a first batch over the devices
        reset = np.full(len(starts), index == 0, dtype="int32")
        return {"tokens": self.ids[at], "reset": reset}, self.ids[at + 1]


def validation_streams(ids: np.ndarray, batch_size: int, steps: int, rows: slice | None = None) -> Streams:
    """Streams over nearly the whole of a validation text: chunks of about `steps`, few symbols left out.

    With n = ⌈L / steps⌉ chunks of ⌊L / n⌋ symbols, fewer than n of a stream's L symbols are left out.
    """
    length = (len(ids) - 1) // batch_size
    if length < 1:
        raise ValueError(
            f"The validation text has {len(ids)} symbols, too few for {batch_size} streams. "
            "Give a longer text or a smaller batch_size."
        )
    chunks = -(-length // steps)
    return Streams(ids, batch_size, length // chunks, rows=rows)
