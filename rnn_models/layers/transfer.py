"""Moving trained weights between `keras.layers.SimpleRNN`, `LSTM`, `GRU` and this library, both ways."""

from typing import Any

import keras
import numpy as np

from rnn_models.layers.cells import GRUCell, LSTMCell, RecurrentCell, VanillaRNNCell
from rnn_models.layers.recurrent import Bidirectional, Recurrent

# Blocks of the LSTM: Keras holds i, f, g, o and this library i, f, o, g. The permutation is its own inverse.
_LSTM_ORDER = [0, 1, 3, 2]


def from_keras(layer: keras.layers.Layer) -> Recurrent | Bidirectional:
    """A layer of this library that computes what a Keras layer does, with its weights.

    Args:
        layer: a `keras.layers.SimpleRNN`, `LSTM` or `GRU`, or a `keras.layers.Bidirectional` of one of them.
            An unbuilt layer gives an unbuilt one of the same configuration.

    Raises:
        ValueError: a layer, or an option of it, that has no counterpart here.
    """
    if isinstance(layer, keras.layers.Bidirectional):
        return _bidirectional_from_keras(layer)
    cell = _cell_from_keras(layer)
    if layer.go_backwards and layer.return_sequences:
        raise ValueError(
            f"{layer.name}: go_backwards gives the outputs in reversed order, `Recurrent(reverse=True)` in the order "
            "of the input. Build `Recurrent(..., reverse=True)` yourself, and flip its outputs if you need them so."
        )
    ours = Recurrent(
        cell,
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        reverse=layer.go_backwards,
        name=layer.name,
        dtype=layer.dtype_policy,
    )
    if layer.built:
        _fill_cell(ours.cell, layer.cell)
        ours.build((None, None, layer.cell.kernel.shape[0]))
    return ours


def to_keras(layer: Recurrent) -> keras.layers.Layer:
    """A `keras.layers.SimpleRNN`, `LSTM` or `GRU` that computes what `layer` does, with its weights.

    Raises:
        ValueError: layer normalisation, or all outputs of a reversed layer: Keras has no counterpart.
    """
    if not isinstance(layer, Recurrent):
        raise ValueError(f"to_keras was given {layer!r}; expected a Recurrent layer.")
    cell = layer.cell
    if cell.layer_norm or type(cell) not in (VanillaRNNCell, LSTMCell, GRUCell):
        raise ValueError(f"{cell.name}: Keras has no layer for this cell (layer normalisation or a subclass).")
    if layer.reverse and layer.return_sequences:
        raise ValueError(
            f"{layer.name}: Keras gives the outputs of a reversed layer in reversed order. "
            "Use return_sequences=False, or flip the input yourself."
        )
    options = {
        "dropout": cell.dropout,
        "recurrent_dropout": cell.recurrent_dropout,
        "return_sequences": layer.return_sequences,
        "return_state": layer.return_state,
        "go_backwards": layer.reverse,
        "name": layer.name,
        "dtype": layer.dtype_policy,
    }
    if isinstance(cell, LSTMCell):
        theirs = keras.layers.LSTM(cell.units, unit_forget_bias=cell.unit_forget_bias, **options)
    elif isinstance(cell, GRUCell):
        theirs = keras.layers.GRU(cell.units, reset_after=cell.reset_after, **options)
    else:
        theirs = keras.layers.SimpleRNN(cell.units, activation=cell.activation, **options)
    if layer.built:
        theirs.build((None, None, cell.kernel.shape[0]))
        for name in ("kernel", "recurrent_kernel", "bias"):
            value = keras.ops.convert_to_numpy(getattr(cell, name))
            getattr(theirs.cell, name).assign(_permuted(cell, value))
    return theirs


def _cell_from_keras(layer: keras.layers.Layer) -> RecurrentCell:
    """An unbuilt cell with the configuration of `layer`."""
    kinds = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)
    if not isinstance(layer, kinds):
        raise ValueError(
            f"from_keras was given {layer!r}; expected a SimpleRNN, LSTM or GRU of keras.layers, or Bidirectional "
            "around one."
        )
    if layer.stateful:
        raise ValueError(f"{layer.name} is stateful; here state is a value. Wrap the new layer in `TruncatedBPTT`.")
    options = {
        "dropout": layer.dropout,
        "recurrent_dropout": layer.recurrent_dropout,
        "dtype": layer.dtype_policy,
    }
    activation = keras.activations.serialize(layer.activation)
    if isinstance(layer, keras.layers.SimpleRNN):
        return VanillaRNNCell(layer.units, activation=activation, **options)
    gates = keras.activations.serialize(layer.recurrent_activation)
    if (activation, gates) != ("tanh", "sigmoid"):
        raise ValueError(
            f"{layer.name} uses activation {activation!r} and recurrent_activation {gates!r}; expected 'tanh' and "
            "'sigmoid', the only ones here. Subclass the cell and override `advance` for others."
        )
    if isinstance(layer, keras.layers.LSTM):
        return LSTMCell(layer.units, unit_forget_bias=layer.cell.unit_forget_bias, **options)
    return GRUCell(layer.units, reset_after=layer.reset_after, **options)


def _fill_cell(cell: RecurrentCell, theirs: Any) -> None:
    """Build `cell` and copy the weights of a Keras cell into it; a missing bias becomes zero."""
    cell.build((None, theirs.kernel.shape[0]))
    for name in ("kernel", "recurrent_kernel", "bias"):
        source, target = getattr(theirs, name), getattr(cell, name)
        value = np.zeros(target.shape) if source is None else keras.ops.convert_to_numpy(source)
        target.assign(_permuted(cell, value))


def _bidirectional_from_keras(layer: keras.layers.Bidirectional) -> Bidirectional:
    if layer.merge_mode is None:
        raise ValueError(f"{layer.name}: merge_mode None has no counterpart; use 'concat' and split the outputs.")
    ours = Bidirectional(
        _cell_from_keras(layer.forward_layer),
        _cell_from_keras(layer.backward_layer),
        merge_mode=layer.merge_mode,
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        name=layer.name,
    )
    if layer.built:
        _fill_cell(ours.forward_layer.cell, layer.forward_layer.cell)
        _fill_cell(ours.backward_layer.cell, layer.backward_layer.cell)
        ours.build((None, None, layer.forward_layer.cell.kernel.shape[0]))
    return ours


def _permuted(cell: RecurrentCell, value: np.ndarray) -> np.ndarray:
    """From one library's order of the gates to the other's."""
    if not isinstance(cell, LSTMCell):
        return value
    return np.concatenate([np.split(value, 4, axis=-1)[k] for k in _LSTM_ORDER], axis=-1)
