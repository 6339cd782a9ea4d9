"""How the nodes and the weights of the graph are written, and which step of a walk through it shows which of them."""

import html
import re
from typing import TYPE_CHECKING

from apps.shared.formatting import number
from apps.shared.languages import both

if TYPE_CHECKING:
    from rnn_models.probes.unrolled import SharedWeight, Unrolled

WEIGHTS = {
    ("cell", "kernel"): ("W", "xh"),
    ("cell", "recurrent_kernel"): ("W", "hh"),
    ("cell", "bias"): ("b", "h"),
    ("output", "kernel"): ("W", "hy"),
    ("output", "bias"): ("b", "y"),
}
KINDS = {
    "x": both("input", "입력"),
    "h": both("hidden state", "은닉 상태"),
    "c": both("cell state", "셀 상태"),
    "y": both("logits", "로짓"),
    "L": both("loss", "손실"),
}
STATE = both("a further state", "그 밖의 상태")


def symbol(weight: "SharedWeight") -> tuple[str, str]:
    """A weight's letter and what stands below it; that of the second cell has a stroke."""
    part = "output" if weight.part == "output" else "cell"
    letter, below = WEIGHTS.get((part, weight.name), ("W", weight.name.replace("_", " ")))
    return letter + ("′" if weight.part == "second cell" else ""), below


def weight_html(weight: "SharedWeight") -> str:
    """A weight's name as HTML."""
    letter, below = symbol(weight)
    return f'<span translate="no">{letter}<sub>{html.escape(below)}</sub></span>'


def node_letter(kind: str) -> str:
    """The letter of a kind of node: s¹, s², ... for states without one of their own."""
    return f"s{'⁰¹²³⁴⁵⁶⁷⁸⁹'[int(kind.split('_')[1])]}" if kind.startswith("state_") else kind


def node_html(kind: str, t: int) -> str:
    """A node's name as HTML; its step counts from 1 there."""
    return f"{node_letter(kind)}<sub>{t + 1}</sub>"


def node_id(kind: str, t: int) -> str:
    """What a node is called in the page: "h-1" is h at the first step."""
    return f"{kind}-{t + 1}"


def copy_id(weight: "SharedWeight", t: int) -> str:
    """What the copy of a weight at a step is called in the page."""
    return f"{re.sub('[^a-z]+', '_', weight.part)}.{weight.name}-{t + 1}"


def whole_id(weight: "SharedWeight") -> str:
    """What the weight itself is called in the page."""
    return f"{re.sub('[^a-z]+', '_', weight.part)}.{weight.name}"


def short(value: float) -> str:
    """A gradient in few characters: three decimals, or a power of ten where these would say 0."""
    size = abs(value)
    if size == 0:
        return "0"
    return (
        number(value, 3)
        if 0.001 <= size < 1000
        else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
    )


def walk(found: "Unrolled") -> list[tuple[str, list[str]]]:
    """The graph one node at a time, forward and then backward: "f" or "b", and the nodes whose numbers come then.

    The states of a step come together, and on the way back with them the copies of the weights that made them.
    """
    steps: list[tuple[str, list[str]]] = []
    for t in range(found.wiring.steps):
        for kinds in (("x",), found.states, ("y",), ("L",)):
            here = [node_id(kind, t) for kind in kinds if (kind, t) in found.nodes]
            steps += [("f", here)] if here else []
    for t in reversed(range(found.wiring.steps)):
        copies = {
            part: [
                copy_id(one, t) for one in found.shared.values() if (one.part == "output") == part and t in one.steps
            ]
            for part in (True, False)
        }
        for kinds, weights in ((("L",), []), (("y",), copies[True]), (found.states, copies[False]), (("x",), [])):
            here = [node_id(kind, t) for kind in kinds if (kind, t) in found.nodes]
            steps += [("b", [*here, *weights])] if here else []
    return steps
