"""What is usual among the sentences that a translator was trained on: beyond it, its translations are guesses."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_models.text.words import unseen, words_of
from training.translation.evaluate import percent

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Translation, Translator
    from training.data.records import Pairs

DIGITS = "digits"
USUAL = 95  # per cent of the validation sentences lie within the limits
WORST = 25  # per cent of the sentences, by chrF, are called badly translated
TOGETHER = 256


@dataclass(frozen=True)
class Doubts:
    """Which sentences (N,) lie beyond each limit, as bool arrays, and beyond any."""

    long: np.ndarray
    unknown: np.ndarray
    unsure: np.ndarray

    @property
    def any(self) -> np.ndarray:
        return self.long | self.unknown | self.unsure


def known_words(sources: Sequence[str], language: str) -> set[str]:
    """The words of the training sources; none for digits, where every string is a word of its own."""
    return set() if language == DIGITS else {word for text in sources for word in words_of(text)}


def length(text: str, language: str) -> int:
    """How long a sentence is: in words, or in digits."""
    return len("".join(text.split())) if language == DIGITS else len(text.split())


def limits(model: "Translator", train: "Pairs", validation: "Pairs", beam: int, length_penalty: float) -> dict:
    """What scores.json keeps under "limits".

    longest         the length of the longest training sentence
    unknown_share   the 95th percentile, over the validation sentences, of the share of words not in training
    mean_nll        the 95th percentile of −log p a token of their own translations; languages only
    """
    language = model.settings["source_language"]
    found: dict[str, float] = {"longest": max(length(text, language) for text in train.sources)}
    if language == DIGITS:
        return found
    known = known_words(train.sources, language)
    shares = [unseen(text, known)[1] for text in validation.sources]
    doubts = [one.mean_nll for one in _translations(model, validation.sources, beam, length_penalty)]
    return found | {
        "unknown_share": round(float(np.percentile(shares, USUAL)), 4),
        "mean_nll": round(float(np.percentile(doubts, USUAL)), 4),
    }


def doubts(
    texts: Sequence[str], found: Sequence["Translation"], known: Set[str], limits: dict, language: str
) -> Doubts:
    """Which sentences lie beyond the limits of a model."""
    return Doubts(
        np.array([length(text, language) > limits["longest"] for text in texts]),
        np.array([unseen(text, known)[1] > limits.get("unknown_share", 1) for text in texts]),
        np.array([one.mean_nll > limits.get("mean_nll", np.inf) for one in found]),
    )


def report(model: "Translator", pairs: "Pairs", known: Set[str], limits: dict, beam: int, length_penalty: float) -> str:
    """How often sentences with a known translation are doubted, and how much worse those are translated."""
    from sacrebleu import sentence_chrf

    found = _translations(model, pairs.sources, beam, length_penalty)
    doubted = doubts(pairs.sources, found, known, limits, model.settings["source_language"])
    chrf = np.array([sentence_chrf(one.text, [right]).score for one, right in zip(found, pairs.targets, strict=True)])
    bad = chrf <= np.percentile(chrf, WORST)
    rows = [f"{'':<22}{'warned':>8}{'chrF':>8}{'others':>8}{'precision':>11}{'recall':>8}"]
    for name, chosen in _named(doubted):
        if chosen.any():
            right = float((chosen & bad).sum())
            usual = f"{chrf[~chosen].mean():.1f}" if not chosen.all() else "–"
            rows.append(
                f"{name:<22}{percent(chosen.mean()):>8}{chrf[chosen].mean():>8.1f}{usual:>8}"
                f"{percent(right / chosen.sum()):>11}{percent(right / bad.sum()):>8}"
            )
    rows.append(f"precision and recall are of the worst {WORST} % of {len(chrf):,} translations by chrF")
    return "\n".join(rows)


def report_of_others(
    model: "Translator", texts: Sequence[str], known: Set[str], limits: dict, beam: int, length_penalty: float
) -> str:
    """How often sentences of another kind, without known translations, are doubted."""
    found = _translations(model, texts, beam, length_penalty)
    doubted = doubts(texts, found, known, limits, model.settings["source_language"])
    rows = [f"{name:<22}{percent(chosen.mean()):>8}" for name, chosen in _named(doubted)]
    return "\n".join([f"{len(texts):,} other sentences, warned of", *rows])


def _named(found: Doubts) -> list[tuple[str, np.ndarray]]:
    return [
        ("too long", found.long),
        ("unknown words", found.unknown),
        ("unsure", found.unsure),
        ("any", found.any),
    ]


def _translations(model: "Translator", texts: Sequence[str], beam: int, length_penalty: float) -> list[Any]:
    """The sentences of the translations; a text of several is taken whole."""
    found: list[Any] = []
    for start in range(0, len(texts), TOGETHER):
        part = list(texts[start : start + TOGETHER])
        found += model.translate(part, beam=beam, length_penalty=length_penalty)
    return found
