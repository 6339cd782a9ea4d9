"""The "hello" network as HTML: every number of it, and its probabilities as training goes."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from apps.char_lm.hello_network import INPUTS, LETTERS, TARGETS, Pass, Weights
from apps.shared import charts
from apps.shared.formatting import number, percent
from apps.shared.languages import both, label

PROGRESS = label("probability of each right letter over the gradient steps", "경사 하강 횟수에 따른 정답 글자의 확률")
CURVES = ("P(e | h)", "P(l | he)", "P(l | hel)", "P(o | hell)")
WAITING = f'<p class="rnn-waiting">{both("Starting the network…", "신경망을 준비하는 중…")}</p>'


def network(run: Pass, shown: int) -> str:
    """The unrolled network, its first `shown` time steps filled in, the last of them marked."""
    rows = (
        _row(both("input", "입력"), (f'<b class="rnn-letter">{letter}</b>' for letter in INPUTS), shown),
        _row("x<sub>t</sub> one-hot", (_vector(x, "{:.0f}", LETTERS) for x in run.inputs), shown),
        _row(f"h<sub>t</sub> {both('hidden', '은닉 상태')}", map(_vector, run.hidden), shown, "rnn-hidden-row"),
        _row(f"y<sub>t</sub> {both('logits', '로짓')}", (_vector(y, None, LETTERS) for y in run.logits), shown),
        _row(both("softmax", "소프트맥스"), (_softmax(run, step) for step in range(len(INPUTS))), shown),
        _row(both("target", "정답"), (_target(run, step) for step in range(len(INPUTS))), shown),
    )
    picture = f'<div class="rnn-hello" data-figure="network">{"".join(rows)}</div>'
    return f"{picture}{_arithmetic(run, shown - 1)}{_total(run)}"


def _row(name: str, cells: Iterable[str], shown: int, kind: str = "") -> str:
    html = ""
    for step, cell in enumerate(cells):
        now = " rnn-now" if step == shown - 1 else ""
        html += f'<div class="rnn-cell{now}">{cell if step < shown else "·"}</div>'
    return f'<div class="rnn-hello-row {kind}"><div class="rnn-row-name">{name}</div>{html}</div>'


def _vector(values: np.ndarray, form: str | None = None, names: str = "") -> str:
    texts = (form.format(value) if form else number(value) for value in values)
    if not names:
        return f'<div class="rnn-vector">{"".join(f"<span>{text}</span>" for text in texts)}</div>'
    named = "".join(f"<span><i>{name}</i>{text}</span>" for name, text in zip(names, texts, strict=True))
    return f'<div class="rnn-vector">{named}</div>'


def _softmax(run: Pass, step: int) -> str:
    bars = []
    for letter, probability in zip(LETTERS, run.probabilities[step], strict=True):
        right = " rnn-right" if letter == TARGETS[step] else ""
        bars.append(
            f'<div class="rnn-softmax{right}"><i style="width:{100 * probability:.1f}%"></i>'
            f"<b>{letter}</b><span>{percent(probability)}</span></div>"
        )
    return "".join(bars)


def _target(run: Pass, step: int) -> str:
    best = LETTERS[int(run.probabilities[step].argmax())]
    right = best == TARGETS[step]
    mark = '<b class="rnn-yes">✓</b>' if right else '<b class="rnn-no">✗</b>'
    return (
        f'<div class="rnn-target">{both("wants", "정답")} <b>{TARGETS[step]}</b>, {both("says", "답")} <b>{best}</b> '
        f"{mark}</div>"
        f'<div class="rnn-loss">{both("loss", "손실")} {number(run.losses[step])}</div>'
    )


def _arithmetic(run: Pass, step: int) -> str:
    """The two sums of the marked step, and what tanh makes of them."""

    def vector(values: np.ndarray) -> str:
        return f'<span class="rnn-inline">({", ".join(map(number, values))})</span>'

    t, before = step + 1, f"h<sub>{step}</sub>"
    return f"""<div class="rnn-arithmetic"><div><b>h<sub>{t}</sub></b> = tanh( x<sub>{t}</sub> W<sub>xh</sub>
+ {before} W<sub>hh</sub> ) = tanh( {vector(run.from_input[step])} + {vector(run.from_state[step])} )
= {vector(run.hidden[step])}</div>
<div><b>{both("loss", "손실")}</b> = −ln P({TARGETS[step]}) = −ln {run.targets[step]:.4f}
= <b>{run.losses[step]:.4f}</b> nats</div></div>"""


def _total(run: Pass) -> str:
    mean = float(run.losses.mean())
    return (
        f'<p class="rnn-total">{both("Mean loss of the four steps", "네 시점의 평균 손실")}: <b>{mean:.4f}</b> nats '
        f"({both('a blind guess', '무작위로 고르면')}: ln 4 = {math.log(4):.4f})</p>"
    )


def weights_table(weights: Weights) -> str:
    """All weights, W_xh and W_hy with the letters they belong to."""
    parts = (
        _matrix("W<sub>xh</sub>", weights.input, LETTERS, ""),
        _matrix("W<sub>hh</sub>", weights.recurrent, "", ""),
        _matrix("W<sub>hy</sub>", weights.output, "", LETTERS),
        _matrix("b<sub>y</sub>", weights.output_bias[None], "", LETTERS),
    )
    return f'<div class="rnn-weights" data-figure="weights">{"".join(parts)}</div>'


def _matrix(name: str, values: np.ndarray, rows: str, columns: str) -> str:
    head = ""
    if columns:
        corner = "<td></td>" if rows else ""
        head = f"<tr>{corner}{''.join(f'<th>{letter}</th>' for letter in columns)}</tr>"
    body = ""
    for index, row in enumerate(values):
        label = f"<th>{rows[index]}</th>" if rows else ""
        body += f"<tr>{label}{''.join(f'<td>{number(value)}</td>' for value in row)}</tr>"
    shape = "×".join(map(str, values.shape))
    return f"<figure><figcaption>{name} <small>{shape}</small></figcaption><table>{head}{body}</table></figure>"


def chart(history: Sequence[Sequence[float]], steps: int) -> str:
    """The four probabilities of the right letters against gradient steps, and their newest values.

    `history` has one row of four for each recorded moment, evenly spread over `steps` steps.
    """
    curves = []
    for curve, name in enumerate(CURVES):
        values = [row[curve] for row in history]
        values = values if len(values) > 1 else values * 2  # a short line where training begins
        width = len(values) - 1 if steps else 50
        points = [(x / width, y) for x, y in enumerate(values)]
        curves.append(charts.Curve(name, points, f"rnn-c{curve}"))
    below = charts.ends("0", both("gradient steps", "경사 하강 횟수"), f"{steps:,}")
    return charts.chart(curves, PROGRESS, below, figure="learning-curve")
