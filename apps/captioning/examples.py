"""Pictures to try on the captioners, what people see in them, and why some are hard.

What a model makes of them stands nowhere here: the page asks it. Where the pictures come from is in
`assets/pictures/README.md`.
"""

from dataclasses import dataclass
from pathlib import Path

from apps.shared.assets import assets
from apps.shared.languages import label

PICTURES = assets("captioning") / "pictures"


@dataclass(frozen=True)
class Example:
    """A picture.

    Attributes:
        file: its name in `assets/pictures`.
        shows, shows_ko: what people say.
        kind: what kind of picture it is, English and Korean.
        why, why_ko: one line, why a model of photographs of people and animals finds it easy or hard.
        drawn: it is one of the drawn scenes.
    """

    file: str
    shows: str
    shows_ko: str
    kind: str
    why: str
    why_ko: str
    drawn: bool = False

    @property
    def path(self) -> Path:
        """Where the file is."""
        return PICTURES / self.file


_PERSON = label("a person outside", "야외의 사람")
_FAMILIAR = "Somebody who does something, outside: most training photographs are like this."
_FAMILIAR_KO = "야외에서 무언가를 하는 사람입니다. 학습 사진 대부분이 이렇습니다."
_SHAPES = label("drawn shapes", "그린 도형")
_EXACT = "Drawn by a program, so that a caption can be checked word by word; only a model of scenes can read it."
_EXACT_KO = "프로그램이 그린 그림이라 설명을 낱말마다 검사할 수 있습니다. 장면 모델만 읽을 수 있습니다."

PHOTOGRAPHS = (
    Example(
        "camera.jpg",
        "A man in a dark coat looks through a camera on a tripod, on a lawn.",
        "어두운 외투를 입은 남자가 잔디밭에서 삼각대 위의 카메라를 들여다본다.",
        _PERSON,
        _FAMILIAR,
        _FAMILIAR_KO,
    ),
    Example(
        "astronaut.jpg",
        "A smiling woman in an orange space suit before a flag and a model of a rocket.",
        "주황색 우주복을 입은 여자가 깃발과 로켓 모형 앞에서 웃고 있다.",
        label("a person indoors", "실내의 사람"),
        "A person is easy to see; a space suit is a word that was hardly ever read.",
        "사람은 쉽게 알아보지만 우주복은 거의 읽은 적 없는 낱말입니다.",
    ),
    Example(
        "cat.jpg",
        "The face of a tabby cat, from near.",
        "얼룩 고양이의 얼굴을 가까이서 찍었다.",
        label("an animal", "동물"),
        "Flickr8k has hundreds of dogs and hardly a cat: watch which word comes.",
        "Flickr8k에는 개가 아주 많고 고양이는 드뭅니다. 어떤 낱말이 나오는지 보세요.",
    ),
    Example(
        "coffee.jpg",
        "A cup of espresso on a red saucer, with a spoon, on a wooden table.",
        "나무 탁자에 놓인 빨간 받침과 에스프레소 잔, 숟가락.",
        label("nobody in it", "사람이 없음"),
        "Nobody does anything here, and the training captions tell of people and animals that do.",
        "아무도 무엇을 하지 않습니다. 학습한 설명은 무언가를 하는 사람과 동물 이야기입니다.",
    ),
    Example(
        "rocket.jpg",
        "A rocket on its launch pad at dusk, between four masts.",
        "해 질 녘 발사대에 선 로켓과 네 개의 철탑.",
        label("a rare thing", "드문 것"),
        "The encoder has seen rockets; the training captions hardly ever name one.",
        "인코더는 로켓을 본 적이 있지만 학습한 설명에는 거의 나오지 않습니다.",
    ),
    Example(
        "horse.jpg",
        "The black silhouette of a horse.",
        "말의 검은 실루엣.",
        label("no photograph", "사진이 아님"),
        "A drawing: shape without texture, light or place.",
        "그림입니다. 모양만 있고 질감도 빛도 장소도 없습니다.",
    ),
    Example(
        "grass.jpg",
        "Grass, from above.",
        "위에서 본 풀.",
        label("a texture", "질감"),
        "The same everywhere: there is nothing to look at. See who is invented.",
        "어디나 똑같아 볼 곳이 없습니다. 누구를 지어내는지 보세요.",
    ),
    Example(
        "galaxies.jpg",
        "Hundreds of galaxies before a black sky.",
        "검은 하늘의 수많은 은하.",
        label("nothing on Earth", "지구 밖"),
        "Nothing in it was ever seen in training; the warning ought to come.",
        "학습할 때 본 것이 하나도 없습니다. 경고가 나와야 합니다.",
    ),
)
SCENES = (
    Example(
        "scene-star.png",
        "A large yellow star.",
        "큰 노란 별 하나.",
        _SHAPES,
        _EXACT,
        _EXACT_KO,
        drawn=True,
    ),
    Example(
        "scene-circle-star.png",
        "A large yellow circle to the left of a large green star.",
        "큰 초록 별의 왼쪽에 큰 노란 원.",
        _SHAPES,
        _EXACT,
        _EXACT_KO,
        drawn=True,
    ),
    Example(
        "scene-squares.png",
        "A large green square above a small yellow circle and a small purple square.",
        "작은 노란 원과 작은 보라 정사각형 위에 큰 초록 정사각형.",
        _SHAPES,
        _EXACT,
        _EXACT_KO,
        drawn=True,
    ),
    Example(
        "scene-cross.png",
        "A large red cross, a small blue circle and a small green square.",
        "큰 빨간 십자, 작은 파란 원, 작은 초록 정사각형.",
        _SHAPES,
        _EXACT,
        _EXACT_KO,
        drawn=True,
    ),
    Example(
        "scene-heart.png",
        "A small red star above a large pink heart, and a large yellow square.",
        "큰 분홍 하트 위에 작은 빨간 별, 그리고 큰 노란 정사각형.",
        _SHAPES,
        _EXACT,
        _EXACT_KO,
        drawn=True,
    ),
)
EXAMPLES = (*PHOTOGRAPHS, *SCENES)


def examples_for(scenes: bool) -> tuple[Example, ...]:
    """All examples, those first that are like a model's training pictures."""
    return (*SCENES, *PHOTOGRAPHS) if scenes else EXAMPLES
