"""Tables of reviews without a browser: read, labelled, written again; nothing lost, formulas made harmless."""

import csv
import html
import io
import re
import tempfile
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from apps.sentiment import table_tab
from apps.shared import models, tables
from tests.support.browser import HOSTILE, plain_pairs

pytestmark = pytest.mark.usefixtures("only_tiny_models")

KOREAN, ENGLISH, STARS = "sentiment/nsmc", "sentiment/imdb", "sentiment/stars"


@pytest.fixture
def upload(tmp_path):
    def put(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return str(path)

    return put


def label(path, column="", model="auto"):
    """(the labelled file's bytes, its name, summary, preview)"""
    done = None
    for file, summary, preview in table_tab.classify_table(path, column, model, progress=lambda *_, **__: None):
        if isinstance(file, str):
            done = Path(file).read_bytes(), Path(file).name, summary, preview
    return done


def rows_of(content, delimiter=","):
    assert content.startswith(b"\xef\xbb\xbf")  # Excel needs it to read Hangul
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


def table_of(rows, delimiter=","):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


# What comes back -------------------------------------------------------------------------------------


def test_each_text_gets_what_the_model_of_its_language_says(upload):
    texts = ["정말 재미있는 영화", "What a boring film", "별로"]
    content, name, summary, preview = label(upload(table_of([["id", "review"], *enumerate(texts)])))
    rows = rows_of(content)
    assert rows[0] == ["id", "review", "label", "probability", "note"] and name == "reviews-sentiment.csv"
    for (number, text, answer, probability, note), given_text, model in zip(
        rows[1:], texts, (KOREAN, ENGLISH, KOREAN), strict=True
    ):
        verdict = models.get(model, "sentiment").classify(given_text)
        assert (text, answer, note) == (given_text, verdict.label, "") and number.isdecimal()
        assert float(probability) == pytest.approx(verdict.probability, abs=2e-4)
    assert "rnn-counts" in summary and all(text in preview for text in texts)


def test_a_chosen_model_reads_every_row_and_says_where_it_guesses(upload):
    content, *_ = label(upload("text\nso good\n정말 좋다\n!!!\n"), model=KOREAN)
    notes = [row[3] for row in rows_of(content)[1:]]
    assert [note[:14] for note in notes] == ["guess: another", "", "guess: no word"]
    content, *_ = label(upload("text\nso good\n"), model=STARS)
    assert rows_of(content)[1][1] in ("<b>bad</b>", "fair", "good")


def test_rows_without_a_text_are_kept_without_a_label(upload):
    content, _, summary, _ = label(upload('id,text\n1,\n2,"  "\n3,좋다\n4,"\n"\n'))
    rows = rows_of(content)
    assert [row[2:] for row in rows[1:3]] == [["", "", table_tab.NO_TEXT]] * 2
    assert rows[2][1] == "  " and rows[3][2] and rows[3][4] == "" and rows[4][2] == ""
    assert "레이블도 없는 행: <b>3</b>" in plain_pairs(summary)


@pytest.mark.parametrize(
    ("content", "name", "delimiter"),
    [
        ("review,a\n좋다,1\n", "x.csv", ","),
        ("review;a\n좋다, 정말;1\n", "x.csv", ";"),
        ("review\ta\n좋다, 정말;\t1\n", "x.csv", "\t"),
        ("review\ta\n좋다, 정말;\t1\n", "x.tsv", "\t"),
        ("\ufeffreview,a\r\n좋다,1\r\n", "x.txt", ","),
        ("a,review\r1,좋다\r", "x.csv", ","),
    ],
)
def test_what_separates_cells_is_found_and_kept(upload, content, name, delimiter):
    labelled, result, *_ = label(upload(content, name))
    rows = rows_of(labelled, delimiter)
    assert len(rows) == 2 and all(len(row) == 5 for row in rows)
    assert Path(result).suffix == (".tsv" if delimiter == "\t" else ".csv")


@pytest.mark.parametrize("delimiter", ["\t", "|"])
def test_a_stray_quote_without_quoting_swallows_no_row(upload, delimiter):
    texts = ["First", '"Second', "Third", 'Fourth"', "Fifth"]
    content = "".join(f"{text}{delimiter}{n % 2}\n" for n, text in enumerate(["text", *texts]))
    labelled, *_ = label(upload(content, "x.txt"))
    assert [row[0] for row in rows_of(labelled, delimiter)[1:]] == texts


def test_the_separator_that_excel_writes_is_taken(upload):
    labelled, *_ = label(upload("sep=;\r\ntext;a,b,c\r\n좋다;1,2,3\r\n"))
    assert [row[:2] for row in rows_of(labelled, ";")] == [["text", "a,b,c"], ["좋다", "1,2,3"]]


@pytest.mark.parametrize("name", ["text", "Document", "REVIEW", " sentence ", "content", "문장", "리뷰", "내용"])
def test_the_column_of_the_texts_is_guessed(upload, name):
    path = upload(table_of([["id", name], ["1", "좋다"]]))
    update, shown = table_tab.describe_table(path)
    assert update["value"] == name and update["choices"] == ["id", name] and "<b>1</b>" in shown
    assert rows_of(label(path)[0])[1][2]


def test_a_column_can_be_named_and_new_columns_never_replace_one(upload):
    path = upload("label,Probability,predicted_label,note,mine\na,b,c,d,좋다\n")
    assert rows_of(label(path, "mine")[0])[0] == [
        *("label", "Probability", "predicted_label", "note", "mine"),
        *("predicted_predicted_label", "predicted_probability", "predicted_note"),
    ]
    assert rows_of(label(path, " mine ")[0])[1][:5] == ["a", "b", "c", "d", "좋다"]


def test_blank_lines_are_left_out_and_counted(upload):
    content, _, summary, _ = label(upload("\n\ntext\n\n좋다\n\n"))
    assert len(rows_of(content)) == 2 and "제외한 빈 줄: <b>4</b>" in plain_pairs(summary)


def test_the_preview_has_twenty_rows_and_is_text(upload):
    rows = [["text", "<b>x</b>"], *[[f"좋다 {n}", "<img src=x onerror=alert(1)>" + "y" * 999] for n in range(50)]]
    _, _, summary, preview = label(upload(table_of(rows)))
    assert preview.count("<tr>") == 1 + table_tab.PREVIEWED and "50행 중 처음 20행" in preview
    assert "<img" not in preview + summary and "<b>x" not in preview and "y" * 200 not in preview
    _, _, summary, preview = label(upload("text\nso good\n"), model=STARS)
    assert "<b>bad" not in preview + summary


# Round trip ------------------------------------------------------------------------------------------

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["=1+1", "-5", "+1.5e3", "-1,234.5", "@a", "\t=x", "\r", "\n", 'say "so"', "a,b;c\td", "'", "-", "+", "-5%", "－1"]
)


