"""Two recurrences over one sequence."""

from typing import Any

import keras
from keras import ops, tree

from rnn_models.layers.checks import check_states
from rnn_models.layers.recurrent import Recurrent, SequenceLayer, first_step, hand_on, last_step
from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell

Array = Any


@keras.saving.register_keras_serializable(package=PACKAGE)
class Bidirectional(SequenceLayer):
    """Two recurrences over one sequence, one from each end (Schuster and Paliwal 1997).

    Args:
        cell: the cell that reads forward.
        backward_cell: the cell that reads backward; None makes one of the same configuration.
        merge_mode: "concat", "sum", "mul" or "ave": how the two outputs of a step become one.
        return_sequences: give every step's output; else the merge of both *final* outputs, the forward
            cell's at the end and the backward cell's at the beginning.
        return_state: give forward and then backward states as well.

    Shapes: sequences (B, T, D); outputs (B, T, 2H) with "concat", else (B, T, H).
    """

    def __init__(
        self,
        cell: RecurrentCell,
        backward_cell: RecurrentCell | None = None,
        merge_mode: str = "concat",
        return_sequences: bool = False,
        return_state: bool = False,
        **kwargs: Any,
    ):
        super().__init__(return_sequences, return_state, **kwargs)
        if merge_mode not in ("concat", "sum", "mul", "ave"):
            raise ValueError(f"merge_mode is {merge_mode!r}; expected 'concat', 'sum', 'mul' or 'ave'.")
        self.forward_layer = Recurrent(cell, name="forward_layer")
        if backward_cell is None:
            backward_cell = _twin(cell)
        self.backward_layer = Recurrent(backward_cell, reverse=True, name="backward_layer")
        widths = [layer.output_width(0) for layer in (self.forward_layer, self.backward_layer)]
        if merge_mode != "concat" and widths[0] != widths[1]:
            raise ValueError(
                f"merge_mode {merge_mode!r} needs two cells of one width; they have {widths[0]} and {widths[1]} units. "
                "Use 'concat' or give both the same units."
            )
        self.merge_mode = merge_mode
        self.input_width = None
        hand_on(kwargs.get("dtype"), cell, backward_cell)

    def build(self, sequences_shape: tuple, initial_state_shape: Any = None) -> None:
        self.forward_layer.build(sequences_shape)
        self.backward_layer.build(sequences_shape)
        self.input_width = sequences_shape[-1]
        self.built = True

    def output_width(self, width: int) -> int:
        """The width of the output for an input of `width`."""
        widths = [layer.output_width(width) for layer in (self.forward_layer, self.backward_layer)]
        return sum(widths) if self.merge_mode == "concat" else widths[0]

    def state_sizes(self, width: int) -> list:
        """The width of each state, forward before backward."""
        return [*self.forward_layer.state_sizes(width), *self.backward_layer.state_sizes(width)]

    def get_initial_state(self, batch_size: Any) -> list:
        """States of zeros, forward before backward."""
        return [
            *self.forward_layer.get_initial_state(batch_size),
            *self.backward_layer.get_initial_state(batch_size),
        ]

    def step(self, x: Array, states: list) -> tuple[Array, list]:
        raise ValueError(f"{self.name} reads from both ends; it cannot go step by step. Use `Recurrent`.")

    def run(
        self, sequences: Array, initial_state: Any, mask: Array | None = None, training: bool = False
    ) -> tuple[Array, Array, list]:
        """All outputs, the merged final outputs and the final states."""
        states = check_states(self, tree.flatten(initial_state), self.state_sizes(0), sequences.shape[0])
        half = len(self.forward_layer.state_sizes(0))
        ahead = self.forward_layer.run(sequences, states[:half], mask, training)
        back = self.backward_layer.run(sequences, states[half:], mask, training)
        return self._merge(ahead[0], back[0]), self._merge(ahead[1], back[1]), [*ahead[2], *back[2]]

    def last_of(self, sequence: Array, mask: Array | None) -> Array:
        end, beginning = last_step(sequence, mask), first_step(sequence, mask)
        if self.merge_mode != "concat":  # both halves read the whole width: neither end is the one
            return end
        edge = self.forward_layer.output_width(0)
        return ops.concatenate([end[:, :edge], beginning[:, edge:]], axis=-1)

    def _merge(self, a: Array, b: Array) -> Array:
        if self.merge_mode == "concat":
            return ops.concatenate([a, b], axis=-1)
        if self.merge_mode == "mul":
            return a * b
        return a + b if self.merge_mode == "sum" else (a + b) / 2

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.forward_layer.cell),
            "backward_cell": keras.saving.serialize_keras_object(self.backward_layer.cell),
            "merge_mode": self.merge_mode,
        }

    @classmethod
    def from_config(cls, config: dict) -> "Bidirectional":
        config = dict(config)
        cells = [keras.saving.deserialize_keras_object(config.pop(k)) for k in ("cell", "backward_cell")]
        return cls(*cells, **config)


def _twin(cell: Any) -> Any:
    """Another cell of the same configuration; it draws dropout masks of its own where the first has a seed."""
    config = cell.get_config()
    if config.get("seed") is not None:
        config["seed"] = config["seed"] + 1
    return type(cell).from_config(config)
