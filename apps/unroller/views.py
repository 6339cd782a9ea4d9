"""The page's results as HTML: the graph with all that belongs to it, its losses, and how training goes."""

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.shared import charts
from apps.shared.formatting import number
from apps.shared.languages import both, label, sentences
from apps.unroller import graph_view, names
from apps.unroller.details_view import Details, copies_table, numbers_table

if TYPE_CHECKING:
    from apps.unroller.asked import Asked
    from rnn_models.probes.unrolled import Unrolled

WAITING = f'<p class="rnn-waiting">{both("Starting the network…", "신경망을 준비하는 중…")}</p>'
PROGRESS = label("probability of each right letter over the gradient steps", "경사 하강 횟수에 따른 정답 글자의 확률")
CAPTION = sentences(
    "In each box the values stand left and the gradients of L = Σ L<sub>t</sub> right, in the other colour. Point at a "
    "box, tap it, or step with the arrow keys.",
    "상자마다 왼쪽은 값, 오른쪽(다른 색)은 L = Σ L<sub>t</sub>의 그래디언트입니다. 상자를 가리키거나 누르거나 화살표 "
    "키로 옮겨 보세요.",
)
POINT = sentences(
    "Point at a box, and its numbers stand here in full.", "상자를 가리키면 숫자가 여기에 모두 나타납니다."
)


def graph(found: "Unrolled", asked: "Asked", steps: int) -> str:
    """The graph, the panel of the node that is looked at, the losses, the copies, and all numbers as a table.

    Args:
        steps: so many steps of gradient descent the weights have seen.
    """
    details = Details(found, asked.letters, asked.cell, asked.markov, asked.cut, asked.forcing)
    walk = len(names.walk(found))
    picture = graph_view.graph(found, asked.letters, asked.markov, asked.cut)
    told = f'data-figure="graph" data-walk="{walk}" data-trained="{steps}"'
    return (
        f'<p class="rnn-caption">{CAPTION} {_weights(asked, steps)}</p>'
        f'<div class="rnn-graph rnn-scroll" {told}>{picture}</div>'
        f'<div class="rnn-details" aria-live="polite"><p class="rnn-point">{POINT}</p>{details.all()}</div>'
        f"{_losses(found)}{_parameters(found)}{copies_table(found)}{numbers_table(found, asked.letters)}"
    )


def _weights(asked: "Asked", steps: int) -> str:
    if asked.lecture:
        begun = sentences(
            "The weights give the lecture’s printed states and scores.",
            "강의에 적힌 상태와 점수가 그대로 나오는 가중치입니다.",
        )
    else:
        begun = sentences(
            f"The weights are drawn, seed {asked.seed}.", f"무작위로 뽑은 가중치입니다(시드 {asked.seed})."
        )
    trained = sentences(f"Trained for {steps} steps since.", f"그 뒤 {steps}번 학습했습니다.") if steps else ""
    return f"{begun} {trained}"


def _losses(found: "Unrolled") -> str:
    losses = found.losses
    terms = " + ".join(number(loss, 4) for loss in losses.values())
    named = " + ".join(f"L<sub>{t + 1}</sub>" for t in losses)
    count = len(next(iter(found.probabilities.values())))
    guess = f"{len(losses)} · ln {count} = {len(losses) * math.log(count):.4f}"
    return (
        f'<p class="rnn-sum"><b>L</b> = {named} = {terms} = <b>{number(found.loss, 4)}</b> nats '
        f"<small>({both('a blind guess', '무작위로 고르면')}: {guess})</small></p>"
    )


def _parameters(found: "Unrolled") -> str:
    parts = " + ".join(f"{names.weight_html(one)} {one.value.size}" for one in found.shared.values())
    apart = sum(one.value.size * len(one.steps) for one in found.shared.values())
    told = sentences(
        f"T = {found.wiring.steps} is nowhere in it. If every step had weights of its own, it would be {apart}.",
        f"T = {found.wiring.steps}는 이 수에 들어 있지 않습니다. 시점마다 가중치가 따로 있다면 {apart}개입니다.",
    )
    return f'<p class="rnn-sum">{both("Parameters", "파라미터")}: {parts} = <b>{found.parameters}</b>. {told}</p>'


def chart(history: Sequence[Sequence[float]], steps: int, asked: "Asked") -> str:
    """The probabilities of the right letters against gradient steps, and their newest values.

    `history` has one row for each recorded moment, a number for each output, evenly spread over `steps` steps.
    """
    curves = []
    for curve, name in enumerate(_curves(asked)):
        values = [row[curve] for row in history]
        values = values if len(values) > 1 else values * 2  # a short line where training begins
        width = len(values) - 1 if steps else 50
        curves.append(charts.Curve(name, [(x / width, y) for x, y in enumerate(values)], f"rnn-c{curve}"))
    below = charts.ends("0", both("gradient steps", "경사 하강 횟수"), f"{steps:,}")
    return charts.chart(curves, PROGRESS, below, figure="learning-curve")


def _curves(asked: "Asked") -> list[str]:
    """P(right letter | the letters that were read before it), as HTML; where it reads its own choices, by the step."""
    named = []
    first = asked.steps - len(asked.writes)
    for n, letter in enumerate(asked.writes):
        seen = asked.reads[: n + 1] if asked.wiring == "aligned" else asked.reads
        seen = seen[-1] if asked.markov else seen
        fed = asked.wiring in ("one_to_many", "encoder_decoder")
        condition = f"), t={first + n + 1}" if fed else f" | {html.escape(seen)})"
        named.append(f'<span translate="no">P({html.escape(letter)}{condition}</span>')
    return named
