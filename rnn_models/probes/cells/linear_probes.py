"""What the whole state knows of a label, beside the best single unit: a linear probe."""

import numpy as np

from rnn_models.probes.cells.hypotheses import Hypothesis
from rnn_models.probes.cells.reading import Reading
from rnn_models.probes.cells.scores import one_score

ROWS = 20_000
"""A probe is fitted to at most so many steps, evenly spread."""
RIDGE = 0.01
"""The penalty as a share of the steps, on standardised states."""


def linear_probe(chosen: Reading, held_out: Reading, hypotheses: list[Hypothesis]) -> list[float]:
    """AUC or r of a ridge regression of the label on all states, fitted to one reading and scored on another.

    All h and c of all layers are read, standardised by `chosen`. All labels are fitted at once.

    Returns:
        One score for each hypothesis; NaN where all labels of either reading are the same.
    """
    rows = np.unique(np.linspace(0, len(chosen) - 1, min(ROWS, len(chosen))).astype(int))
    x = np.concatenate([array[rows] for array in chosen.states.values()], axis=1)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    scale = np.where(deviation > 1e-6, deviation, np.inf)
    x = (x - mean) / scale
    y = np.stack([chosen.labels(one)[rows] for one in hypotheses], axis=1)
    weights = _ridge(x, y - y.mean(axis=0))
    held = np.concatenate(list(held_out.states.values()), axis=1)
    guesses = ((held - mean) / scale) @ weights
    found = []
    for number, one in enumerate(hypotheses):
        constant = np.ptp(y[:, number]) == 0
        found.append(float("nan") if constant else one_score(guesses[:, number], held_out.labels(one), one.kind))
    return found


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The w (n, ·) that minimises ‖x w − y‖² + λ ‖w‖², λ = `RIDGE` · T."""
    penalty = RIDGE * len(x)
    if len(x) < x.shape[1]:  # fewer steps than numbers: the same in the steps' space
        return x.T @ np.linalg.solve(x @ x.T + penalty * np.eye(len(x), dtype=x.dtype), y)
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1], dtype=x.dtype), x.T @ y)
