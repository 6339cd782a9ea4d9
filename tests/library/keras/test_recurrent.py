"""`Recurrent`: against the oracle, against itself read in other ways, and against bad input."""

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import ops

from rnn_models import GRUCell, LSTMCell, Recurrent, VanillaRNNCell, backend, custom_gradient
from rnn_models.layers import backpropagation, recurrent
from tests.support.gradients import numpy, uncompiled
from tests.support.helpers import (
    BACKEND,
    CELLS,
    MASKS,
    MIXED,
    B,
    D,
    H,
    T,
    built,
    close,
    differ,
    normal,
    oracle,
    sequences,
    states_of,
)

every_cell = pytest.mark.parametrize("kind", CELLS)
both_ways = pytest.mark.parametrize("reverse", [False, True], ids=["", "reverse"])


def layer_of(kind, reverse=False, **options):
    cell = built(CELLS[kind](**options))
    return Recurrent(cell, return_sequences=True, return_state=True, reverse=reverse)


def tensors(*arrays):
    return [ops.convert_to_tensor(a) for a in arrays]


# ---------------------------------------------------------------------------------------- against the oracle


@every_cell
@pytest.mark.parametrize("mask", MASKS)
@both_ways
def test_outputs_and_states_are_those_of_the_oracle(kind, mask, reverse):
    layer, x = layer_of(kind, reverse), sequences()
    states = states_of(layer.cell)
    outputs, *final = layer(x, initial_state=states, mask=MASKS[mask])
    expected, expected_final = oracle(layer.cell, x, states, MASKS[mask], reverse)
    close(outputs, expected)
    close(final, expected_final)


@every_cell
@both_ways
def test_layer_normalisation_is_that_of_the_oracle(kind, reverse):
    layer, x = layer_of(kind, reverse, layer_norm=True), sequences()
    states = states_of(layer.cell)
    outputs, *final = layer(x, initial_state=states, mask=MIXED)
    expected, expected_final = oracle(layer.cell, x, states, MIXED, reverse)
    close(outputs, expected)
    close(final, expected_final)


