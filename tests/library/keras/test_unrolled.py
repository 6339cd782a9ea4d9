"""The unrolled graph: known answers, the layers and automatic differentiation of the library, finite differences."""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import custom_gradient
from rnn_models.layers import CELLS, LSTMCell, Recurrent, VanillaRNNCell
from rnn_models.probes.unrolled import WIRINGS, Wiring, build, unroll, wiring
from tests.support.gradients import double_precision, numpy
from tests.support.helpers import close

D, H = 4, 3
WIRED = dict(zip(WIRINGS, [(1, 1), (1, 4), (4, 1), (3, 3), (4, 4)], strict=True))
TARGETS = np.array([1, 2, 2, 3, 0, 1])


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def network(name="vanilla", dtype="float64"):
    return CELLS[name](H, dtype=dtype), keras.layers.Dense(D, dtype=dtype)


def drawn(variables, seed=0):
    return [np.random.default_rng(seed + n).normal(0, 0.5, v.shape) for n, v in enumerate(variables)]


def asked(name):
    """A wiring, its inputs and its targets."""
    wired = wiring(name, *WIRED[name])
    return wired, np.random.default_rng(9).normal(size=(wired.steps, D)), TARGETS[: wired.steps]


def graph(name="aligned", cell="vanilla", values=None, **options):
    wired, x, targets = asked(name)
    layer, output = network(cell)
    second = network(cell)[0] if wired.second else None
    values = drawn(build(layer, output, D, second)) if values is None else values
    return unroll(wired, layer, output, x, targets, second=second, values=values, **options), values


def shared(found):
    return {name: weight.gradient for name, weight in found.shared.items()}


def test_hello_has_the_known_losses_and_norms():
    """The lecture's weights for "hello": L_t, Σ L_t, the norms of the copies' gradients and of their sums."""
    hidden = np.array([[0.3, -0.1, 0.9], [0.96, 0.3, 0.1], [0.1, -0.5, -0.3], [-0.3, 0.9, 0.7]])
    logits = np.array([[1, 2.2, -3, 4.1], [0.5, 0.3, -1, 1.2], [0.1, 0.5, 1.9, -1.1], [0.2, -1.5, -0.1, 2.2]])
    sums = np.arctanh(hidden)
    recurrent = np.linalg.lstsq(hidden[2:3] - hidden[1:2], sums[3:4] - sums[2:3], rcond=None)[0]
    before = hidden[:-1] @ recurrent
    kernel = np.stack([sums[0], sums[1] - before[0], sums[2] - before[1], np.zeros(3)])
    weights = np.linalg.solve(np.column_stack([hidden, np.ones(4)]), logits)
    cell, output = VanillaRNNCell(3, use_bias=False, dtype="float64"), keras.layers.Dense(4, dtype="float64")
    x, right = np.eye(4)[[0, 1, 2, 2]], np.array([1, 2, 2, 3])
    found = unroll(wiring("aligned", 4, 4), cell, output, x, right, values=[kernel, recurrent, weights[:3], weights[3]])
    np.testing.assert_allclose(list(found.losses.values()), [2.0785, 2.9001, 0.3796, 0.2314], atol=6e-5)
    assert found.loss == pytest.approx(5.5896, abs=1e-4) and found.parameters == 12 + 9 + 12 + 4
    known = {
        "cell/recurrent_kernel": ([0, 6.168, 2.245, 0.369], 7.289),
        "cell/kernel": ([1.946, 6.466, 2.221, 0.623], 6.942),
        "output/kernel": ([1.155, 1.126, 0.223, 0.291], 1.652),
    }
    for name, (copies, whole) in known.items():
        np.testing.assert_allclose(found.shared[name].norms, copies, atol=6e-4)
        assert found.shared[name].norm == pytest.approx(whole, abs=6e-4)
    np.testing.assert_allclose([found.nodes["h", t].value for t in range(4)], hidden, atol=1e-7)


