"""Captioned pictures: Flickr8k's rules on a small made-up copy, its archives, and the real files."""

import hashlib
import io
import os
import re
import stat
import time
import zipfile
from pathlib import Path

import pytest

from tests.support.caption_folders import assert_whole, write
from training.captioning import data as captioning_data
from training.captioning.data import SPLITS, load_captioned
from training.data import download
from training.data.archives import unpack_zip
from training.data.download import REMOTES
from training.data.errors import DataError

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
    with pytest.raises(DataError, match="There is no folder .*Flicker8k_Dataset.*RNN_DATA_DIR is expected to hold"):
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


# --- its archives


def zipped(members: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of the cache, with the two archives as if they had been downloaded."""
    monkeypatch.delenv("RNN_DATA_DIR", raising=False)
    monkeypatch.setattr(captioning_data, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(download, "cache_dir", lambda: tmp_path)
    images = {f"Flicker8k_Dataset/{name}.jpg": name for name in ("1_a", "2_b", "3_c", "4_d")}
    images |= {"__MACOSX/Flicker8k_Dataset/._1_a.jpg": "", "Flicker8k_Dataset/": "", "Flicker8k_Dataset/x.sh": "evil"}
    texts = {"Flickr8k.token.txt": TOKENS, "readme.txt": "hello", "__MACOSX/._readme.txt": ""}
    texts |= {f"Flickr_8k.{name}Images.txt": content for name, content in LISTS.items()}
    for name, members in (("Dataset", images), ("text", texts)):
        content = zipped(members)
        write(tmp_path, f"flickr8k/Flickr8k_{name}.zip", content)
        monkeypatch.setitem(captioning_data._MD5, f"flickr8k/Flickr8k_{name}.zip", hashlib.md5(content).hexdigest())
    return tmp_path / "flickr8k"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_archives_are_unpacked_once(cache):
    data = load_captioned("flickr8k")
    assert_whole(data)
    assert "MD5 checked" in data.source
    assert data.train.pictures[0] == cache / "Flicker8k_Dataset/1_a.jpg"
    assert data.train.pictures[0].read_text() == "1_a"
    assert files(cache / "Flicker8k_Dataset") == ["1_a.jpg", "2_b.jpg", "3_c.jpg", "4_d.jpg"]
    assert len(files(cache / "Flickr8k_text")) == 4
    assert {path.name for path in cache.iterdir() if path.is_dir()} == {"Flicker8k_Dataset", "Flickr8k_text"}
    for archive in cache.glob("*.zip"):
        archive.unlink()
    assert load_captioned("flickr8k") == data  # the archives are not needed any more


def test_other_archives_are_refused(cache, monkeypatch):
    monkeypatch.setitem(captioning_data._MD5, "flickr8k/Flickr8k_Dataset.zip", "0" * 32)
    with pytest.raises(DataError, match="Flickr8k_Dataset.zip has the MD5 .*, expected 0+: it is another file. Delete"):
        load_captioned("flickr8k")
    assert not (cache / "Flicker8k_Dataset").exists()


def test_the_addresses():
    for name in captioning_data._MD5:
        assert REMOTES[name].url.endswith(f"releases/download/Flickr8k/{Path(name).name}")
    assert sorted(name for name, _ in captioning_data._ARCHIVES.values()) == sorted(captioning_data._MD5)


ANY = re.compile(r"in/(.*)")


def unpacked(tmp_path: Path, content: bytes, members: re.Pattern = ANY, largest: int = 1000, total: int = 2000) -> Path:
    target = tmp_path / "made" / "target"
    unpack_zip(write(tmp_path, "some.zip", content), members, target, largest, total)
    return target


def assert_nothing(tmp_path: Path) -> None:
    assert {path.name for path in tmp_path.iterdir()} <= {"some.zip", "made"} and files(tmp_path / "made") == []
    assert list((tmp_path / "made").iterdir()) == []


@pytest.mark.parametrize("name", ["in/../evil", "in/..", "in//etc/evil", "in/a/b", "in/a\\b", "in/C:evil", "in/"])
def test_no_file_is_written_outside(tmp_path, name):
    with pytest.raises(DataError, match="would not be unpacked as a plain file"):
        unpacked(tmp_path, zipped({"in/good": "x", name: "evil"}))
    assert_nothing(tmp_path)


def test_a_link_is_unpacked_as_the_text_that_it_is(tmp_path):
    info = zipfile.ZipInfo("in/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    path = unpacked(tmp_path, buffer.getvalue()) / "link"
    assert not path.is_symlink() and path.read_text() == "/etc/passwd"


def broken() -> dict[str, tuple[bytes, str]]:
    good = zipped({f"in/{n}": os.urandom(300) for n in range(4)})
    middle = bytearray(good)
    middle[150] ^= 255
    encrypted = bytearray(zipped({"in/a": "x"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + offset] |= 1
    twice = zipped({"in/a": "x", "in/b": "y"}).replace(b"in/b", b"in/a")
    return {
        "cut": (good[:-30], "is not a whole zip archive"),
        "damaged": (bytes(middle), "is not a whole zip archive"),
        "encrypted": (bytes(encrypted), "is not a whole zip archive"),
        "no zip": (b"<html>", "is not a whole zip archive"),
        "empty": (b"", "is not a whole zip archive"),
        "others": (zipped({"out/a": "x"}), "holds no file named like in/"),
        "twice": (twice, "a stands in it twice"),
        "large": (zipped({"in/a": b"\0" * 1001}), "in/a has 1,001 bytes; expected at most 1,000"),
        "bomb": (zipped({f"in/{n}": b"\0" * 999 for n in range(3)}), "2,997 bytes in all; expected at most 2,000"),
    }


@pytest.mark.parametrize("kind", broken())
def test_a_broken_archive_leaves_nothing(tmp_path, kind):
    content, message = broken()[kind]
    with pytest.raises(DataError, match=message):
        unpacked(tmp_path, content)
    assert_nothing(tmp_path)


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    for name, age in ((".target.old.part", 7200), (".target.new.part", 10), (".other.old.part", 7200)):
        write(tmp_path / "made", f"{name}/half", "x")
        os.utime(tmp_path / "made" / name, (time.time() - age,) * 2)
    assert files(unpacked(tmp_path, zipped({"in/a": "x"}))) == ["a"]
    assert {path.name for path in (tmp_path / "made").iterdir()} == {"target", ".target.new.part", ".other.old.part"}


def test_a_process_that_was_quicker(tmp_path):
    write(tmp_path / "made", "target/a", "theirs")
    assert unpacked(tmp_path, zipped({"in/a": "ours"})).joinpath("a").read_text() == "theirs"
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["target"]


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
