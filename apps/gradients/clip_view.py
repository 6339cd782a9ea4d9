"""Three runs with and without clipping, and one gradient clipped by hand, as HTML."""

import math
from collections.abc import Sequence

from apps.gradients import plot
from apps.gradients.clipped_runs import ByHand, Run, Settings
from apps.gradients.plot import DASHED, DOTTED, SOLID, Line, scientific
from apps.shared import charts
from apps.shared.formatting import number
from apps.shared.languages import both, label, sentences

LOSSES = label("loss over the steps, with and without clipping", "클리핑에 따른 학습 단계별 손실")
NORMS = label("norm of the gradient over the steps", "학습 단계별 그래디언트 노름")
NAMES = {
    "none": both("no clipping", "클리핑 없음"),
    "norm": both("by norm", "노름 클리핑"),
    "value": both("by value", "값 클리핑"),
}
COLOURS = {"none": ("rnn-c1", SOLID), "norm": ("rnn-c0", DASHED), "value": ("rnn-c2", DOTTED)}
CEILING = 1e4
"""What is above leaves the picture: a run that explodes passes 10³⁰ soon."""

STEPS_AXIS = both("steps of training", "학습 단계")


def figures(settings: Settings, runs: Sequence[Run]) -> str:
    """The losses, and under them the norms of the gradients."""
    parts = []
    for heading, label_, figure, of in (
        (both("Loss", "손실"), LOSSES, "clipping-loss", "losses"),
        (
            both("Norm of the gradient before clipping, ‖g‖", "클리핑 전 그래디언트 노름 ‖g‖"),
            NORMS,
            "clipping-norm",
            "norms",
        ),
    ):
        lines = [
            Line(NAMES[run.way], getattr(run, of), *COLOURS[run.way], scientific(getattr(run, of)[-1]))
            for run in runs
            if getattr(run, of)
        ]
        drawn = plot.plot(
            lines, label_, charts.ends("1", STEPS_AXIS, str(settings.steps)), figure, settings.steps, 1e-4, CEILING
        )
        parts.append(f'<h4 class="rnn-looked">{heading}</h4>{drawn}')
    return "".join(parts)


def numbers(settings: Settings, runs: Sequence[Run]) -> str:
    """What became of each run, and the values of the lines."""
    heads = (
        both("clipping", "클리핑"),
        both("last loss", "마지막 손실"),
        both("largest loss", "가장 큰 손실"),
        both("largest ‖g‖", "가장 큰 ‖g‖"),
        both("turned, mean", "꺾인 각도 평균"),
        both("turned, most", "꺾인 각도 최대"),
    )
    rows = "".join(_row(settings, run) for run in runs)
    columns = [f"{NAMES[run.way]} {what}" for run in runs for what in (both("loss", "손실"), "‖g‖", "°")]
    table = charts.values_table(
        ("Values of the lines", "선의 값"),
        ("step", "단계"),
        columns,
        [(str(n + 1), _cells(runs, n)) for n in charts.sampled(settings.steps, 20)],
    )
    return charts.outcomes(heads, rows) + table


def _cells(runs: Sequence[Run], n: int) -> list[str]:
    found = []
    for run in runs:
        there = n < len(run.losses)
        found += [scientific(run.losses[n]), scientific(run.norms[n])] if there else ["–", "–"]
        found.append(_degrees(run.turned[n]) if there else "–")
    return found


def _row(settings: Settings, run: Run) -> str:
    colour, name = COLOURS[run.way][0], NAMES[run.way]
    if not run.losses:
        return f'<tr><th scope="row"><i class="rnn-swatch {colour}"></i>{name}</th>{"<td>–</td>" * 5}</tr>'
    told = scientific(run.losses[-1])
    if len(run.losses) < settings.steps:
        told += f" ({both('ended at step', '중단된 단계')} {len(run.losses)})"
    turned = [angle for angle in run.turned if math.isfinite(angle)] or [math.nan]
    cells = (
        told,
        scientific(max(run.losses)),
        scientific(max(run.norms)),
        _degrees(sum(turned) / len(turned)),
        _degrees(max(turned)),
    )
    return (
        f'<tr><th scope="row"><i class="rnn-swatch {colour}"></i>{name}</th>'
        f"{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    )


def _degrees(angle: float) -> str:
    return f"{number(angle, 1)}°" if math.isfinite(angle) else "–"


def by_hand(found: Sequence[ByHand], limit: float) -> str:
    """One gradient, clipped both ways, with the arithmetic."""
    whole, *ways = found
    bound = f"{limit:g}"
    how = {
        "norm": f"g · {bound} / {whole.norm:.3f}" if whole.norm > limit else both("as it is", "그대로"),
        "value": f"[−{bound}, {bound}]",
    }
    rows = "".join(
        f'<tr><th scope="row">{NAMES[one.way]}</th><td>{how[one.way]}</td><td>{_vector(one.clipped)}</td>'
        f"<td>{one.norm:.3f}</td><td><b>{_degrees(one.turned)}</b></td></tr>"
        for one in ways
    )
    columns = (both("clipping", "클리핑"), "", "g′", "‖g′‖", both("turned by", "꺾인 각도"))
    told = sentences(
        "By norm only the length changes; by value the direction changes, too.",
        "노름 클리핑은 길이만 바꾸고, 값 클리핑은 방향까지 바꿉니다.",
    )
    return f'<p class="rnn-total">g = ({_vector(whole.clipped)}), ‖g‖ = {whole.norm:.3f}. {told}</p>' + charts.outcomes(
        columns, rows
    )


def _vector(values: Sequence[float]) -> str:
    return ", ".join(number(float(value), 3) for value in values)
