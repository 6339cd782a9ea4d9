"""The character model's page."""

from apps.shared.glossary import LOWER
from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="char_lm",
    title=label("Character model", "글자 모델"),
    summary="Watch a recurrent network write letter by letter, see what else it nearly wrote, and how surprised "
    "it is by your own text.",
    summary_ko="순환 신경망이 한 글자씩 쓰는 모습과 그때마다의 다른 후보, 그리고 내가 쓴 글에 얼마나 놀라는지 "
    "볼 수 있습니다.",
    order=10,
    why="The same network, grown: it reads one character and answers at every step, trained on a whole book "
    "in place of one word.",
    why_ko="같은 신경망을 키운 것입니다. 시점마다 글자 하나를 읽고 답하되, 한 낱말 대신 책 한 권으로 학습했습니다.",
    patterns=("in_step",),
    space=Look("✍️", "Watch recurrent networks write letter by letter", "text-generation"),
    task="char_lm",
    favourite="char_lm/shakespeare",
    data_titles={
        "shakespeare": ("Shakespeare", "셰익스피어"),
        "nsmc": ("Korean film reviews", "한국어 영화 리뷰"),
        "python": ("Python code", "파이썬 코드"),
        "linux": ("Linux source", "리눅스 소스 코드"),
        "warpeace": ("War and Peace", "전쟁과 평화"),
    },
    headline=(Measure("nats", f"<b>{{:.3f}}</b> {both('nats a character', '글자당 내트')}", LOWER),),
    command="generate",
    tool="apps.char_lm.tool:generate_text",
    visitors=8,
    moved={"hello": "unroller"},
)
