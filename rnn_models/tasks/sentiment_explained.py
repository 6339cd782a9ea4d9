"""Why a classifier says what it says: word by word, what it believed, what it looked at, what would change."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import Sentiment, SentimentClassifier

MOST = 128
"""Of a text with more words so many are looked at for `running` and `removal`."""


@dataclass(frozen=True)
class Word:
    """One word (or token) of an explained text.

    Attributes:
        text, start, end: the word, and where it stands.
        attention: the share of attention pooling on its tokens; None for other poolings.
        evidence: (C,) what its tokens add to the score of each label.
        running: (C,) the labels' probabilities if the text ended after this word; None where not computed.
        removal: (C,) probabilities of the whole text less those of the text without this word; None where not
            computed.
    """

    text: str
    start: int
    end: int
    attention: float | None
    evidence: np.ndarray
    running: np.ndarray | None
    removal: np.ndarray | None


@dataclass(frozen=True)
class Explanation:
    """A verdict with its reasons.

    Attributes:
        verdict: what `predict` gives.
        words: in the order of the text.
        states: (T, H) the recurrent layers' state at each token.
        bias: (C,) what the scores are before anything is read: evidence and bias add up to the logits.
    """

    verdict: "Sentiment"
    words: list[Word]
    states: np.ndarray
    bias: np.ndarray


def explain(model: "SentimentClassifier", text: str, by: str = "word") -> Explanation:
    """Explain one text; see `SentimentClassifier.explain`."""
    if by not in ("word", "token"):
        raise ValueError(f"by is {by!r}; expected 'word' or 'token'.")
    if not isinstance(text, str):
        raise ValueError(f"text is {text!r}; expected one string.")
    verdict = model.predict(text)
    (ids,), _ = model.encode([text])
    groups = _groups(verdict, by)
    running, removal = _variants(model, ids, verdict, groups)
    words = []
    for (start, end, tokens), now, without in zip(groups, running, removal, strict=True):
        attention = None if verdict.attention is None else float(verdict.attention[tokens].sum())
        words.append(Word(text[start:end], start, end, attention, verdict.evidence[tokens].sum(axis=0), now, without))
    return Explanation(verdict, words, model.trace(ids), np.asarray(model.head.bias, dtype=np.float32))


def _groups(verdict: "Sentiment", by: str) -> list[tuple[int, int, list[int]]]:
    """Where each word begins and ends, and the numbers of its tokens. White space belongs to what follows."""
    if by == "token":
        return [(start, end, [n]) for n, (start, end) in enumerate(verdict.spans)]
    words = [match.span() for match in re.finditer(r"\S+", verdict.text)]
    tokens: list[list[int]] = [[] for _ in words]
    word = 0
    for n, (start, end) in enumerate(verdict.spans):
        first = next((c for c in range(start, end) if not verdict.text[c].isspace()), end)
        while word < len(words) - 1 and first >= words[word][1]:
            word += 1
        if words:
            tokens[word].append(n)
    return [(start, end, numbers) for (start, end), numbers in zip(words, tokens, strict=True) if numbers]


def _variants(model: "SentimentClassifier", ids: np.ndarray, verdict: "Sentiment", groups: list) -> tuple[list, list]:
    """The probabilities of the text's beginnings, and what changes without each word."""
    ends = {int(n) for n in np.linspace(0, len(groups) - 1, min(MOST, len(groups)))}
    weight = [np.abs(verdict.evidence[tokens].sum(axis=0)).max() for _, _, tokens in groups]
    heavy = {int(n) for n in np.argsort(weight)[::-1][:MOST]}
    beginnings = [ids[: groups[n][2][-1] + 1] for n in sorted(ends)]
    shortened = [np.delete(ids, groups[n][2]) for n in sorted(heavy)]
    found = model.probabilities_of([*beginnings, *shortened])
    running, removal = [None] * len(groups), [None] * len(groups)
    for n, row in zip(sorted(ends), found[: len(beginnings)], strict=True):
        running[n] = row
    for n, row in zip(sorted(heavy), found[len(beginnings) :], strict=True):
        removal[n] = verdict.probabilities - row
    return running, removal
