"""Back-propagation through time with one product for each weight: the fast path.

Automatic differentiation of a loop adds an array of a weight's size at every step. Here a step of the backward loop
makes only the gradients of the products' results; the weights' gradients ∂L/∂W = Σ_t x_tᵀ dz_t are single products
after the loop. There are two programs:

    HandWritten       for a cell with a `backward`, one step back written by hand; the forward loop keeps the gates
    Differentiated    for any other cell: the forward loop keeps what enters each product with a weight, and one step
                      back is the backend's derivative of one step of `advance`

`backpropagated` gives None for a cell that changes `step` itself; the caller then runs the plain loop.
"""

import dataclasses
import functools
from typing import Any, ClassVar, NamedTuple

import keras
from keras import ops

from rnn_models import backend, custom_gradient
from rnn_models.layers.cells import Step
from rnn_models.layers.recurrent_cell import RecurrentCell, Weights, flat, normalise

Array = Any

HALF = ("float16", "bfloat16")


class Rows(NamedTuple):
    """What has a batch axis: the inputs x (B, T, D) or, projected, (B, T, ·); masks or None; the first states."""

    inputs: Array
    mask: Array | None
    recurrent_mask: Array | None
    states: list

    @classmethod
    def of(cls, arrays: list) -> "Rows":
        """From the flat list that `custom_gradient.with_gradient` hands on."""
        return cls(*arrays[:3], list(arrays[3:]))

    def listed(self) -> list:
        """The flat list."""
        return [self.inputs, self.mask, self.recurrent_mask, *self.states]


def backpropagated(
    cell: RecurrentCell,
    x: Array,
    mask: Array | None,
    states: list,
    recurrent_mask: Array | None,
    reverse: bool,
    training: bool,
) -> tuple[Array, list] | None:
    """Run `cell` over time.

    Args:
        cell: a built cell.
        x: (B, T, D), after input dropout; of the cell's compute dtype, like all that follows.
        mask: (B, T) boolean, or None. Where it is False the state stays as it was.
        states: the states before the first step, each (B, ·).
        recurrent_mask: (B, H) factor on h_{t-1} in the product with U, or None.
        reverse: from the last step to the first.
        training: whether a gradient is likely to be asked for (it is right in any case).

    Returns:
        All outputs (B, T, H) in the order of x, and the final states; or None for a cell that changes `step`.
    """
    if not is_standard(type(cell)):
        return None
    weights = {name: _value(w) for name, w in cell.raw_step_weights().items()}
    if has_backward(cell):
        shared = [_value(cell.kernel), _value(cell.input_bias), *weights.values()]
        if mask is None and recurrent_mask is None and cell.torch_kernel is not None:
            cast = [None if w is None else ops.cast(w, x.dtype) for w in shared]
            native = backend.native_rnn(cell.torch_kernel, cell.torch_order, x, states, cast, reverse)
            if native is not None:
                return native
        program = HandWritten(type(cell), cell.variant, cell.units, tuple(weights), reverse)
        rows = Rows(x, mask, recurrent_mask, states)
    else:
        shared = list(weights.values())
        program = Differentiated(type(cell), cell.variant, cell.units, tuple(weights), reverse, cell.layer_norm)
        rows = Rows(cell.project(x), mask, recurrent_mask, states)
    outputs, *final = custom_gradient.with_gradient(program, rows.listed(), shared, keep=training)
    return outputs, final


def _value(weight: Any) -> Array | None:
    """A weight's value, in its own type: a variable itself may not go into a program with a gradient of its own."""
    return None if weight is None else ops.cast(weight, keras.backend.standardize_dtype(weight.dtype))


@functools.cache
def is_standard(cell: type[RecurrentCell]) -> bool:
    """Whether a step of the cell is its `advance` and nothing else."""
    return _owner(cell, "step") is RecurrentCell


def has_backward(cell: RecurrentCell) -> bool:
    """Whether a step back is written by hand for these equations, and not for those of a class that it changes."""
    kind = type(cell)
    if kind.backward is None or cell.layer_norm or not is_standard(kind) or not projects_plainly(kind):
        return False
    return issubclass(_owner(kind, "backward"), _owner(kind, "advance"))


@functools.cache
def has_all_steps(cell: type[RecurrentCell]) -> bool:
    """Whether `all_steps` is written for these equations, and not for those of a class that this one changes."""
    if cell.all_steps is None or not is_standard(cell):
        return False
    return issubclass(_owner(cell, "all_steps"), _owner(cell, "advance"))


@functools.cache
def projects_plainly(cell: type[RecurrentCell]) -> bool:
    """Whether what `project` gives is x W + b."""
    return _owner(cell, "project") is RecurrentCell


