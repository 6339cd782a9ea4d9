"""Where a network looked in a picture: the map of each look laid over it, large and as a row of tiles.

What was looked at is bright, the rest lies in a shadow, so that a map is read by its brightness alone; beside it
stand its numbers. The picture is in the page once, each map as a PNG of a few
hundred bytes, one pixel a place. `assets/attention_map.js` steps through the looks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from apps.shared import pictures
from apps.shared.assets import asset
from apps.shared.formatting import number, percent
from apps.shared.languages import both, label
from apps.shared.pictures import Photograph

PLACES, PLAY = label("places in the picture", "사진의 칸"), label("play", "재생")

BITS = both("bits", "비트")

SHADOW = 0.7  # how dense it is where nothing was looked at
HIGHLIGHT = 0.35  # how much less dense it is where the light is brightest
SOFTNESS = 0.6  # below 1: what was looked at less is still seen; the numbers tell how much


@dataclass(frozen=True)
class Look:
    """One map, such as that of a word that was written.

    Attributes:
        name: what it was looked at for; HTML.
        weights: (L,), of the places, row by row.
        facts: HTML, spans that stand under the large picture.
        small: HTML of the lines under its tile.
        gap: what stands between this name and the next one.
    """

    name: str
    weights: np.ndarray
    facts: str
    small: Sequence[str] = ()
    gap: str = " "


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is HTML with any number of `figure`s.

    A cell of a figure that is to be picked triggers a click, whose data are `at` and `place`.
    """
    script = asset("shared", "attention_map.js")
    return gr.HTML("", js_on_load=script, apply_default_css=False, **properties)


def figure(
    photograph: Photograph,
    loaded: Any,
    looks: Sequence[Look],
    grid: tuple[int, int],
    step: str,
    picked: bool = False,
    forced: tuple[int, int] | None = None,
) -> str:
    """The picture with its maps.

    Args:
        loaded: the model, whose settings say which part of the picture it sees.
        grid: rows and columns of the places.
        step: a `label`, what the slider goes through.
        picked: the cells can be chosen.
        forced: the look and the place that were forced upon the model; the figure opens there.
    """
    at = forced[0] if forced else 0
    rows = ((look.weights * 10_000).round().astype(int).tolist() for look in looks)
    weights = ";".join(" ".join(map(str, row)) for row in rows)
    width, height = photograph.small.size
    region = (f"--{name}:{100 * share:.3f}%" for name, share in zip("xywh", photograph.region(loaded), strict=True))
    style = f"--photo:url({photograph.url});--ratio:{width / height:.4f};--columns:{grid[1]};{';'.join(region)}"
    kind = "rnn-overlay rnn-picked" if picked else "rnn-overlay"
    marked = f' data-forced="{forced[0]} {forced[1]}"' if forced else ""
    tiles = [_tile(photograph, looks, grid, n, n == at) for n in range(len(looks))]
    return f"""<div class="{kind}" data-figure="attention" data-weights="{weights}" data-at="{at}"{marked}
 style="{style}">
<div class="rnn-stage"><div class="rnn-photo"><div class="rnn-region"{_role(picked)}>
<i class="rnn-shadow" style="{_shadow_style(photograph, looks[at], grid)}"></i>
{_cells(looks[at], grid, picked, forced)}</div></div>
{_player(looks, at, step)}</div>
<ol class="rnn-tiles">{"".join(tiles)}</ol></div>"""


def shadow(weights: np.ndarray, grid: tuple[int, int], dark: bool) -> Any:
    """The shadow of a map (L,) as a PIL image, one pixel a place: none where the weight is largest.

    Args:
        dark: there is light where the weight is large, as on a dark picture shadows cannot be seen.
    """
    from PIL import Image

    seen = (weights / max(float(weights.max()), 1e-9)) ** SOFTNESS
    light, shadow = (seen, SHADOW - HIGHLIGHT * seen) if dark else (0 * seen, SHADOW * (1 - seen))
    pixels = np.stack([light, shadow], axis=-1).reshape(*grid, 2)
    return Image.fromarray((255 * pixels).round().astype(np.uint8), "LA")


