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
    return f"""<section class="rnn-gallery" data-figure="found"><h4>{title}</h4><p class="rnn-small">{told}</p>
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