@pytest.mark.parametrize("name", ["vanilla", "lstm", "gru", "mogrifier_lstm", "rg_lru", "mlstm"])
def test_the_sum_over_the_copies_is_the_gradient_of_the_layers_weights(name):
    """The library's layer over the same sequence, differentiated as training does it."""
    wired, x, targets = asked("aligned")
    cell, output = network(name)
    recurrent = Recurrent(cell, return_sequences=True, dtype="float64")
    variables = build(cell, output, D)
    values = drawn(variables)

    def loss(weights):
        with keras.StatelessScope(state_mapping=list(zip(variables, weights, strict=True))):
            y = output(recurrent(ops.convert_to_tensor(x[None])))
            return [ops.sum(ops.sparse_categorical_crossentropy(targets[None], y, from_logits=True))]

    tensors = [ops.convert_to_tensor(v) for v in values]
    (expected,) = custom_gradient.vjp(loss, [tensors], [ops.ones((), dtype="float64")])
    found = unroll(wired, cell, output, x, targets, values=values)
    close(found.loss, numpy(loss(tensors)[0]), 1e-9)
    for weight, gradient in zip(found.shared.values(), expected, strict=True):
        np.testing.assert_allclose(weight.gradient, numpy(gradient), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", WIRINGS)
def test_each_wiring_has_the_gradients_of_finite_differences(name):
    found, values = graph(name, "lstm", teacher_forcing=True)
    epsilon = 1e-6
    for number, weight in enumerate(found.shared.values()):
        place = tuple(np.unravel_index(np.abs(weight.gradient).argmax(), weight.gradient.shape))
        losses = []
        for sign in (1, -1):
            moved = [v.copy() for v in values]
            moved[number][place] += sign * epsilon
            losses.append(graph(name, "lstm", moved, teacher_forcing=True)[0].loss)
        assert (losses[0] - losses[1]) / (2 * epsilon) == pytest.approx(weight.gradient[place], rel=1e-5, abs=1e-8)


def test_one_to_one_is_dense_tanh_dense():
    wired, x, targets = asked("one_to_one")
    cell, output = network()
    values = drawn(build(cell, output, D))
    found = unroll(wired, cell, output, x, targets, values=values)
    kernel, _, bias, head, head_bias = values
    plain = keras.Sequential([keras.layers.Dense(H, "tanh", dtype="float64"), keras.layers.Dense(D, dtype="float64")])
    plain.build((None, D))
    plain.set_weights([kernel, bias, head, head_bias])
    np.testing.assert_allclose(found.nodes["y", 0].value, numpy(plain(x))[0], atol=1e-12)
    assert not found.shared["cell/recurrent_kernel"].gradient.any()


def test_a_node_has_the_gradient_of_what_it_passes_on():
    """∂L/∂h_t = ∂L/∂y_t W_hyᵀ + ∂L/∂z_{t+1} Uᵀ of the vanilla recurrence; ∂L/∂y_t = p_t − one-hot; ∂L/∂L_t = 1."""
    found, (kernel, recurrent, _, head, _) = graph()
    for t in range(4):
        y = found.nodes["y", t].gradient
        np.testing.assert_allclose(y, found.probabilities[t] - np.eye(D)[TARGETS[t]], atol=1e-12)
        expected = head @ y
        if t < 3:
            after = found.nodes["h", t + 1]
            expected = expected + recurrent @ (after.gradient * (1 - after.value**2))
        here = found.nodes["h", t]
        np.testing.assert_allclose(here.gradient, expected, atol=1e-12)
        np.testing.assert_allclose(found.nodes["x", t].gradient, kernel @ (here.gradient * (1 - here.value**2)))
        assert found.nodes["L", t].gradient == 1


def test_nothing_flows_across_a_cut_and_the_state_does():
    whole, values = graph("many_to_one", "lstm")
    cut, _ = graph("many_to_one", "lstm", values, cut=2)
    assert cut.loss == whole.loss
    for t in range(4):
        for kind in ("x", "h", "c"):
            read = (kind, t) != ("c", 3)  # no step comes after the last
            assert bool(cut.nodes[kind, t].gradient.any()) == (t >= 2 and read), (kind, t)
            assert bool(whole.nodes[kind, t].gradient.any()) == read, (kind, t)
    assert not cut.shared["cell/kernel"].copies[:2].any() and cut.shared["cell/kernel"].copies[2:].any()
    np.testing.assert_array_equal(cut.shared["cell/kernel"].copies[2:], whole.shared["cell/kernel"].copies[2:])


def test_without_a_state_each_step_sees_its_own_input_alone():
    wired, x, targets = asked("aligned")
    cell, output = network("lstm")
    values = drawn(build(cell, output, D))
    found = unroll(wired, cell, output, x, targets, values=values, markov=True)
    for t in range(4):
        alone = unroll(wiring("one_to_one"), cell, output, x[t : t + 1], targets[t : t + 1], values=values)
        np.testing.assert_allclose(found.nodes["y", t].value, alone.nodes["y", 0].value, atol=1e-12)
        np.testing.assert_allclose(found.nodes["h", t].gradient, alone.nodes["h", 0].gradient, atol=1e-12)
    assert not found.shared["cell/recurrent_kernel"].gradient.any()


def test_the_parameters_do_not_grow_with_the_steps():
    cell, output = network()
    build(cell, output, D)
    counts = set()
    for steps in range(1, 9):
        found = unroll(wiring("aligned", steps, steps), cell, output, np.ones((steps, D)), np.zeros(steps, int))
        assert all(len(weight.copies) == steps for weight in found.shared.values())
        counts.add(found.parameters)
    assert counts == {D * H + H * H + H + H * D + D}


def test_what_was_written_is_read_and_no_gradient_flows_through_the_choice():
    found, values = graph("one_to_many")
    for t in range(1, 4):
        np.testing.assert_array_equal(found.nodes["x", t].value, np.eye(D)[found.choices[t - 1]])
    forced, _ = graph("one_to_many", values=values, teacher_forcing=True)
    for t in range(1, 4):
        np.testing.assert_array_equal(forced.nodes["x", t].value, np.eye(D)[TARGETS[t - 1]])
    last = found.nodes["y", 3].gradient
    np.testing.assert_allclose(last, found.probabilities[3] - np.eye(D)[TARGETS[3]], atol=1e-12)


def test_an_encoder_and_a_decoder_have_weights_of_their_own():
    found, _ = graph("encoder_decoder", "lstm")
    assert found.shared["cell/kernel"].steps == (0, 1, 2) and found.shared["second cell/kernel"].steps == (3, 4, 5)
    assert ("x", 3) not in found.nodes and ("x", 4) in found.nodes and ("y", 2) not in found.nodes
    assert found.nodes["h", 0].gradient.any()  # through the last state of the encoder


def test_the_layers_keep_their_weights():
    cell, output = network()
    before = [numpy(v) for v in build(cell, output, D)]
    wired, x, targets = asked("aligned")
    unroll(wired, cell, output, x, targets, values=drawn(build(cell, output, D)))
    for one, old in zip(build(cell, output, D), before, strict=True):
        np.testing.assert_array_equal(numpy(one), old)
    own = unroll(wired, cell, output, x, targets)
    np.testing.assert_array_equal(own.shared["cell/kernel"].value, before[0])


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (lambda: wiring("two_to_two"), "two_to_two"),
        (lambda: wiring("aligned", 3, 4), "expected 3 and 3"),
        (lambda: wiring("one_to_one", 2, 1), "expected 1 and 1"),
        (lambda: wiring("encoder_decoder", 0, 2), "0 inputs"),
        (lambda: Wiring(0, frozenset(), frozenset()), "1 or more"),
        (lambda: Wiring(2, frozenset({2}), frozenset({0})), "steps from 0 to 1"),
        (lambda: Wiring(2, frozenset({0}), frozenset()), "no loss"),
        (lambda: Wiring(2, frozenset({0, 1}), frozenset({0}), frozenset({1})), "leave them out"),
        (lambda: Wiring(2, frozenset({0}), frozenset({1}), frozenset({1})), "writes nothing"),
        (lambda: Wiring(2, frozenset({0}), frozenset({1}), second=2), "second is 2"),
        (lambda: graph(cut=4), "cut is 4"),
        (lambda: graph(cut=0), "cut is 0"),
        (lambda: graph(values=[np.zeros(3)]), "expected those of the layers' weights"),
        (lambda: unroll(wiring("aligned", 2, 2), *network(), np.ones((3, D)), np.zeros(2, int)), r"expected \(2, D\)"),
        (lambda: unroll(wiring("encoder_decoder", 1, 1), *network(), np.ones((2, D)), np.zeros(2, int)), "second"),
        (lambda: unroll(wiring("one_to_one"), keras.layers.LSTMCell(3), network()[1], np.ones((1, D)), [0]), "cell of"),
        (
            lambda: unroll(
                wiring("encoder_decoder", 1, 1),
                *network(),
                np.ones((2, D)),
                np.zeros(2, int),
                second=LSTMCell(H, dtype="float64"),
            ),
            "expected the same",
        ),
        (
            lambda: unroll(
                wiring("one_to_many", 1, 2), network()[0], keras.layers.Dense(2), np.ones((2, D)), np.zeros(2, int)
            ),
            "2 classes, as an input of 4",
        ),
    ],
)
def test_what_does_not_fit_is_refused(problem, message):
    with pytest.raises(ValueError, match=message):
        problem()
