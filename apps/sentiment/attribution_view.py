"""The words of a text coloured by what they did to the verdict, with numbers, a line under them, and a table."""

import html
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from apps.sentiment import prediction_view
from apps.sentiment.explained_text import ExplainedText
from apps.shared import charts
from apps.shared.assets import asset
from apps.shared.formatting import number, percent, signed, visible
from apps.shared.languages import both, label, sentences

WORDS = label("words", "낱말")
BELIEF = "The belief after each word", "낱말마다의 확률"
BELIEF_LABEL = label(*BELIEF)
CURVES = 4  # with more labels than two, the likeliest are drawn
FULL = 62  # per cent of the colour under the strongest word: the word stays legible

EVIDENCE, ATTENTION, REMOVAL = "evidence", "attention", "removal"
CHOICES = [
    (label("Evidence", "증거"), EVIDENCE),
    (label("Attention", "주의"), ATTENTION),
    (label("Removal", "제거"), REMOVAL),
]
MEANINGS = {
    EVIDENCE: (
        "What each word adds to the score. The scores of all words and the bias add up to the verdict.",
        "낱말마다 점수에 더한 값입니다. 모든 낱말의 값과 편향을 더한 점수로 판정합니다.",
    ),
    ATTENTION: (
        "How much of its attention, in %, the network gives to each word. It says where it looks, not what it thinks.",
        "신경망이 낱말마다 둔 주의의 비율(%)입니다. 어디를 보는지 알려 줄 뿐, 어떻게 판단하는지는 알려 주지 않습니다.",
    ),
    REMOVAL: (
        "How many points of the probability, in %, are lost when the word is taken out: the text is read again "
        "without it.",
        "그 낱말을 빼고 다시 읽었을 때 확률이 몇 %p 줄어드는지를 나타냅니다.",
    ),
}


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is HTML with one or more `attributions`."""
    script = asset("sentiment", "attribution_view.js")
    return gr.HTML("", js_on_load=script, apply_default_css=False, **properties)


def colour_choice(target: str, name: str) -> gr.Radio:
    """Picks what colours the words in the component whose elem_id is `target`; in the browser, at once."""
    choice = gr.Radio(CHOICES, value=EVIDENCE, label=label("Colour the words by", "낱말 색의 기준"), elem_id=name)
    # the class stays when the words change: it is on the component, not on what it shows
    script = f"chosen => {{ document.getElementById('{target}').dataset.colour = chosen }}"
    choice.change(None, choice, js=script, api_visibility="private", queue=False)
    return choice


@dataclass(frozen=True)
class Scale:
    """The values at which the colours are full; two texts side by side share one."""

    evidence: float
    attention: float
    removal: float

    @classmethod
    def over(cls, *texts: ExplainedText) -> "Scale":
        """The largest values in the texts, but not so small ones that nothing would be coloured strongly."""
        words = [(reading, word) for reading in texts for word in reading.words]
        return cls(
            max([0.1, *(abs(reading.evidence(word)) for reading, word in words)]),
            max([0.01, *(word.attention or 0 for _, word in words)]),
            max([0.01, *(abs(_removal(reading, word) or 0) for reading, word in words)]),
        )


def attributions(given: ExplainedText, scale: Scale, changed: Collection[int] = (), below: str = "") -> str:
    """The words, the line and what stands `below`, all linked: point at a word in one of them.

    Args:
        changed: the numbers of the words to mark as different from another text.
    """
    words = _words(given, scale, changed)
    return f"""<div class="rnn-attribution">
