"""What belongs to a node or to a copy of a weight, in full; the tables of all numbers and of the shared weights."""

import html
from typing import TYPE_CHECKING

import numpy as np

from apps.shared.formatting import number, percent
from apps.shared.languages import both, sentences
from apps.unroller import names

if TYPE_CHECKING:
    from rnn_models.probes.unrolled import SharedWeight, Unrolled

VALUE, GRADIENT = both("value", "값"), both("gradient", "그래디언트")
NOTHING = sentences("Nothing comes after it.", "뒤에 오는 것이 없습니다.")


class Details:
    """The panels of one graph."""

    def __init__(self, found: "Unrolled", letters: str, cell: str, markov: bool, cut: int, forcing: bool):
        self.found, self.letters, self.cell = found, letters, cell
        self.markov, self.cut, self.forcing = markov, cut, forcing

    def all(self) -> str:
        """A panel for each node and each copy; `assets/unroller.js` shows one."""
        nodes = "".join(
            _panel(names.node_id(kind, t), self._title(kind, t), self._node(kind, t)) for kind, t in self.found.nodes
        )
        copies = "".join(
            _panel(names.copy_id(one, t), f"{names.weight_html(one)}, {_copy_of(t)}", _gradient_of_copy(one, n))
            for one in self.found.shared.values()
            for n, t in enumerate(one.steps)
        )
        wholes = "".join(
            _panel(names.whole_id(one), names.weight_html(one), _whole(one)) for one in self.found.shared.values()
        )
        return nodes + copies + wholes

    def _title(self, kind: str, t: int) -> str:
        return f"{names.node_html(kind, t)} {names.KINDS.get(kind, names.STATE)}"

    def _node(self, kind: str, t: int) -> str:
        if kind == "L":
            return self._loss(t)
        if kind == "y":
            return self._logits(t)
        return (self._input(t) if kind == "x" else self._state(kind, t)) + self._numbers(kind, t)

    def _numbers(self, kind: str, t: int) -> str:
        node = self.found.nodes[kind, t]
        lettered = self.letters if kind == "x" else [""] * node.value.size
        rows = "".join(
            f'<tr><th scope="row" translate="no">{html.escape(name) or n + 1}</th><td>{number(value, 4)}</td>'
            f'<td class="rnn-gradient">{_exact(gradient)}</td></tr>'
            for n, (name, value, gradient) in enumerate(
                zip(lettered, node.value.ravel(), node.gradient.ravel(), strict=True)
            )
        )
        head = f"<tr><td></td><th>{VALUE}</th><th>{GRADIENT} ∂L/∂{names.node_html(kind, t)}</th></tr>"
        return f"<table>{head}{rows}</table>"

    def _input(self, t: int) -> str:
        read = self.letters[int(self.found.nodes["x", t].value.argmax())]
        letter = f'<b translate="no">{html.escape(read)}</b>'
        if t not in self.found.wiring.fed:
            return f"<p>{both('The letter', '글자')} {letter}</p>"
        if self.forcing:
            return f"<p>{sentences('The right letter of the step before:', '앞 시점의 정답 글자:')} {letter}</p>"
        told = sentences(
            "The likeliest letter of the step before. No gradient flows back through the choice.",
            "앞 시점에서 확률이 가장 높았던 글자입니다. 이 선택을 거슬러 그래디언트가 흐르지는 않습니다.",
        )
        return f"<p>{letter} {told}</p>"

    def _state(self, kind: str, t: int) -> str:
        return (self._arithmetic(t) if kind == "h" and self.cell == "vanilla" else "") + (
            self._pulled(t) if kind == "h" else ""
        )

    def _arithmetic(self, t: int) -> str:
        """The two sums inside tanh."""
        second = self.found.wiring.second is not None and t >= self.found.wiring.second
        part = "second cell" if second else "cell"
        kernel, recurrent = (self.found.shared[f"{part}/{name}"].value for name in ("kernel", "recurrent_kernel"))
        bias = self.found.shared.get(f"{part}/bias")
        has_x, started = ("x", t) in self.found.nodes, t and not self.markov
        from_x = self.found.nodes["x", t].value @ kernel if has_x else np.zeros(kernel.shape[1])
        before = self.found.nodes["h", t - 1].value if started else np.zeros(len(recurrent))
        stroke = "′" if second else ""
        terms = [
            (f"x<sub>{t + 1}</sub> W{stroke}<sub>xh</sub>" if has_x else "0", from_x),
            (
                f"h<sub>{t}</sub> W{stroke}<sub>hh</sub>" if started or not t else f"0 W{stroke}<sub>hh</sub>",
                before @ recurrent,
            ),
        ]
        terms += [] if bias is None else [(f"b{stroke}<sub>h</sub>", bias.value)]
        named, given = (" + ".join(column) for column in zip(*((name, _vector(v)) for name, v in terms), strict=True))
        value = _vector(self.found.nodes["h", t].value)
        return f'<p translate="no"><b>h<sub>{t + 1}</sub></b> = tanh({named}) = tanh({given}) = {value}</p>'

    def _pulled(self, t: int) -> str:
        """∂L/∂h_t: what comes through y_t, and what comes through the next step."""
        whole = self.found.nodes["h", t].gradient
        through_y = np.zeros_like(whole)
        if ("y", t) in self.found.nodes:
            through_y = self.found.shared["output/kernel"].value @ self.found.nodes["y", t].gradient
        last = t == self.found.wiring.steps - 1
        after = np.zeros_like(whole) if last or self.markov or t + 1 == self.cut else whole - through_y
        y = f"y<sub>{t + 1}</sub>"
        lines = f"{both(f'through {y}', f'{y}에서')}: {_vector(through_y)}<br>"
        lines += f"{both('through the next step', '다음 시점에서')}: {_vector(after)}"
        if not last and (self.markov or t + 1 == self.cut):
            lines += f" {both('(cut)', '(끊김)')}"
        return f"<p><b>∂L/∂h<sub>{t + 1}</sub></b> = {_vector(whole)}<br>{lines}</p>"

    def _logits(self, t: int) -> str:
        node, probabilities, right = self.found.nodes["y", t], self.found.probabilities[t], self.found.targets[t]
        rows = "".join(
            f'<tr{" class=rnn-right" if n == right else ""}><th scope="row" translate="no">{html.escape(letter)}</th>'
            f"<td>{number(y, 4)}</td><td>{percent(float(p))}</td><td class='rnn-gradient'>{_exact(g)}</td></tr>"
            for n, (letter, y, p, g) in enumerate(
                zip(self.letters, node.value, probabilities, node.gradient, strict=True)
            )
        )
        told = (
            f"<p><b>∂L/∂y<sub>{t + 1}</sub></b> = p<sub>{t + 1}</sub> − "
            f"{both('one-hot of', '원-핫')} <b translate='no'>{html.escape(self.letters[right])}</b></p>"
        )
        softmax = both("softmax", "소프트맥스")
        head = f"<tr><td></td><th>y<sub>{t + 1}</sub></th><th>{softmax} p</th><th>{GRADIENT}</th></tr>"
        return f"{told}<table>{head}{rows}</table>"

    def _loss(self, t: int) -> str:
        right, best = (self.letters[n] for n in (self.found.targets[t], self.found.choices[t]))
        probability = float(self.found.probabilities[t][self.found.targets[t]])
        mark = '<b class="rnn-yes">✓</b>' if right == best else '<b class="rnn-no">✗</b>'
        return (
            f"<p>{both('right', '정답')} <b translate='no'>{html.escape(right)}</b>, "
            f"{both('likeliest', '가장 높은 확률')} <b translate='no'>{html.escape(best)}</b> {mark}</p>"
            f"<p><b>L<sub>{t + 1}</sub></b> = −ln {probability:.4f} = <b>{number(self.found.losses[t], 4)}</b> nats; "
            f'<span class="rnn-gradient">∂L/∂L<sub>{t + 1}</sub> = 1</span></p>'
        )


