"""A saved model is the same model: in this process, in a fresh one, under another backend."""

import importlib.util

import keras
import numpy as np
import pytest

from rnn_models import (
    BahdanauAttention,
    Bidirectional,
    GRUCell,
    LSTMCell,
    Recurrent,
    Stacked,
    TruncatedBPTT,
    VanillaRNNCell,
)
from tests.support.gradients import numpy
from tests.support.helpers import BACKEND, B, D, H, T, close, in_fresh_process, normal, sequences

# Run with a path of a model, one of inputs, and one for its outputs. `rnn_models.layers` registers the classes.
PREDICT = """
import sys, keras, numpy as np, rnn_models.layers
model = keras.saving.load_model(sys.argv[1])
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))
print(keras.backend.backend(), len(model.weights))
"""


def everything():
    """A model with every layer of the library and most of their options."""
    given = keras.Input((T, D), batch_size=B)
    encoded = Stacked(
        [
            Bidirectional(LSTMCell(3, layer_norm=True), GRUCell(3, reset_after=False), merge_mode="ave"),
            VanillaRNNCell(3, activation="relu", recurrent_initializer="identity", recurrent_dropout=0.2),
            GRUCell(H, dropout=0.1, seed=1),
        ],
        residual=True,
        dropout=0.2,
        return_sequences=True,
    )(given)
    backwards = Recurrent(LSTMCell(H, unit_forget_bias=False), reverse=True)(encoded)
    carried = TruncatedBPTT(Recurrent(GRUCell(2), return_sequences=True, return_state=True), B)(encoded)
    attention = BahdanauAttention(3)
    context, weights = attention(backwards, attention.project_keys(encoded), carried)
    model = keras.Model(given, keras.ops.concatenate([backwards, context, weights], axis=-1))
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.5 * normal(*v.shape, seed=n))
    return model


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a saved model, inputs for it, and what it says."""
    folder = tmp_path_factory.mktemp("saved")
    model, x = everything(), sequences()
    model.save(folder / "model.keras")  # before the call: the carried state is still that of a fresh model
    model.save_weights(folder / "model.weights.h5")
    np.save(folder / "x.npy", x)
    return folder, len(model.weights), numpy(model(x))


def test_the_same_outputs_in_this_process(saved):
    folder, count, expected = saved
    model = keras.saving.load_model(folder / "model.keras")
    assert len(model.weights) == count
    close(model(np.load(folder / "x.npy")), expected, 1e-6)


def test_the_same_outputs_in_a_fresh_process(saved):
    folder, count, expected = saved
    said = in_fresh_process(PREDICT, folder / "model.keras", folder / "x.npy", folder / "y.npy")
    assert said.split()[-2:] == [BACKEND, str(count)]
    close(np.load(folder / "y.npy"), expected, 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("other", [b for b in ("tensorflow", "jax", "torch") if b != BACKEND])
def test_the_same_outputs_under_another_backend(saved, other):
    if importlib.util.find_spec(other) is None:
        pytest.skip(f"{other} is not installed")
    folder, count, expected = saved
    said = in_fresh_process(PREDICT, folder / "model.keras", folder / "x.npy", folder / f"{other}.npy", backend=other)
    assert said.split()[-2:] == [other, str(count)]
    close(np.load(folder / f"{other}.npy"), expected)


def test_weights_alone(saved):
    folder, _, expected = saved
    model = everything()
    for v in model.trainable_variables:
        v.assign(np.zeros(v.shape))
    model.load_weights(folder / "model.weights.h5")
    close(model(np.load(folder / "x.npy")), expected, 1e-6)


def test_the_carried_state_is_saved_too(tmp_path):
    """A training that is taken up again goes on in the middle of its streams."""
    given = keras.Input((T, D), batch_size=B)
    model = keras.Model(
        given, TruncatedBPTT(Recurrent(LSTMCell(H), return_sequences=True, return_state=True), B)(given)
    )
    model(sequences())
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    close(again(sequences(seed=1)), model(sequences(seed=1)), 1e-6)


def test_optimiser_and_training_go_on(tmp_path):
    """Saved after one epoch and trained for another, or trained for two: the same weights."""

    def fitted(model, epochs):
        model.fit(sequences(), normal(B, H), batch_size=B, epochs=epochs, shuffle=False, verbose=0)

    model = keras.Sequential([keras.Input((T, D)), Recurrent(GRUCell(H))])
    model.compile("adam", "mse")
    fitted(model, 1)
    model.save(tmp_path / "model.keras")
    fitted(model, 1)
    again = keras.saving.load_model(tmp_path / "model.keras")
    fitted(again, 1)
    close(again.get_weights(), model.get_weights(), 1e-6)
