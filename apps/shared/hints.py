"""Reasons not to believe an answer: a model answers whatever it is given, and the page says where it is guessing."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from apps.shared.languages import sentences


@dataclass(frozen=True)
class Hint:
    """A reason: a few words for a table, a sentence in English and in Korean, all of them plain text."""

    short: str
    english: str
    korean: str


def hints_html(found: Sequence[Hint], below: str = "") -> str:
    """The hints as HTML, with HTML below them; "" without any."""
    lines = "".join(f"<p>{sentences(html.escape(hint.english), html.escape(hint.korean))}</p>" for hint in found)
    if not lines:
        return ""
    return f'<div class="rnn-hints" role="note"><b aria-hidden="true">?</b><div>{lines}{below}</div></div>'
