"""Keras programs of many kinds around the layers: the table in `docs/layers.md`. Costs 15 s.

Mixed precision, `jit_compile` and functional models stand in `test_models`, `.keras` files in `test_saving`.
"""

import keras
import numpy as np
import pytest
from keras import layers, ops

from rnn_models import Bidirectional, GRUCell, LSTMCell, Recurrent, VanillaRNNCell
from tests.support.gradients import numpy
from tests.support.helpers import BACKEND, close

WORDS = np.array([[3, 1, 2, 4], [1, 2, 0, 0]])
LABELS = np.array([0, 1])


def parts(dtype=None):
    """Layers for words (B, 4), each kind of ours among them; the last gives two numbers."""
    return [
        layers.Embedding(5, 3, mask_zero=True, dtype=dtype),
        Recurrent(LSTMCell(4), return_sequences=True, dtype=dtype),
        Bidirectional(VanillaRNNCell(3), return_sequences=True, dtype=dtype),
        Recurrent(GRUCell(4), dtype=dtype),
        layers.Dense(2, dtype=dtype),
    ]


@pytest.fixture(scope="module")
def model():
    made = keras.Sequential(parts())
    made(WORDS)
    return made


class Subclassed(keras.Model):
    """The same, called by hand: the mask goes along."""

    def __init__(self):
        super().__init__()
        self.parts = parts()

    def call(self, words, training=False):
        x = words
        for layer in self.parts:
            x = layer(x)
        return x


@pytest.mark.parametrize("make", [lambda: keras.Sequential(parts()), Subclassed], ids=["Sequential", "subclassed"])
def test_a_model_fits_also_eagerly(make):
    made = make()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(keras.optimizers.Adam(0.05), loss, run_eagerly=True)
    losses = made.fit(WORDS, LABELS, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert all(np.abs(numpy(v)).max() > 0 for v in made.trainable_variables)


def test_in_double_precision():
    made = keras.Sequential(parts("float64"))
    assert keras.backend.standardize_dtype(made(WORDS).dtype) == ("float32" if BACKEND == "jax" else "float64")


def test_a_clone_is_the_same_model(model):
    clone = keras.models.clone_model(model)
    clone(WORDS)
    clone.set_weights(model.get_weights())
    close(clone(WORDS), model(WORDS))


def test_quantised_to_int8_it_says_nearly_the_same(model):
    clone = keras.models.clone_model(model)
    clone(WORDS)
    clone.set_weights(model.get_weights())
    clone.quantize("int8")
    assert "int8" in {v.dtype for v in clone.variables}
    close(clone(WORDS), numpy(model(WORDS)), 0.05)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a SavedModel is TensorFlow's")
def test_an_exported_model_says_the_same(model, tmp_path):
    import tensorflow as tf

    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    close(served.serve(tf.constant(WORDS, tf.float32)), numpy(model(WORDS)))


@pytest.mark.skipif(BACKEND != "jax", reason="transformations of JAX")
def test_jaxs_transformations_of_a_stateless_call(model):
    import jax

    trainable = [v.value for v in model.trainable_variables]
    other = [v.value for v in model.non_trainable_variables]

    def said(trainable, words):
        return model.stateless_call(trainable, other, words)[0]

    close(jax.jit(said)(trainable, WORDS), model(WORDS))
    close(jax.vmap(lambda words: said(trainable, words[None])[0])(WORDS), model(WORDS))
    slope = jax.grad(lambda trainable, words: said(trainable, words[None]).sum())
    each = jax.vmap(slope, in_axes=(None, 0))(trainable, WORDS)
    together = jax.grad(lambda trainable: said(trainable, WORDS).sum())(trainable)
    close([numpy(g).sum(axis=0) for g in each], [numpy(g) for g in together])


def test_a_cell_in_kerass_own_layer():
    cell = LSTMCell(4)
    x = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    close(layers.RNN(cell)(x), numpy(Recurrent(cell)(ops.convert_to_tensor(x))))
