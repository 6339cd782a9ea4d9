"""The unrolled graph as SVG: time from left to right, inputs at the bottom, losses at the top, a number on everything.

Every node and every copy of a weight is a button; `assets/unroller.js` shows what belongs to it, and walks through.
"""

import html
from typing import TYPE_CHECKING

import numpy as np

from apps.shared.formatting import number
from apps.shared.languages import label
from apps.unroller import names

if TYPE_CHECKING:
    from rnn_models.probes.unrolled import Node, SharedWeight, Unrolled

LEFT, WIDTH, GAP = 62, 108, 46  # pixels: before the first step, of a node, between two steps
LINE, PAD = 15, 6  # of a number, around a node's numbers
BETWEEN = 46  # from row to row, where a weight stands
PILL = 36, 27  # of a copy of a weight
VALUES, WIDER = 51, 70  # where the values end, in a node and in a loss
LISTED = 8  # numbers; of a larger state its norm is shown
DESCRIBED = label(
    "The unrolled graph; all its numbers stand in the table below it",
    "펼친 그래프. 모든 숫자는 아래 표에 있습니다",
)


class Drawing:
    """Where everything stands, and the parts of the SVG."""

    def __init__(self, found: "Unrolled", letters: str, markov: bool, cut: int):
        self.found, self.letters, self.markov, self.cut = found, letters, markov, cut
        self.steps = found.wiring.steps
        self.orders: dict[str, dict[str, int]] = {}
        for n, (way, here) in enumerate(names.walk(found), 1):
            for name in here:
                self.orders.setdefault(name, {})[way] = n
        self.rows: dict[str, tuple[float, float]] = {}  # kind -> top, height
        top = 4.0
        for kind in ("L", "y", *found.states, "x"):
            height = 2 * PAD + LINE * self._lines(kind)
            self.rows[kind] = (top, height)
            below = 14 if kind in found.states[:-1] else 26 if kind == "L" else BETWEEN
            top += height + below
        self.height = top - BETWEEN + 22
        self.width = LEFT + self.steps * WIDTH + (self.steps - 1) * GAP + 8
        self.parts: list[str] = []

    def _lines(self, kind: str) -> int:
        if kind == "L":
            return 2
        if kind in ("x", "y"):
            return len(self.letters)
        size = next(node.value.size for (one, _), node in self.found.nodes.items() if one == kind)
        return size if size <= LISTED else 1

    def x(self, t: int) -> float:
        """The left edge of a step."""
        return LEFT + t * (WIDTH + GAP)

    def middle(self, t: int) -> float:
        """The middle of a step."""
        return self.x(t) + WIDTH / 2

    # ------------------------------------------------------------------------------------------------ arrows

    def arrow(self, path: str, x: float, y: float, up: bool, kind: str = "") -> None:
        """A path with a head of two strokes at its end: markers would need ids."""
        head = f"M{x - 3.5:g} {y + 5:g}L{x:g} {y:g}L{x + 3.5:g} {y + 5:g}"
        if not up:
            head = f"M{x - 5:g} {y - 3.5:g}L{x:g} {y:g}L{x - 5:g} {y + 3.5:g}"
        self.parts.append(f'<path class="rnn-edge {kind}" d="{path}"/><path class="rnn-edge-head" d="{head}"/>')

    def up(self, t: int, start: str, end: str) -> None:
        """From a node to the one above it."""
        x, (top, _), (above, height) = self.middle(t), self.rows[start], self.rows[end]
        y = above + height + 1
        self.arrow(f"M{x:g} {top:g}V{y:g}", x, y, True)

    def along(self, t: int, kind: str) -> None:
        """A state goes into step t."""
        top, height = self.rows[kind]
        y, end = top + height / 2, self.x(t) - 1
        start = LEFT - 34 if t == 0 else self.x(t) - GAP
        if t and self.markov:
            start += 12
            self.parts.append(f'<text class="rnn-zero" x="{start - 2:g}" y="{y + 4:g}" text-anchor="end">0</text>')
        if t == 0:
            letter = names.node_letter(kind)
            self.parts.append(
                f'<text class="rnn-zero" x="{start - 2:g}" y="{y - 6:g}" text-anchor="middle">{letter}'
                f'<tspan dy="3" font-size="8">0</tspan><tspan dy="-3">=0</tspan></text>'
            )
        self.arrow(f"M{start:g} {y:g}H{end:g}", end, y, False)

    def fed(self, t: int) -> None:
        """What step t − 1 has written goes into step t."""
        top, height = self.rows["y"]
        low, tall = self.rows["x"]
        x, end = self.x(t) - GAP, self.x(t) - 1
        y = low + tall / 2
        self.arrow(f"M{x:g} {top + height / 2:g}h6V{y:g}H{end:g}", end, y, False, "rnn-fed")

    # ------------------------------------------------------------------------------------------------ nodes

    def node(self, kind: str, t: int) -> None:
        """A node with its numbers: values at the left, gradients at the right."""
        node = self.found.nodes[kind, t]
        x, (top, height) = self.x(t), self.rows[kind]
        lines = self._loss_lines(t) if kind == "L" else self._number_lines(kind, node)
        end = WIDER if kind == "L" else VALUES
        rows = "".join(self._line(n, *line, top=top, end=end) for n, line in enumerate(lines))
        said = ", ".join(f"{name} {value}".strip() for name, value, _, _ in lines)
        pulled = ", ".join(gradient for _, _, gradient, _ in lines if gradient)
        letter = f"{names.node_letter(kind)}{t + 1}"
        self._button(
            names.node_id(kind, t),
            f"rnn-node rnn-{'state' if kind in self.found.states else kind}",
            f"{letter}: {said}; ∂L/∂{letter}: {pulled}",
            f'<rect class="rnn-box" x="{x:g}" y="{top:g}" width="{WIDTH}" height="{height:g}" rx="7"/>'
            f'<g transform="translate({x:g} 0)">{rows}</g>',
        )

    def _line(self, n: int, name: str, value: str, gradient: str, size: float, top: float, end: float = VALUES) -> str:
        y = top + PAD + LINE * n
        at = f'y="{y + 11:g}"'
        tint = ""
        if size:
            kind = "rnn-plus" if size > 0 else "rnn-minus"
            density = min(abs(size), 1) * 0.3
            tint = f'<rect class="rnn-tint rnn-value {kind}" x="3" y="{y:g}" width="50" height="{LINE - 1}" '
            tint += f'rx="3" fill-opacity="{density:.2f}"/>'
        named = f'<text class="rnn-named" translate="no" x="7" {at}>{html.escape(name)}</text>' if name else ""
        return (
            f'{tint}{named}<text class="rnn-value" x="{end}" {at} text-anchor="end">{value}</text>'
            f'<text class="rnn-gradient" x="{WIDTH - 5}" {at} text-anchor="end">{gradient}</text>'
        )

    def _number_lines(self, kind: str, node: "Node") -> list[tuple[str, str, str, float]]:
        values, gradients = node.value.ravel(), node.gradient.ravel()
        if kind not in ("x", "y") and values.size > LISTED:
            return [("‖·‖", number(np.linalg.norm(values)), names.short(np.linalg.norm(gradients)), 0)]
        lettered = self.letters if kind in ("x", "y") else [""] * values.size
        texts = [f"{v:.0f}" if kind == "x" else number(v) for v in values]
        rows = zip(lettered, texts, map(names.short, gradients), map(float, values), strict=True)
        return list(rows)

    def _loss_lines(self, t: int) -> list[tuple[str, str, str, float]]:
        right = self.found.targets[t]
        probability = float(self.found.probabilities[t][right])
        letter = self.letters[right]
        return [(f"P({letter})", number(probability, 3), "", 0), ("L", number(self.found.losses[t]), "1", 0)]

    def copy(self, weight: "SharedWeight", t: int, x: float, y: float) -> None:
        """The copy of a weight that a step reads, with the norm of its gradient."""
        letter, below = names.symbol(weight)
        norm = names.short(float(weight.norms[weight.steps.index(t)]))
        wide, high = PILL
        self._button(
            names.copy_id(weight, t),
            "rnn-copy",
            f"{letter}{below} ({t + 1}): ‖∂L/∂W‖ {norm}",
            f'<rect class="rnn-box" x="{x:g}" y="{y:g}" width="{wide}" height="{high}" rx="6"/>'
            f'<text class="rnn-symbol" x="{x + wide / 2:g}" y="{y + 10:g}" text-anchor="middle">{letter}'
            f'<tspan dy="2" font-size="7.5">{below}</tspan></text>'
            f'<text class="rnn-gradient" x="{x + wide / 2:g}" y="{y + 23:g}" text-anchor="middle">{norm}</text>',
        )

    def _button(self, name: str, kind: str, said: str, content: str) -> None:
        order = self.orders[name]
        when = "".join(f' data-{way}="{n}"' for way, n in order.items())
        self.parts.append(
            f'<g class="{kind}" role="button" tabindex="-1" translate="no" data-node="{name}"{when} '
            f'aria-label="{html.escape(said)}">{content}</g>'
        )

    # ------------------------------------------------------------------------------------------------ the whole

    def drawn(self) -> str:
        """The SVG."""
        found, wired = self.found, self.found.wiring
        last = found.states[-1]
        for t in range(self.steps):
            for kind in found.states:
                self.along(t, kind)
            if t in wired.fed:
                self.fed(t)
            if ("x", t) in found.nodes:
                self.up(t, "x", last)
            if ("y", t) in found.nodes:
                self.up(t, "h", "y")
                self.up(t, "y", "L")
            self._frame(t)
        if self.cut:
            self._cut()
        for t in range(self.steps):
            for kind in ("x", *reversed(found.states), "y", "L"):
                if (kind, t) in found.nodes:
                    self.node(kind, t)
            self._copies(t)
            self._number(t)
        size = f'style="--natural:{self.width:g}px" viewBox="0 0 {self.width:g} {self.height:g}"'
        return f'<svg class="rnn-unrolled" {size} role="group" aria-label="{DESCRIBED}">{"".join(self.parts)}</svg>'

    def _copies(self, t: int) -> None:
        wide, high = PILL
        for weight in self.found.shared.values():
            if t not in weight.steps:
                continue
            if weight.part == "output" and weight.name == "kernel":
                self.copy(weight, t, self.middle(t) + 5, self.rows["h"][0] - BETWEEN + (BETWEEN - high) / 2)
            elif weight.name == "kernel" and ("x", t) in self.found.nodes:
                self.copy(weight, t, self.middle(t) + 5, self.rows["x"][0] - BETWEEN + (BETWEEN - high) / 2)
            elif weight.name in ("recurrent_kernel", "recurrent_weights"):
                top, height = self.rows["h"]
                self.copy(weight, t, self.x(t) - wide - 5, top + height / 2 + 5)

    def _frame(self, t: int) -> None:
        """Around the states of a cell that has several, and the cell of a decoder."""
        second = self.found.wiring.second is not None and t >= self.found.wiring.second
        if len(self.found.states) == 1 and not second:
            return
        top = self.rows["h"][0] - 4
        low, height = self.rows[self.found.states[-1]]
        kind = "rnn-frame rnn-second" if second else "rnn-frame"
        self.parts.append(
            f'<rect class="{kind}" x="{self.x(t) - 4:g}" y="{top:g}" width="{WIDTH + 8}" '
            f'height="{low + height + 4 - top:g}" rx="10"/>'
        )

    def _cut(self) -> None:
        x = self.x(self.cut) - GAP + 4
        self.parts.append(
            f'<path class="rnn-scissors" d="M{x:g} 4V{self.height - 20:g}"/>'
            f'<text class="rnn-zero" x="{x:g}" y="{self.height - 6:g}" text-anchor="middle">✂</text>'
        )

    def _number(self, t: int) -> None:
        at = f'x="{self.middle(t):g}" y="{self.height - 5:g}"'
        self.parts.append(f'<text class="rnn-zero" {at} text-anchor="middle">t={t + 1}</text>')


def graph(found: "Unrolled", letters: str, markov: bool, cut: int) -> str:
    """The graph as SVG.

    Args:
        letters: the alphabet.
        markov: no state goes from step to step.
        cut: no gradient flows back across the end of this step; 0: it does everywhere.
    """
    return Drawing(found, letters, markov, cut).drawn()
