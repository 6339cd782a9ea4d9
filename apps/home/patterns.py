"""The lecture's picture of what goes into a recurrent network and comes out of it, as SVG."""

from dataclasses import dataclass

from apps.shared.languages import label

STEP, BOX, HEIGHT = 34, 18, 104
ROWS = {"input": 80, "hidden": 43, "output": 6}


@dataclass(frozen=True)
class Pattern:
    """Which steps read something and which write something.

    Attributes:
        name: as the lecture calls it.
        korean: the same in Korean.
        steps: how many.
        reads: the numbers of the steps that have an input.
        writes: the numbers of the steps that have an output.
    """

    name: str
    korean: str
    steps: int
    reads: frozenset[int]
    writes: frozenset[int]

    @property
    def title(self) -> str:
        """Both names, as plain text."""
        return f"{self.name} · {self.korean}"


def _pattern(name: str, korean: str, steps: int, reads: set[int], writes: set[int]) -> Pattern:
    return Pattern(name, korean, steps, frozenset(reads), frozenset(writes))


PATTERNS = {
    "one_to_one": _pattern("one to one", "일대일", 1, {0}, {0}),
    "one_to_many": _pattern("one to many", "일대다", 3, {0}, {0, 1, 2}),
    "many_to_one": _pattern("many to one", "다대일", 3, {0, 1, 2}, {2}),
    "many_to_many": _pattern("many to many", "다대다", 5, {0, 1, 2}, {2, 3, 4}),
    "in_step": _pattern("many to many, in step", "다대다(동기식)", 3, {0, 1, 2}, {0, 1, 2}),
}


def drawn(pattern: Pattern) -> str:
    """The picture: inputs at the bottom, states in the middle, outputs at the top; arrows are what flows."""
    width = STEP * pattern.steps
    parts = []
    for step in range(pattern.steps):
        parts.append(_box(step, "hidden"))
        if step:
            parts.append(_arrow(_middle(step - 1) + BOX / 2, 52, _middle(step) - BOX / 2, 52))
        if step in pattern.reads:
            parts += [_box(step, "input"), _arrow(_middle(step), ROWS["input"], _middle(step), 61)]
        if step in pattern.writes:
            parts += [_box(step, "output"), _arrow(_middle(step), ROWS["hidden"], _middle(step), 24)]
    reads, writes = (", ".join(str(n + 1) for n in sorted(steps)) for steps in (pattern.reads, pattern.writes))
    described = label(
        f"{pattern.name}: {pattern.steps} steps; inputs at {reads}; outputs at {writes}",
        f"{pattern.korean}: 시점 {pattern.steps}개, 입력 시점 {reads}, 출력 시점 {writes}",
    )
    return (
        f'<svg class="rnn-pattern" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" role="img" '
        f'aria-label="{described}">{"".join(parts)}</svg>'
    )


def _middle(step: int) -> float:
    return STEP * (step + 0.5)


def _box(step: int, kind: str) -> str:
    x = _middle(step) - BOX / 2
    return f'<rect class="rnn-{kind}" x="{x:g}" y="{ROWS[kind]}" width="{BOX}" height="{BOX}" rx="3"/>'


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line with a head of two strokes: markers need an id, and ids are to be unique on a page."""
    head = f"M{x2 - 3:g} {y2 + 4:g}L{x2:g} {y2:g}L{x2 + 3:g} {y2 + 4:g}"
    if y1 == y2:
        head = f"M{x2 - 4:g} {y2 - 3:g}L{x2:g} {y2:g}L{x2 - 4:g} {y2 + 3:g}"
    return f'<path class="rnn-arrow" d="M{x1:g} {y1:g}L{x2:g} {y2:g}{head}"/>'
