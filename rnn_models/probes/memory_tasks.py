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

VALIDATION, TEST = 1_000_001, 1_000_002
"""The seeds of the sequences that are scored: the same for all."""


class SequenceTask:
    """Sequences, and what is to be said of them: what the network of `build_model` learns.

    Attributes:
        steps: T, the length of a sequence.
        width: D, the width of a step's input; of token ids that of their embedding.
        vocabulary: how many token ids there are; 0: the inputs are numbers.
        outputs: the width of an output.
        classes: whether an output is logits of classes (cross-entropy, in nats) or a number (squared error).
        every_step: whether each step has an output, or the last alone.
        guessing: the loss without memory, where it is known.
    """

    steps: int
    width: int
    vocabulary: int = 0
    outputs: int
    classes: bool = True
    every_step: bool = False
    guessing: float | None = None

    def batch(self, count: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets of a training batch; the same for the same seed and step."""
        raise NotImplementedError

    def held_out(self, count: int, which: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets to score: `which` is `VALIDATION` or `TEST`."""
        raise NotImplementedError


@dataclass
class MemoryTask(SequenceTask):
    """A task without end: every batch is new.

    Attributes:
        name: "adding" or "copy".
        length: T; copy has 20 steps more.
    """

    name: str
    length: int

    def __post_init__(self) -> None:
        is_adding = self.name == "adding"
        self.classes = self.every_step = not is_adding
        self.width = 2 if is_adding else SYMBOLS + 2
        self.outputs = 1 if is_adding else SYMBOLS + 1
        self.steps = self.length if is_adding else self.length + 2 * KEPT
        # 1/6, of the guess 1 (adding); 10 ln 8 / (T + 20) nats a step (copy)
        self.guessing = 1 / 6 if is_adding else KEPT * float(np.log(SYMBOLS)) / self.steps

    def batch(self, count: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        return self.draw(count, seed, step)

    def held_out(self, count: int, which: int) -> tuple[np.ndarray, np.ndarray]:
        return self.draw(count, which)

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


def parameters_of(cell: str, units: int, task: SequenceTask) -> int:
    """How many parameters the network with such a cell has, without its embedding."""
    shapes = CELLS[cell](units).weight_shapes(task.width).values()
    return sum(map(math.prod, shapes)) + (units + 1) * task.outputs


def units_for(cell: str, task: SequenceTask, parameters: int) -> int:
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


def build_model(cell: str, task: SequenceTask, parameters: int) -> keras.Model:
    """The network: an embedding of token ids, the cell, and one linear layer after each step that has an output."""
    recurrent = Recurrent(CELLS[cell](units_for(cell, task, parameters)), return_sequences=task.every_step)
    if task.vocabulary:
        inputs = keras.Input((task.steps,), dtype="int32")
        read = keras.layers.Embedding(task.vocabulary, task.width, mask_zero=not task.every_step)(inputs)
    else:
        inputs = read = keras.Input((task.steps, task.width))
    return keras.Model(inputs, keras.layers.Dense(task.outputs)(recurrent(read)))


def compile_model(model: keras.Model, task: SequenceTask, rate: float, clip_norm: float | None = 1.0) -> None:
    """Adam with this learning rate, the gradient's norm clipped; mean squares, or nats and the accuracy."""
    loss: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if task.classes else "mse"
    metrics = [keras.metrics.SparseCategoricalAccuracy("accuracy")] if task.classes else []
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=clip_norm), loss, metrics=metrics)
