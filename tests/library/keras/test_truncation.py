"""Truncated back-propagation: the state goes on for ever, the gradient stops at the chunk's edge."""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Bidirectional, GRUCell, LSTMCell, Recurrent, ResetState, Stacked, TruncatedBPTT
from tests.support.gradients import numpy, value_and_gradients, weighed
from tests.support.helpers import CELLS, MIXED, B, D, H, T, built, close, differ, normal, sequences, states_of

K = T // 2


def layer_of(kind="lstm"):
    return Recurrent(built(CELLS[kind]()), return_sequences=True, return_state=True)


def stack():
    cells = [built(LSTMCell(H)), built(GRUCell(H), H, seed=9)]
    return Stacked(cells, residual=True, return_sequences=True, return_state=True)


def carried(wrapper):
    return [numpy(v) for v in wrapper.carried]


# -------------------------------------------------------------------------------------------- forward in time


@pytest.mark.parametrize("make", [*(lambda k=k: layer_of(k) for k in CELLS), stack], ids=[*CELLS, "stack"])
def test_chunks_one_after_another_are_the_whole(make):
    layer, x = make(), sequences()
    whole, *final = layer(x)
    wrapper = TruncatedBPTT(layer, B)
    chunks = [wrapper(x[:, :K]), wrapper(x[:, K:])]
    close(ops.concatenate(chunks, axis=1), whole, 1e-6)
    close(carried(wrapper), keras.tree.flatten(final), 1e-6)


def test_chosen_streams_start_anew():
    layer, x = layer_of(), sequences()
    wrapper = TruncatedBPTT(layer, B)
    wrapper(x[:, :K])
    reset = np.array([True, False, False, True, False])
    second = numpy(wrapper(x[:, K:], reset=reset))
    close(second[reset], numpy(layer(x[:, K:])[0])[reset], 1e-6)
    close(second[~reset], numpy(layer(x)[0])[~reset, K:], 1e-6)
    assert np.abs(second[reset] - numpy(layer(x)[0])[reset, K:]).max() > 1e-3


def test_all_streams_start_anew():
    wrapper, x = TruncatedBPTT(stack(), B), sequences()
    first = wrapper(x[:, :K])
    differ(wrapper(x[:, :K]), first)
    assert all(s.any() for s in carried(wrapper))
    wrapper.reset_state()
    assert not any(s.any() for s in carried(wrapper))
    close(wrapper(x[:, :K]), first, 0)


def test_the_carried_state_is_no_weight_to_train_or_of_the_layer():
    layer = stack()
    wrapper = TruncatedBPTT(layer, B)
    wrapper(sequences())
    assert len(wrapper.trainable_weights) == len(layer.trainable_weights) == 6
    assert len(wrapper.non_trainable_weights) == 3 and not layer.non_trainable_weights
    assert [tuple(v.shape) for v in wrapper.carried] == [(B, H)] * 3


# ------------------------------------------------------------------------------------------ backward in time


def test_no_gradient_passes_the_edge_of_a_chunk():
    wrapper, x = TruncatedBPTT(layer_of(), B), sequences()
    wrapper(x[:, :K])
    factor = normal(B, K, H, seed=20)

    def loss(first, second):
        wrapper.reset_state()
        wrapper(first, training=True)
        return weighed([wrapper(second, training=True)], [factor])

    value, (d_first, d_second), _ = value_and_gradients(loss, [x[:, :K], x[:, K:]])
    assert not d_first.any()
    assert np.abs(d_second).min(axis=(1, 2)).max() > 0
    # Yet the second chunk depends on the first: this is no Markov model.
    other, *_ = value_and_gradients(loss, [x[:, :K] + 1, x[:, K:]])
    assert abs(other - value) > 1e-3


def test_the_gradient_of_a_chunk_is_that_of_a_run_from_a_given_state():
    layer, x = layer_of(), sequences()
    wrapper, factor = TruncatedBPTT(layer, B), normal(B, K, H, seed=20)
    _, *state = (numpy(a) for a in layer(x[:, :K]))

    def chunked(second):
        wrapper.reset_state()
        wrapper(x[:, :K], training=True)
        return weighed([wrapper(second, training=True)], [factor])

    def given(second):
        return weighed([layer(second, initial_state=state, training=True)[0]], [factor])

    wrapper(x[:, :K])
    ours, expected = (value_and_gradients(f, [x[:, K:]], layer.trainable_variables) for f in (chunked, given))
    close(ours[1], expected[1], 1e-6)
    close(ours[2], expected[2], 1e-6)