def entropy(weights: np.ndarray) -> float:
    """Of weights that sum to 1, in bits."""
    seen = weights[weights > 0].astype(float)
    return float(-(seen * np.log2(seen)).sum())


def bits_of(bits: float, places: int) -> str:
    """An entropy, and the largest that so many places can have."""
    return f"{number(bits)} / {number(math.log2(max(places, 1)))} {BITS}"


def most_of(weights: np.ndarray, grid: tuple[int, int]) -> str:
    """The place with the largest weight, and that weight; HTML."""
    most = int(weights.argmax())
    row, column = (place + 1 for place in divmod(most, grid[1]))
    return f"{both(f'row {row} column {column}', f'{row}행 {column}열')}, {percent(float(weights[most]))}"


# The parts of a figure -------------------------------------------------------------------------------


def _role(picked: bool) -> str:
    return f' role="group" aria-label="{PLACES}"' if picked else ' aria-hidden="true"'


def _shadow_style(photograph: Photograph, look: Look, grid: tuple[int, int]) -> str:
    image = shadow(look.weights, grid, photograph.is_dark)
    return f"background-image:url({pictures.data_url(image, 'PNG', optimize=True)})"


def _cells(look: Look, grid: tuple[int, int], picked: bool, forced: tuple[int, int] | None) -> str:
    """A cell for each place, with the weight of one look; `assets/attention_map.js` puts in those of the others."""
    row = look.weights
    found = []
    for place, weight in enumerate(row.tolist()):
        kinds = [
            *(["rnn-much"] if weight >= 2 / len(row) else []),
            *(["rnn-most"] if place == int(row.argmax()) else []),
            *(["rnn-forced"] if forced and place == forced[1] else []),
        ]
        kind = f' class="{" ".join(kinds)}"' if kinds else ""
        printed = f"{100 * weight:.0f}" if weight >= 0.005 else ""
        line, column = divmod(place, grid[1])
        if picked:
            name = f"{line + 1}, {column + 1}: {100 * weight:.1f} %"
            stop = 0 if place == int(row.argmax()) else -1
            found.append(f'<button type="button"{kind} tabindex="{stop}" aria-label="{name}">{printed}</button>')
        else:
            found.append(f"<i{kind}>{printed}</i>")
    return f'<div class="rnn-grid">{"".join(found)}</div>'


def _player(looks: Sequence[Look], at: int, step: str) -> str:
    last = len(looks) - 1
    spoken = "".join(
        f'<span data-n="{n}"{_on(n == at)}>{look.name}</span>{look.gap if n < last else ""}'
        for n, look in enumerate(looks)
    )
    return f"""<p class="rnn-spoken" dir="auto" translate="no">{spoken}</p>
<p class="rnn-fact" aria-live="polite">{_facts(looks, at)}</p>
<div class="rnn-player"><button type="button" class="rnn-play" aria-label="{PLAY}" aria-pressed="false"></button>
<input type="range" min="0" max="{last}" value="{at}" aria-label="{step}"/>
<label><input type="checkbox" class="rnn-as-cells"/> {both("cells, all numbers", "칸과 모든 숫자")}</label></div>"""


def _on(now: bool) -> str:
    return ' class="rnn-on"' if now else ""


def _facts(looks: Sequence[Look], at: int) -> str:
    return f"<b><bdi>{looks[at].name}</bdi></b><span>{at + 1}/{len(looks)}</span>{looks[at].facts}"


def _tile(photograph: Photograph, looks: Sequence[Look], grid: tuple[int, int], n: int, now: bool) -> str:
    look = looks[n]
    small = "".join(f"<small>{line}</small>" for line in look.small)
    return (
        f'<li><button type="button" class="rnn-tile{" rnn-on" if now else ""}" data-n="{n}" '
        f'data-most="{int(look.weights.argmax())}" tabindex="-1">'
        f'<span class="rnn-photo"><span class="rnn-region"><i class="rnn-shadow" '
        f'style="{_shadow_style(photograph, look, grid)}"></i></span></span><b><bdi>{look.name}</bdi></b>'
        f'{small}</button><span class="rnn-word-facts" hidden>{_facts(looks, n)}</span></li>'
    )
