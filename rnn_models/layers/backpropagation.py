"""Back-propagation through time, written by hand for the three cells: the fast path.

The forward loop keeps every step's gates. A step of the backward loop makes only dz, the gradient of the
gates' sums, and what goes on to the step before; the weights' gradients ∂L/∂W = Σ_t x_tᵀ dz_t are single
products after the loop. Automatic differentiation would add a weight-sized array at every step instead.

`backpropagated` gives None for a cell that it does not know (a subclass, layer normalisation); the caller
then runs the plain loop, which is differentiated by the backend.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from rnn_models import backend
from rnn_models.layers.cells import GRUCell, LSTMCell, RecurrentCell, VanillaRNNCell

Array = Any


def backpropagated(
    cell: RecurrentCell,
    x: Array,
    mask: Array | None,
    states: list,
    recurrent_mask: Array | None,
    reverse: bool,
    training: bool,
) -> tuple[Array, list] | None:
    """Run `cell` over time with the hand-written backward pass.

    Args:
        cell: a built cell.
        x: (B, T, D), after input dropout; of the cell's compute dtype, like all that follows.
        mask: (B, T) boolean, or None. Where it is False the state stays as it was.
        states: the states before the first step, each (B, H).
        recurrent_mask: (B, H) factor on h_{t-1} in the product with U, or None.
        reverse: from the last step to the first.
        training: whether a gradient is likely to be asked for (it is right in any case).

    Returns:
        All outputs (B, T, H) in the order of x, and the final states; or None for a cell that is not known here.
    """
    if type(cell) not in BACKWARD or cell.layer_norm:
        return None
    cast = [ops.cast(w, x.dtype) for w in (cell.kernel, cell.input_bias, cell.recurrent_kernel)]
    extra = None if cell.recurrent_bias is None else ops.cast(cell.recurrent_bias, x.dtype)
    if mask is None and recurrent_mask is None:
        native = backend.native_rnn(cell.variant, len(states), x, states, [*cast, extra], reverse)
        if native is not None:
            return native
    function = RecurrentFunction(type(cell), cell.variant, reverse)
    outputs, *final = backend.with_gradient(function, [x, mask, recurrent_mask, *states], [*cast, extra], keep=training)
    return outputs, final


@dataclasses.dataclass(frozen=True)
class RecurrentFunction:
    """The forward and the backward pass of one kind of cell, as pure functions of arrays.

    `batched` is [x, mask, recurrent_mask, *states], batch first; `shared` is [W, b, U, b'].
    """

    cell: type[RecurrentCell]
    variant: str
    reverse: bool

    def forward(self, batched: list, shared: list, keep: bool) -> tuple[list, list]:
        """Outputs [h (B, T, H), *final states], and with `keep` what the backward pass needs, (T, B, ·) each."""
        x, mask, recurrent_mask, *states = batched
        kernel, bias, recurrent_kernel, recurrent_bias = shared
        hoist = backend.hoists()
        product = product_of(recurrent_kernel, recurrent_bias, recurrent_mask, self.variant)

        def step(carry: list, now: list) -> tuple[list, list]:
            projected = now[0] if hoist else ops.matmul(now[0], kernel) + bias
            new, saved = self.cell.advance(projected, product, carry, self.variant)
            if now[1] is not None:
                new = [ops.where(now[1], n, old) for n, old in zip(new, carry, strict=True)]
            return new, [*new, *saved] if keep else new[:1]

        sequence = time_major(x)
        if hoist:
            sequence = ops.matmul(sequence, kernel) + bias
        final, stacked = backend.scan(step, states, [sequence, _mask_steps(mask)], self.reverse)
        return [time_major(stacked[0]), *final], stacked if keep else []

    def backward(self, batched: list, shared: list, kept: list, gradients: list) -> tuple[list, list]:
        """Gradients of `batched` (None for the masks) and of `shared`, given those of the outputs."""
        x, mask, recurrent_mask, *states = batched
        kernel, _, recurrent_kernel, recurrent_bias = shared
        count = len(states)
        before = [earlier(s, first, self.reverse) for s, first in zip(kept[:count], states, strict=True)]
        parts = blocks_of(self.variant, recurrent_kernel)

        def step(carry: list, now: list) -> tuple[list, list]:
            dh, m, *rest = now
            previous, new, saved = rest[:count], rest[count : 2 * count], rest[2 * count :]
            d = [carry[0] + dh, *carry[1:]]
            if m is not None:  # a masked step hands its gradient on untouched
                held = [ops.where(m, ops.zeros_like(g), g) for g in d]
                d = [ops.where(m, g, ops.zeros_like(g)) for g in d]
            read = previous[0] if recurrent_mask is None else previous[0] * recurrent_mask
            dz, d_previous, d_read = BACKWARD[self.cell](self.variant, d, previous, read, new, saved, parts)
            d_previous[0] = d_previous[0] + (d_read if recurrent_mask is None else d_read * recurrent_mask)
            if m is not None:
                d_previous = [g + h for g, h in zip(d_previous, held, strict=True)]
            return d_previous, dz

        dh_all, *d_final = gradients
        sequences = [time_major(dh_all), _mask_steps(mask), *before, *kept]
        d_states, dz = backend.scan(step, d_final, sequences, not self.reverse)
        dz = [flat(g) for g in dz]
        read = before[0] if recurrent_mask is None else before[0] * recurrent_mask
        d_kernel = ops.matmul(ops.transpose(flat(time_major(x))), dz[0])
        d_recurrent, d_recurrent_bias = recurrent_gradients(self.variant, dz, read, recurrent_mask, kept)
        dx = ops.matmul(dz[0], ops.transpose(kernel))
        dx = time_major(ops.reshape(dx, (*ops.shape(before[0])[:2], kernel.shape[0])))
        d_bias = None if recurrent_bias is None else d_recurrent_bias
        return [dx, None, None, *d_states], [d_kernel, ops.sum(dz[0], axis=0), d_recurrent, d_bias]


def earlier(sequence: Array, first: Array, reverse: bool = False) -> Array:
    """The state before every step (T, B, H), from the state after every step and the first."""
    if reverse:
        return ops.concatenate([sequence[1:], first[None]], axis=0)
    return ops.concatenate([first[None], sequence[:-1]], axis=0)


def recurrent_gradients(variant: str, dz: list, read: Array, recurrent_mask: Array | None, kept: list) -> tuple:
    """∂L/∂U and ∂L/∂b': a GRU's candidate block has another input or another dz than its gates.

    Args:
        dz: what one step back gives first, for all steps, (T·B, ·) each.
        read: h_{t-1} as the product read it, (T, B, H).
        kept: what the cell keeps of every step, (T, B, ·) each.
    """
    transposed = ops.transpose(flat(read))
    if variant == "reset_after":
        gates = dz[0][:, : 2 * read.shape[-1]]
        parts = [ops.matmul(transposed, gates), ops.matmul(transposed, dz[1])]
        sums = ops.concatenate([ops.sum(gates, axis=0), ops.sum(dz[1], axis=0)], axis=0)
        return ops.concatenate(parts, axis=1), sums
    if variant == "reset_before":
        gates, candidate = dz[0][:, : 2 * read.shape[-1]], dz[0][:, 2 * read.shape[-1] :]
        reset = kept[-1] if recurrent_mask is None else kept[-1] * recurrent_mask
        parts = [ops.matmul(transposed, gates), ops.matmul(ops.transpose(flat(reset)), candidate)]
        return ops.concatenate(parts, axis=1), None
    return ops.matmul(transposed, dz[0]), None


def product_of(
    recurrent_kernel: Array, recurrent_bias: Array | None, recurrent_mask: Array | None, variant: str
) -> Any:
    """h U (+ b'), or some of its blocks, as `RecurrentCell.advance` asks for it."""
    units, parts = recurrent_kernel.shape[0], blocks_of(variant, recurrent_kernel)

    def product(h: Array, first: int = 0, last: int | None = None) -> Array:
        columns = slice(first * units, None if last is None else last * units)
        h = h if recurrent_mask is None else h * recurrent_mask
        result = ops.matmul(h, parts[first, last])
        return result if recurrent_bias is None else result + recurrent_bias[columns]

    return product


# ------------------------------------------------------------------------------ one step back, for each cell
# (variant, [dh, ...], states before, h as the product read it, states after, kept, parts of U)
#   -> [dz, ...], gradients of the states before outside the product, gradient of what the product read


def _vanilla_backward(
    variant: str, d: list, previous: list, read: Array, new: list, saved: list, parts: dict
) -> tuple[list, list, Array]:
    (h,) = new
    dz = d[0] * (1 - h * h) if variant == "tanh" else ops.where(h > 0, d[0], ops.zeros_like(h))
    return [dz], [ops.zeros_like(h)], ops.matmul(dz, ops.transpose(parts[0, None]))


def _lstm_backward(
    variant: str, d: list, previous: list, read: Array, new: list, saved: list, parts: dict
) -> tuple[list, list, Array]:
    dh, dc = d
    i, f, o, g, tanh_c = saved
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    dz = ops.concatenate(
        [
            dc * g * i * (1 - i),
            dc * previous[1] * f * (1 - f),
            dh * tanh_c * o * (1 - o),
            dc * i * (1 - g * g),
        ],
        axis=-1,
    )
    return [dz], [ops.zeros_like(dh), dc * f], ops.matmul(dz, ops.transpose(parts[0, None]))


def _gru_backward(
    variant: str, d: list, previous: list, read: Array, new: list, saved: list, parts: dict
) -> tuple[list, list, Array]:
    (dh,), (h,) = d, previous
    z, r, candidate, h_h = saved
    dz_h = dh * (1 - z) * (1 - candidate * candidate)
    dz_z = dh * (h - candidate) * z * (1 - z)
    if variant == "reset_after":
        dz_r = dz_h * h_h * r * (1 - r)
        to_product = dz_h * r
        sums = ops.concatenate([dz_z, dz_r, to_product], axis=-1)
        dz = [ops.concatenate([dz_z, dz_r, dz_h], axis=-1), to_product]
        return dz, [dh * z], ops.matmul(sums, ops.transpose(parts[0, None]))
    d_reset = ops.matmul(dz_h, ops.transpose(parts[2, 3]))
    dz_r = d_reset * read * r * (1 - r)
    gates = ops.concatenate([dz_z, dz_r], axis=-1)
    d_read = ops.matmul(gates, ops.transpose(parts[0, 2])) + d_reset * r
    return [ops.concatenate([gates, dz_h], axis=-1)], [dh * z], d_read


BACKWARD: dict[type, Callable] = {
    VanillaRNNCell: _vanilla_backward,
    LSTMCell: _lstm_backward,
    GRUCell: _gru_backward,
}


def blocks_of(variant: str, recurrent_kernel: Array) -> dict:
    """U, or the blocks of it that are used apart, cut before the loop: a cut inside copies at every step."""
    if variant != "reset_before":
        return {(0, None): recurrent_kernel}
    edge = 2 * recurrent_kernel.shape[0]
    return {(0, 2): recurrent_kernel[:, :edge], (2, 3): recurrent_kernel[:, edge:]}


def time_major(x: Array) -> Array:
    """(B, T, ·) to (T, B, ·), or back."""
    return ops.transpose(x, (1, 0, 2))


def _mask_steps(mask: Array | None) -> Array | None:
    """(B, T) to (T, B, 1)."""
    return None if mask is None else ops.transpose(mask)[..., None]


def flat(x: Array) -> Array:
    """(T, B, ·) to (T·B, ·)."""
    return ops.reshape(x, (-1, x.shape[-1]))
