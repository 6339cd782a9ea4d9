"""Every cell beyond the lecture's three, by one contract: who stands in the list is tested.

The contract is the oracle in NumPy (outputs, states; masked, backwards, with recurrent dropout), its slopes by finite
differences, the same step by step and in parts, and a `.keras` file. Nothing is compiled but where a test says so.
"""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import LSTMCell, Recurrent, backend, cell_names
from rnn_models.layers import CELLS, linear_recurrence
from rnn_models.layers.backpropagation import backpropagated, has_all_steps
from rnn_models.layers.catalogue import VARIANTS
from tests.support import oracles
from tests.support.gradients import (
    double_precision,
    finite_differences,
    numpy,
    slopes,
    uncompiled,
    value_and_gradients,
    weighed,
)
from tests.support.helpers import MIXED, B, D, H, T, built, close, normal, sequences, values_of
from tests.support.variant_oracles import step_of

every_variant = pytest.mark.parametrize("name", VARIANTS)
LINEAR = [name for name, cell in VARIANTS.items() if has_all_steps(cell)]


def states_of(cell, dtype="float64"):
    """First states that are not zero, and that the cell may have."""
    shapes = [(size,) if isinstance(size, int) else size for size in cell.state_sizes]
    states = [0.7 * normal(B, *shape, seed=7 + n, dtype=dtype) for n, shape in enumerate(shapes)]
    if cell.short_name == "slstm":
        states[2] = 0.5 + np.abs(states[2])
    return states


# ------------------------------------------------------------------------------------------------ known answers


def line(start, stop, *shape):
    return np.linspace(start, stop, int(np.prod(shape))).reshape(shape)


KNOWN = {
    "mut1": ("zrh", [0.21671685, 0.49202448, 0.55534040]),
    "mut2": ("zrh", [0.23500888, 0.40245906, 0.54781112]),
    "mut3": ("zrh", [0.23322604, 0.39909397, 0.54268531]),
    "mgu": ("fh", [0.13950229, 0.32675779, 0.48604643]),
    "irnn": ("h", [0, 0.04, 1.21375]),
    "peephole_lstm": ("ifog", [0.08611370, 0.21906112, 0.44701826]),
    "nig_lstm": ("ifog", [0.22894452, 0.37654337, 0.56848120]),
    "nfg_lstm": ("ifog", [0.09623479, 0.37871753, 0.60959566]),
    "nog_lstm": ("ifog", [0.22967755, 0.48264368, 0.79174211]),
    "niaf_lstm": ("ifog", [0.12719203, 0.28214637, 0.53157220]),
    "noaf_lstm": ("ifog", [0.14079829, 0.32684034, 0.75520630]),
    "cifg_lstm": ("ifog", [0.12402503, 0.22892615, 0.33313401]),
    "np_lstm": ("ifog", [0.07699437, 0.19400780, 0.31962507]),
    "fgr_lstm": ("ifog", [0.09421590, 0.26058692, 0.53627026]),
}
"""The gates of the whole weights, of which a cell takes its own; and h after two steps."""

KEPT = {"mut1": ("zr", "rh", "zrh"), "mut2": ("zh", "zrh", "zrh")}
"""The blocks of W, U and b, where they are not the same in all three."""


def chosen(weights, all_gates, gates):
    return np.concatenate([np.split(weights, len(all_gates), -1)[all_gates.index(gate)] for gate in gates], -1)


@pytest.mark.parametrize("name", KNOWN)
def test_two_steps_give_the_known_answer(name):
    gates, expected = KNOWN[name]
    with double_precision():
        cell = VARIANTS[name](3, dtype="float64")
        cell.build((None, 3))
        own = getattr(cell, "sums", gates)
        k = 3 * len(gates)
        whole = {"kernel": line(-0.6, 0.5, 3, k), "recurrent_kernel": line(-0.5, 0.8, 3, k), "bias": line(-0.3, 0.4, k)}
        for (weight, value), kept in zip(whole.items(), KEPT.get(name, (own, own, own)), strict=True):
            if name == "irnn" and weight == "recurrent_kernel":
                continue  # it begins as the identity
            getattr(cell, weight).assign(chosen(value, gates, kept))
        for gate, ends in {"i": (-0.2, 0.3), "f": (0.1, 0.4), "o": (-0.3, 0.2)}.items():
            if hasattr(cell, f"peephole_{gate}"):
                getattr(cell, f"peephole_{gate}").assign(line(*ends, 3))
        states = [line(-0.2, 0.5, 1, 3), line(-0.4, 0.9, 1, 3), *[np.zeros((1, 3))] * 3][: cell.state_count]
        if name == "fgr_lstm":
            nine = line(-0.3, 0.3, 3, 3, 3, 3)  # from gate, to gate, row, column
            cell.recurrent_gates.assign(nine.transpose(0, 2, 1, 3).reshape(9, 9))
        states = [ops.convert_to_tensor(state) for state in states]
        for x in (line(-0.4, 0.7, 1, 3), line(0.9, -0.6, 1, 3)):
            output, states = cell(ops.convert_to_tensor(x), states)
    close(output[0], expected, 1e-8)


