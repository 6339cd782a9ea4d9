"""CIDEr-D of single captions, against document frequencies that are counted once: a reward for training."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

ORDERS = 4
SIGMA = 6.0

_CACHE = 50_000
"""So many captions' vectors are kept at most, some 7 KB each."""


@dataclass(frozen=True)
class DocumentFrequencies:
    """How rare each n-gram is in a set of documents, which are pictures with their captions.

    Attributes:
        weights: log(documents / df) of each n-gram, a tuple of words; df is in how many documents it stands.
        unseen: log(documents), for n-grams that stand in none.
    """

    weights: dict[tuple[str, ...], float]
    unseen: float
    _vectors: dict[str, "_Vector"] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class _Vector:
    """TF-IDF of a caption's n-grams; `norms` of those of each order; `length` in bigrams, as the reference has it."""

    weights: dict[tuple[str, ...], float]
    norms: list[float]
    length: int


def document_frequencies(documents: Sequence[Sequence[str]]) -> DocumentFrequencies:
    """Count the n-grams, n = 1 to 4, of documents with several captions each.

    Captions are words with spaces between (`caption_tokenizer.words`, joined).

    Raises:
        ValueError: no documents, or one string where several captions are expected.
    """
    _check(documents, "documents")
    if not documents:
        raise ValueError("There are no documents; expected at least one picture's captions.")
    counts: Counter[tuple[str, ...]] = Counter()
    for captions in documents:
        counts.update({gram for caption in captions for gram in _ngrams(caption)})
    unseen = math.log(len(documents))
    return DocumentFrequencies({gram: unseen - math.log(count) for gram, count in counts.items()}, unseen)


def cider_d(found: Sequence[str], wanted: Sequence[Sequence[str]], frequencies: DocumentFrequencies) -> np.ndarray:
    """CIDEr-D of each caption (Vedantam et al. 2015, arXiv:1411.5726, section 4), (N,) float64 of 0 to 10.

        g_n(c) = the TF-IDF of c's n-grams: how often each stands in c, times log(documents / df)
        s_n(c, r) = min(g_n(c), g_n(r)) · g_n(r) / (|g_n(c)| |g_n(r)|)
        CIDEr-D(c, R) = 10/4 Σ_n mean_{r in R} s_n(c, r) exp(-(l(c) - l(r))² / 2σ²)

    with n from 1 to 4 and σ = 6. As in the reference scripts lengths are counted in bigrams, and scores are
    customarily given without the factor that would make them 0 to 1. With the frequencies of `wanted` itself the
    scores are those of pycocoevalcap.

    Args:
        found: (N,) captions, words with spaces between (`caption_tokenizer.words`, joined).
        wanted: (N,) times one or more captions of the same kind. Their vectors are kept with the frequencies, so that
            asking for the same references again is quick.

    Raises:
        ValueError: another number of references, or a caption without any.
    """
    _check(wanted, "wanted")
    if isinstance(found, str) or len(found) != len(wanted):
        raise ValueError(f"There are {len(found):,} captions and references for {len(wanted):,}; expected as many.")
    empty = next((n for n, captions in enumerate(wanted) if not captions), None)
    if empty is not None:
        raise ValueError(f"wanted[{empty}] is empty; expected at least one reference for each caption.")
    scores = np.zeros(len(found))
    for n, (caption, references) in enumerate(zip(found, wanted, strict=True)):
        vector = _vector(caption, frequencies)
        total = sum(_similarity(vector, _kept_vector(reference, frequencies)) for reference in references)
        scores[n] = 10 / ORDERS * total / len(references)
    return scores


def _similarity(found: _Vector, wanted: _Vector) -> float:
    """The sum of the four orders."""
    products = [0.0] * ORDERS
    for gram, weight in found.weights.items():
        other = wanted.weights.get(gram)
        if other is not None:
            products[len(gram) - 1] += min(weight, other) * other
    norms = zip(found.norms, wanted.norms, strict=True)
    cosines = (p / (a * b) if a and b else p for p, (a, b) in zip(products, norms, strict=True))
    return sum(cosines) * math.exp(-((found.length - wanted.length) ** 2) / (2 * SIGMA**2))


def _kept_vector(caption: str, frequencies: DocumentFrequencies) -> _Vector:
    kept = frequencies._vectors
    if caption not in kept:
        if len(kept) >= _CACHE:
            kept.clear()
        kept[caption] = _vector(caption, frequencies)
    return kept[caption]


def _vector(caption: str, frequencies: DocumentFrequencies) -> _Vector:
    weights = {
        gram: count * frequencies.weights.get(gram, frequencies.unseen) for gram, count in _ngrams(caption).items()
    }
    squares = [0.0] * ORDERS
    for gram, weight in weights.items():
        squares[len(gram) - 1] += weight * weight
    return _Vector(weights, list(map(math.sqrt, squares)), max(0, len(caption.split()) - 1))


def _ngrams(caption: str) -> Counter[tuple[str, ...]]:
    words = tuple(caption.split())
    return Counter(words[n : n + order] for order in range(1, ORDERS + 1) for n in range(len(words) - order + 1))


def _check(captions: Sequence[Sequence[str]], name: str) -> None:
    wrong = next((n for n, several in enumerate(captions) if isinstance(several, str)), None)
    if wrong is not None:
        raise ValueError(f"{name}[{wrong}] is one string, {captions[wrong]!r}; expected a list of captions.")
