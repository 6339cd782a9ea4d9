"""How the gradient flows back through each cell, as HTML: the figure, and its numbers."""

import math
from collections.abc import Iterator, Sequence

from apps.gradients import plot
from apps.gradients.plot import DASHED, DOTTED, Line, scientific
from apps.gradients.settings import CellFlow, Settings
from apps.gradients.titles import title_html
from apps.shared import charts
from apps.shared.formatting import number
from apps.shared.hints import Hint, hints_html
from apps.shared.languages import both, label, sentences

COLOURS = {"vanilla": "rnn-c1", "lstm": "rnn-c0", "gru": "rnn-c2"}
FLOOR, CEILING = 1e-30, 1e30
LABEL = label("norms of the gradients of the states over time", "시점에 따른 상태 그래디언트의 노름")
OF_H, OF_C = "‖∂L/∂h<sub>t</sub>‖", "‖∂L/∂c<sub>t</sub>‖"
BOUND = "σ<sub>max</sub>(U)<sup>T−t</sup>"
OVERFLOW = Hint(
    "overflow",
    "Some states grew beyond what float32 holds: where a line is missing, its gradient is no number.",
    "상태가 float32의 범위를 넘었습니다. 선이 끊긴 곳은 그래디언트가 수가 아닙니다.",
)


def figure(flows: Sequence[CellFlow]) -> str:
    """The lines over t on a logarithmic axis; in the legend stands what is left at t = 1."""
    lines = [
        Line(name, values, colour, dash, scientific(values[0]))
        for flow in flows
        for name, values, colour, dash in _lines(flow)
    ]
    steps = len(flows[0].h)
    below = charts.ends(
        "t = 1", both("the gradient comes from the right", "그래디언트는 오른쪽에서 옵니다"), f"T = {steps}"
    )
    return plot.plot(lines, LABEL, below, "gradient-flow", steps, FLOOR, CEILING)


def numbers(settings: Settings, flows: Sequence[CellFlow]) -> str:
    """What is left at the first step, cell by cell, and the values of the lines."""
    rows = "".join(_row(flow) for flow in flows)
    columns = (
        both("cell", "셀"),
        f"‖∂L/∂s<sub>1</sub>‖ {both('all states', '모든 상태')}",
        both("left by each step", "단계마다 남는 비율"),
        both("mean gate", "게이트 평균"),
    )
    short = charts.outcomes(columns, rows)
    missing = any(value is None for flow in flows for value in flow.h)
    lines = [(name, values) for flow in flows for name, values, _, _ in _lines(flow)]
    sampled = [(f"t = {n + 1}", [scientific(v[n]) for _, v in lines]) for n in charts.sampled(settings.steps)]
    values = charts.values_table(
        ("Values of the lines", "선의 값"), ("step", "시점"), [name for name, _ in lines], sampled
    )
    return f"{_half_life(settings)}{hints_html([OVERFLOW] if missing else [])}{short}{values}"


def _lines(flow: CellFlow) -> Iterator[tuple[str, Sequence[float | None], str, str]]:
    colour, name = COLOURS.get(flow.cell, "rnn-c3"), title_html(flow.cell)
    yield f"{name} {OF_H}", flow.h, colour, plot.SOLID
    if flow.c is not None:
        yield f"{name} {OF_C}", flow.c, colour, DOTTED
    if flow.bound is not None:
        yield f"{name} {both('bound', '상한')} {BOUND}", flow.bound, colour, DASHED
    if flow.kept is not None:
        gate = "Π z" if flow.cell == "gru" else "Π f"
        yield f"{name} {both('direct path', '직접 경로')} {gate}", flow.kept, colour, DASHED


def _row(flow: CellFlow) -> str:
    rate = f"× {flow.first ** (1 / (len(flow.h) - 1)):.3f}" if flow.first else "–"
    gate = "–" if flow.mean_kept is None else number(flow.mean_kept, 3)
    return (
        f'<tr><th scope="row"><i class="rnn-swatch {COLOURS.get(flow.cell, "rnn-c3")}"></i>{title_html(flow.cell)}</th>'
        f"<td>{scientific(flow.first)}</td><td>{rate}</td><td>{gate}</td></tr>"
    )


def _half_life(settings: Settings) -> str:
    from rnn_models.probes.gradients import half_life

    bias, halved = number(settings.forget_bias, 1), f"{half_life(settings.forget_bias):.3g}"
    kept = number(1 / (1 + math.exp(-settings.forget_bias)), 3)
    told = sentences(
        f"A gate with the bias {bias} and nothing else keeps σ({bias}) = {kept} of its state in a step, and "
        f"half of it after {halved} steps.",
        f"편향이 {bias}이고 다른 입력이 없는 게이트는 한 단계에 상태의 σ({bias}) = {kept}을 남기며, {halved}단계 "
        "뒤에는 절반만 남습니다.",
    )
    return f'<p class="rnn-total">{told}</p>'
