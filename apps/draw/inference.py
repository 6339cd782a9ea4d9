"""DRAW at work: what visitors and programs ask for, within limits."""

from typing import TYPE_CHECKING, Any

import numpy as np

from apps.draw import PAGE
from apps.shared import models, seeds, validation
from apps.shared.languages import label as of_both
from apps.shared.pictures import PicturePath, open_photograph

if TYPE_CHECKING:
    from rnn_models.tasks.draw import DRAW, Drawing

TASK = "draw"
CONCURRENCY: dict[str, Any] = {**PAGE.concurrency}
COUNT_LIMIT, ROUNDS_LIMIT, BETWEEN_LIMIT, TEMPERATURE_LIMIT = 16, 50, 16, 2.0
DIGITS = tuple("0123456789")
ANY = ""
"""In place of a digit: one by chance, or the one that fits best."""

PARTS = {
    "top": (slice(0, 14), slice(0, 28)),
    "bottom": (slice(14, 28), slice(0, 28)),
    "left": (slice(0, 28), slice(0, 14)),
    "right": (slice(0, 28), slice(14, 28)),
    "all": (slice(0, 28), slice(0, 28)),
}
"""Which pixels of a begun digit are given, (rows, columns)."""

Named = tuple[str, "DRAW"]


def list_models() -> list[str]:
    """The names of the trained models."""
    return models.available(TASK)


def title(name: str) -> str:
    """What a visitor reads in place of a model's name."""
    attention = models.settings(name, TASK).get("attention", True)
    return of_both("with attention", "어텐션 있음") if attention else of_both("without attention", "어텐션 없음")


def get_model(name: str = "") -> Named:
    """The model of this name, or the one that the page opens with."""
    name = name or models.first(PAGE)
    return name, models.get(name, TASK)


def twin() -> str:
    """The name of the model without attention; "" where none is here."""
    return next((name for name in list_models() if not models.settings(name, TASK).get("attention", True)), "")


# What is asked --------------------------------------------------------------------------------------


def digit_of(given: Any, field: str = "digit") -> str | None:
    """The class that is asked for; None: any."""
    if given is None or given == ANY:
        return None
    if str(given) not in DIGITS:
        raise validation.refusal(
            f"The digit is {str(given)[:40]!r}; expected one of 0 to 9, or nothing for any.",
            "숫자는 0부터 9까지 중 하나여야 합니다. 아무 숫자나 좋으면 비워 두세요.",
            field,
        )
    return str(given)


def _label(loaded: "DRAW", digit: str | None) -> str | None:
    if digit is not None and not loaded.labels:
        raise validation.refusal(
            "This model was not trained with classes: it cannot be asked for a digit. Leave the digit out.",
            "이 모델은 숫자의 종류를 배우지 않아 숫자를 골라 그릴 수 없습니다. 숫자를 비워 두세요.",
            "digit",
        )
    return digit


def paint(count: Any, seed: int, temperature: Any, digit: Any, model: str = "") -> tuple[str, "DRAW", "Drawing"]:
    """New pictures; the name of the model, the model, and what it painted."""
    count = validation.whole_number(count, 1, COUNT_LIMIT, "The number of pictures", "그림의 수", "count")
    temperature = validation.number(temperature, 0, TEMPERATURE_LIMIT, "The temperature", "온도", "temperature")
    seed, digit = seeds.checked(seed), digit_of(digit)
    with validation.user_errors():
        name, loaded = get_model(model)
        return name, loaded, loaded.draw(count, seed=seed, temperature=temperature, label=_label(loaded, digit))


def between(first: Any, last: Any, count: Any, digit: Any, model: str = "") -> tuple[str, "DRAW", "Drawing"]:
    """Pictures on the arc between the z's of two seeds."""
    count = validation.whole_number(count, 2, BETWEEN_LIMIT, "The number of pictures", "그림의 수", "count")
    ends = [validation.whole_number(one, 0, seeds.LIMIT, "The seed", "시드", "first") for one in (first, last)]
    digit = digit_of(digit)
    with validation.user_errors():
        name, loaded = get_model(model)
        chosen = _label(loaded, digit)
        zs = [loaded.draw(1, seed=one, label=chosen) for one in ends]
        same = chosen or zs[0].labels[0]
        return name, loaded, loaded.interpolate(zs[0].latents[0], zs[1].latents[0], count, same)


