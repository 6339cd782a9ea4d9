"""The layers that drive cells through time: `Recurrent`, `Bidirectional` and `Stacked`, each in its file.

Masks and initial states are arguments, states are returned: nothing is hidden in a layer. All three answer
to the same calls:

    layer(sequences, initial_state=None, mask=None, training=False)
    layer.run(sequences, initial_state, mask, training) -> (outputs (B, T, ·), last output (B, ·), states)
    layer.get_initial_state(batch_size)
    layer.step(x_t, states) -> (output, states)              where time runs forward only
"""

from typing import Any

import keras
from keras import ops, tree

from rnn_models import backend
from rnn_models.layers.backpropagation import backpropagated, has_all_steps, keep_where, mask_steps, time_major
from rnn_models.layers.checks import check_mask, check_sequences, check_states
from rnn_models.layers.foreign_cell import ForeignCell, map_sizes, shape_of
from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell, Weights

Array = Any


class SequenceLayer(keras.layers.Layer):
    """What the three drivers share: the call, its checks, and the shapes that it returns.

    Args:
        return_sequences: give the output of every step instead of the last.
        return_state: give the final states as well.
        zero_output_for_mask: with `return_sequences` and a mask, the output of a step that does not count is zero
            instead of the output before it (what `keras.layers.Bidirectional` asks of its layers).
    """

    def __init__(
        self,
        return_sequences: bool = False,
        return_state: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.return_sequences = bool(return_sequences)
        self.return_state = bool(return_state)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self.supports_masking = True

    def call(
        self,
        sequences: Array,
        initial_state: Any = None,
        mask: Array | None = None,
        training: bool = False,
        sequences_mask: Array | None = None,
    ) -> Any:
        """Run over `sequences` (B, T, D).

        Args:
            initial_state: states as `get_initial_state` or `return_state` gives them; zeros if None.
            mask: (B, T), True where a step counts. Where it is False the state and the output stay as they
                were (before the first step that counts, the output is the initial state). If None, the mask
                that a layer below (`Embedding(mask_zero=True)`, `Masking`) attached to the sequences, if any.
            training: whether dropout is on.
            sequences_mask: filled in by Keras, the attached mask, where there is an `initial_state` too.

        Returns:
            With `return_sequences` all outputs (B, T, ·), else the last one (B, ·); with `return_state` a
            list of it and the states.

        Raises:
            ValueError: sequences of another rank or width, a mask of another length, states of another batch.
        """
        check_sequences(self, sequences.shape, self.input_width)
        mask = sequences_mask if mask is None else mask
        if mask is None:  # Keras looks for it only where the sequences are the one array that is given
            mask = getattr(sequences, "_keras_mask", None)
        if mask is not None:
            mask = ops.convert_to_tensor(mask)
            check_mask(self, mask, sequences.shape)
            mask = ops.cast(mask, "bool")
        if initial_state is None:
            initial_state = self.get_initial_state(ops.shape(sequences)[0])
        outputs, last, states = self.run(sequences, initial_state, mask, training)
        if mask is not None and self.zero_output_for_mask:
            outputs = ops.where(mask[..., None], outputs, ops.zeros_like(outputs))
        result = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        if not self.return_state:
            return result
        return [result, *tree.map_structure(lambda s: ops.cast(s, self.compute_dtype), states)]

    def compute_output_spec(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
        sequences_mask: Any = None,
    ) -> Any:
        if mask is not None:
            check_mask(self, mask, sequences.shape)
        shapes = self.compute_output_shape(sequences.shape)
        if not self.return_state:
            return keras.KerasTensor(shapes, dtype=self.compute_dtype)
        return map_sizes(lambda shape: keras.KerasTensor(shape, dtype=self.compute_dtype), shapes)

    def compute_output_shape(self, sequences_shape: tuple, initial_state_shape: Any = None) -> Any:
        """The shape of the output, with `return_state` a list of it and those of the states."""
        check_sequences(self, sequences_shape)
        batch, length, width = sequences_shape
        out = self.output_width(width)
        shape = (batch, length, out) if self.return_sequences else (batch, out)
        if not self.return_state:
            return shape
        return [shape, *map_sizes(lambda size: shape_of(batch, size), self.state_sizes(width))]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        mask = previous_mask if self.return_sequences else None
        if not self.return_state:
            return mask
        width = (inputs[0] if isinstance(inputs, (list, tuple)) else inputs).shape[-1]
        return [mask, *map_sizes(lambda _: None, self.state_sizes(width))]

    def get_config(self) -> dict:
        config = {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "zero_output_for_mask": self.zero_output_for_mask,
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = keras.regularizers.serialize(self.activity_regularizer)
        return config

    def last_of(self, sequence: Array, mask: Array | None) -> Array:
        """Of a sequence of the outputs' width (B, T, ·), what stands where the last output does, (B, ·)."""
        return last_step(sequence, mask)


@keras.saving.register_keras_serializable(package=PACKAGE)
class Recurrent(SequenceLayer):
    """Drive one cell through time.

    Args:
        cell: a `RecurrentCell`; or any other with `step(x_t, states) -> (output, states)`, `state_sizes` and
            `get_initial_state(batch_size)`; or a cell of Keras, such as `keras.layers.GRUCell(5)`. Its states may be
            any nest; `return_state` gives them as a flat list.
        return_sequences: give the output of every step instead of the last.
        return_state: give the final states as well: `output, *states`.
        reverse: read the sequence from its end to its beginning. Outputs still lie in the order of the
            input: output t belongs to input t.
        go_backwards: the same in the form of Keras, and what `keras.layers.Bidirectional` asks for: outputs lie in the
            order in which they were made.

    Shapes: sequences (B, T, D); outputs (B, T, H) or (B, H); states (B, H) each, or as the cell says.

    Raises:
        ValueError: no cell, a cell that was built for another width, both ways of reading backwards; as in `call`.
    """

    stateful = False  # asked for by `keras.layers.Bidirectional`; state is a value here

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        reverse: bool = False,
        go_backwards: bool = False,
        **kwargs: Any,
    ):
        super().__init__(return_sequences, return_state, **kwargs)
        if reverse and go_backwards:
            raise ValueError("reverse and go_backwards are two forms of one thing; give one of them.")
        self.cell = cell
        self.driven = cell if isinstance(cell, RecurrentCell) else ForeignCell(cell)
        self.reverse, self.go_backwards = bool(reverse), bool(go_backwards)
        self.input_width = None
        hand_on(kwargs.get("dtype"), cell)

    def build(self, sequences_shape: tuple, initial_state_shape: Any = None) -> None:
        check_sequences(self, sequences_shape)
        width = sequences_shape[-1]
        if not getattr(self.cell, "built", True):
            self.cell.build((sequences_shape[0], width))
        kernel = getattr(self.cell, "kernel", None)
        if isinstance(self.cell, RecurrentCell) and kernel is not None and kernel.shape[0] != width:
            raise ValueError(
                f"{self.name}: the cell {self.cell.name!r} was built for inputs of width {kernel.shape[0]}; the "
                f"sequences {tuple(sequences_shape)} are {width} wide. Give it inputs of that width, or a new cell."
            )
        self.input_width = width
        self.built = True

    def output_width(self, width: int) -> int:
        """The width of the output for an input of `width`."""
        return self.driven.output_size

    def state_sizes(self, width: int) -> list:
        """The width of each state."""
        return list(self.driven.state_sizes)

    def get_initial_state(self, batch_size: Any) -> list:
        """The states before the first step, each (batch_size, ·): zeros, if the cell has no others."""
        return self.driven.get_initial_state(batch_size)

    def step(self, x: Array, states: list) -> tuple[Array, list]:
        """One step in time, without dropout: x (B, D) gives the output (B, H) and the new states."""
        if self.reverse or self.go_backwards:
            raise ValueError(f"{self.name} reads backwards; it cannot go forward step by step. Use reverse=False.")
        if isinstance(self.driven, ForeignCell):
            return self.driven.step(x, states)
        return self.cell.step(self.cell.project(x), states)

    def run(
        self, sequences: Array, initial_state: Any, mask: Array | None = None, training: bool = False
    ) -> tuple[Array, Array, list]:
        """All outputs, the last output and the final states: what `call` chooses from."""
        states = check_states(self, tree.flatten(initial_state), self.state_sizes(0), sequences.shape[0])
        dtype = self.driven.compute_dtype or self.compute_dtype
        x, states = ops.cast(sequences, dtype), [ops.cast(s, dtype) for s in states]
        if isinstance(self.driven, ForeignCell):
            outputs, last, states = self.driven.run(x, states, mask, self._backwards, training)
            return self._ordered(outputs), last, states
        batch = ops.shape(x)[0]
        if training and self.cell.dropout:
            x = x * self.dropout_mask((batch, 1, x.shape[-1]), self.cell.dropout)
        recurrent_mask = None
        if training and self.cell.recurrent_dropout:
            recurrent_mask = self.dropout_mask((batch, self.cell.output_size), self.cell.recurrent_dropout)
        if x.shape[1] == 1:  # no loop, so nothing to gain
            states = self._one_step(x, mask, states, recurrent_mask)
            return states[0][:, None], states[0], states
        if has_all_steps(type(self.cell)):
            outputs, states = self._all_steps(x, mask, states)
            return self._ordered(outputs), states[0], states
        fast = backpropagated(self.cell, x, mask, states, recurrent_mask, self._backwards, bool(training))
        outputs, states = fast or self._plain(x, mask, states, recurrent_mask)
        return self._ordered(outputs), states[0], states

    def last_of(self, sequence: Array, mask: Array | None) -> Array:
        return first_step(sequence, mask) if self.reverse else last_step(sequence, mask)

    @property
    def _backwards(self) -> bool:
        return self.reverse or self.go_backwards

    def _ordered(self, outputs: Array) -> Array:
        return ops.flip(outputs, axis=1) if self.go_backwards else outputs

    def _one_step(self, x: Array, mask: Array | None, states: list, recurrent_mask: Array | None) -> list:
        """The states after a sequence of one step."""
        _, new = self.cell.step(self.cell.project(x[:, 0]), states, recurrent_mask)
        return new if mask is None else [keep_where(mask, n, old) for n, old in zip(new, states, strict=True)]

    def _all_steps(self, x: Array, mask: Array | None, states: list) -> tuple:
        """Outputs and final states of a cell that knows a way to all of them at once."""

        def turned(sequence: Array | None) -> Array | None:
            return ops.flip(sequence, axis=1) if self._backwards and sequence is not None else sequence

        cell, weights = self.cell, Weights(self.cell.step_weights(), self.cell.units)
        outputs, others = cell.all_steps(turned(cell.project(x)), turned(mask), states, weights, cell.variant)
        return turned(outputs), [outputs[:, -1], *others]

    def _plain(self, x: Array, mask: Array | None, states: list, recurrent_mask: Array | None) -> tuple:
        """The loop as the equations say it, differentiated by the backend."""

        def step(carry: list, now: list) -> tuple[list, list]:
            _, new = self.cell.step(now[0], carry, recurrent_mask)
            if now[1] is not None:
                new = [keep_where(now[1], n, old) for n, old in zip(new, carry, strict=True)]
            return new, [new[0]]

        projected = time_major(self.cell.project(x))
        states, (outputs,) = backend.scan(step, states, [projected, mask_steps(mask)], self._backwards)
        return time_major(outputs), states

    def dropout_mask(self, shape: tuple, rate: float) -> Array:
        """0 or 1/(1 − rate), to be drawn once for a sequence."""
        return keras.random.dropout(ops.ones(shape, self.cell.compute_dtype), rate, seed=self.cell.seed_generator)

    def get_config(self) -> dict:
        cell = keras.saving.serialize_keras_object(self.cell)
        ways = {"reverse": self.reverse, "go_backwards": self.go_backwards}
        return {**super().get_config(), "cell": cell, **ways}

    @classmethod
    def from_config(cls, config: dict) -> "Recurrent":
        config = dict(config)
        return cls(keras.saving.deserialize_keras_object(config.pop("cell")), **config)


def hand_on(dtype: Any, *cells: Any) -> None:
    """A dtype that was given to a driver is that of its cells, too, if they were given none and are not built."""
    for cell in cells:
        is_default = getattr(cell, "dtype_policy", None) == keras.config.dtype_policy()
        if dtype is not None and is_default and not cell.built:
            cell.dtype_policy = keras.dtype_policies.get(dtype)


def last_step(sequence: Array, mask: Array | None) -> Array:
    """What stands at the last step that counts, (B, ·), of (B, T, ·); at the last step where none does."""
    if mask is None:
        return sequence[:, -1]
    steps = ops.arange(ops.shape(sequence)[1], dtype="int32")
    step = ops.max(ops.where(mask, steps, -1), axis=1)
    return _at(sequence, ops.where(step < 0, steps[-1], step))


def first_step(sequence: Array, mask: Array | None) -> Array:
    """What stands at the first step that counts, (B, ·), of (B, T, ·); at the first step where none does."""
    return sequence[:, 0] if mask is None else _at(sequence, ops.argmax(ops.cast(mask, "int32"), axis=1))


def _at(sequence: Array, step: Array) -> Array:
    chosen = ops.one_hot(step, ops.shape(sequence)[1])
    return ops.sum(sequence * ops.cast(chosen, sequence.dtype)[..., None], axis=1)
