"""Lines over a logarithmic axis, as HTML and SVG that stretch with the page."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.shared import charts

TICKS = 6
"""At most so many powers of ten are named."""

SOLID, DASHED, DOTTED = "rnn-solid", "rnn-dashed", "rnn-dotted"
Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        name: HTML for the legend.
        values: a value for each place on the x axis; None where there is none.
        colour: the CSS class that gives it, rnn-c0 to rnn-c3, or rnn-grey.
        dash: SOLID, DASHED or DOTTED.
        told: HTML that stands behind the name, such as its last value.
    """

    name: str
    values: Values
    colour: str
    dash: str = SOLID
    told: str = ""


def plot(
    lines: Sequence[Line],
    label: str,
    below: str,
    figure: str,
    places: int,
    least: float = 0.0,
    most: float = math.inf,
    every: int = 1,
) -> str:
    """Lines over a grid of powers of ten.

    Args:
        lines: what is drawn.
        label: for a screen reader.
        below: HTML under it: the x axis.
        figure: its name where it is saved as a file.
        places: how many places the x axis has.
        least, most: smaller and larger values leave the picture at its edge.
        every: so many steps lie between two places; the first is step 1.
    """
    low, high = _edges(lines, least, most)
    places_of = {value: f"{_height(value, low, high):.2f}" for value in _ticks(low, high)}
    grid = "".join(f'<line x1="0" x2="100" y1="{y}" y2="{y}"/>' for y in places_of.values())
    names = "".join(f'<span style="top:{y}%">{_tick(value)}</span>' for value, y in places_of.items())
    drawn = "".join(_drawn(line, places, low, high) for line in lines)
    legend = "".join(
        f'<li class="{line.colour}"{charts.pointed(line.values)}><i class="{line.dash}"></i><span>{line.name}</span>'
        f"{f' <b>{line.told}</b>' if line.told else ''}</li>"
        for line in lines
    )
    numbers = charts.places(range(1, places * every + 1, every))
    return (
        f'<div class="rnn-chart rnn-log" data-figure="{figure}"{numbers}><ul>{legend}</ul>'
        f'<div class="rnn-plot"><div class="rnn-powers" aria-hidden="true">{names}</div>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{html.escape(label)}">'
        f"{grid}{drawn}</svg></div>{below}</div>"
    )


def power_of_ten(power: int) -> str:
    """10 to this power, as HTML."""
    return {0: "1", 1: "10"}.get(power) or f"10<sup>{str(power).replace('-', '−')}</sup>"


def scientific(value: float | None) -> str:
    """0.034, 12.5, or 3.4·10⁻¹¹ where that would be too small or too large to read; as HTML."""
    if value is None:
        return "–"
    if value == 0 or 0.001 <= abs(value) < 10_000:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}·{power_of_ten(int(power))}".replace("-", "−")


def _edges(lines: Sequence[Line], least: float, most: float) -> tuple[float, float]:
    """The logarithms of the lower and the upper edge, at least a decade apart."""
    seen = [min(max(v, least), most) for line in lines for v in line.values if v is not None and v > 0]
    logs = [math.log10(value) for value in seen if value > 0] or [0.0]
    low, high = min(logs), max(logs)
    middle, half = (low + high) / 2, max(0.5, (high - low) / 2)
    return middle - 1.04 * half, middle + 1.04 * half


def _ticks(low: float, high: float) -> Iterator[float]:
    """Powers of ten; where there are fewer than three, also 2 and 5 times of them."""
    step = max(1, math.ceil((high - low) / (TICKS - 1)))
    powers = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
    if len(powers) > 2:
        yield from (10.0**power for power in powers)
        return
    for power in range(math.floor(low), math.floor(high) + 1):
        yield from (n * 10.0**power for n in (1, 2, 5) if low <= math.log10(n * 10.0**power) <= high)


def _tick(value: float) -> str:
    power = math.floor(math.log10(value) + 1e-9)
    return f"{value:g}" if -4 < power < 4 else power_of_ten(power)


def _height(value: float, low: float, high: float) -> float:
    """Where a value stands: 0 at the upper edge, 100 at the lower."""
    return 100 * (high - math.log10(value)) / (high - low)


def _drawn(line: Line, places: int, low: float, high: float) -> str:
    """The line in pieces: it ends where there is no value, or one outside of the picture."""
    pieces: list[list[str]] = [[]]
    for n, value in enumerate(line.values):
        if value is None or value <= 0 or math.isinf(value):
            pieces.append([])
            continue
        x, y = 100 * n / max(1, places - 1), _height(value, low, high)
        outside = not -1e-9 <= y <= 100 + 1e-9
        if outside and not pieces[-1]:
            continue
        pieces[-1].append(f"{x:.2f},{min(100.0, max(0.0, y)):.2f}")
        if outside:
            pieces.append([])
    drawn = [piece * 2 if len(piece) == 1 else piece for piece in pieces if piece]
    return "".join(f'<polyline class="{line.colour} {line.dash}" points="{" ".join(piece)}"/>' for piece in drawn)
