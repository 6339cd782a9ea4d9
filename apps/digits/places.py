"""Places of glimpses that are set by hand, as one short text, so that a link can hold them.

-                   the network chooses all of them
-;0.25,-0.5;-;-     the second one is set: x to the right, y down, each from -1 to 1; the network chooses the others
"""

import re
from collections.abc import Sequence

from apps.shared import validation

OWN = "-"
"""The network chooses."""

LIMIT = 400
"""Characters."""

MOST = 20
"""Places."""

_NUMBER = r"-?[01](?:\.\d{1,3})?"
_PLACE = re.compile(rf"({_NUMBER}),({_NUMBER})", re.ASCII)
Place = tuple[float, float] | None


def read(text: str) -> list[Place] | None:
    """The places of a text; None where the network chooses all.

    Raises:
        ValueError: the text is no list of places.
    """
    if text == OWN:
        return None
    parts = text.split(";")
    if len(text) > LIMIT or len(parts) > MOST:
        raise ValueError("too many places")
    return [None if part == OWN else _place(part) for part in parts]


def _place(text: str) -> tuple[float, float]:
    found = _PLACE.fullmatch(text)
    x, y = map(float, found.groups()) if found else (2.0, 2.0)
    if max(abs(x), abs(y)) > 1:
        raise ValueError(f"no place: {text[:20]}")
    return x, y


def written(places: Sequence[Place]) -> str:
    """Places as a text."""
    return ";".join(OWN if one is None else ",".join(f"{part:.3f}" for part in one) for one in places)


def checked(text: str | None) -> list[Place] | None:
    """`read`, for what a visitor sends.

    Raises:
        gr.Error: the text is no list of places.
    """
    try:
        return read(text if isinstance(text, str) else "")
    except ValueError as error:
        raise validation.refusal(
            "The places cannot be read; expected - or, for each glimpse, - or x,y from -1 to 1, with ; between them.",
            "자리를 읽을 수 없습니다. - 하나이거나, 글림프스마다 - 또는 -1부터 1까지의 x,y를 ;로 이어 적어야 합니다.",
            "places",
        ) from error


def replaced(places: Sequence[Place] | None, count: int, at: int, place: tuple[float, float]) -> list[Place]:
    """The places with one of them set; the others stay."""
    found = list(places) if places is not None else [None] * count
    found[at] = place
    return found
