"""Sizes that TensorFlow's graph leaves open, rounded up, so that XLA compiles programs of a few sizes only."""

from collections.abc import Sequence
from typing import Any

LENGTHS = (8, 16, 32, 64, 128, 256, 512, 1024)
BATCHES = (4, 8, 16, 32, 48, 64, 96, 128)
"""Where TensorFlow's graph leaves a size open, XLA's programs are made for these only, and multiples of the last."""


class OpenSizes:
    """Sizes that the graph leaves open, rounded up to `BATCHES` and `LENGTHS`: XLA compiles for every new shape.

    Rows are filled up with zeros. So are steps, behind the last that is read; the loops leave them out. So are the
    places of a source, where one is read; its mask, filled up with zeros like the rest, leaves them out.
    """

    @classmethod
    def of(cls, program: Any, batched: list) -> "OpenSizes | None":
        """What a program needs; None where all sizes are known, or where it has no steps."""
        if not hasattr(program, "timed"):
            return None
        sizes = [*batched[0].shape[:2], *(_places(program, batched)[:1])]
        return cls(program, batched) if None in sizes else None

    def __init__(self, program: Any, batched: list):
        import tensorflow as tf

        self.program = program
        sequences = batched[0]
        size = tf.shape(sequences)
        self.batch = self.length = self.places = self.steps = None
        self.more_rows = self.more_steps = self.more_places = 0
        if sequences.shape[0] is None:
            self.batch = size[0]
            self.more_rows = rounded_up(self.batch, BATCHES) - self.batch
        if sequences.shape[1] is None:
            self.length = size[1]
            self.more_steps = rounded_up(self.length, LENGTHS) - self.length
            self.steps = (self.more_steps if program.reverse else tf.zeros_like(self.length), self.length)
        static, *array = _places(program, batched) or [0]
        if static is None:
            self.places = tf.shape(array[0])[array[1]]
            self.more_places = rounded_up(self.places, LENGTHS) - self.places

    def pad(self, batched: list) -> list:
        """The arrays with more rows, steps and places."""
        return [a if a is None else self._padded(a, n) for n, a in enumerate(batched)]

    def _padded(self, x: Any, n: int) -> Any:
        import tensorflow as tf

        ends = [[0, 0] for _ in x.shape]
        ends[0][1] = self.more_rows
        if n in self.program.timed:
            ends[1][0 if self.program.reverse else 1] = self.more_steps
        if n in (sourced := getattr(self.program, "sourced", {})):
            ends[sourced[n]][1] = self.more_places
        return tf.pad(x, ends)

    def cut(self, outputs: list) -> list:
        """The outputs without what was added."""
        return [self._cut(y, n) for n, y in enumerate(outputs)]

    def _cut(self, y: Any, n: int) -> Any:
        if n in self.program.timed_outputs and self.length is not None:
            y = y[:, self.more_steps :] if self.program.reverse else y[:, : self.length]
        if self.places is not None and n in self.program.sourced_outputs:  # the last axis
            y = y[..., : self.places]
        return y if self.batch is None else y[: self.batch]


def _places(program: Any, batched: list) -> list:
    """The number of places in a program's source as far as it is known, an array that has them, on which axis."""
    for n, axis in getattr(program, "sourced", {}).items():
        return [batched[n].shape[axis], batched[n], axis]
    return []


def rounded_up(size: Any, sizes: Sequence[int]) -> Any:
    """`rnn_models.padding.padded_size`, in the graph."""
    import tensorflow as tf

    # In the plainest operations: what is exported to ONNX has no search in it.
    beyond = -(-size // sizes[-1]) * sizes[-1]
    return tf.reduce_min(tf.where(tf.constant(sizes) >= size, tf.constant(sizes), tf.maximum(beyond, sizes[-1])))
