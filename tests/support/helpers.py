"""Cells, data and masks that the tests of the layers have in common.

One shape serves nearly all of them: on TensorFlow every new shape compiles a program.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

from rnn_models import GRUCell, LSTMCell, VanillaRNNCell
from tests.support import oracles
from tests.support.gradients import numpy

ROOT = Path(__file__).resolve().parents[2]
BACKEND = keras.backend.backend()

B, T, D, H = 5, 6, 3, 4

CELLS = {
    "vanilla": lambda units=H, **options: VanillaRNNCell(units, **options),
    "relu": lambda units=H, **options: VanillaRNNCell(units, activation="relu", **options),
    "lstm": lambda units=H, **options: LSTMCell(units, **options),
    "gru_after": lambda units=H, **options: GRUCell(units, reset_after=True, **options),
    "gru_before": lambda units=H, **options: GRUCell(units, reset_after=False, **options),
}

MASKS = {
    "none": None,
    "right": np.arange(T) < np.array([6, 4, 2, 1, 3])[:, None],
    "left": np.arange(T) >= np.array([0, 2, 4, 5, 3])[:, None],
    "holes": np.array([[c == "1" for c in row] for row in ["101101", "010010", "110001", "011110", "100000"]]),
    "all_masked": np.arange(T) < np.array([0, 6, 0, 3, 0])[:, None],
}
MIXED = np.stack([np.ones(T, bool), MASKS["right"][1], MASKS["left"][2], MASKS["holes"][0], np.zeros(T, bool)])
"""A whole row, one padded on the right, one on the left, one with holes, one of padding only."""


def normal(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def sequences(batch=B, length=T, width=D, seed=0, dtype="float32"):
    return normal(batch, length, width, seed=seed, dtype=dtype)


def states_of(cell, batch=B, seed=7, dtype="float32"):
    """Initial states that are not zero."""
    return [normal(batch, cell.units, seed=seed + n, dtype=dtype) * 0.7 for n in range(cell.state_count)]


def built(cell, width=D, seed=3):
    """`cell`, built, every weight filled with random numbers: biases and gains count too."""
    if not cell.built:
        cell.build((None, width))
    for number, v in enumerate(cell.trainable_weights):
        offset = 1.0 if "gain" in v.name else 0.0
        v.assign(offset + 0.5 * normal(*v.shape, seed=seed + number))
    return cell


def writing(model, scale, size, end, ends):
    """`model` with random weights that writes one of `size` tokens after the other, and the `end` before long."""
    model.build()
    for n, v in enumerate(model.trainable_variables):
        v.assign(scale * normal(*v.shape, seed=n))
    bias = model.head.bias if model.head is not None else model.head_bias
    bias.assign(np.where(np.arange(size) == end, ends, 0.1 * normal(size, seed=99)))
    return model


def values_of(cell) -> dict[str, np.ndarray]:
    """The cell's weights by name, in double precision."""
    return {v.name: numpy(v).astype("float64") for v in cell.trainable_weights}


def oracle(cell, x, states, mask=None, reverse=False, drop=None):
    """Outputs and final states of `cell` by the NumPy oracle."""
    step = oracles.step_of(cell, values_of(cell))
    return oracles.run(step, x.astype("float64"), states, mask, reverse, drop)


def close(given, expected, tolerance=1e-5):
    """Arrays or lists of arrays agree to within `tolerance`, absolute and relative."""
    if isinstance(given, (list, tuple)):
        assert len(given) == len(expected)
        for g, e in zip(given, expected, strict=True):
            close(g, e, tolerance)
        return
    given, expected = (np.asarray(numpy(a), dtype="float64") for a in (given, expected))
    assert given.shape == expected.shape
    np.testing.assert_allclose(given, expected, rtol=tolerance, atol=tolerance)


def differ(a, b, by=1e-3):
    """Somewhere the arrays are further apart than `by`."""
    assert np.abs(numpy(a) - numpy(b)).max() > by


def in_fresh_process(code: str, *arguments, backend: str = BACKEND) -> str:
    """Run `code` in a new Python; gives what it prints."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


# The same recurrences in Keras. Its LSTM holds the gates in the order i, f, g, o, ours in the order i, f, o, g.


def swapped(kind: str, weight: np.ndarray) -> np.ndarray:
    """A weight (or its gradient) from our layout to that of Keras, or back."""
    if kind != "lstm":
        return weight
    i, f, third, fourth = np.split(weight, 4, axis=-1)
    return np.concatenate([i, f, fourth, third], axis=-1)


def twin(kind: str, cell, **options):
    """The layer of Keras with the weights of `cell`."""
    options = {"return_sequences": True, "return_state": True, **options}
    layer = {
        "vanilla": lambda: keras.layers.SimpleRNN(cell.units, **options),
        "relu": lambda: keras.layers.SimpleRNN(cell.units, activation="relu", **options),
        "lstm": lambda: keras.layers.LSTM(cell.units, **options),
        "gru_after": lambda: keras.layers.GRU(cell.units, reset_after=True, **options),
        "gru_before": lambda: keras.layers.GRU(cell.units, reset_after=False, **options),
    }[kind]()
    layer.build((None, None, cell.kernel.shape[0]))
    layer.set_weights([swapped(kind, numpy(getattr(cell, n))) for n in ("kernel", "recurrent_kernel", "bias")])
    return layer
