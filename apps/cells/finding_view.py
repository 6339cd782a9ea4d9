"""What a search found, as HTML: the best units as bars, and the two nulls as lines across them."""

import html
import unicodedata
from collections.abc import Sequence
from typing import Any

from apps.cells import names
from apps.shared.formatting import number, signed, visible
from apps.shared.languages import both, html_of, sentences

SHUFFLED = both("labels shifted in a circle", "가설 값을 원형으로 밀어 본 경우")
UNTRAINED = both("untrained network", "학습하지 않은 신경망")
PROBE = both("linear probe on the whole state", "상태 전체에 대한 선형 프로브")


def finding(found: Any) -> str:
    """The verdict, the bars and what they mean."""
    low = 0.5 if found.measure == "AUC" else 0.0
    rows = "".join(
        _bar(
            f"{html.escape(str(one.unit))} {'+' if one.sign > 0 else '−'}",
            one.score,
            low,
            found,
            _told(found, one, place),
            place,
        )
        for place, one in enumerate(found.units)
    )
    rows += _bar(PROBE, found.probe, low, found, number(found.probe, 3), None) if found.probe == found.probe else ""
    legend = (
        f'<li class="rnn-null-shifted"><i></i>{SHUFFLED} <b>{number(found.shifted, 3)}</b></li>'
        f'<li class="rnn-null-untrained"><i></i>{UNTRAINED} <b>{number(found.untrained, 3)}</b></li>'
    )
    return f"""<section class="rnn-finding" data-figure="search"><h4>{title(found)}</h4>
<p class="rnn-meaning">{verdict(found)}</p><ul class="rnn-nulls">{legend}</ul>
<ol class="rnn-unit-bars">{rows}</ol><p class="rnn-small">{_explained(found)}</p></section>"""


def title(found: Any) -> str:
    """What was looked for, and how it is measured."""
    name = found.hypothesis.name
    shown = html_of(names.HYPOTHESES[name]) if name in names.HYPOTHESES else f"<code>{html.escape(name)}</code>"
    return f"{shown} · {found.measure}"


def verdict(found: Any) -> str:
    """Whether the best unit knows more than both nulls; HTML."""
    best, low = found.best, found.bounds[0]
    unit = f"<b>{html.escape(str(best.unit))}</b>"
    score = f"<b>{number(best.score, 3)}</b>"
    bounds = f"{number(low, 3)} … {number(found.bounds[1], 3)}" if low == low else "–"
    if found.beats_nulls:
        return sentences(
            f"{unit} follows it: {found.measure} {score} (95 % {bounds}) on the half that did not choose it. That is "
            "more than both nulls.",
            f"{unit}이(가) 따라갑니다. 고를 때 쓰지 않은 절반에서 {found.measure} {score}(95 % {bounds})로, "
            "두 기준보다 높습니다.",
        )
    return sentences(
        f"No unit clearly knows it. The best, {unit}, has {found.measure} {score} (95 % {bounds}) on the half that did "
        "not choose it; one of the nulls reaches as far.",
        f"확실히 아는 유닛은 없습니다. 가장 나은 {unit}도 고를 때 쓰지 않은 절반에서 {found.measure} {score}"
        f"(95 % {bounds})이고, 두 기준 가운데 하나가 그만큼 됩니다.",
    )


def _told(found: Any, one: Any, place: int) -> str:
    told = f"{number(one.score, 3)} <small>({both('chosen', '선택')} {number(one.chosen, 3)})</small>"
    if place == 0 and found.bounds[0] == found.bounds[0]:
        told += f" <small>95 % {number(found.bounds[0], 3)}–{number(found.bounds[1], 3)}</small>"
    return told


def _bar(name: str, score: float, low: float, found: Any, told: str, place: int | None) -> str:
    def at(value: float) -> float:
        return 100 * max(0.0, min(1.0, (value - low) / (1 - low)))

    lines = "".join(
        f'<i class="rnn-null-{kind}" style="left:{at(value):.1f}%"></i>'
        for kind, value in (("shifted", found.shifted), ("untrained", found.untrained))
        if value == value
    )
    if place == 0 and found.bounds[0] == found.bounds[0]:
        left, right = at(found.bounds[0]), at(found.bounds[1])
        lines += f'<i class="rnn-bound" style="left:{left:.1f}%;width:{max(right - left, 0.4):.1f}%"></i>'
    head = f'<button type="button" data-n="{place}">{name}</button>' if place is not None else f"<span>{name}</span>"
    kind = "rnn-probe" if place is None else ""
    bar = f'<div class="rnn-unit-bar {kind}"><b style="width:{at(score):.1f}%"></b>{lines}</div>'
    return f"<li>{head}{bar}<span>{told}</span></li>"


