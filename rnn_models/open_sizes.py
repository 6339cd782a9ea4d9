"""Sizes that TensorFlow's graph leaves open, rounded up, so that XLA compiles programs of a few sizes only."""

from collections.abc import Sequence
from typing import Any

LENGTHS = (8, 16, 32, 64, 128, 256, 512, 1024)
BATCHES = (4, 8, 16, 32, 48, 64, 96, 128)
"""Where TensorFlow's graph leaves a size open, XLA's programs are made for these only, and multiples of the last."""


class OpenSizes:
    """Sizes that the graph leaves open, rounded up to `BATCHES` and `LENGTHS`: XLA compiles for every new shape.

    Rows are filled up with zeros. So are steps, behind the last that is read; the loops leave them out.
    """

    @classmethod
    def of(cls, program: Any, batched: list) -> "OpenSizes | None":
        """What a program needs; None where all sizes are known, or where it has no steps."""
        if not hasattr(program, "timed") or None not in batched[0].shape[:2]:
            return None
        return cls(program, batched[0])

    def __init__(self, program: Any, sequences: Any):
        import tensorflow as tf

        self.program = program
        size = tf.shape(sequences)
        self.batch = self.more_rows = self.length = self.more_steps = self.steps = None
        if sequences.shape[0] is None:
            self.batch = size[0]
            self.more_rows = rounded_up(self.batch, BATCHES) - self.batch
        if sequences.shape[1] is None:
            self.length = size[1]
            self.more_steps = rounded_up(self.length, LENGTHS) - self.length
            self.steps = (self.more_steps if program.reverse else tf.zeros_like(self.length), self.length)

    def pad(self, batched: list) -> list:
        """The arrays with more rows and steps."""
        return [a if a is None else self._padded(a, n in self.program.timed) for n, a in enumerate(batched)]

    def _padded(self, x: Any, timed: bool) -> Any:
        import tensorflow as tf

        ends = [[0, 0] for _ in x.shape]
        if self.more_rows is not None:
            ends[0][1] = self.more_rows
        if timed and self.more_steps is not None:
            ends[1][0 if self.program.reverse else 1] = self.more_steps
        return tf.pad(x, ends)

    def cut(self, outputs: list) -> list:
        """The outputs without what was added."""
        return [self._cut(y, n in self.program.timed_outputs) for n, y in enumerate(outputs)]

    def _cut(self, y: Any, timed: bool) -> Any:
        if timed and self.length is not None:
            y = y[:, self.more_steps :] if self.program.reverse else y[:, : self.length]
        return y if self.batch is None else y[: self.batch]


def rounded_up(size: Any, sizes: Sequence[int]) -> Any:
    """`rnn_models.padding.padded_size`, in the graph."""
    import tensorflow as tf

    # In the plainest operations: what is exported to ONNX has no search in it.
    beyond = -(-size // sizes[-1]) * sizes[-1]
    return tf.reduce_min(tf.where(tf.constant(sizes) >= size, tf.constant(sizes), tf.maximum(beyond, sizes[-1])))
