"""How gradients flow through time: ‖∂L/∂h_t‖ of any model's recurrent layers, and the Jacobians that carry it.

    flow = gradient_flow(model, x, y)
    flow["recurrent"].norms["h"]      # ‖∂L/∂h_t‖ (B, T)

A gradient reaches step t through the product of the Jacobians after it (Pascanu et al. 2013, arXiv:1211.5063):

    ∂L/∂s_t = ∂L/∂s_T J_Tᵀ ... J_{t+1}ᵀ + ...,    ‖J_{t+1} ... J_T‖ ≤ Π ‖J_k‖

J_k = ∂s_k/∂s_{k-1} with a row for each number of s_{k-1} and a column for each of s_k; s is all of a cell's states. For
the vanilla recurrence J_k = U diag(1 − h_k²), so that the product is at most σ_max(U) for each step.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models import custom_gradient
from rnn_models.probes.recording import Recording, Watcher, one_step, watched

LARGEST = 50_000_000
"""So many numbers of Jacobians are computed at most: 400 MB."""

AT_ONCE = 2_000_000
"""Of so many numbers are the columns of Jacobians that are computed at once."""


@dataclass(frozen=True, eq=False)
class LayerFlow:
    """What is known of one run of one recurrent layer. Step t of an array is that of the input.

    Attributes:
        name: the layer's, after those of the layers that hold it.
        cell: the name of its cell.
        reverse: whether it reads from the end: then the gradient flows from the first step of the input to the last.
        gradients: ∂L/∂ of every state after its step, (B, T, ·), by name: "h", and "c" where there are two. That of c
            is of what step t hands to step t + 1: what h_t shows of c_t is part of ∂L/∂h_t.
        kept: how much of its state each step keeps, (B, T, ·): f_t of the LSTM, z_t of the GRU; None where the cell
            has no such gate.
        jacobians: J_t, (rows, T, n, n), n the numbers of all states; None where they were not asked for.
        sizes: how many numbers each state has, by name.
        recurrent_kernel: U (H, ·), where the cell has one.
    """

    name: str
    cell: str
    reverse: bool
    gradients: dict[str, np.ndarray]
    kept: np.ndarray | None
    jacobians: np.ndarray | None
    sizes: dict[str, int]
    recurrent_kernel: np.ndarray | None

    @property
    def norms(self) -> dict[str, np.ndarray]:
        """‖∂L/∂s_t‖ of each state, (B, T)."""
        return {name: np.sqrt(np.square(g).sum(axis=-1)) for name, g in self.gradients.items()}

    @functools.cached_property
    def kept_after(self) -> np.ndarray | None:
        """How much of the state after step t is kept to the end, Π_{k > t} of `kept`, (B, T, ·).

        It is the Jacobian of the direct path, its gates held: one path of several.
        """
        return None if self.kept is None else _after(self.kept[..., None], lambda a, b: a * b, self.reverse)[..., 0]

    @functools.cached_property
    def spectral_norms(self) -> np.ndarray:
        """‖J_t‖, the largest singular value, (rows, T)."""
        return _norm(self._known_jacobians)

    @functools.cached_property
    def spectral_radii(self) -> np.ndarray:
        """The largest absolute eigenvalue of J_t, (rows, T). A product may grow although all of them are below 1."""
        return np.abs(np.linalg.eigvals(self._known_jacobians)).max(axis=-1)

    @functools.cached_property
    def products(self) -> np.ndarray:
        """∂s_T/∂s_t = J_{t+1} ... J_T, (rows, T, n, n); the last is the identity."""
        return _after(self._known_jacobians, np.matmul, self.reverse)

    @property
    def product_norms(self) -> np.ndarray:
        """‖∂s_T/∂s_t‖, (rows, T)."""
        return _norm(self.products)

    @property
    def bounds(self) -> np.ndarray:
        """Π_{k > t} ‖J_k‖, which `product_norms` never exceeds, (rows, T)."""
        return _after(self.spectral_norms[..., None, None], lambda a, b: a * b, self.reverse)[..., 0, 0]

    @property
    def whole_product(self) -> np.ndarray:
        """∂s_T/∂s_0, (rows, n, n)."""
        first = -1 if self.reverse else 0
        return self._known_jacobians[:, first] @ self.products[:, first]

    def block(self, jacobian: np.ndarray, of: str, by: str) -> np.ndarray:
        """The part of a Jacobian (..., n, n) that is ∂ state `of` / ∂ state `by`."""
        edges = dict(zip(self.sizes, np.cumsum([0, *self.sizes.values()]), strict=False))
        rows, columns = (slice(edges[name], edges[name] + self.sizes[name]) for name in (by, of))
        return jacobian[..., rows, columns]

    @property
    def _known_jacobians(self) -> np.ndarray:
        if self.jacobians is None:
            raise ValueError(f"{self.name}: no Jacobians were computed. Call gradient_flow(..., jacobians=1).")
        return self.jacobians


def gradient_flow(
    model: keras.layers.Layer,
    x: Any,
    y: Any,
    loss: Callable | None = None,
    sample_weight: Any = None,
    jacobians: int = 0,
) -> dict[str, LayerFlow]:
    """The gradients of the loss by every state of every recurrent layer of a model; see `LayerFlow`.

    The model is run once without dropout, and nothing of it is changed: no weight, no carried state.

    Args:
        model: any Keras model or layer that holds a `Recurrent`, an `AttentiveDecoder`, or an LSTM, GRU or SimpleRNN of
            Keras.
        x, y: a batch of inputs and targets, all of known length.
        loss: `(y, outputs) -> losses` of any shape, whose mean is L; None: the loss that the model was compiled with,
            and the mean squared error of one that was not.
        sample_weight: for the loss that the model was compiled with.
        jacobians: of so many rows of the batch the Jacobians are computed. Those of a decoder are its cell's: the way
            through what it looks at is not in them.

    Returns:
        A `LayerFlow` for each run of a layer, in the order in which they ran, by the layer's name.

    Raises:
        ValueError: no recurrent layer, or one with a cell that cannot be looked into; Jacobians that are too large.
    """
    x, y = (keras.tree.map_structure(ops.convert_to_tensor, data) for data in (x, y))
    if not model.built:
        model(x, training=False)  # Keras builds by a symbolic call, which is nothing to watch

    def run() -> Any:
        # In this scope what the model would write into its variables is not kept.
        with keras.StatelessScope():
            return _loss(model, model(x, training=False), x, y, loss, sample_weight)

    seen = Watcher()
    with watched(model, seen):
        run()
    taps = [
        [ops.zeros_like(ops.stack(list(states), axis=1)) for states in zip(*one.after, strict=True)]
        for one in seen.recordings
    ]

    def of_taps(taps: list) -> list:
        watcher = Watcher(taps)
        with watched(model, watcher):
            return [run()]

    one = ops.ones((), dtype=keras.config.floatx())
    (found,) = custom_gradient.vjp(of_taps, [taps], [one])
    flows: dict[str, LayerFlow] = {}
    for recording, gradients in zip(seen.recordings, found, strict=True):
        name = recording.name
        if name in flows:  # a layer that runs twice
            name = f"{name} (run {sum(other.name == recording.name for other in flows.values()) + 1})"
        flows[name] = _flow(recording, gradients, jacobians)
    return flows


def _loss(model: Any, outputs: Any, x: Any, y: Any, loss: Callable | None, sample_weight: Any) -> Any:
    if loss is not None:
        value = ops.mean(loss(y, outputs))
    elif getattr(model, "compiled", False):
        value = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight, training=False)
    else:
        given = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
        value = ops.mean(ops.square(given - ops.cast(y, given.dtype)))
    return ops.cast(value, keras.config.floatx())


def _flow(recording: Recording, gradients: list, rows: int) -> LayerFlow:
    kept = np.stack([to_numpy(kept) for kept in recording.kept], axis=1) if recording.kept else None
    jacobians = _jacobians(recording, rows) if rows else None
    given = [to_numpy(g) for g in gradients]
    return layer_flow(recording.name, recording.cell, recording.reverse, given, kept, jacobians)


def layer_flow(
    name: str,
    cell: Any,
    reverse: bool,
    gradients: list[np.ndarray],
    kept: np.ndarray | None,
    jacobians: np.ndarray | None,
) -> LayerFlow:
    """What is known of one run, from the gradients (B, T, ...) of each of its states; see `LayerFlow`."""
    names = ["h", "c"] if len(gradients) == 2 else ["h", *(f"state_{n}" for n in range(1, len(gradients)))]
    flat = {name: a.reshape(*a.shape[:2], -1) for name, a in zip(names, gradients, strict=True)}
    kernel = getattr(cell, "recurrent_kernel", None)
    return LayerFlow(
        name=name,
        cell=cell.short_name or type(cell).__name__,
        reverse=reverse,
        gradients=flat,
        kept=kept,
        jacobians=jacobians,
        sizes={name: g.shape[-1] for name, g in flat.items()},
        recurrent_kernel=None if kernel is None else to_numpy(kernel),
    )


def _jacobians(recording: Recording, rows: int) -> np.ndarray:
    """J_t of the first rows, (rows, T, n, n): a row of it is a number of the state before."""
    length, rows = len(recording.before), min(rows, recording.before[0][0].shape[0])

    def of_rows(arrays: Sequence) -> Any:  # T arrays (B, ...) to (T·rows, ...)
        return ops.concatenate([array[:rows] for array in arrays], axis=0)

    states = [of_rows(column) for column in zip(*recording.before, strict=True)]
    projected, mask = of_rows(recording.projected), recording.mask
    mask = None if mask is None else of_rows([mask[:, t : t + 1] for t in range(length)])
    found = stacked_jacobians(recording.cell, projected, states, mask, recording.name)
    return found.reshape(length, rows, *found.shape[1:]).transpose(1, 0, 2, 3)


def stacked_jacobians(cell: Any, projected: Any, states: list, mask: Any, name: str) -> np.ndarray:
    """The Jacobians (N, n, n) of N steps, from what was made of their inputs and the states before them.

    Raises:
        ValueError: together they have more than `LARGEST` numbers; `name` is the layer's.
    """
    count, total = projected.shape[0], sum(int(np.prod(state.shape[1:])) for state in states)
    if count * total * total > LARGEST:
        raise ValueError(
            f"{name}: {count} Jacobians of {total} × {total} numbers were asked for, more than {LARGEST:,} "
            "numbers. Ask for fewer rows, or give a shorter sequence or a smaller layer."
        )
    columns = np.eye(total, dtype=to_numpy(states[0]).dtype)
    at_once = max(1, AT_ONCE // (count * total))
    parts = range(0, total, at_once)
    found = [_columns(cell, projected, states, mask, columns[first : first + at_once]) for first in parts]
    return np.concatenate(found, axis=-1)


def _columns(cell: Any, projected: Any, states: list, mask: Any, columns: np.ndarray) -> np.ndarray:
    """These columns of the Jacobians, (N, n, columns): the gradients of these sums of the new states.

    Each step stands there once for every column.
    """
    many, count = len(columns), states[0].shape[0]

    def repeated(array: Any) -> Any:
        return None if array is None else ops.repeat(array, many, axis=0)

    given, inputs, open_ = [repeated(state) for state in states], repeated(projected), repeated(mask)
    seeds, edge = [], 0
    for state in states:
        size = int(np.prod(state.shape[1:]))
        seed = np.tile(columns[:, edge : edge + size], (count, 1)).reshape(count * many, *state.shape[1:])
        seeds.append(ops.convert_to_tensor(seed))
        edge += size
    (back,) = custom_gradient.vjp(lambda now: one_step(cell, inputs, now, open_)[0], [given], seeds)
    rows = np.concatenate([to_numpy(g).reshape(count, many, -1) for g in back], axis=-1)
    return rows.transpose(0, 2, 1)


def to_numpy(array: Any) -> np.ndarray:
    """As an array of NumPy, in single or double precision."""
    array = ops.convert_to_numpy(array)
    return array if array.dtype in (np.float32, np.float64) else array.astype("float32")


def _norm(matrices: np.ndarray) -> np.ndarray:
    return np.linalg.norm(matrices, ord=2, axis=(-2, -1))


def _after(factors: np.ndarray, join: Callable, reverse: bool) -> np.ndarray:
    """The product of the factors (·, T, ...) of all steps that are read after each; 1 after the last."""
    length = factors.shape[1]
    order = range(length) if reverse else range(length - 1, -1, -1)
    matrix = factors.shape[-1] == factors.shape[-2] and join is np.matmul
    now = np.broadcast_to(np.eye(factors.shape[-1]), factors[:, 0].shape) if matrix else np.ones_like(factors[:, 0])
    found = np.empty_like(factors)
    for t in order:
        found[:, t] = now
        now = join(factors[:, t], now)
    return found


# ------------------------------------------------------------------------------------------- what a matrix promises


def power_norms(matrix: np.ndarray, count: int) -> np.ndarray:
    """‖M¹‖, ..., ‖M^count‖: a matrix whose spectral radius is below 1 may grow for long before it shrinks."""
    powers, now = [], np.eye(len(matrix))
    for _ in range(count):
        now = now @ matrix
        powers.append(np.linalg.norm(now, ord=2))
    return np.array(powers)


def half_life(bias: float) -> float:
    """After how many steps a forget gate of σ(bias) has halved what it keeps."""
    return float(np.log(2) / np.logaddexp(0, -bias))
