"""Gradients clipped by their norm and by their values, and by how much the step is turned by it.

    by norm     g ← g · limit / ‖g‖  where ‖g‖ > limit (Pascanu et al. 2013, arXiv:1211.5063): the direction stays
    by value    g_i ← min(max(g_i, −limit), limit): each number by itself, so that the direction turns

What `global_clipnorm` and `clipvalue` of a Keras optimizer do, on NumPy arrays.
"""

from collections.abc import Sequence

import numpy as np

Arrays = Sequence[np.ndarray]


def clip_by_norm(gradients: Arrays, limit: float) -> list[np.ndarray]:
    """All gradients times one factor, so that the norm of all together is at most `limit`.

    Raises:
        ValueError: a limit that is not above 0.
    """
    limit, norm = _checked(limit), norm_of(gradients)
    factor = limit / norm if norm > limit else 1.0
    return [gradient * factor for gradient in gradients]


def clip_by_value(gradients: Arrays, limit: float) -> list[np.ndarray]:
    """Every number of every gradient cut to the range from −`limit` to `limit`.

    Raises:
        ValueError: a limit that is not above 0.
    """
    limit = _checked(limit)
    return [np.clip(gradient, -limit, limit) for gradient in gradients]


def norm_of(gradients: Arrays) -> float:
    """The Euclidean norm of all numbers together; scaled first, so that large ones do not overflow."""
    flat = _flat(gradients)
    largest = float(np.abs(flat).max(initial=0.0))
    return largest * float(np.linalg.norm(flat / largest)) if 0 < largest < np.inf else largest


def turned_by(gradients: Arrays, others: Arrays) -> float:
    """The angle between two sets of gradients in degrees; nan where one of them is zero or not finite."""
    one, other = _flat(gradients), _flat(others)
    norms = norm_of([one]), norm_of([other])
    if not all(0 < norm < np.inf for norm in norms):
        return float("nan")
    one, other = one / norms[0], other / norms[1]
    # Of two unit vectors: exact for small angles, too, where the arc cosine is not.
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(one - other), np.linalg.norm(one + other))))


def _flat(gradients: Arrays) -> np.ndarray:
    return np.concatenate([np.asarray(gradient, dtype="float64").ravel() for gradient in gradients])


def _checked(limit: float) -> float:
    if not limit > 0:
        raise ValueError(f"limit is {limit}; expected a number above 0.")
    return float(limit)
