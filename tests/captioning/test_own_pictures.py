"""Captions of your own pictures, in three formats, good and bad."""

import csv
import io
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.caption_folders import assert_whole, write
from training.captioning.data import folder_captions
from training.data.errors import DataError
from training.data.records import SPLITS, CaptionData


def own(
    tmp_path: Path, captions: str | bytes, name: str = "captions.txt", pictures: int = 40, **options
) -> CaptionData:
    for n in range(pictures):
        write(tmp_path, f"images/{n}.jpg", str(n) * (n + 1))
    write(tmp_path, "images/sub/deep.PNG", "deep")
    return folder_captions(tmp_path / "images", write(tmp_path, name, captions), **options)


def pairs_of(data: CaptionData) -> list[tuple[str, str]]:
    parts = [getattr(data, split) for split in SPLITS]
    rows = [row for part in parts for row in zip(part.pictures, part.captions, strict=True)]
    return sorted((path.name, text) for path, texts in rows for text in texts)


TEXTS = [(f"{n % 40}.jpg", f'A "dog", number {n} ; it\'s here') for n in range(80)]


def tokens(rows: list[tuple[str, str]]) -> str:
    return "".join(f"{name}#{n}\t{text}\n" for n, (name, text) in enumerate(rows))


def table(rows: list[tuple[str, str]], delimiter: str = ",", header: tuple[str, str] = ("image", "caption")) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


def coco(rows: list[tuple[str, str]]) -> str:
    names = list(dict.fromkeys(name for name, _ in rows))
    images = [{"id": n, "file_name": name, "width": 1} for n, name in enumerate(names)]
    annotations = [{"image_id": names.index(name), "caption": text, "id": n} for n, (name, text) in enumerate(rows)]
    return json.dumps({"info": {}, "images": images, "annotations": annotations})