def _explained(found: Any) -> str:
    if found.measure == "AUC":
        about = (
            f"The label is true at {100 * found.share:.1f} % of the steps. AUC is the chance that the unit is larger "
            "where it is true: .5 is a guess, 1 is perfect.",
            f"이 가설은 전체 단계의 {100 * found.share:.1f} %에서 참입니다. AUC는 참인 곳에서 유닛 값이 더 클 확률로, "
            "0.5면 우연이고 1이면 완벽합니다.",
        )
    else:
        about = (
            f"The label is {found.share:.1f} on average. |r| is the correlation of unit and label: 0 is none, "
            "1 is a line.",
            f"이 값의 평균은 {found.share:.1f}입니다. |r|은 유닛과 값의 상관계수로, 0이면 무관하고 1이면 직선입니다.",
        )
    english, korean = about
    return sentences(
        f"{english} The first half of the text chose the units, the scores are of the second. Press a unit to colour "
        "the text by it.",
        f"{korean} 글의 앞 절반으로 유닛을 고르고 뒤 절반으로 점수를 매겼습니다. 유닛을 누르면 글에 그 유닛의 색이 "
        "칠해집니다.",
    )


def on_units(found: Sequence[Any]) -> str:
    """The units that are on in a stretch, as buttons."""
    rows = "".join(
        f'<li><button type="button" data-n="{n}">{html.escape(str(one.unit))} {"+" if one.sign > 0 else "−"}</button>'
        f"<span>{signed(one.margin)} σ</span></li>"
        for n, one in enumerate(found)
    )
    about = sentences(
        "On in the whole stretch and off in the 15 steps around it. The margin is from the highest value around to the "
        "lowest inside, in deviations; below 0 the unit is on nearby, too.",
        "구간 전체에서 켜지고 앞뒤 15단계에서는 꺼진 유닛입니다. 여유는 주변의 최댓값과 구간 안 최솟값의 차이를 "
        "표준편차로 나눈 값이며, 0보다 작으면 주변에서도 켜집니다.",
    )
    return f'<p class="rnn-small">{about}</p><ol class="rnn-on-units">{rows}</ol>'


HERE = both("Elsewhere in the text, and how many of them are on", "글의 다른 곳과 켜진 유닛의 비율")
EXAMPLE = both("In the model’s example text", "이 모델의 예시 글에서")


def alike(reading: Any, others: Sequence[Any], title: str) -> str:
    """Other stretches of a text where most of the units are on."""
    if not others:
        none = sentences("Most of them are on nowhere else.", "다른 곳에서는 절반 넘게 켜지지 않습니다.")
        return f"<h4>{title}</h4><p>{none}</p>"
    rows = "".join(f"<li>{_stretch(reading, one)} <small>{100 * one.share:.0f} %</small></li>" for one in others)
    return f'<h4>{title}</h4><ol class="rnn-alike">{rows}</ol>'


def _stretch(reading: Any, one: Any) -> str:
    text = reading.texts[int(reading.rows[one.start])]
    begin, end = int(reading.begins[one.start]), int(reading.ends[one.end - 1])
    before, after = text[max(0, begin - 20) : begin], text[end : end + 12]
    parts = (unicodedata.normalize("NFC", part) for part in (before, text[begin : min(end, begin + 80)], after))
    before, inside, after = (html.escape(visible(part).replace("\n", "↵")) for part in parts)
    return f'<span class="rnn-context">{before}<mark>{inside}</mark>{after}</span>'


def losses(found: Any) -> str:
    """The losses with and without a unit, inside and outside; HTML."""
    heads = "".join(
        f"<th>{both(*head)}</th>"
        for head in (
            ("where", "어디"),
            ("steps", "단계"),
            ("loss", "손실"),
            ("without the unit", "유닛 없이"),
            ("difference", "차이"),
        )
    )
    rows = "".join(
        f"<tr><th>{both(*name)}</th><td>{steps:,}</td><td>{number(pair[0], 4)}</td><td>{number(pair[1], 4)}</td>"
        f"<td><b>{signed(pair[1] - pair[0], 4)}</b></td></tr>"
        for name, pair, steps in zip(
            (("where it holds", "맞는 곳"), ("elsewhere", "그 밖")),
            (found.inside, found.outside),
            found.steps,
            strict=True,
        )
        if steps
    )
    about = sentences(
        "Mean −ln of the probability of the next character, in nats. Of a count, “where it holds” is above its median.",
        "다음 글자의 확률에 −ln을 취한 값의 평균(내트)입니다. 수를 세는 가설에서는 중앙값보다 큰 곳이 ‘맞는 곳’입니다.",
    )
    return (
        f'<section data-figure="ablation"><table class="rnn-cell-table"><thead><tr>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table><p class="rnn-small">{about}</p></section>'
    )
