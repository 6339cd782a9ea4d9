"""Back-propagation through time for a decoder that looks at its source before every step, written by hand.

As in `rnn_models.layers.backpropagation`: what does not depend on the step before is multiplied for all steps at once,
the weights' gradients are single products after the loop, and one step back through the cell is its own `backward`.
The tanh of the scores, (B, S, A) at every step, is not kept: it is made again on the way back.

    q_t = [h_{t-1}; x_t] Q + b                  the query; its last column is the gate's number g_t, if there is one
    α_t = softmax(tanh(q_t + k_j)·v)            over the places j
    z_t = Σ_j α_tj value_j, or the value of one drawn place (hard attention)
    c_t = σ(g_t) z_t, or z_t
    s_t = cell([x_t; c_t], s_{t-1})
"""

import dataclasses
from typing import Any, ClassVar, NamedTuple

from keras import ops

from rnn_models import backend, custom_gradient
from rnn_models.layers.attention import BahdanauAttention, HardAttention, masked_softmax
from rnn_models.layers.backpropagation import earlier, has_backward, read_of, time_major
from rnn_models.layers.cells import Step
from rnn_models.layers.recurrent_cell import RecurrentCell, Weights, flat

Array = Any

FULL_PRECISION = ("float32", "float64")


class QueryWeights(NamedTuple):
    """Q (H, A) or with x_t (H + D, A), one column more where the context is gated; its bias of that width, or None."""

    kernel: Array
    bias: Array | None


class Rows(NamedTuple):
    """What has a batch axis.

    Attributes:
        x: (B, T, D).
        keys, values, mask: the source, (B, S, A), (B, S, C), (B, S).
        recurrent_mask: (B, H) or None.
        noise: (B, T, S) of hard attention, or None.
        states: the first states, each (B, H).
    """

    x: Array
    keys: Array
    values: Array
    mask: Array
    recurrent_mask: Array | None
    noise: Array | None
    states: list

    @classmethod
    def of(cls, arrays: list) -> "Rows":
        """From the flat list that `custom_gradient.with_gradient` hands on."""
        return cls(*arrays[:6], list(arrays[6:]))

    def listed(self) -> list:
        """The flat list."""
        return [*self[:6], *self.states]


class Shared(NamedTuple):
    """The weights: W (D + C, ·) and b of the cell, the query's, v of the scores; those of the cell's step, by name."""

    kernel: Array
    bias: Array | None
    query: Array
    query_bias: Array | None
    score: Array
    step: dict[str, Array | None]

    @classmethod
    def of(cls, arrays: list, names: tuple[str, ...]) -> "Shared":
        """From the flat list that `custom_gradient.with_gradient` hands on."""
        return cls(*arrays[:5], dict(zip(names, arrays[5:], strict=True)))

    def listed(self) -> list:
        """The flat list."""
        return [*self[:5], *self.step.values()]


class Kept(NamedTuple):
    """What the forward loop keeps of a step, or of all steps (T, B, ·).

    Attributes:
        context, weights: c_t and α_t.
        query: q_t.
        place: what the values were weighed with: α_t, or a 1 among zeros (hard attention).
        seen: z_t.
        after: the states after the step.
        saved: what the cell's `advance` saved.
    """

    context: Array
    weights: Array
    query: Array
    place: Array
    seen: Array
    after: list
    saved: list

    @classmethod
    def of(cls, arrays: list, states: int) -> "Kept":
        """From a flat list, of a cell with so many states."""
        return cls(*arrays[:5], list(arrays[5 : 5 + states]), list(arrays[5 + states :]))

    def listed(self) -> list:
        """The flat list."""
        return [*self[:5], *self.after, *self.saved]


def is_supported(cell: RecurrentCell, attention: Any) -> bool:
    """Whether the backward pass of this cell with this attention is written here, and not of a subclass of theirs."""
    return (
        has_backward(cell)
        and cell.compute_dtype in FULL_PRECISION
        and type(attention) in (BahdanauAttention, HardAttention)
    )


def backpropagated(
    cell: RecurrentCell, attention: BahdanauAttention, query: QueryWeights, rows: Rows, training: bool
) -> tuple[Array, Array, Array, list]:
    """Run a decoder over all steps with the hand-written backward pass.

    Args:
        cell: a built cell that `is_supported`, which reads [x_t; c_t].
        attention: Bahdanau's, soft or hard.
        query: what turns h_{t-1} into a query.
        rows: of the cell's compute dtype.
        training: whether a gradient is likely to be asked for (it is right in any case).

    Returns:
        h (B, T, H), the contexts as the cell read them (B, T, C), α (B, T, S) and the final states.
    """
    step = cell.step_weights()
    shared = Shared(cell.kernel, cell.input_bias, *query, attention.score_vector, step).listed()
    shared = [None if w is None else ops.cast(w, rows.x.dtype) for w in shared]
    gated = query.kernel.shape[1] > attention.units
    hard = type(attention) is HardAttention
    program = AttentiveProgram(type(cell), cell.variant, cell.units, tuple(step), hard, gated)
    h, contexts, weights, *states = custom_gradient.with_gradient(program, rows.listed(), shared, keep=training)
    return h, contexts, weights, states


