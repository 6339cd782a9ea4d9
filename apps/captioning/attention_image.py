"""The maps of a caption as one picture to keep: a tile for each word, with its numbers, drawn by Pillow."""

from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared import attention_map
from apps.shared.formatting import number, visible
from apps.shared.pictures import Photograph

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption

TILE = 200  # pixels, the width of a tile, and the longer side of the picture in it
GAP = 12
LABEL = 44  # pixels below a picture for a word and its numbers
PER_ROW = 6
UNSEEN = 200  # of 255: how dense the shadow is where the encoder does not look
LONGEST = 24  # characters of a word
INK, FAINT, PAPER, NUMBER = "#111827", "#4b5563", "#ffffff", "#f0a030"


def sheet(photograph: Photograph, loaded: Any, caption: "Caption") -> Any:
    """A PIL image: the picture with the map of each word, the word, its probability, the bits of its map.

    Of a model without attention: the picture and the words.
    """
    from PIL import Image, ImageDraw

    plain = photograph.small.copy()
    plain.thumbnail((TILE, TILE))
    maps = [] if caption.attention is None else list(caption.attention)
    count = 1 + len(maps)
    columns = min(PER_ROW, count)
    step = (TILE + GAP, plain.height + LABEL + GAP)
    lines = _wrapped(visible(caption.text) or "(no words)", columns * step[0] - GAP)
    top = GAP + 22 * len(lines) + GAP
    size = (columns * step[0] + GAP, top + -(-count // columns) * step[1])
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for n, line in enumerate(lines):
        draw.text((GAP, GAP + 22 * n), line, INK, font=_font(18))
    bits = caption.attention_entropy
    for n in range(count):
        x, y = GAP + n % columns * step[0], top + n // columns * step[1]
        image.paste(plain, (x, y))
        if n:
            _lay(image, (x, y, *plain.size), photograph, loaded, caption, n - 1)
            word, facts = caption.tokens[n - 1], f"p {100 * caption.probabilities[n - 1]:.1f} %, "
            facts += f"entropy {number(bits[n - 1])} bits, max {100 * maps[n - 1].max():.0f} %"
            draw.text((x, y + plain.height + 3), _cut(word.removeprefix("▁")), INK, font=_font(16))
            draw.text((x, y + plain.height + 24), facts, FAINT, font=_font(12))
    return image


def _lay(image: Any, box: tuple[int, int, int, int], photograph: Photograph, loaded: Any, caption: "Caption", n: int):
    """Lay the map of a word over a picture, and outline the cell that was looked at most."""
    from PIL import Image, ImageDraw

    x, y, width, height = box
    left, top, across, down = photograph.region(loaded)
    seen = (max(1, round(across * width)), max(1, round(down * height)))
    corner = (x + round(left * width), y + round(top * height))
    weights = caption.attention[n]
    cover = Image.new("LA", (width, height), (0, UNSEEN))
    shadow = attention_map.shadow(weights, caption.grid, photograph.is_dark).resize(seen, Image.Resampling.BILINEAR)
    cover.paste(shadow, (corner[0] - x, corner[1] - y))
    grey, alpha = cover.split()
    image.paste(grey.convert("RGB"), (x, y), alpha)
    rows, columns = caption.grid
    row, column = divmod(int(np.argmax(weights)), columns)
    edges = [
        corner[0] + round(column * seen[0] / columns),
        corner[1] + round(row * seen[1] / rows),
        corner[0] + round((column + 1) * seen[0] / columns) - 1,
        corner[1] + round((row + 1) * seen[1] / rows) - 1,
    ]
    if edges[0] < edges[2] and edges[1] < edges[3]:  # of a picture that is a line nothing could be seen
        ImageDraw.Draw(image).rectangle(edges, outline=NUMBER, width=2)


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _cut(word: str) -> str:
    word = visible(word)
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines that are at most so many pixels wide; a single word may be wider."""
    font, lines = _font(18), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
