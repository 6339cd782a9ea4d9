"""Recurrent layers on top of each other."""

from typing import Any

import keras
from keras import ops

from rnn_models.checks import check_rate
from rnn_models.layers.cells import PACKAGE
from rnn_models.layers.checks import check_sequences
from rnn_models.layers.recurrent import Recurrent, SequenceLayer

Array = Any


@keras.saving.register_keras_serializable(package=PACKAGE)
class Stacked(SequenceLayer):
    """Recurrent layers on top of each other: layer n reads the outputs of layer n − 1.

    Args:
        layers: cells (each is driven forward in time), `Recurrent` or `Bidirectional` layers. All outputs
            and states of each are read, whatever its own `return_sequences` and `return_state` say.
        residual: add a layer's input to its output wherever the two have the same width.
        dropout: rate of dropout between layers, fresh at every step.
        return_sequences, return_state: as in `Recurrent`; there is one list of states for each layer:
            `output, states_of_layer_1, states_of_layer_2, ...`. `initial_state` takes the same lists.
    """

    def __init__(
        self,
        layers: list,
        residual: bool = False,
        dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(return_sequences, return_state, **kwargs)
        layers = list(layers)
        if not layers:
            raise ValueError("Stacked was given no layers; expected at least one cell or layer.")
        self.layers = [
            layer if isinstance(layer, SequenceLayer) else Recurrent(layer, name=f"layer_{number}")
            for number, layer in enumerate(layers)
        ]
        self.residual = bool(residual)
        self.dropout = check_rate("dropout", dropout)
        self.seed = seed
        self.between = keras.layers.Dropout(self.dropout, seed=seed)
        self.input_width = None

    def build(self, sequences_shape: tuple, initial_state_shape: Any = None) -> None:
        check_sequences(self, sequences_shape)
        shape = tuple(sequences_shape)
        for layer in self.layers:
            if not layer.built:
                layer.build(shape)
            shape = (*shape[:2], layer.output_width(shape[-1]))
        self.between.build(shape)
        self.input_width = sequences_shape[-1]
        self.built = True

    def output_width(self, width: int) -> int:
        """The width of the output for an input of `width`."""
        for layer in self.layers:
            width = layer.output_width(width)
        return width

    def state_sizes(self, width: int) -> list:
        """One list of widths for each layer."""
        return [layer.state_sizes(width) for layer in self.layers]

    def get_initial_state(self, batch_size: Any) -> list:
        """One list of zero states for each layer."""
        return [layer.get_initial_state(batch_size) for layer in self.layers]

    def step(self, x: Array, states: list) -> tuple[Array, list]:
        """One step in time through all layers, without dropout."""
        new_states = []
        for layer, state in zip(self.layers, states, strict=True):
            y, state = layer.step(x, state)
            x = y + ops.cast(x, y.dtype) if self._adds(layer, x) else y
            new_states.append(state)
        return x, new_states

    def run(
        self, sequences: Array, initial_state: Any, mask: Array | None = None, training: bool = False
    ) -> tuple[Array, Array, list]:
        """All outputs of the top layer, its last output and every layer's final states."""
        if len(initial_state) != len(self.layers):
            raise ValueError(
                f"{self.name}: initial_state has {len(initial_state)} entries; expected {len(self.layers)}, a list "
                "of states for each layer. Pass what `get_initial_state` or `return_state=True` gives."
            )
        x, states = sequences, []
        for layer, state in zip(self.layers, initial_state, strict=True):
            if states and self.dropout:
                x = self.between(x, training=training)
            y, last, state = layer.run(x, state, mask, training)
            if self._adds(layer, x):
                y = y + ops.cast(x, y.dtype)
                last = last_step(y, mask)
            x = y
            states.append(state)
        return x, last, states

    def _adds(self, layer: SequenceLayer, x: Array) -> bool:
        return self.residual and layer.output_width(x.shape[-1]) == x.shape[-1]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "layers": [keras.saving.serialize_keras_object(layer) for layer in self.layers],
            "residual": self.residual,
            "dropout": self.dropout,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict) -> "Stacked":
        config = dict(config)
        return cls([keras.saving.deserialize_keras_object(c) for c in config.pop("layers")], **config)


def last_step(sequence: Array, mask: Array | None) -> Array:
    """The entry (B, ·) of `sequence` (B, T, ·) at the last step that `mask` (B, T) counts; else the last."""
    if mask is None:
        return sequence[:, -1]
    length = ops.shape(sequence)[1]
    numbers = ops.arange(length, dtype="int32")
    index = ops.max(ops.where(mask, numbers, -1), axis=1)
    index = ops.where(index < 0, length - 1, index)
    return ops.sum(sequence * ops.cast(ops.one_hot(index, length), sequence.dtype)[..., None], axis=1)
