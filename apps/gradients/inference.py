"""The gradient of every state of small untrained cells on one input, as `rnn_models.probes.gradients` finds it.

All cells have H = 16 units, read the same x (T, 4), and are asked for the same loss L = h_T · w with ‖w‖ = 1, so that
every curve of ‖∂L/∂h_t‖ ends at 1.
"""

import functools
import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.gradients import PAGE
from apps.gradients.settings import STEPS, UNITS, WIDTH, CellFlow, Settings, checked
from apps.shared import seeds
from rnn_models.cell_names import CELL_NAMES

if TYPE_CHECKING:
    from rnn_models.layers.recurrent_cell import RecurrentCell
    from rnn_models.probes.gradients import LayerFlow

CONCURRENCY = PAGE.concurrency

# The block of the bias that makes the cell keep more, and the sign with which it does.
KEEPING = {
    **dict.fromkeys(("lstm", "mogrifier_lstm", "slstm", "sru"), (1, 1.0)),
    **dict.fromkeys(("gru", "min_lstm"), (0, 1.0)),
    **dict.fromkeys(("mut1", "mut2", "mut3", "mgu", "min_gru", "cifg_lstm"), (0, -1.0)),
}


def flows(settings: Settings) -> list[CellFlow]:
    """The flow through each of the cells that were asked for."""
    return [flow_of(settings, cell) for cell in settings.cells]


def flow_of(settings: Settings, name: str) -> CellFlow:
    """The flow through one cell."""
    with _lock:
        cell, run, back = _cell(name, settings.activation if name == "vanilla" else "")
        assign(cell, settings)
        flow = carried(cell, settings, run, back)
    memory = "c" if "c" in flow.norms else "state_1"  # of the xLSTM's cells, which have more states than two
    after = None if flow.kept is None else flow.kept_after[0].astype("float64")
    bound = None
    if name == "vanilla":
        sigma = float(np.linalg.norm(flow.recurrent_kernel.astype("float64"), ord=2))
        bound = _listed(sigma ** np.arange(settings.steps - 1, -1, -1.0))
    return CellFlow(
        name,
        _listed(flow.norms["h"][0]),
        _listed(flow.norms[memory][0]) if memory in flow.norms else None,
        None if after is None else _listed(after.max(axis=-1)),
        bound,
        None if flow.kept is None else _finite(float(flow.kept.mean())),
        _finite(float(np.linalg.norm([norms[0, 0] for norms in flow.norms.values()]))),
    )


def carried(
    cell: "RecurrentCell", settings: Settings, run: Callable | None = None, back: Callable | None = None
) -> "LayerFlow":
    """What the library finds for a cell that has its weights."""
    from rnn_models.probes.carried_gradients import carried_flow

    x, direction = drawn(settings)
    with np.errstate(all="ignore"):  # what leaves float32 is shown as missing
        return carried_flow(cell, x, direction, run, back)


def gradient_flow(
    steps: int = 60,
    gain: float = 1.0,
    scale: float = 1.0,
    forget_bias: float = 1.0,
    activation: str = "tanh",
    variant: str = "none",
    seed: int = 1,
) -> dict[str, Any]:
    """How the gradient of a loss of the last state gets back through time in untrained cells of 16 units.

    Args:
        steps: T, the length of the input, 5 to 200.
        gain: U is an orthogonal matrix times this, 0.1 to 2.
        scale: The standard deviation of the input, 0 to 5.
        forget_bias: The bias of the gate that keeps, −3 to 6: b_f of the LSTM, b_z of the GRU.
        activation: Of the vanilla recurrence: tanh or relu.
        variant: A further cell, such as mgu or min_gru; none for the lecture's three alone.
        seed: Of the input and the weights, 1 to 4294967295; 0 draws one.

    Returns:
        The settings, and for each cell the norms of the gradients of h_t (and of c_t) for t = 1 to T, the direct path
        that its gates keep, and the bound of the vanilla recurrence.
    """
    settings = checked(steps, gain, scale, forget_bias, activation, variant, seeds.used(seed))
    found = {flow.cell: {"h": flow.h, "c": flow.c, "kept": flow.kept, "bound": flow.bound} for flow in flows(settings)}
    return {"settings": vars(settings), "cells": found}


