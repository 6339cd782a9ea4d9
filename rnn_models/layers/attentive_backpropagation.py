"""Back-propagation through time for a decoder that looks at its source before every step, written by hand.

As in `rnn_models.layers.backpropagation`, whose steps back of the cells it uses: what does not depend on the step
before is multiplied for all steps at once, and the weights' gradients are single products after the loop. The
tanh of the scores, (B, S, A) at every step, is not kept: it is made again on the way back.
"""

import dataclasses
from typing import Any, NamedTuple

from keras import ops

from rnn_models import backend
from rnn_models.layers.attention import BahdanauAttention, HardAttention, masked_softmax
from rnn_models.layers.backpropagation import (
    BACKWARD,
    blocks_of,
    earlier,
    flat,
    product_of,
    recurrent_gradients,
    time_major,
)
from rnn_models.layers.cells import RecurrentCell

Array = Any

FULL = ("float32", "float64")


class QueryWeights(NamedTuple):
    """The weights of [p_t, g_t] = [h_{t-1}; x_t] Q + b: what is asked of the source, and how much of the answer counts.

    kernel (H, A) or with x_t (H + D, A), one column more where the context is gated; bias of that width, or None.
    """

    kernel: Array
    bias: Array | None


def is_supported(cell: RecurrentCell, attention: Any) -> bool:
    """Whether the backward pass of this cell with this attention is written here, and not of a subclass of theirs."""
    cell_known = type(cell) in BACKWARD and not cell.layer_norm and cell.compute_dtype in FULL
    return cell_known and type(attention) in (BahdanauAttention, HardAttention)


def backpropagated(
    cell: RecurrentCell,
    attention: BahdanauAttention,
    query_weights: QueryWeights,
    batched: list,
    training: bool,
) -> tuple[Array, Array, Array, list]:
    """Run a decoder over all steps with the hand-written backward pass.

    Args:
        cell: a built cell that `is_supported`, which reads [x_t; c_t].
        attention: Bahdanau's, soft or hard.
        query_weights: how it is asked.
        batched: [x (B, T, D), keys (B, S, A), values (B, S, C), mask (B, S), recurrent_mask (B, H) or None,
            noise (B, T, S) or None, *states]; of the cell's compute dtype.
        training: whether a gradient is likely to be asked for (it is right in any case).

    Returns:
        h (B, T, H), the contexts as the cell read them (B, T, C), α (B, T, S) and the final states.
    """
    weights = [cell.kernel, cell.input_bias, cell.recurrent_kernel, cell.recurrent_bias]
    shared = [None if w is None else ops.cast(w, batched[0].dtype) for w in (*weights, *query_weights)]
    shared.append(ops.cast(attention.score_vector, batched[0].dtype))
    gated = query_weights.kernel.shape[1] > attention.units
    function = AttentiveFunction(type(cell), cell.variant, type(attention) is HardAttention, gated)
    h, contexts, weights, *states = backend.with_gradient(function, batched, shared, keep=training)
    return h, contexts, weights, states


