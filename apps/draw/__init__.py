"""The page of DRAW: a network that paints digits."""

from apps.shared.glossary import LOWER
from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="draw",
    title=label("Painting digits", "숫자 그리기"),
    summary="A network paints handwritten digits step by step through a window that it moves itself. Ask for a digit, "
    "follow the window, walk from one picture to another, and let it finish what you began.",
    summary_ko="신경망이 스스로 움직이는 창을 통해 손글씨 숫자를 한 단계씩 그립니다. 숫자를 골라 그리게 하고, 창의 "
    "움직임을 따라가고, 두 그림 사이를 걸어 보고, 그리다 만 숫자를 마저 그리게 해 보세요.",
    order=46,
    why="Nothing here is a sequence: no time goes in and none comes out. A recurrent network still wins, by painting "
    "one place after another.",
    why_ko="여기에는 시퀀스가 없습니다. 입력도 출력도 그림 한 장입니다. 그래도 순환 신경망은 한 곳씩 차례로 그려서 더 "
    "잘 그립니다.",
    patterns=("one_to_one",),
    space=Look("🖌️", "A recurrent network paints digits, DRAW", "image-generation"),
    task="draw",
    data_titles={"mnist": ("Handwritten digits", "손글씨 숫자")},
    model_title="apps.draw.inference:title",
    favourite="draw/mnist",
    headline=(Measure("nats", f"≤ <b>{{:.1f}}</b> {both('nats a picture', '그림당 내트')}", LOWER),),
    command="draw",
)
