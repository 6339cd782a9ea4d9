"""A text coloured by numbers: orange above zero, blue below, each to be read when it is pointed at; HTML."""

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from apps.shared.assets import asset
from apps.shared.formatting import sign as visible_sign
from apps.shared.formatting import signed
from apps.shared.languages import both, label, sentences

HINT = sentences("Point at or tap a character, or step with ← →.", "글자를 가리키거나 누르거나 ← → 키로 옮겨 보세요.")
STRONGEST = 12
CONTEXT = 16
SHOWN_GAPS = {"\n": "↵\n", "\t": "⇥"}


@dataclass(frozen=True)
class Piece:
    """What is coloured at once: a character as it stands in the text, or a token; and what was before it, unread."""

    before: str
    text: str
    value: float
    detail: str


@dataclass(frozen=True)
class Track:
    """A text in one colouring.

    Attributes:
        title: HTML.
        pieces: the text.
        marked: the numbers of the pieces that are framed, such as a stretch.
    """

    title: str
    pieces: Sequence[Piece]
    marked: range = range(0)


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is made of `tracks`."""
    return gr.HTML("", js_on_load=asset("cells", "text_view.js"), apply_default_css=False, **properties)


def pieces_of(reading: Any, values: np.ndarray, decimals: int = 2) -> list[Piece]:
    """The pieces of a reading: the jamo of a syllable are one, with the value of the last, and all in `detail`."""
    found: list[Piece] = []
    text_of_row, end, row = "", 0, -1
    for step, value in enumerate(values):
        gap = ""
        if reading.rows[step] != row:
            gap, row, end = ("\n\n" if row >= 0 else ""), int(reading.rows[step]), 0
            text_of_row = reading.texts[row]
        begin, stop = int(reading.begins[step]), int(reading.ends[step])
        if stop <= begin:
            continue  # the sign that ends a sentence has no characters
        gap += text_of_row[end:begin]
        piece, end = text_of_row[begin:stop], stop
        last = found[-1] if found and not gap else None
        joined = unicodedata.normalize("NFC", last.text + piece) if last else ""
        number = signed(float(value), decimals)
        if last and len(joined) == len(last.text) and joined != last.text:
            found[-1] = Piece(last.before, joined, float(value), f"{last.detail} {number}")
        else:
            found.append(Piece(gap, piece, float(value), number))
    return found


def tracks(given: Sequence[Track], what: str, full: float | None = None) -> str:
    """Texts one under the other, in colours of one scale.

    Args:
        what: HTML, what the numbers are.
        full: the value at which the colour is full; None: the largest of all.
    """
    if full is None:
        full = max([1e-6, *(abs(piece.value) for track in given for piece in track.pieces)])
    return "".join(_track(track, what, full) for track in given)


def _track(track: Track, what: str, full: float) -> str:
    spans = "".join(_span(n, piece, full, n in track.marked) for n, piece in enumerate(track.pieces))
    return f"""<section class="rnn-cell-track" data-figure="cell"><h4>{track.title}</h4>
{_legend(what, full)}
<div class="rnn-cell-text" tabindex="0" role="group" aria-label="{TEXT}" dir="auto">{spans}</div>
<div class="rnn-cell-told" aria-live="polite">{HINT}</div>{_table(track)}</section>"""


TEXT = label("text", "글")


def _legend(what: str, full: float) -> str:
    return (
        f'<p class="rnn-cell-legend"><i class="rnn-cell-low"></i> {signed(-full)} … 0 … {signed(full)} '
        f'<i class="rnn-cell-high"></i> <span>{what}</span></p>'
    )


def _span(number: int, piece: Piece, full: float, marked: bool) -> str:
    share = round(min(abs(piece.value) / full, 1) * 75)
    kind = "rnn-up" if piece.value > 0 else "rnn-down"
    mark = " rnn-marked" if marked else ""
    text = SHOWN_GAPS.get(piece.text) or "".join(c if c == " " else visible_sign(c) for c in piece.text)
    return (
        f"{html.escape(piece.before)}"
        f'<span class="{kind}{mark}" style="--a:{share}%" data-v="{piece.detail}">{html.escape(text)}</span>'
    )


def _table(track: Track) -> str:
    """The strongest values as a table, for whoever cannot see colours."""
    order = sorted(range(len(track.pieces)), key=lambda n: -abs(track.pieces[n].value))[:STRONGEST]
    rows = "".join(
        f'<tr><td>{n + 1}</td><td class="rnn-context">{_context(track.pieces, n)}</td>'
        f"<td>{html.escape(track.pieces[n].detail)}</td></tr>"
        for n in order
    )
    heads = f"<th>#</th><th>{both('where', '위치')}</th><th>{both('value', '값')}</th>"
    title = both("The strongest, as a table", "가장 강한 곳(표)")
    return (
        f"<details><summary>{title}</summary><table class='rnn-cell-table'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def _context(pieces: Sequence[Piece], place: int) -> str:
    before = "".join(piece.before + piece.text for piece in pieces[max(0, place - CONTEXT) : place])
    shown = "".join(visible_sign(c) for c in pieces[place].before + before[-CONTEXT:])
    mark = "␣" if pieces[place].text == " " else "".join(visible_sign(c) for c in pieces[place].text)
    return f"{html.escape(shown)}<mark>{html.escape(mark)}</mark>"
