"""The layers inside Keras models: building, masks that travel, `fit`, mixed precision, compilation."""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

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
from tests.support.gradients import numpy, uncompiled
from tests.support.helpers import BACKEND, CELLS, MASKS, B, D, H, T, built, close, normal, oracle, sequences, states_of

WORDS = np.array([[3, 1, 2, 0, 0, 0], [1, 2, 3, 1, 2, 3], [2, 0, 0, 0, 0, 0], [1, 1, 0, 2, 0, 0], [0] * 6])


# ----------------------------------------------------------------------------------------- building models


LAYERS = {
    "recurrent": lambda **o: Recurrent(LSTMCell(H), **o),
    "bidirectional": lambda **o: Bidirectional(GRUCell(H), **o),
    "stacked": lambda **o: Stacked([LSTMCell(H), GRUCell(H)], residual=True, dropout=0.1, **o),
}
every_layer = pytest.mark.parametrize("layer", LAYERS)


@every_layer
@pytest.mark.parametrize("return_sequences", [False, True], ids=["last", "sequences"])
def test_symbolic_shapes_and_types_are_those_of_the_results(layer, return_sequences):
    made = LAYERS[layer](return_sequences=return_sequences, return_state=True, dtype="mixed_bfloat16")
    given = keras.Input((None, D))
    symbols = made(given)
    model = keras.Model(given, symbols)
    results = model(sequences())
    flat = list(zip(keras.tree.flatten(symbols), keras.tree.flatten(results), strict=True))
    assert len(flat) == 1 + len(keras.tree.flatten(made.get_initial_state(1)))
    for symbol, result in flat:
        assert symbol.shape[0] is None and symbol.shape[-1] == result.shape[-1]
        assert len(symbol.shape) == len(result.shape)
        assert symbol.dtype == keras.backend.standardize_dtype(result.dtype)
    if return_sequences:
        assert symbols[0].shape == (None, None, made.output_width(D))


@every_layer
def test_one_model_takes_any_batch_and_any_length(layer):
    made = LAYERS[layer](return_sequences=True)
    model = keras.Sequential([keras.Input((None, D)), made])
    x = sequences()
    whole = numpy(model(x))
    close(model.predict(x, batch_size=2, verbose=0), whole, 1e-6)  # two, two, and a last one of one row
    close(model(x[:1]), whole[:1], 1e-6)
    if layer != "bidirectional":
        close(model(x[:, :1]), whole[:, :1], 1e-6)


@every_layer
@pytest.mark.parametrize("mask", ["right", "left", "holes", "all_masked"])
def test_the_mask_of_an_embedding_is_picked_up(layer, mask):
    made = LAYERS[layer](return_sequences=False)
    embedding = keras.layers.Embedding(5, D, mask_zero=True)
    model = keras.Sequential([embedding, made])
    words = np.where(MASKS[mask], 1 + np.arange(T) % 4, 0)
    close(model(words), made(numpy(embedding(words)), mask=words != 0), 1e-6)


@every_layer
def test_the_mask_is_picked_up_also_beside_an_initial_state(layer):
    """Keras itself drops it there, without a word."""
    made = LAYERS[layer](return_sequences=False)
    embedding = keras.layers.Embedding(5, D, mask_zero=True)
    made.build((None, None, D))
    states = keras.tree.map_structure(lambda s: s + 0.5, made.get_initial_state(B))
    given = keras.Input((None,), dtype="int32")
    model = keras.Model(given, made(embedding(given), initial_state=states))
    close(model(WORDS), made(numpy(embedding(WORDS)), initial_state=states, mask=WORDS != 0), 1e-6)


def test_the_mask_travels_on_only_with_the_sequence():
    embedding = keras.layers.Embedding(5, D, mask_zero=True)
    below = Recurrent(LSTMCell(H), return_sequences=True)
    above = Recurrent(GRUCell(H))
    h = numpy(below(numpy(embedding(WORDS)), mask=WORDS != 0))
    close(keras.Sequential([embedding, below, above])(WORDS), above(h, mask=WORDS != 0), 1e-6)
    given = keras.Input((None,), dtype="int32")
    outputs, *states = Recurrent(LSTMCell(H), return_sequences=True, return_state=True)(embedding(given))
    assert outputs._keras_mask is not None
    assert all(getattr(s, "_keras_mask", None) is None for s in states)
    assert getattr(Recurrent(LSTMCell(H))(embedding(given)), "_keras_mask", None) is None


def test_a_functional_model_with_masks_and_states_as_inputs():
    """The encoder-decoder of translation: the encoder's last state is the decoder's first."""
    source, target = keras.Input((None, D)), keras.Input((None, D))
    source_mask = keras.Input((None,), dtype="bool")
    encoder, decoder = Recurrent(built(LSTMCell(H)), return_state=True), Recurrent(built(LSTMCell(H), seed=9), True)
    _, *states = encoder(source, mask=source_mask)
    model = keras.Model([source, source_mask, target], decoder(target, initial_state=states))
    x, y = sequences(), sequences(length=4, seed=1)
    zeros = [np.zeros((B, H))] * 2
    _, final = oracle(encoder.cell, x, zeros, MASKS["right"])
    close(model([x, MASKS["right"], y]), oracle(decoder.cell, y, final)[0])


def test_a_cell_may_be_shared_by_two_layers():
    cell = built(GRUCell(H))
    model = keras.Sequential([Recurrent(cell, return_sequences=True), keras.layers.Dense(D), Recurrent(cell)])
    model(sequences())
    assert len(model.trainable_weights) == 3 + 2


# ------------------------------------------------------------------------------------------------- training


