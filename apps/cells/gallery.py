"""What was found in the shipped models, with the numbers, as HTML; `benchmarks/cells_that_know.py` measured it."""

import functools
import html
import json
from typing import Any

from apps.cells import names
from apps.shared.assets import assets
from apps.shared.formatting import number, signed
from apps.shared.languages import both, html_of, sentences

Row = dict[str, Any]


@functools.cache
def measured() -> list[dict]:
    """The models, each with its rows."""
    return json.loads((assets("cells") / "found.json").read_text(encoding="utf-8"))


def row(model: str, name: str) -> Row:
    """What was measured of one hypothesis in one model."""
    rows = next(one["rows"] for one in measured() if one["model"] == model)
    return next(one for one in rows if one["name"] == name)


def claims() -> str:
    """What was claimed elsewhere, and what of it was found here; HTML. A test asks the numbers whether it is true."""
    line, quotes = row("char_lm/shakespeare", "line_position"), row("char_lm/python", "in_quotes")
    brackets, indent = row("char_lm/python", "bracket_depth"), row("char_lm/python", "indent")
    imdb, nsmc = row("sentiment/imdb", "positive"), row("sentiment/nsmc", "positive")
    cost = indent["inside"][1] - indent["inside"][0]
    told = sentences(
        "Elsewhere, in larger networks, cells were shown that follow line length, quotes and brackets (Karpathy et al. "
        "2015), and one unit that follows sentiment (Radford et al. 2017).",
        "다른 곳에서는 더 큰 신경망에서 줄 길이, 따옴표, 괄호를 따라가는 셀(Karpathy 등, 2015)과 감성을 따라가는 유닛 "
        "하나(Radford 등, 2017)를 보였습니다.",
    )
    items = (
        (
            "<b>Found.</b> Line length in the Shakespeare model "
            f"(|r| {number(line['score'])}), and less clearly bracket depth in the Python model "
            f"(|r| {number(brackets['score'])}).",
            f"<b>찾음.</b> 셰익스피어 모델의 줄 길이(|r| {number(line['score'])}). 파이썬 모델의 괄호 깊이는 그보다 덜 "
            f"뚜렷합니다(|r| {number(brackets['score'])}).",
        ),
        (
            "<b>Found, but it reads backwards.</b> One unit follows whether a review is positive: AUC "
            f"{number(imdb['score'])} in the IMDB model, where a probe on all units reaches {number(imdb['probe'])}; "
            f"{number(nsmc['score'])} and {number(nsmc['probe'])} in the NSMC model. Both units read from the end of "
            "the "
            "text.",
            "<b>찾음, 다만 거꾸로 읽음.</b> 유닛 하나가 긍정 리뷰인지를 따라갑니다. IMDB 모델에서 AUC "
            f"{number(imdb['score'])}이고 모든 유닛에 대한 프로브는 {number(imdb['probe'])}입니다. NSMC 모델에서는 "
            f"{number(nsmc['score'])}와 {number(nsmc['probe'])}입니다. 두 유닛 모두 글의 끝에서부터 읽습니다.",
        ),
        (
            "<b>Not found.</b> A quote cell in the Python model: the best unit had AUC "
            f"{number(quotes['chosen'])} on the half that chose it and {number(quotes['score'])} on the other.",
            f"<b>못 찾음.</b> 파이썬 모델의 따옴표 셀. 가장 나은 유닛이 고른 절반에서는 AUC {number(quotes['chosen'])}"
            f"였지만 다른 절반에서는 {number(quotes['score'])}였습니다.",
        ),
        (
            "<b>To follow is not to matter.</b> Without its best unit the loss where a hypothesis holds hardly "
            "changes; "
            f"it rises most for the indentation of Python, by {number(cost, 3)} nats.",
            "<b>따라간다고 중요한 것은 아닙니다.</b> 가장 나은 유닛을 빼도 가설이 맞는 곳의 손실은 거의 그대로입니다. "
            "가장 "
            f"많이 늘어난 것은 파이썬의 들여쓰기로 {number(cost, 3)}내트입니다.",
        ),
    )
    return f"<p>{told}</p><ul class='rnn-claims'>{''.join(f'<li>{sentences(*one)}</li>' for one in items)}</ul>"


def gallery() -> str:
    """A table for each model."""
    return "".join(_model(one) for one in measured())


def _model(one: dict) -> str:
    rows = "".join(_row(row) for row in one["rows"] if "score" in row)
    heads = "".join(
        f"<th>{both(*head)}</th>"
        for head in (
            ("what", "무엇"),
            ("best unit", "가장 나은 유닛"),
            ("held-out score", "보류한 절반의 점수"),
            ("95 %", "95 %"),
            ("shifted labels", "민 값"),
            ("untrained", "학습 전"),
            ("linear probe", "선형 프로브"),
            ("loss without it, inside / outside", "없을 때 손실, 안 / 밖"),
        )
    )
    title = html_of(names.MODELS.get(one["model"], one["model"]))
    beat = sum(bool(row.get("beats_nulls")) for row in one["rows"])
    told = sentences(
        f"{beat} of {len(one['rows'])} beat both nulls. {one['steps']:,} steps were read; half of them chose "
        "the units.",
        f"{len(one['rows'])}개 가운데 {beat}개가 두 기준을 넘었습니다. {one['steps']:,}단계를 읽었고 절반으로 유닛을 "
        "골랐습니다.",
    )
    return f"""<section class="rnn-cells-found" data-figure="found"><h4>{title}</h4><p class="rnn-small">{told}</p>
<div class="rnn-scroll" tabindex="0"><table class="rnn-cell-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>
</table></div></section>"""


def _row(row: Row) -> str:
    unit = f"{row['layer']} {row['state']}[{row['index']}] {'+' if row['sign'] > 0 else '−'}"
    low, high = row["bounds"]
    bounds = "–" if low is None else f"{number(low, 3)}–{number(high, 3)}"
    loss = "–"
    if "inside" in row and None not in (*row["inside"], *row["outside"]):
        inside, outside = (after - before for before, after in (row["inside"], row["outside"]))
        loss = f"{signed(inside, 4)} / {signed(outside, 4)}"
    mark = "✓ " if row["beats_nulls"] else ""
    cells = (
        f"<th>{mark}{html_of(names.MEASURED.get(row['name'], html.escape(row['name'])))}</th>",
        f"<td>{html.escape(unit)}</td>",
        f"<td><b>{html.escape(row['measure'])} {number(row['score'], 3)}</b></td><td>{bounds}</td>",
        *(f"<td>{'–' if row[key] is None else number(row[key], 3)}</td>" for key in ("shifted", "untrained", "probe")),
        f"<td>{loss}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def units(model: str) -> list[tuple[str, str]]:
    """The units that were found in a model and beat both nulls: what they follow, and their names."""
    rows = next((one["rows"] for one in measured() if one["model"] == model), [])
    return [
        (names.MEASURED.get(row["name"], row["name"]), f"{row['layer']} {row['state']}[{row['index']}]")
        for row in rows
        if row.get("beats_nulls")
    ]
