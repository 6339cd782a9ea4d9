"""The sentiment model at work: a text's verdict, the reasons word by word, two texts compared."""

import functools
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from apps.sentiment import PAGE, language, out_of_domain
from apps.sentiment.explained_text import ExplainedText, changed_words, usual_focus
from apps.sentiment.language import AUTO, TASK
from apps.shared import models, text_language, validation
from apps.shared.hints import Hint
from rnn_models.steps import finished

if TYPE_CHECKING:
    from rnn_models.tasks.sentiment import Word

TEXT_LIMIT = 5_000

CONCURRENCY = PAGE.concurrency


def explain_text(text: str | None, model: str = AUTO, focus: int | None = None) -> ExplainedText:
    """Let the model read a text and explain itself.

    Args:
        model: a name, or "auto" for the model of the text's language.
        focus: the label that words speak for or against; None for the usual one.
    """
    return finished(explain_text_in_steps(text, model, focus))


def explain_text_in_steps(
    text: str | None, model: str = AUTO, focus: int | None = None, field: str = "text"
) -> Generator[tuple[int, int], None, ExplainedText]:
    """As `explain_text`; yields how many versions of the text have been read, and how many there are.

    Args:
        field: the name of the field that the text comes from.
    """
    text = checked(text, field)
    with validation.user_errors():
        name, loaded = _model_for(text, model)
        explanation = yield from loaded.explain_in_steps(text)
    usual = usual_focus(loaded.labels, explanation.verdict.probabilities)
    return ExplainedText(name, loaded, explanation, usual if focus is None else focus, _hints(name, loaded, text))


def checked(text: str | None, field: str = "text") -> str:
    """The text, if there is one and it is within what the page offers; `field` is named by errors."""
    text = validation.text_within(text, TEXT_LIMIT, "The text", "글", field)
    if not text.strip():
        raise validation.no_text(field)
    return text


def _model_for(text: str, model: str) -> tuple[str, Any]:
    name = language.model_for(model, text)
    return name, models.get(name, TASK)


def _hints(name: str, loaded: Any, text: str) -> list[Hint]:
    _, (skipped,) = loaded.encode([text])
    found = out_of_domain.hints(text, loaded.tokenizer, language.TRAINED_ON.get(name))
    return [*found, out_of_domain.unread_middle(skipped)] if skipped else found


# For programs ----------------------------------------------------------------------------------------


def list_models() -> list[str]:
    """The names of the trained sentiment models."""
    return models.available(TASK)


def classify(text: str, model: str = AUTO) -> dict:
    """What a model thinks of a text.

    Args:
        text: at most 5,000 characters.
        model: a name that `sentiment_models` gives; "auto" takes the one of the text's language.

    Returns:
        `label`, `probability`, the `probabilities` of all labels, the `model`, and `hints`: reasons why it may
        only be guessing.
    """
    return classify_all([text], model)[0]


def classify_all(texts: Sequence[str], model: str = AUTO) -> list[dict]:
    """What `classify` says of each text; all texts of a model are read together, thousands a second.

    Raises:
        gr.Error: a text is empty or too long, or there is no such model.
    """
    texts = [checked(text) for text in texts]
    model = validation.text_within(model, validation.NAME_LIMIT, "The name of the model", "모델 이름")
    answers: list[dict] = [{}] * len(texts)
    model_of = functools.cache(language.model_of)
    with validation.user_errors():
        chosen: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            name = model_of(text_language.language(text)) if model in ("", AUTO) else model
            chosen.setdefault(name, []).append(place)
        for name, places in chosen.items():
            loaded = models.get(name, TASK)
            found = loaded.probabilities([texts[place] for place in places])
            for place, probabilities in zip(places, found, strict=True):
                answers[place] = _prediction(name, loaded, probabilities, _hints(name, loaded, texts[place]))
    return answers


