"""Where a captioner looked: the picture with the map of each word laid over it, large and as a row of tiles.

What was looked at is bright, the rest lies in a shadow, so that a map is read by its brightness alone; beside it
stand its numbers. The picture is in the page once, each map as a PNG of a few
hundred bytes, one pixel a place. `assets/attention_view.js` steps through the words.
"""

import math
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from apps.shared import pictures
from apps.shared.assets import asset
from apps.shared.formatting import number, percent, token_html
from apps.shared.languages import both, label, sentences
from apps.shared.pictures import Photograph

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption

PLACES, PLAY, WORD = label("places in the picture", "사진의 칸"), label("play", "재생"), label("word", "낱말")

BITS = both("bits", "비트")

SHADOW = 0.7  # how dense it is where nothing was looked at
HIGHLIGHT = 0.35  # how much less dense it is where the light is brightest
SOFTNESS = 0.6  # below 1: what was looked at less is still seen; the numbers tell how much

_CAPTION = sentences(
    "Bright is where it looked while it wrote the word; the printed numbers are per cent, those of a word sum to 100. "
    "Few "
    "bits: it looked at one spot; many: everywhere.",
    "낱말을 쓸 때 본 곳이 밝습니다. 숫자는 퍼센트이고 한 낱말의 합은 100입니다. 비트가 적으면 한 곳을, 많으면 여러 "
    "곳을 "
    "본 것입니다.",
)
CAPTION = f'<p class="rnn-caption">{_CAPTION}</p>'
_HARD = sentences(
    "The map is the probability α of each place, from which a place was drawn in training; those of a word sum to "
    "100 %. While it writes, it looks at one place only: the likeliest, which is outlined. The entropy is that of α, "
    "not of the one place.",
    "지도는 칸마다의 확률 α이며 한 낱말의 합은 100 %입니다. 학습할 때는 이 확률로 한 칸을 뽑았습니다. 쓸 때는 확률이 "
    "가장 높은 한 칸(테두리)만 봅니다. 엔트로피는 그 한 칸이 아니라 α의 엔트로피입니다.",
)
HARD_CAPTION = f'<p class="rnn-caption">{_HARD}</p>'
_NO_ATTENTION = sentences(
    "This model has no attention: it was given one summary of the picture, and there is nowhere that it looked.",
    "이 모델에는 주의(어텐션)가 없습니다. 사진 전체를 요약한 벡터 하나만 받았으므로, 어디를 보았다고 할 수 없습니다.",
)
NO_ATTENTION = f'<p class="rnn-caption">{_NO_ATTENTION}</p>'


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is HTML with any number of `figure`s.

    A cell of a figure that is to be picked triggers a click, whose data are `at` and `place`.
    """
    script = asset("captioning", "attention_view.js")
    return gr.HTML("", js_on_load=script, apply_default_css=False, **properties)


def figure(
    photograph: Photograph,
    loaded: Any,
    caption: "Caption",
    picked: bool = False,
    steered: tuple[int, int] | None = None,
    note: str | None = None,
) -> str:
    """The picture with the map of each word of a caption; for a model without attention the words alone.

    Args:
        picked: the cells can be chosen.
        steered: the word and the place that were forced upon the model; the figure opens there.
        note: HTML over the figure; None: what is to be seen in it.
    """
    if caption.attention is None:
        return NO_ATTENTION + words(caption)
    hard = loaded.settings["attention"] == "hard"
    note = (HARD_CAPTION if hard else CAPTION) if note is None else note
    rows, columns = caption.grid
    at = steered[0] if steered else 0
    weights = ";".join(" ".join(map(str, row)) for row in (caption.attention * 10_000).round().astype(int).tolist())
    width, height = photograph.small.size
    region = (f"--{name}:{100 * share:.3f}%" for name, share in zip("xywh", photograph.region(loaded), strict=True))
    style = f"--photo:url({photograph.url});--ratio:{width / height:.4f};--columns:{columns};{';'.join(region)}"
    kind = "rnn-overlay rnn-picked" if picked else "rnn-overlay"
    forced = f' data-forced="{steered[0]} {steered[1]}"' if steered else ""
    tiles = [_tile(photograph, caption, n, n == at, hard) for n in range(len(caption.tokens))]
    return f"""{note}<div class="{kind}" data-figure="attention" data-weights="{weights}" data-at="{at}"{forced}
 style="{style}">