def test_a_chunk_as_long_as_the_sequence_has_the_whole_gradient():
    layer, x = layer_of("gru_after"), sequences()
    wrapper, factor = TruncatedBPTT(layer, B), normal(B, T, H, seed=20)
    wrapper(x)

    def chunked(x):
        wrapper.reset_state()
        return weighed([wrapper(x, training=True)], [factor])

    whole = value_and_gradients(lambda x: weighed([layer(x)[0]], [factor]), [x], layer.trainable_variables)
    truncated = value_and_gradients(chunked, [x], layer.trainable_variables)
    close(truncated[1], whole[1], 1e-6)
    close(truncated[2], whole[2], 1e-6)


def test_shorter_chunks_have_another_gradient():
    """The sum over chunks leaves out the paths across edges, and nothing else."""
    layer, x = layer_of("gru_after"), sequences()
    factor = normal(B, T, H, seed=20)

    def loss(x, cut):
        first, state = layer(x[:, :K])
        second, _ = layer(x[:, K:], initial_state=[ops.stop_gradient(state) if cut else state])
        return weighed([first, second], [factor[:, :K], factor[:, K:]])

    wrapper = TruncatedBPTT(layer, B)
    wrapper(x[:, :K])

    def chunked(x):
        wrapper.reset_state()
        return weighed([wrapper(x[:, :K]), wrapper(x[:, K:])], [factor[:, :K], factor[:, K:]])

    weights = layer.trainable_variables
    truncated = value_and_gradients(chunked, [x], weights)[2]
    close(truncated, value_and_gradients(lambda x: loss(x, True), [x], weights)[2], 1e-6)
    whole = value_and_gradients(lambda x: loss(x, False), [x], weights)[2]
    assert max(np.abs(a - b).max() for a, b in zip(truncated, whole, strict=True)) > 1e-3


# ------------------------------------------------------------------------------------------------- inside fit


class Chunks(keras.utils.PyDataset):
    """Two chunks of five streams, and what the layer should say."""

    def __init__(self, x, y, reset=None):
        super().__init__()
        self.x, self.y, self.reset = x, y, reset

    def __len__(self):
        return 2

    def __getitem__(self, n):
        part = slice(n * K, (n + 1) * K)
        x, y = self.x[:, part], self.y[:, part]
        return ((x, self.reset[:, n]), y) if self.reset is not None else (x, y)


def model_of(layer, rate, with_reset=False):
    wrapper = TruncatedBPTT(layer, B)
    x = keras.Input((None, D))
    if with_reset:
        reset = keras.Input((), dtype="bool")
        model = keras.Model([x, reset], wrapper(x, reset=reset))
    else:
        model = keras.Model(x, wrapper(x))
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model, wrapper


def whole_loss(layer, x, y):
    return float(np.mean((numpy(layer(x)[0]) - y) ** 2))


def test_fit_carries_the_state_and_the_callback_resets_it():
    x, y, layer = sequences(), normal(B, T, H, seed=4), layer_of()
    model, wrapper = model_of(layer, rate=0.0)
    data = Chunks(x, y)
    losses = model.fit(data, epochs=2, shuffle=False, verbose=0, callbacks=[ResetState()]).history["loss"]
    # With a rate of zero, each epoch of two chunks is the whole sequence, read from the start.
    close(losses, [whole_loss(layer, x, y)] * 2)
    close(carried(wrapper), layer(x)[1:], 1e-6)
    losses = model.fit(data, epochs=2, shuffle=False, verbose=0).history["loss"]
    assert abs(losses[0] - whole_loss(layer, x, y)) > 1e-4  # without it, the streams go on


def test_evaluate_starts_anew_with_the_callback():
    x, y, layer = sequences(), normal(B, T, H, seed=4), layer_of("gru_after")
    model, _ = model_of(layer, rate=0.0)
    for _ in range(2):
        close(model.evaluate(Chunks(x, y), verbose=0, callbacks=[ResetState()]), whole_loss(layer, x, y))


def test_fit_with_streams_that_are_reset_by_the_data():
    x, y, layer = sequences(), normal(B, T, H, seed=4), layer_of("gru_after")
    model, wrapper = model_of(layer, rate=0.0, with_reset=True)
    reset = np.array([[1, 0], [1, 1], [1, 0], [1, 1], [1, 0]], bool)
    model.fit(Chunks(x, y, reset), epochs=2, shuffle=False, verbose=0)
    (state,) = carried(wrapper)
    anew = reset[:, 1]
    close(state[anew], numpy(layer(x[:, K:])[1])[anew], 1e-6)
    close(state[~anew], numpy(layer(x)[1])[~anew], 1e-6)


