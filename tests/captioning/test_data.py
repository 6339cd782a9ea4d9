"""Captioned pictures: Flickr8k's rules on a small made-up copy, and the real files."""

import os
import re
from pathlib import Path

import pytest

from tests.support.caption_folders import assert_whole, write
from training.captioning.data import load_captioned
from training.data import download
from training.data.errors import DataError
from training.data.records import SPLITS

# --- flickr8k

TOKENS = """\
1_a.jpg#0\tA dog runs .
1_a.jpg#1\tThe dog 's hat .
1_a.jpg#2\t .
2_b.jpg#0\tTwo cats
3_c.jpg#0\t a bird flies away\x20
4_d.jpg#0\tA test picture .
5_e.jpg.1#0\tOf no picture
6_f.jpg#0\tIn no list
"""
LISTS = {"train": "1_a.jpg\n2_b.jpg\n", "dev": "3_c.jpg\r\n", "test": "4_d.jpg\n"}


def flickr8k(folder: Path, tokens: str | bytes = TOKENS, **lists: str) -> None:
    for name in ("1_a", "2_b", "3_c", "4_d", "6_f"):
        write(folder, f"flickr8k/Flicker8k_Dataset/{name}.jpg")
    write(folder, "flickr8k/Flickr8k_text/Flickr8k.token.txt", tokens)
    for name, content in (LISTS | lists).items():
        write(folder, f"flickr8k/Flickr8k_text/Flickr_8k.{name}Images.txt", content)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    return tmp_path


def test_flickr8k_by_its_lists(folder):
    flickr8k(folder)
    data = load_captioned("flickr8k")
    assert_whole(data)
    images = folder / "flickr8k/Flicker8k_Dataset"
    assert data.train.pictures == [images / "1_a.jpg", images / "2_b.jpg"]
    assert data.train.captions == [["A dog runs .", "The dog 's hat ."], ["Two cats"]]
    assert data.validation.captions == [["a bird flies away"]] and data.test.pictures == [images / "4_d.jpg"]
    assert data.scored("test") is data.test and data.test.captions == [["A test picture ."]]
    assert "RNN_DATA_DIR" in data.source and "Flickr owners" in data.licence
    assert data.notes == [
        "2 captioned pictures (2 captions) stand in none of the official lists and are left out.",
        "The captions of 5_e.jpg.1 belong to no picture.",
        "1 caption(s) without words were left out.",
        "1 of the 3 captions of train have one or two words; they are kept.",
    ]


def test_flickr8k_without_the_captions_of_test(folder):
    flickr8k(folder, re.sub("4_d.*\n", "", TOKENS))
    data = load_captioned("flickr8k")
    assert_whole(data)
    assert data.test.captions == [[]] and len(data.test.pictures) == 1
    assert data.notes[-1] == "1 of the 1 pictures of test have no captions in the file."
    assert data.scored("validation") is data.validation
    with pytest.raises(DataError, match="1 of the 1 pictures of test have no captions here, for example 4_d.jpg"):
        data.scored("test")
    with pytest.raises(ValueError, match="no split 'dev'; expected one of train, validation, test"):
        data.scored("dev")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": TOKENS.replace("2_b.jpg#0\t", "2_b.jpg#0 ")}, r"token.txt, line 4: expected .*got '2_b.jpg#0 Two"),
        ({"tokens": TOKENS.replace("2_b.jpg#0", "2_b.jpg")}, "token.txt, line 4: expected a picture's name, '#'"),
        ({"tokens": TOKENS.replace("1_a.jpg#1", "1_a.jpg#0")}, "line 2: 1_a.jpg#0 stands in line 1, too"),
        ({"tokens": TOKENS.encode() + b"7.jpg#0\t\xff\n"}, "is not UTF-8: byte 0xff at line 9"),
        ({"tokens": TOKENS.replace("2_b.jpg", "9.jpg")}, "no captions of 2_b.jpg of train"),
        ({"tokens": ""}, "no captions of 1_a.jpg and 1 more pictures of train"),
        ({"dev": "3_c.jpg\n8_h.jpg\n"}, "no file of 8_h.jpg of validation.* expected to hold flickr8k/"),
        ({"dev": "3_c.jpg\n1_a.jpg\n"}, "1_a.jpg stands in two lists, or twice in one"),
        ({"dev": "3_c.jpg\n3_c.jpg\n"}, "3_c.jpg stands in two lists, or twice in one"),
        ({"dev": "../3_c.jpg\n"}, "'../3_c.jpg' is no plain file name"),
        ({"test": " \n"}, "testImages.txt is empty; expected the name of a picture in each line"),
    ],
)
def test_flickr8k_that_is_not_whole(folder, change, message):
    flickr8k(folder, **change)
    with pytest.raises(DataError, match=message):
        load_captioned("flickr8k")


def test_flickr8k_that_is_not_there(folder):
    with pytest.raises(DataError, match="There is no folder .*Flicker8k_Dataset.*RNN_DATA_DIR is expected"):
        load_captioned("flickr8k")
    flickr8k(folder)
    (folder / "flickr8k/Flickr8k_text/Flickr_8k.devImages.txt").unlink()
    with pytest.raises(DataError, match="There is no file .*devImages.txt"):
        load_captioned("flickr8k")


def test_an_unknown_set():
    with pytest.raises(
        ValueError, match="Unknown set of captioned pictures 'coco'; known: flickr8k. Your own: --images"
    ):
        load_captioned("coco")


def test_flickr8k_in_the_cache(tmp_path, monkeypatch):
    """Unpacked before: there is no network here."""
    monkeypatch.delenv("RNN_DATA_DIR", raising=False)
    monkeypatch.setattr(download, "cache_dir", lambda: tmp_path)
    flickr8k(tmp_path)
    data = load_captioned("flickr8k")
    assert_whole(data)
    assert "MD5 checked" in data.source and data.train.pictures[0].parent == tmp_path / "flickr8k/Flicker8k_Dataset"


# --- the real files


def test_the_real_flickr8k():
    folder = os.environ.get("RNN_DATA_DIR")
    if not folder or not Path(folder, "flickr8k/Flickr8k_text/Flickr8k.token.txt").is_file():
        pytest.skip("RNN_DATA_DIR has no flickr8k")
    data = load_captioned("flickr8k")
    assert_whole(data)
    assert [len(getattr(data, split).pictures) for split in SPLITS] == [6000, 1000, 1000]
    for split in ("train", "validation"):
        assert {len(texts) for texts in getattr(data, split).captions} == {5}
    assert data.validation.captions[0][1] == "Two girls play on a skateboard in a courtyard ."
    assert "The captions of 2258277193_586949ec62.jpg.1 belong to no picture." in data.notes
    assert "15 of the 30,000 captions of train have one or two words; they are kept." in data.notes
