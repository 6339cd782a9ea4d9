"""Line charts of probabilities, as HTML and SVG that stretch with the page."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from apps.shared.formatting import percent

LABELLED = 16  # ticks that find room under a chart, on a phone too


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        name: HTML for the legend.
        points: (x, probability); x is 0 at the left end and 1 at the right.
        kind: the CSS class that gives the colour, rnn-c0 to rnn-c3.
    """

    name: str
    points: Sequence[tuple[float, float]]
    kind: str


def chart(
    curves: Sequence[Curve], label: str, below: str, over: str = "", dots: bool = False, figure: str = "chart"
) -> str:
    """Curves over a grid, with a legend that says where each ends.

    Args:
        label: for a screen reader.
        below: HTML under the chart, such as `ends` or `ticks`.
        over: SVG in a box of 100 × 100, put over the curves.
        dots: mark every point.
        figure: its name where it is saved as a file.
    """
    grid = "".join(f'<line x1="0" x2="100" y1="{y}" y2="{y}"/>' for y in (0, 25, 50, 75, 100))
    lines = "".join(_line(curve, dots) for curve in curves)
    legend = "".join(
        f'<li class="{curve.kind}"><i></i>{curve.name} <b>{percent(curve.points[-1][1])}</b></li>' for curve in curves
    )
    return f"""<div class="rnn-chart" data-figure="{figure}"><ul>{legend}</ul>
<div class="rnn-plot"><div class="rnn-y"><span>100 %</span><span>50 %</span><span>0 %</span></div>
<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img"
aria-label="{html.escape(label)}">{grid}{lines}{over}</svg></div>
{below}</div>"""


def ends(first: str, middle: str, last: str) -> str:
    """What stands under the left end, the middle and the right end of a chart; HTML."""
    return f'<div class="rnn-x"><span>{first}</span><span>{middle}</span><span>{last}</span></div>'


def ticks(names: Sequence[tuple[float, str]]) -> str:
    """Slanted names under a chart, each at its x of 0 to 1; of many only every second, third, ..."""
    step = -(-len(names) // LABELLED) or 1
    spans = "".join(
        f'<span style="left:{100 * x:.2f}%"><bdi>{html.escape(name)}</bdi></span>' for x, name in names[::step]
    )
    return f'<div class="rnn-ticks" aria-hidden="true">{spans}</div>'


def _line(curve: Curve, dots: bool) -> str:
    places = [(100 * x, 100 - 100 * y) for x, y in curve.points]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    marks = "".join(f"M{x:.2f} {y:.2f}h0" for x, y in places) if dots else ""
    return f'<polyline class="{curve.kind}" points="{line}"/>' + (
        f'<path class="{curve.kind} rnn-dots" d="{marks}"/>' if marks else ""
    )
