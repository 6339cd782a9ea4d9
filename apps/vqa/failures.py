"""Questions that the networks of drawn scenes cannot answer, and why.

What a network says stands nowhere here: the page asks it. Each picture is drawn here, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from rnn_models.vision.scenes.scene import SIZE, Background, Scene, SceneObject, draw


@dataclass(frozen=True)
class Failure:
    """A question that has no right answer among those of the network. Pairs are English and Korean.

    Attributes:
        name: of its picture.
        array: draws it, (224, 224, 3) uint8.
        question: as it is asked.
        shows: what the picture shows.
        kind: what goes wrong, in a few words.
        truth: what would be right.
        why: why the network cannot say so.
    """

    name: str
    array: Callable[[], np.ndarray]
    question: str
    shows: tuple[str, str]
    kind: tuple[str, str]
    truth: tuple[str, str]
    why: tuple[str, str]

    def image(self) -> Any:
        """The picture as a PIL image."""
        from PIL import Image

        return Image.fromarray(self.array())


def _together(objects: Sequence[SceneObject]) -> np.ndarray:
    """Any number of objects on a plain ground."""
    ground = Background()
    picture = np.full((SIZE, SIZE, 3), ground.colour, np.uint8)
    for thing in objects:
        one = draw(Scene((thing,), ground))
        picture = np.where((one == ground.colour).all(axis=-1, keepdims=True), picture, one)
    return picture


@cache
def _five_circles() -> np.ndarray:
    places = ((20, 24), (100, 18), (168, 60), (60, 120), (140, 150))
    return _together([SceneObject("circle", "red", x, y, 40) for x, y in places])


@cache
def _orange_arrow() -> np.ndarray:
    from PIL import Image, ImageDraw

    image = Image.fromarray(_together((SceneObject("circle", "blue", 150, 150, 40),)))
    corners = [(30, 80), (80, 80), (80, 55), (130, 95), (80, 135), (80, 110), (30, 110)]
    ImageDraw.Draw(image).polygon(corners, fill=(245, 130, 20), outline=(147, 78, 12))
    return np.asarray(image).copy()


@cache
def _star_and_circle() -> np.ndarray:
    return _together((SceneObject("star", "green", 24, 40, 80, 8), SceneObject("circle", "purple", 140, 120, 42)))


@cache
def _touching() -> np.ndarray:
    return _together((SceneObject("square", "blue", 60, 66, 84), SceneObject("circle", "yellow", 84, 92, 38)))


FAILURES = (
    Failure(
        "five-circles",
        _five_circles,
        "how many red circles are there",
        ("five red circles", "빨간 원 다섯 개"),
        ("Counting beyond three", "셋보다 많이 세기"),
        ("5", "5"),
        (
            "No scene of training has more than three objects, and 5 is none of its answers.",
            "학습한 그림에는 도형이 셋까지만 있었고, 답의 목록에 5가 없습니다.",
        ),
    ),
    Failure(
        "orange-arrow",
        _orange_arrow,
        "what shape is the large thing",
        ("a large orange arrow, a small blue circle", "큰 주황색 화살표와 작은 파란 원"),
        ("A shape that it never saw", "본 적 없는 모양"),
        ("an arrow", "화살표"),
        (
            "It chooses among six shapes. None of them is an arrow, and it cannot say that it does not know.",
            "여섯 가지 모양 가운데서 고를 뿐입니다. 화살표는 그 안에 없고, 모른다고 답할 수도 없습니다.",
        ),
    ),
    Failure(
        "orange",
        _orange_arrow,
        "what colour is the large thing",
        ("a large orange arrow, a small blue circle", "큰 주황색 화살표와 작은 파란 원"),
        ("A colour that it never saw", "본 적 없는 색"),
        ("orange", "주황색"),
        (
            "Orange is none of its seven colours: it takes one that it has seen.",
            "아는 일곱 가지 색에 주황색이 없어 본 적 있는 색을 고릅니다.",
        ),
    ),
    Failure(
        "no-heart",
        _star_and_circle,
        "what colour is the heart",
        ("a large green star, a small purple circle", "큰 초록색 별과 작은 보라색 원"),
        ("What is not there", "그림에 없는 것"),
        ("there is no heart", "하트가 없음"),
        (
            "Every colour question of training was about something that was there: it was never taught to object.",
            "학습할 때 색을 물은 것은 항상 그림에 있었습니다. 질문이 잘못되었다고 답하는 법은 배우지 않았습니다.",
        ),
    ),
    Failure(
        "not",
        _star_and_circle,
        "is there no star",
        ("a large green star, a small purple circle", "큰 초록색 별과 작은 보라색 원"),
        ("A word that it does not know", "모르는 낱말"),
        ("no", "아니요"),
        (
            "“no” stands in no question of training: it is read as an unknown word, and the rest asks for a star.",
            "‘no’는 학습한 질문에 나오지 않아 모르는 낱말로 읽습니다. 나머지는 별이 있는지 묻는 질문입니다.",
        ),
    ),
    Failure(
        "touching",
        _touching,
        "is the yellow circle inside the blue square",
        ("a small yellow circle on a large blue square", "큰 파란 정사각형 위에 놓인 작은 노란 원"),
        ("A relation that it never learnt", "배운 적 없는 관계"),
        ("yes", "네"),
        (
            "In training no two objects touch, and it knows four relations: left of, right of, above, below.",
            "학습한 그림에서는 도형이 서로 닿지 않으며, 아는 관계는 왼쪽, 오른쪽, 위, 아래 네 가지뿐입니다.",
        ),
    ),
)