<div data-figure="words"><div class="rnn-words" tabindex="0" role="group" aria-label="{WORDS}" dir="auto">{words}</div>
<div class="rnn-inspected rnn-pointed" aria-live="polite"></div></div>
{probability_chart(given)}{below}</div>"""


# The words -------------------------------------------------------------------------------------------


def _words(given: ExplainedText, scale: Scale, changed: Collection[int]) -> str:
    text, parts, end = given.explanation.verdict.text, [], 0
    for n, word in enumerate(given.words):
        parts += [_gap(text[end : word.start]), _word(given, scale, n, n in changed)]
        end = word.end
    return "".join([*parts, _gap(text[end:])])


def _gap(text: str) -> str:
    """What is between two words: white space, and what the model did not read."""
    if not text.strip():
        return html.escape(text)
    return f'<span class="rnn-unread"><bdi>{html.escape(visible(text))}</bdi></span>'


def _word(given: ExplainedText, scale: Scale, n: int, changed: bool) -> str:
    word = given.words[n]
    evidence, removal = given.evidence(word), _removal(given, word)
    colours = {
        "e": _diverging(evidence, scale.evidence),
        "a": _sequential(word.attention, scale.attention),
        "r": _diverging(removal, scale.removal),
    }
    style = "".join(f"--{key}:{colour};" for key, colour in colours.items() if colour)
    after = "" if word.running is None else percent(float(word.running[given.focus]))
    kind = "rnn-word rnn-changed" if changed else "rnn-word"
    numbers = "".join(
        f'<i class="rnn-{name}">{value}</i>'
        for name, value in zip((EVIDENCE, ATTENTION, REMOVAL), _numbers(given, scale, n), strict=True)
    )
    return (
        f'<span class="{kind}" data-i="{n}" data-after="{after}" style="{style}">'
        f"<bdi>{html.escape(visible(word.text))}</bdi>{numbers}</span>"
    )


def _numbers(given: ExplainedText, scale: Scale, n: int) -> tuple[str, str, str]:
    """Evidence, attention in per cent and removal in points, as they stand under a word."""
    word, removal = given.words[n], _removal(given, given.words[n])
    return (
        signed(given.evidence(word), 2 if scale.evidence >= 0.3 else 3),
        "·" if word.attention is None else number(100 * word.attention, 1),
        "·" if removal is None else signed(100 * removal, 1),
    )


def _removal(given: ExplainedText, word: Any) -> float | None:
    return None if word.removal is None else float(word.removal[given.focus])


def _diverging(value: float | None, full: float) -> str:
    """A colour of CSS: one for what speaks for the label, another for what speaks against it."""
    share = 0 if value is None else round(FULL * min(abs(value) / full, 1))
    return f"var(--rnn-{'for' if value > 0 else 'against'}) {share}%" if share else ""


def _sequential(value: float | None, full: float) -> str:
    share = 0 if value is None else round(FULL * min(value / full, 1))
    return f"var(--rnn-weight) {share}%" if share else ""


# What the colours mean -------------------------------------------------------------------------------


def legend(given: ExplainedText, scale: Scale) -> str:
    """What the numbers are, and the legend of the colours; only what is chosen is shown."""
    missing = f"<b>{both('This model has no attention.', '이 모델에는 주의(어텐션)가 없습니다.')}</b> "
    parts = []
    for name, (english, korean) in MEANINGS.items():
        note = missing if name == ATTENTION and given.explanation.verdict.attention is None else ""
        parts.append(
            f'<div class="rnn-meaning rnn-{name}"><p>{note}{sentences(english, korean)}</p>'
            f"{_colour_ramp(given, scale, name)}</div>"
        )
    return "".join(parts)


def _colour_ramp(given: ExplainedText, scale: Scale, name: str) -> str:
    if name == ATTENTION:
        ramp = "linear-gradient(90deg, transparent, color-mix(in srgb, var(--rnn-weight) 62%, transparent))"
        ends = ("0 %", f"{number(100 * scale.attention, 1)} %")
    else:
        ramp = (
            "linear-gradient(90deg, color-mix(in srgb, var(--rnn-against) 62%, transparent), transparent, "
            "color-mix(in srgb, var(--rnn-for) 62%, transparent))"
        )
        most = (
            f"{number(scale.evidence)}"
            if name == EVIDENCE
            else f"{number(100 * scale.removal, 1)} {both('points', '%p')}"
        )
        pro, con = _sides(given)
        ends = (f"{con} −{most}", f"+{most} {pro}")
    return f'<div class="rnn-ramp"><span>{ends[0]}</span><i style="background:{ramp}"></i><span>{ends[1]}</span></div>'


def _sides(given: ExplainedText) -> tuple[str, str]:
    """What the two colours speak for."""
    pro = prediction_view.label(given.labels[given.focus])
    if len(given.labels) == 2:
        return pro, prediction_view.label(given.labels[1 - given.focus])
    return pro, both("other labels", "다른 레이블")


# The line --------------------------------------------------------------------------------------------


def probability_chart(given: ExplainedText) -> str:
    """The probability if the text had ended after each word; with more labels than two, of the likeliest."""
    words, count = given.words, len(given.words)
    known = [n for n, word in enumerate(words) if word.running is not None]
    if not known:
        return ""
    start = _softmax(given.explanation.bias)
    curves = []
    for place, focus in enumerate(_drawn(given)):
        points = [(0.0, float(start[focus]))]
        points += [((n + 0.5) / count, float(words[n].running[focus])) for n in known]
        curves.append(charts.Curve(prediction_view.label(given.labels[focus]), points, f"rnn-c{place}"))
    hits = "".join(
        f'<rect data-i="{n}" x="{100 * n / count:.3f}" y="0" width="{100 / count:.3f}" height="100"/>'
        for n in range(count)
    )
    names = charts.ticks([((n + 0.5) / count, _short(word.text)) for n, word in enumerate(words)])
    caption = sentences("The probability if the text had ended there.", "글이 그 낱말에서 끝났다면 나왔을 확률입니다.")
    over, dots = f'<g class="rnn-hits">{hits}</g>', count <= 60
    chart = charts.chart(curves, BELIEF_LABEL, names, over=over, dots=dots, figure="belief")
    return f'<h4>{both(*BELIEF)}</h4><p class="rnn-caption">{caption}</p>{chart}'


def _drawn(given: ExplainedText) -> list[int]:
    if len(given.labels) == 2:
        return [given.focus]
    return [int(n) for n in (-given.explanation.verdict.probabilities).argsort()[:CURVES]]


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _short(text: str) -> str:
    text = visible(text.replace("\n", " "))
    return text if len(text) <= 12 else text[:11] + "…"


# The table -------------------------------------------------------------------------------------------


def table(given: ExplainedText) -> str:
    """All numbers of all words."""
    scale = Scale.over(given)
    focus = prediction_view.label(given.labels[given.focus])
    columns: list[tuple[str, Callable[[int], str]]] = [
        (both("evidence", "증거"), lambda n: _numbers(given, scale, n)[0]),
        (f"{both('attention', '주의')}, %", lambda n: _numbers(given, scale, n)[1]),
        (f"{both('removal', '제거')}, %p", lambda n: _numbers(given, scale, n)[2]),
        (f"{both('after it', '그 뒤')}: {focus}", lambda n: _after(given, n)),
    ]
    heads = "".join(f"<th>{name}</th>" for name, _ in columns)
    return (
        f'<table class="rnn-numbers"><thead><tr><th>#</th><th>{both("word", "낱말")}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(_rows(given, columns))}</tbody></table>"
    )


def _rows(given: ExplainedText, columns: list[tuple[str, Callable[[int], str]]]) -> Iterator[str]:
    for n, word in enumerate(given.words):
        cells = "".join(f"<td>{value(n)}</td>" for _, value in columns)
        yield f"<tr><td>{n + 1}</td><td><bdi>{html.escape(visible(word.text))}</bdi></td>{cells}</tr>"


def _after(given: ExplainedText, n: int) -> str:
    running = given.words[n].running
    return "·" if running is None else percent(float(running[given.focus]))
