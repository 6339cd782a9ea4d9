"""The cells alone: their equations against the oracle, their dropout, their place in Keras's own RNN."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Bidirectional, GRUCell, LSTMCell, Recurrent, RecurrentCell, VanillaRNNCell
from tests.support import oracles
from tests.support.gradients import double_precision, numpy
from tests.support.helpers import (
    CELLS,
    MIXED,
    B,
    D,
    H,
    T,
    built,
    close,
    differ,
    oracle,
    sequences,
    states_of,
    values_of,
)

every_cell = pytest.mark.parametrize("kind", CELLS)
with_and_without_norm = pytest.mark.parametrize("layer_norm", [False, True], ids=["", "layer_norm"])


def line(start, stop, *shape):
    """The numbers of the course's known answers: evenly spaced."""
    return np.linspace(start, stop, int(np.prod(shape))).reshape(shape)


def with_weights(cell, **weights):
    """`cell`, built, with these weights."""
    cell.build((None, weights["kernel"].shape[0]))
    for name, value in weights.items():
        getattr(cell, name).assign(value)
    return cell


# ------------------------------------------------------------------------------------------------- equations


@every_cell
@with_and_without_norm
def test_a_step_is_what_the_equations_say(kind, layer_norm):
    cell = built(CELLS[kind](layer_norm=layer_norm))
    x, states = sequences()[:, 0], states_of(cell)
    step = oracles.step_of(cell, values_of(cell))
    rows = [step(x[row], [s[row] for s in states]) for row in range(B)]
    output, new = cell(ops.convert_to_tensor(x), [ops.convert_to_tensor(s) for s in states])
    close(new, [np.stack(column) for column in zip(*rows, strict=True)], 2e-6)
    close(output, new[0], 0)


@every_cell
def test_call_is_step_after_project(kind):
    cell = built(CELLS[kind]())
    x, states = ops.convert_to_tensor(sequences()), [ops.convert_to_tensor(s) for s in states_of(cell)]
    projected = cell.project(x)
    assert tuple(projected.shape) == (B, T, cell.blocks * H)
    output, new = cell.step(projected[:, 2], states)
    expected, expected_new = cell(x[:, 2], states)
    close(output, expected, 1e-6)
    close(list(new), list(expected_new), 1e-6)


