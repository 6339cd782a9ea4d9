"""Trained Keras layers become layers of this library, and back."""

import keras
import numpy as np
import pytest

from rnn_models import Bidirectional, GRUCell, LSTMCell, Recurrent, Stacked, VanillaRNNCell, from_keras, to_keras
from tests.support.gradients import numpy
from tests.support.helpers import CELLS, MASKS, B, D, H, T, built, close, normal, sequences, states_of, swapped

every_cell = pytest.mark.parametrize("kind", CELLS)


def keras_layer(kind, **options):
    make = {
        "vanilla": keras.layers.SimpleRNN,
        "relu": lambda units, **o: keras.layers.SimpleRNN(units, activation="relu", **o),
        "lstm": keras.layers.LSTM,
        "gru_after": keras.layers.GRU,
        "gru_before": lambda units, **o: keras.layers.GRU(units, reset_after=False, **o),
    }[kind]
    return make(H, **options)


def filled(layer):
    """`layer`, built, with random weights: biases too."""
    layer.build((None, None, D))
    layer.set_weights([0.5 * normal(*w.shape, seed=n) for n, w in enumerate(layer.get_weights())])
    return layer


@every_cell
def test_from_keras(kind):
    theirs = filled(keras_layer(kind, return_sequences=True, return_state=True))
    ours = from_keras(theirs)
    x, states = sequences(), states_of(ours.cell)
    close(list(ours(x, initial_state=states)), list(theirs(x, initial_state=states)))
    weights = [numpy(getattr(ours.cell, n)) for n in ("kernel", "recurrent_kernel", "bias")]
    close(weights, [swapped(kind, w) for w in theirs.get_weights()], 0)


@every_cell
def test_to_keras(kind):
    ours = Recurrent(built(CELLS[kind]()), return_sequences=True, return_state=True)
    x, states = sequences(), states_of(ours.cell)
    expected = list(ours(x, initial_state=states))
    close(list(to_keras(ours)(x, initial_state=states)), expected)


@every_cell
def test_there_and_back_again(kind):
    options = {"dropout": 0.1, "recurrent_dropout": 0.2, "return_sequences": True, "return_state": True}
    theirs = filled(keras_layer(kind, **options, name="lower"))
    again = to_keras(from_keras(theirs))
    close(again.get_weights(), theirs.get_weights(), 0)
    same = ("units", "activation", "dropout", "recurrent_dropout", "return_sequences", "return_state", "name", "dtype")
    for option in (*same, "reset_after", "unit_forget_bias", "go_backwards"):
        assert again.get_config().get(option) == theirs.get_config().get(option), option


@every_cell
def test_a_reversed_layer(kind):
    theirs = filled(keras_layer(kind, go_backwards=True))
    ours = from_keras(theirs)
    assert ours.go_backwards
    close(ours(sequences()), theirs(sequences()))
    close(to_keras(ours)(sequences()), theirs(sequences()))


@every_cell
def test_a_layer_without_biases(kind):
    theirs = filled(keras_layer(kind, use_bias=False))
    close(from_keras(theirs)(sequences()), theirs(sequences()))


def test_masks_mean_the_same():
    theirs = filled(keras.layers.LSTM(H))
    close(from_keras(theirs)(sequences(), mask=MASKS["right"]), theirs(sequences(), mask=MASKS["right"]))


@every_cell
@pytest.mark.parametrize("merge_mode", ["concat", "sum"])
def test_bidirectional(kind, merge_mode):
    theirs = filled(keras.layers.Bidirectional(keras_layer(kind, return_sequences=True), merge_mode=merge_mode))
    ours = from_keras(theirs)
    assert isinstance(ours, Bidirectional)
    close(ours(sequences()), theirs(sequences()))


def test_bidirectional_returns_what_its_layers_return():
    theirs = filled(keras.layers.Bidirectional(keras.layers.GRU(H, return_state=True)))
    close(list(from_keras(theirs)(sequences())), list(theirs(sequences())))


@every_cell
def test_an_unbuilt_layer_gives_an_unbuilt_one(kind):
    ours = from_keras(keras_layer(kind, return_sequences=True))
    assert not ours.built and ours.return_sequences
    assert tuple(ours(normal(2, T, 7)).shape) == (2, T, H)
    theirs = to_keras(Recurrent(CELLS[kind](), return_sequences=True))
    assert not theirs.built
    assert tuple(theirs(normal(2, T, 7)).shape) == (2, T, H)


def test_a_moved_layer_trains():
    ours = from_keras(filled(keras.layers.LSTM(H)))
    model = keras.Sequential([keras.Input((T, D)), ours])
    model.compile("sgd", "mse")
    before = [numpy(v) for v in ours.trainable_variables]
    model.fit(sequences(), normal(B, H), verbose=0)
    assert all((numpy(v) != b).any() for v, b in zip(ours.trainable_variables, before, strict=True))