@given(data=st.data(), delimiter=st.sampled_from(list(tables.DELIMITERS)))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_comes_back_with_every_cell(data, delimiter):
    width = data.draw(st.integers(1, 4))
    header = ["text", *data.draw(st.lists(CELL, min_size=width, max_size=width))]
    assume(header.count("text") == 1 and not any(name.strip().casefold() == "text" for name in header[1:]))
    rows = data.draw(st.lists(st.lists(CELL, min_size=width + 1, max_size=width + 1), min_size=1, max_size=8))
    # Lines and delimiters in one cell may look like rows that a stray quote has swallowed: these are refused.
    assume(not any(re.search("[\r\n]", cell) and re.search("[,;|\t]", cell) for row in rows for cell in row))
    # With tabs or bars, one in a cell may look like two columns of a file that was written without quoting.
    assume(delimiter not in "\t|" or not any(delimiter in cell for row in [header, *rows] for cell in row))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_tab, "label_texts", lambda texts, _: [("positive", "0.9", "")] * len(texts))
        path = Path(folder) / ("t.tsv" if delimiter == "\t" else "t.csv")
        path.write_bytes(table_of([header, *rows], delimiter).encode("utf-8"))
        content, *_ = label(str(path), "text")
        kept = tables.read_table(str(path), "text").delimiter
    back = rows_of(content, kept)
    assert len(back) == len(rows) + 1
    for before, after in zip([header, *rows], back, strict=True):
        assert len(after) == width + 4
        for old, new in zip(before, after[: width + 1], strict=True):
            assert new == (f"'{old}" if tables.is_formula(old) else old)
            assert not tables.is_formula(new)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "=HYPERLINK(1)", "+82-10-1234", "-2+3", "- good", "@SUM(1)", "\t=1", "\r=1", "\n=1", "-", "＝1", "+a"],
)
def test_formulas_are_made_harmless(cell, upload):
    assert tables.safe(cell) == f"'{cell}"
    content, _, summary, _ = label(upload(table_of([["text", "other"], ["좋다", cell]])))
    assert rows_of(content)[1][1] == f"'{cell}" and "붙인 칸: <b>1</b>" in plain_pairs(summary)


@pytest.mark.parametrize(
    "cell", ["-5", "+5", "-0.5", "-.5", "-1,234,567.8", "+1e-9", "-5%", "5", "a=1", " =1", "'=1", ""]
)
def test_numbers_and_harmless_cells_stay(cell):
    assert tables.safe(cell) == cell


