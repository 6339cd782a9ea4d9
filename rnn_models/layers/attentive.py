"""A recurrent layer that looks at a source at every step: the decoder of a translator, or of a captioner."""

from typing import Any, NamedTuple

import keras
from keras import ops, tree

from rnn_models import backend
from rnn_models.checks import check_units
from rnn_models.layers.attention import HardAttention, SoftAttention, gathered
from rnn_models.layers.attentive_backpropagation import QueryWeights, Rows, backpropagated, is_supported
from rnn_models.layers.backpropagation import projects_plainly
from rnn_models.layers.checks import check_sequences, check_states
from rnn_models.layers.recurrent import Recurrent
from rnn_models.layers.recurrent_cell import PACKAGE, RecurrentCell

Array = Any

LOOKS = ("before", "after")


class Memory(NamedTuple):
    """A source as a decoder reads it: keys (B, S, A), values (B, S, C), mask (B, S) int32."""

    keys: Array
    values: Array
    mask: Array


@keras.saving.register_keras_serializable(package=PACKAGE)
class AttentiveDecoder(keras.layers.Layer):
    """A cell that looks at a source at every step; h_t is the first of the cell's states s_t.

    Looking before the step (Bahdanau et al. 2015, arXiv:1409.0473):

        c_t, α_t = attention(h_{t-1}, source)
        s_t      = cell([x_t; c_t], s_{t-1})
        o_t      = tanh([h_t; x_t; c_t] W + b)

    There h_{t-1} has not read x_t, the last token, yet. With `informed` the query is [h_{t-1}; x_t].

    Looking after it (Luong et al. 2015, arXiv:1508.04025); o_{t-1} is there with `input_feeding` only:

        s_t      = cell([x_t; o_{t-1}], s_{t-1})
        c_t, α_t = attention(h_t, source)
        o_t      = tanh([h_t; x_t; c_t] W + b)

    Without attention there is no c_t: what the decoder knows of the source is its first state. With a gate (Xu et al.
    2015, arXiv:1502.03044, section 4.2.1), β_t c_t stands for c_t:

        β_t = σ(q_t w + b)          q_t is what was asked, h_{t-1}, [h_{t-1}; x_t] or h_t; one number

    With `HardAttention` one place is looked at: drawn, where `noise` is given, else the likeliest.

        memory = decoder.make_memory(encoded, mask)                    # once for a source
        outputs, weights, states = decoder(x, states, memory)       # all steps (teacher forcing)
        output, weights, states = decoder.step(x_t, states, memory) # one step (free running)

    Shapes: x (B, T, D), or (B, D) for one step; encoded (B, S, C); mask (B, S); outputs (B, T, O); weights and
    noise (B, T, S). States: the cell's, each (B, H); with `input_feeding` also o_{t-1} (B, O).

    Args:
        cell: a `RecurrentCell`.
        attention: a `BahdanauAttention`, `HardAttention` or `LuongAttention`, or None.
        units: O, the width of the outputs; None: o_t is h_t itself.
        look: "before" or "after" the step.
        input_feeding: the last output is read with the next input; only where it looks after the step.
        gate: how much of the context is let through is learnt.
        informed: the query holds the input of its step; only where it looks before the step.

    Raises:
        ValueError: options that do not go together, sequences or states of another shape.
    """

    def __init__(
        self,
        cell: RecurrentCell,
        attention: SoftAttention | None,
        units: int | None,
        look: str = "before",
        input_feeding: bool = False,
        gate: bool = False,
        informed: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if look not in LOOKS:
            raise ValueError(f"look is {look!r}; expected 'before' or 'after' (the step).")
        if input_feeding and (look == "before" or attention is None):
            raise ValueError(
                "input_feeding reads the last output of a decoder that looks after the step (Luong); with "
                "look='before' the context itself is read, and without attention there is nothing to feed. "
                "Use look='after' with an attention, or input_feeding=False."
            )
        if gate and attention is None:
            raise ValueError("gate lets the context through, but without attention there is none. Use gate=False.")
        if informed and (look == "after" or attention is None):
            raise ValueError(
                "informed gives the input to the query of a decoder that looks before the step; after the step h_t "
                "has read it, and without attention there is no query. Use look='before' with an attention, or "
                "informed=False."
            )
        if any(size != cell.units for size in cell.state_sizes):
            raise ValueError(
                f"AttentiveDecoder needs a cell whose states all are (batch, units); those of {type(cell).__name__} "
                f"have the sizes {cell.state_sizes}, with {cell.units} units. Use another cell, such as LSTMCell."
            )
        self.cell, self.attention = cell, attention
        self.units = units if units is None else check_units(units)
        self.look, self.input_feeding, self.gate = look, bool(input_feeding), bool(gate)
        self.informed = bool(informed)
        self.recurrence = Recurrent(cell, name="recurrence")
        options = {"dtype": self.dtype_policy}
        self.readout = units and keras.layers.Dense(units, activation="tanh", name="readout", **options)
        self.context_gate = keras.layers.Dense(1, activation="sigmoid", name="gate", **options) if gate else None
        self.input_width = None

    @property
    def output_width(self) -> int:
        """O."""
        return self.units or self.cell.units

    def build(self, x_shape: tuple, states_shape: Any = None, memory_shape: Any = None) -> None:
        check_sequences(self, x_shape)
        self.build_for(x_shape[-1], memory_shape[-2][-1] if memory_shape else 0)

    def build_for(self, input_width: int, value_width: int = 0) -> None:
        """Make the weights for inputs of width D and a source of width C."""
        self.input_width = input_width
        self.value_width = value_width if self.attention is not None else 0
        fed = self.output_width if self.input_feeding else self.value_width if self.look == "before" else 0
        if not self.cell.built:  # it comes built from a configuration
            self.cell.build((None, input_width + fed))
        self.recurrence.build((None, None, input_width + fed))
        if self.attention is not None:
            width, keys = self._query_width(input_width), self.attention.units
            projection = self.attention.key_projection
            if projection is not None and not projection.built:  # `make_memory` may have come first
                projection.build((None, None, value_width))
            if not self.attention.built:
                self.attention.build((None, width), (None, None, keys), (None, None, value_width))
        if self.context_gate is not None:
            self.context_gate.build((None, self._query_width(input_width)))
        if self.readout is not None:
            self.readout.build((None, None, self.cell.units + input_width + self.value_width))
        self.built = True

    def _query_width(self, input_width: int) -> int:
        return self.cell.units + (input_width if self.informed else 0)

    # ----------------------------------------------------------------------------------------------- states

    def make_memory(self, encoded: Array, mask: Array) -> Memory | list | None:
        """What the decoder needs of a source (B, S, C) and its mask (B, S); None without attention.

        In a functional model it is the two as they are: there the keys are projected when the decoder is called, so
        that the projection is saved with the decoder and only there.
        """
        if self.attention is None:
            return None
        if keras.backend.is_keras_tensor(encoded):
            return [encoded, mask]
        encoded = ops.cast(encoded, self.compute_dtype)
        return Memory(self.attention.project_keys(encoded), encoded, ops.cast(mask, "int32"))

    def _memory(self, parts: Any) -> Memory | None:
        """A memory from what `make_memory` gave, or from the list that a saved functional model keeps of it."""
        if parts is None or isinstance(parts, Memory):
            return parts
        return Memory(*parts) if len(parts) == 3 else self.make_memory(*parts)

    @property
    def state_sizes(self) -> list[int]:
        """The width of each state."""
        return [self.cell.units] * self.cell.state_count + [self.output_width] * self.input_feeding

    def initial_state(self, states: list) -> list:
        """The decoder's first states from the cell's: o_0 is zero."""
        if not self.input_feeding:
            return list(states)
        return [*states, ops.zeros((ops.shape(states[0])[0], self.output_width), dtype=self.compute_dtype)]

    # ----------------------------------------------------------------------------------------------- one step

    def step(
        self,
        x: Array,
        states: list,
        memory: Memory | None,
        force: tuple[Array, Array] | None = None,
        noise: Array | None = None,
    ) -> tuple[Array, Array | None, list]:
        """One step in time, without dropout: output (B, O), weights (B, S) or None, the new states.

        Args:
            force: (where (B,) booleans, weights (B, S)): rows that look where these weights say.
            noise: (B, S) for `HardAttention`.
        """
        x, *states = (ops.cast(array, self.compute_dtype) for array in (x, *states))
        cell_states, fed = states[: self.cell.state_count], states[self.cell.state_count :]
        context = weights = None
        if self.look == "before" and self.attention is not None:
            context, weights = self._attend(self._query(cell_states[0], x), memory, force, noise)
            fed = [context]
        h, cell_states = self.cell.step(self.cell.project(ops.concatenate([x, *fed], axis=-1)), cell_states)
        if self.look == "after" and self.attention is not None:
            context, weights = self._attend(h, memory, force, noise)
        output = self._output(h, x, context)
        return output, weights, [*cell_states, *([output] if self.input_feeding else [])]

    def _query(self, h: Array, x: Array) -> Array:
        """What a look before the step asks with."""
        return ops.concatenate([h, x], axis=-1) if self.informed else h

    def _attend(
        self, query: Array, memory: Memory, force: tuple | None = None, noise: Array | None = None
    ) -> tuple[Array, Array]:
        """Context and weights, of one query (B, H) or of many (B, T, H)."""
        options = {"noise": noise} if isinstance(self.attention, HardAttention) else {}
        context, weights = self.attention(query, memory.keys, memory.values, mask=memory.mask, **options)
        if force is not None:
            where, forced = force
            where, forced = ops.expand_dims(where, 1), ops.cast(forced, weights.dtype)
            context = ops.where(where, gathered(forced, memory.values), context)
            weights = ops.where(where, forced, weights)
        if self.context_gate is not None:
            context = context * self.context_gate(query)
        return context, weights

    def _output(self, h: Array, x: Array, context: Array | None) -> Array:
        """o = tanh([h; x; c] W + b)."""
        if self.readout is None:
            return h
        parts = [h, x] if context is None else [h, x, context]
        return backend.by_rows(self.readout, ops.concatenate(parts, axis=-1))

    # ---------------------------------------------------------------------------------------------- all steps

    def call(
        self,
        x: Array,
        states: list,
        memory: Memory | None = None,
        noise: Array | None = None,
        training: bool = False,
    ) -> tuple:
        if noise is not None and not isinstance(self.attention, HardAttention):
            raise ValueError(f"{self.name}: noise is for HardAttention; this decoder has {self.attention!r}.")
        check_sequences(self, x.shape, self.input_width)
        memory = self._memory(memory)
        states = check_states(self, states, self.state_sizes, x.shape[0])
        x = ops.cast(x, self.compute_dtype)
        states = [ops.cast(s, self.compute_dtype) for s in states]
        if self.attention is None or (self.look == "after" and not self.input_feeding):
            return self._attend_at_the_end(x, states, memory, noise, training)
        return self._attend_at_every_step(x, states, memory, noise, training)

    def _attend_at_the_end(self, x: Array, states: list, memory: Memory | None, noise: Any, training: bool) -> tuple:
        """Where no step needs the context of the last: the cell runs first, then all steps look at once."""
        h, _, states = self.recurrence.run(x, states, None, training)
        context = weights = None
        if self.attention is not None:
            context, weights = self._attend(h, memory, noise=noise)
        return self._output(h, x, context), weights, states

    def _attend_at_every_step(self, x: Array, states: list, memory: Memory, noise: Any, training: bool) -> tuple:
        recurrent_mask = None
        if training and self.cell.recurrent_dropout:
            shape = (ops.shape(x)[0], self.cell.units)
            recurrent_mask = self.recurrence.dropout_mask(shape, self.cell.recurrent_dropout)
        if self.look == "before" and is_supported(self.cell, self.attention):
            rows = Rows(x, memory.keys, memory.values, memory.mask, recurrent_mask, noise, states)
            query = self._query_weights()
            h, context, weights, states = backpropagated(self.cell, self.attention, query, rows, bool(training))
            return self._output(h, x, context), weights, states
        return self._plain(x, states, memory, noise, recurrent_mask)

    def _query_weights(self) -> QueryWeights:
        """Those of the attention's query and of the gate beside each other."""
        query, gate = self.attention.query_projection.kernel, self.context_gate
        if gate is None:
            return QueryWeights(query, None)
        bias = ops.pad(ops.convert_to_tensor(gate.bias), [(self.attention.units, 0)])
        return QueryWeights(ops.concatenate([query, gate.kernel], axis=-1), bias)

    def _plain(self, x: Array, states: list, memory: Memory, noise: Any, recurrent_mask: Any) -> tuple:
        """The loop as the equations say it, differentiated by the backend."""
        # What does not depend on the last step is multiplied for all steps at once.
        by_parts = projects_plainly(type(self.cell)) and not self.cell.layer_norm
        kernel = None if not by_parts else ops.cast(self.cell.kernel, self.compute_dtype)
        inputs = ops.transpose(x, (1, 0, 2))
        ahead = inputs
        if kernel is not None:
            ahead = backend.by_rows(lambda rows: ops.matmul(rows, kernel[: self.input_width]), inputs)
            if self.cell.input_bias is not None:
                ahead = ahead + ops.cast(self.cell.input_bias, self.compute_dtype)

        def step(carry: list, now: list) -> tuple[list, list]:
            cell_states, fed = carry[: self.cell.state_count], carry[self.cell.state_count :]
            look_first = self.look == "before"
            context = weights = None
            if look_first:
                context, weights = self._attend(self._query(cell_states[0], now[1]), memory, noise=now[2])
            fed = context if look_first else fed[0]
            if kernel is None:
                projected = self.cell.project(ops.concatenate([now[0], fed], axis=-1))
            else:
                projected = now[0] + ops.matmul(fed, kernel[self.input_width :])
            h, cell_states = self.cell.step(projected, cell_states, recurrent_mask)
            if look_first:
                return cell_states, [h, context, weights]
            context, weights = self._attend(h, memory, noise=now[2])
            output = self._output(h, now[1], context)
            return [*cell_states, output], [output, weights]

        noise = None if noise is None else ops.transpose(noise, (1, 0, 2))
        needs_inputs = self.informed or self.look == "after"
        states, given = backend.scan(step, states, [ahead, inputs if needs_inputs else None, noise])
        given = tree.map_structure(lambda array: ops.transpose(array, (1, 0, 2)), list(given))
        if self.look == "before":
            h, context, weights = given
            return self._output(h, x, context), weights, list(states)
        return given[0], given[1], list(states)

    def compute_output_spec(
        self, x: Any, states: list, memory: Any = None, noise: Any = None, training: bool = False
    ) -> tuple:
        check_sequences(self, x.shape, self.input_width)
        lead, dtype = tuple(x.shape[:2]), self.compute_dtype
        weights = None
        if self.attention is not None:
            weights = keras.KerasTensor((*lead, memory[-2].shape[1]), dtype=dtype)
        after = [keras.KerasTensor((lead[0], width), dtype=dtype) for width in self.state_sizes]
        return keras.KerasTensor((*lead, self.output_width), dtype=dtype), weights, after

    def get_config(self) -> dict:
        attention = self.attention and keras.saving.serialize_keras_object(self.attention)
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.cell),
            "attention": attention,
            "units": self.units,
            "look": self.look,
            "input_feeding": self.input_feeding,
            "gate": self.gate,
            "informed": self.informed,
        }

    def get_build_config(self) -> dict:
        return {"input_width": self.input_width, "value_width": self.value_width}

    def build_from_config(self, config: dict) -> None:
        self.build_for(**config)

    @classmethod
    def from_config(cls, config: dict) -> "AttentiveDecoder":
        config = dict(config)
        parts = [config.pop(k) for k in ("cell", "attention")]
        return cls(*(part and keras.saving.deserialize_keras_object(part) for part in parts), **config)
