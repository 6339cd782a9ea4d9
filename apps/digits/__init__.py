"""The page of digits that are read piece by piece."""

from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="digits",
    title=label("Digits", "숫자 인식"),
    summary="Draw a digit and watch recurrent networks read it piece by piece: what each believes after every piece, "
    "and how far the digit can be shifted, cluttered and covered with noise until each of them fails.",
    summary_ko="숫자를 그리면 순환 신경망들이 조각조각 차례로 읽습니다. 조각을 하나 읽을 때마다 무엇이라고 믿는지, "
    "숫자를 얼마나 옮기고 가리고 흐려야 틀리는지 살펴보세요.",
    order=45,
    why="No sequence goes in and none comes out, and a recurrent network works all the same: it takes a picture piece "
    "by piece.",
    why_ko="들어가는 것도 나오는 것도 시퀀스가 아닙니다. 그래도 순환 신경망은 그림을 조각조각 차례로 읽어 답합니다.",
    patterns=("one_to_one", "many_to_one"),
    space=Look("🔢", "Draw a digit: recurrent networks read it by pieces", "image-classification"),
    task="digits",
    favourite="digits/rows",
    model_title="apps.digits.inference:title",
    headline=(Measure("accuracy", f"<b>{{:.2%}}</b> {both('right', '정확도')}"),),
    command="read",
    tool="apps.digits.tool:read_digit",
)
