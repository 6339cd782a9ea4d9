"""What the network painted, as HTML: frames that are played, a strip, a table of the windows."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from apps.draw import pictures
from apps.shared.languages import both, label

if TYPE_CHECKING:
    from rnn_models.tasks.draw import DRAW, Drawing

_SIGNS = ("g<sub>X</sub>", "g<sub>Y</sub>", "δ", "σ")
PLAY, STEP = label("Play", "재생"), label("Step", "단계")
_PLAYER = (
    '<div class="rnn-draw-player" role="group" aria-label="{name}">'
    '<button type="button" class="rnn-draw-play" aria-pressed="false" aria-label="{play}"></button>'
    '<label>{step} <input type="range" min="0" max="{last}" value="{last}" aria-label="{name}"></label>'
    '<output aria-live="off">{last} / {last}</output></div>'
)


def player(side_by_side: Sequence[str], steps: int, windows: str = "") -> str:
    """Pictures with their player; each of `side_by_side` is the HTML of `moving`."""
    bar = _PLAYER.format(name=STEP, play=PLAY, step=both("Step", "단계"), last=steps)
    return (
        f'<div class="rnn-drawn" data-steps="{steps}">{bar}<div class="rnn-draw-sides">{"".join(side_by_side)}</div>'
        f"{windows}</div>"
    )


def legend(reads: bool) -> str:
    """What the frames over a canvas are."""
    read = f' <i class="rnn-draw-key rnn-draw-read"></i>{both("reads", "읽는 창")}' if reads else ""
    return f'<p class="rnn-caption"><i class="rnn-draw-key rnn-draw-write"></i>{both("writes", "쓰는 창")}{read}</p>'


def moving(drawing: "Drawing", loaded: "DRAW", title: str, large: bool = True, ns: Sequence[int] = ()) -> str:
    """Pictures whose steps are shown one at a time, under a heading that is HTML."""
    ns = ns or range(len(drawing.canvases))
    figures = "".join(_figure(drawing, loaded, n) for n in ns)
    kind = "rnn-draw-large" if large else "rnn-draw-small"
    shown = f'<div class="{kind}" data-figure="canvas">{figures}</div>'
    return f'<section class="rnn-draw-side"><h3>{title}</h3>{shown}</section>'


def _figure(drawing: "Drawing", loaded: "DRAW", n: int) -> str:
    frames = pictures.canvases(drawing, n)
    last = len(frames) - 1
    parts = []
    for t, canvas in enumerate(frames):
        hidden = "" if t == last else " hidden"
        url = pictures.data_url(pictures.png(pictures.grey(canvas)), "png")
        parts.append(
            f'<div class="rnn-draw-frame" data-t="{t}"{hidden}>{_image(url)}{boxes(drawing, loaded, n, t)}</div>'
        )
    name = drawing.labels[n]
    caption = f"<figcaption>{html.escape(name)}</figcaption>" if name is not None else ""
    alt = label("canvas", "캔버스") + (f" {name}" if name is not None else "")
    return f'<figure role="img" aria-label="{html.escape(alt)}">{"".join(parts)}{caption}</figure>'


def still(canvas: np.ndarray) -> str:
    """One picture (28, 28), from 0 (paper) to 1 (ink), that does not move."""
    url = pictures.data_url(pictures.png(pictures.grey(canvas)), "png")
    name = label("what is given", "주어진 부분")
    return f'<figure role="img" aria-label="{name}"><div class="rnn-draw-frame">{_image(url)}</div></figure>'


def _image(url: str) -> str:
    return f'<img src="{url}" alt="" width="28" height="28">'


def boxes(drawing: "Drawing", loaded: "DRAW", n: int, t: int) -> str:
    """The windows over a canvas at step t, as SVG; "" before the first step, or without attention."""
    kinds = (("write", drawing.writes), ("read", drawing.reads))
    found = ""
    for kind, where in kinds:
        if t and where is not None:
            left, top, side = pictures.box(where, n, t - 1, loaded.settings[f"{kind}_size"])
            found += f'<rect data-window="{kind}" x="{left:.2f}" y="{top:.2f}" width="{side:.2f}" height="{side:.2f}"/>'
    return f'<svg viewBox="0 0 28 28" aria-hidden="true">{found}</svg>' if found else ""


def strip(drawing: "Drawing", loaded: "DRAW", n: int = 0) -> str:
    """All steps of one picture side by side."""
    frames = "".join(
        f'<div class="rnn-draw-still"><div class="rnn-draw-frame">'
        f"{_image(pictures.data_url(pictures.png(pictures.grey(canvas)), 'png'))}{boxes(drawing, loaded, n, t)}</div>"
        f"<small>{t}</small></div>"
        for t, canvas in enumerate(pictures.canvases(drawing, n))
    )
    heading = both("Step by step", "한 단계씩")
    row = f'<div class="rnn-draw-strip" data-figure="steps">{frames}</div>'
    return f'<h4>{heading}</h4><div class="rnn-scroll">{row}</div>'


def table(drawing: "Drawing", n: int = 0) -> str:
    """The windows of one picture as a table; of one that was painted from a picture also the nats of each step."""
    columns: list[tuple[str, Sequence[float]]] = []
    for where, name in ((drawing.reads, both("read", "읽기")), (drawing.writes, both("write", "쓰기"))):
        if where is not None:
            values = (where.g_x[n], where.g_y[n], where.delta[n], where.sigma[n])
            columns += [(f"{name} {sign}", row) for sign, row in zip(_SIGNS, values, strict=True)]
    if drawing.nats is not None:
        columns.append((both("nats of z", "z의 내트"), drawing.nats[n][1:]))
    if not columns:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in columns)
    rows = "".join(
        f'<tr><th scope="row">{t + 1}</th>' + "".join(f"<td>{row[t]:.2f}</td>" for _, row in columns) + "</tr>"
        for t in range(drawing.canvases.shape[1])
    )
    summary = both("All numbers as a table", "모든 숫자를 표로 보기")
    return (
        f'<details class="rnn-draw-numbers"><summary>{summary}</summary><div class="rnn-scroll"><table>'
        f'<thead><tr><th scope="col">{both("step", "단계")}</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def downloads(files: Sequence[tuple[str, bytes]]) -> str:
    """Links that save files; each a name such as "digits.gif", and its content."""
    urls = [(name, pictures.data_url(content, name.rpartition(".")[2])) for name, content in files]
    links = " ".join(f'<a class="rnn-draw-file" download="{name}" href="{url}">{name}</a>' for name, url in urls)
    return f'<p class="rnn-draw-files">{both("Save", "저장")}: {links}</p>'
