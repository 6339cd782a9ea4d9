"""A table of reviews, labelled: chunk by chunk, so that memory stays small and Stop works."""

import functools
import html
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from apps.sentiment import language, out_of_domain, prediction_view
from apps.sentiment.language import AUTO, TASK
from apps.shared import models, run, tables, text_language, validation
from apps.shared.formatting import percent
from apps.shared.languages import both, html_of, label
from apps.shared.tables import Table

# Tables take minutes, so they wait for each other and not for those who read one text.
CONCURRENCY = {"concurrency_id": "sentiment-table", "concurrency_limit": 2}

CHUNK = 256  # rows read by the model in one go
PREVIEWED = 20
CELL_SHOWN = 160  # characters
NEW = ("label", "probability", "note")
ROWS, TABLE = label("rows", "행"), label("table", "표")
NO_TEXT = label("no text", "글 없음")
UNLABELLED = ""
WAKING, READING = label("Loading the model", "모델을 불러오는 중"), label("Reading", "읽는 중")


@dataclass
class Tally:
    """What is said of a table when it is done."""

    labels: Counter = field(default_factory=Counter)
    guesses: int = 0
    formulas: int = 0
    preview: list[list[str]] = field(default_factory=list)
    done: int = 0


def describe_table(file: str | None) -> tuple[dict, str]:
    """What is in an uploaded table: the columns to choose from, and a line of HTML."""
    if not file:
        return gr.update(choices=[], value=""), ""
    table = tables.read_table(file)
    choices = list(dict.fromkeys(name for name in table.header if name))
    return gr.update(choices=choices, value=tables.guessed_column(table)), f"<p>{_size(table)}</p>"


def classify_table(
    file: str,
    column: str = "",
    model: str = AUTO,
    progress: gr.Progress = gr.Progress(),  # noqa: B008
) -> Iterator[tuple[Any, Any, Any]]:
    """Label every text of a table.

    Args:
        file: CSV or TSV in UTF-8 with a header row, at most 5 MB and 20,000 rows.
        column: the name of the column with the texts; "" guesses (text, document, review, ...).
        model: a name that `sentiment_models` gives; "auto" takes for each row the one of its language.

    Returns:
        The table with the columns label, probability and note added (UTF-8 with a byte order mark, formulas
        made harmless by an apostrophe); a summary and a preview as HTML.
    """
    with validation.about("file"):
        table = tables.read_table(file, column or "")
    with validation.about("column"):
        at = tables.text_column(table, column)
    tally = Tally()
    yield None, run.LOADING, ""  # what was there is of another table
    # Gradio copies the finished file to its own folder; this one is gone at the end, also after Stop.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.stem}-sentiment{table.suffix}"
        with validation.user_errors():
            for _ in _write(path, table, at, model or AUTO, tally):
                progress((tally.done, table.count), desc=READING if tally.done else WAKING, unit=ROWS)  # for programs
                yield gr.skip(), run.progress(tally.done, table.count, html_of(ROWS)), gr.skip()  # Stop takes hold here
        yield str(path), _summary(tally, table), _preview(tally, table, at)


# Labelling -------------------------------------------------------------------------------------------


