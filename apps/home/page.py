"""The start page: the lecture's five pictures, and a card for each demo with what its models score."""

import html
from typing import Any

from apps.home.patterns import PATTERNS, drawn
from apps.shared import models
from apps.shared.page import Page

TITLE = "The recurrent-network lecture, alive"
TITLE_KO = "살아 있는 순환 신경망 강의"
LEAD = (
    "Every system that CS231n's lecture on recurrent networks draws on the board, trained on real data and open to "
    "the last number: write with it, doubt it, turn its gaze, watch it fail."
)
LEAD_KO = (
    "CS231n의 순환 신경망 강의가 칠판에 그린 시스템들을 실제 데이터로 학습해 마지막 숫자까지 열어 두었습니다. 함께 "
    "써 보고, 의심하고, 시선을 돌리고, 틀리는 것도 지켜보세요."
)
PLAIN = "A network without time, such as the one that sees the pictures in captioning"
PLAIN_KO = "시간이 없는 보통 신경망. 사진 설명에서 사진을 보는 신경망이 그렇습니다."
SHOWN = 3
"""So many models of a task are named on its card."""

SPLITS = {"test": "test · 시험", "validation": "validation · 검증"}
BY_CHARACTERS = ("ko", "ja", "zh", "th")
"""Into these languages BLEU is counted by characters."""

WORDS = {
    "nats": "<b>{:.3f}</b> nats a character · 글자당 내트",
    "accuracy": "<b>{:.2%}</b> right · 정확도",
    "exact": "<b>{:.1%}</b> exact · 완전히 맞음",
    "bleu": "BLEU <b>{:.1f}</b>",
    "bleu_char": "BLEU <b>{:.1f}</b> by characters · 글자 단위",
    "correct": "<b>{:.1%}</b> fully correct · 완전히 맞음",
    "cider_d": "CIDEr-D <b>{:.3f}</b>",
}


def page(pages: tuple[Page, ...]) -> str:
    """The start page as HTML."""
    cards = "".join(_card(one) for one in pages)
    return (
        f'<div class="rnn-home"><h1>{TITLE}<span lang="ko">{TITLE_KO}</span></h1>'
        f'<p class="rnn-lead">{LEAD}<span lang="ko">{LEAD_KO}</span></p>'
        f'<ul class="rnn-patterns">{"".join(_figure(name, pages) for name in PATTERNS)}</ul>'
        f'<nav class="rnn-cards" aria-label="Demos · 데모">{cards}</nav></div>'
    )


def _figure(name: str, pages: tuple[Page, ...]) -> str:
    """One of the lecture's pictures, and which demos are of its kind."""
    pattern = PATTERNS[name]
    links = [f'<a href="{html.escape(one.path)}">{html.escape(one.title)}</a>' for one in pages if name in one.patterns]
    if name == "one_to_one":
        links = [f'<small>{PLAIN}<span lang="ko">{PLAIN_KO}</span></small>']
    return f"<li>{drawn(pattern)}<strong>{pattern.title}</strong>{' '.join(links)}</li>"


def _card(page: Page) -> str:
    title, summary, korean = map(html.escape, (page.title, page.summary, page.summary_ko))
    pictures = "".join(drawn(PATTERNS[name]) for name in page.patterns)
    return (
        f'<a class="rnn-card" href="{html.escape(page.path)}"><span class="rnn-card-head"><strong>{title}</strong>'
        f'{pictures}</span><span>{summary}</span><span lang="ko">{korean}</span>{scores(page.path)}</a>'
    )


def scores(task: str) -> str:
    """What the models of a task were measured to do, as HTML; the one that the page opens with comes first."""
    names = models.available(task)
    if not names:
        return '<span class="rnn-scores">No trained model yet · 아직 학습된 모델이 없습니다</span>'
    first = models.first(task)
    ordered = sorted(names, key=lambda name: (name != first, name))[:SHOWN]
    rows = "".join(_row(task, name) for name in ordered)
    more = f"<small>+ {len(names) - SHOWN}</small>" if len(names) > SHOWN else ""
    return f'<span class="rnn-scores">{rows}{more}</span>'


def _row(task: str, name: str) -> str:
    told = models.scores(name, task)
    return f"<span><code>{html.escape(name.partition('/')[2])}</code> {_headline(task, told)}</span>"


def _headline(task: str, told: dict[str, Any]) -> str:
    """The measure that the field knows a task by, on the test split where there is one."""
    split = next((one for one in SPLITS if isinstance(told.get(one), dict)), None)
    if split:
        for key in _keys(task, told):
            value = told[split].get(key)
            if isinstance(value, int | float):
                return f"{WORDS[key].format(value)} <small>{SPLITS[split]}</small>"
    return "<small>not measured · 측정 안 됨</small>"


def _keys(task: str, told: dict[str, Any]) -> tuple[str, ...]:
    """The names of the measures of a task, the one to show first."""
    if task == "translation":
        source, target = told.get("source_language"), told.get("target_language")
        return ("exact",) if source == "digits" else ("bleu_char" if target in BY_CHARACTERS else "bleu",)
    return {"char_lm": ("nats",), "sentiment": ("accuracy",), "captioning": ("correct", "cider_d")}.get(task, ())
