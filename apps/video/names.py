"""What classes and networks are called on the page, and which class a movement has when it is played backwards."""

from collections.abc import Sequence

NETWORKS = {
    "causal": ("causal: has read the frames so far", "인과적: 지금까지의 프레임을 읽음"),
    "bidirectional": ("bidirectional: has read the later ones, too", "양방향: 뒤의 프레임도 읽음"),
    "single_frame": ("no memory: this frame alone", "기억 없음: 이 프레임 하나만"),
    "shuffled": ("trained on shuffled frames", "순서를 섞어 학습"),
}
"""In the order in which the page shows them."""

CLASSES = {
    "stop": ("still", "정지"),
    "clockwise": ("clockwise", "시계 방향"),
    "counter_clockwise": ("counter-clockwise", "반시계 방향"),
    "move": ("moving, not turning", "돌지 않고 이동"),
    "rising": ("rising", "올라감"),
    "falling": ("falling", "내려감"),
    "up": ("up there", "위에 있음"),
    "rest": ("at rest", "쉼"),
    "still": ("still", "정지"),
    "left": ("to the left", "왼쪽으로"),
    "right": ("to the right", "오른쪽으로"),
    "down": ("downwards", "아래로"),
    "sideways first": ("sideways first", "가로 이동이 먼저"),
    "upright first": ("up or down first", "세로 이동이 먼저"),
    "wave-both-hands": ("waving both hands", "두 손 흔들기"),
    "wave-left-hand": ("waving the left hand", "왼손 흔들기"),
    "wave-right-hand": ("waving the right hand", "오른손 흔들기"),
    "raise-up-both-hands": ("raising both hands", "두 손 들기"),
    "raise-up-left-hand": ("raising the left hand", "왼손 들기"),
    "raise-up-right-hand": ("raising the right hand", "오른손 들기"),
    "walk": ("walking", "걷기"),
    "run": ("running", "달리기"),
    "walk-turn-left": ("walking, turning left", "왼쪽으로 돌며 걷기"),
    "walk-turn-right": ("walking, turning right", "오른쪽으로 돌며 걷기"),
}
"""Classes of the shipped models in words."""

_UPWARDS = ("upwards", "위로")
_BACKWARDS = (("clockwise", "counter_clockwise"), ("rising", "falling"), ("left", "right"))
_OPPOSITE = {one: other for pair in _BACKWARDS for one, other in (pair, pair[::-1])}


def class_name(name: str, classes: Sequence[str] = ()) -> tuple[str, str]:
    """A class in English and Korean, where it is one of `classes`; one that is unknown as it is."""
    if name == "up" and "down" in classes:  # of a movement; else where a hand is
        return _UPWARDS
    return CLASSES.get(name, (name.replace("_", " "),) * 2)


def backwards(name: str, classes: Sequence[str]) -> str:
    """The class of a movement that is played backwards, among `classes`."""
    if name in ("up", "down") and "down" in classes:
        return "down" if name == "up" else "up"
    return _OPPOSITE.get(name, name)
