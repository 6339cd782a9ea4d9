"""Clips to try: files of `assets/clips`, whose sources and licences stand in the README beside them.

None of them was in the data that a shipped model learnt from. What the networks make of them stands nowhere here: the
page asks them.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from apps.shared.assets import assets
from apps.shared.languages import label

CLIPS = assets("video") / "clips"

GROUPS = {
    "points": ("A fingertip before a camera", "카메라 앞의 손가락 끝"),
    "joints": ("Motion of a person", "사람의 동작"),
    "pixels": ("Drawn scenes", "그려진 장면"),
}
"""What the clips of each kind of input are called."""

CREDITS = {
    "points": (
        "Tracks: Shigeki Takahashi, hand-gesture-recognition-using-mediapipe, Apache-2.0.",
        "손가락 궤적: Shigeki Takahashi, hand-gesture-recognition-using-mediapipe, Apache-2.0.",
    ),
    "joints": (
        "Motion: Bandai Namco Research Inc., Motion Dataset (Kobayashi et al. 2023), CC BY-NC 4.0, not for commercial "
        "use; joints computed, fewer frames.",
        "동작: Bandai Namco Research Inc., Motion Dataset (Kobayashi 외 2023), CC BY-NC 4.0, 상업적 이용 금지. 관절 "
        "위치를 계산하고 프레임을 줄였습니다.",
    ),
    "pixels": ("Scenes: drawn by this repository.", "장면: 이 저장소에서 그렸습니다."),
}
"""Where the clips come from, and their licences: said under each."""


@dataclass(frozen=True)
class Example:
    """A clip.

    Attributes:
        name: of its file, and in links.
        inputs: what a frame is, as `VideoLabeler.inputs_kind`.
        model: the shipped model that labels it.
        told, told_ko: what it shows.
    """

    name: str
    inputs: str
    model: str
    told: str
    told_ko: str

    @property
    def title(self) -> str:
        """What it shows, English and Korean, as plain text."""
        return label(self.told, self.told_ko)


@dataclass(frozen=True)
class LabelledClip:
    """Frames, and what they show.

    Attributes:
        frames: (T, ...).
        labels: (T,) the right class of each frame; "" where nobody said one.
    """

    frames: np.ndarray
    labels: list[str]


FINGER, MOTION, SCENES = "video/finger", "video/motion", "video/scenes"

EXAMPLES = (
    Example("finger-clockwise", "points", FINGER, "circles, clockwise", "시계 방향 원"),
    Example("finger-counter", "points", FINGER, "circles, counter-clockwise", "반시계 방향 원"),
    Example("finger-move", "points", FINGER, "to and fro", "이리저리 이동"),
    Example("finger-stream", "points", FINGER, "one movement after the other", "이어지는 여러 움직임"),
    Example("motion-wave", "joints", MOTION, "waving both hands, as an elderly person", "노인처럼 두 손 흔들기"),
    Example("motion-raise", "joints", MOTION, "raising the right hand, masculine", "남성처럼 오른손 들기"),
    Example("scene-first", "pixels", SCENES, "down, then to the left", "아래로, 그다음 왼쪽으로"),
    Example("scene-second", "pixels", SCENES, "up, then to the left", "위로, 그다음 왼쪽으로"),
)
BY_NAME = {one.name: one for one in EXAMPLES}
OPENING = "finger-stream"


@cache
def clip(name: str) -> LabelledClip:
    """The clip of an example."""
    with np.load(CLIPS / f"{name}.npz", allow_pickle=False) as file:
        classes = file["classes"].tolist()
        return LabelledClip(file["frames"], [classes[n] if n >= 0 else "" for n in file["labels"].tolist()])