def test_an_lstm_without_peepholes_is_the_lstm():
    lstm, ours = built(LSTMCell(H)), built(VARIANTS["np_lstm"](H))
    close(Recurrent(ours)(sequences()), Recurrent(lstm)(sequences()), 1e-6)


# ----------------------------------------------------------------------------------------------- the contract


@every_variant
def test_outputs_states_and_gradients_are_those_of_the_oracle(name):
    """Masked, from the end to the beginning, with recurrent dropout where the cell has it."""
    cell = built(VARIANTS[name](H))
    states, values, x = states_of(cell), values_of(cell), sequences(dtype="float64")
    drop = (np.random.default_rng(1).random((B, H)) < 0.75) / 0.75 if cell.recurrent_product else None
    factors = [normal(B, T, H, seed=20), *[normal(*state.shape, seed=21 + n) for n, state in enumerate(states)]]

    def run(x, *arrays):
        weights = dict(zip(values, arrays[len(states) :], strict=True))
        outputs, final = oracles.run(step_of(cell, weights, D), x, arrays[: len(states)], MIXED, True, drop)
        return [outputs, *final]

    def expected_loss(*arrays):
        return sum(np.sum(f * r) for f, r in zip(factors, run(*arrays), strict=True))

    arrays, results = [x, *states, *values.values()], []
    with double_precision(), uncompiled():
        twin = VARIANTS[name](H, dtype="float64")
        layer = Recurrent(twin, reverse=True, dtype="float64")
        layer.build(x.shape)
        for variable, value in zip(twin.trainable_weights, values.values(), strict=True):
            variable.assign(value)
        mask, drop_tensor = (None if a is None else ops.convert_to_tensor(a) for a in (MIXED, drop))

        def loss(x, *states):
            if has_all_steps(type(twin)):
                outputs, final = layer._all_steps(x, mask, list(states))
            else:
                outputs, final = backpropagated(twin, x, mask, list(states), drop_tensor, True, True)
            results[:] = [outputs, *final]
            return weighed(results, factors)

        value, d_inputs, d_weights = value_and_gradients(loss, arrays[: 1 + len(states)], twin.trainable_variables)
        if keras.backend.backend() != "jax":  # there the results live inside a compiled function only
            close(results, run(*arrays), 1e-10)
    assert abs(value - expected_loss(*arrays)) < 1e-9 * (1 + abs(value))
    close(slopes([*d_inputs, *d_weights]), finite_differences(expected_loss, arrays), 2e-7)


@every_variant
def test_step_by_step_and_in_parts_it_is_the_same(name):
    cell, x = built(VARIANTS[name](H)), sequences()
    layer = Recurrent(cell, return_sequences=True, return_state=True)
    states = [ops.convert_to_tensor(state) for state in states_of(cell, "float32")]
    with uncompiled():
        outputs, *final = layer(x, initial_state=states)
        first, *middle = layer(x[:, :4], initial_state=states)
        rest, *last = layer(x[:, 4:], initial_state=middle)
        close(ops.concatenate([first, rest], axis=1), outputs)
        close(last, final)
        for t in range(T):
            output, states = layer.step(ops.convert_to_tensor(x[:, t]), states)
            close(output, outputs[:, t])
    close(list(states), final)


@every_variant
def test_where_the_input_is_as_wide_as_the_state(name):
    """Some then read x as it is."""
    cell, x = built(VARIANTS[name](H), H), sequences(width=H)
    outputs, final = oracles.run(step_of(cell, values_of(cell), H), x, states_of(cell))
    layer = Recurrent(cell, return_sequences=True, return_state=True)
    with uncompiled():
        ours = layer(x, initial_state=states_of(cell, "float64"))
    close(list(ours), [outputs, *final])


