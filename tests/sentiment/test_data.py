"""Labelled data: the public sets' rules on small made-up files, and tables of all kinds, good and bad."""

import csv
import gzip
import io
import os
import re
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.data.errors import DataError
from training.data.imdb import imdb_unlabelled
from training.data.records import SPLITS, LabelledData
from training.data.splits import text_key
from training.sentiment.data import file_labelled, load_labelled

SIDES = ("train", "validation", "test")
HEAD = "id\tdocument\tlabel\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(data: LabelledData) -> list[tuple[str, str]]:
    parts = [getattr(data, side) for side in SIDES]
    return [(text, data.label_names[n]) for part in parts for text, n in zip(part.texts, part.labels, strict=True)]


def assert_whole(data: LabelledData) -> None:
    """What holds of any set: types and lengths, each class number named, no text on two sides."""
    for side in SIDES:
        part = getattr(data, side)
        assert part.labels.dtype == np.int32 and part.labels.shape == (len(part.texts),)
        assert part.texts and all(text and text == text.strip() for text in part.texts)
        assert set(part.labels.tolist()) <= set(range(len(data.label_names)))


def keys(data: LabelledData, side: str) -> set[str]:
    return {text_key(text) for text in getattr(data, side).texts}


# --- nsmc


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    return tmp_path


def test_nsmc_keeps_its_test_and_takes_its_texts_out_of_the_others(folder):
    rows = [f'{i}\t영화 "{i}" 좋다\t{i % 2}' for i in range(38)]
    rows += ["38\t영화  '끝'\t0", "39\t마지막\t1", "40\t \t1"]
    write(folder, "nsmc/ratings_train.txt", HEAD + "\n".join(rows) + "\n")
    tested = ["1\t별로\t0", '2\t 영화   "3" 좋다\t1', "3\t영화 '끝'\t1", "4\t\t0", "5\t별로\t0"]
    write(folder, "nsmc/ratings_test.txt", HEAD + "\n".join(tested) + "\n")
    data = load_labelled("nsmc")
    assert_whole(data)
    assert data.train.texts == [f'영화 "{i}" 좋다' for i in range(38) if i != 3]
    assert data.train.labels.tolist() == [i % 2 for i in range(38) if i != 3]
    assert (data.validation.texts, data.validation.labels.tolist()) == (["마지막"], [1])
    assert data.test.texts == ["별로", '영화   "3" 좋다', "영화 '끝'", "별로"]
    assert data.test.labels.tolist() == [0, 1, 1, 0]
    assert data.repeated == [1, 2]
    assert data.label_names == ["negative", "positive"] and data.licence == "CC0 1.0"
    assert data.notes == [
        "1 review without text was left out of the training file.",
        "1 review without text was left out of test.",
        "1 review of train also stood in test and was taken out of train.",
        "1 review of validation also stood in test and was taken out of validation.",
    ]


def test_the_validation_share_is_the_end_of_the_training_file(folder):
    write(folder, "nsmc/ratings_train.txt", HEAD + "".join(f"{i}\t{'가' * (i + 1)}\t{i % 2}\n" for i in range(50)))
    write(folder, "nsmc/ratings_test.txt", HEAD + "1\t나\t0\n")
    data = load_labelled("nsmc", validation=0.3)
    assert [len(text) for text in data.validation.texts] == list(range(36, 51)) and data.notes == []


def test_texts_of_validation_that_train_has_are_counted_and_stay(folder):
    write(folder, "nsmc/ratings_train.txt", HEAD + "".join(f"{i}\t{i % 4}\t{i % 2}\n" for i in range(8)))
    write(folder, "nsmc/ratings_test.txt", HEAD + "1\t나\t0\n")
    data = load_labelled("nsmc", validation=0.25)
    assert data.validation.texts == ["2", "3"]
    assert data.notes == ["2 reviews of validation also stand in train."]


def test_a_broken_review_line_is_named(folder):
    write(folder, "nsmc/ratings_train.txt", "id\tdocument\tlabel\n1\t좋다\t1\n2\t나쁘다\n")
    with pytest.raises(DataError, match="line 3"):
        load_labelled("nsmc")