def explain(text: str, model: str = AUTO, by: Literal["word", "token"] = "word") -> dict:
    """Why a model thinks so of a text: word by word, or token by token.

    Args:
        text: at most 5,000 characters.
        model: a name that `sentiment_models` gives; "auto" takes the one of the text's language.
        by: "word" (what stands between white space) or "token" (the pieces that the model reads).

    Returns:
        What `classify` gives; the `bias` of each label's score; and `words`, each with `text`, `start`, `end`,
        `attention` (its share of the model's attention), `evidence` (what it adds to the score of each label),
        `running` (the probabilities if the text ended after it) and `removal` (the probabilities of the text
        less those of the text without it). In a long text the last two are null for some words.
    """
    text = checked(text)
    if by not in ("word", "token"):
        raise validation.refusal(
            f"by is {str(by)[:40]!r}; expected 'word' or 'token'.",
            f"by 값이 {str(by)[:40]!r}입니다. 'word'(낱말)나 'token'(토큰)을 써 주세요.",
        )
    with validation.user_errors():
        name, loaded = _model_for(text, model)
        explanation = loaded.explain(text, by)
    return {
        **_prediction(name, loaded, explanation.verdict.probabilities, _hints(name, loaded, text)),
        "bias": _named(loaded.labels, explanation.bias),
        "words": [_word(loaded.labels, word) for word in explanation.words],
    }


def compare(a: str, b: str, model: str = AUTO) -> dict:
    """Two texts, such as one and its edited copy, read by the same model.

    Args:
        a: at most 5,000 characters.
        b: at most 5,000 characters.
        model: a name that `sentiment_models` gives; "auto" takes the one of the language of `a`.

    Returns:
        `a` and `b`, each as `classify` gives it and with `changed`, the words that the other one does not have
        there; and `change`, the probabilities of `b` less those of `a`.
    """
    first, second = explain_both(a, b, model)
    changed = changed_words(first, second)
    sides = {
        side: {
            **_prediction(reading.model, reading.loaded, reading.explanation.verdict.probabilities, reading.hints),
            "changed": [reading.words[n].text for n in sorted(numbers)],
        }
        for side, reading, numbers in zip("ab", (first, second), changed, strict=True)
    }
    change = second.explanation.verdict.probabilities - first.explanation.verdict.probabilities
    return {**sides, "change": _named(first.labels, change)}


def explain_both(a: str | None, b: str | None, model: str = AUTO) -> tuple[ExplainedText, ExplainedText]:
    """Two texts, both read by the model of the first one's language, and with the first one's focus."""
    return finished(explain_both_in_steps(a, b, model))


def explain_both_in_steps(
    a: str | None, b: str | None, model: str = AUTO
) -> Generator[tuple[int, int], None, tuple[ExplainedText, ExplainedText]]:
    """As `explain_both`; yields how many versions of the text that is being read have been read, of how many."""
    checked(b, "b")  # before the first is read, which takes a moment
    first = yield from explain_text_in_steps(a, model, field="a")
    second = yield from explain_text_in_steps(b, first.model, first.focus, "b")
    return first, second


def _prediction(name: str, loaded: Any, probabilities: np.ndarray, hints: list[Hint]) -> dict:
    best = int(probabilities.argmax())
    return {
        "label": loaded.labels[best],
        "probability": round(float(probabilities[best]), 6),
        "probabilities": _named(loaded.labels, probabilities),
        "model": name,
        "hints": [hint.english for hint in hints],
    }


def _word(labels: list[str], word: "Word") -> dict:
    return {
        "text": word.text,
        "start": word.start,
        "end": word.end,
        "attention": None if word.attention is None else round(word.attention, 6),
        "evidence": _named(labels, word.evidence),
        "running": None if word.running is None else _named(labels, word.running),
        "removal": None if word.removal is None else _named(labels, word.removal),
    }


def _named(labels: list[str], values: np.ndarray) -> dict[str, float]:
    return {label: round(float(value), 6) for label, value in zip(labels, values, strict=True)}
