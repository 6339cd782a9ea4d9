"""How well each of many units follows a label: AUC and correlation, for thousands of units at once.

AUC is the probability that a unit is larger where the flag is true than where it is false, ties counting half. It is
made from ranks, so that tanh(c) has the AUC of c. With centred midranks r_t and n_1 true of n labels

    AUC − 1/2 = Σ_{t true} r_t / (n_1 (n − n_1))

which is one product of a matrix of labels with a matrix of ranks. The correlation r is Pearson's.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

THREADS = 2
REPLICATES = 200
"""Bootstrap samples of a bound."""


def centred_ranks(values: np.ndarray) -> np.ndarray:
    """Midranks of each column of (T, n), less their mean, divided by T: (n, T) float32 in (−.5, .5)."""
    length, count = values.shape
    found = np.empty((count, length), dtype=np.float32)
    plain = ((np.arange(length) - (length - 1) / 2) / length).astype(np.float32)

    def column(number: int) -> None:
        one = np.ascontiguousarray(values[:, number])
        order = np.argsort(one)
        ordered = one[order]
        begins = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        if len(begins) == length - 1:
            found[number, order] = plain
            return
        edges = np.concatenate([[0], begins, [length]])
        middles = ((edges[:-1] + edges[1:] - 1) / 2 - (length - 1) / 2) / length
        found[number, order] = np.repeat(middles, np.diff(edges))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(column, range(count)))
    return found


def products(weights: np.ndarray, values: np.ndarray, kind: str) -> np.ndarray:
    """AUC − .5 or r of each row of weights (k, T) with each column of values (T, n), (k, n); see `weights_of`.

    A column that does not change has 0.
    """
    if kind == "flag":
        return weights @ centred_ranks(values).T
    norm = values.std(axis=0) * np.float32(len(values) ** 0.5)
    return (weights @ values) / np.where(norm > 1e-6, norm, np.inf)


def weights_of(labels: np.ndarray, kind: str) -> np.ndarray | None:
    """The weights (T,) that make `products` of labels (T,).

    None where all labels are the same, so that nothing can follow them.
    """
    if kind == "flag":
        true = float(labels.sum())
        return labels * np.float32(len(labels) / (true * (len(labels) - true))) if 0 < true < len(labels) else None
    centred = labels - labels.mean(dtype=np.float64).astype(np.float32)
    norm = float(np.sqrt(np.square(centred, dtype=np.float64).sum()))
    return (centred / np.float32(norm)).astype(np.float32) if norm > 1e-6 else None


def shifts(length: int, count: int, seed: int) -> np.ndarray:
    """Circular shifts that are at least a tenth of the text, (count,)."""
    low, high = length // 10, length - length // 10
    return np.random.default_rng(seed).integers(low, max(high, low + 1), size=count)


def shifted(weights: np.ndarray, by: np.ndarray) -> np.ndarray:
    """The weights (T,) themselves and shifted in a circle, (1 + shifts, T)."""
    twice = np.concatenate([weights, weights])
    length = len(weights)
    return np.stack([weights, *(twice[length - n : 2 * length - n] for n in by)])


def one_score(values: np.ndarray, labels: np.ndarray, kind: str) -> float:
    """AUC or r of one unit's values (T,); NaN where all labels are the same."""
    weights = weights_of(labels, kind)
    if weights is None:
        return float("nan")
    return float(products(weights[None], values[:, None], kind)[0, 0]) + (0.5 if kind == "flag" else 0.0)


def blocks_of(rows: np.ndarray) -> np.ndarray:
    """Which block each step belongs to, (T,): a text each, or of one text stretches of 1,000 steps.

    A shorter text has at least 20 blocks, unless that made them shorter than 50 steps.
    """
    if rows[0] != rows[-1]:
        return np.unique(rows, return_inverse=True)[1]
    size = max(50, min(1000, len(rows) // 20))
    return np.arange(len(rows)) // size


def bounds(
    values: np.ndarray, labels: np.ndarray, kind: str, blocks: np.ndarray, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bounds of AUC or r by a block bootstrap (Künsch 1989, blocks that do not overlap).

    Neighbouring steps are alike, so whole blocks are drawn with replacement, never single steps.

    Args:
        values, labels, blocks: (T,) each.
        level: of the bounds.

    Returns:
        The lower and the upper bound; NaN where too few samples hold both labels.
    """
    draw, count = np.random.default_rng(seed), int(blocks.max()) + 1
    drawn = np.stack([np.bincount(draw.integers(0, count, count), minlength=count) for _ in range(REPLICATES)])
    sample = _auc_samples if kind == "flag" else _correlation_samples
    found = sample(values.astype(np.float64), labels.astype(np.float64), blocks, drawn)
    found = found[np.isfinite(found)]
    if len(found) < REPLICATES // 2:
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _auc_samples(values: np.ndarray, labels: np.ndarray, blocks: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    ordered, true, block = values[order], labels[order], blocks[order]
    begins = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    found = np.full(len(drawn), np.nan)
    for number, times in enumerate(drawn):
        weight = times[block].astype(np.float64)
        above = np.add.reduceat(weight * true, begins)
        below = np.add.reduceat(weight, begins) - above
        total = above.sum() * below.sum()
        if total > 0:
            found[number] = (above * (np.cumsum(below) - below / 2)).sum() / total
    return found


def _correlation_samples(x: np.ndarray, y: np.ndarray, blocks: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    x, y = x - x.mean(), y - y.mean()
    sums = np.stack([np.bincount(blocks, weights=part) for part in (np.ones_like(x), x, y, x * x, y * y, x * y)])
    n, sx, sy, sxx, syy, sxy = (drawn @ sums.T).T
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (sxx / n - (sx / n) ** 2) * (syy / n - (sy / n) ** 2)
        return np.where(variance > 0, (sxy / n - sx * sy / n**2) / np.sqrt(np.maximum(variance, 0)), np.nan)