@given(
    kind=st.sampled_from(sorted(CELLS)),
    shape=st.tuples(*[st.integers(1, n) for n in (18, 9, 5, 5)]),
    reverse=st.booleans(),
    training=st.booleans(),
    data=st.data(),
)
@settings(max_examples=8 if BACKEND == "jax" else 25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_shape_and_any_mask(kind, shape, reverse, training, data):
    """On JAX fewer: it compiles each (half a second)."""
    batch, length, width, units = shape
    rows = st.lists(st.booleans(), min_size=length, max_size=length)
    mask = data.draw(st.none() | st.lists(rows, min_size=batch, max_size=batch))
    mask = None if mask is None else np.array(mask)
    cell = built(CELLS[kind](units), width)
    x, states = normal(batch, length, width), states_of(cell, batch)
    layer = Recurrent(cell, return_sequences=True, return_state=True, reverse=reverse)
    with uncompiled():
        outputs, *final = layer(x, initial_state=states, mask=mask, training=training)
    expected, expected_final = oracle(cell, x, states, mask, reverse)
    close(outputs, expected)
    close(final, expected_final)


@pytest.mark.parametrize("batch", [1, 2, 17, 32])
def test_batches_that_are_run_as_two_halves(batch):
    """From sixteen rows on TensorFlow runs two halves side by side; they may be of unequal size."""
    layer, x = layer_of("lstm"), sequences(batch)
    states = states_of(layer.cell, batch)
    mask = np.random.default_rng(0).random((batch, T)) < 0.7
    outputs, *final = layer(x, initial_state=states, mask=mask)
    expected, expected_final = oracle(layer.cell, x, states, mask)
    close(outputs, expected)
    close(final, expected_final)


# -------------------------------------------------------------------------------------- what the call returns


@every_cell
def test_what_is_returned(kind):
    cell, x = built(CELLS[kind]()), sequences()
    outputs, *final = Recurrent(cell, return_sequences=True, return_state=True)(x)
    close(Recurrent(cell, return_sequences=True)(x), outputs, 0)
    close(Recurrent(cell)(x), outputs[:, -1], 0)
    last, *final_2 = Recurrent(cell, return_state=True)(x)
    close(last, final[0], 0)
    close(final_2, final, 0)


def test_the_last_output_of_a_reversed_layer_is_at_the_beginning():
    cell, x = built(GRUCell(H)), sequences()
    outputs = Recurrent(cell, return_sequences=True, reverse=True)(x)
    close(Recurrent(cell, reverse=True)(x), outputs[:, 0], 0)


def test_no_initial_state_is_a_state_of_zeros():
    layer, x = layer_of("lstm"), sequences()
    close(layer(x), layer(x, initial_state=layer.get_initial_state(B)), 0)
    differ(layer(x)[0], layer(x, initial_state=states_of(layer.cell))[0])


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_a_mask_may_be_of_any_type(dtype):
    layer, x = layer_of("gru_after"), sequences()
    close(layer(x, mask=MIXED.astype(dtype))[0], layer(x, mask=MIXED)[0], 0)


def test_states_are_values():
    """Nothing of one call is left in the next."""
    layer, x = layer_of("lstm"), sequences()
    first = layer(x)
    layer(x * 5, initial_state=states_of(layer.cell))
    close(layer(x), first, 0)


# ------------------------------------------------------------------------- three ways to compute the same thing


@every_cell
@pytest.mark.parametrize("layer_norm", [False, True], ids=["", "layer_norm"])
def test_step_by_step_is_the_same_as_at_once(kind, layer_norm):
    layer, x = layer_of(kind, layer_norm=layer_norm), sequences()
    now = tensors(*states_of(layer.cell))
    outputs, *final = layer(x, initial_state=now)
    for t in range(T):
        output, now = layer.step(ops.convert_to_tensor(x[:, t]), now)
        close(output, outputs[:, t])
    close(list(now), final)


@every_cell
@pytest.mark.parametrize("mask", [None, MIXED], ids=["", "masked"])
@pytest.mark.parametrize("drop", [False, True], ids=["", "recurrent_dropout"])
@both_ways
def test_the_fast_path_is_the_plain_path(kind, mask, drop, reverse):
    """Also with one given mask of recurrent dropout; and both are what the oracle says."""
    layer, x = layer_of(kind, reverse), sequences()
    states = states_of(layer.cell)
    factor = (np.random.default_rng(1).random((B, H)) < 0.6).astype("float32") / 0.6 if drop else None
    given = [None if a is None else ops.convert_to_tensor(a) for a in (mask, factor)]
    arguments = ops.convert_to_tensor(x), given[0], tensors(*states), given[1]
    fast = backpropagation.backpropagated(layer.cell, *arguments, reverse, True)
    plain = layer._plain(*arguments)
    expected = oracle(layer.cell, x, states, mask, reverse, factor)
    for outputs, final in (fast, plain):
        close(outputs, expected[0])
        close(list(final), expected[1])


@pytest.fixture
def taken(monkeypatch):
    """What the layers did: a list of "hand-written", "native", "declined"."""
    paths = []

    def watch(owner, name, label):
        original = getattr(owner, name)

        def watched(*arguments, **options):
            result = original(*arguments, **options)
            if result is not None:
                paths.append(label)
            return result

        monkeypatch.setattr(owner, name, watched)

    watch(custom_gradient, "with_gradient", "hand-written")
    watch(backend, "native_rnn", "native")
    watch(recurrent.Recurrent, "_plain", "plain")
    return paths


@every_cell
def test_the_fast_path_is_taken(kind, taken):
    layer, x = layer_of(kind), sequences()
    layer(x, mask=MIXED, training=True)
    assert taken == ["hand-written"]
    layer(x, training=True)
    has_kernel = BACKEND == "torch" and kind != "gru_before"
    assert taken[1:] == ["native" if has_kernel else "hand-written"]


@pytest.mark.parametrize("kind", ["lstm", "gru_after"])
def test_the_fast_path_is_taken_in_fit(kind, taken):
    model = keras.Sequential([keras.layers.Masking(), Recurrent(CELLS[kind](recurrent_dropout=0.2))])
    model.compile("sgd", "mse")
    model.fit(sequences(), normal(B, H), verbose=0)
    assert taken and set(taken) == {"hand-written"}


def test_a_changed_equation_is_not_the_known_one(taken):
    class Louder(LSTMCell):
        @staticmethod
        def advance(projected, states, w, variant):
            new, kept = LSTMCell.advance(projected, states, w, variant)
            return [2 * new[0], new[1]], kept

    x, loud = sequences(), Recurrent(built(Louder(H)), return_sequences=True)
    outputs, states = loud(x), loud.get_initial_state(B)
    assert taken == ["hand-written"]  # the loop is, the step back is not
    for t in range(T):
        output, states = loud.step(ops.convert_to_tensor(x[:, t]), states)
        close(outputs[:, t], output)
    close(outputs[:, 0], 2 * numpy(Recurrent(built(LSTMCell(H)))(x[:, :1])))


def test_a_changed_step_runs_the_plain_loop(taken):
    class Stepped(LSTMCell):
        def step(self, projected, states, recurrent_mask=None):
            output, states = super().step(projected, states, recurrent_mask)
            return 2 * output, [2 * output, states[1]]

    x = sequences()
    close(Recurrent(built(Stepped(H)))(x[:, :1]), 2 * numpy(Recurrent(built(LSTMCell(H)))(x[:, :1])))
    Recurrent(built(Stepped(H)))(x)
    assert taken == ["plain"]


@every_cell
@pytest.mark.parametrize("mask", [None, MIXED[:, 3:4]], ids=["", "masked"])
def test_a_sequence_of_one_step(kind, mask):
    layer, x = layer_of(kind), sequences(length=1)
    states = states_of(layer.cell)
    outputs, *final = layer(x, initial_state=states, mask=mask)
    expected, expected_final = oracle(layer.cell, x, states, mask)
    close(outputs, expected)
    close(final, expected_final)


def test_dropout_in_a_sequence_of_one_step():
    cell = built(VanillaRNNCell(H, activation="relu", recurrent_dropout=0.5, seed=1), width=1)
    cell.kernel.assign(np.zeros((1, H)))
    cell.recurrent_kernel.assign(np.eye(H))
    cell.bias.assign(np.zeros(H))
    outputs = numpy(Recurrent(cell)(np.zeros((50, 1, 1)), initial_state=np.ones((50, H)), training=True))
    assert set(np.unique(outputs)) == {0.0, 2.0}


# ---------------------------------------------------------------------------------------- laws of a recurrence


@every_cell
@both_ways
def test_a_masked_sequence_is_a_shorter_one(kind, reverse):
    """Each row of any mask gives what its counted steps alone give."""
    layer, x = layer_of(kind, reverse), sequences()
    states = states_of(layer.cell)
    outputs, *final = (numpy(a) for a in layer(x, initial_state=states, mask=MIXED))
    with uncompiled():
        for row, kept in enumerate(MIXED):
            if not kept.any():
                close([f[row] for f in final], [s[row] for s in states], 0)
                close(outputs[row], np.repeat(states[0][row : row + 1], T, axis=0), 0)
                continue
            short = layer(x[row : row + 1, kept], initial_state=[s[row : row + 1] for s in states])
            close(outputs[row, kept], short[0][0], 1e-6)
            close([f[row] for f in final], [s[0] for s in short[1:]], 1e-6)


@every_cell
def test_padding_changes_nothing(kind):
    layer, x = layer_of(kind), sequences()
    short = [numpy(a) for a in layer(x)]
    for before, after in ((0, 3), (3, 0), (1, 2)):
        padded = np.full((B, T + 3, D), 9.0, "float32")
        padded[:, before : T + before] = x
        mask = np.zeros((B, T + 3), bool)
        mask[:, before : T + before] = True
        outputs, *final = layer(padded, mask=mask)
        close(outputs[:, before : T + before], short[0], 1e-6)
        close(final, short[1:], 1e-6)
        close(numpy(outputs)[:, T + before :], np.repeat(short[0][:, -1:], after, axis=1), 1e-6)


def test_what_stands_in_masked_steps_does_not_matter():
    layer, x = layer_of("lstm"), sequences()
    other = np.where(MIXED[..., None], x, 1e3).astype("float32")
    close(layer(other, mask=MIXED), layer(x, mask=MIXED), 0)


@every_cell
@pytest.mark.parametrize("mask", [None, MIXED], ids=["", "masked"])
def test_backwards_is_forwards_on_the_flipped_sequence(kind, mask):
    layer, x = layer_of(kind), sequences()
    back = Recurrent(layer.cell, return_sequences=True, return_state=True, reverse=True)
    flipped = None if mask is None else np.ascontiguousarray(mask[:, ::-1])
    outputs, *final = layer(np.ascontiguousarray(x[:, ::-1]), mask=flipped)
    outputs_back, *final_back = back(x, mask=mask)
    close(outputs_back, numpy(outputs)[:, ::-1], 1e-6)
    close(final_back, final, 1e-6)


@every_cell
@both_ways
def test_no_step_sees_what_comes_after_it(kind, reverse):
    layer, x = layer_of(kind, reverse), sequences()
    other = x.copy()
    future, past = (slice(None, 3), slice(3, None)) if reverse else (slice(3, None), slice(None, 3))
    other[:, future] += 1
    one, two = numpy(layer(x)[0]), numpy(layer(other)[0])
    close(one[:, past], two[:, past], 0)
    assert (np.abs(one[:, future] - two[:, future]).max(axis=(0, 2)) > 1e-4).all()


@every_cell
def test_a_sequence_may_be_read_in_parts(kind):
    layer, x = layer_of(kind), sequences()
    whole, *final = layer(x)
    first, *middle = layer(x[:, :3])
    second, *end = layer(x[:, 3:], initial_state=middle)
    close(ops.concatenate([first, second], axis=1), whole, 1e-6)
    close(end, final, 1e-6)


def test_rows_do_not_see_each_other():
    layer, x = layer_of("gru_before"), sequences()
    other = x.copy()
    other[2] += 1
    one, two = numpy(layer(x)[0]), numpy(layer(other)[0])
    assert [bool((a != b).any()) for a, b in zip(one, two, strict=True)] == [False, False, True, False, False]


# ------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((B, D), r"shape \(5, 3\), rank 2; expected rank 3, \(batch, time, features\). Add the missing axis"),
        ((B, T, D, 1), r"rank 4; expected rank 3"),
        ((B, T, D + 1), r"\(5, 6, 4\) are 4 wide; expected 3, .* Give inputs of width 3"),
        ((B, 0, D), r"\(5, 0, 3\) have no time step; expected at least one. .*pad them"),
    ],
    ids=["rank 2", "rank 4", "width", "no time"],
)
def test_sequences_of_another_shape(shape, message):
    layer = layer_of("lstm")
    layer(sequences())
    with pytest.raises(ValueError, match=message):
        layer(np.zeros(shape, "float32"))