# What is drawn by the seed ---------------------------------------------------------------------------


def drawn(settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """The input (1, T, 4), and the direction w (1, 16) of the loss."""
    generator = np.random.default_rng((settings.seed, 0))
    direction = generator.standard_normal((1, UNITS))
    x = settings.scale * generator.standard_normal((1, settings.steps, WIDTH))
    return x.astype("float32"), direction / np.linalg.norm(direction)


def assign(cell: "RecurrentCell", settings: Settings) -> None:
    """Give the cell the weights of these settings.

    U is gain · orthogonal, block by block, and gain · I of the IRNN; W is Glorot's; every bias is 0 but that of the
    gate that keeps; all that the cell has beside these begins as in the library, drawn by the seed.
    """
    name, generator = cell.short_name, np.random.default_rng((settings.seed, 1, CELL_NAMES.index(cell.short_name)))
    for weight, shape in cell.weight_shapes(WIDTH).items():
        getattr(cell, weight).assign(_first(cell, weight, shape, settings, generator))
    keeping = KEEPING.get(name) or _keeping_by_letter(cell)
    bias = np.array(cell.bias) if hasattr(cell, "bias") else None
    if name == "mlstm":  # one number, the last
        bias[-1] = settings.forget_bias
    elif keeping is not None:
        block, sign = keeping
        bias.reshape(-1)[block * UNITS : (block + 1) * UNITS] = sign * settings.forget_bias
    if bias is not None:
        cell.bias.assign(bias)


def _first(
    cell: "RecurrentCell", weight: str, shape: tuple, settings: Settings, generator: np.random.Generator
) -> np.ndarray:
    if weight == "bias" or weight.startswith("peephole"):
        return np.zeros(shape)
    if weight == "recurrent_weights":  # of the IndRNN, uniform in [0, 1]
        return settings.gain * generator.random(shape)
    if weight == "decay":  # of the RG-LRU, so that σ(Λ)^8 lies in [0.9, 0.999]
        kept = generator.uniform(0.9, 0.999, shape) ** (1 / 8)
        return np.log(kept / (1 - kept))
    if weight.startswith("recurrent"):
        rows = shape[0]
        if cell.short_name == "irnn":
            return settings.gain * np.eye(rows)
        blocks = [np.linalg.qr(generator.standard_normal((rows, rows)))[0] for _ in range(shape[1] // rows)]
        return settings.gain * np.concatenate(blocks, axis=1)
    limit = math.sqrt(6 / sum(shape))
    return generator.uniform(-limit, limit, shape)


def _keeping_by_letter(cell: "RecurrentCell") -> tuple[int, float] | None:
    """The block of f among those of the LSTM with peepholes and its ablations."""
    letters = getattr(cell, "sums", "")
    return (letters.index("f"), 1.0) if "f" in letters else None


_lock = threading.Lock()  # the cells are shared: their weights are set before every run


@functools.cache
def _cell(name: str, activation: str) -> tuple["RecurrentCell", Any, Any]:
    """A cell that is built, a program that runs it (it fits any T, and is compiled once), and one for its way back.

    The last is None where the Jacobians are small: all of them at once are quicker.
    """
    from rnn_models.layers import CELLS
    from rnn_models.probes.carried_gradients import compiled_back, compiled_run

    cell = CELLS[name](UNITS, **({"activation": activation} if activation else {}))
    cell.build((None, WIDTH))
    return cell, compiled_run(cell, STEPS[1]), compiled_back(cell) if name == "mlstm" else None


def _listed(values: np.ndarray) -> list[float | None]:
    return [_finite(float(value)) for value in values]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
