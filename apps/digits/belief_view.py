"""What readers believed after every piece: the picture uncovered piece by piece, and a map of classes × pieces.

The readers of rows and of pixels stand side by side under one player: a row is 28 pixels, so that at each of its 28
places all have read equally many. The maps are tables, each number in its cell; `assets/belief_view.js` uncovers the
pictures and marks the column.
"""

import base64
import html
from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np

from apps.digits.beliefs import Belief
from apps.shared.assets import asset
from apps.shared.formatting import percent
from apps.shared.languages import both, html_of, label, marked, sentences
from rnn_models.vision.digit_pictures import SIDE

PLAY, PIECES = label("play", "재생"), label("pieces read", "읽은 조각")
READ, PLACED = label("the sequence, as it is read", "읽는 순서대로 늘어놓은 그림"), label("where they lie", "원래 자리")
NAMED = 3  # classes that are named under a picture
SEEN = 0.001  # less likely ones are not named
LABELLED = 7  # every so many columns have their number

_CAPTION = sentences(
    "One row for each class, one column for every 28 pixels (a row of the picture). The darker a cell, the more the "
    "network believed in the class after that piece. Play it, move the slider, or click on a column.",
    "행은 클래스, 열은 픽셀 28개(그림의 한 줄)입니다. 그 조각까지 읽고 더 믿은 클래스일수록 칸이 진합니다. "
    "재생하거나, 슬라이더를 옮기거나, 열을 눌러 보세요.",
)
CAPTION = f'<p class="rnn-caption">{_CAPTION}</p>'
_PERMUTED = sentences(
    "One order of the 784 pixels was drawn once and is the same for every picture. Of the permuted pixels the left "
    "picture is what the network reads, from the top; neighbours of the digit are far apart in it.",
    "픽셀 784개의 순서를 무작위로 한 번 정했고, 모든 그림에 똑같이 씁니다. 순서를 섞은 픽셀에서는 왼쪽이 신경망이 "
    "위에서부터 읽는 그림입니다. 숫자에서 이웃한 픽셀이 여기서는 멀리 떨어져 있습니다.",
)


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is HTML with any number of `figure`s."""
    script = asset("digits", "belief_view.js")
    return gr.HTML("", js_on_load=script, apply_default_css=False, **properties)


def figure(picture: np.ndarray, beliefs: Sequence[Belief]) -> str:
    """The readers that read rows or pixels, under one player; "" if there are none."""
    panels = [_panel(one, after) for one in beliefs if (after := one.by_rows()) is not None]
    if not panels:
        return ""
    heading = both("What each believed after every piece", "조각을 읽을 때마다 믿은 것")
    pixels = base64.b64encode(np.uint8(np.round(255 * picture)).tobytes()).decode("ascii")
    permuted = f'<p class="rnn-caption">{_PERMUTED}</p>' if any(one.permutation for one in beliefs) else ""
    return f"""<h4 class="rnn-looked">{heading}</h4>{CAPTION}{permuted}
<div class="rnn-belief" data-figure="belief" data-picture="{pixels}" data-at="{SIDE}">
{player(SIDE)}
<div class="rnn-panels">{"".join(panels)}</div></div>"""


def player(pieces: int) -> str:
    """The button that plays a figure, and the slider over its pieces; the script says beside it how many were read."""
    return (
        f'<div class="rnn-player"><button type="button" class="rnn-play" aria-label="{PLAY}" aria-pressed="false">'
        f'</button><input type="range" min="1" max="{pieces}" value="{pieces}" aria-label="{PIECES}"/><output></output>'
        "</div>"
    )


def panel_data(labels: Sequence[str], after: np.ndarray) -> str:
    """What the script needs to know of a panel: the probabilities (T, C) in parts of ten thousand, and the classes."""
    values = ";".join(" ".join(map(str, row)) for row in (10_000 * after).round().astype(int).tolist())
    names = html.escape("\t".join(labels))
    return f'data-beliefs="{values}" data-labels="{names}"'


def _panel(belief: Belief, after: np.ndarray) -> str:
    order = f' data-permutation="{" ".join(map(str, belief.permutation))}"' if belief.permutation else ""
    return f"""<section class="rnn-panel" {panel_data(belief.labels, after)}{order}>
<h5>{marked(belief.title)}</h5><div class="rnn-seen">{_canvases(belief)}</div>
<p class="rnn-fact" aria-live="polite">{likeliest(belief.labels, after[-1])}</p>
{class_map(belief.labels, after, LABELLED)}</section>"""


def _canvases(belief: Belief) -> str:
    kinds = {"read": READ, "placed": PLACED} if belief.permutation else {"read": ""}
    return "".join(
        f'<figure><canvas class="rnn-pixels" data-kind="{kind}" width="{SIDE}" height="{SIDE}" role="img" '
        f'aria-label="{name or READ}"></canvas>{name and f"<figcaption>{html_of(name)}</figcaption>"}</figure>'
        for kind, name in kinds.items()
    )


def likeliest(labels: Sequence[str], probabilities: np.ndarray, first: int = 0) -> str:
    """The classes that were believed in most, from the place `first` on, with their probabilities, as HTML."""
    best = np.argsort(-probabilities, kind="stable")[first:NAMED].tolist()
    return " ".join(
        f"<span><b>{html.escape(labels[n])}</b> {percent(float(probabilities[n]))}</span>"
        for n in best
        if probabilities[n] >= SEEN
    )


def class_map(labels: Sequence[str], after: np.ndarray, every: int = 1) -> str:
    """The probabilities (T, C) after each piece as a table of classes × pieces; each `every`-th piece has a number."""
    caption = both("Per cent of each class after each piece", "조각마다 각 클래스의 확률(퍼센트)")
    heads = "".join(f'<th scope="col"{_labelled(n, every)}>{n}</th>' for n in range(1, len(after) + 1))
    best, rows = int(after[-1].argmax()), []
    for number, name in enumerate(labels):
        kind = ' class="rnn-best"' if number == best else ""
        cells = "".join(_cell(float(value)) for value in after[:, number])
        rows.append(f'<tr{kind}><th scope="row">{html.escape(name)}</th>{cells}</tr>')
    return (
        f'<table class="rnn-classes"><caption class="rnn-unseen">{caption}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _labelled(n: int, every: int) -> str:
    return "" if n % every else ' class="rnn-labelled"'


def _cell(value: float) -> str:
    return f'<td style="--w:{value:.2f}">{100 * value:.0f}</td>' if value >= 0.005 else "<td>0</td>"
