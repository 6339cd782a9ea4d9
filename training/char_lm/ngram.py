"""An interpolated character n-gram model: the baseline that stands beside every character model's score."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Level:
    """One order k. A context is a (k-1)-gram's number; `keys` are context · V + symbol, sorted."""

    keys: np.ndarray
    discounted: np.ndarray  # by k-gram: count less its discount, over the context's total
    kept_back: np.ndarray  # by context: γ, the share that the lower order spreads (1: context never seen)


class NGram:
    """Interpolated modified Kneser-Ney (Chen & Goodman, 1999, "An empirical study of smoothing techniques").

        p_k(w | c) = max(n(c w) - D(n), 0) / n(c ·) + γ(c) p_{k-1}(w | c'),      p_0 = 1 / V

    c is the k-1 symbols before w and c' the same without its first. n is the count at the highest order, and
    below it the number of different symbols seen before "c w". D has three values, for n = 1, 2, and more,
    estimated from the counts of counts. γ(c) makes the probabilities sum to 1.

    Args:
        ids: the training text as numbers below `size`, (N,).
        size: V, the number of symbols.
        order: the longest n-gram, context and symbol together.
    """

    def __init__(self, ids: np.ndarray, size: int, order: int = 6):
        if order < 1:
            raise ValueError(f"order must be at least 1; got {order}.")
        if len(ids) < order:
            raise ValueError(f"The training text has {len(ids)} symbols; an order of {order} needs as many.")
        self.size, self.order = size, order
        ids = np.asarray(ids, dtype="int64")
        if ids.min() < 0 or ids.max() >= size:
            raise ValueError(f"ids must lie in 0 ... {size - 1}; got {ids.min()} ... {ids.max()}.")
        self.levels: list[_Level] = []
        keys, suffixes, counts, contexts = _grams(ids, size, order)
        for k in range(order):
            top = k == order - 1
            # below the top: how many different (k+1)-grams end in this k-gram
            n = counts[k] if top else np.bincount(suffixes[k + 1], minlength=len(keys[k]))
            self.levels.append(_level(keys[k], n, size, contexts[k]))

    def score(self, ids: np.ndarray) -> np.ndarray:
        """The cost of each symbol given the ones before it, in nats, (N,) float64."""
        ids = np.asarray(ids, dtype="int64")
        probability = np.full(len(ids), 1.0 / self.size)
        context = np.zeros(len(ids), dtype="int64")  # the empty context, known everywhere
        for level in self.levels:
            key = context * self.size + ids
            at = np.minimum(np.searchsorted(level.keys, key), len(level.keys) - 1)
            known = context >= 0
            seen = known & (level.keys[at] == key)
            probability *= np.where(known, level.kept_back[context], 1.0)
            probability += np.where(seen, level.discounted[at], 0.0)
            gram = np.where(seen, at, -1)
            context = np.concatenate([[-1], gram[:-1]])
        return -np.log(probability)


def _grams(ids: np.ndarray, size: int, order: int) -> tuple[list, list, list, list]:
    """By order: the k-grams' keys, the (k-1)-gram that ends each, their counts; how many contexts."""
    keys, suffixes, counts, contexts = [], [], [], []
    before, number = np.zeros(len(ids), dtype="int64"), 1  # the (k-1)-gram that ends before each symbol
    last = None
    for _ in range(order):
        symbols = ids[len(ids) - len(before) :]
        unique, first, gram, count = np.unique(
            before * size + symbols, return_index=True, return_inverse=True, return_counts=True
        )
        keys.append(unique)
        counts.append(count)
        contexts.append(number)
        suffixes.append(None if last is None else last[1:][first])
        last, before, number = gram, gram[:-1], len(unique)
    return keys, suffixes, counts, contexts


def _level(keys: np.ndarray, n: np.ndarray, size: int, contexts: int) -> _Level:
    context = keys // size
    total = np.bincount(context, weights=n, minlength=contexts)
    taken = _discounts(n)[np.minimum(n, 3)]
    spread = np.bincount(context, weights=taken, minlength=contexts)
    # a context that only ends the text has no continuation: the lower order decides alone
    safe = np.maximum(total, 1)
    kept_back = np.where(total > 0, spread / safe, 1.0)
    return _Level(keys, (n - taken) / safe[context], kept_back)


def _discounts(n: np.ndarray) -> np.ndarray:
    """D(0) ... D(3+): Y = n1 / (n1 + 2 n2), D(i) = i - (i + 1) Y n_{i+1} / n_i, kept within 0 ... i."""
    n1, n2, n3, n4 = (max(int(np.count_nonzero(n == i)), 1) for i in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.clip(found, [0.0, 0.05, 0.05, 0.05], [0.0, 0.95, 1.95, 2.95])
