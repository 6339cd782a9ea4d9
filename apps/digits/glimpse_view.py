"""Where a network of glimpses looked: squares on the picture, what the retina saw, and what was believed after each.

`assets/belief_view.js` plays it, as it does the readers of rows and pixels; a click on the picture, or the arrow keys
and Enter, set the place of the glimpse that is shown.
"""

import html
from collections.abc import Sequence

import numpy as np

from apps.digits.belief_view import class_map, likeliest, panel_data, player
from apps.digits.beliefs import Looks
from apps.digits.pixels import picture_html
from apps.digits.places import Place
from apps.shared.formatting import percent
from apps.shared.languages import both, label, sentences

STAGE = label(
    "The picture. A click sets the place of the glimpse that is shown; with the keyboard the arrow keys and Enter.",
    "그림. 누르면 지금 보이는 글림프스의 자리가 정해집니다. 키보드로는 화살표 키와 Enter.",
)
SEEN = label("what the retina saw", "망막에 비친 것")
OWN, HAND = both("its own places", "스스로 고른 자리"), both("with your places", "직접 정한 자리")

_CAPTION = sentences(
    "Squares: what it looked at, in order; the first is always the middle. Beside them what the retina saw there, in "
    "{} × {} cells; nothing else of the picture enters the network. Choose a glimpse and click where it is to look: "
    "those after it go on from there.",
    "사각형은 본 곳이고 번호는 순서입니다. 첫 번째는 항상 가운데입니다. 그 옆은 망막에 비친 {} × {}칸이며, 신경망에는 "
    "이것만 들어갑니다. 글림프스를 하나 고르고 볼 곳을 누르세요. 그다음은 거기서 이어집니다.",
)


def figure(found: Looks, own: Looks, places: Sequence[Place] | None, at: int = 0) -> str:
    """The glimpses of a network.

    Args:
        found: with the places that were set by hand.
        own: with those that the network chooses; the same object where none was set.
        places: which were set by hand.
        at: the glimpse that it opens at, from 1; 0: the last.
    """
    steps, side = len(found.places), found.picture.shape[0]
    by_hand = [place is not None for place in places] if places is not None else [False] * steps
    cells = found.retina.shape[-1]
    caption = f'<p class="rnn-caption">{_CAPTION.replace("{}", str(cells))}</p>'
    boxes = "".join(_boxes(found, n, by_hand[n]) for n in range(steps))
    seen = "".join(_retina(found.retina[n], n, by_hand[n]) for n in range(steps))
    return f"""{_answers(found, own)}{caption}
<div class="rnn-belief rnn-glimpses" data-figure="glimpses" data-at="{at or steps}" data-side="{side}">
{player(steps)}<section class="rnn-look rnn-panel" {panel_data(found.labels, found.probabilities)}>
<div class="rnn-look-stage" tabindex="0" data-stay role="application" aria-label="{STAGE}">{picture_html(found.picture)}
<svg viewBox="0 0 {side} {side}" aria-hidden="true">{boxes}<rect class="rnn-wanted" width="0" height="0"/></svg></div>
<div class="rnn-look-seen"><ol class="rnn-retina">{seen}</ol>
<p class="rnn-fact" aria-live="polite">{likeliest(found.labels, found.probabilities[-1])}</p>
{class_map(found.labels, found.probabilities)}</div></section></div>"""


def _answers(found: Looks, own: Looks) -> str:
    parts = [(OWN, own)] if found is own else [(OWN, own), (HAND, found)]
    cards = "".join(
        f'<section class="rnn-reader"><h3>{name}</h3><p class="rnn-answer"><b>{html.escape(one.label)}</b> '
        f"{percent(one.probability)}</p></section>"
        for name, one in parts
    )
    return f'<div class="rnn-readers">{cards}</div>'


def _boxes(found: Looks, n: int, by_hand: bool) -> str:
    """The squares of a glimpse, its number, and the way from the one before."""
    side = found.picture.shape[0]
    squares = "".join(
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"/>'
        for left, top, right, bottom in found.boxes[n].tolist()
    )
    x, y = ((found.places[n] + 1) * side / 2).tolist()
    way = ""
    if n:
        before_x, before_y = ((found.places[n - 1] + 1) * side / 2).tolist()
        way = f'<line x1="{before_x:.2f}" y1="{before_y:.2f}" x2="{x:.2f}" y2="{y:.2f}"/>'
    kind = ' class="rnn-hand"' if by_hand else ""
    left, top = found.boxes[n, 0, :2].tolist()
    size = side / 14
    return (
        f'<g data-t="{n + 1}"{kind}>{way}{squares}<circle cx="{x:.2f}" cy="{y:.2f}" r="{side / 70:.2f}"/>'
        f'<text x="{min(max(left, 0), side - size) + 0.3:.2f}" y="{min(max(top, 0), side - size) + size:.2f}" '
        f'font-size="{size:.2f}">{n + 1}</text></g>'
    )


def _retina(seen: np.ndarray, n: int, by_hand: bool) -> str:
    name = html.escape(f"{n + 1}: {SEEN}")
    scales = "".join(picture_html(scale, name) for scale in seen)
    sign = f" {both('set', '지정')}" if by_hand else ""
    return f'<li><button type="button" data-t="{n + 1}">{scales}<span>{n + 1}{sign}</span></button></li>'