def test_the_names_are_those_of_the_classes_and_the_three_come_first():
    assert list(CELLS)[:3] == ["lstm", "gru", "vanilla"]
    assert all(name == cell.short_name for name, cell in CELLS.items())
    assert set(cell_names.CELL_NAMES) == set(CELLS)
    assert set(cell_names.DECODER_CELL_NAMES) == {name for name, cell in CELLS.items() if cell.free_states}
    assert set(cell_names.NO_RECURRENT_PRODUCT) == {n for n, cell in CELLS.items() if not cell.recurrent_product}
    assert len({*CELLS.values()}) == len(CELLS)


def test_all_are_saved_and_loaded(tmp_path):
    inputs = keras.Input((T, D))
    outputs = keras.layers.concatenate([Recurrent(VARIANTS[name](H), name=name)(inputs) for name in VARIANTS])
    model = keras.Model(inputs, outputs)
    for layer in model.layers[1:-1]:
        built(layer.cell)
    with uncompiled():
        expected = model(sequences())
        assert np.isfinite(numpy(expected)).all()
        model.save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras")
        close(again(sequences()), expected, 0)


# ------------------------------------------------------------------------------------------- all steps at once


@pytest.mark.parametrize("length", [1, 2, 5, 8])
def test_rounds_of_doubling_are_the_loop(length, monkeypatch):
    a, b, first = np.exp(-np.abs(normal(2, length, 3))), normal(2, length, 3, seed=1), normal(2, 3, seed=2)
    expected, h = [], first
    for t in range(length):
        h = a[:, t] * h + b[:, t]
        expected.append(h)
    a, b, first = (ops.convert_to_tensor(array) for array in (a, b, first))
    for at_once in (True, False):
        monkeypatch.setattr(backend, "parallel_in_time", lambda at_once=at_once: at_once)
        close(linear_recurrence.linear_scan(a, b, first), np.stack(expected, 1), 1e-6)
    first_in_b = ops.concatenate([b[:, :1] + a[:, :1] * first[:, None], b[:, 1:]], axis=1)
    close(linear_recurrence.by_doubling(a, first_in_b), np.stack(expected, 1), 1e-6)


@pytest.mark.parametrize("name", LINEAR)
def test_a_changed_equation_takes_no_way_to_all_steps_at_once(name):
    class Changed(VARIANTS[name]):
        @staticmethod
        def advance(projected, states, w, variant):
            new, _ = VARIANTS[name].advance(projected, states, w, variant)
            return [0 * new[0], *new[1:]], []

    assert not has_all_steps(Changed)


def test_lengths_that_are_left_open_are_compiled_and_right():
    """By XLA on TensorFlow, whose programs are of padded lengths."""
    inputs = keras.Input((None, D))
    model = keras.Model(inputs, Recurrent(VARIANTS["min_gru"](H), return_sequences=True)(inputs))
    cell, x = built(model.layers[-1].cell), sequences()
    model.compile("sgd", "mse")
    expected, _ = oracles.run(step_of(cell, values_of(cell), D), x, [np.zeros((B, H))])
    close(model.predict(x, verbose=0), expected)
    before = values_of(cell)
    model.fit(x, normal(B, T, H), verbose=0)
    assert all(np.abs(numpy(v) - before[v.name]).max() > 1e-6 for v in cell.trainable_weights)


@pytest.mark.parametrize("name", LINEAR)
def test_half_precision_carries_its_sums_in_single(name):
    cell = built(VARIANTS[name](H, dtype="mixed_bfloat16"))
    x = sequences(2, 40)
    with uncompiled():
        found = Recurrent(cell, dtype="mixed_bfloat16")(x)
        exact = Recurrent(built(VARIANTS[name](H)))(x)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    close(ops.cast(found, "float32"), exact, 0.06)


# ------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", ["indrnn", *LINEAR])
@pytest.mark.parametrize("option", [{"recurrent_dropout": 0.1}, {"layer_norm": True}])
def test_options_without_a_place_are_refused(name, option):
    with pytest.raises(ValueError, match="no product of h_{t-1} with a matrix.*Leave both out"):
        VARIANTS[name](H, **option)


def test_no_rounds_of_gating_are_the_lstm():
    plain, gated = built(LSTMCell(H)), built(VARIANTS["mogrifier_lstm"](H, rounds=0))
    with uncompiled():
        close(Recurrent(gated)(sequences()), Recurrent(plain)(sequences()), 1e-6)
    with pytest.raises(ValueError, match="rounds is -1; expected a whole number, 0 or more"):
        VARIANTS["mogrifier_lstm"](H, rounds=-1)
