"""Many lengths and many batch sizes, from a cold process: what compiling costs.

    lengths             forty lengths from 11 to 50 in batches of 16, through Embedding, one LSTM of 64 and Dense
    long lengths        forty lengths from 40 to 430
    batch sizes         forty batch sizes from 1 to 40, 30 steps each
    eager               the forty lengths through the layer alone, called as `layer(x)`
    sentiment           10,000 texts of a table, cold, and once more

Each stands in a process of its own: `train_on_batch` for the library's layer, then the same for `keras.layers.LSTM`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PASSES = 3
SHAPES: dict[str, Callable[[], Iterable[tuple[int, int]]]] = {
    "lengths": lambda: ((16, length) for length in range(11, 51)),
    "long lengths": lambda: ((16, length) for length in range(40, 440, 10)),
    "batch sizes": lambda: ((batch, 30) for batch in range(1, 41)),
    "eager": lambda: ((16, length) for length in range(11, 51)),
}
TEXTS = 10_000


def run() -> list[dict]:
    """Measure all: rows of {what, value, unit, note}."""
    rows = []
    for what in SHAPES:
        ours, keras = _in_process(what, "ours"), _in_process(what, "keras")
        rows.append(_row(f"{what}, first pass", ours[0], keras[0]))
        rows.append(_row(f"{what}, later passes", min(ours[1:]), min(keras[1:])))
    cold, *warm = _in_process("sentiment", "ours")
    note = f"{cold / min(warm):.1f} × the warm time of {min(warm):.1f} s"
    return [*rows, {"what": f"{TEXTS:,} texts, cold", "value": cold, "unit": "s", "note": note}]


def _row(what: str, ours: float, keras: float) -> dict:
    note = f"keras.layers {keras:.2f} s: {ours / keras:.2f} × its time"
    return {"what": what, "value": ours, "unit": "s", "note": note}


def _in_process(what: str, which: str) -> list[float]:
    """Seconds of each pass over all the shapes, in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.lengths", what, which]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    found = subprocess.run(
        command, env=environment, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {found.returncode}: {found.stderr[-2000:]}")
    return json.loads(found.stdout.splitlines()[-1])


def _times(work: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def _training(what: str, which: str) -> list[float]:
    import keras
    import numpy as np

    from rnn_models import LSTMCell, Recurrent

    rng = np.random.default_rng(0)
    layer = Recurrent(LSTMCell(64)) if which == "ours" else keras.layers.LSTM(64)
    shapes = rng.permutation(list(SHAPES[what]()))
    if what == "eager":
        arrays = [rng.standard_normal((*shape, 64)).astype("float32") for shape in shapes]
        return _times(lambda: [layer(x) for x in arrays])
    model = keras.Sequential([keras.layers.Embedding(1000, 64, mask_zero=True), layer, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    batches = [(rng.integers(1, 1000, shape), np.zeros((shape[0], 1))) for shape in shapes]
    return _times(lambda: [model.train_on_batch(x, y) for x, y in batches])


def _sentiment() -> list[float]:
    from benchmarks.sentiment import _model_and_texts, reviews

    model, _, _ = _model_and_texts()
    texts, _ = reviews(TEXTS)
    return _times(lambda: model.probabilities(texts))


if __name__ == "__main__":
    chosen, rival = sys.argv[1:]
    print(json.dumps(_sentiment() if chosen == "sentiment" else _training(chosen, rival)))
