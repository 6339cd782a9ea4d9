"""One cell, one learning rate, one seed: the network, its training and its losses."""

import math
import time
from typing import Any

import keras
import numpy as np

from rnn_models.layers import CELLS, Recurrent
from training.cells.config import Compare
from training.cells.data import Task

VALIDATION, TEST = 1_000_001, 1_000_002
"""The seeds of the sequences that are scored: the same for all."""

UNTIMED = 5
"""The first steps, in which programs are compiled, are not timed."""


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
        raise ValueError(f"--parameters: got {parameters}, expected at least {least} for {cell}.")
    return units


def build_model(cell: str, task: Task, parameters: int) -> keras.Model:
    """The network: the cell, and one linear layer after each step that has an output."""
    recurrent = Recurrent(CELLS[cell](units_for(cell, task, parameters)), return_sequences=task.name == "copy")
    inputs = keras.Input((task.steps, task.width))
    return keras.Model(inputs, keras.layers.Dense(task.outputs)(recurrent(inputs)))


def fit(options: Compare, cell: str, rate: float, seed: int) -> dict[str, Any]:
    """Train once; gives what results.jsonl holds. A loss that is no number ends it, and is None there."""
    task = Task(options.task, options.length)
    keras.utils.set_random_seed(seed)
    model = build_model(cell, task, options.parameters)
    loss = "mse" if task.name == "adding" else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=options.clip_norm), loss)
    found = {"cell": cell, "rate": rate, "seed": seed, "parameters": model.count_params(), "steps": 0}
    began = time.perf_counter()
    for step in range(options.steps):
        if step == UNTIMED:
            began = time.perf_counter()
        value = float(model.train_on_batch(*task.draw(options.batch_size, seed, step)))
        found["steps"] = step + 1
        if not np.isfinite(value):
            return found | {"validation": None, "test": None, "milliseconds": None}
    timed = options.steps - UNTIMED if options.steps > UNTIMED else options.steps
    found["milliseconds"] = round(1000 * (time.perf_counter() - began) / timed, 2)
    for name, drawn in (("validation", VALIDATION), ("test", TEST)):
        x, y = task.draw(options.scored, drawn)
        value = float(model.evaluate(x, y, batch_size=options.batch_size, verbose=0))
        found[name] = value if np.isfinite(value) else None
    return found
