"""The readers of digits at work: which there are, one digit read by all of them, a digit that gets harder."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from apps.digits import PAGE
from apps.digits.beliefs import Belief, Looks
from apps.digits.names import ORDERS
from apps.shared import model_titles, models, pictures, validation
from apps.shared.languages import label
from rnn_models.vision.digit_pictures import digit_picture

TASK = PAGE.task
READERS = 8
"""So many readers stand side by side."""

CONCURRENCY = PAGE.concurrency


# Which readers there are -----------------------------------------------------------------------------


def order(name: str) -> str:
    """How a model reads; "glimpses" for one that chooses where it looks, "" for a broken bundle."""
    settings = models.settings(name, TASK)
    found = str(settings.get("order", ""))
    return found if found in ORDERS else "glimpses" if "glimpses" in settings else ""


def title(name: str) -> str:
    """How a model reads, English and Korean; plain text."""
    known = ORDERS.get(order(name))
    return label(*known) if known else model_titles.short(name)


def readers() -> dict[str, str]:
    """The models that stand side by side, each with its title: the shipped ones of each order, then others."""
    names = models.available(TASK)
    shipped = [f"{TASK}/{one}" for one in ORDERS]
    rank = {one: n for n, one in enumerate(ORDERS)}
    ordered = sorted(names, key=lambda name: (name not in shipped, rank.get(order(name), len(rank)), name))
    return {name: title(name) for name in ordered[:READERS]}


def glimpse_reader() -> str:
    """The model that chooses where it looks; "" if there is none."""
    return next((name for name in readers() if order(name) == "glimpses"), "")


def get_model(model: str) -> tuple[str, Any]:
    """The model of that name, or for "" the one that the page opens with."""
    name = model or models.first(PAGE)
    return name, models.get(name, TASK)


# At work ---------------------------------------------------------------------------------------------


def read_all(picture: np.ndarray) -> Iterator[Belief]:
    """What each of the readers makes of a picture (28, 28), one after the other."""
    for name in readers():
        _, loaded = get_model(name)
        yield _belief(name, loaded, loaded.read(picture).probabilities)


def answers(name: str, made: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
    """The classes of a reader, and their probabilities after the last piece of each picture, (N, C)."""
    _, loaded = get_model(name)
    if order(name) == "glimpses":  # its pictures may be larger, with the digit in the middle
        made = np.stack([loaded.canvas(one) for one in made])
    return loaded.labels, loaded.probabilities(made)


def look(picture: np.ndarray, places: Sequence[tuple[float, float] | None] | None = None) -> Looks:
    """Where the glimpse network looks in a picture (28, 28), what it sees there and what it believes.

    Args:
        places: places set by hand, and None for each that the network chooses; None: it chooses all.
    """
    _, loaded = get_model(glimpse_reader())
    if places is not None and len(places) != loaded.steps:
        raise validation.refusal(
            f"There are {len(places)} places; this network looks {loaded.steps} times.",
            f"자리가 {len(places)}개인데 이 신경망은 {loaded.steps}번 봅니다.",
            "places",
        )
    found = loaded.read(picture, places)
    from rnn_models.vision.glimpse_sensor import boxes

    side, size, scales = (loaded.settings[name] for name in ("canvas", "glimpse_size", "scales"))
    squares = boxes(found.places, side, size, scales)
    return Looks(loaded.labels, found.probabilities, found.picture, found.places, squares, found.retina)


def glimpses() -> int:
    """How often the glimpse network looks; read without loading it."""
    return int(models.settings(glimpse_reader(), TASK).get("glimpses", 0))


def _belief(name: str, loaded: Any, probabilities: np.ndarray) -> Belief:
    permutation = loaded.settings.get("permutation")
    return Belief(name, title(name), order(name), loaded.labels, probabilities, permutation)


def photographed(path: str | None) -> np.ndarray:
    """The digit of a file, (28, 28) float32.

    Raises:
        gr.Error: no picture, too large, or without a digit.
    """
    with validation.about("picture"):
        photograph = pictures.open_photograph(path)
        try:
            return digit_picture(photograph.array)
        except ValueError as error:
            raise validation.refusal(
                str(error), "사진에 숫자가 없습니다. 밝기가 거의 고릅니다. 숫자를 진하게 쓴 사진을 올려 주세요."
            ) from error


# For programs ----------------------------------------------------------------------------------------


def list_models() -> list[str]:
    """The names of the trained readers of digits."""
    return models.available(TASK)


def read_digit(picture: str, model: str = "") -> dict:
    """Say which digit a picture shows, and what the network believed after each piece of it.

    Args:
        picture: a file with one digit, JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels. It is
            brought into MNIST's form first: cut out, 20 pixels at the longer side, its mass in the middle of 28 × 28.
        model: a name that `digits_models` gives; "" takes the one that the page opens with.

    Returns:
        `label` and its `probability`; `labels`, all classes; `probabilities`, a row for each piece that was read (28
        rows, 784 pixels, or the whole picture), one value for each class; `settled`, after how many pieces the answer
        stood and stayed; `pixels`, the rows of what was read, 0 is paper and 1 ink; `places`, where a
        network of glimpses looked, x to the right and y down, each from -1 to 1, null for the others; the `model`.
    """
    with validation.user_errors():
        name, loaded = get_model(model)
        found = loaded.read(photographed(picture))
        belief = _belief(name, loaded, found.probabilities)
    return {
        "label": belief.label,
        "probability": round(belief.probability, 6),
        "labels": list(belief.labels),
        "probabilities": np.round(belief.probabilities.astype(float), 5).tolist(),
        "settled": belief.settled,
        "pixels": np.round(found.picture.astype(float), 3).tolist(),
        "places": np.round(found.places.astype(float), 4).tolist() if belief.order == "glimpses" else None,
        "model": name,
    }
