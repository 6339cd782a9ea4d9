"""The teacher's sheet, docs/teaching.md: all guided observations in the lecture's order, with times and links.

`python -m apps.home.teaching` writes it.
"""

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from apps import catalogue
from apps.shared.languages import halves
from apps.shared.observations import PARTS, Observation
from apps.shared.page import Page

SHEET = Path(__file__).resolve().parents[2] / "docs" / "teaching.md"
OPENING = CLOSING = 1  # minutes
SECOND_CLASS = ("cells", "digits", "draw", "gradients", "vqa")
"""Pages whose observations no longer fit into the first class."""
Row = tuple[Page, Observation]


def sheet(pages: Sequence[Page]) -> str:
    """The sheet as Markdown, English and then Korean."""
    rows = _in_order(pages)
    first = [row for row in rows if row[0].name not in SECOND_CLASS]
    second = [row for row in rows if row[0].name in SECOND_CLASS]
    english = [*_english(first), *_second(second)]
    korean = [*_korean(first), *_second_korean(second)]
    return "\n".join([*english, "", *korean]) + "\n"


def _in_order(pages: Sequence[Page]) -> list[Row]:
    """The observations in the order of the lecture's parts; inside a part, in that of the pages."""
    rows = [(page, one) for page in pages for one in page.observations()]
    return sorted(rows, key=lambda row: list(PARTS).index(row[1].part))


def _times(rows: Sequence[Row]) -> Iterator[int]:
    """The minute at which each begins."""
    minute = OPENING
    for _, one in rows:
        yield minute
        minute += one.minutes


def _total(rows: Sequence[Row]) -> int:
    return OPENING + sum(one.minutes for _, one in rows) + CLOSING


def _english(rows: Sequence[Row]) -> Iterator[str]:
    yield f"""# A class of {_total(rows)} minutes

[한국어](#{_total(rows)}분-수업)

{len(rows)} observations on the models that are shipped here, in the order of the lecture's slides. Each is a question
that students answer by prediction: read it, let them vote, press, and talk about what was to be seen. Put the address
of your server before a link, such as `http://127.0.0.1:7860`: it fills in the page and asks the question. With `&run=1`
behind it, it also runs; with `&lang=en` the page is in English, with `&presenter=1` its type is large. The same
questions stand on each page under "Predict, then press".

A link of your own: set a tab as you want it and press "Copy link" there. The link holds the model, the texts and every
setting, but no file of yours. What does not fit, such as a number out of its bounds, is left out, and the page says so.

For a projector: "Present" in the header, the key p, or `?presenter=1` in the address makes the type large and folds
the settings. Then → and ← (on a remote control: next and back) go through the observations and the tabs of a page.
Under each figure stand buttons that save it, as PNG or SVG, with its caption and its numbers.

The first press of a model takes some seconds longer, since the model is loaded: open each link once before the class.

| minute | part of the lecture | observation | page |
|---|---|---|---|"""
    for start, (page, one) in zip(_times(rows), rows, strict=True):
        yield f"| {start} | {PARTS[one.part][0]} | [{one.name}](#{one.name}) | {halves(page.title)[0]} |"
    yield from _told(rows)


def _second(rows: Sequence[Row]) -> Iterator[str]:
    """What goes beyond the first class, if there is any."""
    if rows:
        yield f"""
# A second class of {_total(rows)} minutes

What the first class has no time for: pictures that are read as sequences, what single cells follow, and why there are
gates.

| minute | part of the lecture | observation | page |
|---|---|---|---|"""
        for start, (page, one) in zip(_times(rows), rows, strict=True):
            yield f"| {start} | {PARTS[one.part][0]} | [{one.name}](#{one.name}) | {halves(page.title)[0]} |"
        yield from _told(rows)


