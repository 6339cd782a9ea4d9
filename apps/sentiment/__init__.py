"""The sentiment page."""

from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="sentiment",
    title="Sentiment · 감성",
    summary="Is a review good or bad? See what the network believed after every word, which words made it so, and "
    "let it label a whole table of reviews.",
    summary_ko="좋은 평인지 나쁜 평인지 읽습니다. 낱말마다 무엇을 믿었는지, 어떤 낱말 때문인지 보고, 표 전체에도 "
    "레이블을 붙입니다.",
    patterns=("many_to_one",),
    space=Look("🎬", "Why a network likes a review, word by word", "text-classification"),
    task="sentiment",
    favourite="sentiment/nsmc",
    headline=(Measure("accuracy", "<b>{:.2%}</b> right · 정확도"),),
    command="classify",
    tool="apps.sentiment.tool:classify_sentiment",
    needs=("tokenizers",),
)
