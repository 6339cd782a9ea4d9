"""Line charts, as HTML and SVG that stretch with the page, and the table of their values."""

import html
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.shared.formatting import percent
from apps.shared.languages import both

LABELLED = 16  # ticks that find room under a chart, on a phone too


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        name: HTML for the legend.
        points: (x, y); x is 0 at the left end and 1 at the right, y is 0 at the bottom and 1 at the top. In a chart
            of probabilities y is one.
        kind: the CSS class that gives the colour, rnn-c0 to rnn-c3.
        told: HTML that stands behind the name; "" tells the last y in percent.
        values: at each place of the chart's `x`, shown to who points there.
    """

    name: str
    points: Sequence[tuple[float, float]]
    kind: str
    told: str = ""
    values: Sequence[float | None] = ()


def chart(
    curves: Sequence[Curve],
    label: str,
    below: str,
    over: str = "",
    dots: bool = False,
    figure: str = "chart",
    marks: tuple[str, str, str] = ("100 %", "50 %", "0 %"),
    x: Sequence[int] = (),
) -> str:
    """Curves over a grid, with a legend that says where each ends.

    Args:
        label: for a screen reader.
        below: HTML under the chart, such as `ends` or `ticks`.
        over: SVG in a box of 100 × 100, put over the curves.
        dots: mark every point.
        figure: its name where it is saved as a file.
        marks: what the top, the middle and the bottom of the y axis are called.
        x: the numbers of evenly spread places, at which the curves' `values` can be pointed at.
    """
    grid = "".join(f'<line x1="0" x2="100" y1="{y}" y2="{y}"/>' for y in (0, 25, 50, 75, 100))
    lines = "".join(_line(curve, dots) for curve in curves)
    legend = "".join(
        f'<li class="{curve.kind}"{pointed(curve.values)}><i></i>{curve.name} '
        f"<b>{curve.told or percent(curve.points[-1][1])}</b></li>"
        for curve in curves
    )
    names = "".join(f"<span>{mark}</span>" for mark in marks)
    return f"""<div class="rnn-chart" data-figure="{figure}"{places(x)}><ul>{legend}</ul>
<div class="rnn-plot"><div class="rnn-y">{names}</div>
<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img"
aria-label="{html.escape(label)}">{grid}{lines}{over}</svg></div>
{below}</div>"""


def places(x: Sequence[int]) -> str:
    """The attribute of a chart whose values can be pointed at: the numbers of its places; "" without any."""
    return f' data-x="{json.dumps(list(x), separators=(",", ":"))}"' if x else ""


def pointed(values: Sequence[float | None]) -> str:
    """The attribute of a line in the legend: its values at those places, to four digits; "" without any."""
    known = [None if v is None or not math.isfinite(v) else float(f"{v:.4g}") for v in values]
    return f' data-values="{json.dumps(known, separators=(",", ":"))}"' if known else ""


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


def outcomes(columns: Sequence[str], rows: str) -> str:
    """A small table that is always seen.

    Args:
        columns: HTML of the heads.
        rows: HTML of the rows, each <tr> with a <th scope="row"> and its cells.
    """
    head = "".join(f'<th scope="col">{one}</th>' for one in columns)
    return f'<div class="rnn-scroll" tabindex="0"><table class="rnn-outcomes"><tr>{head}</tr>{rows}</table></div>'


def values_table(
    heading: tuple[str, str], first: tuple[str, str], columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]
) -> str:
    """The numbers of a figure, folded up: for a screen reader, and for whoever wants to copy them.

    Args:
        heading: English and Korean.
        first: of the first column, English and Korean.
        columns: HTML of the others.
        rows: what stands in the first column, and in the others; HTML.
    """
    head = "".join(f'<th scope="col">{one}</th>' for one in (both(*first), *columns))
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, cells in rows
    )
    return (
        f'<details class="rnn-values"><summary>{both(*heading)}</summary><div class="rnn-scroll" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def sampled(count: int, most: int = 12) -> list[int]:
    """At most so many places of `count`, evenly spread, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)})


def _line(curve: Curve, dots: bool) -> str:
    drawn = [(100 * x, 100 - 100 * y) for x, y in curve.points]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in drawn)
    marks = "".join(f"M{x:.2f} {y:.2f}h0" for x, y in drawn) if dots else ""
    return f'<polyline class="{curve.kind}" points="{line}"/>' + (
        f'<path class="{curve.kind} rnn-dots" d="{marks}"/>' if marks else ""
    )