def _told(rows: Sequence[Row]) -> Iterator[str]:
    part = ""
    for page, one in rows:
        if one.part != part:
            part = one.part
            yield f"\n## {PARTS[part][0]}"
        yield f"\n### {one.name}\n\n`/{page.name}{one.link}` ({one.minutes} min)\n"
        yield f"**Predict.** {_markdown(one.question)}\n"
        yield f"**Look at.** {_markdown(one.look)}\n"
        yield f"**What was to be seen.** {_markdown(one.seen)}"


def _korean(rows: Sequence[Row]) -> Iterator[str]:
    yield f"""# {_total(rows)}분 수업

이 저장소의 모델로 해 보는 관찰 {len(rows)}가지를 강의 슬라이드 순서대로 적었습니다. 관찰마다 학생이 예측으로 답할
수 있는 질문이 있습니다. 질문을 읽고, 손을 들어 예측하게 한 뒤 누르고, 무엇이 보였는지 이야기하세요. 링크 앞에
`http://127.0.0.1:7860` 같은 서버 주소를 붙이면 화면이 채워지고 질문이 나옵니다. 뒤에 `&run=1`을 붙이면 바로
실행하고, `&lang=ko`를 붙이면 한국어로, `&presenter=1`을 붙이면 큰 글자로 보입니다. 같은 질문이 화면마다
‘예측하고 눌러 보기’에 있습니다.

직접 링크를 만들 수도 있습니다. 탭을 원하는 대로 맞추고 ‘링크 복사’를 누르세요. 모델과 글, 모든 설정이 링크에
담깁니다. 직접 올린 파일은 담기지 않습니다. 범위를 벗어난 수처럼 맞지 않는 값은 빼고, 무엇을 뺐는지 화면에
알려 줍니다.

프로젝터로 보여 줄 때는 화면 맨 위의 ‘발표’나 p 키, 또는 주소의 `?presenter=1`로 글자를 키우고 설정을 접을 수
있습니다. → 키와 ← 키(리모컨에서는 다음, 이전)로 관찰과 탭을 차례로 넘깁니다. 그림 아래의 단추를 누르면 설명과 숫자까지
담아 PNG나 SVG로 저장합니다.

모델을 처음 쓸 때는 불러오느라 몇 초 더 걸립니다. 수업 전에 링크를 한 번씩 열어 두세요.

| 분 | 강의 | 관찰 | 화면 |
|---|---|---|---|"""
    for start, (page, one) in zip(_times(rows), rows, strict=True):
        yield f"| {start} | {PARTS[one.part][1]} | `{one.name}` | {halves(page.title)[1]} |"
    yield from _told_korean(rows)


def _second_korean(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        yield f"""
# 두 번째 {_total(rows)}분 수업

첫 수업에서 다룰 시간이 없는 것, 곧 그림을 시퀀스로 읽는 법, 셀 하나하나가 무엇을 따라가는지, 게이트가 왜 있는지를
봅니다.

| 분 | 강의 | 관찰 | 화면 |
|---|---|---|---|"""
        for start, (page, one) in zip(_times(rows), rows, strict=True):
            yield f"| {start} | {PARTS[one.part][1]} | `{one.name}` | {halves(page.title)[1]} |"
        yield from _told_korean(rows)


def _told_korean(rows: Sequence[Row]) -> Iterator[str]:
    part = ""
    for page, one in rows:
        if one.part != part:
            part = one.part
            yield f"\n## {PARTS[part][1]}"
        yield f"\n`/{page.name}{one.link}` ({one.minutes}분)\n"
        yield f"**예측.** {_markdown(one.question_ko)}\n"
        yield f"**눈여겨볼 것.** {_markdown(one.look_ko)}\n"
        yield f"**관찰 결과.** {_markdown(one.seen_ko)}"


def _markdown(text: str) -> str:
    """A text of an observation, in which only `<q>` is HTML."""
    return html.unescape(re.sub("<q>(.*?)</q>", r"“\1”", text))


if __name__ == "__main__":
    SHEET.write_text(sheet(catalogue.pages()), encoding="utf-8")
