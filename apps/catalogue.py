"""Which pages there are."""

import os

from apps.shared.page import Page

ALL = (
    Page(
        "Character model · 글자 모델",
        "char_lm",
        "apps.char_lm.page",
        "Watch a recurrent network write letter by letter, see what else it nearly wrote, and how surprised "
        "it is by your own text.",
        "순환 신경망이 한 글자씩 쓰는 모습과 그 순간의 다른 후보, 내가 쓴 글에 얼마나 놀라는지 봅니다.",
        ("in_step",),
    ),
    Page(
        "Sentiment · 감성",
        "sentiment",
        "apps.sentiment.page",
        "Is a review good or bad? See what the network believed after every word, which words made it so, and "
        "let it label a whole table of reviews.",
        "좋은 평인지 나쁜 평인지 읽습니다. 낱말마다 무엇을 믿었는지, 어떤 낱말 때문인지 보고, 표 전체에도 "
        "레이블을 붙입니다.",
        ("many_to_one",),
    ),
    Page(
        "Translation · 번역",
        "translation",
        "apps.translation.page",
        "One network reads a sentence, another writes it in a second language. See where it looks for each word, "
        "watch the beam search branch, and turn its attention elsewhere.",
        "한 신경망이 읽고 다른 신경망이 다른 언어로 씁니다. 낱말마다 어디를 보는지, 빔 탐색이 어떻게 갈라지는지 보고, "
        "주의를 다른 곳으로 돌려 봅니다.",
        ("many_to_many",),
    ),
    Page(
        "Captioning · 사진 설명",
        "captioning",
        "apps.captioning.page",
        "Show it a photograph and it says what is there. See where it looks for each word, turn its gaze elsewhere, "
        "and show it what it has never seen.",
        "사진을 보여 주면 무엇이 있는지 씁니다. 낱말마다 어디를 보는지 보고, 시선을 다른 곳으로 돌리고, 한 번도 본 적 "
        "없는 것도 보여 줍니다.",
        ("one_to_many",),
    ),
)


def chosen(names: str) -> tuple[Page, ...]:
    """The pages of these names (their paths, with commas between them), in the order of `ALL`; "" is all of them.

    Raises:
        ValueError: there is no page of one of the names.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = [page.path for page in ALL]
    if unknown := sorted(set(wanted) - set(known)):
        raise ValueError(f"There is no page {', '.join(unknown)}; expected some of: {', '.join(known)}.")
    return tuple(page for page in ALL if page.path in wanted or not wanted)


PAGES = chosen(os.environ.get("RNN_PAGES", ""))
"""The pages that are shown: all of them, or those that the environment names in RNN_PAGES."""