def test_sequences_without_a_fixed_width():
    with pytest.raises(ValueError, match="no size; expected a fixed number of features. Name it in"):
        layer_of("lstm")(keras.Input((None, None)))


@pytest.mark.parametrize("shape", [(B, T + 1), (B, T - 1), (B + 1, T), (B,), (B, T, 1)])
def test_a_mask_of_another_shape(shape):
    message = rf"mask has shape \({B}.*expected \({B}, {T}\), .*True where a step counts"
    with pytest.raises(ValueError, match=message.replace(rf"\({B}.*", r"\(.*", 1)):
        layer_of("lstm")(sequences(), mask=np.ones(shape, bool))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(B, H)], r"holds 1 array\(s\); expected 2, .*Pass what `get_initial_state`"),
        ([(B, H)] * 3, r"holds 3 array\(s\); expected 2"),
        ([(B, H), (B - 1, H)], r"initial_state\[1\] has shape \(4, 4\); expected \(5, 4\), .*Take the rows"),
        ([(B, H + 1), (B, H)], r"initial_state\[0\] has shape \(5, 5\); expected \(5, 4\)"),
        ([(H,), (H,)], r"initial_state\[0\] has shape \(4,\); expected \(5, 4\)"),
    ],
    ids=["too few", "too many", "batch", "width", "rank"],
)
def test_states_of_another_number_or_shape(shapes, message):
    with pytest.raises(ValueError, match=message):
        layer_of("lstm")(sequences(), initial_state=[np.zeros(s, "float32") for s in shapes])


def test_a_single_state_needs_no_list():
    layer, x = layer_of("gru_after"), sequences()
    (state,) = states_of(layer.cell)
    close(layer(x, initial_state=ops.convert_to_tensor(state)), layer(x, initial_state=[state]), 0)


@pytest.mark.parametrize(
    "make", [lambda: keras.layers.Dense(H), lambda: Recurrent(LSTMCell(H)), lambda: 128, lambda: LSTMCell]
)
def test_something_else_than_a_cell(make):
    with pytest.raises(ValueError, match=r"Recurrent drives a cell: one of this library, such as LSTMCell\(128\)"):
        Recurrent(make())


def test_a_reversed_layer_has_no_step():
    layer = Recurrent(built(VanillaRNNCell(H)), reverse=True)
    with pytest.raises(ValueError, match="reads backwards; it cannot go forward step by step. Use reverse=False"):
        layer.step(ops.zeros((B, D)), layer.get_initial_state(B))
