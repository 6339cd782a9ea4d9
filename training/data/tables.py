"""Tables of labelled texts: CSV and TSV files."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.errors import DataError
from training.data.text_files import read_text

TEXT_COLUMNS = ("text", "document", "review", "sentence", "content", "문장", "리뷰", "내용")
LABEL_COLUMNS = ("label", "sentiment", "class", "rating", "score", "레이블", "감정")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True)
class _Table:
    """A table's rows, its header left out: (line in the file, fields)."""

    path: Path
    delimiter: str
    header: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(
    path: Path, text_column: str | None = None, label_column: str | None = None
) -> tuple[list[str], list[str]]:
    """The texts and the labels of a table with a header row: see `labelled.file_labelled`.

    Raises:
        DataError: the file cannot be used; says why, and in which line.
    """
    return _columns(_table(path, text_column, label_column), text_column, label_column)


def _table(path: Path, text_column: str | None, label_column: str | None) -> _Table:
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.")
    text = read_text(path)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"{path}, line {line}: a NUL byte; this is not a text table. Export it anew as CSV in UTF-8 "
            "(a spreadsheet's own format, .xlsx or .ods, cannot be read)."
        )
    if not text.strip():
        raise DataError(f"{path} is empty; expected a header row, then a row for each text.")
    if path.suffix.lower() in {".tsv", ".tab"}:
        delimiter = "\t"
    else:
        delimiter = max(DELIMITERS, key=lambda mark: _fitness(text, mark, text_column, label_column))
    rows = list(records(path, text, delimiter))
    if not rows:
        raise DataError(f"{path} is empty; expected a header row, then a row for each text.")
    return _Table(path, delimiter, [field.strip() for field in rows[0][1]], rows[1:])


def _fitness(text: str, delimiter: str, text_column: str | None, label_column: str | None) -> tuple[int, int]:
    """How well the header row reads with a delimiter: wanted columns found, then the number of columns."""
    try:
        header = next(row for row in csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter) if row)
    except (csv.Error, StopIteration):
        return 0, 0
    wanted = (_find(header, text_column, TEXT_COLUMNS), _find(header, label_column, LABEL_COLUMNS))
    return sum(index is not None for index in wanted), len(header)


def records(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, fields) of each row of a CSV or TSV text that is not an empty line.

    Raises:
        DataError: quotes that do not fit; says the line.
    """
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{path}, line {line}: {error} (columns separated by a {DELIMITERS[delimiter]}). Fields in quotes end "
                'with a quote, and a quote inside of them is written twice: "so ""good"" a film". A field has at '
                f"most {csv.field_size_limit():,} characters."
            ) from error
        if row:
            yield line, row


def _find(header: list[str], name: str | None, known: Sequence[str]) -> int | None:
    """The column of a name; without one, of the first known name that there is."""
    header = [field.strip() for field in header]
    if name is not None:
        return header.index(name) if name in header else None
    lower = [field.casefold() for field in header]
    return next((lower.index(candidate) for candidate in known if candidate in lower), None)


def _column(table: _Table, what: str, name: str | None, known: Sequence[str]) -> int:
    index = _find(table.header, name, known)
    columns = ", ".join(repr(field) for field in table.header)
    read = f"The columns, separated by a {DELIMITERS[table.delimiter]}, are: {columns}."
    if index is None:
        wanted = f"no column {name!r}" if name is not None else f"none of the columns {', '.join(known)}"
        raise DataError(
            f"{table.path}: {wanted} for the {what}s. {read} The first row must be a header; name the column with "
            f"{what}_column."
        )
    if table.header.count(table.header[index]) > 1:
        raise DataError(f"{table.path}: there are several columns {table.header[index]!r}; rename one. {read}")
    return index


def _columns(table: _Table, text_column: str | None, label_column: str | None) -> tuple[list[str], list[str]]:
    """The texts and labels, every row checked."""
    text_at = _column(table, "text", text_column, TEXT_COLUMNS)
    label_at = _column(table, "label", label_column, LABEL_COLUMNS)
    if text_at == label_at:
        raise DataError(f"{table.path}: {table.header[text_at]!r} cannot be both the texts and the labels.")
    if not table.rows:
        raise DataError(f"{table.path} has a header row and no rows; expected a row for each text.")
    texts, labels = [], []
    for line, row in table.rows:
        if len(row) != len(table.header):
            raise DataError(
                f"{table.path}, line {line}: {len(row)} fields; expected {len(table.header)} as in the header row "
                f"(separated by a {DELIMITERS[table.delimiter]}). A text with a {DELIMITERS[table.delimiter]} or a "
                "line break in it must stand in quotes."
            )
        for what, column, values in (("text", text_at, texts), ("label", label_at, labels)):
            value = row[column].strip()
            if not value:
                raise DataError(
                    f"{table.path}, line {line}: the {what} (column {table.header[column]!r}) is empty. "
                    "Fill it or delete the row."
                )
            values.append(value)
    return texts, labels
