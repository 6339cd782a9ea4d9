"""Cells of another make, as `Recurrent` drives them: Keras's own, or any with a step, state sizes and a first state."""

from collections.abc import Callable
from typing import Any

from keras import ops, tree

from rnn_models import backend

Array = Any


class ForeignCell:
    """A cell that is no `RecurrentCell`, its states as a flat list.

    Args:
        cell: with `step(x_t, states) -> (output, states)`, `state_sizes` and `get_initial_state(batch_size)`; or a cell
            of Keras: `call(x_t, states)`, `state_size`, `get_initial_state`. States may be any nest of lists.

    Raises:
        ValueError: it has neither.
    """

    def __init__(self, cell: Any):
        self.of_keras = not hasattr(cell, "step") and hasattr(cell, "state_size") and callable(cell)
        needed = () if self.of_keras else ("step", "state_sizes", "get_initial_state")
        missing = [name for name in needed if not hasattr(cell, name)]
        if not self.of_keras and callable(getattr(cell, "state_sizes", None)):  # a layer over sequences, not a cell
            missing.append("state_sizes for one step")
        if missing or isinstance(cell, type):
            raise ValueError(
                "Recurrent drives a cell: one of this library, such as LSTMCell(128), one of Keras, or any object with "
                f"`step`, `state_sizes` and `get_initial_state`; {cell!r} has no {', '.join(missing) or 'state'}."
            )
        self.cell = cell
        self.nest = cell.state_size if self.of_keras else cell.state_sizes
        self.compute_dtype = getattr(cell, "compute_dtype", None)

    @property
    def state_sizes(self) -> list:
        """The width of each state, a flat list."""
        return _flat_sizes(self.nest)

    @property
    def output_size(self) -> int:
        """The width of the output: what the cell says, else that of its first state."""
        return getattr(self.cell, "output_size", None) or self.state_sizes[0]

    def get_initial_state(self, batch_size: Any) -> list:
        """The cell's first states, flat."""
        return tree.flatten(self.cell.get_initial_state(batch_size=batch_size))

    def step(self, x: Array, states: list, training: bool = False) -> tuple[Array, list]:
        """One step: x (B, D) and flat states give the output and flat states."""
        packed = _pack(self.nest, iter(states))
        if self.of_keras:
            packed = packed if isinstance(packed, list) else [packed]
            output, new = self.cell(x, packed, training=training)
        else:
            output, new = self.cell.step(x, packed)
        return output, tree.flatten(new)

    def run(
        self, x: Array, states: list, mask: Array | None, reverse: bool, training: bool
    ) -> tuple[Array, Array, list]:
        """All outputs, the last and the final states; a masked step keeps state and output as they were.

        Before the first step that counts the output is zero.
        """
        self._prepare_dropout(x[:, 0], states, training)
        first = ops.zeros((ops.shape(x)[0], self.output_size), dtype=x.dtype)

        def step(carry: list, now: list) -> tuple[list, list]:
            output, new = self.step(now[0], carry[1:], training)
            new = [ops.cast(n, old.dtype) for n, old in zip([output, *new], carry, strict=True)]
            if now[1] is not None:
                new = [_where(now[1], n, old) for n, old in zip(new, carry, strict=True)]
            return new, [new[0]]

        steps = None if mask is None else ops.transpose(mask)[..., None]
        carry, (outputs,) = backend.scan(step, [first, *states], [ops.transpose(x, (1, 0, 2)), steps], reverse)
        self._forget_dropout()
        return ops.transpose(outputs, (1, 0, 2)), carry[0], list(carry[1:])

    def _prepare_dropout(self, x: Array, states: list, training: bool) -> None:
        """A cell of Keras keeps its dropout masks for a sequence: they are drawn before the loop."""
        self._forget_dropout()
        if not training:
            return
        if getattr(self.cell, "dropout", 0):
            self.cell.get_dropout_mask(x)
        if getattr(self.cell, "recurrent_dropout", 0):
            self.cell.get_recurrent_dropout_mask(states[0])

    def _forget_dropout(self) -> None:
        for name in ("reset_dropout_mask", "reset_recurrent_dropout_mask"):
            getattr(self.cell, name, lambda: None)()


def shape_of(batch: Any, size: Any) -> tuple:
    """The shape of a state: (batch, size), or with more axes where `size` is a tuple."""
    return (batch, *size) if isinstance(size, tuple) else (batch, size)


def map_sizes(function: Callable, sizes: Any) -> Any:
    """`function` of every size, or shape, of a nest of lists; a tuple is one size of several axes."""
    return [map_sizes(function, size) for size in sizes] if isinstance(sizes, list) else function(sizes)


def _flat_sizes(sizes: Any) -> list:
    if isinstance(sizes, dict):
        sizes = [sizes[key] for key in sorted(sizes)]
    if not isinstance(sizes, list):
        return [sizes]
    return [one for size in sizes for one in _flat_sizes(size)]


def _pack(sizes: Any, states: Any) -> Any:
    if isinstance(sizes, dict):
        return {key: _pack(sizes[key], states) for key in sorted(sizes)}
    return [_pack(size, states) for size in sizes] if isinstance(sizes, list) else next(states)


def _where(m: Array, new: Array, old: Array) -> Array:
    while len(m.shape) < len(new.shape):
        m = m[..., None]
    return ops.where(m, new, old)
