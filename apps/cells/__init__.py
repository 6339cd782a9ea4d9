"""The page of the cells: which unit of a network knows something of the text."""

from apps.shared.glossary import LOWER
from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="cells",
    title=label("Interpretable cells", "해석 가능한 셀"),
    summary="Search all units of a trained network for one that follows line length, quotes, comments or a pattern of "
    "your own, beside what an untrained network would have known.",
    summary_ko="학습된 신경망의 모든 유닛 가운데 줄의 길이, 따옴표, 주석, 직접 쓴 패턴을 따라가는 유닛을 찾고, "
    "학습하지 않은 신경망과 비교합니다.",
    order=15,
    why="After you have watched a network write: look at what single numbers of its state have learnt to follow, and "
    "what only looks like it.",
    why_ko="신경망이 글을 쓰는 모습을 본 다음에는 상태의 숫자 하나하나가 무엇을 따라가도록 학습되었는지, 또 무엇이 "
    "그렇게 보일 뿐인지 살펴봅니다.",
    patterns=("in_step",),
    space=Look("🔬", "Which cell of a recurrent network knows this?", "interpretability"),
    task="char_lm",
    favourite="char_lm/shakespeare",
    data_titles={
        "shakespeare": ("Shakespeare", "셰익스피어"),
        "nsmc": ("Korean film reviews", "한국어 영화 리뷰"),
        "python": ("Python code", "파이썬 코드"),
        "linux": ("Linux source", "리눅스 소스 코드"),
    },
    headline=(Measure("nats", f"<b>{{:.3f}}</b> {both('nats a character', '글자당 내트')}", LOWER),),
    command="cells",
    visitors=2,
)