# --- imdb


def archive(members: dict[str, str | bytes | tarfile.TarInfo]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            content = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def reviews(side: str = "train", count: int = 20) -> dict[str, str]:
    return {
        f"aclImdb/{side}/{kind}/{i}_{rating}.txt": f"{side} film {i} is {kind}"
        for kind, rating in (("neg", 2), ("pos", 9))
        for i in range(count)
    }


def imdb(folder: Path, members: dict, **options) -> LabelledData:
    write(folder, "imdb/aclImdb_v1.tar.gz", archive(members))
    return load_labelled("imdb", **options)


def test_imdb_is_read_from_its_archive(folder):
    members = reviews("train") | reviews("test", 5)
    members |= {
        "aclImdb/README": "no review",
        "aclImdb/train/unsup/0_0.txt": "no label",
        "aclImdb/train/pos/urls.txt": "no review",
        "aclImdb/train/pos/../pos/77_9.txt": "no review",
        "/aclImdb/train/pos/78_9.txt": "no review",
        "aclImdb/train/pos/79_9.txt.bak": "no review",
    }
    before = sorted(folder.rglob("*"))
    data = imdb(folder, members)
    assert_whole(data)
    assert [len(getattr(data, side).texts) for side in SIDES] == [38, 2, 10]
    assert all(text.endswith(name[:3]) for text, name in rows_of(data)), "a label is not its folder's"
    assert {text for text, _ in rows_of(data)} == set((reviews("train") | reviews("test", 5)).values())
    assert data.notes == [] and data.label_names == ["negative", "positive"]
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path not in before}
    assert made == {"imdb", "imdb/aclImdb_v1.tar.gz"}, "something was unpacked"


def test_imdb_has_an_order_of_its_own_whatever_the_archives(folder):
    members = reviews("train") | reviews("test", 5)
    first = imdb(folder, members)
    again = imdb(folder, dict(reversed(members.items())))
    for side in SIDES:
        assert getattr(first, side).texts == getattr(again, side).texts
        np.testing.assert_array_equal(getattr(first, side).labels, getattr(again, side).labels)
    assert len(set(imdb(folder, members, validation=0.5).validation.labels.tolist())) == 2, "classes are not mixed"


def unlabelled(texts: dict[int, str]) -> dict:
    return {f"aclImdb/train/unsup/{number}_0.txt": text for number, text in texts.items()}


def test_imdb_without_labels_comes_from_the_archive_or_from_one_beside_it(folder):
    own = reviews("train") | reviews("test")
    write(folder, "imdb/aclImdb_v1.tar.gz", archive(own | unlabelled({10: "ten<br />lines", 9: "nine", 11: " "})))
    assert imdb_unlabelled() == ["nine", "ten\nlines"]
    write(folder, "imdb/aclImdb_v1.tar.gz", archive(own))
    with pytest.raises(DataError, match="there is no file aclImdb_unsup.tar.gz beside it"):
        imdb_unlabelled()
    write(folder, "imdb/aclImdb_unsup.tar.gz", archive(unlabelled({1: "one"})))
    assert imdb_unlabelled() == ["one"]


def test_line_breaks_of_imdb(folder):
    texts = {
        "aclImdb/test/pos/0_9.txt": "Good.<br /><br />Very good. <br/>\n<BR> Yes!<br />",
        "aclImdb/test/neg/0_1.txt": "1 <broken> 2\r\nand <b>bold</b>",
        "aclImdb/test/neg/1_1.txt": "<br /> <br />",
    }
    data = imdb(folder, reviews("train") | texts)
    assert sorted(data.test.texts) == ["1 <broken> 2\nand <b>bold</b>", "Good.\nVery good.\nYes!"]
    assert data.notes == ["1 review without text was left out of test."]