def seen_part(part: Any) -> np.ndarray:
    """(28, 28) of bool: the pixels of a part of `PARTS`."""
    if part not in PARTS:
        raise validation.refusal(
            f"The part is {str(part)[:40]!r}; expected one of {', '.join(PARTS)}.",
            f"보이는 부분은 다음 중 하나여야 합니다: {', '.join(PARTS)}",
            "part",
        )
    seen = np.zeros((28, 28), dtype=bool)
    seen[PARTS[part]] = True
    return seen


def complete(
    ink: np.ndarray, part: Any, digit: Any, rounds: Any, seed: int, model: str = ""
) -> tuple[str, "DRAW", "Drawing"]:
    """A digit of which only a part is given, (28, 28) from 0 to 1, painted whole; part "all": painted from itself."""
    seen, digit = seen_part(part), digit_of(digit)
    rounds = validation.whole_number(rounds, 1, ROUNDS_LIMIT, "The number of rounds", "횟수", "rounds")
    if not (ink[seen] >= 0.5).any():
        raise validation.refusal(
            "There is no ink in the part that is given: draw there, or give another part.",
            "주어진 부분에 그린 것이 없습니다. 그 부분에 그리거나 다른 부분을 고르세요.",
            "part",
        )
    with validation.user_errors():
        name, loaded = get_model(model)
        chosen = _label(loaded, digit)
        found = loaded.complete(ink, seen, chosen, 1 if seen.all() else rounds, seeds.checked(seed))
        return name, loaded, found


# For programs ----------------------------------------------------------------------------------------


def draw_digits(
    count: int = 1, seed: int = 0, temperature: float = 1.0, digit: str = "", model: str = ""
) -> dict[str, Any]:
    """Let the network paint digits, step by step.

    Args:
        count: So many pictures, 1 to 16.
        seed: Of what is drawn at random, 0 to 4,294,967,295; the same seed gives the same pictures.
        temperature: The width of the random z's, 0 to 2; 1 is how the network was trained.
        digit: "0" to "9"; "" for one by chance in each picture.
        model: A name of /draw_models; "" takes the default.

    Returns:
        The model, the digits, and for each picture the canvases (steps, 28, 28) as probabilities of ink and the windows
        through which was written: g_x, g_y (centre, pixels from 1), delta (stride), sigma (width), gamma; null without
        attention.
    """
    name, _, drawing = paint(count, seed, temperature, digit, model)
    return {"model": name, "digits": drawing.labels, "pictures": [_listed(drawing, n) for n in range(count)]}


def complete_digit(
    picture: PicturePath, part: str = "top", digit: str = "", rounds: int = 20, seed: int = 0, model: str = ""
) -> dict[str, Any]:
    """Let the network paint a whole digit of which only a part is given; the picture is centred and scaled first.

    Args:
        picture: A picture of a digit, dark on light or light on dark.
        part: Which part is given: top, bottom, left, right; or all, to paint the whole digit from itself.
        digit: "0" to "9"; "" takes the one that fits best.
        rounds: How often what is not given is painted anew, 1 to 50.
        seed: Of what is drawn at random.
        model: A name of /draw_models; "" takes the default.

    Returns:
        The model, the digit, nats (the bound of the whole picture, given the digit), and the picture as of /draw_digits
        with the windows that read, too.
    """
    from rnn_models.vision.digit_pictures import digit_picture

    photograph = open_photograph(picture)
    with validation.about("picture"), validation.user_errors():
        ink = digit_picture(photograph.array)
    name, _, drawing = complete(ink, part, digit, rounds, seed, model)
    nats = round(float(drawing.nats[0].sum()), 3)
    return {"model": name, "digit": drawing.labels[0], "nats": nats, "picture": _listed(drawing, 0)}


def _listed(drawing: "Drawing", n: int) -> dict[str, Any]:
    found: dict[str, Any] = {"canvases": np.round(drawing.canvases[n], 3).tolist()}
    for kind in ("writes", "reads"):
        where = getattr(drawing, kind)
        found[kind] = where and {
            key: np.round(value[n], 3).tolist() for key, value in zip(where._fields, where, strict=True)
        }
    return found
