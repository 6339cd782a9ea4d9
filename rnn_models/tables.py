"""Text tables (CSV, TSV) in UTF-8: read with the line of whatever is wrong. Pages and training read theirs with it.

    text = decode_utf8(content)                                  # the file's bytes
    delimiter = find_delimiter(text, [("", TEXT_COLUMNS)])       # chosen by the header row
    header, *records = even_rows(text, delimiter)                # each with its line, all as wide as the header
    at = find_column(header.cells, "", TEXT_COLUMNS)

All errors are `TableError`s. Who reads a table adds the file's name, its own limits, and what to do.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon"}

TEXT_COLUMNS = ("text", "document", "review", "sentence", "content", "문장", "리뷰", "내용")
"""What a column of texts may be called where nobody names it."""


class Row(NamedTuple):
    """One row: its number as in a spreadsheet, the line of the file where it begins (both from 1), its cells."""

    number: int
    line: int
    cells: list[str]


class TableError(ValueError):
    """Something in a table is wrong; `line` says where, from 1."""

    def __init__(self, message: str, line: int):
        super().__init__(message)
        self.line = line


class EncodingError(TableError):
    """A byte that is not UTF-8."""


class NulError(TableError):
    """A NUL character: no text table has one."""


class RowError(TableError):
    """A row that is no row of the table: its `number`, the `delimiter` that it was read with."""

    def __init__(self, message: str, row: Row, delimiter: str):
        super().__init__(message, row.line)
        self.number, self.delimiter = row.number, delimiter


class QuoteError(RowError):
    """Quotes that do not fit, or a cell that is too long: then `too_long` is true, and `reason` says it."""

    def __init__(self, reason: str, row: Row, delimiter: str):
        super().__init__(
            f"line {row.line}: {reason} (columns separated by a {DELIMITERS[delimiter]}). Fields in quotes end with a "
            'quote, and a quote inside of them is written twice: "so ""good"" a film". A field has at most '
            f"{csv.field_size_limit():,} characters.",
            row,
            delimiter,
        )
        self.reason, self.too_long = reason, "field limit" in reason


class UnevenError(RowError):
    """A row of another width than the header: `found` and `expected` count the cells."""

    def __init__(self, row: Row, expected: int, delimiter: str):
        name = DELIMITERS[delimiter]
        super().__init__(
            f"line {row.line}: {len(row.cells)} fields; expected {expected} as in the header row (separated by a "
            f"{name}). A text with a {name} or a line break in it must stand in quotes.",
            row,
            delimiter,
        )
        self.found, self.expected = len(row.cells), expected


def decode_utf8(content: bytes) -> str:
    """The text of a file, a leading byte order mark removed.

    Raises:
        EncodingError: a byte that is not UTF-8.
    """
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise EncodingError(
            f"not UTF-8: byte 0x{content[error.start]:02x} at line {line}, byte {column} of the line (offset "
            f"{error.start})",
            line,
        ) from error


def check_no_nul(text: str) -> None:
    """Raise a `NulError` where there is a NUL character."""
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise NulError(f"line {line}: a NUL byte", line)


def find_delimiter(text: str, columns: Sequence[tuple[str | None, Sequence[str]]]) -> str:
    """The mark by which the header row reads best: with most of the wanted columns, then with most columns.

    Args:
        columns: the wanted ones, each as `find_column` takes them: a name, or names that are tried without one.
    """

    def fitness(mark: str) -> tuple[int, int]:
        try:
            header = next((row.cells for row in rows(text, mark) if row.cells), [])
        except QuoteError:
            return 0, 0
        return sum(find_column(header, *column) is not None for column in columns), len(header)

    return max(DELIMITERS, key=fitness)


def find_column(header: Sequence[str], name: str | None, known: Sequence[str] = ()) -> int | None:
    """The number of the column of a name; without a name, of the first `known` one that there is, in any case.

    White space around names does not count, unless there is a column of exactly that name.
    """
    if name and name in header:
        return list(header).index(name)
    names = [field.strip() for field in header]
    if name and name.strip():
        return names.index(name.strip()) if name.strip() in names else None
    lower = [field.casefold() for field in names]
    return next((lower.index(candidate) for candidate in known if candidate in lower), None)


def rows(text: str, delimiter: str, quotes: bool = True) -> Iterator[Row]:
    """All rows; a blank line has no cells.

    Args:
        quotes: a cell may stand in quotes, and then holds delimiters and line ends; else a quote is a character like
            any other.

    Raises:
        QuoteError: quotes that do not fit, a cell that is too long.
    """
    if not quotes:
        for number, line in enumerate(text.split("\n"), start=1):
            line = line.removesuffix("\r")
            yield Row(number, number, line.split(delimiter) if line else [])
        return
    reader, number = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise QuoteError(str(error), Row(number, line, []), delimiter) from error
        yield Row(number, line, cells)
        number += 1


def even_rows(text: str, delimiter: str) -> Iterator[Row]:
    """The rows without blank lines, the header first.

    Raises:
        UnevenError: a row that is not as wide as the header.
        QuoteError: as for `rows`.
    """
    width = None
    for row in rows(text, delimiter):
        if not row.cells:
            continue
        if width is None:
            width = len(row.cells)
        elif len(row.cells) != width:
            raise UnevenError(row, width, delimiter)
        yield row
