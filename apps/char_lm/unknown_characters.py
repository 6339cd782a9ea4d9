"""Characters that a model cannot read: what it reads instead, and which model reads more of them."""

import html
import itertools
from typing import Any

import gradio as gr

from apps.char_lm import PAGE
from apps.shared import model_titles, models, validation
from apps.shared.languages import both

SHOWN = 12


def note(vocabulary: Any, text: str) -> str:
    """HTML that counts the characters outside a vocabulary and says what is read for each; "" without any.

    Below it stands a button with the model that reads most of the text, if another one reads more.
    """
    unknown = vocabulary.unknown(text)
    if not unknown:
        return ""
    shown = itertools.islice(unknown.items(), SHOWN)
    pairs = ", ".join(f"<code>{_sign(given)}</code> → <code>{_sign(taken)}</code>" for given, taken in shown)
    more = f" … +{len(unknown) - SHOWN}" if len(unknown) > SHOWN else ""
    told = both("not in this model’s alphabet, and what it reads instead", "이 모델이 모르는 글자와 그 대신 읽는 글자")
    count = f"<strong>{len(unknown):,}</strong> {both('characters', '글자')}"
    return f'<div class="rnn-unknown">{count} {told}: {pairs}{more}. {_advice(vocabulary, text)}</div>'


def best_reader(text: str) -> tuple[str, int]:
    """The model that reads most characters of a text, and how many different ones it does not know.

    Raises:
        ValueError: there is no model.
    """
    first = models.first(PAGE)
    names = sorted(models.available(PAGE.task), key=lambda name: (name != first, name))
    counts = {name: count for name in names if (count := _unknown_to(name, text)) is not None}
    best = min(counts, key=counts.__getitem__, default=first)
    return best, counts.get(best, 0)


def chosen(event: gr.EventData) -> Any:
    """The model whose button was clicked."""
    name = validation.clicked(event, "model")
    if name is None and validation.clicked(event, "n") is not None:
        return gr.skip()  # another button of the same result: it keeps the seed
    if name not in models.available(PAGE.task):
        raise validation.refusal("There is no such model.", "그런 모델이 없습니다.")
    return name


def _advice(vocabulary: Any, text: str) -> str:
    """A button for the model that reads more, or that there is none."""
    name, left = best_reader(text)
    if left >= len(vocabulary.unknown(text)):
        return both("No model here reads more of them.", "이 글자를 더 많이 읽는 모델은 없습니다.")
    reads = both("reads all of them", "모두 읽음") if not left else both(f"all but {left}", f"{left}자만 모름")
    return (
        f'<button type="button" class="rnn-choice" data-model="{html.escape(name)}">'
        f"{both('Choose', '모델 선택')}: {model_titles.title_html(PAGE, name)} ({reads})</button>"
    )


def _unknown_to(name: str, text: str) -> int | None:
    """How many different characters of a text a model does not know; None for a broken bundle."""
    from rnn_models import CharVocabulary

    try:
        vocabulary = CharVocabulary.from_config(models.settings(name, PAGE.task)["vocabulary"])
    except (KeyError, TypeError, ValueError):
        return None
    return len(vocabulary.unknown(text))


def _sign(text: str) -> str:
    """A character, or its code where there would be nothing to see."""
    visible = text.isprintable() and not text.isspace()
    return html.escape(text if visible else " ".join(f"U+{ord(character):04X}" for character in text))
