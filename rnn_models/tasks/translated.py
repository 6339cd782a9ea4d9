"""What a translator gives back, and how it is put together. NumPy only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnn_models.decoding.results import Alternative, Decoded, Lattice

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Translator


LENGTHS = (16, 32, 64, 128)
"""Sentences are padded to these lengths, and batches to these sizes, so that few programs are compiled."""
SIZES = (1, 8, 32, 64)


@dataclass(frozen=True)
class Sentence:
    """One translated sentence, with the evidence.

    Attributes:
        source, text: the sentence, and its translation.
        score: what the search ranks by: log p, divided by the length penalty in a beam search.
        source_tokens, tokens: the pieces that were read and written; "▁" begins a word, "</s>" ends a sentence.
        probabilities: (T,) of each token written, given all before it.
        attention: (T, S) where the network looked while it wrote each token; each row sums to 1. None for a
            model without attention.
        alternatives: the beam's sequences, best first (the first is `text`); none for other searches.
        lattice: what the beam kept at every step; None for other searches.
    """

    source: str
    text: str
    score: float
    source_tokens: list[str]
    tokens: list[str]
    probabilities: np.ndarray
    attention: np.ndarray | None
    alternatives: list[Alternative]
    lattice: Lattice | None = None


@dataclass(frozen=True)
class Translation:
    """A translated text: its sentences, joined as they stood in the source.

    `score` is the sum over the sentences, `tokens`, `source_tokens` and `probabilities` are theirs one after the
    other. In `attention` (T, S) each sentence looks at its own source only: elsewhere it is 0. `alternatives`
    are those of a text of one sentence.
    """

    source: str
    text: str
    sentences: list[Sentence]

    @property
    def score(self) -> float:
        return float(sum(sentence.score for sentence in self.sentences))

    @property
    def source_tokens(self) -> list[str]:
        return [token for sentence in self.sentences for token in sentence.source_tokens]

    @property
    def tokens(self) -> list[str]:
        return [token for sentence in self.sentences for token in sentence.tokens]

    @property
    def probabilities(self) -> np.ndarray:
        return np.concatenate([np.zeros(0, np.float32), *(s.probabilities for s in self.sentences)])

    @property
    def attention(self) -> np.ndarray | None:
        if any(sentence.attention is None for sentence in self.sentences):
            return None
        whole = np.zeros((len(self.tokens), len(self.source_tokens)), dtype=np.float32)
        row = column = 0
        for sentence in self.sentences:
            height, width = sentence.attention.shape
            whole[row : row + height, column : column + width] = sentence.attention
            row, column = row + height, column + width
        return whole

    @property
    def alternatives(self) -> list[Alternative]:
        return self.sentences[0].alternatives if len(self.sentences) == 1 else []


def joined_sentences(source: str, parts: Sequence[tuple[Sentence, str]]) -> Translation:
    """One text from its sentences and the white space after each."""
    text = "".join(sentence.text + after for sentence, after in parts)
    return Translation(source, text.strip(), [sentence for sentence, _ in parts])


def sentence_of(
    model: "Translator",
    source: str,
    ids: np.ndarray,
    tokens: np.ndarray,
    log_probs: np.ndarray,
    weights: np.ndarray | None,
    decoded: Decoded | None = None,
    row: int = 0,
) -> Sentence:
    """The result for one row that was decoded: `ids` (S,) were read, `tokens` (T,) written, `weights` (T, S')."""
    tokenizer, count = model.tokenizer, len(ids)
    if weights is not None:
        weights = weights[:, :count].astype(np.float32)
    order = reading_order(count, model.settings["reverse_source"])
    ids, weights = ids[order], None if weights is None else weights[:, order]
    alternatives = [] if decoded is None else decoded.alternatives(row, tokenizer.decode)
    score = alternatives[0].score if alternatives else float(log_probs.sum())
    lattice = None if decoded is None else decoded.lattice_of(row)
    return Sentence(
        source,
        tokenizer.decode(tokens),
        score,
        tokenizer.token_texts(ids),
        tokenizer.token_texts(tokens),
        np.exp(log_probs).astype(np.float32),
        weights,
        alternatives,
        lattice,
    )


def padded_length(length: int) -> int:
    """The length to which a sentence of `length` tokens is padded."""
    return next((n for n in LENGTHS if n >= length), -(-length // LENGTHS[-1]) * LENGTHS[-1])


def limit_of(length: int) -> int:
    """The most tokens that a translation of a sentence of `length` tokens may have, with whatever others it is read."""
    return 2 * padded_length(length) + 10


def batches_of(lengths: Sequence[int]) -> list[list[int]]:
    """The numbers of sentences that are read together: those that are padded to the same length."""
    groups: dict[int, list[int]] = {}
    for n in sorted(range(len(lengths)), key=lambda n: lengths[n]):
        groups.setdefault(padded_length(lengths[n]), []).append(n)
    return [group[n : n + SIZES[-1]] for group in groups.values() for n in range(0, len(group), SIZES[-1])]


def reading_order(count: int, backwards: bool) -> list[int]:
    """Where the encoder read each token of a sentence of `count`, its end included, which is always last."""
    return [*range(count - 2, -1, -1), count - 1] if backwards else list(range(count))


def padded_ids(rows: Sequence[np.ndarray], filler: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids (B, S) and their mask (B, S), both int32, in the smallest of the usual shapes that holds them.

    Rows that fill up a batch are copies of the last: they end when it ends.
    """
    length = padded_length(max(len(row) for row in rows))
    size = next((n for n in SIZES if n >= len(rows)), len(rows))
    tokens = np.full((size, length), filler, dtype=np.int32)
    mask = np.zeros((size, length), dtype=np.int32)
    for n in range(size):
        row = rows[min(n, len(rows) - 1)]
        tokens[n, : len(row)], mask[n, : len(row)] = row, 1
    return tokens, mask
