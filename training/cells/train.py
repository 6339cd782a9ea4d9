"""One cell, one learning rate, one seed: the network, its training and its losses."""

import math
import time
from typing import Any

import keras
import numpy as np

from rnn_models.layers import CELLS, Recurrent
from training.cells.config import Compare
from training.cells.tasks import TEST, VALIDATION, Task

UNTIMED = 5
"""The first steps, in which programs are compiled, are not timed."""


def parameters_of(cell: str, units: int, task: Task) -> int:
    """How many parameters the network with such a cell has, without its embedding."""
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
    """The network: an embedding of token ids, the cell, and one linear layer after each step that has an output."""
    recurrent = Recurrent(CELLS[cell](units_for(cell, task, parameters)), return_sequences=task.every_step)
    if task.vocabulary:
        inputs = keras.Input((task.steps,), dtype="int32")
        read = keras.layers.Embedding(task.vocabulary, task.width, mask_zero=not task.every_step)(inputs)
    else:
        inputs = read = keras.Input((task.steps, task.width))
    return keras.Model(inputs, keras.layers.Dense(task.outputs)(recurrent(read)))


def fit(options: Compare, task: Task, cell: str, rate: float, seed: int) -> dict[str, Any]:
    """Train once; gives what results.jsonl holds. A loss that is no number ends it, and is None there."""
    keras.utils.set_random_seed(seed)
    model = build_model(cell, task, options.parameters)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if task.classes else "mse"
    metrics = [keras.metrics.SparseCategoricalAccuracy("accuracy")] if task.classes else []
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=options.clip_norm), loss, metrics=metrics)
    found = {"cell": cell, "rate": rate, "seed": seed, "parameters": model.count_params(), "steps": 0}
    began = time.perf_counter()
    for step in range(options.steps):
        if step == UNTIMED:
            began = time.perf_counter()
        value = model.train_on_batch(*task.batch(options.batch_size, seed, step), return_dict=True)["loss"]
        found["steps"] = step + 1
        if not np.isfinite(value):
            return found | {"validation": None, "test": None, "milliseconds": None}
    timed = options.steps - UNTIMED if options.steps > UNTIMED else options.steps
    found["milliseconds"] = round(1000 * (time.perf_counter() - began) / timed, 2)
    for name, which in (("validation", VALIDATION), ("test", TEST)):
        x, y = task.held_out(options.scored, which)
        scores = model.evaluate(x, y, batch_size=options.batch_size, verbose=0, return_dict=True)
        found[name] = float(scores["loss"]) if np.isfinite(scores["loss"]) else None
        if task.classes:
            found[f"{name}_accuracy"] = float(scores["accuracy"])
    return found