def _panel(name: str, title: str, content: str) -> str:
    return f'<div class="rnn-detail" data-of="{html.escape(name)}" hidden><h4>{title}</h4>{content}</div>'


def _copy_of(t: int) -> str:
    return f"{both('copy of step', '사본, 시점')} {t + 1}"


def _exact(value: float) -> str:
    return number(value, 4) if value == 0 or abs(value) >= 0.0001 else names.short(value)


def _vector(values: np.ndarray) -> str:
    if not np.any(values):
        return '<span class="rnn-inline">0</span>'
    return f'<span class="rnn-inline" translate="no">({", ".join(_exact(v) for v in np.ravel(values))})</span>'


def _matrix(values: np.ndarray, kind: str = "") -> str:
    rows = np.atleast_2d(values)
    body = "".join(f"<tr>{''.join(f'<td>{_exact(v)}</td>' for v in row)}</tr>" for row in rows)
    return f'<div class="rnn-scroll"><table class="{kind}">{body}</table></div>'


def _gradient_of_copy(weight: "SharedWeight", n: int) -> str:
    shape = "×".join(map(str, weight.value.shape))
    norm = f"‖·‖ = <b>{_exact(float(weight.norms[n]))}</b>"
    return f"<p>{GRADIENT} ({shape}), {norm}</p>{_matrix(weight.copies[n], 'rnn-gradient')}"