def _owner(cell: type, name: str) -> type:
    return next(one for one in cell.__mro__ if name in one.__dict__)


# ------------------------------------------------------------------------------ one step back, written by hand


@dataclasses.dataclass(frozen=True)
class HandWritten:
    """Both passes of a cell with a `backward`, as pure functions of arrays; see `custom_gradient.with_gradient`.

    The rows' inputs are x (B, T, D); `shared` is [W, b, *weights of a step, by `names`], each of any float type.
    """

    cell: type[RecurrentCell]
    variant: str
    units: int
    names: tuple[str, ...]
    reverse: bool
    timed: ClassVar[tuple] = (0, 1)
    timed_outputs: ClassVar[tuple] = (0,)

    def forward(self, batched: list, shared: list, keep: bool, steps: backend.Steps | None = None) -> tuple[list, list]:
        """Outputs [h (B, T, H), *final states], and with `keep` what the backward pass needs, (T, B, ·) each."""
        rows = Rows.of(batched)
        kernel, bias, w = self._weights(rows, shared)
        hoist = backend.hoists()

        def projected(x: Array) -> Array:
            z = ops.matmul(x, kernel)
            return z if bias is None else z + bias

        def step(carry: list, now: list) -> tuple[list, list]:
            new, saved = self.cell.advance(now[0] if hoist else projected(now[0]), carry, w, self.variant)
            new = new if now[1] is None else [keep_where(now[1], n, old) for n, old in zip(new, carry, strict=True)]
            return new, [*new, *saved] if keep else new[:1]

        sequence = time_major(rows.inputs)
        sequences = [projected(sequence) if hoist else sequence, mask_steps(rows.mask)]
        final, stacked = backend.scan(step, rows.states, sequences, self.reverse, steps)
        return [time_major(stacked[0]), *final], stacked if keep else []

    def backward(
        self, batched: list, shared: list, kept: list, gradients: list, steps: backend.Steps | None = None
    ) -> tuple[list, list]:
        """Gradients of `batched` (None for the masks) and of `shared`, given those of the outputs."""
        rows, count = Rows.of(batched), len(batched) - 3
        kernel, bias, w = self._weights(rows, shared)
        after, saved = kept[:count], kept[count:]
        before = [earlier(s, first, self.reverse) for s, first in zip(after, rows.states, strict=True)]

        def step(carry: list, now: list) -> tuple[list, list]:
            dh, m, *rest = now
            here = Step(rest[:count], rest[count : 2 * count], read_of(rest[0], rows.recurrent_mask), rest[2 * count :])
            d, held = masked_gradients([carry[0] + dh, *carry[1:]], m)
            back = self.cell.backward(d, here, w, self.variant)
            d_states = list(back.states)
            d_states[0] = d_states[0] + read_of(back.read, rows.recurrent_mask)
            d_states = d_states if held is None else [g + h for g, h in zip(d_states, held, strict=True)]
            return d_states, [back.projected, *back.products]

        dh_all, *d_final = gradients
        sequences = [time_major(dh_all), mask_steps(rows.mask), *before, *after, *saved]
        d_states, (d_projected, *d_products) = backend.scan(step, d_final, sequences, not self.reverse, steps)
        read = read_of(before[0], rows.recurrent_mask)
        products = functools.partial(self._products, kernel, rows.recurrent_mask, len(d_products))
        sequences = [time_major(rows.inputs), read, d_projected, *d_products, *saved]
        (d_kernel, d_bias, *of_step), (dx,) = backend.over_time(products, sequences, steps)
        found = dict(zip(("recurrent_kernel", "recurrent_bias"), of_step, strict=True))
        d_shared = [d_kernel, None if bias is None else d_bias, *(found[name] for name in self.names)]
        return [time_major(dx), None, None, *d_states], alike(d_shared, shared)

    def _products(self, kernel: Array, mask: Array | None, count: int, sequences: list) -> tuple[list, list]:
        """∂L/∂W, b, U, b' and ∂L/∂x from arrays (T, B, ·): x, what U read, d_projected, `count` d_products, saved."""
        x, read, d_projected, *rest = sequences
        dz, mask = wide(flat(d_projected)), None if mask is None else wide(mask)
        d_products, saved = [wide(flat(g)) for g in rest[:count]], [wide(s) for s in rest[count:]]
        of_step = self.cell.recurrent_gradients(dz, d_products, wide(read), saved, mask, self.variant)
        d_kernel = ops.matmul(ops.transpose(wide(flat(x))), dz)
        dx = ops.matmul(flat(d_projected), ops.transpose(kernel))
        return [d_kernel, ops.sum(dz, axis=0), *of_step], [ops.reshape(dx, (*ops.shape(x)[:2], kernel.shape[0]))]

    def _weights(self, rows: Rows, shared: list) -> tuple[Array, Array | None, Weights]:
        kernel, bias, *others = [None if s is None else ops.cast(s, rows.inputs.dtype) for s in shared]
        values = dict(zip(self.names, others, strict=True))
        return kernel, bias, Weights(values, self.units, self.cell.columns(self.variant), rows.recurrent_mask)


