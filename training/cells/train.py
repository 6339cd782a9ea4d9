"""One cell, one learning rate, one seed: the network, its training and its losses."""

import time
from typing import Any

import keras
import numpy as np

from rnn_models.probes.memory_tasks import Task, build_model, compile_model
from training.cells.config import Compare

VALIDATION, TEST = 1_000_001, 1_000_002
"""The seeds of the sequences that are scored: the same for all."""

UNTIMED = 5
"""The first steps, in which programs are compiled, are not timed."""


def fit(options: Compare, cell: str, rate: float, seed: int) -> dict[str, Any]:
    """Train once; gives what results.jsonl holds. A loss that is no number ends it, and is None there."""
    task = Task(options.task, options.length)
    keras.utils.set_random_seed(seed)
    model = build_model(cell, task, options.parameters)
    compile_model(model, task, rate, options.clip_norm)
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