<div class="rnn-stage"><div class="rnn-photo"><div class="rnn-region"{_role(picked)}>
<i class="rnn-shadow" style="{_shadow_style(photograph, caption, at)}"></i>
{_cells(caption, at, picked, steered)}</div></div>
{_player(caption, at, hard)}</div>
<ol class="rnn-tiles">{"".join(tiles)}</ol></div>"""


def words(caption: "Caption") -> str:
    """The words with their probabilities."""
    pieces = "".join(
        f"<li><bdi>{token_html(word)}</bdi><small>{percent(float(probability))}</small></li>"
        for word, probability in zip(caption.tokens, caption.probabilities, strict=True)
    )
    return f'<ol class="rnn-chips" data-figure="words">{pieces}</ol>'


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


# The parts of a figure -------------------------------------------------------------------------------


def _role(picked: bool) -> str:
    return f' role="group" aria-label="{PLACES}"' if picked else ' aria-hidden="true"'


def _shadow_style(photograph: Photograph, caption: "Caption", n: int) -> str:
    image = shadow(caption.attention[n], caption.grid, photograph.is_dark)
    return f"background-image:url({pictures.data_url(image, 'PNG', optimize=True)})"


def _cells(caption: "Caption", at: int, picked: bool, steered: tuple[int, int] | None) -> str:
    """A cell for each place, with the weight of one word; `assets/attention_view.js` puts in those of the others."""
    row = caption.attention[at]
    found = []
    for place, weight in enumerate(row.tolist()):
        kinds = [
            *(["rnn-much"] if weight >= 2 / len(row) else []),
            *(["rnn-most"] if place == int(row.argmax()) else []),
            *(["rnn-forced"] if steered and place == steered[1] else []),
        ]
        kind = f' class="{" ".join(kinds)}"' if kinds else ""
        printed = f"{100 * weight:.0f}" if weight >= 0.005 else ""
        line, column = divmod(place, caption.grid[1])
        if picked:
            name = f"{line + 1}, {column + 1}: {100 * weight:.1f} %"
            stop = 0 if place == int(row.argmax()) else -1
            found.append(f'<button type="button"{kind} tabindex="{stop}" aria-label="{name}">{printed}</button>')
        else:
            found.append(f"<i{kind}>{printed}</i>")
    return f'<div class="rnn-grid">{"".join(found)}</div>'


def _player(caption: "Caption", at: int, hard: bool) -> str:
    spoken = "".join(
        f'<span data-n="{n}"{_on(n == at)}>{token_html(word)}</span>{_gap(caption.tokens, n)}'
        for n, word in enumerate(caption.tokens)
    )
    last = len(caption.tokens) - 1
    return f"""<p class="rnn-spoken" dir="auto" translate="no">{spoken}</p>
<p class="rnn-fact" aria-live="polite">{_word_facts(caption, at, hard)}</p>
<div class="rnn-player"><button type="button" class="rnn-play" aria-label="{PLAY}" aria-pressed="false"></button>
<input type="range" min="0" max="{last}" value="{at}" aria-label="{WORD}"/>
<label><input type="checkbox" class="rnn-as-cells"/> {both("cells, all numbers", "칸과 모든 숫자")}</label></div>"""


def _on(now: bool) -> str:
    return ' class="rnn-on"' if now else ""


def _gap(tokens: list[str], n: int) -> str:
    """A space, unless the next token goes on with the same word."""
    pieces = any(token.startswith("▁") for token in tokens)
    following = tokens[n + 1] if n + 1 < len(tokens) else ""
    return "" if pieces and not following.startswith(("▁", "</")) else " "


def _tile(photograph: Photograph, caption: "Caption", n: int, now: bool, hard: bool) -> str:
    bits, word = number(caption.attention_entropy[n], 1), token_html(caption.tokens[n])
    return (
        f'<li><button type="button" class="rnn-tile{" rnn-on" if now else ""}" data-n="{n}" '
        f'data-most="{int(caption.attention[n].argmax())}" tabindex="-1">'
        f'<span class="rnn-photo"><span class="rnn-region"><i class="rnn-shadow" '
        f'style="{_shadow_style(photograph, caption, n)}"></i></span></span><b><bdi>{word}</bdi></b>'
        f"<small>p {percent(float(caption.probabilities[n]))}</small><small>{bits} {BITS}</small></button>"
        f'<span class="rnn-word-facts" hidden>{_word_facts(caption, n, hard)}</span></li>'
    )


def entropy_name(hard: bool) -> str:
    """Of what the entropy is."""
    if hard:
        return both("entropy of the places’ probabilities", "칸 확률의 엔트로피")
    return both("entropy of the weights", "가중치의 엔트로피")


def bits_of(bits: float, places: int) -> str:
    """An entropy, and the largest that so many places can have."""
    return f"{number(bits)} / {number(math.log2(max(places, 1)))} {BITS}"


def _word_facts(caption: "Caption", n: int, hard: bool) -> str:
    """A word and its map in numbers; HTML."""
    weights = caption.attention[n]
    most = int(weights.argmax())
    row, column = (place + 1 for place in divmod(most, caption.grid[1]))
    place = both(f"row {row} column {column}", f"{row}행 {column}열")
    looked = both("looked at", "본 칸") if hard else both("largest weight", "가장 큰 가중치")
    return (
        f"<b><bdi>{token_html(caption.tokens[n])}</bdi></b><span>{n + 1}/{len(caption.tokens)}</span>"
        f"<span>{both('probability of the word', '낱말의 확률')} {percent(float(caption.probabilities[n]))}</span>"
        f"<span>{entropy_name(hard)} {bits_of(caption.attention_entropy[n], len(weights))}</span>"
        f"<span>{looked}: {place}, {percent(float(weights[most]))}</span>"
    )
