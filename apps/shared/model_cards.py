"""A model's card as the pages show it: its English part and its Korean part marked, its tables for both.

`training/NAME/card.py` writes it: a title, English, "## 한국어 요약", and perhaps a sample of what the model writes.
"""

import re

from apps.shared.languages import both

KOREAN_PART = "\n## 한국어 요약\n"
SAMPLE = "\n## A sample\n"

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)  # what a card says to machines
_HEADS = {
    "split": "데이터",
    "part of test": "테스트 데이터의 출처",
    "characters": "글자 수",
    "texts": "글 수",
    "pairs": "문장쌍 수",
    "pictures": "사진 수",
    "nats / character": "글자당 내트",
    "bits / character": "글자당 비트",
    "perplexity": "혼란도",
    "n-gram baseline, nats": "n-그램 기준, 내트",
    "accuracy": "정확도",
    "macro F1": "매크로 F1",
    "calibration error": "보정 오차",
    "BLEU by characters": "글자 단위 BLEU",
    "exactly right": "완전 일치",
    "fully correct": "모두 맞음",
    "validation": "검증",
    "test": "테스트",
    "test, without texts of the published training file": "테스트(공개 학습 파일과 겹치는 글 제외)",
}
"""What stands in the tables, and the same in Korean."""


def marked(card: str) -> str:
    """Markdown with elements of one language, of a card as it lies in its bundle."""
    title, _, rest = _FRONT_MATTER.sub("", card).partition("\n")
    rest, _, sample = rest.partition(SAMPLE)
    english, _, korean = rest.partition(KOREAN_PART)
    found = [title, *_english(english)]
    if korean:
        found.append(f'<div lang="ko">\n\n{korean.strip()}\n\n</div>')
    if sample:
        found += [f"## {both('A sample', '모델이 쓴 글')}", sample.strip()]
    return "\n\n".join(found) + "\n"


def _english(text: str) -> list[str]:
    """The blocks of the English part: tables are for both languages, since their numbers are."""
    blocks = [block for block in re.split(r"\n{2,}", text.strip()) if block]
    return [_table(block) if block.startswith("|") else f'<div lang="en">\n\n{block}\n\n</div>' for block in blocks]


def _table(block: str) -> str:
    """A table, its words in both languages."""
    return "\n".join("|".join(_cell(cell) for cell in row.split("|")) for row in block.split("\n"))


def _cell(cell: str) -> str:
    word = cell.strip()
    return f" {both(word, _HEADS[word])} " if word in _HEADS else cell
