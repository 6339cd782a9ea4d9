"""The adding and the copy task (Hochreiter and Schmidhuber 1997): made up, without end, known in every number."""

import numpy as np

SYMBOLS, KEPT = 8, 10
"""The copy task has so many symbols, and so many of them are to be kept."""


def adding(count: int, length: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """x (count, T, 2): numbers uniform in [0, 1), and a mark at one step of each half; y (count, 1): the marked sum."""
    x = np.zeros((count, length, 2), dtype="float32")
    x[..., 0] = generator.random((count, length))
    half, rows = length // 2, np.arange(count)
    for step in (generator.integers(0, half, count), generator.integers(half, length, count)):
        x[rows, step, 1] = 1
    return x, (x[..., 0] * x[..., 1]).sum(axis=1, keepdims=True)


def copy(count: int, length: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """x (count, T + 20, 10): ten symbols, T − 1 blanks, the sign to begin, ten blanks, one-hot.

    y (count, T + 20) int32 is blank (8) but for its last ten steps, which are the symbols.
    """
    blank, begin = SYMBOLS, SYMBOLS + 1
    symbols = generator.integers(0, SYMBOLS, (count, KEPT))
    read = np.full((count, length + 2 * KEPT), blank, dtype="int32")
    written = read.copy()
    read[:, :KEPT], read[:, KEPT + length - 1], written[:, -KEPT:] = symbols, begin, symbols
    return np.eye(SYMBOLS + 2, dtype="float32")[read], written