# ------------------------------------------------------------------------------ one step back, differentiated


class Recorder(Weights):
    """Weights that note what enters each product, and which are read as they are.

    With `extra`, its entry n is added to the result of product n: the gradient of the entry is that of the result.
    """

    def __init__(self, *arguments: Any, extra: list | None = None, **options: Any):
        self.inputs: list = []
        self.keys: list[tuple] = []
        self.results: list = []
        self.extra = extra
        super().__init__(*arguments, **options)

    def multiply(self, h: Array, matrix: Array, key: tuple) -> Array:
        result = ops.matmul(h, matrix)
        if self.extra is not None:
            result = result + self.extra[len(self.inputs)]
        self.inputs.append(h)
        self.keys.append(key)
        self.results.append(result)
        return result


@dataclasses.dataclass(frozen=True)
class Differentiated:
    """Both passes of any cell, as pure functions of arrays; see `custom_gradient.with_gradient`.

    The rows' inputs are what `project` gave for all steps; `shared` is the weights of a step, by `names`. A weight that
    only enters products gets its gradient after the loop; any other is differentiated step by step, and summed.
    """

    cell: type[RecurrentCell]
    variant: str
    units: int
    names: tuple[str, ...]
    reverse: bool
    layer_norm: bool
    timed: ClassVar[tuple] = (0, 1)
    timed_outputs: ClassVar[tuple] = (0,)

    def forward(self, batched: list, shared: list, keep: bool, steps: backend.Steps | None = None) -> tuple[list, list]:
        """Outputs [h (B, T, H), *final states], and with `keep` what the backward pass needs, (T, B, ·) each."""
        rows = Rows.of(batched)
        values = self._values(rows, shared)

        def step(carry: list, now: list) -> tuple[list, list]:
            w = self._recorder(values, values, rows.recurrent_mask)
            new, _ = self.cell.advance(now[0], carry, w, self.variant)
            new = new if now[1] is None else [keep_where(now[1], n, old) for n, old in zip(new, carry, strict=True)]
            return list(new), [*new, *w.inputs] if keep else list(new[:1])

        sequences = [time_major(rows.inputs), mask_steps(rows.mask)]
        final, stacked = backend.scan(step, rows.states, sequences, self.reverse, steps)
        return [time_major(stacked[0]), *final], stacked if keep else []

    def backward(
        self, batched: list, shared: list, kept: list, gradients: list, steps: backend.Steps | None = None
    ) -> tuple[list, list]:
        """Gradients of `batched` (None for the masks) and of `shared`, given those of the outputs."""
        rows, count = Rows.of(batched), len(batched) - 3
        values = self._values(rows, shared)
        after, inputs = kept[:count], kept[count:]
        before = [earlier(s, first, self.reverse) for s, first in zip(after, rows.states, strict=True)]
        trial = self._recorder(values, values, rows.recurrent_mask)
        self.cell.advance(rows.inputs[:, 0], rows.states, trial, self.variant)  # only what it asks for is of interest
        elementwise = [name for name in self.names if values[name] is not None and self._is_elementwise(name, trial)]

        def step(carry: list, now: list) -> tuple[list, list]:
            dh, m, projected, *previous = now
            d, held = masked_gradients([carry[0] + dh, *carry[1:count]], m)
            arguments = [
                projected,
                previous,
                [ops.zeros_like(r) for r in trial.results],
                [values[n] for n in elementwise],
            ]
            found = custom_gradient.vjp(
                functools.partial(self._step, values, elementwise, rows.recurrent_mask), arguments, d
            )
            d_projected, d_states, d_results, d_elementwise = found
            d_states = d_states if held is None else [g + h for g, h in zip(d_states, held, strict=True)]
            sums = [total + wide(g) for total, g in zip(carry[count:], d_elementwise, strict=True)]
            return [*d_states, *sums], [d_projected, *d_results]

        dh_all, *d_final = gradients
        carry = [*d_final, *(ops.zeros_like(wide(values[name])) for name in elementwise)]
        sequences = [time_major(dh_all), mask_steps(rows.mask), time_major(rows.inputs), *before]
        carry, (d_projected, *d_results) = backend.scan(step, carry, sequences, not self.reverse, steps)
        found = dict(zip(elementwise, carry[count:], strict=True))
        parts, _ = backend.over_time(_outer_products, [*inputs, *d_results], steps)
        for (name, first, last), part in zip(trial.keys, parts, strict=True):
            part = self._placed(part, values[name].shape[-1], first, last)
            found[name] = part + found[name] if name in found else part
        d_shared = [
            None if s is None else found.get(n, ops.zeros_like(s)) for n, s in zip(self.names, shared, strict=True)
        ]
        return [time_major(d_projected), None, None, *carry[:count]], alike(d_shared, shared)

    def _step(
        self, values: dict, elementwise: list, mask: Array | None, projected: Array, states: list, extra: list, w: list
    ) -> list:
        """The states after one step, as a function of all that a gradient is asked for."""
        own = values | dict(zip(elementwise, w, strict=True))
        return list(self.cell.advance(projected, states, self._recorder(own, values, mask, extra), self.variant)[0])

    def _values(self, rows: Rows, shared: list) -> dict[str, Array | None]:
        cast = [None if s is None else ops.cast(s, rows.inputs.dtype) for s in shared]
        return dict(zip(self.names, cast, strict=True))

    def _recorder(self, values: dict, matrices: dict, mask: Array | None, extra: list | None = None) -> Recorder:
        norm = functools.partial(normalise, units=self.units) if self.layer_norm else None
        columns = self.cell.columns(self.variant)
        return Recorder(values, self.units, columns, mask, norm, matrices=matrices, extra=extra)

    @staticmethod
    def _is_elementwise(name: str, trial: Recorder) -> bool:
        in_products = name in {key[0] for key in trial.keys}
        return not in_products or name in trial.read

    def _placed(self, part: Array, width: int, first: int, last: int | None) -> Array:
        """The gradient of some blocks of columns among zeros for the others."""
        left = first * self.units
        right = 0 if last is None else width - last * self.units
        return part if not left and not right else ops.pad(part, [(0, 0), (left, right)])


