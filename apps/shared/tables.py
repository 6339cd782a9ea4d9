"""Tables that visitors upload: CSV and TSV in UTF-8, every row checked, written again safe for spreadsheets."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import gradio as gr

from apps.shared import validation
from rnn_models import tables
from rnn_models.tables import TEXT_COLUMNS

BYTES_LIMIT = 5_000_000
ROWS_LIMIT = 20_000
DELIMITERS = {
    ",": ("comma", "쉼표"),
    "\t": ("tab", "탭"),
    ";": ("semicolon", "쌍반점"),
    "|": ("vertical bar", "세로줄"),
}
NAMES_SHOWN = 20

# A spreadsheet takes a cell that begins so for a formula, and may run it.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?", re.ASCII)


@dataclass(frozen=True)
class Table:
    """A table whose rows have all been checked.

    Attributes:
        stem, suffix: of the file's name.
        text: the whole file.
        delimiter: what stands between two cells.
        header: the names of the columns.
        count: how many rows there are under the header.
        blank: how many blank lines are left out.
    """

    stem: str
    suffix: str
    text: str
    delimiter: str
    header: list[str]
    count: int
    blank: int

    def rows(self) -> Iterator[list[str]]:
        """The rows under the header."""
        return itertools.islice((row.cells for row in tables.even_rows(self.text, self.delimiter)), 1, None)


def read_table(path: str | None, column: str = "") -> Table:
    """Read and check a table with a header row.

    Args:
        column: the name of a column that matters, if it is known; it helps to find out what separates cells.

    Raises:
        gr.Error: what is wrong, in which row, and how to mend it.
    """
    if not path:
        raise validation.refusal(
            "There is no table yet: upload a CSV or TSV file.", "표가 없습니다. CSV나 TSV 파일을 올려 주세요."
        )
    file = Path(path)
    text = _decoded(file)
    tabs = file.suffix.lower() in (".tsv", ".tab")
    delimiter = "\t" if tabs else tables.find_delimiter(text, [(column, TEXT_COLUMNS)])
    header, count, blank = _checked(text, delimiter)
    suffix = ".tsv" if delimiter == "\t" else ".csv"
    return Table(file.stem[:60] or "table", suffix, text, delimiter, header, count, blank)


def text_column(table: Table, name: str | None) -> int:
    """The number of the column with that name; without a name, of the first that is called like texts are.

    Raises:
        gr.Error: there is none, or more than one.
    """
    index = tables.find_column(table.header, name, TEXT_COLUMNS)
    if index is None:
        raise _no_column(table, name or "")
    if table.header.count(table.header[index]) > 1:
        raise validation.refusal(
            f"Several columns are called {table.header[index]!r}: rename all but one.",
            f"{table.header[index]!r} 열이 여럿입니다. 하나만 남기고 이름을 바꿔 주세요.",
        )
    return index


def guessed_column(table: Table) -> str:
    """The name of the column that `text_column` takes without a name, or ""."""
    index = tables.find_column(table.header, "", TEXT_COLUMNS)
    return "" if index is None else table.header[index]


def new_columns(header: Sequence[str], wanted: Iterable[str]) -> list[str]:
    """Names for columns to add, with "predicted_" before them where a name is taken."""
    taken, names = {name.casefold().strip() for name in header}, []
    for name in wanted:
        while name.casefold() in taken:
            name = f"predicted_{name}"
        taken.add(name.casefold())
        names.append(name)
    return names


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run the cell: it begins with = + - @, a tab or a line end, and is no number."""
    return bool(_FORMULA.match(cell)) and not _NUMBER.fullmatch(cell)