def test_reviews_of_the_test_split_are_taken_out_of_train_and_validation(folder):
    train, test = reviews("train"), reviews("test", 5)
    plain = imdb(folder, train | test)
    shared = [plain.train.texts[0], plain.train.texts[7], plain.validation.texts[1]]
    test |= {
        f"aclImdb/test/pos/{90 + i}_7.txt": f" {text.replace(' ', '<br />', 1)}\n" for i, text in enumerate(shared)
    }
    data = imdb(folder, train | test)
    assert data.train.texts == [text for text in plain.train.texts if text not in shared]
    assert data.validation.texts == plain.validation.texts[:1]
    assert len(data.test.texts) == 13
    assert data.notes == [
        "2 reviews of train also stood in test and were taken out of train.",
        "1 review of validation also stood in test and was taken out of validation.",
    ]


def link() -> tarfile.TarInfo:
    info = tarfile.TarInfo("aclImdb/train/pos/99_9.txt")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"aclImdb/train/pos/99_9.txt": link()}, "99_9.txt.*no plain file"),
        ({"aclImdb/train/pos/99_9.txt": b"x" * 1_000_001}, "99_9.txt.*at most 1,000,000 bytes.*got 1,000,001"),
        ({"aclImdb/train/pos/99_9.txt": b"caf\xe9"}, "99_9.txt is not UTF-8.*0xe9 at offset 3"),
    ],
)
def test_members_that_are_not_what_they_should_be(folder, extra, message):
    with pytest.raises(DataError, match=message):
        imdb(folder, reviews("train") | reviews("test") | extra)


def test_a_review_that_stands_in_the_archive_twice(folder):
    content = gzip.decompress(archive(reviews("train", 2)))
    body = content[: 1024 * 4]  # a header and one block of text for each of the four
    write(folder, "imdb/aclImdb_v1.tar.gz", gzip.compress(body + content))
    with pytest.raises(DataError, match="twice"):
        load_labelled("imdb")


def test_an_archive_without_a_class_or_a_split(folder):
    with pytest.raises(DataError, match=r"aclImdb/test/pos/ID_RATING.txt.*got 0 reviews"):
        imdb(folder, reviews("train"))
    one = {name: text for name, text in reviews("test").items() if "/pos/" in name}
    with pytest.raises(DataError, match="got 20 reviews of 1 class"):
        imdb(folder, reviews("train") | one)


def damaged(kind: str) -> bytes:
    good = archive(reviews("train") | reviews("test"))
    content = bytearray(gzip.decompress(good))
    if kind == "cut":
        return good[: len(good) // 2]
    if kind == "no archive":
        return b"<html>Not found</html>"
    if kind == "empty":
        return b""
    if kind == "cut inside":
        return gzip.compress(bytes(content[:7700]))
    if kind == "header":
        # the 76th of 80, so that each class has reviews before it: tarfile stops there without a word
        content[75 * 1024 : 75 * 1024 + 512] = b"?" * 512
        return gzip.compress(bytes(content))
    if kind == "sum":
        return good[:-8] + bytes([good[-8] ^ 1]) + good[-7:]
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["cut", "no archive", "empty", "cut inside", "header", "sum"])
def test_a_broken_archive_is_noticed(folder, kind):
    path = write(folder, "imdb/aclImdb_v1.tar.gz", damaged(kind))
    with pytest.raises(DataError) as error:
        load_labelled("imdb")
    assert str(path) in str(error.value) and "Delete the file" in str(error.value)


# --- a table of your own


