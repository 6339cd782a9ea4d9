"""Moving trained weights between `keras.layers.SimpleRNN`, `LSTM`, `GRU` and this library, both ways.

Every option of a Keras layer has its effect here, or is refused in words.
"""

from typing import Any

import keras
import numpy as np

from rnn_models.layers.bidirectional import Bidirectional
from rnn_models.layers.cells import GRUCell, LSTMCell, VanillaRNNCell
from rnn_models.layers.recurrent import Recurrent
from rnn_models.layers.recurrent_cell import RecurrentCell

SHARED = (
    *("units", "use_bias", "dropout", "recurrent_dropout", "seed"),
    *(
        f"{part}_{what}"
        for part in ("kernel", "recurrent", "bias")
        for what in ("initializer", "regularizer", "constraint")
    ),
)
"""Options that a cell here and one of Keras have in common, by one name."""

OWN_OPTION = {VanillaRNNCell: "activation", LSTMCell: "unit_forget_bias", GRUCell: "reset_after"}


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
    ours = Recurrent(
        _cell_from_keras(layer),
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        go_backwards=layer.go_backwards,
        zero_output_for_mask=layer.zero_output_for_mask,
        activity_regularizer=layer.activity_regularizer,
        name=layer.name,
        trainable=layer.trainable,
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
    if type(cell) not in OWN_OPTION or cell.layer_norm:
        raise ValueError(f"{cell.name}: Keras has no layer for this cell (layer normalisation or a subclass).")
    if layer.reverse and layer.return_sequences:
        raise ValueError(
            f"{layer.name}: Keras gives the outputs of a reversed layer in reversed order. "
            "Use go_backwards=True, which does so too, or return_sequences=False."
        )
    own = OWN_OPTION[type(cell)]
    theirs = getattr(keras.layers, cell.keras_layer)(
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        go_backwards=layer.reverse or layer.go_backwards,
        zero_output_for_mask=layer.zero_output_for_mask,
        activity_regularizer=layer.activity_regularizer,
        name=layer.name,
        trainable=layer.trainable,
        dtype=cell.dtype_policy,
        **_options(cell, own),
    )
    if layer.built:
        theirs.build((None, None, cell.kernel.shape[0]))
        for name, variable in _weights(cell).items():
            getattr(theirs.cell, name).assign(_permuted(cell, keras.ops.convert_to_numpy(variable)))
    return theirs


def _options(cell: Any, own: str) -> dict[str, Any]:
    return {name: getattr(cell, name) for name in (*SHARED, own)}


def _weights(cell: RecurrentCell) -> dict[str, Any]:
    names = ("kernel", "recurrent_kernel", "bias") if cell.use_bias else ("kernel", "recurrent_kernel")
    return {name: getattr(cell, name) for name in names}


def _cell_from_keras(layer: keras.layers.Layer) -> RecurrentCell:
    """An unbuilt cell with the configuration of `layer`."""
    kind = next((cell for cell in OWN_OPTION if type(layer).__name__ == cell.keras_layer), None)
    if kind is None or not isinstance(layer, getattr(keras.layers, kind.keras_layer)):
        raise ValueError(
            f"from_keras was given {layer!r}; expected a SimpleRNN, LSTM or GRU of keras.layers, or Bidirectional "
            "around one."
        )
    if layer.stateful:
        raise ValueError(f"{layer.name} is stateful; here state is a value. Wrap the new layer in `TruncatedBPTT`.")
    activation = keras.activations.serialize(layer.activation)
    if kind is VanillaRNNCell:
        cell = {"activation": activation}
    else:
        gates = keras.activations.serialize(layer.recurrent_activation)
        if (activation, gates) != ("tanh", "sigmoid"):
            raise ValueError(
                f"{layer.name} uses activation {activation!r} and recurrent_activation {gates!r}; expected 'tanh' and "
                "'sigmoid', the only ones here. Subclass the cell and override `advance` for others."
            )
        cell = {OWN_OPTION[kind]: getattr(layer.cell, OWN_OPTION[kind])}
    shared = {name: getattr(layer.cell, name) for name in SHARED}
    return kind(**shared, **cell, trainable=layer.cell.trainable and layer.trainable, dtype=layer.cell.dtype_policy)


def _fill_cell(cell: RecurrentCell, theirs: Any) -> None:
    """Build `cell` and copy the weights of a Keras cell into it."""
    cell.build((None, theirs.kernel.shape[0]))
    for name, variable in _weights(cell).items():
        variable.assign(_permuted(cell, keras.ops.convert_to_numpy(getattr(theirs, name))))


def _bidirectional_from_keras(layer: keras.layers.Bidirectional) -> Bidirectional:
    if layer.merge_mode is None:
        raise ValueError(f"{layer.name}: merge_mode None has no counterpart; use 'concat' and split the outputs.")
    halves = (layer.forward_layer, layer.backward_layer)
    if layer.forward_layer.go_backwards or not layer.backward_layer.go_backwards:
        raise ValueError(
            f"{layer.name}: its first layer reads backwards and its second forwards; expected the usual order. Build "
            "`Bidirectional(cell, backward_cell)` with the two exchanged."
        )
    ours = Bidirectional(
        *map(_cell_from_keras, halves),
        merge_mode=layer.merge_mode,
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        zero_output_for_mask=layer.forward_layer.zero_output_for_mask,
        name=layer.name,
        trainable=layer.trainable,
        dtype=layer.forward_layer.dtype_policy,
    )
    if layer.built:
        for mine, theirs in zip((ours.forward_layer, ours.backward_layer), halves, strict=True):
            _fill_cell(mine.cell, theirs.cell)
        ours.build((None, None, layer.forward_layer.cell.kernel.shape[0]))
    return ours


def _permuted(cell: RecurrentCell, value: np.ndarray) -> np.ndarray:
    """From one library's order of the gates to the other's; the permutations are their own inverses."""
    blocks = np.split(value, len(cell.keras_order), axis=-1)
    return np.concatenate([blocks[k] for k in cell.keras_order], axis=-1)
