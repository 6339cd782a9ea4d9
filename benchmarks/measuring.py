"""Rivals timed side by side in one process."""

import random
import time
from collections.abc import Callable

import numpy as np

ROUNDS = 7


def side_by_side(rivals: dict[str, Callable], times: int = 1, rounds: int = ROUNDS) -> dict[str, np.ndarray]:
    """Seconds of one call of each rival in each round; every round runs all of them, in a new order."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name in random.sample(list(rivals), len(rivals)):
            start = time.perf_counter()
            for _ in range(times):
                rivals[name]()
            seconds[name].append((time.perf_counter() - start) / times)
    return {name: np.asarray(measured) for name, measured in seconds.items()}


def spread(speeds: np.ndarray) -> str:
    """Number of rounds and quartiles, in words."""
    low, high = np.percentile(speeds, [25, 75])
    return f"median of {len(speeds)}, quartiles {low:,.{_digits(low)}f}–{high:,.{_digits(low)}f}"


def _digits(value: float) -> int:
    return 1 if value < 100 else 0