def test_the_precision_is_kept():
    ours = from_keras(filled(keras.layers.GRU(H, dtype="mixed_bfloat16")))
    assert ours.dtype_policy.name == ours.cell.dtype_policy.name == "mixed_bfloat16"
    assert to_keras(ours).dtype_policy.name == "mixed_bfloat16"


class MyLSTM(LSTMCell):
    """A subclass may compute anything."""


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: keras.layers.Dense(3), "from_keras was given <Dense.*expected a SimpleRNN, LSTM or GRU"),
        (lambda: keras.layers.RNN(keras.layers.LSTMCell(3)), "from_keras was given <RNN"),
        (lambda: keras.layers.LSTM(3, stateful=True), "is stateful; here state is a value. Wrap .* `TruncatedBPTT`"),
        (lambda: keras.layers.LSTM(3, activation="relu"), "activation 'relu'.*expected 'tanh' and 'sigmoid'"),
        (lambda: keras.layers.GRU(3, recurrent_activation="hard_sigmoid"), "recurrent_activation 'hard_sigmoid'"),
        (lambda: keras.layers.SimpleRNN(3, activation="elu"), "activation is 'elu'; expected 'tanh' or 'relu'"),
        (lambda: keras.layers.Bidirectional(keras.layers.LSTM(3), merge_mode=None), "merge_mode None.*use 'concat'"),
        (lambda: None, "from_keras was given None"),
    ],
)
def test_what_has_no_counterpart_here(layer, message):
    with pytest.raises(ValueError, match=message):
        from_keras(layer())


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: Recurrent(LSTMCell(3, layer_norm=True)), "Keras has no layer for this cell"),
        (lambda: Recurrent(MyLSTM(3)), "Keras has no layer for this cell .*a subclass"),
        (
            lambda: Recurrent(GRUCell(3), return_sequences=True, reverse=True),
            "in reversed order. Use go_backwards=True",
        ),
        (lambda: Stacked([LSTMCell(3)]), "to_keras was given .*expected a Recurrent layer"),
        (lambda: VanillaRNNCell(3), "expected a Recurrent layer"),
    ],
)
def test_what_has_no_counterpart_in_keras(layer, message):
    with pytest.raises(ValueError, match=message):
        to_keras(layer())


def test_weights_are_copied_not_shared():
    theirs = filled(keras.layers.GRU(H))
    ours = from_keras(theirs)
    expected = numpy(ours(sequences()))
    theirs.set_weights([w * 0 for w in theirs.get_weights()])
    close(ours(sequences()), expected, 0)
    assert np.abs(expected).max() > 0


# An option of a Keras layer, given another value than by itself; each has its effect here.
OPTIONS = {
    "use_bias": False,
    "unit_forget_bias": False,
    "reset_after": False,
    "activation": "relu",
    "kernel_initializer": "he_normal",
    "recurrent_initializer": "he_normal",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l2",
    "bias_regularizer": "l2",
    "activity_regularizer": "l2",
    "kernel_constraint": "non_neg",
    "recurrent_constraint": "non_neg",
    "bias_constraint": "non_neg",
    "dropout": 0.25,
    "recurrent_dropout": 0.25,
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "zero_output_for_mask": True,
    "units": 7,
    "seed": 5,
    "name": "ours",
    "trainable": False,
    "dtype": "mixed_bfloat16",
}
REFUSED = {"stateful": True, "recurrent_activation": "relu"}
WITHOUT_EFFECT = {"unroll"}  # a way to run the same loop


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_every_option_of_a_keras_layer_has_its_effect_or_is_refused(kind):
    make = getattr(keras.layers, kind)
    names = set(make(3).get_config())
    assert names <= OPTIONS.keys() | REFUSED.keys() | WITHOUT_EFFECT
    for name in names & OPTIONS.keys():
        if name == "activation" and kind != "SimpleRNN":
            continue
        theirs = make(**{"units": 3} | {name: OPTIONS[name]})
        again = to_keras(from_keras(theirs)).get_config()
        assert again[name] == theirs.get_config()[name], name
    for name in names & REFUSED.keys():
        with pytest.raises(ValueError):
            from_keras(make(3, **{name: REFUSED[name]}))


def test_all_outputs_of_a_layer_that_goes_backwards_are_in_the_order_of_keras():
    theirs = filled(keras.layers.GRU(H, go_backwards=True, return_sequences=True))
    close(from_keras(theirs)(sequences()), theirs(sequences()))


def test_a_bidirectional_whose_layers_are_exchanged_is_refused():
    layers = [keras.layers.GRU(3, go_backwards=back) for back in (True, False)]
    with pytest.raises(ValueError, match="first layer reads backwards.*the two exchanged"):
        from_keras(keras.layers.Bidirectional(layers[0], backward_layer=layers[1]))
