"""The flow of a gradient that is given at the last output alone: carried back step by step, quickly."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from rnn_models import backend, custom_gradient
from rnn_models.layers.recurrent_cell import RecurrentCell
from rnn_models.probes.gradients import LayerFlow, layer_flow, stacked_jacobians, to_numpy
from rnn_models.probes.recording import one_step


def carried_flow(
    cell: RecurrentCell, x: Any, gradient: Any, run: Callable | None = None, back: Callable | None = None
) -> LayerFlow:
    """The flow through a cell where the loss is of its last output alone: ∂L/∂h_T is given, and

        ∂L/∂s_t = J_{t+1} ∂L/∂s_{t+1}

    It is what `gradient_flow` finds for such a loss. What goes back is only what the Jacobians carry, so that a call
    takes a fraction of the time, and no gradient is lost to the small range of float32.

    Args:
        cell: a cell that is built.
        x: (B, T, D); the states before it are zeros.
        gradient: ∂L/∂h_T, (B, ·).
        run: `compiled_run(cell, T or more)`, for a cell that is asked often.
        back: `compiled_back(cell)`, for a cell whose state is large: each step is differentiated in the one direction
            that is asked for, and there are no Jacobians.

    Raises:
        ValueError: Jacobians that are too large, a gradient of another shape, a sequence too long for `run`.
    """
    projected = ops.swapaxes(cell.project(ops.cast(ops.convert_to_tensor(x), cell.compute_dtype)), 0, 1)
    length, rows = projected.shape[:2]
    before, kept = (run or functools.partial(_all_states, cell))(projected)
    sizes = [int(np.prod(state.shape[2:])) for state in before]
    last = np.asarray(gradient, dtype="float64")
    if last.shape != (rows, sizes[0]):
        raise ValueError(f"gradient has the shape {last.shape}; expected that of the last output, {(rows, sizes[0])}.")
    jacobians = None if back else _carried_jacobians(cell, projected, before)

    def one_back(t: int, now: np.ndarray) -> np.ndarray:
        if back is None:
            return np.einsum("bij,bj->bi", jacobians[:, t], now)
        return back(projected[t], [state[t] for state in before], now)

    now = np.concatenate([last, np.zeros((rows, sum(sizes[1:])))], axis=-1)
    found = np.empty((rows, length, sum(sizes)))
    for t in range(length - 1, -1, -1):
        found[:, t] = now
        now = one_back(t, now)
    gradients = np.split(found, np.cumsum(sizes)[:-1], axis=-1)
    kept = None if kept is None else to_numpy(kept).swapaxes(0, 1)
    return layer_flow(cell.name, cell, False, gradients, kept, jacobians)


def _carried_jacobians(cell: RecurrentCell, projected: Any, before: list) -> np.ndarray:
    """J_t of a run, (B, T, n, n) float64."""
    length, rows = projected.shape[:2]
    flat = [ops.reshape(array, (length * rows, *array.shape[2:])) for array in (projected, *before)]
    jacobians = stacked_jacobians(cell, flat[0], flat[1:], None, cell.name).astype("float64")
    return jacobians.reshape(length, rows, *jacobians.shape[1:]).transpose(1, 0, 2, 3)


def compiled_back(cell: RecurrentCell) -> Callable:
    """J_t times a gradient (B, n) of the states after a step: that of those before it, float64.

    The gradient goes in with norm 1, so that float32 holds it however small it has become.
    """

    def step(inputs: Any, states: list, seeds: list) -> list:
        return custom_gradient.vjp(lambda now: one_step(cell, inputs, now, None)[0], [states], seeds)[0]

    program = backend.compiled(step, [cell], differentiates=True)

    def back(inputs: Any, states: list, gradient: np.ndarray) -> np.ndarray:
        norms = np.linalg.norm(gradient, axis=-1, keepdims=True)
        unit = (gradient / np.where(norms > 0, norms, 1.0)).astype("float32")
        edges = np.cumsum([int(np.prod(state.shape[1:])) for state in states])[:-1]
        parts = zip(np.split(unit, edges, axis=-1), states, strict=True)
        seeds = [ops.convert_to_tensor(part.reshape(state.shape)) for part, state in parts]
        found = [to_numpy(g).reshape(len(unit), -1) for g in program(inputs, list(states), seeds)]
        return norms * np.concatenate(found, axis=-1)

    return back


def compiled_run(cell: RecurrentCell, longest: int) -> Callable:
    """All states of a sequence of at most `longest` steps by one program, which reads the weights at every call.

    Shorter sequences are padded, so that it is compiled once for each size of a batch.
    """
    program = backend.compiled(functools.partial(_scanned_states, cell), [cell])

    def run(projected: Any) -> tuple[list, Any]:
        length = projected.shape[0]
        if length > longest:
            raise ValueError(f"The sequence has {length} steps; this program was made for at most {longest}.")
        padded = ops.pad(projected, [[0, longest - length], *[[0, 0]] * (len(projected.shape) - 1)])
        before, kept = program(padded)
        return [state[:length] for state in before], kept[0][:length] if kept else None

    return run


def _all_states(cell: RecurrentCell, projected: Any) -> tuple[list, Any]:
    """The states before each step, (T, B, ·) each, and how much each step kept, or None."""
    states = cell.get_initial_state(projected.shape[1])
    before, kept = [], []
    for now in projected:
        before.append(states)
        states, part = one_step(cell, now, states, None)
        kept += [] if part is None else [part]
    return [ops.stack(column) for column in zip(*before, strict=True)], ops.stack(kept) if kept else None


def _scanned_states(cell: RecurrentCell, projected: Any) -> tuple[list, list]:
    """As `_all_states`, as one loop of the backend."""

    def step(states: list, now: list) -> tuple[list, list]:
        new, kept = one_step(cell, now[0], states, None)
        return new, [*states, *([] if kept is None else [kept])]

    states = cell.get_initial_state(projected.shape[1])
    _, found = backend.scan(step, states, [projected])
    return found[: len(states)], found[len(states) :]
