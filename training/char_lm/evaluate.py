"""The scores of a character model, and of an n-gram model beside it."""

import hashlib
from typing import TYPE_CHECKING

from training.char_lm.ngram import NGram

if TYPE_CHECKING:
    from rnn_models.text.characters import CharVocabulary
    from training.char_lm.data import Corpus


HIGHEST_ORDER = 10
"""No n-gram longer than this is tried."""


def splits(corpus: "Corpus", which: str = "all") -> dict[str, str]:
    """The parts of a corpus to score, by name.

    Raises:
        ValueError: the corpus has no such part.
    """
    parts = {"train": corpus.train, "validation": corpus.validation, "test": corpus.test}
    if which == "all":
        return {name: text for name, text in parts.items() if text and name != "train"}
    if not parts.get(which):
        raise ValueError(f"The corpus {corpus.name!r} has no {which} part.")
    return {which: parts[which]}


def summary(name: str, scores: dict[str, float]) -> str:
    """One line: the scores of one split."""
    return (
        f"{name:<11} {scores['nats']:.4f} nats = {scores['bits']:.4f} bits a character, "
        f"perplexity {scores['perplexity']:.3f}, {int(scores['characters']):,} characters"
    )


def ngram_scores(corpus: "Corpus", vocabulary: "CharVocabulary") -> dict[str, tuple[int, float]]:
    """Order and nats per character of an n-gram model on the held-out parts: same symbols, same split.

    The order is the one that is best on the validation part, at most `HIGHEST_ORDER`: where parts of files
    repeat, it would grow for ever. As in `CharLM.evaluate_text` the first symbol
    of a part is read, not scored.
    """
    train = vocabulary.encode(corpus.train)
    parts = {
        name: (vocabulary.encode(text), max(len(vocabulary.spans(text)) - 1, 1))
        for name, text in splits(corpus).items()
    }

    def scores(order: int) -> dict[str, tuple[int, float]]:
        model = NGram(train, len(vocabulary), order)
        return {n: (order, float(model.score(ids)[1:].sum() / size)) for n, (ids, size) in parts.items()}

    order = 8 if vocabulary.normalization == "NFD" else 5  # a syllable is two or three jamo
    best = scores(min(order, len(train)))
    while order < min(len(train), HIGHEST_ORDER):
        order += 1
        found = scores(order)
        if found["validation"][1] >= best["validation"][1]:
            break
        best = found
    return best


def text_sum(corpus: "Corpus") -> str:
    """The SHA-256 of the whole text as it was used: which text a score is of."""
    whole = corpus.train + corpus.validation + (corpus.test or "")
    return hashlib.sha256(whole.encode()).hexdigest()