def everything(dtype="float32"):
    """A model with every cell and every option that has weights."""
    given = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(5, H, mask_zero=True, dtype=dtype)(given)
    encoded = Stacked(
        [
            LSTMCell(H, dropout=0.1, recurrent_dropout=0.1, dtype=dtype),
            Bidirectional(GRUCell(2, dtype=dtype), dtype=dtype),
            GRUCell(H, reset_after=False, layer_norm=True, dtype=dtype),
        ],
        residual=True,
        dropout=0.1,
        return_sequences=True,
        dtype=dtype,
    )(x)
    summary = Recurrent(VanillaRNNCell(H, dtype=dtype), dtype=dtype)(encoded)
    attention = BahdanauAttention(3, dtype=dtype)
    context, _ = attention(summary, attention.project_keys(encoded), encoded)
    return keras.Model(given, keras.layers.Dense(3, dtype=dtype)(keras.ops.concatenate([summary, context], axis=-1)))


def fit(model, batch_size=2, **options):
    """Two epochs; usually in batches of two, two, and a last one of one row, each size with programs of its own."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01, global_clipnorm=5.0), loss, **options)
    return model.fit(WORDS, np.arange(B) % 3, batch_size=batch_size, epochs=2, verbose=0).history["loss"]


def test_every_parameter_moves_in_fit():
    model = everything()
    before = {v.path: numpy(v) for v in model.trainable_variables}
    assert len(before) == 1 + 3 + 6 + 5 + 3 + 3 + 2
    assert np.isfinite(fit(model)).all()
    for v in model.trainable_variables:
        moved = numpy(v) != before[v.path]
        assert moved.all() if "embedding" not in v.path else moved[1:4].all(), v.path


def test_training_lowers_the_loss():
    """Which symbol came first? A memory of six steps, and of nothing that the last step shows."""
    x = np.random.default_rng(0).integers(0, 2, (64, T))
    model = keras.Sequential([keras.layers.Embedding(2, D), Recurrent(GRUCell(8)), keras.layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.03), loss)
    history = model.fit(x, x[:, 0], batch_size=32, epochs=40, verbose=0).history["loss"]
    assert history[0] > 0.6 and history[-1] < 0.1


# ---------------------------------------------------------------------------------------------- half precision


halves = pytest.mark.parametrize(("policy", "tolerance"), [("mixed_float16", 0.01), ("mixed_bfloat16", 0.06)])


@pytest.mark.parametrize("kind", CELLS)
@halves
def test_half_precision_comes_close_to_single(kind, policy, tolerance):
    single = built(CELLS[kind]())
    half = built(CELLS[kind](dtype=policy))
    x, states = sequences(), states_of(single)
    layer = Recurrent(half, return_sequences=True, return_state=True, dtype=policy)
    results = layer(x, initial_state=states, mask=MASKS["holes"])
    assert {keras.backend.standardize_dtype(a.dtype) for a in results} == {policy.removeprefix("mixed_")}
    assert {v.dtype for v in layer.trainable_weights} == {"float32"}
    expected, final = oracle(single, x, states, MASKS["holes"])
    scale = max(1.0, np.abs(expected).max())
    close([ops.cast(a, "float32") for a in results], [expected, *final], tolerance * scale)


@halves
def test_half_precision_in_fit(policy, tolerance):
    model = everything(policy)
    with uncompiled() if policy == "mixed_bfloat16" else contextlib.nullcontext():
        assert np.isfinite(fit(model, batch_size=B)).all()
    assert keras.backend.standardize_dtype(model(WORDS).dtype) == policy.removeprefix("mixed_")
    assert all(np.isfinite(numpy(v)).all() for v in model.variables)


@halves
def test_layer_normalisation_in_half_precision(policy, tolerance):
    single, half = built(GRUCell(H, layer_norm=True)), built(GRUCell(H, layer_norm=True, dtype=policy))
    expected, _ = oracle(single, sequences(), states_of(single))
    result = Recurrent(half, return_sequences=True, dtype=policy)(sequences(), initial_state=states_of(single))
    close(ops.cast(result, "float32"), expected, 2 * tolerance)


# -------------------------------------------------------------------------------------------- compiled models


@pytest.mark.skipif(BACKEND == "torch", reason="torch.compile takes a minute")
def test_a_model_that_is_compiled_whole():
    """`jit_compile=True` puts the layer's own programs inside another one."""
    given = keras.Input((T, D))
    layer = Stacked([LSTMCell(H, recurrent_dropout=0.1), GRUCell(H)])
    model = keras.Model(given, layer(given))
    model.compile("sgd", "mse", jit_compile=True)
    x = sequences(16)
    before = [numpy(v) for v in model.trainable_variables]
    assert np.isfinite(model.fit(x, normal(16, H), batch_size=16, verbose=0).history["loss"]).all()
    assert all((numpy(v) != b).any() for v, b in zip(model.trainable_variables, before, strict=True))
    close(model.predict(x, verbose=0), layer(x))


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch runs eagerly")
@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "xla"])
def test_training_does_not_depend_on_compilation(jit_compile):
    """The same step, eagerly and compiled: the same weights."""

    def trained(**options):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((T, D)), keras.layers.Masking(), Recurrent(LSTMCell(H))])
        model.compile(keras.optimizers.SGD(0.1), "mse", **options)
        x = sequences()
        x[1, 4:] = x[2, 1:] = 0
        model.fit(x, normal(B, H), batch_size=B, epochs=2, shuffle=False, verbose=0)
        return [numpy(v) for v in model.trainable_variables]

    close(trained(jit_compile=jit_compile), trained(run_eagerly=True))


def test_layers_have_readable_configurations():
    layer = TruncatedBPTT(Stacked([Bidirectional(LSTMCell(H)), GRUCell(H)], residual=True, return_state=True), 2)
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(again) == config
