"""What decoding gives back: tokens as arrays (`Decoded`), and a text with its evidence (`GeneratedText`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from keras import tree


class Candidates(NamedTuple):
    """The likeliest tokens at every step, likeliest first: ids and probabilities, both (B, T, K)."""

    ids: np.ndarray
    probabilities: np.ndarray


class Hypotheses(NamedTuple):
    """All the sequences that a beam ended with, best first.

    tokens (B, W, T), lengths (B, W), log_probs (B, W, T), scores (B, W). Where fewer than W sequences
    exist, the rest have the score -inf.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    log_probs: np.ndarray
    scores: np.ndarray


class Lattice(NamedTuple):
    """What a beam search kept at every step: tokens, which of the W before each continues, its log p.

    All (B, T, W). Before the first step only hypothesis 0 exists; log_probs of -1e29 or less are of none.
    """

    tokens: np.ndarray
    parents: np.ndarray
    log_probs: np.ndarray


class Alternative(NamedTuple):
    """Another text that a beam ended with, and its score."""

    text: str
    score: float


@dataclass(frozen=True)
class Decoded:
    """What was decoded, as NumPy arrays.

    tokens (B, T): T steps were taken; a row that ended is filled up with the end token.
    lengths (B,): the tokens of each row before its end token.
    log_probs (B, T): the model's own log-probability of each token (temperature 1, nothing cut off,
        forbidden tokens out); 0 after the end token.
    candidates: the likeliest tokens of the model's own distribution at every step, if asked for.
    extras: what `step` gave as its third item, each array stacked to (B, T, ...); else None.
    hypotheses: with `Beam`, all hypotheses; the other fields are those of the best one.
    lattice: with `Beam`, what was kept at every step.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    log_probs: np.ndarray
    candidates: Candidates | None = None
    extras: Any = None
    hypotheses: Hypotheses | None = None
    lattice: Lattice | None = None

    def steps(self, row: int) -> slice:
        """The steps of one row, its end token included."""
        length = self.lengths[row]
        return slice(length + (length < self.tokens.shape[1]))

    def alternatives(self, row: int, decode: Callable[[np.ndarray], str]) -> list[Alternative]:
        """What the beam ended with in one row, best first; none for other searches."""
        found = self.hypotheses
        if found is None:
            return []
        exist = [n for n in range(found.scores.shape[1]) if np.isfinite(found.scores[row, n])]
        texts = [decode(found.tokens[row, n, : found.lengths[row, n]]) for n in exist]
        return [Alternative(text, float(found.scores[row, n])) for text, n in zip(texts, exist, strict=True)]

    def lattice_of(self, row: int) -> Lattice | None:
        """What the beam kept in one row, (T, W) each; None for other searches."""
        return None if self.lattice is None else Lattice(*(array[row] for array in self.lattice))


@dataclass(frozen=True, kw_only=True)
class GeneratedText:
    """A text that a model wrote, with the evidence. T tokens were written, S places of the source could be looked at.

    Attributes:
        text: the text.
        tokens: the T tokens, "</s>" last where the text ended; "▁" begins a word of sub-words.
        log_probs: (T,) log p of each token, given all before it.
        search_score: what the search ranked by: `score` of its length penalty; log p for greedy and random search.
        attention: (T, S) where the network looked while it wrote each token; each row sums to 1. None for a model
            without attention.
        alternatives: the beam's texts, best first (the first is `text`); none for other searches.
        lattice: what the beam kept at every step; None for other searches.
    """

    text: str
    tokens: list[str]
    log_probs: np.ndarray
    search_score: float
    attention: np.ndarray | None = None
    alternatives: list[Alternative] = field(default_factory=list)
    lattice: Lattice | None = None

    @property
    def probabilities(self) -> np.ndarray:
        """(T,) p of each token, given all before it."""
        return np.exp(self.log_probs)

    @property
    def log_prob(self) -> float:
        """log p of the whole text."""
        return float(self.log_probs.sum(dtype=np.float64))

    @property
    def mean_nll(self) -> float:
        """The mean of −log p of a token, in nats."""
        return -float(self.log_probs.mean(dtype=np.float64))

    def score(self, length_penalty: float) -> float:
        """What a beam search of that length penalty ranks by, whichever search wrote the text."""
        return penalised(self.log_prob, len(self.tokens), length_penalty)

    @property
    def attention_entropy(self) -> np.ndarray | None:
        """(T,) how spread out the attention is at each token, in bits: 0 for one place, log₂ S for all alike."""
        return None if self.attention is None else entropy(self.attention)


def entropy(weights: np.ndarray) -> np.ndarray:
    """−Σ w log₂ w over the last axis, in bits."""
    weights = np.asarray(weights, dtype=np.float64)
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.abs((weights * logs).sum(axis=-1))


def penalised(log_prob: Any, length: Any, length_penalty: float) -> Any:
    """log p / ((5 + n) / 6)^length_penalty of a sequence of n tokens (Wu et al., 2016, arXiv:1609.08144, eq. 14)."""
    return log_prob / ((5 + length) / 6) ** length_penalty


def traced_back(
    tokens: np.ndarray,
    parents: np.ndarray,
    log_probs: np.ndarray,
    extras: list,
    totals: np.ndarray,
    lengths: np.ndarray,
    ended: np.ndarray,
    exist: np.ndarray,
    length_penalty: float,
) -> Decoded:
    """Follow every hypothesis from its last token back to its first.

    `tokens`, `parents` and `log_probs` are (T, B, W), extras (T, B·W, ...); the arrays after them (B, W) are
    about whole hypotheses. Where not `exist`, there is none.
    """
    steps, batch, width = tokens.shape
    rows = np.arange(batch)[:, None]
    beam = np.tile(np.arange(width), (batch, 1))
    path = np.empty((steps, batch, width), dtype=int)  # which beam each token was the continuation of
    chosen, gained = np.empty_like(tokens), np.empty_like(log_probs)
    for t in reversed(range(steps)):
        chosen[t], gained[t] = tokens[t][rows, beam], log_probs[t][rows, beam]
        beam = path[t] = parents[t][rows, beam]
    check_finite(np.moveaxis(gained, 0, 2)[exist])
    chosen, gained = (np.moveaxis(array, 0, 2) for array in (chosen, gained))
    scores = np.where(exist, penalised(totals, lengths, length_penalty), -np.inf)
    hypotheses = Hypotheses(chosen, (lengths - ended).astype(np.int32), gained, scores.astype(np.float32))

    def of_the_best(array: np.ndarray) -> np.ndarray:
        array = array.reshape(steps, batch, width, *array.shape[2:])
        return np.stack([array[t, np.arange(batch), path[t, :, 0]] for t in range(steps)], axis=1)

    best = (array[:, 0] for array in hypotheses[:3])
    extras = tree.map_structure(of_the_best, extras[0]) if extras else None
    lattice = Lattice(*(np.moveaxis(array, 0, 1) for array in (tokens, parents, log_probs)))
    return Decoded(*best, extras=extras, hypotheses=hypotheses, lattice=lattice)


def joined(pieces: list[Decoded]) -> Decoded:
    """One result from the pieces of a stream."""

    def together(*arrays: np.ndarray) -> np.ndarray:
        return np.concatenate(arrays, axis=1)

    first = pieces[0]
    return Decoded(
        tokens=together(*(piece.tokens for piece in pieces)),
        lengths=np.sum([piece.lengths for piece in pieces], axis=0, dtype=np.int32),
        log_probs=together(*(piece.log_probs for piece in pieces)),
        candidates=first.candidates and Candidates(*map(together, *(piece.candidates for piece in pieces))),
        extras=None if first.extras is None else tree.map_structure(together, *(piece.extras for piece in pieces)),
    )


def lengths_of(tokens: np.ndarray, end_token: int | None, before: np.ndarray) -> np.ndarray:
    """How many tokens each row has before its end token; 0 where it had ended `before`."""
    if end_token is None:
        return np.full(len(tokens), tokens.shape[1], dtype=np.int32)
    inside = np.cumprod(tokens != end_token, axis=1, dtype=np.int32).sum(axis=1, dtype=np.int32)
    return np.where(before, np.int32(0), inside)


def check_finite(log_probs: np.ndarray) -> None:
    """Raise a ValueError where a model gave NaN."""
    if np.isnan(log_probs).any():
        raise ValueError(
            "the model gave logits that are not numbers (NaN); expected finite ones. Its weights or its "
            "states are damaged: load the last good ones."
        )
