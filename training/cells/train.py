"""One cell, one learning rate, one seed: the network, its training and its losses."""

import time
from typing import Any

import keras
import numpy as np

from rnn_models.probes.memory_tasks import TEST, VALIDATION, SequenceTask, build_model, compile_model
from training.cells.config import Compare

UNTIMED = 5
"""The first steps, in which programs are compiled, are not timed."""


def fit(options: Compare, task: SequenceTask, cell: str, rate: float, seed: int) -> dict[str, Any]:
    """Train once; gives what results.jsonl holds. A loss that is no number ends it, and is None there."""
    keras.utils.set_random_seed(seed)
    model = build_model(cell, task, options.parameters)
    compile_model(model, task, rate, options.clip_norm)
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
