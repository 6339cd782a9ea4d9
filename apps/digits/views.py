"""What the page of digits shows of a result, as HTML: the answers side by side, a digit that gets harder."""

import html
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from apps.digits import examples, sketch
from apps.digits.belief_view import likeliest
from apps.digits.beliefs import Belief
from apps.digits.perturbations import KINDS
from apps.digits.pixels import picture_html
from apps.shared.formatting import number, percent
from apps.shared.languages import both, label, marked, sentences

PIECES = {
    "rows": ("row", "번째 줄"),
    "pixels": ("pixel", "번째 픽셀"),
    "permuted": ("pixel", "번째 픽셀"),
    "glimpses": ("glimpse", "번째 글림프스"),
}

_CENTRED = sentences(
    "As the networks get it: cut out, 20 pixels at the longer side, its mass in the middle of 28 × 28, as in MNIST.",
    "신경망이 받는 그림입니다. MNIST처럼 잘라 내어 긴 쪽을 20픽셀로 맞추고 무게중심을 28 × 28의 가운데에 놓습니다.",
)
_SWEEP = sentences(
    "One row for each reader, one column for each strength: the answer, and its probability in per cent. ✗ is {}.",
    "행은 신경망, 열은 세기입니다. 칸에는 답과 그 확률(퍼센트)이 있습니다. ✗는 {}입니다.",
)
_WRONG = "another digit than the right one", "정답과 다른 답"
_OTHER = "another answer than to the digit as it is", "원래 숫자에 한 것과 다른 답"


# The answers -----------------------------------------------------------------------------------------


def answers(digit: sketch.Digit, readers: Mapping[str, str], found: Sequence[Belief]) -> str:
    """The picture as it is read, and a card for each reader; those without a belief are still to come.

    Args:
        readers: the models' names and titles.
    """
    known = {one.name: one for one in found}
    cards = "".join(_card(title, known.get(name), digit.label) for name, title in readers.items())
    return (
        f'<div class="rnn-given">{picture_html(digit.picture)}<p class="rnn-caption">{_CENTRED}</p></div>'
        f'<div class="rnn-readers" data-figure="answers">{cards}</div>'
    )


def _card(title: str, belief: Belief | None, right: str) -> str:
    heading = f"<h3>{marked(title)}</h3>"
    if belief is None:
        return f'<section class="rnn-reader">{heading}<p class="rnn-answer rnn-waiting">…</p></section>'
    last = belief.probabilities[-1]
    bars = "".join(
        f'<li><i style="height:{100 * value:.1f}%"></i>{html.escape(one)}</li>'
        for one, value in zip(belief.labels, last.tolist(), strict=True)
    )
    return (
        f'<section class="rnn-reader">{heading}<p class="rnn-answer"><b>{html.escape(belief.label)}</b> '
        f"{percent(belief.probability)}{_verdict(belief.label, right)}</p>"
        f'<ol class="rnn-histogram" aria-hidden="true">{bars}</ol>'
        f'<p class="rnn-fact">{likeliest(belief.labels, last, 1)}</p>{_settled(belief)}</section>'
    )


def _verdict(answer: str, right: str) -> str:
    if not right:
        return ""
    if answer == right:
        return f' <span class="rnn-yes">✓ {both("right", "정답")}</span>'
    return f' <span class="rnn-no">✗ {both(f"it is {right}", f"정답은 {right}")}</span>'


def _settled(belief: Belief) -> str:
    if belief.order not in PIECES:
        return ""
    name, name_ko = PIECES[belief.order]
    n, steps = belief.settled, len(belief.probabilities)
    told = both(f"the same answer from {name} {n} of {steps} on", f"{steps} 중 {n}{name_ko}부터 같은 답")
    return f'<p class="rnn-settled">{told}</p>'


def in_short(readers: Mapping[str, str], found: Sequence[Belief]) -> str:
    """The answers in one line, over the drawing field of a phone, where the cards are out of sight."""
    known = {one.name: one for one in found}
    parts = "".join(
        f"<li>{marked(title)} <b>{html.escape(known[name].label) if name in known else '–'}</b></li>"
        for name, title in readers.items()
    )
    return f'<ul class="rnn-in-short" aria-hidden="true">{parts}</ul>'


# Harder and harder -----------------------------------------------------------------------------------