FORMATS = {
    "tokens": (tokens(TEXTS), "captions.txt"),
    "windows": ("\ufeff\n" + tokens(TEXTS).replace("\n", "\r\n\r\n"), "captions.token.txt"),
    "csv": (table(TEXTS), "captions.csv"),
    "kaggle": (table(TEXTS), "captions.txt"),
    "semicolons": (table(TEXTS, ";"), "captions.csv"),
    "file_name, text": (table(TEXTS, header=("file_name", "text")), "metadata.csv"),
    "bars": (table(TEXTS, "|", header=("image_name", " comment")), "results.csv"),
    "raw tsv": ("image\tcaption\n" + "".join(f"{name}\t{text}\n" for name, text in TEXTS), "captions.tsv"),
    "excel": ("sep=;\n" + table(TEXTS, ";"), "captions.csv"),
    "tsv": (table(TEXTS, "\t"), "captions.tsv"),
    "columns": (table([(text, name) for name, text in TEXTS], header=(" Caption ", "IMAGE")), "captions.csv"),
    "coco": (coco(TEXTS), "captions.json"),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_three_formats(tmp_path, kind):
    data = own(tmp_path, *FORMATS[kind])
    assert_whole(data)
    assert pairs_of(data) == sorted(TEXTS)
    assert [len(getattr(data, split).pictures) for split in SPLITS] == [34, 2, 4]
    assert all(data.scored(split) for split in SPLITS)
    assert (data.name, data.notes) == (
        FORMATS[kind][1].rsplit(".", 1)[0],
        ["1 picture(s) of the folder have no caption and are left out."],
    )
    assert "images" in data.source and "seed 0" in data.source


def test_the_splits_are_drawn_by_the_seed_alone(tmp_path):
    data = own(tmp_path, tokens(TEXTS))
    assert own(tmp_path, tokens(TEXTS)) == data
    back = own(tmp_path, tokens(TEXTS[::-1]))
    other = own(tmp_path, tokens(TEXTS), seed=1)
    for split in SPLITS:
        assert getattr(back, split).pictures == getattr(data, split).pictures
        assert split == "train" or getattr(other, split).pictures != getattr(data, split).pictures
    fewer = own(tmp_path, tokens([row for row in TEXTS if row[0] != data.test.pictures[0].name]))
    assert set(data.test.pictures[1:]) <= set(fewer.test.pictures)
    assert [len(part.pictures) for part in (fewer.train, fewer.validation, fewer.test)] == [33, 2, 4]


def test_copies_of_a_picture_are_on_one_side(tmp_path):
    for n in range(40):
        write(tmp_path, f"images/copy{n}.jpg", str(n) * (n + 1))
    rows = TEXTS + [(f"copy{n}.jpg", "A copy") for n in range(40)]
    data = own(tmp_path, tokens(rows), validation=0.2, test=0.3)
    assert_whole(data)
    sides = {path.name.removeprefix("copy"): [] for path in (tmp_path / "images").glob("*.jpg")}
    for split in SPLITS:
        for path in getattr(data, split).pictures:
            sides[path.name.removeprefix("copy")].append(split)
    assert all(len(found) == 2 and len(set(found)) == 1 for found in sides.values())
    assert data.notes[-1] == "40 picture(s) lie there more than once; all copies of a picture are in one split."


def test_pictures_in_folders_below(tmp_path):
    rows = [*TEXTS, ("sub/deep.PNG", "a deep one"), ("./sub/deep.PNG", "again")]
    data = own(tmp_path, coco(rows), "captions.json")
    assert ("deep.PNG", "again") in pairs_of(data) and len(pairs_of(data)) == 82
    assert data.notes == []


GOOD = tokens(TEXTS)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (GOOD + "9.jpg#80\t\n", "c.txt", r"line 81: the caption of 9.jpg has no words \(''\)"),
        (GOOD + "9.jpg#80\t . !\n", "c.txt", "line 81: the caption of 9.jpg has no words"),
        (GOOD + "none.jpg#0\tA cat\n", "c.txt", "line 81: there is no picture 'none.jpg' in .*images"),
        (GOOD + "sub#0\tA folder\n", "c.txt", "line 81: there is no picture 'sub'"),
        (GOOD + "../c.txt#0\tA cat\n", "c.txt", "line 81: '../c.txt' lies outside of the folder"),
        (GOOD + "/etc/passwd#0\tA cat\n", "c.txt", "line 81: '/etc/passwd' lies outside of the folder"),
        (GOOD + "\n9.jpg A cat\n", "c.txt", "line 82: expected a picture's name, '#', a number, a tab"),
        (GOOD + "0.jpg#0\tAgain\n", "c.txt", "line 81: 0.jpg#0 stands in line 1, too"),
        (GOOD.encode() + "9.jpg#80\t고양이\n".encode("cp949"), "c.txt", "is not UTF-8: byte 0x.. at line 81"),
        (GOOD + "9.jpg#80\ta\0b\n", "c.txt", "line 81: a NUL byte"),
        (GOOD.encode("utf-16"), "c.txt", "is not UTF-8"),
        (" \n\n", "c.txt", "is empty; expected 'name.jpg#0', a tab"),
        ("image,caption\n", "c.csv", "holds no captions"),
        ("file,text\n1.jpg,A dog\n", "c.csv", "cannot tell its format; .*first line is 'file,text'"),
        ("image,caption,image\n1.jpg,A dog,x\n", "c.csv", "cannot tell its format"),
        ("image,caption\n1.jpg,A dog, and a cat\n", "c.csv", "line 2: 3 fields; expected 2 .*must stand in quotes"),
        ('image,caption\n1.jpg,"A dog\n2.jpg,x\n', "c.csv", "line 2: unexpected end of data .*written twice"),
        ('image,caption\n\n1.jpg,"A ""dog"\n,A cat\n', "c.csv", "line 4: no picture is named"),
        ('image,caption\n1.jpg,"A\ndog"\n2.jpg,\n', "c.csv", "line 4: the caption of 2.jpg has no words"),
        ("image\tcaption\n1.jpg\tA\tdog\n", "c.tsv", "line 2: 3 fields; .*separated by a tab"),
        ('{"images": [\n', "c.json", "line 2: this is no JSON"),
        ("[]", "c.json", "expected .*COCO's JSON"),
        ("[" * 100_000, "c.json", "no JSON|too many brackets"),
        ('{"images": {}, "annotations": []}', "c.json", "expected .*COCO's JSON"),
        ('{"images": [], "annotations": []}', "c.json", "holds no captions"),
        ('{"images": [{"id": 1}], "annotations": []}', "c.json", r"images\[0\]: expected 'id' .* and 'file_name'"),
        ('{"images": [7], "annotations": []}', "c.json", r"images\[0\]: expected .*got 7"),
        (coco(TEXTS).replace('"image_id": 3,', '"image_id": 99,', 1), "c.json", r"annotations\[3\]: no image .* 99"),
        (coco(TEXTS).replace('"caption": "A', '"caption": 5, "x": "A', 1), "c.json", r"annotations\[0\]: expected"),
        (
            coco(TEXTS).replace('"id": 1, "file', '"id": 0, "file'),
            "c.json",
            r"images\[1\]: the id 0 stands there before",
        ),
        (coco(TEXTS).replace('"file_name": "1.jpg"', '"file_name": "0.jpg"'), "c.json", "several .*file_name '0.jpg'"),
        (tokens(TEXTS[:2]), "c.txt", r"too few pictures, 2 different one\(s\)"),
    ],
)
def test_a_broken_file_is_refused_by_its_line(tmp_path, content, name, message):
    with pytest.raises(DataError, match=f"(?s)c[.]{name[2:]}.*{message}"):
        own(tmp_path, content, name)


