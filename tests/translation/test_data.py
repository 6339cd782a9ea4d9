"""Sentence pairs: the public sets' rules on small made-up files, and files of your own, good and bad."""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.data.download import REMOTES
from training.data.errors import DataError
from training.data.records import PairData
from training.data.splits import text_key
from training.translation.data import digit_pairs, file_pairs, load_pairs

SIDES = ("train", "validation", "test")
HEAD = "source\ten\tko\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def own(folder: Path, content: str | bytes, **options) -> PairData:
    return file_pairs(write(folder, "my.tsv", content), **options)


def rows_of(data: PairData) -> list[tuple[str, str, str]]:
    parts = [getattr(data, side) for side in SIDES]
    return [row for part in parts for row in zip(part.sources, part.targets, part.origins, strict=True)]


def assert_whole(data: PairData) -> None:
    """What holds of any set: three columns alike, no empty side, no source of test on another side."""
    tested = set(map(text_key, data.test.sources))
    for side in SIDES:
        part = getattr(data, side)
        assert len(part.sources) == len(part.targets) == len(part.origins) > 0
        assert all(text and text == text.strip() for text in [*part.sources, *part.targets])
        assert side == "test" or not tested & set(map(text_key, part.sources))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    return tmp_path


# --- en-ko


def english_korean(folder: Path, train: str, dev: str = "a\tdev\t개발\n", test: str = "b\ttest\t시험\n") -> None:
    for name, rows in (("train", train), ("dev", dev), ("test", test)):
        write(folder, f"enko/{name}.tsv", HEAD + rows)


def test_english_and_korean_go_both_ways(folder):
    english_korean(folder, 'a\tHe said "no".\t그는 "아니"라고 했다.\nb\tYes\t네\n')
    data = load_pairs("en-ko")
    assert_whole(data)
    assert (data.train.sources, data.train.targets) == (['He said "no".', "Yes"], ['그는 "아니"라고 했다.', "네"])
    assert data.train.origins == ["a", "b"] and data.test.origins == ["b"] and data.validation.sources == ["dev"]
    assert (data.source_language, data.target_language) == ("en", "ko") and data.notes == []
    for options in ({"source": "ko"}, {"target": "en"}, {"source": "ko", "target": "en"}):
        back = load_pairs("en-ko", **options)
        assert (back.train.sources, back.train.targets) == (data.train.targets, data.train.sources)
        assert (back.source_language, back.target_language) == ("ko", "en")
    for licence in ("CC BY-NC-SA 4.0", "CC BY 2.0 FR", "StyleKQC", "NTREX"):
        assert licence in data.licence


def test_what_test_asks_is_not_trained_on(folder):
    english_korean(
        folder, "a\tYes\t네\na\tA  test\t시험이다\nb\tdev\t개\n", "a\tA test\t시험\nb\tdev\t개발\n", "a\tA test\t시험\n"
    )
    data = load_pairs("en-ko")
    assert_whole(data)
    assert (data.train.sources, data.validation.sources) == (["Yes", "dev"], ["dev"])
    assert data.notes == [
        "1 pair of train whose source also stood in test was taken out of train.",
        "1 pair of validation whose source also stood in test was taken out of validation.",
        "The sources of 1 pair of validation also stand in train.",
    ]


def test_english_and_korean_cannot_be_downloaded(tmp_path, monkeypatch):
    for value in (None, str(tmp_path)):
        monkeypatch.setenv("RNN_DATA_DIR", value) if value else monkeypatch.delenv("RNN_DATA_DIR", raising=False)
        with pytest.raises(DataError, match="(?s)RNN_DATA_DIR.*cannot be downloaded.*tatoeba.*NTREX.*--pairs my.tsv"):
            load_pairs("en-ko")


def test_other_columns_are_refused(folder):
    english_korean(folder, "a\tYes\t네\n")
    write(folder, "enko/dev.tsv", "en\tko\nYes\t네\n")
    with pytest.raises(DataError, match="dev.tsv: expected the columns source, en, ko"):
        load_pairs("en-ko")


@pytest.mark.parametrize("options", [{"source": "de"}, {"target": "ko", "source": "ko"}, {"source": ""}])
def test_other_languages_are_refused(options):
    with pytest.raises(ValueError, match="en-ko has no pairs from .*; expected source='en', target='ko'"):
        load_pairs("en-ko", **options)


def test_an_unknown_set():
    with pytest.raises(ValueError, match="Unknown set of pairs 'en-fr'; known: en-ko, multi30k"):
        load_pairs("en-fr")


# --- multi30k


def multi30k(folder: Path, **sides: str | bytes) -> None:
    texts = {"train.de": "ein Hund\n", "train.en": "a dog\n", "val.de": "v\n", "val.en": "w\n"}
    texts |= {"test_2016_flickr.de": "t\n", "test_2016_flickr.en": "u\n"}
    for name, text in (texts | {name.replace("_", ".", 1): text for name, text in sides.items()}).items():
        write(folder, f"multi30k/raw/{name}.gz", gzip.compress(text.encode() if isinstance(text, str) else text))


