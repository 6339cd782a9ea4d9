"""Text tables: what is written by `csv` is read, and errors name the line."""

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnn_models import tables

WANTED = [("", tables.TEXT_COLUMNS)]


def cells_of(text, delimiter=","):
    return [row.cells for row in tables.rows(text, delimiter)]


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1)))
@pytest.mark.parametrize("delimiter", list(tables.DELIMITERS))
def test_what_csv_writes_is_read(delimiter, written):
    assume(all(any(row) for row in written))  # an empty row is a blank line
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(written)
    text = tables.decode_utf8(b"\xef\xbb\xbf" + file.getvalue().encode())
    assert cells_of(text, delimiter) == written == [row.cells for row in tables.even_rows(text, delimiter)]


def test_rows_say_where_they_stand():
    found = list(tables.rows('a,b\r\n\r\n"two\r\nlines",c\r\nd,e', ","))
    assert [(row.number, row.line, row.cells) for row in found] == [
        (1, 1, ["a", "b"]),
        (2, 2, []),
        (3, 3, ["two\r\nlines", "c"]),
        (4, 5, ["d", "e"]),
    ]


def test_without_quotes_a_quote_is_a_character():
    found = [row.cells for row in tables.rows('"a\t b\r\n\n c', "\t", quotes=False)]
    assert found == [['"a', " b"], [], [" c"]]


STRAY = 'text\tlabel\nFirst\t0\n"Second\t1\nThird\t0\nFourth"\t1\nFifth\t0\n'


def test_a_table_with_tabs_is_read_without_quotes_where_every_line_is_a_row():
    assert [row[0] for row in cells_of(STRAY, "\t")[1:]] == ["First", '"Second', "Third", 'Fourth"', "Fifth"]
    assert cells_of(STRAY.replace("\t", "|").replace("\n", "\r"), "|")[2] == ['"Second', "1"]


@pytest.mark.parametrize("delimiter", ["\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_table_that_was_written_with_quotes_is_read_with_them(delimiter, quoting):
    rows = [["text", "label"], ['so "good" a film', "1"], ["fine", "0"], ['"whole"', "1"]]
    for more in ([], [["two\nlines", "1"]], [[f"a{delimiter}b", "1"]]):
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=delimiter, quoting=quoting).writerows([*rows, *more])
        assert cells_of(file.getvalue(), delimiter) == [*rows, *more]


@pytest.mark.parametrize(
    ("text", "delimiter", "line", "over"),
    [
        ('a,b\nFirst,0\n"Second,1\nThird,0\nFourth",1\n', ",", 3, 4),
        ('a,b\n"Second,1\nFourth",1\n', ",", 2, 3),
        ('a;b\n\n"Second;1\n\nThird;0\nFourth";1\n', ";", 3, 5),
        (STRAY + "Sixth\n", "\t", 3, 4),
        ('a, b\n"Second, 1\nThird, 0\nFourth", 1\n', ",", 2, 3),
        ('id,a,b\n7,"Second,1\n8,Third,0\n9,Fourth",1\n', ",", 2, 3),
        ('sep=;\na;b\n"Second;1\nThird;0\nFourth";1\n', ";", 3, 4),
    ],
)
def test_a_quote_that_swallows_rows_is_an_error_that_names_the_lines(text, delimiter, line, over):
    with pytest.raises(tables.QuoteError, match=f"line {line}: .* over line {over}, which would be a row") as caught:
        list(tables.rows(text, delimiter))
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        'text,a\n"Well, yes.\nGood, bad\nand so on",1\n',
        'id,text\n1,"one\ntwo\nthree"\n2,"a, b\nc, d"\n',
        'text\n"one\ntwo\nthree"\n',
        '"text","a"\n"one,1\ntwo,2\nthree","1"\n',
    ],
)
def test_a_cell_may_have_lines_and_commas(text):
    assert cells_of(text) == list(csv.reader(io.StringIO(text, newline="")))


def test_the_line_in_which_excel_names_the_separator():
    text = "sep=;\r\ntext;a,b,c\r\nx;1\r\n"
    assert tables.find_delimiter(text, WANTED) == ";"
    assert [(row.line, row.cells) for row in tables.rows(text, ";")] == [(2, ["text", "a,b,c"]), (3, ["x", "1"])]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("image| text\n1| a, b\n", "|"),
        ("id;text\n1;a,b,c,d\n", ";"),
        ("a,b,c;text\n", ";"),  # the wanted column counts more than the number of columns
        ("id,b,c\n", ","),
        ("text\n", ","),
        ("id\tREVIEW \n", "\t"),
        ('"a;b;c",text\n', ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_that_by_which_the_header_reads_best(text, delimiter):
    assert tables.find_delimiter(text, WANTED) == delimiter


def test_columns_by_name():
    header = ["id", " Text ", "review", "x "]
    assert tables.find_column(header, "review") == 2
    assert tables.find_column(header, " id ") == 0
    assert tables.find_column(header, "x ") == tables.find_column(header, "x") == 3
    assert tables.find_column(header, "text") is None  # a name is taken as it is written
    assert tables.find_column(header, "", tables.TEXT_COLUMNS) == 1
    assert tables.find_column(header, None, tables.TEXT_COLUMNS) == 1
    assert tables.find_column(header, None) is None


@pytest.mark.parametrize(
    ("content", "kind", "line", "message"),
    [
        (b"a\n\xff\n", tables.EncodingError, 2, "not UTF-8: byte 0xff at line 2, byte 1 of the line"),
        ("a,b\n가\n".encode("cp949"), tables.EncodingError, 2, "byte 1 of the line .offset 4"),
        (b"a\nb\0\n", tables.NulError, 2, "line 2: a NUL byte"),
        (b'a,b\n\n"c"d,e\n', tables.QuoteError, 3, "line 3: .* by a comma.*written twice"),
        (b'a,b\n"c,d\ne,f\n', tables.QuoteError, 2, "line 2: unexpected end of data"),
        (b"a,b\n" + b"x" * 131_073 + b",c\n", tables.QuoteError, 2, "line 2: field larger"),
        (b'a,b\n"x\ny",c\n\nd\n', tables.UnevenError, 5, "line 5: 1 fields; expected 2 as in the header row"),
    ],
)
def test_errors_name_the_line(content, kind, line, message):
    with pytest.raises(kind, match=f"(?s){message}") as caught:
        text = tables.decode_utf8(content)
        tables.check_no_nul(text)
        list(tables.even_rows(text, ","))
    assert caught.value.line == line and isinstance(caught.value, ValueError)
