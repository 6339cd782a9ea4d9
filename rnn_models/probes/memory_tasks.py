"""The adding and the copy task (Hochreiter and Schmidhuber 1997), and a network for them of at most so many parameters.

The sequences are made up, without end, and what guessing scores is known.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from rnn_models.layers import CELLS, Recurrent

SYMBOLS, KEPT = 8, 10
"""The copy task has so many symbols, and so many of them are to be kept."""


@dataclass(frozen=True)
class Task:
    """A task of sequences of one length.

    Attributes:
        name: "adding" or "copy".
        length: T.
    """

    name: str
    length: int

    @property
    def width(self) -> int:
        """D, the width of an input."""
        return 2 if self.name == "adding" else SYMBOLS + 2

    @property
    def steps(self) -> int:
        """The steps of a sequence."""
        return self.length if self.name == "adding" else self.length + 2 * KEPT

    @property
    def outputs(self) -> int:
        """The width of an output: a number, or logits of the symbols and the blank."""
        return 1 if self.name == "adding" else SYMBOLS + 1

    @property
    def guessing(self) -> float:
        """The best loss without memory: 1/6, of the guess 1 (adding); 10 ln 8 / (T + 20) nats a step (copy)."""
        return 1 / 6 if self.name == "adding" else KEPT * float(np.log(SYMBOLS)) / self.steps

    def draw(self, count: int, *seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets of `count` sequences; the same for the same seed."""
        make = adding if self.name == "adding" else copy
        return make(count, self.length, np.random.default_rng(seed))


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


# ------------------------------------------------------------------------------------------------- the network


def parameters_of(cell: str, units: int, task: Task) -> int:
    """How many parameters the network with such a cell has."""
    shapes = CELLS[cell](units).weight_shapes(task.width).values()
    return sum(map(math.prod, shapes)) + (units + 1) * task.outputs


def units_for(cell: str, task: Task, parameters: int) -> int:
    """The most units with which the network has at most so many parameters.

    Raises:
        ValueError: one unit has more.
    """
    units = 0
    step = 1 << 14
    while step:
        if parameters_of(cell, units + step, task) <= parameters:
            units += step
        step //= 2
    if not units:
        least = parameters_of(cell, 1, task)
        raise ValueError(f"parameters is {parameters}; a network with {cell} has at least {least}.")
    return units


def build_model(cell: str, task: Task, parameters: int) -> keras.Model:
    """The network: the cell, and one linear layer after each step that has an output."""
    recurrent = Recurrent(CELLS[cell](units_for(cell, task, parameters)), return_sequences=task.name == "copy")
    inputs = keras.Input((task.steps, task.width))
    return keras.Model(inputs, keras.layers.Dense(task.outputs)(recurrent(inputs)))


def compile_model(model: keras.Model, task: Task, rate: float, clip_norm: float | None = 1.0) -> None:
    """Adam with this learning rate, the gradient's norm clipped; mean squares, or nats of each step."""
    loss: Any = "mse" if task.name == "adding" else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=clip_norm), loss)
