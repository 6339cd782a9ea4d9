"""Tables of labelled texts: CSV and TSV files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rnn_models import tables
from rnn_models.tables import DELIMITERS, TEXT_COLUMNS
from training.data.errors import DataError
from training.data.text_files import read_text

LABEL_COLUMNS = ("label", "sentiment", "class", "rating", "score", "레이블", "감정")


@dataclass(frozen=True)
class _Table:
    """A table's rows, its header left out."""

    path: Path
    delimiter: str
    header: list[str]
    rows: list[tables.Row]


def read_table(
    path: Path, text_column: str | None = None, label_column: str | None = None
) -> tuple[list[str], list[str], int]:
    """The texts and labels of a table with a header row, and how many rows without a text were left out.

    See `training.sentiment.data.file_labelled`.

    Raises:
        DataError: the file cannot be used; says why, and in which line.
    """
    return _columns(_table(path, text_column, label_column), text_column, label_column)


def _table(path: Path, text_column: str | None, label_column: str | None) -> _Table:
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.")
    text = read_text(path)
    try:
        tables.check_no_nul(text)
    except tables.NulError as error:
        raise DataError(
            f"{path}, {error}; this is not a text table. Export it anew as CSV in UTF-8 (a spreadsheet's own format, "
            ".xlsx or .ods, cannot be read)."
        ) from error
    if not text.strip():
        raise DataError(f"{path} is empty; expected a header row, then a row for each text.")
    delimiter = delimiter_of(path, text, [(text_column, TEXT_COLUMNS), (label_column, LABEL_COLUMNS)])
    with in_file(path):
        rows = [row for row in tables.rows(text, delimiter) if row.cells]
    if not rows:
        raise DataError(f"{path} is empty; expected a header row, then a row for each text.")
    return _Table(path, delimiter, [field.strip() for field in rows[0].cells], rows[1:])


@contextmanager
def in_file(path: Path) -> Iterator[None]:
    """Raise what is wrong with a table as a `DataError` that names the file."""
    try:
        yield
    except tables.TableError as error:
        raise DataError(f"{path}, {error}") from error


def delimiter_of(path: Path, text: str, columns: Sequence[tuple[str | None, Sequence[str]]]) -> str:
    """A tab in .tsv and .tab files, else the mark by which the header row reads best."""
    return "\t" if path.suffix.lower() in {".tsv", ".tab"} else tables.find_delimiter(text, columns)


def _column(table: _Table, what: str, name: str | None, known: Sequence[str]) -> int:
    index = tables.find_column(table.header, name, known)
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


def _columns(table: _Table, text_column: str | None, label_column: str | None) -> tuple[list[str], list[str], int]:
    """The texts and labels, every row checked, and how many rows have no text."""
    text_at = _column(table, "text", text_column, TEXT_COLUMNS)
    label_at = _column(table, "label", label_column, LABEL_COLUMNS)
    if text_at == label_at:
        raise DataError(f"{table.path}: {table.header[text_at]!r} cannot be both the texts and the labels.")
    if not table.rows:
        raise DataError(f"{table.path} has a header row and no rows; expected a row for each text.")
    texts, labels = [], []
    for row in table.rows:
        if len(row.cells) != len(table.header):
            raise DataError(f"{table.path}, {tables.UnevenError(row, len(table.header), table.delimiter)}")
        text, label = row.cells[text_at].strip(), row.cells[label_at].strip()
        if not label:
            raise DataError(
                f"{table.path}, line {row.line}: the label (column {table.header[label_at]!r}) is empty. Fill it or "
                "delete the row."
            )
        if text:
            texts.append(text)
            labels.append(label)
    if not texts:
        raise DataError(f"{table.path}: the column {table.header[text_at]!r} has no text in any row.")
    return texts, labels, len(table.rows) - len(texts)