def sweep(
    kind: str,
    made: np.ndarray,
    right: str,
    titles: Sequence[str],
    found: Sequence[tuple[Sequence[str], np.ndarray]],
) -> str:
    """A digit at each strength of a kind, and what each reader answered.

    Args:
        made: (N, 28, 28), the digit at each strength.
        right: which digit it is; "": each reader is compared with its own first answer.
        titles: of the readers.
        found: for each reader that is done, its classes and the probabilities (N, C).
    """
    strengths = [_strength(kind, strength) for strength in KINDS[kind].strengths]
    heads = "".join(
        f'<th scope="col">{picture_html(one)}<span>{told}</span></th>'
        for one, told in zip(made, strengths, strict=True)
    )
    rows = []
    for n, title in enumerate(titles):
        cells = _row(*found[n], right, strengths) if n < len(found) else '<td class="rnn-waiting">…</td>'
        rows.append(f'<tr><th scope="row">{marked(title)}</th>{cells}</tr>')
    english, korean = _WRONG if right else _OTHER
    caption = _SWEEP.replace("{}", english, 1).replace("{}", korean, 1)
    first = both("first ✗", "첫 ✗")
    return (
        f'<p class="rnn-caption">{caption}</p><div class="rnn-scroll" data-figure="sweep"><table class="rnn-sweep">'
        f'<thead><tr><td></td>{heads}<th scope="col">{first}</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def failed(labels: Sequence[str], probabilities: np.ndarray, right: str) -> list[bool]:
    """At which strengths the answer is wrong; without a right one: other than at first."""
    answered = [labels[n] for n in probabilities.argmax(axis=1).tolist()]
    return [one != (right or answered[0]) for one in answered]


def _row(labels: Sequence[str], probabilities: np.ndarray, right: str, strengths: Sequence[str]) -> str:
    wrong = failed(labels, probabilities, right)
    cells = []
    for row, is_wrong in zip(probabilities, wrong, strict=True):
        kind = ' class="rnn-failed"' if is_wrong else ""
        best = int(row.argmax())
        sign = "✗ " if is_wrong else ""
        cells.append(f"<td{kind}><b>{sign}{html.escape(labels[best])}</b><small>{100 * row[best]:.0f}</small></td>")
    first = strengths[wrong.index(True)] if any(wrong) else both("none", "없음")
    return f'{"".join(cells)}<td class="rnn-first">{first}</td>'


def _strength(kind: str, strength: float) -> str:
    english, korean = KINDS[kind].unit
    shown = number(strength, 0 if float(strength).is_integer() and kind != "noise" else 1)
    return f"σ {shown}" if kind == "noise" else f"{shown} {both(english, korean)}"


# The drawing field -----------------------------------------------------------------------------------


@cache
def board() -> str:
    """The field to draw in, and the examples."""
    rows = (
        (both("Examples", "예시"), examples.DRAWN),
        (both("From MNIST", "MNIST에서"), examples.MNIST),
    )
    shown = "".join(
        f'<p class="rnn-caption">{name}</p><div class="rnn-digits">{"".join(map(_choice, group))}</div>'
        for name, group in rows
    )
    described = label(
        "Drawing field. Arrow keys move the pen, the space bar puts it down and lifts it, Escape clears.",
        "그리는 칸. 화살표 키로 펜을 옮기고, 스페이스로 펜을 내리거나 들고, Esc로 지웁니다.",
    )
    undo, clear = both("Undo", "되돌리기"), both("Clear", "지우기")
    hint = sentences("Draw a digit with mouse or finger.", "마우스나 손가락으로 숫자를 그려 보세요.")
    keys = sentences(
        "With the keyboard: arrow keys move the pen, the space bar puts it down and lifts it.",
        "키보드로는 화살표 키로 펜을 옮기고 스페이스로 내리거나 듭니다.",
    )
    facts = f'data-source="{examples.OPENING}" data-limit="{sketch.LIMIT}" data-pen="{sketch.PEN}"'
    return f"""<div class="rnn-board" {facts}>
<canvas width="320" height="320" tabindex="0" data-stay role="application" aria-label="{described}"></canvas>
<div class="rnn-board-tools"><button type="button" data-do="undo">{undo}</button>
<button type="button" data-do="clear">{clear}</button></div>
<p class="rnn-caption">{hint} <span class="rnn-keys">{keys}</span></p>{shown}</div>"""


def _choice(example: examples.Example) -> str:
    title = html.escape(example.title)
    image = picture_html(sketch.digit(example.name).picture, title)
    strokes = f' data-strokes="{example.strokes}"' if example.strokes else ""
    return f'<button type="button" data-example="{example.name}"{strokes} title="{title}">{image}</button>'
