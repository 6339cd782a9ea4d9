"""The start page: the lecture's five pictures, and the demos as a path through it, with what their models score."""

import html
from collections.abc import Sequence
from typing import Any

from apps.home.patterns import PATTERNS, drawn
from apps.shared import glossary, model_titles, models
from apps.shared.languages import both, html_of, sentences
from apps.shared.page import Page

TITLE = "The recurrent-network lecture, alive"
TITLE_KO = "직접 만져 보는 순환 신경망 강의"
LEAD = (
    "Every system that CS231n's lecture on recurrent networks draws on the board, trained on real data and open to "
    "the last number: write with it, doubt it, turn its gaze, watch it fail."
)
LEAD_KO = (
    "CS231n의 순환 신경망 강의가 칠판에 그린 모든 시스템을 실제 데이터로 학습하고 모든 숫자를 공개했습니다. 함께 글을 "
    "써 보고, 의심하고, 주의를 돌려 보고, 틀리는 모습도 지켜보세요."
)
PLAIN = "A network without time, such as the one that sees the pictures in captioning"
PLAIN_KO = "시간 축이 없는 보통의 신경망입니다. 사진 설명에서 사진을 보는 신경망이 그렇습니다."
PATH = "A path through the lecture", "강의 따라가기"
PATH_LEAD = (
    "From the lecture’s first worked example to attention over pictures: each step says why it comes next. The scores "
    "were measured on texts or pictures that the model was not trained on."
)
PATH_LEAD_KO = (
    "강의의 첫 예제부터 사진에 쓰는 주의(어텐션)까지, 단계마다 왜 그다음에 오는지 적었습니다. 점수는 학습에 쓰지 않은 "
    "글이나 사진으로 쟀습니다."
)
SHOWN = 3
"""So many models of a task are named on its card."""

SPLITS = {"test": both("test", "테스트"), "validation": both("validation", "검증")}


def page(pages: Sequence[Page]) -> str:
    """The start page as HTML."""
    steps = "".join(_step(n, one) for n, one in enumerate(sorted(pages, key=lambda one: one.order), 1))
    return (
        f'<div class="rnn-home"><h1>{sentences(TITLE, TITLE_KO)}</h1>'
        f'<p class="rnn-lead">{sentences(LEAD, LEAD_KO)}</p>'
        f'<ul class="rnn-patterns" data-figure="patterns">{"".join(_figure(name, pages) for name in PATTERNS)}</ul>'
        f'<h2>{both(*PATH)}</h2><p class="rnn-lead">{sentences(PATH_LEAD, PATH_LEAD_KO)}</p>'
        f'<ol class="rnn-cards">{steps}</ol></div>'
    )


def _figure(name: str, pages: Sequence[Page]) -> str:
    """One of the lecture's pictures, and which demos are of its kind."""
    pattern = PATTERNS[name]
    links = [f'<a href="{html.escape(one.name)}">{html_of(one.title)}</a>' for one in pages if name in one.patterns]
    if name == "one_to_one" and not links:
        links = [f"<small>{sentences(PLAIN, PLAIN_KO)}</small>"]
    return f"<li>{drawn(pattern)}<strong>{both(pattern.name, pattern.korean)}</strong>{' '.join(links)}</li>"


def _step(n: int, page: Page) -> str:
    """A page as the n-th step of the path; all of the card but its scores is the link."""
    why, summary = (
        sentences(html.escape(english), html.escape(korean))
        for english, korean in ((page.why, page.why_ko), (page.summary, page.summary_ko))
    )
    pictures = "".join(drawn(PATTERNS[name]) for name in page.patterns)
    return (
        f'<li class="rnn-card rnn-step"><div class="rnn-card-head"><h3><span class="rnn-number">{n}</span> '
        f'<a href="{html.escape(page.name)}">{html_of(page.title)}</a></h3>{pictures}</div>'
        f'<p class="rnn-why">{why}</p><p class="rnn-summary">{summary}</p>{scores(page) if page.task else ""}</li>'
    )


def scores(page: Page) -> str:
    """What the models of a page were measured to do, as HTML; the one that the page opens with comes first."""
    names = models.available(page.task)
    if not names:
        return f'<div class="rnn-scores">{both("No trained model yet", "아직 학습된 모델이 없습니다")}</div>'
    first = models.first(page)
    ordered = sorted(names, key=lambda name: (name != first, name))[:SHOWN]
    rows = "".join(_row(page, name) for name in ordered)
    more = f"<small>+ {len(names) - SHOWN}</small>" if len(names) > SHOWN else ""
    directions = {direction for direction in glossary.BETTER if f">{_arrow(direction)}<" in rows}
    legend = "".join(f"<small>{both(*glossary.BETTER[direction])}</small>" for direction in sorted(directions))
    return f'<div class="rnn-scores">{rows}{more}{legend}</div>'


def _row(page: Page, name: str) -> str:
    headline = _headline(page, models.scores(name, page.task))
    return f"<span><b>{model_titles.title_html(page, name)}</b> {headline}</span>"


def _headline(page: Page, scores: dict[str, Any]) -> str:
    """The measure that the field knows a task by, on the test split where there is one."""
    split = next((name for name in SPLITS if isinstance(scores.get(name), dict)), None)
    for measure in page.headline if split else ():
        value = scores[split].get(measure.key)
        if measure.fits(scores) and isinstance(value, int | float):
            arrow = f'<span aria-hidden="true">{_arrow(measure.better)}</span>'
            return f"{measure.text.format(value)} {arrow} <small>{SPLITS[split]}</small>"
    return f"<small>{both('not measured', '측정하지 않음')}</small>"


def _arrow(better: str) -> str:
    return glossary.BETTER[better][0][0]
