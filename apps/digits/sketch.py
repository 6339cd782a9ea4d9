"""The digit that all tabs read, as one short text, so that a link can hold it.

    NAME            an example, see `apps.digits.examples`
    ~STROKES        what was drawn: points of two characters each, x and y from 0 to 63; "." lifts the pen
    *GREYS          a photograph in the form in which the networks get it: 784 characters 0 to f, row by row

`assets/sketch.js` writes and shows the second kind.
"""

import re
from dataclasses import dataclass

import numpy as np

from apps.digits import examples
from apps.shared import validation
from rnn_models.vision.digit_pictures import SIDE, digit_picture

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The sign of each coordinate, 0 to 63."""

LIMIT = 3_000
"""Characters of a drawing."""

PEN = 5.5
"""The width of the pen, in coordinates."""

GREYS = 15
"""The darkest ink of a photograph in a text."""

_STROKES = re.compile(r"~([\w-]{2})+(\.([\w-]{2})+)*", re.ASCII)
_PHOTOGRAPH = re.compile(rf"\*[0-9a-f]{{{SIDE * SIDE}}}")
_FINE = 5  # pixels of the drawing to a coordinate


@dataclass(frozen=True)
class Digit:
    """What is read.

    Attributes:
        picture: (28, 28) float32, from 0 (paper) to 1 (ink).
        label: what it is, where that is known; else "".
    """

    picture: np.ndarray
    label: str = ""


def digit(source: str | None) -> Digit:
    """The digit of a text.

    Raises:
        gr.Error: the text is empty, or none of the three kinds.
    """
    with validation.about("source"):
        source = validation.text_within(source, LIMIT, "The drawing", "그림", "source")
        if not source:
            raise validation.refusal(
                "There is no digit yet: draw one, choose an example, or take a photograph.",
                "숫자가 없습니다. 그리거나, 예시를 고르거나, 사진을 찍어 주세요.",
            )
        if source in examples.BY_NAME:
            example = examples.BY_NAME[source]
            return Digit(_example(example), example.label)
        if _STROKES.fullmatch(source):
            return Digit(drawn(source))
        if _PHOTOGRAPH.fullmatch(source):
            return Digit(_greys(source))
        raise validation.refusal(
            "This is no digit that the page knows: draw one, or choose an example.",
            "이 화면에서 읽을 수 있는 숫자가 아닙니다. 그리거나 예시를 골라 주세요.",
        )


def is_digit(source: str) -> bool:
    """Whether a text is of one of the three kinds, and not too long."""
    known = source in examples.BY_NAME or _STROKES.fullmatch(source) or _PHOTOGRAPH.fullmatch(source)
    return bool(known) and len(source) <= LIMIT


def text_of(picture: np.ndarray) -> str:
    """A picture (28, 28) as a text, in 16 greys."""
    return "*" + "".join(f"{round(GREYS * float(value)):x}" for value in picture.ravel())


def strokes(source: str) -> list[list[tuple[int, int]]]:
    """The points (x, y) of each stroke of a drawing."""
    return [
        [(ALPHABET.index(part[n]), ALPHABET.index(part[n + 1])) for n in range(0, len(part), 2)]
        for part in source.removeprefix("~").split(".")
    ]


def drawn(source: str) -> np.ndarray:
    """A drawing in the form in which the networks get it, (28, 28) float32."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (len(ALPHABET) * _FINE,) * 2)
    pen, half = ImageDraw.Draw(image), PEN * _FINE / 2
    for stroke in strokes(source):
        points = [((x + 0.5) * _FINE, (y + 0.5) * _FINE) for x, y in stroke]
        pen.line(points, 255, round(2 * half), joint="curve")
        for x, y in points:  # round ends, and a dot where there is one point only
            pen.ellipse((x - half, y - half, x + half, y + half), 255)
    return digit_picture(np.stack([np.asarray(image)] * 3, axis=-1))


def _example(example: examples.Example) -> np.ndarray:
    if example.strokes:
        return drawn(example.strokes)
    from PIL import Image

    with Image.open(example.path) as image:
        return digit_picture(np.asarray(image.convert("L"), dtype="float32") / 255)


def _greys(source: str) -> np.ndarray:
    values = [int(value, 16) / GREYS for value in source[1:]]
    picture = np.array(values, dtype="float32").reshape(SIDE, SIDE)
    if not picture.any():
        raise validation.refusal("The picture is empty: draw a digit.", "빈 그림입니다. 숫자를 그려 주세요.")
    return picture
