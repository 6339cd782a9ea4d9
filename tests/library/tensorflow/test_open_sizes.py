"""Batches and lengths that TensorFlow's graph leaves open: the same numbers, from programs of a few sizes.

Costs 20 s: programs of padded sizes are compiled for each case.
"""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from keras import ops

from rnn_models import (
    AttentiveDecoder,
    BahdanauAttention,
    HardAttention,
    LSTMCell,
    Recurrent,
    custom_gradient,
    open_sizes,
)
from tests.support.cells import PeepholeCell, ProjectionCell
from tests.support.helpers import CELLS, ROOT, D, H, built, close, normal, sequences

BATCH, LENGTH = 5, 11
LAYERS = {
    "lstm, masked": lambda: Recurrent(built(CELLS["lstm"]()), True, True),
    "gru, reset before, reverse, masked": lambda: Recurrent(built(CELLS["gru_before"]()), True, True, reverse=True),
    "projection, reverse": lambda: Recurrent(built(ProjectionCell(H)), True, True, reverse=True),
    "peephole": lambda: Recurrent(built(PeepholeCell(H)), True, True),
}


def gradients(function, arrays, layer):
    """All that the function gives, and the gradients of what it was given and of the layer's weights."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(arrays)
        results = tf.nest.flatten(function(*arrays))
        loss = tf.add_n([tf.reduce_sum(r * normal(*r.shape, seed=n)) for n, r in enumerate(results)])
    found = tape.gradient(loss, [*arrays, *layer.trainable_variables], unconnected_gradients="zero")
    return [r.numpy() for r in results], [tf.convert_to_tensor(g).numpy() for g in found]


def with_open_sizes(function, arrays, open_axes):
    """The function as a graph that does not know some sizes: of the batch, and the length of its first array."""
    import tensorflow as tf

    open_axes = open_axes or [(0, 1), *[(0,)] * len(arrays[1:])]
    signature = [
        tf.TensorSpec([None if axis in unknown else size for axis, size in enumerate(array.shape)])
        for array, unknown in zip(arrays, open_axes, strict=True)
    ]
    return tf.function(function, input_signature=signature, autograph=False)


@pytest.fixture
def compared(monkeypatch):
    """Compare a function with sizes that are known and with open ones."""

    def compare(function, arrays, layer, open_axes=None):
        arrays = [ops.convert_to_tensor(a) for a in arrays]
        asked = []
        rounded_up = open_sizes.rounded_up
        monkeypatch.setattr(
            open_sizes, "rounded_up", lambda size, sizes: asked.append(sizes) or rounded_up(size, sizes)
        )
        outputs, found = gradients(with_open_sizes(function, arrays, open_axes), arrays, layer)
        lengths = 2 if open_axes else 1  # that of the source, too
        assert 0 < lengths * asked.count(open_sizes.BATCHES) == asked.count(open_sizes.LENGTHS)
        asked.clear()
        custom_gradient._eager_tensorflow.cache_clear()  # calls of other lengths before leave the length open here, too
        expected_outputs, expected = gradients(function, arrays, layer)
        assert not asked
        close(outputs, expected_outputs)
        close(found, expected, 1e-4)

    return compare


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_gives_the_same(kind, compared):
    layer, masked = LAYERS[kind](), "masked" in kind
    states = [normal(BATCH, size, seed=n) for n, size in enumerate(layer.state_sizes(D))]
    mask = normal(BATCH, LENGTH, seed=8) > -0.7

    def run(x, *states):
        rows = ops.shape(x)[0]
        return layer(x, list(states), mask=ops.convert_to_tensor(mask)[:rows] if masked else None, training=True)

    compared(run, [sequences(BATCH, LENGTH), *states], layer)


@pytest.mark.parametrize("attention", [BahdanauAttention, HardAttention])
def test_a_decoder_gives_the_same(attention, compared):
    layer = AttentiveDecoder(LSTMCell(H), attention(3), 6, gate=True)
    source, states = normal(BATCH, 4, 5, seed=2), [normal(BATCH, H, seed=n) for n in (3, 4)]
    layer.build_for(D, 5)
    for n, weight in enumerate(layer.trainable_weights):
        weight.assign(0.5 * normal(*weight.shape, seed=n))
    noise = np.abs(normal(BATCH, LENGTH, 4, seed=9))

    def run(x, *states):
        options = {"noise": ops.convert_to_tensor(noise)[: ops.shape(x)[0]]} if attention is HardAttention else {}
        memory = layer.make_memory(
            ops.convert_to_tensor(source)[: ops.shape(x)[0]], ops.ones((ops.shape(x)[0], 4), "bool")
        )
        return layer(x, list(states), memory, training=True, **options)

    compared(run, [sequences(BATCH, LENGTH), *states], layer)


@pytest.mark.parametrize(("size", "expected"), [(1, 8), (8, 8), (9, 16), (1024, 1024), (1025, 2048), (2049, 3072)])
def test_sizes_are_rounded_up(size, expected):
    assert int(open_sizes.rounded_up(ops.convert_to_tensor(size), open_sizes.LENGTHS)) == expected


@pytest.mark.parametrize("attention", [BahdanauAttention, HardAttention])
def test_a_decoder_gives_the_same_with_a_source_of_open_length(attention, compared):
    layer = AttentiveDecoder(LSTMCell(H), attention(3), 6)
    layer.build_for(D, 5)
    noise = np.abs(normal(BATCH, LENGTH, 6, seed=9))

    def run(x, values, mask, h, c, noise):
        memory = layer.make_memory(values, mask > -0.5)
        return layer(x, [h, c], memory, training=True, **({"noise": noise} if attention is HardAttention else {}))

    shapes = ((BATCH, LENGTH, D), (BATCH, 6, 5), (BATCH, 6), (BATCH, H), (BATCH, H))
    arrays = [*(normal(*shape, seed=n) for n, shape in enumerate(shapes)), noise]
    compared(run, arrays, layer, open_axes=((0, 1), (0, 1), (0, 1), (0,), (0,), (0, 1, 2)))


PROGRAM = """
import keras, numpy as np
from rnn_models import LSTMCell, Recurrent
layer = Recurrent(LSTMCell(4))
model = keras.Sequential([layer, keras.layers.Dense(1)])
model.compile("sgd", "mse")
for length in range(9, 29):
    model.train_on_batch(np.ones((2, length, 3), "float32"), np.ones((2, 1)))
