"""Sums of data sets: whatever gives a model its meaning changes them, and where a file lies does not."""

import shutil
from pathlib import Path

import pytest

from training.captioning.data import folder_captions
from training.char_lm.data import file_corpus
from training.data.sums import data_sums
from training.sentiment.data import file_labelled
from training.translation.data import digit_pairs, file_pairs

SPLIT = {"train", "validation", "test"}
ROWS = [f"film {n},{'good' if n % 2 else 'bad'}" for n in range(40)]
PAIRS = [f"ein Hund {n}\ta dog {n}" for n in range(40)]
LINES = "".join(f"line {n}\n" for n in range(200))


def read(kind: str, folder: Path, content: str):
    path = folder / "own.txt"
    path.write_text(content, encoding="utf-8")
    return {"char_lm": file_corpus, "sentiment": file_labelled, "translation": file_pairs}[kind](path)


@pytest.mark.parametrize(
    ("kind", "before", "after", "changed"),
    [
        ("char_lm", LINES, LINES.replace("e", "ß"), SPLIT),
        ("char_lm", LINES, LINES.replace("line 3\n", "lime 3\n"), {"train"}),
        ("char_lm", LINES, LINES + "one more\n", SPLIT),
        # the order of the classes turns, the class of each text does not
        ("sentiment", ROWS, [row.replace("good", "able") for row in ROWS], {*SPLIT, "label_names"}),
        ("sentiment", ROWS, [row.replace("good", "great") for row in ROWS], {"label_names"}),
        ("sentiment", ROWS, [*ROWS, "one more,good", "and more,bad"], SPLIT),
        ("sentiment", ROWS, ROWS[::-1], SPLIT),
        ("translation", PAIRS, [row.replace("\ta", "\tone") for row in PAIRS], SPLIT),
        ("translation", PAIRS, ["\t".join(row.split("\t")[::-1]) for row in PAIRS], SPLIT),
    ],
)
def test_what_changes_the_data_changes_the_sums(tmp_path, kind, before, after, changed):
    head = "text,label\n" if kind == "sentiment" else ""
    texts = [text if isinstance(text, str) else head + "\n".join(text) + "\n" for text in (before, after)]
    (one, again), other = [data_sums(read(kind, tmp_path, texts[0])) for _ in range(2)], read(kind, tmp_path, texts[1])
    assert one == again and one.keys() >= SPLIT
    assert {part for part, found in data_sums(other).items() if found != one.get(part)} == changed


def test_pictures_count_by_their_content(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for n in range(12):
        (images / f"{n}.jpg").write_bytes(b"picture %d" % n)
    captions = tmp_path / "captions.csv"
    captions.write_text("image,caption\n" + "".join(f"{n}.jpg,dog {n}\n" for n in range(12)))
    before = data_sums(folder_captions(images, captions))
    moved = shutil.copytree(images, tmp_path / "moved")
    assert data_sums(folder_captions(moved, captions)) == before
    shutil.copy(images / "1.jpg", tmp_path / "one.jpg")
    shutil.copy(images / "2.jpg", images / "1.jpg")
    shutil.copy(tmp_path / "one.jpg", images / "2.jpg")  # two pictures have changed their names
    assert data_sums(folder_captions(images, captions)) != before


def test_texts_that_differ_in_their_borders_have_other_sums():
    assert data_sums(None, more=["ab", "c"]) != data_sums(None, more=["a", "bc"])
    assert data_sums(None, more=["ab"]) == data_sums(None, more=("ab",)) != data_sums(None, more="ab")
    copied, turned = (data_sums(digit_pairs(task, 40)) for task in ("copy", "reverse"))
    assert copied["train"] != turned["train"] and copied["source_language"] == turned["source_language"]
