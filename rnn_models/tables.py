"""Text tables (CSV, TSV) in UTF-8: read with the line of whatever is wrong. Pages and training read theirs with it.

    text = decode_utf8(content)                                  # the file's bytes
    delimiter = find_delimiter(text, [("", TEXT_COLUMNS)])       # chosen by the header row
    header, *records = even_rows(text, delimiter)                # each with its line, all as wide as the header
    at = find_column(header.cells, "", TEXT_COLUMNS)

All errors are `TableError`s. Who reads a table adds the file's name, its own limits, and what to do.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "vertical bar"}

_RAW = "\t|"
"""Delimiters that texts hardly hold, so that tables are written with them without any quotes."""
_SEPARATOR = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)
"""The line that Excel writes before the header to say what separates cells."""

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

    A first line such as "sep=;", which Excel writes, says it itself.

    Args:
        columns: the wanted ones, each as `find_column` takes them: a name, or names that are tried without one.
    """

    if (said := _SEPARATOR.match(text)) and said[1] in DELIMITERS:
        return said[1]

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
    """All rows; a blank line has no cells. A first line "sep=;" is passed over.

    Args:
        quotes: a cell may stand in quotes, and then holds delimiters and line ends; else a quote is a character like
            any other. A table with tabs or vertical bars is read without quotes by itself, where every line has as
            many cells as the header and nothing shows that it was written with quotes (see `has_quotes`).

    Raises:
        QuoteError: quotes that do not fit, a cell that is too long, a cell in quotes that has swallowed a row.
    """
    said = _SEPARATOR.match(text)
    first, text = (2, text[said.end() :]) if said else (1, text)
    if quotes and has_quotes(text, delimiter):
        yield from _quoted_rows(text, delimiter, first)
        return
    for number, line in enumerate(_lines(text), start=first):
        cells = line.split(delimiter) if line else []
        if quotes and len(line) > csv.field_size_limit() < max(map(len, cells)):
            raise QuoteError(
                f"field larger than field limit ({csv.field_size_limit()})", Row(number, number, []), delimiter
            )
        yield Row(number, number, cells)


def _lines(text: str) -> list[str]:
    """The lines as `csv` sees them: they end with CR, LF or both, and with nothing else."""
    lines = re.split(r"\r\n|\r|\n", text)
    return lines if lines[-1] else lines[:-1]


def has_quotes(text: str, delimiter: str) -> bool:
    """Whether quotes around the cells of a table are marks, and no characters of the texts.

    Only tables with tabs or vertical bars are written without such marks. One is taken for such a table if every line
    has as many cells as the header; but not if the header begins with a quote, nor if every quote stands as `csv`
    writes it (around a cell, and twice inside of it) and one does stand inside.
    """
    if delimiter not in _RAW:
        return True
    lines = list(filter(None, _lines(text)))
    if not lines or lines[0].startswith('"'):
        return True
    width = lines[0].count(delimiter)
    if any(line.count(delimiter) != width for line in lines):
        return True
    marked = [cell for line in lines if '"' in line for cell in line.split(delimiter) if '"' in cell]
    inside = [cell[1:-1].replace('""', "") for cell in marked if len(cell) > 1 and cell[0] == cell[-1] == '"']
    written = len(inside) == len(marked) and not any('"' in cell for cell in inside)
    return written and any('""' in cell[1:-1] for cell in marked)


def _quoted_rows(text: str, delimiter: str, first: int) -> Iterator[Row]:
    """The rows of a table whose cells may stand in quotes; the line of the first one has the number `first`."""
    raw: list[str] = []  # the lines of the row that is read

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            raw.append(line)
            yield line

    reader, number, header = csv.reader(lines(), delimiter=delimiter, strict=True), first, ""
    width = 0  # the delimiters of a row
    while True:
        line = reader.line_num + first
        raw.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise QuoteError(str(error), Row(number, line, []), delimiter) from error
        if not header and cells:
            header, width = raw[0], len(cells) - 1
        elif len(raw) > 1 and (swallowed := _swallowed(raw, cells, header, width, delimiter)):
            over = line + swallowed
            reason = f"a quote opens a cell that goes on over line {over}, which would be a row by itself"
            raise QuoteError(reason, Row(number, line, []), delimiter)
        yield Row(number, line, cells)
        number += 1


def _swallowed(raw: Sequence[str], cells: Sequence[str], header: str, width: int, delimiter: str) -> int:
    """The number of a line of a row, from 0, that would be a row by itself and lies in a cell; 0: there is none.

    The row's first and last line hold parts of it, which may be as wide as a row by chance: not both at once, unless
    a quote began in the one and ended in the other that belongs to neither. A mark of a sentence, which white space
    follows, separates no cells.
    """
    if not width or header.startswith('"'):  # one column: no line is a row by itself; a header in quotes: all cells are
        return 0
    long = [_lines(cell) for cell in cells if re.search(r"[\r\n]", cell)]
    spaced = f"{delimiter} " in header

    def is_row(line: str) -> bool:
        return line.count(delimiter) == width and (spaced or f"{delimiter} " not in line)

    if not any(is_row(line) for lines in long for line in lines[1:-1]):
        ends = (raw[0].rstrip("\r\n"), raw[-1].rstrip("\r\n"))
        return len(raw) - 1 if len(long) == 1 and all(map(is_row, ends)) else 0
    return next(n for n, line in enumerate(raw[1:], start=1) if is_row(line.rstrip("\r\n")))


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