def _write(path: Path, table: Table, at: int, model: str, tally: Tally) -> Iterator[None]:
    """Write the labelled table; gives a moment to breathe before each chunk."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = tables.writer(file, table.delimiter)
        out.writerow(_safe([*table.header, *tables.new_columns(table.header, NEW)], tally))
        rows = table.rows()
        yield
        while chunk := list(itertools.islice(rows, CHUNK)):
            answers = label_texts([row[at] for row in chunk], model)
            for row, answer in zip(chunk, answers, strict=True):
                _count(tally, row, answer)
                out.writerow(_safe([*row, *answer], tally))
            tally.done += len(chunk)
            yield


def label_texts(texts: Sequence[str], model: str) -> list[tuple[str, str, str]]:
    """(label, probability, note) for each text; a text without anything in it has a note only."""
    answers = [(UNLABELLED, "", NO_TEXT)] * len(texts)
    model_of = functools.cache(language.model_of)
    chosen: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if text.strip():
            name = model_of(text_language.language(text)) if model == AUTO else model
            chosen.setdefault(name, []).append(place)
    for name, places in chosen.items():
        loaded = models.get(name, TASK)
        found = loaded.probabilities([texts[place] for place in places])
        for place, probabilities in zip(places, found, strict=True):
            best = int(probabilities.argmax())
            why = out_of_domain.hints(texts[place], loaded.tokenizer, language.TRAINED_ON.get(name))
            note = "; ".join(hint.short for hint in why)
            answers[place] = loaded.labels[best], f"{probabilities[best]:.4f}", note
    return answers


def _safe(row: Sequence[str], tally: Tally) -> list[str]:
    tally.formulas += sum(map(tables.is_formula, row))
    return [tables.safe(cell) for cell in row]


def _count(tally: Tally, row: list[str], answer: tuple[str, str, str]) -> None:
    label, _, note = answer
    tally.labels[label] += 1
    tally.guesses += bool(label and note)
    if len(tally.preview) < PREVIEWED:
        tally.preview.append([*row, *answer])


# Showing ---------------------------------------------------------------------------------------------


def _size(table: Table) -> str:
    separated = both(*tables.DELIMITERS[table.delimiter])
    blank = f"; {both('blank lines left out', '제외한 빈 줄')}: <b>{table.blank:,}</b>" if table.blank else ""
    return (
        f"{both('Rows', '행')}: <b>{table.count:,}</b>; {both('columns', '열')}: <b>{len(table.header):,}</b>, "
        f"{both('separated by', '구분 문자')}: {separated}{blank}"
    )


def _summary(tally: Tally, table: Table) -> str:
    rows = "".join(_share(name, count, table.count) for name, count in tally.labels.most_common() if name)
    empty, guesses, formulas = tally.labels[UNLABELLED], tally.guesses, tally.formulas
    notes = [_size(table)]
    if empty:
        notes.append(f"{both('Without a text, so without a label', '글이 없어 레이블도 없는 행')}: <b>{empty:,}</b>")
    if guesses:
        notes.append(f"{both('Only guessed, the note says why', '추측한 행(이유는 note 열)')}: <b>{guesses:,}</b>")
    if formulas:
        english = (
            "Cells that begin like a formula (= + − @ …), with an apostrophe (') now before them, so that no "
            "spreadsheet "
            "runs them"
        )
        korean = "수식처럼 시작하여(= + − @ …) 실행되지 않도록 앞에 작은따옴표(')를 붙인 칸"
        notes.append(f"{both(english, korean)}: <b>{formulas:,}</b>")
    items = "".join(f"<li>{note}</li>" for note in notes)
    return f'<div class="rnn-counts">{rows}</div><ul class="rnn-notes">{items}</ul>'


def _share(name: str, count: int, total: int) -> str:
    return (
        f'<div class="rnn-bar {prediction_view.label_class(name)}"><b>{prediction_view.label(name)}</b>'
        '<span class="rnn-track">'
        f'<i style="width:{100 * count / total:.1f}%"></i></span><span class="rnn-percent">{count:,} '
        f"({percent(count / total)})</span></div>"
    )


def _preview(tally: Tally, table: Table, at: int) -> str:
    names = [*table.header, *tables.new_columns(table.header, NEW)]
    kinds = [_kind(place, at, len(table.header)) for place in range(len(names))]
    head = "".join(
        f'<th class="{kind}">{html.escape(_cut(name))}</th>' for kind, name in zip(kinds, names, strict=True)
    )
    body = "".join(f"<tr>{_cells(row, kinds)}</tr>" for row in tally.preview)
    first, count = len(tally.preview), f"{table.count:,}"
    shown = both(f"The first {first} of {count} rows", f"{count}행 중 처음 {first}행")
    return (
        f'<p class="rnn-caption">{shown}</p><div class="rnn-scroll" tabindex="0" role="region" aria-label="{TABLE}">'
        f'<table class="rnn-preview"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _kind(place: int, at: int, given: int) -> str:
    """The CSS class of a column: the text, the new ones, and those that a phone has no room for."""
    return "rnn-long" if place == at else "rnn-other" if place < given else ""


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    answer, cells, last = row[-len(NEW)], [], len(row) - 1
    for place, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
        text = f"<bdi>{html.escape(_cut(cell))}</bdi>"
        if place == last:
            text = "; ".join(map(html_of, cell.split("; ")))
        if place == len(row) - len(NEW) and answer:
            text, kind = prediction_view.label(answer), f"rnn-answered {prediction_view.label_class(answer)}"
        cells.append(f'<td class="{kind}">{text}</td>')
    return "".join(cells)


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_SHOWN else cell[: CELL_SHOWN - 1] + "…"