@dataclasses.dataclass(frozen=True)
class AttentiveFunction:
    """The forward and the backward pass as pure functions of arrays; see `backend.with_gradient`.

    `batched` as in `backpropagated`; `shared` is [W (D + C, ·), b, U, b', Q, its bias, v].
    """

    cell: type[RecurrentCell]
    variant: str
    hard: bool
    gated: bool

    def forward(self, batched: list, shared: list, keep: bool) -> tuple[list, list]:
        """[h, contexts, α, *final states], and with `keep` what the backward pass needs, (T, B, ·) each."""
        x, keys, values, mask, recurrent_mask, noise, *states = batched
        kernel, bias, recurrent_kernel, recurrent_bias, query_kernel, query_bias, score = shared
        width, units = x.shape[-1], recurrent_kernel.shape[0]
        of_context, of_state = kernel[width:], query_kernel[:units]
        product = product_of(recurrent_kernel, recurrent_bias, recurrent_mask, self.variant)
        inputs = time_major(x)
        ahead = ops.matmul(inputs, kernel[:width]) + bias
        query_of_inputs = ops.matmul(inputs, query_kernel[units:]) if query_kernel.shape[0] > units else None
        noise = None if noise is None else time_major(noise)

        def step(carry: list, now: list) -> tuple[list, list]:
            query = ops.matmul(carry[0], of_state)
            query = query if now[1] is None else query + now[1]
            query = query if query_bias is None else query + query_bias
            hidden = _hidden(query, keys)
            weights = masked_softmax(ops.sum(hidden * score, axis=-1), mask)
            used = HardAttention.place(weights, now[2]) if self.hard else weights
            attended = ops.matmul(used[:, None], values)[:, 0]
            context = attended * _gate(query) if self.gated else attended
            new, saved = self.cell.advance(now[0] + ops.matmul(context, of_context), product, carry, self.variant)
            outputs = [new[0], context, weights]
            return new, [*outputs, query, used, attended, *new, *saved] if keep else outputs

        final, stacked = backend.scan(step, states, [ahead, query_of_inputs, noise])
        return [*map(time_major, stacked[:3]), *final], stacked[1:] if keep else []

    def backward(self, batched: list, shared: list, kept: list, gradients: list) -> tuple[list, list]:
        """Gradients of `batched` (None for masks and noise) and of `shared`, given those of the outputs."""
        x, keys, values, mask, recurrent_mask, noise, *states = batched
        kernel, bias, recurrent_kernel, recurrent_bias, query_kernel, query_bias, score = shared
        width, units, count = x.shape[-1], recurrent_kernel.shape[0], len(states)
        contexts, weights, queries, used, attended, *of_cell = kept
        after, saved = of_cell[:count], of_cell[count:]
        before = [earlier(s, first) for s, first in zip(after, states, strict=True)]
        step = self._step_back(batched, shared, len(saved))
        dh, d_contexts, d_weights, *d_final = gradients
        d_outputs = [time_major(d) for d in (dh, d_contexts, d_weights)]
        carry = [*d_final, ops.zeros_like(keys), ops.zeros_like(keys[:, 0])]
        rows = [*d_outputs, weights, queries, used, attended, *before, *after, *saved]
        carry, (d_queries, d_attended, *dz) = backend.scan(step, carry, rows, True)
        *d_states, d_keys, d_score = carry

        dz, d_query, inputs = [flat(g) for g in dz], flat(d_queries), flat(time_major(x))
        read = before[0] if recurrent_mask is None else before[0] * recurrent_mask
        d_recurrent, d_recurrent_bias = recurrent_gradients(self.variant, dz, read, recurrent_mask, of_cell)
        d_kernel = ops.matmul(ops.transpose(ops.concatenate([inputs, flat(contexts)], axis=-1)), dz[0])
        query_inputs = flat(before[0])
        dx = ops.matmul(dz[0], ops.transpose(kernel[:width]))
        if query_kernel.shape[0] > units:
            query_inputs = ops.concatenate([query_inputs, inputs], axis=-1)
            dx = dx + ops.matmul(d_query, ops.transpose(query_kernel[units:]))
        dx = time_major(ops.reshape(dx, (*ops.shape(before[0])[:2], width)))
        d_values = ops.matmul(ops.transpose(used, (1, 2, 0)), time_major(d_attended))
        d_shared = [
            d_kernel,
            ops.sum(dz[0], axis=0),
            d_recurrent,
            None if recurrent_bias is None else d_recurrent_bias,
            ops.matmul(ops.transpose(query_inputs), d_query),
            None if query_bias is None else ops.sum(d_query, axis=0),
            ops.sum(d_score, axis=0),
        ]
        return [dx, d_keys, d_values, None, None, None, *d_states], d_shared

    def _step_back(self, batched: list, shared: list, saved_count: int) -> Any:
        """One step of the backward loop, for `backend.scan`; the carry is [*d_states, d_keys, d_score (B, A)]."""
        x, keys, values, _, recurrent_mask, _, *states = batched
        kernel, _, recurrent_kernel, _, query_kernel, _, score = shared
        units, count = recurrent_kernel.shape[0], len(states)
        parts = blocks_of(self.variant, recurrent_kernel)
        to_context, to_state = ops.transpose(kernel[x.shape[-1] :]), ops.transpose(query_kernel[:units])

        def step(carry: list, now: list) -> tuple[list, list]:
            *d, d_keys, d_score = carry
            dh, d_context, d_weights, weights, query, used, attended, *rest = now
            previous, new, saved = rest[:count], rest[count : 2 * count], rest[2 * count :]
            read = previous[0] if recurrent_mask is None else previous[0] * recurrent_mask
            d = [d[0] + dh, *d[1:]]
            dz, d_previous, d_read = BACKWARD[self.cell](self.variant, d, previous, read, new, saved, parts)
            d_attended, d_gate = self._through_gate(d_context + ops.matmul(dz[0], to_context), query, attended)
            if not self.hard:  # no gradient of a drawn place goes into α
                d_weights = d_weights + ops.matmul(values, d_attended[..., None])[..., 0]
            d_scores = weights * (d_weights - ops.sum(weights * d_weights, axis=-1, keepdims=True))
            hidden = _hidden(query, keys)
            d_hidden = d_scores[..., None] * score * (1 - hidden * hidden)
            d_query = ops.concatenate([ops.sum(d_hidden, axis=1), *d_gate], axis=-1)
            d_score = d_score + ops.sum(d_scores[..., None] * hidden, axis=1)
            d_previous[0] = d_previous[0] + (d_read if recurrent_mask is None else d_read * recurrent_mask)
            d_previous[0] = d_previous[0] + ops.matmul(d_query, to_state)
            return [*d_previous, d_keys + d_hidden, d_score], [d_query, d_attended, *dz]

        return step

    def _through_gate(self, d_context: Array, query: Array, attended: Array) -> tuple[Array, list]:
        """The gradients of what was attended to, and under the sigmoid of the gate (a list; empty without a gate)."""
        if not self.gated:
            return d_context, []
        gate = _gate(query)
        d_gate = ops.sum(d_context * attended, axis=-1, keepdims=True)
        return d_context * gate, [d_gate * gate * (1 - gate)]


def _hidden(query: Array, keys: Array) -> Array:
    """tanh(p_t + k_j), (B, S, A)."""
    return ops.tanh(query[:, None, : keys.shape[-1]] + keys)


def _gate(query: Array) -> Array:
    """β_t = σ(g_t), (B, 1)."""
    return ops.sigmoid(query[:, -1:])