def table(path: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def examples(count: int = 20, labels: tuple[str, ...] = ("bad", "good")) -> list[list[str]]:
    return [[f"film {i}", labels[i % len(labels)]] for i in range(count)]


@pytest.mark.parametrize(
    ("name", "delimiter", "encoding"),
    [
        ("a.csv", ",", "utf-8"),
        ("a.csv", ";", "utf-8-sig"),
        ("a.txt", "\t", "utf-8"),
        ("a.tsv", "\t", "utf-8-sig"),
        ("a.TAB", "\t", "utf-8"),
    ],
)
@pytest.mark.parametrize("header", [["text", "label"], ["리뷰", "감정"], [" Document", "SCORE "]])
def test_tables_of_all_kinds_are_read(tmp_path, name, delimiter, encoding, header):
    texts = ["쉼표, 세미콜론; 탭\t", 'say ""good""', "two\nlines", "  ends  "] + [f"film {i}" for i in range(20)]
    rows = [[text, ("나쁨", "좋음")[i % 2]] for i, text in enumerate(texts)]
    data = file_labelled(table(tmp_path / name, [header, *rows], delimiter, encoding))
    assert_whole(data)
    assert sorted(rows_of(data)) == sorted((text.strip(), label) for text, label in rows)
    assert data.label_names == ["나쁨", "좋음"] and data.name == "a" and name in data.source and data.notes == []


def test_columns_are_guessed_in_order_or_named(tmp_path):
    header = ["id", "rating", "content", "text", "label"]
    rows = [[str(i), str(i % 3), f"content {i}", f"text {i}", "ab"[i % 2]] for i in range(30)]
    path = table(tmp_path / "a.csv", [header, *rows])
    data = file_labelled(path)
    assert data.label_names == ["a", "b"] and all(text.startswith("text") for text, _ in rows_of(data))
    data = file_labelled(path, "content", "rating")
    assert data.label_names == ["0", "1", "2"] and all(text.startswith("content") for text, _ in rows_of(data))
    with pytest.raises(DataError, match="both"):
        file_labelled(path, "text", "text")


def test_a_semicolon_table_whose_header_has_a_comma(tmp_path):
    path = write(tmp_path, "a.csv", "text;label;note, long, longer\n" + "".join(f"f{i};{i % 2};x\n" for i in range(12)))
    assert file_labelled(path).label_names == ["0", "1"]


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (("10", "9", "-1", "2.5"), ["-1", "2.5", "9", "10"]),
        (("10", "9", "x"), ["10", "9", "x"]),
        (("1", "nan"), ["1", "nan"]),
        (("pos", "neg"), ["neg", "pos"]),
        (("1", "1.0", "0.0", "0"), ["0", "1"]),  # as pandas writes a column in which one is missing
        (("+1", "1", "-0", "0"), ["0", "1"]),
        (("1", "1.0", "x"), ["1", "1.0", "x"]),
    ],
)
def test_labels_are_sorted_numbers_as_numbers(tmp_path, labels, wanted):
    path = table(tmp_path / "a.csv", [["text", "label"], *examples(40, labels)])
    data = file_labelled(path)
    assert data.label_names == wanted
    assert [note for note in data.notes if "one class each" in note] == data.notes[: len(labels) > len(wanted)]


def test_the_split_is_stratified_and_drawn_by_the_seed(tmp_path):
    rows = [[f"film {i}", "rare" if i % 10 == 0 else "common"] for i in range(1000)]
    path = table(tmp_path / "a.csv", [["text", "label"], *rows])
    data, again, other = (file_labelled(path, seed=seed) for seed in (0, 0, 1))
    counts = {side: Counter(getattr(data, side).labels.tolist()) for side in SIDES}
    assert counts == {"train": {0: 765, 1: 85}, "validation": {0: 45, 1: 5}, "test": {0: 90, 1: 10}}
    assert data.test.texts == again.test.texts != other.test.texts
    assert Counter(rows_of(data)) == Counter(map(tuple, rows)) == Counter(rows_of(other))


def test_three_examples_of_a_class_are_one_for_each_split(tmp_path):
    rows = examples(30) + [[f"odd {i}", "odd"] for i in range(3)]
    data = file_labelled(table(tmp_path / "a.csv", [["text", "label"], *rows]), validation=0.4, test=0.5)
    for side in SIDES:
        assert (getattr(data, side).labels == 2).sum() == 1


def test_large_shares_leave_something_of_each_class_to_train_on(tmp_path):
    path = table(tmp_path / "a.csv", [["text", "label"], *examples(12)])
    data = file_labelled(path, validation=0.5, test=0.45)  # of 6 texts 3 and 3, rounded
    assert [len(getattr(data, side).texts) for side in SIDES] == [2, 4, 6]


