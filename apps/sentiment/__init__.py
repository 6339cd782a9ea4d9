"""The sentiment page."""

from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="sentiment",
    title=label("Sentiment", "감성"),
    summary="Is a review good or bad? See what the network believed after every word, which words made it so, and "
    "let it label a whole table of reviews.",
    summary_ko="리뷰가 긍정인지 부정인지 판정합니다. 낱말마다 판단이 어떻게 바뀌는지, 어떤 낱말 때문인지 "
    "살펴보고, 표 전체에 레이블을 붙일 수도 있습니다.",
    order=20,
    why="Now only the end counts: the network answers once, so its state has to carry what matters from the "
    "first word to the last.",
    why_ko="이번에는 마지막에 한 번만 답합니다. 그래서 첫 낱말부터 끝까지 중요한 것을 상태에 담아 가야 합니다.",
    patterns=("many_to_one",),
    space=Look("🎬", "Why a network likes a review, word by word", "text-classification"),
    task="sentiment",
    favourite="sentiment/nsmc",
    data_titles={
        "nsmc": ("Korean film reviews", "한국어 영화 리뷰"),
        "imdb": ("English film reviews", "영어 영화 리뷰"),
    },
    headline=(Measure("accuracy", f"<b>{{:.2%}}</b> {both('right', '정확도')}"),),
    command="classify",
    tool="apps.sentiment.tool:classify_sentiment",
    needs=("tokenizers",),
)