def test_captions_go_both_ways(folder):
    multi30k(folder, train_de="ein\u2028Hund \nzwei\x85\xa0Katzen\rrot\n", train_en="a dog\n two cats, red")
    data = load_pairs("multi30k")
    assert_whole(data)
    assert data.train.sources == ["ein\u2028Hund", "zwei\x85\xa0Katzen\rrot"]  # only "\n" ends a line
    assert data.train.targets == ["a dog", "two cats, red"]
    assert (data.source_language, data.target_language) == ("de", "en")
    assert "Flickr30k" in data.licence and "2016" in data.source
    assert load_pairs("multi30k", source="en").train.sources == data.train.targets


def test_captions_without_text_are_left_out_of_training(folder):
    multi30k(folder, train_de="eins\n \ndrei\n", train_en="one\ntwo\n\n")
    data = load_pairs("multi30k")
    assert data.train.sources == ["eins"]
    assert data.notes == ["2 pairs with an empty side were left out of train."]


def test_damaged_captions(folder):
    multi30k(folder, val_de="one\ntwo\n")
    with pytest.raises(DataError, match="val: 2 lines in 'de', 1 in 'en'"):
        load_pairs("multi30k")
    multi30k(folder, val_de=b"gr\xfcn\n")
    with pytest.raises(DataError, match="val.de.gz is not UTF-8: byte 0xfc at line 1"):
        load_pairs("multi30k")
    multi30k(folder)
    path = folder / "multi30k/raw/val.en.gz"
    for content in (path.read_bytes()[:-5], b"no gz", b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"val.en.gz is not a whole .gz file|val: 1 lines in 'de', 0 in 'en'"):
            load_pairs("multi30k")
    multi30k(folder, val_de="", val_en="")
    with pytest.raises(DataError, match="multi30k: no pairs for validation; expected some in each file"):
        load_pairs("multi30k")


# --- a file of your own

MANY = "".join(f"sentence {n}\tSatz {n}\n" for n in range(200))


def test_two_columns_without_a_header(tmp_path):
    data = own(tmp_path, MANY)
    assert_whole(data)
    assert sorted(rows_of(data)) == sorted((f"sentence {n}", f"Satz {n}", "") for n in range(200))
    assert [len(getattr(data, side).sources) for side in SIDES] == [180, 10, 10]
    assert (data.name, data.source_language, data.target_language) == ("my", "source", "target")
    assert (data.source, data.notes) == ("the file my.tsv", [])
    named = own(tmp_path, MANY, source="en", target="de")
    assert rows_of(named) == rows_of(data) and named.target_language == "de"


def test_a_header_names_the_columns(tmp_path):
    rows = "".join(f"id{n}\tSatz {n}\tweb\tsentence {n}\n" for n in range(40))
    data = own(tmp_path, "\ufeffid\t de\torigin\ten\r\n" + rows.replace("\n", "\r\n\r\n"), source="en", target="de")
    assert_whole(data)
    assert sorted(rows_of(data)) == sorted((f"sentence {n}", f"Satz {n}", "web") for n in range(40))


def test_quotes_and_strange_line_ends_are_text(tmp_path):
    texts = ['"', 'a "quote', "one\u2028line", "tab\u2003less", "\x85x", "'", "<s>", "=1+1", "👩‍👩‍👧"]
    data = own(tmp_path, "".join(f"{text}\t{text}!\n" for text in texts))
    assert sorted(row[0] for row in rows_of(data)) == sorted(text.strip() for text in texts)


def test_a_source_is_on_one_side_only(tmp_path):
    data = own(tmp_path, "".join(f"s  {n % 20}\tt {n % 50}\n" for n in range(100)) + "s 3\tt 3\n", test=0.2)
    assert_whole(data)
    seen = [set(map(text_key, getattr(data, side).sources)) for side in SIDES]
    assert len(set.union(*seen)) == sum(map(len, seen)) == 20 and len(seen[2]) == 4
    assert data.notes == [
        "1 pair repeats another pair.",
        "101 pairs have 20 different sources; all pairs of a source are in one split.",
    ]


