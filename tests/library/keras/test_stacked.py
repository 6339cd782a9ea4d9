"""`Bidirectional` and `Stacked`: what they are made of, put together by hand, and Keras's Bidirectional."""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Bidirectional, GRUCell, LSTMCell, Recurrent, Stacked, VanillaRNNCell
from tests.support.gradients import numpy, value_and_gradients, weighed
from tests.support.helpers import (
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
    sequences,
    states_of,
    swapped,
    twin,
)

with_and_without_mask = pytest.mark.parametrize("mask", [None, MIXED], ids=["", "masked"])


# ----------------------------------------------------------------------------------------- both directions


def pair(kind):
    return built(CELLS[kind](), seed=1), built(CELLS[kind](), seed=5)


def keras_pair(kind, cells, merge_mode="concat", **options):
    """`keras.layers.Bidirectional` with the weights of two cells."""
    forward, backward = (twin(kind, c, **options, go_backwards=n == 1) for n, c in enumerate(cells))
    layer = keras.layers.Bidirectional(forward, merge_mode=merge_mode, backward_layer=backward)
    layer.build((None, None, D))
    kernels = [twin(kind, c).get_weights() for c in cells]
    layer.forward_layer.set_weights(kernels[0])
    layer.backward_layer.set_weights(kernels[1])
    return layer


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("return_sequences", [False, True], ids=["last", "sequences"])
def test_bidirectional_is_that_of_keras(merge_mode, return_sequences):
    cells, x = pair("lstm"), sequences()
    options = {"return_sequences": return_sequences, "return_state": True}
    ours = Bidirectional(*cells, merge_mode=merge_mode, **options)
    theirs = keras_pair("lstm", cells, merge_mode, **options)
    states = [*states_of(cells[0]), *states_of(cells[1], seed=30)]
    close(
        list(ours(x, initial_state=states)), list(theirs(x, initial_state=[ops.convert_to_tensor(s) for s in states]))
    )


@pytest.mark.parametrize("kind", ["vanilla", "lstm", "gru_after", "gru_before"])
@pytest.mark.parametrize("mask", [None, MASKS["right"]], ids=["", "masked"])
def test_gradients_of_bidirectional_are_those_of_keras(kind, mask):
    cells, x = pair(kind), sequences()
    factor = normal(B, 2 * H, seed=20)
    ours, theirs = Bidirectional(*cells), keras_pair(kind, cells, return_sequences=False, return_state=False)
    given = None if mask is None else ops.convert_to_tensor(mask)
    ours(x)
    results = [
        value_and_gradients(
            lambda x, layer=layer: weighed([layer(x, mask=given)], [factor]), [x], layer.trainable_variables
        )
        for layer in (ours, theirs)
    ]
    close(results[0][0], results[1][0])
    close(results[0][1], results[1][1])
    close(results[0][2], [swapped(kind, g) for g in results[1][2]])


@with_and_without_mask
def test_bidirectional_is_two_recurrent_layers(mask):
    cells, x = pair("gru_after"), sequences()
    states = [*states_of(cells[0]), *states_of(cells[1], seed=30)]
    outputs, *final = Bidirectional(*cells, return_sequences=True, return_state=True)(x, states, mask=mask)
    ahead, end = Recurrent(cells[0], True, True)(x, states[:1], mask=mask)
    back, start = Recurrent(cells[1], True, True, reverse=True)(x, states[1:], mask=mask)
    close(outputs, np.concatenate([numpy(ahead), numpy(back)], axis=-1), 0)
    close(final, [end, start], 0)
    last = Bidirectional(*cells)(x, states, mask=mask)
    close(last, np.concatenate([numpy(end), numpy(start)], axis=-1), 0)


def test_the_backward_cell_is_made_like_the_forward_one_but_has_weights_of_its_own():
    layer = Bidirectional(LSTMCell(H, dropout=0.1, unit_forget_bias=False, layer_norm=True))
    layer.build((None, None, D))
    one, other = layer.forward_layer.cell, layer.backward_layer.cell
    assert one is not other and type(one) is type(other)
    assert {**one.get_config(), "name": ""} == {**other.get_config(), "name": ""}
    differ(one.kernel, other.kernel)
    assert len(layer.trainable_weights) == 2 * len(one.trainable_weights)


def test_two_kinds_of_cell():
    layer = Bidirectional(LSTMCell(3), GRUCell(2), return_state=True)
    output, *states = layer(sequences())
    assert [tuple(a.shape) for a in (output, *states)] == [(B, 5), (B, 3), (B, 3), (B, 2)]


def test_bad_input_of_bidirectional():
    with pytest.raises(ValueError, match="merge_mode is 'add'; expected 'concat', 'sum', 'mul' or 'ave'"):
        Bidirectional(LSTMCell(H), merge_mode="add")
    with pytest.raises(ValueError, match="'sum' needs two cells of one width; they have 3 and 2 units. Use 'concat'"):
        Bidirectional(LSTMCell(3), LSTMCell(2), merge_mode="sum")
    with pytest.raises(ValueError, match="Recurrent drives a cell"):
        Bidirectional(Recurrent(LSTMCell(3)))
    layer = Bidirectional(LSTMCell(H))
    with pytest.raises(ValueError, match=r"holds 2 array\(s\); expected 4"):
        layer(sequences(), initial_state=states_of(layer.forward_layer.cell))
    with pytest.raises(ValueError, match="reads from both ends"):
        layer.step(ops.zeros((B, D)), layer.get_initial_state(B))


# ----------------------------------------------------------------------------------------------- on top of each other


def three():
    return [built(LSTMCell(H)), built(GRUCell(H), H, seed=8), built(VanillaRNNCell(2), H, seed=11)]