def test_the_rnn_step_of_the_course():
    n, d, h = 3, 10, 4
    with double_precision():
        cell = with_weights(
            VanillaRNNCell(h, dtype="float64"),
            kernel=line(-0.1, 0.9, d, h),
            recurrent_kernel=line(-0.3, 0.7, h, h),
            bias=line(-0.2, 0.4, h),
        )
        output, _ = cell(ops.convert_to_tensor(line(-0.4, 0.7, n, d)), [ops.convert_to_tensor(line(-0.2, 0.5, n, h))])
        expected = [
            [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
            [0.66854692, 0.79562378, 0.87755553, 0.92795967],
            [0.97934501, 0.99144213, 0.99646691, 0.99854353],
        ]
        assert relative_error(output, expected) < 1e-7


def test_the_lstm_step_of_the_course():
    n, d, h = 3, 4, 5
    with double_precision():
        cell = with_weights(
            LSTMCell(h, dtype="float64"),
            kernel=line(-2.1, 1.3, d, 4 * h),
            recurrent_kernel=line(-0.7, 2.2, h, 4 * h),
            bias=line(0.3, 0.7, 4 * h),
        )
        states = [ops.convert_to_tensor(line(-0.3, 0.7, n, h)), ops.convert_to_tensor(line(-0.4, 0.9, n, h))]
        output, _ = cell(ops.convert_to_tensor(line(-0.4, 1.2, n, d)), states)
        expected = [
            [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
            [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
            [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
        ]
        assert relative_error(output, expected) < 1e-7


def relative_error(given, expected):
    """The course's own measure: the largest |a - b| / (|a| + |b|)."""
    given, expected = numpy(given), np.asarray(expected)
    return np.max(np.abs(given - expected) / np.maximum(1e-8, np.abs(given) + np.abs(expected)))


# The loss of the course's captioning model: the picture is the first state, word 0 is not counted.
@pytest.mark.parametrize(
    ("make", "features", "expected"),
    [
        (VanillaRNNCell, (-1.5, 0.3), 9.83235591003),
        (LSTMCell, (-0.5, 1.7), 9.82445935443),
    ],
    ids=["rnn", "lstm"],
)
def test_the_captioning_loss_of_the_course(make, features, expected):
    n, d, w, h, v, length = 10, 20, 30, 40, 3, 13
    with double_precision():
        cell = make(h, dtype="float64")
        k = cell.blocks * h
        with_weights(
            cell,
            kernel=line(-1.4, 1.3, w, k),
            recurrent_kernel=line(-1.4, 1.3, h, k),
            bias=line(-1.4, 1.3, k),
        )
        layer = Recurrent(cell, return_sequences=True, dtype="float64")
        captions = (np.arange(n * length) % v).reshape(n, length)
        read, wanted = captions[:, :-1], captions[:, 1:]
        states = [line(*features, n, d) @ line(-1.4, 1.3, d, h) + line(-1.4, 1.3, h)]
        states += [np.zeros((n, h))] * (cell.state_count - 1)
        words = line(-1.4, 1.3, v, w)[read]
        outputs = numpy(layer(ops.convert_to_tensor(words), [ops.convert_to_tensor(s) for s in states]))
    scores = outputs @ line(-1.4, 1.3, h, v) + line(-1.4, 1.3, v)
    log_p = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    loss = -np.take_along_axis(log_p, wanted[..., None], axis=-1)[..., 0][wanted != 0].sum() / n
    assert abs(loss - expected) / expected < 1e-7


def test_one_step_from_nothing_is_a_vanilla_neural_network():
    """One to one: without a past the recurrence is Dense-tanh."""
    cell = built(VanillaRNNCell(H))
    dense = keras.layers.Dense(H, activation="tanh")
    dense.build((None, D))
    dense.set_weights([numpy(cell.kernel), numpy(cell.bias)])
    x = ops.convert_to_tensor(sequences(length=1))
    close(Recurrent(cell)(x), dense(x[:, 0]), 1e-6)


# --------------------------------------------------------------------------------------------------- weights


def test_shapes_of_the_weights():
    for kind, blocks, bias in [
        ("vanilla", 1, (H,)),
        ("lstm", 4, (4 * H,)),
        ("gru_before", 3, (3 * H,)),
        ("gru_after", 3, (2, 3 * H)),
    ]:
        cell = CELLS[kind]()
        cell.build((None, D))
        shapes = {v.name: tuple(v.shape) for v in cell.trainable_weights}
        assert shapes == {"kernel": (D, blocks * H), "recurrent_kernel": (H, blocks * H), "bias": bias}


def test_only_the_forget_gate_starts_with_a_bias_of_one():
    cell = LSTMCell(H)
    cell.build((None, D))
    close(cell.bias, np.repeat([0.0, 1.0, 0.0, 0.0], H), 0)
    cell = LSTMCell(H, unit_forget_bias=False)
    cell.build((None, D))
    close(cell.bias, np.zeros(4 * H), 0)
    cell = LSTMCell(H, bias_initializer="ones")
    cell.build((None, D))
    close(cell.bias, np.repeat([1.0, 2.0, 1.0, 1.0], H), 0)


def test_the_two_forms_of_the_gru_differ():
    after, before = CELLS["gru_after"](), CELLS["gru_before"]()
    built(after), built(before)
    for name in ("kernel", "recurrent_kernel"):
        getattr(before, name).assign(getattr(after, name))
    before.bias.assign(np.zeros(3 * H))
    after.bias.assign(np.zeros((2, 3 * H)))
    x, states = ops.convert_to_tensor(sequences()[:, 0]), [ops.convert_to_tensor(s) for s in states_of(after)]
    differ(after(x, states)[0], before(x, states)[0])


@every_cell
def test_initial_states_are_zeros_of_the_compute_dtype(kind):
    cell = CELLS[kind](dtype="mixed_bfloat16")
    states = cell.get_initial_state(3)
    assert len(states) == cell.state_count
    for state in states:
        assert tuple(state.shape) == (3, H)
        assert keras.backend.standardize_dtype(state.dtype) == "bfloat16"
        assert not numpy(ops.cast(state, "float32")).any()


@every_cell
def test_configuration_makes_the_same_cell_again(kind):
    cell = CELLS[kind](
        dropout=0.1,
        recurrent_dropout=0.2,
        layer_norm=True,
        kernel_initializer="he_normal",
        recurrent_initializer="identity",
        bias_initializer="ones",
        seed=5,
    )
    config = json.loads(json.dumps(cell.get_config()))
    again = type(cell).from_config(config)
    assert again.get_config() == cell.get_config()
    again.build((None, D))
    close(again.recurrent_kernel, np.tile(np.eye(H, cell.blocks * H), 1), 0)


# --------------------------------------------------------------------------------------------------- dropout


def pass_through(units, **options):
    """A cell whose output is its (dropped) input, h_t = x_t."""
    cell = VanillaRNNCell(units, activation="relu", **options)
    return with_weights(cell, kernel=np.eye(units), recurrent_kernel=np.zeros((units, units)))


def keep_state(units, **options):
    """A cell whose state stays but for dropout, h_t = m ⊙ h_{t-1}."""
    cell = VanillaRNNCell(units, activation="relu", **options)
    return with_weights(cell, kernel=np.zeros((units, units)), recurrent_kernel=np.eye(units))


in_both_drivers = pytest.mark.parametrize("driver", [Recurrent, keras.layers.RNN], ids=["ours", "keras"])


@in_both_drivers
def test_input_dropout_is_one_mask_for_a_whole_sequence(driver):
    layer = driver(pass_through(200, dropout=0.4, seed=1), return_sequences=True)
    outputs = numpy(layer(ops.ones((40, 3, 200)), training=True))
    assert np.allclose(outputs, outputs[:, :1])
    assert np.allclose(np.unique(outputs), [0, 1 / 0.6])
    assert abs((outputs[:, 0] == 0).mean() - 0.4) < 0.03  # 8,000 draws: six standard deviations
    assert (outputs[0, 0] != outputs[1, 0]).any()


@in_both_drivers
def test_recurrent_dropout_is_one_mask_for_a_whole_sequence(driver):
    layer = driver(keep_state(200, recurrent_dropout=0.25, seed=1), return_sequences=True)
    outputs = layer(ops.zeros((40, 3, 200)), initial_state=[ops.ones((40, 200))], training=True)
    outputs = numpy(outputs)
    mask = outputs[:, 0]
    assert np.allclose(np.unique(mask), [0, 1 / 0.75])
    assert np.allclose(outputs[:, 1], mask**2) and np.allclose(outputs[:, 2], mask**3)
    assert abs((mask == 0).mean() - 0.25) < 0.03
    assert (mask[0] != mask[1]).any()


@in_both_drivers
def test_another_call_draws_another_mask(driver):
    layer = driver(pass_through(50, dropout=0.5, seed=1))
    x = ops.ones((4, 3, 50))
    assert (numpy(layer(x, training=True)) != numpy(layer(x, training=True))).any()


@in_both_drivers
@pytest.mark.parametrize("kind", ["lstm", "gru_after"])
def test_dropout_is_off_when_not_training(driver, kind):
    x = ops.convert_to_tensor(sequences())
    plain, dropping = built(CELLS[kind]()), built(CELLS[kind](dropout=0.5, recurrent_dropout=0.5))
    expected, layer = driver(plain)(x), driver(dropping)
    close(layer(x), expected, 0)
    close(layer(x, training=False), expected, 0)
    differ(layer(x, training=True), expected)
    close(layer(x), expected, 0)


def test_a_seed_gives_the_same_masks_again():
    x = ops.convert_to_tensor(sequences())
    first, second, other = (
        Recurrent(built(LSTMCell(H, dropout=0.5, recurrent_dropout=0.5, seed=seed)))(x, training=True)
        for seed in (1, 1, 2)
    )
    close(first, second, 0)
    differ(first, other)


# --------------------------------------------------------------------------------------------- inside Keras


@every_cell
@pytest.mark.parametrize("mask", [None, MIXED], ids=["", "masked"])
def test_inside_the_rnn_of_keras(kind, mask):
    cell = built(CELLS[kind]())
    x, states = sequences(), states_of(cell)
    layer = keras.layers.RNN(cell, return_sequences=True, return_state=True)
    given = None if mask is None else ops.convert_to_tensor(mask)
    outputs, *final = layer(x, initial_state=[ops.convert_to_tensor(s) for s in states], mask=given)
    expected, expected_final = oracle(cell, x, states, mask)
    began = np.ones((B, T), bool) if mask is None else np.logical_or.accumulate(mask, axis=1)
    close(numpy(outputs) * began[..., None], expected * began[..., None])
    close(final, expected_final)


def test_inside_the_bidirectional_of_keras():
    theirs = keras.layers.Bidirectional(
        keras.layers.RNN(LSTMCell(H), return_sequences=True),
        backward_layer=keras.layers.RNN(LSTMCell(H), return_sequences=True, go_backwards=True),
    )
    x = ops.convert_to_tensor(sequences())
    theirs(x)
    forward, backward = theirs.forward_layer.cell, theirs.backward_layer.cell
    ours = Bidirectional(built(forward, seed=1), built(backward, seed=2), return_sequences=True)
    close(theirs(x), ours(x))


# ------------------------------------------------------------------------------------------------ bad input


@every_cell
@pytest.mark.parametrize("units", [0, -1, 2.5, True, "4", None])
def test_units_must_be_a_positive_whole_number(kind, units):
    with pytest.raises(ValueError, match=f"units is {units!r}; expected a positive whole number"):
        CELLS[kind](units)


@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
@pytest.mark.parametrize("rate", [-0.1, 1.0, 1, 1.5, float("nan"), "0.5", None, True])
def test_rates_lie_in_0_to_1(name, rate):
    with pytest.raises(ValueError, match=rf"^{name} is {rate!r}; expected a number in \[0, 1\).*Use 0"):
        LSTMCell(H, **{name: rate})


def test_the_bounds_of_a_rate():
    assert LSTMCell(np.int64(H), dropout=0, recurrent_dropout=0.99).units == H


def test_an_unknown_activation():
    with pytest.raises(ValueError, match="activation is 'sigmoid'; expected 'tanh' or 'relu'. .*subclass"):
        VanillaRNNCell(H, activation="sigmoid")


@every_cell
def test_an_input_of_another_width(kind):
    cell = built(CELLS[kind]())
    x, states = ops.zeros((B, D + 1)), cell.get_initial_state(B)
    with pytest.raises(ValueError, match=rf"\({B}, {D + 1}\).*expected {D}.*Give inputs of width {D}"):
        cell(x, states)


def test_a_cell_without_equations_says_so():
    class Nothing(RecurrentCell):
        pass

    cell = Nothing(H)
    cell.build((None, D))
    with pytest.raises(NotImplementedError, match="advance"):
        cell(ops.zeros((B, D)), cell.get_initial_state(B))


def test_a_subclass_with_its_own_equations():
    """The coupled LSTM-like cell h = z h + (1 - z) tanh(...) as a student would write it."""

    class Leaky(GRUCell):
        @staticmethod
        def advance(projected, states, w, variant):
            new, _ = GRUCell.advance(projected, states, w, variant)
            return [0.5 * states[0] + 0.5 * new[0]], []

    cell, plain = built(Leaky(H)), built(GRUCell(H))
    x, states = sequences(length=1), states_of(cell)
    h = numpy(Recurrent(cell)(ops.convert_to_tensor(x), [ops.convert_to_tensor(s) for s in states]))
    step, _ = oracle(plain, x, states)
    close(h, 0.5 * states[0] + 0.5 * step[:, 0])