def test_equal_texts_stay_together(tmp_path):
    rows = [[f"film{' ' * (1 + i % 3)}{i % 25}", "ab"[i % 25 % 2]] for i in range(200)] + [["film 3", "a"]]
    data = file_labelled(table(tmp_path / "a.csv", [["text", "label"], *rows]), validation=0.2, test=0.3)
    seen = [keys(data, side) for side in SIDES]
    assert len(set.union(*seen)) == sum(map(len, seen)) == 25
    assert len(rows_of(data)) == 201
    assert data.notes == [
        "25 text(s) occur more than once; all copies of a text are in one split.",
        "1 text(s) occur with different labels.",
    ]


GOOD = "".join(f"film {i},{'ab'[i % 2]}\n" for i in range(10))  # lines 2 to 11

BAD = {
    "one column": ("text\nfilm\n", r"none of the columns label.*'text'"),
    "no header": (GOOD, r"none of the columns text.*separated by a comma, are: 'film 0', 'a'.*header.*text_column"),
    "no label column": ("text,stars\n" + GOOD, r"none of the columns label, .*감정.*'text', 'stars'.*label_column"),
    "column twice": ("text,label,text\nx,a,y\n", "several columns 'text'"),
    "empty": ("", "empty"),
    "blank": ("\n  \n\n", "empty"),
    "only a header": ("text,label\n\n", "no rows"),
    "too many fields": ("text,label\n" + GOOD + "good, really,a\n", r"line 12: 3 fields; expected 2 .*comma"),
    "too few fields": ('text,label\n"two\nlines",a\n\nfilm\n', "line 5: 1 fields; expected 2"),
    "no text": ('text,label\n  ,a\n"",b\n', "the column 'text' has no text in any row"),
    "empty label": ('text,label\n"two\nlines",a\nfilm, \n', "line 4: the label .*'label'.* is empty"),
    "one class": ("text,label\n" + "".join(f"{i},a\n" for i in range(9)), "every label is 'a'; expected two"),
    "two examples": ("text,label\n" + GOOD + "x,c\ny,c\n", r"fewer than 3 examples .* of 'c'"),
    "one text": ("text,label\n" + GOOD + "x,c\nx ,c\nx,c\n", r"fewer than 3 examples .* of 'c'"),
    "a text column as labels": (
        "label,text\n" + "".join(f"film {i},a {i}\n" for i in range(9)),
        "'film 0', .*and 4 more.*check that the column",
    ),
    "NUL": ("text,label\n" + GOOD + "fi\0lm,a\n", "line 12: a NUL byte"),
    "swallowed rows": (
        "text,label\n" + GOOD + '"Second,a\nThird,b\nFourth",a\n',
        "line 12: a quote opens a cell that goes on over line 13, which would be a row by itself",
    ),
    "an open quote": ("text,label\n" + GOOD + '"film,a\nfilm,b\n', "line 12: unexpected end of data"),
    "a stray quote": ("text,label\n" + GOOD + '"good" film,a\n', "line 12: .*written twice"),
    "a huge field": ("text,label\n" + GOOD + "x" * 131_073 + ",a\n", "line 12: field larger .*131,072"),
    "CP949": ("text,label\n영화,a\n".encode("cp949"), "not UTF-8: .*line 2, byte 1"),
    "UTF-16": ("text,label\nfilm,a\n".encode("utf-16"), "not UTF-8"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_table_says_what_is_wrong_and_where(tmp_path, kind):
    content, message = BAD[kind]
    path = write(tmp_path, "own.csv", content)
    with pytest.raises(DataError, match=f"(?s){message}") as error:
        file_labelled(path)
    assert "own.csv" in str(error.value)


def test_rows_without_a_text_are_left_out_and_counted(tmp_path):
    path = write(tmp_path, "own.csv", "text,label\n" + GOOD + '"",a\n  ,b\n')
    data = file_labelled(path)
    assert sum(len(getattr(data, split).texts) for split in SPLITS) == 10
    assert data.notes == ["2 row(s) without a text were left out."]


def test_a_stray_quote_in_a_table_with_tabs_is_a_character(tmp_path):
    strange = ['"Second\ta', 'Third "and\tb', '"whole"\ta', 'Fourth"\tb', '"\ta']
    path = write(tmp_path, "own.txt", "text\tlabel\n" + GOOD.replace(",", "\t") + "\n".join(strange) + "\n")
    data = file_labelled(path)
    texts = {text for split in SPLITS for text in getattr(data, split).texts}
    assert len(texts) == 15 and {'"Second', 'Third "and', '"whole"', 'Fourth"', '"'} <= texts


def test_a_named_column_that_is_not_there_lists_the_columns(tmp_path):
    path = write(tmp_path, "own.tsv", "text\tlabel\n" + GOOD.replace(",", "\t"))
    with pytest.raises(DataError, match="no column 'Stars' for the labels.*tab, are: 'text', 'label'"):
        file_labelled(path, label_column="Stars")
    with pytest.raises(DataError, match="nowhere.csv"):
        file_labelled(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("shares", [(0, 0.1), (0.1, 1), (0.5, 0.5), (-0.1, 0.1), (float("nan"), 0.1)])
def test_shares_that_are_none(tmp_path, shares):
    path = write(tmp_path, "own.csv", "text,label\n" + GOOD)
    with pytest.raises(ValueError, match="validation|test"):
        file_labelled(path, validation=shares[0], test=shares[1])


def test_an_unknown_name_or_share_of_a_public_set():
    with pytest.raises(ValueError, match="known: nsmc, imdb.*file_labelled"):
        load_labelled("nothing")
    with pytest.raises(ValueError, match="validation=1"):
        load_labelled("nsmc", validation=1)


ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
# Lines and delimiters in one text may look like rows that a stray quote has swallowed: these are refused.
ANY_TEXT = ANY_TEXT.filter(lambda text: not (re.search("[\r\n]", text) and re.search("[,;\t]", text)))


@given(st.lists(ANY_TEXT, max_size=12), st.sampled_from([",", ";", "\t"]), st.integers(0, 5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives_a_table(tmp_path, texts, delimiter, seed):
    rows = examples(8) + [[text, ("bad", "good")[i % 2]] for i, text in enumerate(texts)]
    rows += [["three", text] for text in texts[:1]] + [[f"{texts[0]}!{i}", texts[0]] for i in range(3) if texts]
    data = file_labelled(table(tmp_path / "a.csv", [["text", "label"], *rows], delimiter), seed=seed)
    wanted = [tuple(value.replace("\r\n", "\n").replace("\r", "\n").strip() for value in row) for row in rows]
    assert Counter(rows_of(data)) == Counter(wanted)
    seen = [keys(data, side) for side in SIDES]
    assert len(set.union(*seen)) == sum(map(len, seen))
    for side in SIDES:
        assert {"bad", "good"} <= {data.label_names[n] for n in getattr(data, side).labels}


# --- the real files


@pytest.mark.parametrize(
    ("name", "first"),
    [("nsmc", "nsmc/ratings_train.txt"), pytest.param("imdb", "imdb/aclImdb_v1.tar.gz", marks=pytest.mark.slow)],
)
def test_the_real_sets(name, first):
    folder = os.environ.get("RNN_DATA_DIR")
    if not folder or not Path(folder, first).is_file():
        pytest.skip(f"RNN_DATA_DIR has no {first}")
    data = load_labelled(name)
    assert_whole(data)
    tested = keys(data, "test")
    assert not tested & keys(data, "train") and not tested & keys(data, "validation")
    assert 49_900 < len(data.test.texts) <= 50_000 if name == "nsmc" else len(data.test.texts) == 25_000
    for side in SIDES:
        assert 0.47 < getattr(data, side).labels.mean() < 0.53, "both public sets are balanced"
    assert not any("<br" in text for text in data.train.texts[:2000]) or name == "nsmc"
    assert "taken out of train" in "".join(data.notes)
