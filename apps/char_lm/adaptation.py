"""Dynamic evaluation (Krause et al. 2018) of a visitor's text: the model goes on learning while it reads."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from apps.char_lm import PAGE, surprisal
from apps.shared import models, validation

RATE = 0.1
LEAST_RATE, MOST_RATE = 0.01, 0.3
SEGMENT = 20
"""So many symbols are scored before they are learnt from."""


def dynamic_evaluation(text: str, model: str = "", rate: float = RATE) -> dict:
    """How surprised a model is by each character of a text, as trained, and with weights that go on learning.

    Args:
        text: at most 5,000 characters.
        model: a name that `char_lm_models` gives; "" takes the first of them.
        rate: the learning rate of the second reading, 0.01 to 0.3.

    Returns:
        `characters`, `nats` and `mean_nats` as `score`; `adapted_nats` and `adapted_mean_nats` of the second reading.
    """
    rate, found = checked_rate(rate), surprisal.score(text, model)
    with validation.user_errors():
        loaded = models.get(model or models.first(PAGE), PAGE.task)
        *_, adapted = read(loaded, surprisal.checked(text), rate)
    return {
        **{name: found[name] for name in ("characters", "nats", "mean_nats")},
        "adapted_nats": [round(float(value), 4) for value in adapted],
        "adapted_mean_nats": surprisal.means(adapted.tolist())["mean_nats"],
    }


def checked_rate(rate: float | None) -> float:
    """The learning rate, if it is within what the page offers."""
    return validation.number(rate, LEAST_RATE, MOST_RATE, "The learning rate", "학습률", "rate")


def read(loaded: Any, text: str, rate: float = RATE) -> Iterator[np.ndarray]:
    """−log p of each character so far, in nats, after each segment; the last are those of `CharLM.score(adapt=)`.

    The model itself stays as it was: the weights that learn belong to this reading alone.
    """
    from rnn_models.tasks.dynamic_evaluation import Adaptation, AdaptiveReader

    vocabulary, reader = loaded.vocabulary, models.derived(loaded, AdaptiveReader)
    ids = np.concatenate([vocabulary.encode("\n")[:1], vocabulary.encode(text)])
    starts = np.concatenate([[0], np.cumsum(vocabulary.spans(text))])  # the first symbol of each character, and the end
    nats = np.zeros(0, dtype=np.float32)
    for part in reader.read(ids, Adaptation(rate, SEGMENT)):
        nats = np.concatenate([nats, part])
        whole = int(np.searchsorted(starts, len(nats), side="right")) - 1
        yield np.add.reduceat(nats, starts[:whole])[:whole] if whole else nats[:0]


def moving_mean(nats: np.ndarray, window: int) -> np.ndarray:
    """At each place the mean of the last `window` values; at the first places of fewer."""
    sums = np.concatenate([[0.0], np.cumsum(nats, dtype=np.float64)])
    ends = np.arange(1, len(nats) + 1)
    starts = np.maximum(0, ends - window)
    return (sums[ends] - sums[starts]) / (ends - starts)


def gains(characters: str, plain: np.ndarray, adapted: np.ndarray) -> list[tuple[str, int, float, float]]:
    """For each word: itself, where it begins, and the nats of its characters in both readings."""
    words, start = [], None
    for place, character in enumerate(characters + " "):
        if not character.isspace():
            start = place if start is None else start
        elif start is not None:
            part = slice(start, place)
            words.append((characters[part], start, float(plain[part].sum()), float(adapted[part].sum())))
            start = None
    return words