def safe(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet might run it."""
    return f"'{cell}" if is_formula(cell) else cell


def writer(file: IO[str], delimiter: str) -> "csv._writer":
    """A writer of rows to `file`, which was opened with newline="" in the encoding "utf-8-sig" (for Excel)."""
    return csv.writer(file, delimiter=delimiter, lineterminator="\r\n")


# Reading ---------------------------------------------------------------------------------------------


def _decoded(file: Path) -> str:
    size = file.stat().st_size
    if size > BYTES_LIMIT:
        raise validation.refusal(
            f"The file has {size / 1e6:.1f} MB; at most {BYTES_LIMIT / 1e6:.0f} MB fit. Split it.",
            f"파일이 {size / 1e6:.1f} MB입니다. {BYTES_LIMIT / 1e6:.0f} MB까지 되니 나누어 주세요.",
        )
    content = file.read_bytes()
    try:
        text = tables.decode_utf8(content)
        tables.check_no_nul(text)
    except tables.EncodingError as error:
        raise validation.refusal(
            f"Line {error.line:,} is not UTF-8{_guess(content)}. Save the table as “CSV UTF-8”.",
            f"{error.line:,}번째 줄이 UTF-8이 아닙니다. 표를 ‘CSV UTF-8’로 저장해 주세요.",
        ) from error
    except tables.NulError as error:
        raise validation.refusal(
            f"Line {error.line:,} has a NUL character: this is no text table. Save it as “CSV UTF-8”, not as .xlsx.",
            f"{error.line:,}번째 줄에 NUL 문자가 있어 글로 된 표가 아닙니다. .xlsx가 아닌 ‘CSV UTF-8’로 저장해 주세요.",
        ) from error
    return text


def _guess(content: bytes) -> str:
    """What the encoding may be instead."""
    if content[:2] == b"PK":
        return " but looks like a spreadsheet's own format (.xlsx, .ods)"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return " but UTF-16"
    try:
        content.decode("cp949")
    except UnicodeDecodeError:
        return ""
    return " but perhaps CP949 (EUC-KR)"


def _checked(text: str, delimiter: str) -> tuple[list[str], int, int]:
    """The header, and how many rows and blank lines there are; every row is as wide as the header."""
    header, count = None, 0
    try:
        for row in tables.even_rows(text, delimiter):
            if header is None:
                header = row.cells
                continue
            count += 1
            if count > ROWS_LIMIT:
                raise validation.refusal(
                    f"The table has more than {ROWS_LIMIT:,} rows. Split it.",
                    f"표가 {ROWS_LIMIT:,}행보다 깁니다. 나누어 주세요.",
                )
    except tables.UnevenError as error:
        raise _uneven(error) from error
    except tables.QuoteError as error:
        raise _broken(error) from error
    if not count:
        raise validation.refusal(
            "The table is empty: the first row must name the columns, and under it stands a row for each text.",
            "표가 비어 있습니다. 첫 행에 열 이름, 그 아래에 글마다 한 행을 써 주세요.",
        )
    blank = sum(not row.cells for row in tables.rows(text, delimiter))
    return header or [], count, blank


# Saying no -------------------------------------------------------------------------------------------


def _uneven(error: tables.UnevenError) -> gr.Error:
    english, korean = DELIMITERS[error.delimiter]
    return validation.refusal(
        f"Row {error.number:,} (line {error.line:,}) has {error.found} cells; the header has {error.expected}. Put a "
        f"cell that holds a {english} between quotes.",
        f"{error.number:,}행({error.line:,}번째 줄)은 {error.found}칸인데 머리글은 {error.expected}칸입니다. {korean} "
        "문자가 든 칸은 따옴표로 싸 주세요.",
    )


def _broken(error: tables.QuoteError) -> gr.Error:
    place, place_ko = f"Row {error.number:,} (line {error.line:,})", f"{error.number:,}행({error.line:,}번째 줄)"
    if error.too_long:
        return validation.refusal(
            f"{place} has a cell of more than {csv.field_size_limit():,} characters; perhaps a quote is not closed.",
            f"{place_ko}에 {csv.field_size_limit():,}자가 넘는 칸이 있습니다. 따옴표가 닫히지 않았을 수 있습니다.",
        )
    return validation.refusal(
        f"{place} has broken quotes ({error.reason}). A cell in quotes ends with a quote, and a quote in it is written "
        'twice: "so ""good"" a film".',
        f"{place_ko}의 따옴표가 맞지 않습니다. 따옴표로 연 칸은 따옴표로 닫고, 안의 따옴표는 두 번 써 주세요.",
    )


def _no_column(table: Table, name: str) -> gr.Error:
    names = ", ".join(repr(field) for field in table.header[:NAMES_SHOWN])
    names += " …" if len(table.header) > NAMES_SHOWN else ""
    what = f"There is no column {name!r}" if name else f"No column is called {', '.join(TEXT_COLUMNS[:5])} or the like"
    what_ko = f"{name!r} 열이 없습니다" if name else "글이 든 열을 찾지 못했습니다"
    return validation.refusal(
        f"{what}. Write the name of the column with the texts; there are: {names}.",
        f"{what_ko}. 글이 든 열의 이름을 써 주세요.",
    )