def test_no_file_and_no_folder(tmp_path):
    write(tmp_path, "images/1.jpg")
    with pytest.raises(DataError, match="There is no file .*none.txt"):
        folder_captions(tmp_path / "images", tmp_path / "none.txt")
    with pytest.raises(DataError, match="There is no folder .*1.jpg.*expected one with pictures"):
        folder_captions(tmp_path / "images/1.jpg", tmp_path / "none.txt")


@pytest.mark.parametrize("options", [{"test": 0}, {"validation": 1.0}, {"validation": 0.5, "test": 0.5}, {"test": -1}])
def test_shares_that_leave_nothing(tmp_path, options):
    with pytest.raises(ValueError, match="expected shares of the data"):
        own(tmp_path, GOOD, **options)


line = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=15).map(str.strip)
line = line.filter(lambda text: any(map(str.isalnum, text)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 39), line), min_size=3, max_size=20, unique_by=lambda row: row[0]))
def test_whatever_is_written_is_read(tmp_path, rows):
    named = [(f"{n}.jpg", text) for n, text in rows]
    for content, name in ((tokens(named), "c.txt"), (table(named), "c.csv"), (coco(named), "c.json")):
        data = own(tmp_path, content, name, pictures=0 if (tmp_path / "images").exists() else 40)
        assert_whole(data)
        assert pairs_of(data) == sorted(named)


def test_flickr30ks_table_is_read(tmp_path):
    rows = "".join(f'{n}.jpg| {k}| "A" dog , number {n} .\n' for n in range(40) for k in range(2))
    data = own(tmp_path, "image_name| comment_number| comment\n" + rows, "results.csv")
    assert pairs_of(data)[:2] == [("0.jpg", '"A" dog , number 0 .')] * 2


@pytest.mark.parametrize(("there", "named"), [("NFD", "NFC"), ("NFC", "NFD"), ("NFD", "NFD")])
def test_korean_names_are_found_in_either_unicode_form(tmp_path, there, named):
    """A Mac may write the names of files in jamo; the splits are the same."""
    names = [f"사진/한글 {n}.jpg" for n in range(20)]
    splits = []
    for folder, (disk, table_form) in {"a": (there, named), "b": ("NFC", "NFC")}.items():
        for name in names:
            write(tmp_path, f"{folder}/{unicodedata.normalize(disk, name)}", name)
        rows = [(unicodedata.normalize(table_form, name), "a dog") for name in names]
        data = folder_captions(tmp_path / folder, write(tmp_path, f"{folder}.csv", table(rows)))
        assert_whole(data)
        splits.append([unicodedata.normalize("NFC", path.name) for path in data.test.pictures])
    assert splits[0] == splits[1]
