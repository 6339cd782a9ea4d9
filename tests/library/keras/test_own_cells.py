"""Cells of one's own: with weights that no product reads, a projection, a matrix as state; of Keras; of neither.

What each shows against is the loop step by step, differentiated by the backend. Costs 25 s with TensorFlow.
"""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Bidirectional, LSTMCell, Recurrent, RecurrentCell, Stacked
from rnn_models.layers import recurrent
from tests.support.cells import PeepholeCell, ProjectionCell
from tests.support.gradients import numpy, value_and_gradients
from tests.support.helpers import MIXED, B, D, H, T, built, close, differ, normal, sequences


class DiagonalCell(RecurrentCell):
    """Every unit sees only itself: h_t = tanh(x_t W + u ⊙ h_{t-1} + b) (IndRNN); there is no matrix U."""

    def weight_shapes(self, input_width):
        return {"kernel": (input_width, self.units), "recurrent_diagonal": (self.units,), "bias": (self.units,)}

    def initializer_of(self, name):
        return "glorot_uniform" if name == "recurrent_diagonal" else super().initializer_of(name)

    @staticmethod
    def advance(projected, states, w, variant):
        return [ops.tanh(projected + w.recurrent_diagonal * states[0])], []


class MatrixCell(RecurrentCell):
    """A state of two axes: M_t = 0.9 M_{t-1} + z_t z_tᵀ, h_t = tanh(z_t M_t + h_{t-1} U)."""

    @property
    def state_sizes(self):
        return [self.units, (self.units, self.units)]

    @staticmethod
    def advance(projected, states, w, variant):
        z = projected
        matrix = 0.9 * states[1] + z[:, :, None] * z[:, None, :]
        return [ops.tanh(ops.squeeze(z[:, None] @ matrix, 1) + w.product(states[0])), matrix], []


OWN = {"peephole": PeepholeCell, "projection": ProjectionCell, "diagonal": DiagonalCell, "matrix": MatrixCell}


def states_for(cell, seed=7):
    shapes = [size if isinstance(size, tuple) else (size,) for size in cell.state_sizes]
    return [0.5 * normal(B, *shape, seed=seed + n) for n, shape in enumerate(shapes)]


def loss_of(layer, mask):
    def loss(x, *states):
        outputs, *final = layer(x, initial_state=list(states), mask=mask, training=True)
        weighed = ops.sum(outputs * ops.cast(normal(*outputs.shape, seed=1), outputs.dtype))
        return weighed + sum(ops.sum(ops.sin(state)) for state in final)

    return loss


@pytest.mark.parametrize("kind", OWN)
def test_the_gradients_are_those_of_the_plain_loop(kind, monkeypatch):
    cell = built(OWN[kind](H))
    for variable in cell.trainable_variables:
        if len(variable.shape) == 1:
            variable.assign(0.3 * normal(*variable.shape, seed=5))
    arrays, mask = [sequences(), *states_for(cell)], ops.convert_to_tensor(MIXED)
    layer = Recurrent(cell, return_sequences=True, return_state=True)
    layer(arrays[0])
    found = value_and_gradients(loss_of(layer, mask), arrays, cell.trainable_variables)
    monkeypatch.setattr(recurrent, "backpropagated", lambda *given: None)
    expected = value_and_gradients(loss_of(layer, mask), arrays, cell.trainable_variables)
    close(found[0], expected[0], 1e-4)
    for ours, theirs in zip([*found[1], *found[2]], [*expected[1], *expected[2]], strict=True):
        assert np.abs(numpy(ours)).max() > 0
        close(ours, theirs, 2e-4)


def test_a_cell_of_ones_own_trains_and_is_saved(tmp_path):
    model = keras.Sequential([keras.Input((T, D)), Recurrent(PeepholeCell(H, recurrent_dropout=0.2))])
    before = [numpy(v).copy() for v in model.trainable_variables]
    model.compile("adam", "mse")
    model.fit(sequences(), normal(B, H), verbose=0)
    for old, variable in zip(before, model.trainable_variables, strict=True):
        differ(old, variable, 1e-5)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects={"PeepholeCell": PeepholeCell})
    close(again(sequences()), model(sequences()), 0)


class CountingCell:
    """No layer at all: the state is a nest, a sum and how many steps were read."""

    state_sizes = [D, [1]]

    def get_initial_state(self, batch_size):
        return [ops.zeros((batch_size, D)), [ops.zeros((batch_size, 1))]]

    def step(self, x, states):
        total, (count,) = states
        return (total + x) / (count + 1), [total + x, [count + 1]]


def test_any_object_with_a_step_is_driven():
    x = sequences()
    outputs, total, count = Recurrent(CountingCell(), return_sequences=True, return_state=True)(x)
    close(outputs, np.cumsum(x, 1) / np.arange(1, T + 1)[:, None])
    close(total, x.sum(1))
    close(count, np.full((B, 1), T))
    masked, *_, count = Recurrent(CountingCell(), return_sequences=True, return_state=True)(x, mask=MIXED)
    close(count[:, 0], MIXED.sum(1))
    close(numpy(masked)[3, -1], x[3][MIXED[3]].mean(0))


@pytest.mark.parametrize("make", [keras.layers.GRUCell, keras.layers.LSTMCell, keras.layers.SimpleRNNCell])
def test_a_cell_of_keras_is_driven(make):
    x, cell = sequences(), make(H)
    layer = Recurrent(cell, return_sequences=True, return_state=True)
    outputs, *states = layer(x)
    expected, *final = keras.layers.RNN(cell, return_sequences=True, return_state=True)(x)
    close(outputs, expected)
    close(states, final)
    assert layer.compute_output_shape((B, T, D)) == [(B, T, H)] + [(B, H)] * len(states)


def test_cells_of_keras_stand_in_the_other_drivers():
    x = sequences()
    assert tuple(Stacked([keras.layers.GRUCell(4), LSTMCell(3)])(x).shape) == (B, 3)
    assert tuple(Bidirectional(keras.layers.GRUCell(4))(x).shape) == (B, 8)


@pytest.mark.parametrize("given", [None, 3, LSTMCell, keras.layers.Dense(3)])
def test_what_is_no_cell_is_refused(given):
    with pytest.raises(ValueError, match="Recurrent drives a cell"):
        Recurrent(given)


def test_a_weight_that_is_not_there_is_named():
    class Wrong(LSTMCell):
        @staticmethod
        def advance(projected, states, w, variant):
            return [w.peephole * states[0], states[1]], []

    with pytest.raises(AttributeError, match="no weight 'peephole'; see its `weight_shapes`"):
        Recurrent(Wrong(H))(sequences())


# ------------------------------------------------------------------------------------------ options as in Keras


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_regularisers_constraints_and_no_bias_are_those_of_keras(kind):
    from rnn_models import from_keras

    options = {
        "use_bias": False,
        "kernel_regularizer": keras.regularizers.L2(0.1),
        "recurrent_regularizer": "l1",
        "kernel_constraint": "non_neg",
    }
    theirs = getattr(keras.layers, kind)(H, **options)
    theirs(sequences())
    ours = from_keras(theirs)
    close(ours(sequences()), theirs(sequences()))
    close(sum(ours.losses), sum(theirs.losses), 1e-5)
    assert ours.count_params() == theirs.count_params()
    model = keras.Sequential([ours])
    model.compile("sgd", "mse")
    model.fit(sequences(), normal(B, H), verbose=0)
    assert numpy(ours.cell.kernel).min() >= 0