def test_fit_moves_the_weights():
    layer = stack()
    model, _ = model_of(layer, rate=0.1)
    x, y = sequences(), normal(B, T, H, seed=4)
    before = [numpy(v) for v in layer.trainable_variables]
    history = model.fit(Chunks(x, y), epochs=4, shuffle=False, verbose=0, callbacks=[ResetState()]).history["loss"]
    assert history[-1] < history[0]
    assert all((numpy(v) != b).any() for v, b in zip(layer.trainable_variables, before, strict=True))


@pytest.mark.parametrize("how", ["given", "attached"])
def test_masks_are_handed_on(how):
    """A stream that has come to its end is padded; its state stays what it was."""
    layer, x = layer_of(), sequences()
    expected, *final = layer(x, mask=MIXED)
    x[~MIXED] = 0
    wrapper = TruncatedBPTT(layer, B)
    if how == "given":
        outputs = wrapper(x, mask=MIXED)
    else:
        given = keras.Input((None, D))
        attached = keras.layers.Masking()(given)
        model = keras.Model(given, wrapper(attached, reset=ops.zeros_like(attached[:, 0, 0]) > 1))
        model.compile("sgd", "mse")
        outputs = model.predict(x, batch_size=B, verbose=0)
    close(outputs, expected, 1e-6)
    close(carried(wrapper), final, 1e-6)


def test_in_half_precision_the_state_is_carried_as_it_is():
    cell = built(LSTMCell(H, dtype="mixed_bfloat16"))
    layer = Recurrent(cell, return_sequences=True, return_state=True, dtype="mixed_bfloat16")
    wrapper, x = TruncatedBPTT(layer, B, dtype="mixed_bfloat16"), sequences()
    chunks = [wrapper(x[:, :K]), wrapper(x[:, K:])]
    close(ops.cast(ops.concatenate(chunks, axis=1), "float32"), ops.cast(layer(x)[0], "float32"), 1e-6)


# -------------------------------------------------------------------------------------------------- bad input


def test_a_batch_of_another_size():
    wrapper = TruncatedBPTT(layer_of(), B)
    wrapper(sequences())
    with pytest.raises(ValueError, match="the batch has 4 rows; expected 5, one for each stream. Cut the text"):
        wrapper(sequences(4))


def test_a_batch_of_another_size_in_fit():
    model, _ = model_of(layer_of(), rate=0.1)
    # TensorFlow meets it only when the graph runs.
    with pytest.raises(Exception, match="the batch has (4|another number of) rows; expected 5, one for each stream"):
        model.fit(sequences(2 * B - 1), normal(2 * B - 1, T, H), batch_size=B, verbose=0)


@pytest.mark.parametrize("shape", [(1,), (B - 1,), (B, 2), ()])
def test_a_reset_of_another_size(shape):
    with pytest.raises(ValueError, match=r"reset has shape \(.*expected \(5,\), one truth value for each stream"):
        TruncatedBPTT(layer_of(), B)(sequences(), reset=np.ones(shape, bool))


def test_a_mask_for_a_layer_that_takes_none():
    class Copy(keras.layers.Layer):
        return_state = True

        def call(self, x, initial_state):
            return x, *initial_state

        def get_initial_state(self, batch_size):
            return [ops.zeros((batch_size, 1))]

    wrapper = TruncatedBPTT(Copy(), B)
    wrapper(sequences())
    with pytest.raises(ValueError, match="a mask was given, but copy.* takes none. Leave the mask out"):
        wrapper(sequences(), mask=np.ones((B, T), bool))


def test_a_layer_without_states():
    with pytest.raises(ValueError, match="gives no states; make it with return_state=True"):
        TruncatedBPTT(Recurrent(LSTMCell(H)), B)
    with pytest.raises(ValueError, match="gives no states"):
        TruncatedBPTT(keras.layers.Dense(3), B)


@pytest.mark.parametrize("batch_size", [0, -3])
def test_no_streams(batch_size):
    with pytest.raises(ValueError, match=f"batch_size is {batch_size}; expected the number of streams, 1 or more"):
        TruncatedBPTT(layer_of(), batch_size)


def test_both_directions_may_be_wrapped_too():
    """The backward state then comes from the chunk before: allowed, though seldom wanted."""
    layer = Bidirectional(LSTMCell(H), return_sequences=True, return_state=True)
    wrapper, x = TruncatedBPTT(layer, B), sequences()
    first, *state = layer(x[:, :K])
    close(wrapper(x[:, :K]), first, 1e-6)
    close(wrapper(x[:, K:]), layer(x[:, K:], initial_state=state)[0], 1e-6)


def test_a_given_state_is_not_touched():
    layer, x = layer_of(), sequences()
    wrapper = TruncatedBPTT(layer, B)
    wrapper(x)
    state = carried(wrapper)
    layer(x, initial_state=states_of(layer.cell))
    close(carried(wrapper), state, 0)