@dataclasses.dataclass(frozen=True)
class AttentiveProgram:
    """The forward and the backward pass as pure functions of arrays; see `custom_gradient.with_gradient`.

    Attributes:
        timed, timed_outputs: which of `Rows` and of the outputs have steps, on axis 1.
        sourced, sourced_outputs: which have the places of the source, on which axis; outputs on the last.
    """

    cell: type[RecurrentCell]
    variant: str
    units: int
    names: tuple[str, ...]
    hard: bool
    gated: bool
    reverse: ClassVar[bool] = False
    timed: ClassVar[tuple] = (0, 5)
    timed_outputs: ClassVar[tuple] = (0, 1, 2)
    sourced: ClassVar[dict] = {1: 1, 2: 1, 3: 1, 5: 2}
    sourced_outputs: ClassVar[tuple] = (2,)

    def forward(self, batched: list, shared: list, keep: bool, steps: backend.Steps | None = None) -> tuple[list, list]:
        """[h, contexts, α, *final states], and with `keep` what the backward pass needs, (T, B, ·) each."""
        rows, weights = Rows.of(batched), Shared.of(shared, self.names)
        width = rows.x.shape[-1]
        of_context, of_state, of_input = (
            weights.kernel[width:],
            weights.query[: self.units],
            weights.query[self.units :],
        )
        w = self._step_weights(rows, weights)
        inputs = time_major(rows.x)
        projected = ops.matmul(inputs, weights.kernel[:width])
        projected = projected if weights.bias is None else projected + weights.bias
        from_input = ops.matmul(inputs, of_input) if of_input.shape[0] else None
        noise = None if rows.noise is None else time_major(rows.noise)

        def step(states: list, now: list) -> tuple[list, list]:
            projected, from_input, noise = now
            query = ops.matmul(states[0], of_state)
            query = query if from_input is None else query + from_input
            query = query if weights.query_bias is None else query + weights.query_bias
            hidden = _hidden(query, rows.keys)
            alpha = masked_softmax(ops.sum(hidden * weights.score, axis=-1), rows.mask)
            place = HardAttention.place(alpha, noise) if self.hard else alpha
            seen = ops.matmul(place[:, None], rows.values)[:, 0]
            context = seen * _gate(query) if self.gated else seen
            after, saved = self.cell.advance(projected + ops.matmul(context, of_context), states, w, self.variant)
            kept = Kept(context, alpha, query, place, seen, after, saved).listed() if keep else [context, alpha]
            return after, [after[0], *kept]

        states, (h, *kept) = backend.scan(step, rows.states, [projected, from_input, noise], steps=steps)
        return [*map(time_major, (h, kept[0], kept[1])), *states], kept if keep else []

    def backward(
        self, batched: list, shared: list, kept: list, gradients: list, steps: backend.Steps | None = None
    ) -> tuple[list, list]:
        """Gradients of `batched` (None for masks and noise) and of `shared`, given those of the outputs."""
        rows, weights, kept = Rows.of(batched), Shared.of(shared, self.names), Kept.of(kept, len(batched) - 6)
        before = [earlier(s, first) for s, first in zip(kept.after, rows.states, strict=True)]
        of_outputs, d_final = [time_major(d) for d in gradients[:3]], gradients[3:]
        carry = [*d_final, ops.zeros_like(rows.keys), ops.zeros_like(rows.keys[:, 0])]
        step = self._step_back(rows, weights, len(kept.saved))
        carry, found = backend.scan(step, carry, [*of_outputs, *before, *kept.listed()], True, steps)
        *d_states, d_keys, d_score = carry
        d_queries, d_seen, d_projected, *d_products = found
        d_values = ops.matmul(ops.transpose(kept.place, (1, 2, 0)), time_major(d_seen))
        dx, d_shared = self._weight_gradients(rows, weights, kept, before, d_queries, d_projected, d_products)
        d_shared = d_shared._replace(score=ops.sum(d_score, axis=0))
        return [dx, d_keys, d_values, None, None, None, *d_states], d_shared.listed()

    def _weight_gradients(
        self,
        rows: Rows,
        weights: Shared,
        kept: Kept,
        before: list,
        d_queries: Array,
        d_projected: Array,
        d_products: list,
    ) -> tuple[Array, Shared]:
        """∂L/∂x, and the gradients of the weights but for v: single products over all steps."""
        width, inputs = rows.x.shape[-1], flat(time_major(rows.x))
        dz, d_query = flat(d_projected), flat(d_queries)
        read = read_of(before[0], rows.recurrent_mask)
        d_products = [flat(d) for d in d_products]
        d_recurrent, d_recurrent_bias = self.cell.recurrent_gradients(
            dz, d_products, read, kept.saved, rows.recurrent_mask, self.variant
        )
        d_kernel = ops.matmul(ops.transpose(ops.concatenate([inputs, flat(kept.context)], axis=-1)), dz)
        asked, dx = flat(before[0]), ops.matmul(dz, ops.transpose(weights.kernel[:width]))
        if weights.query.shape[0] > self.units:
            asked = ops.concatenate([asked, inputs], axis=-1)
            dx = dx + ops.matmul(d_query, ops.transpose(weights.query[self.units :]))
        of_step = {"recurrent_kernel": d_recurrent, "recurrent_bias": d_recurrent_bias}
        d_shared = Shared(
            kernel=d_kernel,
            bias=None if weights.bias is None else ops.sum(dz, axis=0),
            query=ops.matmul(ops.transpose(asked), d_query),
            query_bias=None if weights.query_bias is None else ops.sum(d_query, axis=0),
            score=None,
            step={name: of_step[name] for name in self.names},
        )
        return time_major(ops.reshape(dx, (*ops.shape(before[0])[:2], width))), d_shared

    def _step_back(self, rows: Rows, weights: Shared, saved_count: int) -> Any:
        """One step of the backward loop, for `backend.scan`; the carry is [*d_states, d_keys, d_score (B, A)]."""
        count = len(rows.states)
        w = self._step_weights(rows, weights)
        to_context = ops.transpose(weights.kernel[rows.x.shape[-1] :])
        to_state = ops.transpose(weights.query[: self.units])

        def step(carry: list, now: list) -> tuple[list, list]:
            *d, d_keys, d_score = carry
            dh, d_context, d_alpha, *rest = now
            before, kept = rest[:count], Kept.of(rest[count:], count)
            here = Step(before, kept.after, read_of(before[0], rows.recurrent_mask), kept.saved)
            back = self.cell.backward([d[0] + dh, *d[1:]], here, w, self.variant)
            d_context = d_context + ops.matmul(back.projected, to_context)
            d_seen, d_gate = self._through_gate(d_context, kept.query, kept.seen)
            if not self.hard:  # no gradient of a drawn place goes into α
                d_alpha = d_alpha + ops.matmul(rows.values, d_seen[..., None])[..., 0]
            d_scores = kept.weights * (d_alpha - ops.sum(kept.weights * d_alpha, axis=-1, keepdims=True))
            hidden = _hidden(kept.query, rows.keys)
            d_hidden = d_scores[..., None] * weights.score * (1 - hidden * hidden)
            d_query = ops.concatenate([ops.sum(d_hidden, axis=1), *d_gate], axis=-1)
            d_score = d_score + ops.sum(d_scores[..., None] * hidden, axis=1)
            d_states = list(back.states)
            d_states[0] = d_states[0] + read_of(back.read, rows.recurrent_mask) + ops.matmul(d_query, to_state)
            return [*d_states, d_keys + d_hidden, d_score], [d_query, d_seen, back.projected, *back.products]

        return step

    def _step_weights(self, rows: Rows, weights: Shared) -> Weights:
        return Weights(weights.step, self.units, self.cell.columns(self.variant), rows.recurrent_mask)

    def _through_gate(self, d_context: Array, query: Array, seen: Array) -> tuple[Array, list]:
        """The gradients of what was seen, and of the number under the gate's sigmoid (a list; empty without a gate)."""
        if not self.gated:
            return d_context, []
        gate = _gate(query)
        d_gate = ops.sum(d_context * seen, axis=-1, keepdims=True)
        return d_context * gate, [d_gate * gate * (1 - gate)]


def _hidden(query: Array, keys: Array) -> Array:
    """tanh(q_t + k_j), (B, S, A)."""
    return ops.tanh(query[:, None, : keys.shape[-1]] + keys)


def _gate(query: Array) -> Array:
    """β_t = σ(g_t), (B, 1)."""
    return ops.sigmoid(query[:, -1:])
