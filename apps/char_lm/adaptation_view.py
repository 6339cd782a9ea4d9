"""Two readings of a text as HTML: with the weights as trained, and with weights that go on learning."""

import html
import math
from collections.abc import Iterable

import numpy as np

from apps.char_lm import adaptation
from apps.char_lm.surprisal import means
from apps.shared import charts, run
from apps.shared.languages import both, label, sentences

LABEL = label(
    "surprise over the text, as trained and while it learns", "글에 따른 놀람: 학습한 그대로, 그리고 배우면서 읽을 때"
)
AS_TRAINED, LEARNING = both("as trained", "학습한 그대로"), both("learning while it reads", "읽으면서 배움")
WINDOW = 50
"""A point of a curve is the mean of so many characters."""
POINTS = 400
LISTED = 5
LEAST_CHANGE = 0.05
"""Words whose nats changed less are not listed."""
PUNCTUATION = ".,;:!?…\"'()"
Word = tuple[str, int, float, float]


def progress(plain: np.ndarray, adapted: np.ndarray) -> str:
    """How far the second reading is, and both curves up to there."""
    bar = run.progress(len(adapted), len(plain), both("Characters read again", "다시 읽은 글자"))
    return bar + (_chart(plain, adapted) if len(adapted) else "")


def shown(characters: str, plain: np.ndarray, adapted: np.ndarray) -> str:
    """Totals, curves, and the words that gained and lost most."""
    return f"""<h3>{both("Learning while it reads", "읽으면서 배우기")}</h3>
{_totals(plain, adapted)}
<p class="rnn-total">{_explained(len(plain))}</p>
{_chart(plain, adapted)}
{_values(plain, adapted)}
{_words(characters, plain, adapted)}"""


def _totals(plain: np.ndarray, adapted: np.ndarray) -> str:
    columns = (
        both("reading", "읽기"),
        both("nats / character", "글자당 내트"),
        both("bits / character", "글자당 비트"),
        both("perplexity", "혼란도"),
    )
    rows = ""
    for name, kind, nats in ((AS_TRAINED, "rnn-c1", plain), (LEARNING, "rnn-c0", adapted)):
        cells = "".join(f"<td>{_number(value)}</td>" for value in means(nats.tolist()).values())
        rows += f'<tr><th scope="row"><i class="rnn-swatch {kind}"></i>{name}</th>{cells}</tr>'
    return charts.outcomes(columns, rows)


def _explained(count: int) -> str:
    segment = adaptation.SEGMENT
    if count <= segment:
        return sentences(
            f"The text is no longer than one segment of {segment} symbols, so nothing was learnt before it was read. "
            "Take a longer one.",
            f"글이 기호 {segment}개짜리 한 구간보다 길지 않아 읽기 전에 배운 것이 없습니다. 더 긴 글을 넣어 보세요.",
        )
    return sentences(
        f"Each {segment} symbols are scored first; then one step of gradient descent learns from them (dynamic "
        "evaluation, Krause et al. 2018). So no character was learnt from before it was scored. Afterwards the model "
        "is as it was. This is a score of its own kind: compare it with others of its kind alone.",
        f"기호 {segment}개를 먼저 채점한 뒤, 경사 하강 한 걸음으로 그 부분을 배웁니다(동적 평가, Krause 외 2018). "
        "채점하기 전에 배운 글자는 없습니다. 읽기가 끝나면 모델은 원래대로 돌아갑니다. 이 점수는 같은 방식으로 낸 "
        "점수하고만 비교하세요.",
    )


def _chart(plain: np.ndarray, adapted: np.ndarray) -> str:
    curves = [adaptation.moving_mean(nats, WINDOW) for nats in (plain, adapted)]
    top = max(1.0, math.ceil(max(curve[min(WINDOW, len(curve)) - 1 :].max() for curve in curves)))
    last = max(1, len(plain) - 1)
    sampled = charts.sampled(len(plain), POINTS)
    drawn = [
        charts.Curve(
            name,
            [(n / last, min(1.0, curve[n] / top)) for n in sampled if n < len(curve)],
            kind,
            f"{curve[-1]:.2f}",
            [curve[n] for n in sampled if n < len(curve)],
        )
        for name, kind, curve in ((AS_TRAINED, "rnn-c1", curves[0]), (LEARNING, "rnn-c0", curves[1]))
    ]
    below = charts.ends(
        "1", both(f"character; mean of the last {WINDOW}", f"글자, 최근 {WINDOW}개의 평균"), f"{len(plain):,}"
    )
    marks = (f"{top:g} nats", f"{top / 2:g}", "0")
    return charts.chart(drawn, LABEL, below, figure="dynamic-evaluation", marks=marks, x=[n + 1 for n in sampled])


def _values(plain: np.ndarray, adapted: np.ndarray) -> str:
    curves = [adaptation.moving_mean(nats, WINDOW) for nats in (plain, adapted)]
    rows = [(f"{n + 1:,}", [f"{curve[n]:.3f}" for curve in curves]) for n in charts.sampled(len(plain))]
    return charts.values_table(
        ("Values of the curves", "곡선의 값"), ("character", "글자"), (AS_TRAINED, LEARNING), rows
    )


def _words(characters: str, plain: np.ndarray, adapted: np.ndarray) -> str:
    """The words that the learning helped most, and those that it hurt most."""
    words = sorted(adaptation.gains(characters, plain, adapted), key=lambda word: word[3] - word[2])
    helped = _first_of_each(word for word in words if word[3] < word[2] - LEAST_CHANGE)
    hurt = _first_of_each(word for word in reversed(words) if word[3] > word[2] + LEAST_CHANGE)
    parts = [
        (both("Words that gained most", "가장 쉬워진 낱말"), helped),
        (both("Words that lost most", "가장 어려워진 낱말"), hurt),
    ]
    columns = (both("word", "낱말"), both("at character", "글자 위치"), AS_TRAINED, LEARNING)
    return "".join(
        f'<p class="rnn-total">{heading}</p>' + charts.outcomes(columns, "".join(map(_row, found)))
        for heading, found in parts
        if found
    )


def _first_of_each(words: Iterable[Word]) -> list[Word]:
    """Of each word the place where it changed most; at most `LISTED` words."""
    found: dict[str, Word] = {}
    for word in words:
        found.setdefault(word[0].strip(PUNCTUATION).lower() or word[0], word)
    return list(found.values())[:LISTED]


def _row(word: Word) -> str:
    text, start, before, after = word
    short = text if len(text) <= 24 else f"{text[:23]}…"
    return (
        f'<tr><th scope="row"><bdi>{html.escape(short)}</bdi></th><td>{start + 1:,}</td><td>{before:.2f}</td>'
        f"<td>{after:.2f}</td></tr>"
    )


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 100 else f"{value:,.0f}"
