"""The translation page."""

from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="translation",
    title=label("Translation", "번역"),
    summary="One network reads a sentence, another writes it in a second language. See where it looks for each word, "
    "watch the beam search branch, and turn its attention elsewhere.",
    summary_ko="한 신경망이 문장을 읽고 다른 신경망이 다른 언어로 씁니다. 낱말마다 어디를 보는지, 빔 탐색이 "
    "어떻게 갈라지는지 살펴보고, 주의를 다른 곳으로 돌려 볼 수 있습니다.",
    order=30,
    why="One state is too narrow for a whole sentence: a second network writes, and with attention it looks "
    "back at the words of the first.",
    why_ko="상태 하나는 문장 전체를 담기에 좁습니다. "
    "두 번째 신경망이 글을 쓰면서, 주의(어텐션)로 첫 신경망이 읽은 낱말을 돌아봅니다.",
    patterns=("many_to_many",),
    space=Look("🌍", "Translation, and where the network looked", "translation"),
    task="translation",
    favourite="translation/en-ko",
    model_title="apps.translation.inference:title",
    headline=(
        Measure("exact", f"<b>{{:.1%}}</b> {both('exact', '완전 일치')}", only={"source_language": ("digits",)}),
        # These languages are not written with spaces between all words.
        Measure(
            "bleu_char",
            f"BLEU <b>{{:.1f}}</b> {both('by characters', '글자 단위')}",
            only={"target_language": ("ko", "ja", "zh", "th")},
        ),
        Measure("bleu", "BLEU <b>{:.1f}</b>"),
    ),
    command="translate",
    tool="apps.translation.tool:translate",
    needs=("tokenizers",),
)
