"""The surprisal of a text as HTML."""

import html
import math

from apps.char_lm.surprisal import Character, means
from apps.shared.formatting import sign
from apps.shared.languages import both, sentences

LISTED = 10
CONTEXT = 18  # characters shown before a surprising one
LEGEND = (0, 1, 2, 4, 6, 8)  # nats; the colour is full at the last


def summary(text: list[Character], symbols: int) -> str:
    """The means, and a table of the most surprising characters."""
    blind = math.log(symbols)
    units = (
        both("nats / character", "글자당 내트"),
        both("bits / character", "글자당 비트"),
        both("perplexity", "혼란도"),
    )
    values = means([character.nats for character in text]).values()
    tiles = "".join(
        f"<div><b>{_number(value)}</b><span>{unit}</span></div>" for value, unit in zip(values, units, strict=True)
    )
    explained = sentences(
        "As if choosing among so many characters each time: that is the perplexity. A blind guess among this model’s "
        f"{symbols} symbols costs ln {symbols} = {blind:.2f} nats.",
        "혼란도는 매번 몇 글자 가운데 하나를 고르는 셈인지를 뜻합니다. 이 모델의 기호 "
        f"{symbols}개 가운데 무작위로 고르면 ln {symbols} = {blind:.2f}내트입니다.",
    )
    return f"""<div class="rnn-means">{tiles}</div>
<p class="rnn-blind">{explained}</p>
{_table(text)}"""


def legend() -> str:
    """What the colours of the characters mean: nats, and the probability that belongs to them; HTML."""
    full = LEGEND[-1]
    steps = "".join(
        f'<span style="--heat:{nats / full:.2f}">{nats}{"+" if nats == full else ""}'
        f"<small>{_percent(nats)}</small></span>"
        for nats in LEGEND
    )
    return f'<div class="rnn-legend"><b>nats<small>p</small></b>{steps}</div>'


def _table(text: list[Character]) -> str:
    order = sorted(range(len(text)), key=lambda place: -text[place].nats)[:LISTED]
    rows = "".join(
        f'<tr><td>{place + 1}</td><td class="rnn-context">{_context(text, place)}</td>'
        f"<td>{text[place].nats:.2f}</td><td>{_percent(text[place].nats)}</td></tr>"
        for place in order
    )
    heads = f"<th>#</th><th>{both('character', '글자')}</th><th>nats</th><th>p</th>"
    return (
        f'<table class="rnn-surprises"><caption>{both("Most surprising", "가장 뜻밖의 글자")}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _context(text: list[Character], place: int) -> str:
    before = "".join(sign(character.text) for character in text[max(0, place - CONTEXT) : place])
    cut = "…" if place > CONTEXT else ""
    marked = "␣" if text[place].text == " " else sign(text[place].text)
    return f"{cut}{html.escape(before)}<mark>{html.escape(marked)}</mark>"


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 100 else f"{value:,.0f}"


def _percent(nats: float) -> str:
    value = 100 * math.exp(-nats)
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %" if value >= 0.095 else "&lt;0.1 %"