# What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "column", "told"),
    [
        (b"", "", "empty"),
        (b"text\n", "", "empty"),
        (b"\n\n\n", "", "empty"),
        ("text\n좋다\n정말".encode("cp949"), "", "Line 2 is not UTF-8 but perhaps CP949"),
        ("text\n좋다\n".encode("utf-16"), "", "Line 1 is not UTF-8 but UTF-16"),
        (b"text\nok\n\xff\xfe\xff\n", "", "Line 3 is not UTF-8"),
        (b"PK\x03\x04\xff\xff", "", "spreadsheet's own format"),
        (b"text\nok\n\x00\n", "", "Line 3 has a NUL"),
        (b"id,text\n1,ok\n2,a,b\n", "", "Row 3 \\(line 3\\) has 3 cells; the header has 2"),
        (b'id,text\n1,"two\nlines"\n2\n', "", "Row 3 \\(line 4\\) has 1 cells"),
        (b'id,text\n1,"a"b\n', "", "Row 2 \\(line 2\\) has broken quotes"),
        (b'id,text\n1,a\n2,"never closed\n3,b\n', "", "Row 3 \\(line 3\\) has broken quotes"),
        (b"id,text\n1," + b"x" * 200_000 + b"\n", "", "Row 2 \\(line 2\\) has a cell of more than 131,072"),
        (b"id,words\n1,a\n", "", "No column is called text, .* there are: 'id', 'words'"),
        (b"id,words\n1,a\n", "nope", "no column 'nope'"),
        (b"text,text\n1,a\n", "", "Several columns are called 'text'"),
        (
            b'text,a\n"Second,1\nThird,0\nFourth",1\n',
            "",
            "Row 2 \\(line 2\\) .* goes on over line 3, which would be a row",
        ),
        (b"<img src=x>,b\n1,a\n", "<i>", "no column '<i>'.*'<img src=x>'"),
        (b"text\n" + b"a\n" * 20_001, "", "more than 20,000 rows"),
        (b"text\n" + b"a" * 5_000_000, "", "5.0 MB; at most 5 MB"),
    ],
)
def test_broken_tables_are_refused_with_the_row_and_a_way_to_mend_it(upload, content, column, told):
    with pytest.raises(gr.Error) as caught:
        label(upload(content), column)
    assert_told(caught, told)


def assert_told(caught, told):
    message = str(caught.value)
    assert re.search(told, message) or re.search(told, html.unescape(message)), message
    assert any("가" <= character <= "힣" for character in message) and "<img" not in message


def test_without_a_file_nothing_is_labelled():
    with pytest.raises(gr.Error, match="upload"):
        label(None)
    assert table_tab.describe_table(None)[1] == ""


def test_a_model_that_is_none_is_refused(upload):
    with pytest.raises(gr.Error, match="There is no model"):
        label(upload("text\ngood\n"), model="sentiment/none")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_labelled(upload, text):
    text = text.encode("utf-8", "replace").decode().replace("\0", "")
    content, _, summary, preview = label(upload(table_of([["text", "b"], [text, "c"]])))
    rows = rows_of(content)
    assert rows[1][0] == tables.safe(text) and bool(rows[1][2]) == bool(text.strip())
    assert "<img" not in preview + summary and "<script" not in preview + summary


# Memory and Stop -------------------------------------------------------------------------------------


def test_a_long_table_is_read_in_chunks_with_progress(upload, monkeypatch):
    seen, told = [], []
    monkeypatch.setattr(
        table_tab, "label_texts", lambda texts, _: seen.append(len(texts)) or [("positive", "1", "")] * len(texts)
    )
    path = upload("text\n" + "a\n" * 1000)
    for _ in table_tab.classify_table(path, progress=lambda done, **_: told.append(done)):
        pass
    assert max(seen) <= table_tab.CHUNK and sum(seen) == 1000
    assert told == [(min(n * table_tab.CHUNK, 1000), 1000) for n in range(5)]


def test_stop_leaves_no_file_behind(upload, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = upload("text\n" + "a\n" * 1000)
    before = set(tmp_path.iterdir())
    running = table_tab.classify_table(path, progress=lambda *_, **__: None)
    for _ in range(3):
        next(running)
    assert len(set(tmp_path.iterdir()) - before) == 1
    running.close()
    assert set(tmp_path.iterdir()) == before


def test_labels_are_those_of_each_text_alone():
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("정말 재미있는 영화 별로 abc"), size=rng.integers(0, 30))) for _ in range(60)]
    together = table_tab.label_texts(texts, "auto")
    for text, (answer, probability, note) in zip(texts, together, strict=True):
        ((alone, near, _),) = table_tab.label_texts([text], "auto")
        assert answer == alone or abs(float(probability) - 0.5) < 1e-3
        assert (note == table_tab.NO_TEXT) == (not text.strip())
        assert probability == near == "" or float(probability) == pytest.approx(float(near), abs=2e-4)