def test_the_order_of_the_rows_makes_no_difference(tmp_path):
    one, other = own(tmp_path, MANY), own(tmp_path, "\n".join(reversed(MANY.splitlines())))
    for side in SIDES:
        assert sorted(getattr(one, side).sources) == sorted(getattr(other, side).sources)
    assert own(tmp_path, MANY) == one


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a\tb\nc\n", {}, "row 2: 1 column; expected two, a sentence and its translation"),
        ("a\tb\nc\td\te\n", {}, "row 2: 3 columns; expected two.* cut -f1,2"),
        ("a\tb\n\n\nc\t \n", {}, "row 4: the target side is empty. Fill it or delete the row"),
        ("a\tb\n\td\n", {}, "row 2: the source side is empty"),
        ("a\tb\n\t\n", {}, "row 2: the source side is empty"),
        ("en\tde\na\tb\n", {"source": "en", "target": "ko"}, "row 1: no column 'ko'; the columns.* are 'en', 'de'"),
        ("en\tko\ten\na\tb\tc\n", {"source": "en", "target": "ko"}, "more than one column 'en'"),
        ("en\tko\na\tb\tc\n", {"source": "en", "target": "ko"}, "row 2: 3 columns; expected 2 as in the header"),
        ("en\tko\na\t\n", {"source": "en", "target": "ko"}, "row 2: the ko side is empty"),
        ("1\ta\tb\n", {"source": "en", "target": "ko"}, "row 1: 3 columns; .*header row with 'en' and 'ko'"),
        ("a\tb\nc\td\n", {}, "too few pairs, 2 different source"),
        ("a\tb\n" * 50, {}, "too few pairs, 1 different source"),
        ("en\tko\n", {"source": "en", "target": "ko"}, "too few pairs, 0 different source"),
        ("", {}, "is empty; expected a sentence, a tab"),
        (" \n\t\n", {}, "is empty; expected a sentence, a tab"),
        ("a\tb\nc\t\0\n", {}, "row 2: a NUL byte"),
        ("a,b\nc,d\n", {}, "row 1: 1 column"),
        ("a\tb\n좋다\tgood\n".encode("cp949"), {}, "is not UTF-8: byte 0x.. at line 2"),
        ("a\tb\n".encode("utf-16"), {}, "is not UTF-8"),
    ],
)
def test_a_broken_file_is_refused_by_its_row(tmp_path, content, options, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        own(tmp_path, content, **options)


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        file_pairs(tmp_path / "none.tsv")


@pytest.mark.parametrize("options", [{"test": 0}, {"validation": 1.0}, {"validation": 0.5, "test": 0.5}, {"test": -1}])
def test_shares_that_leave_nothing(tmp_path, options):
    with pytest.raises(ValueError, match="expected shares of the data"):
        own(tmp_path, MANY, **options)


@pytest.mark.parametrize("options", [{"source": "en"}, {"target": "en"}, {"source": "en", "target": "en"}])
def test_one_column_alone(tmp_path, options):
    with pytest.raises(ValueError, match="expected the names of two columns, or none"):
        own(tmp_path, MANY, **options)


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\0"), min_size=1, max_size=12)
cells = cells.map(str.strip).filter(lambda text: text and not text.startswith("\ufeff"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=3, max_size=30, unique_by=lambda row: text_key(row[0])))
def test_whatever_is_written_is_read(tmp_path, rows):
    data = own(tmp_path, "".join(f"{one}\t{other}\n" for one, other in rows))
    assert_whole(data)
    assert sorted(row[:2] for row in rows_of(data)) == sorted(rows)


# --- digits


@pytest.mark.parametrize("task", ["copy", "reverse"])
def test_digits(task):
    data = digit_pairs(task, count=2000)
    assert_whole(data)
    assert [len(getattr(data, side).sources) for side in SIDES] == [1800, 100, 100]
    sources = [row[0] for row in rows_of(data)]
    assert len(set(sources)) == 2000 and all(text.isdigit() for text in sources)
    assert {len(text) for text in sources} == set(range(1, 13))
    assert all(row[1] == (row[0] if task == "copy" else row[0][::-1]) for row in rows_of(data))
    assert digit_pairs(task, count=2000) == data != digit_pairs(task, count=2000, seed=1)
    lengths = [len(text) for text in data.test.sources]
    assert max(lengths) == 12 and sum(lengths) / 100 > 5


def test_digits_of_another_kind():
    with pytest.raises(ValueError, match="Unknown digit task 'sort'; known: copy, reverse"):
        digit_pairs("sort")
    for count in (0, 19, 10**9):
        with pytest.raises(ValueError, match="expected from 20 to 10,000,000"):
            digit_pairs("copy", count=count)
    assert_whole(digit_pairs("copy", count=20))


# --- the real files


def real(first: str) -> None:
    folder = os.environ.get("RNN_DATA_DIR")
    if not folder or not Path(folder, first).is_file():
        pytest.skip(f"RNN_DATA_DIR has no {first}")


def test_the_real_english_and_korean():
    real("enko/train.tsv")
    data = load_pairs("en-ko")
    assert_whole(data)
    assert [len(getattr(data, side).sources) for side in SIDES] == [59_755, 1_650, 2_197]
    assert set(data.test.origins) == {"jhe", "korsts", "kss", "stylekqc", "talpco", "tatoeba"}
    assert data.notes == []


def test_the_real_captions():
    real("multi30k/raw/train.de.gz")
    data = load_pairs("multi30k")
    assert_whole(data)
    assert [len(getattr(data, side).sources) for side in SIDES] == [29_000, 1_014, 1_000]
    assert data.train.sources[1] == "Mehrere Männer mit Schutzhelmen bedienen ein Antriebsradsystem."
    assert data.train.targets[1] == "Several men in hard hats are operating a giant pulley system."
    assert "SHA-256 checked" in data.source and REMOTES["multi30k/raw/train.de.gz"].hash
    assert data.notes == ["The sources of 1 pair of validation also stand in train."]
