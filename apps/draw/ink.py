"""What a visitor draws, as a text that a link can hold: 196 hexadecimal digits, four pixels each, row by row."""

import re

import numpy as np

from apps.shared import validation
from apps.shared.languages import both, label

SIDE = 28
LENGTH = SIDE * SIDE // 4
_INK = re.compile(rf"[0-9a-f]{{{LENGTH}}}", re.ASCII)


def is_ink(text: str) -> bool:
    """Whether a text is a drawing, or "" for none."""
    return not text or _INK.fullmatch(text) is not None


def picture_of(text: str | None) -> np.ndarray | None:
    """A drawing as (28, 28) float32, 1 where there is ink; None: nothing is drawn."""
    text = validation.text_within(text, LENGTH, "The drawing", "그림", "drawn")
    if not is_ink(text):
        raise validation.refusal(
            f"The drawing is no text of {LENGTH} hexadecimal digits: draw on the board.",
            "그림을 읽을 수 없습니다. 판에 그려 주세요.",
            "drawn",
        )
    if not text.strip("0"):
        return None
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), dtype="uint8")).reshape(SIDE, SIDE).astype("float32")


def text_of(picture: np.ndarray) -> str:
    """A picture (28, 28) as such a text; ink from .5 on."""
    return np.packbits(np.asarray(picture).ravel() >= 0.5).tobytes().hex()


def board() -> str:
    """The field to draw in, as HTML for `assets/board.js`."""
    name = label("Field to draw in: arrows move, space draws", "그림판: 화살표로 이동, 스페이스로 그리기")
    return (
        f'<div class="rnn-ink"><p>{both("Draw a digit, large", "숫자를 크게 그려 보세요")}</p>'
        f'<canvas width="448" height="448" tabindex="0" role="img" aria-label="{name}"></canvas>'
        f'<button type="button" class="rnn-press" data-clear>{both("Clear", "지우기")}</button></div>'
    )
