"""HTML that translation and captioning share: a text, a card, the beam's other texts, two texts compared."""

import html
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apps.shared.formatting import number, visible
from apps.shared.languages import both

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption
    from rnn_models.tasks.translation import Translation
from typing import TYPE_CHECKING

LISTED = 5  # of the beam's sentences

WAITING = '<span class="rnn-waiting">…</span>'
LOADING = f'<span class="rnn-waiting">{both("Loading the model…", "모델을 불러오는 중…")}</span>'
GREEDY, BEAM = both("Greedy", "그리디"), both("Beam", "빔")


def text_of(text: str) -> str:
    """A text as it is, with its line ends, whatever direction it runs in; HTML."""
    return f'<span class="rnn-said" dir="auto" translate="no">{html.escape(visible(text))}</span>'


def card(title: str, answer: str, below: str = "", writing: bool = False) -> str:
    """A translation under a title.

    Args:
        title, answer, below: HTML.
        writing: more is to come.
    """
    kind = "rnn-translation rnn-writing" if writing else "rnn-translation"
    return f'<section class="{kind}"><h3>{title}</h3><p class="rnn-answer">{answer}</p>{below}</section>'


def looked(english: str, korean: str) -> str:
    """The heading of a map of attention: while what was written, "the translation of the beam", "빔의 번역을"."""
    told = both(f"Where it looked while it wrote {english}", f"{korean} 쓰는 동안 주의를 둔 곳")
    return f'<h4 class="rnn-looked">{told}</h4>'


def side_by_side(parts: Iterable[str], kind: str = "") -> str:
    """HTML beside HTML, where the screen is wide enough."""
    return f'<div class="rnn-sides{kind and f" {kind}"}">{"".join(parts)}</div>'


def alternatives(found: "Translation | Caption") -> str:
    """The other sentences that a beam ended with; "" for a text of several sentences."""
    others = found.alternatives[1:LISTED]
    rows = "".join(
        f"<li>{text_of(text)} <small>{both('score', '점수')} {number(score, 3)}</small></li>" for text, score in others
    )
    return f'<ol class="rnn-others" start="2">{rows}</ol>' if rows else ""


# Two of a sentence -----------------------------------------------------------------------------------


def difference(before: str, after: str) -> tuple[str, str]:
    """Two texts as HTML, the first word in which they differ marked in both."""
    start = len(os.path.commonprefix([before, after]))
    return _marked(before, start), _marked(after, start)


def _marked(text: str, start: int) -> str:
    start = text.rfind(" ", 0, start) + 1 if text[start : start + 1].strip() and " " in text else start
    ending = text.find(" ", start)
    ending = len(text) if ending < 0 else ending
    inside = html.escape(visible(text[start:ending])) or "⌁"
    left, right = (html.escape(visible(part)) for part in (text[:start], text[ending:]))
    return f'<span class="rnn-said" dir="auto" translate="no">{left}<mark>{inside}</mark>{right}</span>'


def common_prefix(one: list[str], other: list[str]) -> int:
    """How many tokens two sentences begin with in common."""
    return len(os.path.commonprefix([one, other]))
