"""With RNN_XLA=0 TensorFlow's programs are graphs without XLA, and give the same numbers."""

import numpy as np
import pytest

from rnn_models import CharLM, CharVocabulary, LSTMCell, Recurrent, custom_gradient


@pytest.fixture
def compiled_how(monkeypatch):
    """The `jit_compile` of every program that the library makes; None is TensorFlow's own choice for a graph."""
    import tensorflow as tf

    found, function = [], tf.function

    def noted(*arguments, **options):
        found.append(options.get("jit_compile"))
        return function(*arguments, **options)

    monkeypatch.setattr(tf, "function", noted)
    return found


def test_without_xla_a_text_is_the_same(monkeypatch, compiled_how):
    model = CharLM(CharVocabulary.build("abc"), cell="gru", units=4, layers=1)
    model.build((None, None))
    with_xla = model.generate("a", 8, seed=3)
    assert True in compiled_how and False not in compiled_how
    monkeypatch.setenv("RNN_XLA", "0")
    compiled_how.clear()
    again = CharLM.from_config(model.get_config())
    again.build((None, None))
    again.set_weights(model.get_weights())
    assert again.generate("a", 8, seed=3) == with_xla
    assert False in compiled_how and True not in compiled_how


def test_without_xla_gradients_are_the_same(monkeypatch, compiled_how):
    import tensorflow as tf

    x = np.random.default_rng(0).standard_normal((2, 3, 4)).astype("float32")
    layer = Recurrent(LSTMCell(5))

    def gradients():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) ** 2)
        return tape.gradient(loss, layer.trainable_variables)

    custom_gradient._tensorflow_programs.cache_clear()
    custom_gradient._eager_tensorflow.cache_clear()
    with_xla = gradients()
    assert True in compiled_how
    monkeypatch.setenv("RNN_XLA", "0")
    compiled_how.clear()
    for given, expected in zip(gradients(), with_xla, strict=True):
        np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-6)
    assert False in compiled_how and True not in compiled_how