def _whole(weight: "SharedWeight") -> str:
    shape = "×".join(map(str, weight.value.shape))
    told = both("gradient: the sum over the copies", "그래디언트: 사본의 합")
    return (
        f'<div class="rnn-pair-of-tables"><div><p>{VALUE} ({shape})</p>{_matrix(weight.value)}</div>'
        f"<div><p>{told}, ‖·‖ = <b>{_exact(weight.norm)}</b></p>{_matrix(weight.gradient, 'rnn-gradient')}</div></div>"
    )


# The tables ------------------------------------------------------------------------------------------


def copies_table(found: "Unrolled") -> str:
    """For each weight the norm of each copy's gradient, and of their sum; a press shows the numbers."""
    steps = range(found.wiring.steps)
    heads = "".join(f'<th scope="col">t={t + 1}</th>' for t in steps)
    rows = ""
    for one in found.shared.values():
        norms = dict(zip(one.steps, one.norms, strict=True))
        cells = "".join(
            f"<td>{_press(names.copy_id(one, t), names.short(float(norms[t]))) if t in norms else ''}</td>"
            for t in steps
        )
        shape = "×".join(map(str, one.value.shape))
        whole = _press(names.whole_id(one), number(one.norm, 3))
        named = f"{names.weight_html(one)} <small>{shape}</small>"
        rows += f'<tr><th scope="row">{named}</th>{cells}<td><b>{whole}</b></td></tr>'
    told = sentences(
        "The norm of the gradient of each copy, and of their sum: the gradient of the one weight that all steps share. "
        "Copies may pull in different directions, so the norms do not add up. Press a number to see all of the matrix.",
        "각 사본의 그래디언트와 그 합의 노름입니다. 합이 곧 모든 시점이 함께 쓰는 가중치의 그래디언트입니다. 사본마다 "
        "방향이 다를 수 있어 노름끼리 더한 값과는 다릅니다. 숫자를 누르면 행렬 전체가 보입니다.",
    )
    total = f'<th scope="col">‖Σ‖ {both("shared", "공유 가중치")}</th>'
    title = both("One weight, a copy at every step", "가중치 하나, 시점마다 사본")
    return (
        f'<h4 class="rnn-looked">{title}</h4><p class="rnn-caption">{told}</p>'
        f'<div class="rnn-copies rnn-scroll" data-figure="copies"><table>'
        f"<thead><tr><td></td>{heads}{total}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _press(name: str, text: str) -> str:
    return f'<button type="button" data-shows="{html.escape(name)}">{text}</button>'


def numbers_table(found: "Unrolled", letters: str) -> str:
    """Every number of the graph as a table, a column for each step, for those who do not see the picture."""
    steps = range(found.wiring.steps)
    heads = "".join(f'<th scope="col" colspan="2">t={t + 1}</th>' for t in steps)
    kinds = "".join(f"<th>{VALUE}</th><th>{GRADIENT}</th>" for _ in steps)
    rows = ""
    for kind in ("x", *found.states, "y", "L"):
        size = max(node.value.size for (one, _), node in found.nodes.items() if one == kind) if _any(found, kind) else 0
        for n in range(size):
            named = f" {html.escape(letters[n])}" if kind in ("x", "y") else f" {n + 1}" if size > 1 else ""
            cells = "".join(_cells(found, kind, t, n) for t in steps)
            rows += f'<tr><th scope="row" translate="no">{names.node_letter(kind)}{named}</th>{cells}</tr>'
    return (
        f'<details class="rnn-numbers"><summary>{both("All numbers as a table", "모든 숫자를 표로 보기")}</summary>'
        f'<div class="rnn-scroll"><table><thead><tr><td></td>{heads}</tr><tr><td></td>{kinds}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _any(found: "Unrolled", kind: str) -> bool:
    return any(one == kind for one, _ in found.nodes)


def _cells(found: "Unrolled", kind: str, t: int, n: int) -> str:
    node = found.nodes.get((kind, t))
    if node is None:
        return "<td></td><td></td>"
    return (
        f"<td>{number(float(node.value.ravel()[n]), 3)}</td>"
        f'<td class="rnn-gradient">{names.short(float(node.gradient.ravel()[n]))}</td>'
    )