@with_and_without_mask
@pytest.mark.parametrize("residual", [False, True], ids=["", "residual"])
def test_a_stack_is_its_layers_one_after_another(mask, residual):
    cells, x = three(), sequences()
    states = [states_of(c, seed=40 + n) for n, c in enumerate(cells)]
    stack = Stacked(cells, residual=residual, return_sequences=True, return_state=True)
    outputs, *final = stack(x, initial_state=states, mask=mask)
    h, expected = x, []
    for cell, state in zip(cells, states, strict=True):
        y, *state = Recurrent(cell, True, True)(h, initial_state=state, mask=mask)
        h = numpy(y) + (numpy(h) if residual and cell is cells[1] else 0)  # only the second is as wide as its input
        expected.append([numpy(s) for s in state])
    close(outputs, h)
    close([list(s) for s in final], expected)


@with_and_without_mask
def test_the_last_output_of_a_residual_stack(mask):
    """At the last step that counts; the residual comes from that step, too."""
    cells, x = [built(GRUCell(D)), built(GRUCell(D), seed=8)], sequences()
    every = numpy(Stacked(cells, residual=True, return_sequences=True)(x, mask=mask))
    last = numpy(Stacked(cells, residual=True)(x, mask=mask))
    steps = [T - 1] * B if mask is None else [int(np.flatnonzero(row)[-1]) if row.any() else T - 1 for row in mask]
    close(last, every[np.arange(B), steps], 1e-6)


def test_a_stack_goes_step_by_step():
    for residual in (False, True):
        stack, x = Stacked(three(), residual=residual, return_sequences=True, return_state=True), sequences()
        outputs, *final = stack(x)
        states = stack.get_initial_state(B)
        for t in range(T):
            output, states = stack.step(ops.convert_to_tensor(x[:, t]), states)
            close(output, outputs[:, t])
        close([list(s) for s in states], [list(s) for s in final])


def test_the_states_that_come_out_go_in_again():
    stack, x = Stacked(three(), residual=True, return_sequences=True, return_state=True), sequences()
    whole, *final = stack(x)
    first, *middle = stack(x[:, :3])
    second, *end = stack(x[:, 3:], initial_state=middle)
    close(ops.concatenate([first, second], axis=1), whole, 1e-6)
    close([list(s) for s in end], [list(s) for s in final], 1e-6)


def test_dropout_lies_between_the_layers_and_is_fresh_at_every_step():
    def through(units):
        cell = VanillaRNNCell(units, activation="relu")
        cell.build((None, units))
        cell.kernel.assign(np.eye(units))
        cell.recurrent_kernel.assign(np.zeros((units, units)))
        return cell

    x = ops.ones((20, 5, 100))
    alone = Stacked([through(100)], dropout=0.4, return_sequences=True)
    close(alone(x, training=True), x, 0)  # none below the first layer, none above the last
    stack = Stacked([through(100), through(100)], dropout=0.4, return_sequences=True, seed=1)
    close(stack(x), x, 0)
    y = numpy(stack(x, training=True))
    assert np.allclose(np.unique(y), [0, 1 / 0.6])
    assert abs((y == 0).mean() - 0.4) < 0.03
    assert (y[:, 0] != y[:, 1]).any()


def test_recurrent_dropout_reaches_every_layer():
    stack, x = Stacked([GRUCell(H, recurrent_dropout=0.5), GRUCell(H)]), sequences()
    expected = stack(x)
    close(stack(x, training=False), expected, 0)
    differ(stack(x, training=True), expected)


def test_a_stack_of_bidirectional_layers():
    stack = Stacked(
        [Bidirectional(LSTMCell(3)), Bidirectional(GRUCell(3)), GRUCell(2)], residual=True, return_state=True
    )
    x = sequences()
    output, *states = stack(x, mask=MIXED)
    assert tuple(output.shape) == (B, 2)
    assert [[tuple(s.shape) for s in layer] for layer in states] == [[(B, 3)] * 4, [(B, 3)] * 2, [(B, 2)]]
    first, second, third = stack.layers
    h = first.run(ops.convert_to_tensor(x), first.get_initial_state(B), ops.convert_to_tensor(MIXED))[0]
    h = h + second.run(h, second.get_initial_state(B), ops.convert_to_tensor(MIXED))[0]  # both are 6 wide
    close(output, third.run(h, third.get_initial_state(B), ops.convert_to_tensor(MIXED))[1], 1e-6)
    with pytest.raises(ValueError, match="reads from both ends"):
        stack.step(ops.zeros((B, D)), stack.get_initial_state(B))


def test_bad_input_of_a_stack():
    with pytest.raises(ValueError, match="no layers; expected at least one cell or layer"):
        Stacked([])
    with pytest.raises(ValueError, match="Recurrent drives a cell"):
        Stacked([LSTMCell(H), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"dropout is 1.0; expected a number in \[0, 1\)"):
        Stacked([LSTMCell(H)], dropout=1.0)
    stack = Stacked(three(), return_state=True)
    with pytest.raises(ValueError, match="initial_state has 2 entries; expected 3, a list of states for each layer"):
        stack(sequences(), initial_state=stack.get_initial_state(B)[:2])
    with pytest.raises(ValueError, match=r"has shape \(4, 4\); expected \(5, 4\)"):
        stack(sequences(), initial_state=stack.get_initial_state(B - 1))
    with pytest.raises(ValueError, match="rank 2; expected rank 3"):
        stack(sequences()[:, 0])
    with pytest.raises(ValueError, match=r"mask has shape \(5, 7\); expected \(5, 6\)"):
        stack(sequences(), mask=np.ones((B, T + 1), bool))