for length in range(9, 29):
    layer(np.ones((2, length, 3), "float32"))
"""


def test_twenty_lengths_compile_few_programs_and_warn_of_nothing(tmp_path):
    """Of each loop one for the first length, one for up to 16 steps, one for up to 32; of the eager call, too."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_dump_to={tmp_path} --xla_dump_hlo_as_text"
    environment = os.environ | {"XLA_FLAGS": flags, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"}
    environment.pop("RNN_XLA", None)
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=300
    )
    assert found.returncode == 0, found.stderr
    assert "retracing" not in found.stderr
    compiled = {re.match(r"module_\d+", f.name)[0] for f in tmp_path.glob("module_*before_optimizations.txt")}
    assert 4 <= len(compiled) <= 9, sorted(f.name for f in tmp_path.iterdir())


def test_layers_of_another_width_do_not_share_a_graph():
    """The same cells, inputs of another width: only the batch and the length may be left open."""
    for width, length in ((3, 2), (5, 2), (3, 4), (6, 3)):
        layer, x = Recurrent(built(CELLS["lstm"](), width=width)), ops.convert_to_tensor(sequences(2, length, width))
        (outputs,), (dx, *_) = gradients(lambda x, layer=layer: [layer(x, training=True)], [x], layer)
        assert outputs.shape == (2, H) and dx.shape == x.shape
