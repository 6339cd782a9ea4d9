"""A text whose characters can be pointed at: each shows its probability and its likeliest rivals.

The component's value is text, one JSON record a line: `{"prompt": ...}` first, then for each symbol
`[symbol, nats, rival, probability, rival, probability, ...]`, or for each character
`{"text": character, "symbols": [such records]}`. While a model writes, lines are only added, so that Gradio
sends, and `assets/character_view.js` reads, only what is new. The script puts text into the page as text:
nothing that a visitor or a model wrote is ever read as markup.
"""

import html
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from apps.shared.assets import asset
from apps.shared.languages import html_of, label

HINT = label("Hover or tap a character, or step with ← →", "글자를 가리키거나 누르거나 ← → 키로 옮겨 보세요")
LEAST_PROBABILITY = 1e-30  # a float32 softmax may round to 0


def view(title: str, hint: str = HINT, **properties: Any) -> gr.HTML:
    """The component, empty. `title` names it for the eye and for a screen reader."""
    name = html.escape(title)
    return gr.HTML(
        value="",
        html_template=f"""<section class="rnn-characters" data-figure="text"><h3>{html_of(title)}</h3>
<div class="rnn-text" tabindex="0" role="group" aria-label="{name}" data-count="0">\
<span class="rnn-prompt"></span><span class="rnn-written"></span></div>
<div class="rnn-inspector">{html_of(hint)}</div></section>""",
        js_on_load=asset("char_lm", "character_view.js"),
        apply_default_css=False,
        **properties,
    )


def prompt_line(prompt: str = "") -> str:
    """The first line: what was there before the model wrote."""
    return _line({"prompt": prompt})


@dataclass(frozen=True)
class Symbol:
    """A symbol, how surprising it was in nats, and the likeliest (symbol, probability) at its place."""

    text: str
    nats: float
    rivals: Sequence[tuple[str, float]] = ()


def symbol_line(symbol: Symbol) -> str:
    """One symbol; the page joins those that make one character (jamo, accents)."""
    return _line(_record(symbol))


def character_line(text: str, symbols: Sequence[Symbol]) -> str:
    """One character as it stands in a text, and the symbols that were read for it."""
    return _line({"text": text, "symbols": [_record(symbol) for symbol in symbols]})


def nats(probability: float) -> float:
    """-ln p, finite also where float32 rounded p to 0."""
    return -math.log(max(float(probability), LEAST_PROBABILITY))


def _record(symbol: Symbol) -> list[str | float]:
    record: list[str | float] = [symbol.text, round(float(symbol.nats), 4)]
    for rival, probability in symbol.rivals:
        record += [rival, round(float(probability), 5)]
    return record


def _line(record: Any) -> str:
    # "<" never occurs as such, so that the value holds no tag, whatever somebody typed.
    return json.dumps(record, ensure_ascii=True).replace("<", "\\u003c") + "\n"
