"""A verdict as HTML: the label with its probability, a bar for each label, and what to think of it."""

import html

from apps.sentiment import PAGE
from apps.sentiment.explained_text import POLES, ExplainedText
from apps.shared import model_titles
from apps.shared.formatting import number, percent, signed
from apps.shared.hints import hints_html
from apps.shared.languages import both, sentences

KOREAN = {"positive": "긍정", "negative": "부정"}
UNDECIDED = 0.6  # a likeliest of two labels below this is hardly an opinion
BARS = 6  # of many labels the likeliest are shown


def label(name: str) -> str:
    """The name of a class as HTML, in Korean too where it is known."""
    return both(name, KOREAN[name]) if name in KOREAN else html.escape(name)


def label_class(name: str) -> str:
    """The CSS class with the colour of a label."""
    return f"rnn-{name}" if name in POLES else "rnn-neutral"


def card(reading: ExplainedText, title: str = "", note: str = "") -> str:
    """The verdict of one text.

    Args:
        title: HTML that stands before the label, such as which of two texts this is.
        note: HTML under it.
    """
    verdict = reading.explanation.verdict
    unsure = f' <span class="rnn-unsure">{both("undecided", "판단 보류")}</span>' if _unsure(reading) else ""
    return f"""<section class="rnn-verdict {label_class(verdict.label)}" data-figure="verdict">
<p class="rnn-answer">{title}<b>{label(verdict.label)}</b> <strong>{percent(verdict.probability)}</strong>{unsure}
<small>{model_titles.title_html(PAGE, reading.model)}</small></p>
{_bars(reading)}{hints_html(reading.hints)}{note}</section>"""


def change(before: ExplainedText, after: ExplainedText) -> str:
    """How the verdict differs between two texts."""
    focus = before.focus
    old, new = (float(reading.explanation.verdict.probabilities[focus]) for reading in (before, after))
    flipped = before.explanation.verdict.label != after.explanation.verdict.label
    turn = f'<b class="rnn-flip">{both("The verdict turned", "판정이 뒤집혔습니다")}</b>' if flipped else ""
    return (
        f'<p class="rnn-change">{label(before.labels[focus])}: <b>{percent(old)}</b> → <b>{percent(new)}</b> '
        f"<strong>{signed(100 * (new - old), 1)}</strong> {both('points', '%p')} {turn}</p>"
        f"{_guessed(before, after)}"
    )


def _guessed(before: ExplainedText, after: ExplainedText) -> str:
    """Both texts are read by one model: where that can only guess one of them, so is their difference."""
    names = [name for name, reading in zip("AB", (before, after), strict=True) if reading.hints]
    if not names:
        return ""
    which, model = ", ".join(names), model_titles.title_html(PAGE, before.model)
    return (
        f'<p class="rnn-caption"><b>{which}</b>: '
        + sentences(
            f"a guess, since one model ({model}) reads both; so is the difference.",
            f"한 모델({model})이 두 글을 모두 읽으므로 추측일 뿐이며, 둘의 차이도 그렇습니다.",
        )
        + "</p>"
    )


def expectation(reading: ExplainedText, expected: str) -> str:
    """Whether the verdict is what people say of the text."""
    given = reading.explanation.verdict.label
    right, name, korean = given == expected, html.escape(expected), KOREAN.get(expected, html.escape(expected))
    sign = "✓" if right else "✗"
    outcome = sentences(
        f"{sign} People read this as <b>{name}</b>: the model gets {'it right' if right else 'this wrong'}.",
        f"{sign} 사람의 판단은 <b>{korean}</b>입니다. 모델이 {'맞혔습니다' if right else '틀렸습니다'}.",
    )
    return f'<p class="rnn-expected rnn-{"yes" if right else "no"}">{outcome}</p>'


def arithmetic(reading: ExplainedText) -> str:
    """How evidence and bias make the probability; "" where there are more than two labels."""
    if len(reading.labels) != 2:
        return ""
    explanation, focus = reading.explanation, reading.focus
    bias = float(explanation.bias[focus] - explanation.bias[1 - focus])
    added = explanation.verdict.evidence.sum(axis=0)
    words = float(added[focus] - added[1 - focus])
    probability = float(explanation.verdict.probabilities[focus])
    return (
        f'<p class="rnn-sum">Σ {both("evidence", "증거")} <b>{signed(words)}</b> + {both("bias", "편향")} '
        f"<b>{signed(bias)}</b> = "
        f"<b>{number(words + bias)}</b>; 1 / (1 + e<sup>−({number(words + bias)})</sup>) = "
        f"<b>{percent(probability)}</b> {label(reading.labels[focus])}</p>"
    )


def _unsure(reading: ExplainedText) -> bool:
    return len(reading.labels) == 2 and reading.explanation.verdict.probability < UNDECIDED


def _bars(reading: ExplainedText) -> str:
    probabilities = reading.explanation.verdict.probabilities
    order = range(len(probabilities)) if len(probabilities) <= BARS else (-probabilities).argsort()[:BARS]
    rows = "".join(_bar(reading.labels[n], float(probabilities[n])) for n in order)
    hidden = len(probabilities) - BARS
    more = f'<p class="rnn-more">+ {hidden} {both("more labels", "개 레이블 더")}</p>' if hidden > 0 else ""
    return f'<div class="rnn-bars">{rows}</div>{more}'


def _bar(name: str, probability: float) -> str:
    return (
        f'<div class="rnn-bar {label_class(name)}"><b>{label(name)}</b><span class="rnn-track">'
        f'<i style="width:{100 * probability:.1f}%"></i></span><span class="rnn-percent">{percent(probability)}</span>'
        "</div>"
    )