def _outer_products(sequences: list) -> tuple[list, list]:
    """Σ_t read_tᵀ d_t of arrays (T, B, ·): all that was read, then as many gradients."""
    count = len(sequences) // 2
    pairs = zip(sequences[:count], sequences[count:], strict=True)
    return [ops.matmul(ops.transpose(wide(flat(read))), wide(flat(d))) for read, d in pairs], []


# ------------------------------------------------------------------------------ what both have in common


def earlier(sequence: Array, first: Array, reverse: bool = False) -> Array:
    """The state before every step (T, B, ·), from the state after every step and the first."""
    if reverse:
        return ops.concatenate([sequence[1:], first[None]], axis=0)
    return ops.concatenate([first[None], sequence[:-1]], axis=0)


def read_of(h: Array, mask: Array | None) -> Array:
    """h as the product with U reads it: after recurrent dropout; and a gradient on its way back."""
    return h if mask is None else h * mask


def masked_gradients(d: list, m: Array | None) -> tuple[list, list | None]:
    """The gradients of the states after a step that counts, and those that a masked step hands on untouched."""
    if m is None:
        return d, None
    zeros = [ops.zeros_like(g) for g in d]
    held = [keep_where(m, zero, g) for zero, g in zip(zeros, d, strict=True)]
    return [keep_where(m, g, zero) for zero, g in zip(zeros, d, strict=True)], held


def keep_where(m: Array, new: Array, old: Array) -> Array:
    """`new` where a step counts, else `old`; m is (B, 1), the two (B, ...)."""
    while len(m.shape) < len(new.shape):
        m = m[..., None]
    return ops.where(m, new, old)


def wide(x: Array) -> Array:
    """In float32 what is half as wide: a sum over thousands of rows is more than float16 holds."""
    return ops.cast(x, "float32") if keras.backend.standardize_dtype(x.dtype) in HALF else x


def alike(gradients: list, of: list) -> list:
    """Gradients in the types of what they are gradients of."""
    return [None if g is None or o is None else ops.cast(g, o.dtype) for g, o in zip(gradients, of, strict=True)]


def time_major(x: Array) -> Array:
    """(B, T, ...) to (T, B, ...), or back."""
    return ops.transpose(x, (1, 0, *range(2, len(x.shape))))


def mask_steps(mask: Array | None) -> Array | None:
    """(B, T) to (T, B, 1)."""
    return None if mask is None else ops.transpose(mask)[..., None]
