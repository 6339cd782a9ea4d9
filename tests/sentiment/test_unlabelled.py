"""Texts without labels: from where, and that none of them stands in validation or test."""

import gzip
import hashlib
import io
import json
import tarfile

import numpy as np
import pytest

from training.data import nsmc_unlabelled
from training.data.errors import DataError
from training.data.nsmc_unlabelled import leftover, raw_files, unlabelled_reviews
from training.data.records import Labelled, LabelledData
from training.sentiment.unlabelled import unlabelled_texts


def labelled(**texts: list[str]) -> LabelledData:
    parts = [Labelled(texts.get(side, []), np.zeros(0, "int32")) for side in ("train", "validation", "test")]
    return LabelledData("x", *parts, ["a", "b"], "", "", [])


def test_a_text_file_has_one_text_a_line_and_texts_of_validation_and_test_are_left_out(tmp_path):
    path = tmp_path / "more.txt"
    path.write_text("하나\n\n  둘  \nheld  out\ntested\ntrained\n", encoding="utf-8")
    data = labelled(train=["trained"], validation=["held out"], test=["tested"])
    texts, notes = unlabelled_texts(str(path), data)
    assert texts == ["하나", "둘", "trained"]
    assert "3 texts" in notes[0] and "2 that also stand" in notes[0]


def test_a_file_of_nothing_else_is_an_error(tmp_path):
    path = tmp_path / "more.txt"
    path.write_text("tested\n", encoding="utf-8")
    with pytest.raises(DataError, match="no text is left"):
        unlabelled_texts(str(path), labelled(test=["tested"]))


# ------------------------------------------------------------------------------------- what is left of nsmc


def raw(*reviews: tuple[str, str]) -> bytes:
    fields = [{"review_id": number, "review": text, "rating": "5"} for number, text in reviews]
    return json.dumps(fields, ensure_ascii=False).encode()


FILES = {
    "2.json": raw(("7", "뒤")),
    "10.json": raw(("1", "공식"), ("2", " 두\t칸  띄움 "), ("3", "시험 글"), ("4", " "), ("2", "again")),
    "100.json": raw(("5", "이어서")),
}


def test_what_is_left_is_in_the_order_of_the_names_as_strings():
    left = list(leftover(FILES, {"1": "공식", "9": "시험 글"}, {"시험 글"}))
    assert left == [("2", "두 칸 띄움"), ("5", "이어서"), ("7", "뒤")]


def archive(path, files: dict[str, bytes]):
    with tarfile.open(path, "w:gz") as opened:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return path


def test_raw_files_are_those_of_the_folder_raw_alone(tmp_path):
    path = archive(
        tmp_path / "a.tar.gz", {"nsmc-master/raw/1.json": b"[]", "nsmc-master/raw/x/2.json": b"", "3.json": b""}
    )
    assert raw_files(path) == {"1.json": b"[]"}


@pytest.mark.parametrize("spoil", [lambda b: b[: len(b) // 2], lambda b: b"no archive", lambda b: b""])
def test_a_broken_archive_is_an_error(tmp_path, spoil):
    path = archive(tmp_path / "a.tar.gz", {"nsmc-master/raw/1.json": bytes(range(256)) * 40})
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match="Delete the file"):
        raw_files(path)


def test_an_archive_without_raw_files_is_an_error(tmp_path):
    with pytest.raises(DataError, match="found none"):
        raw_files(archive(tmp_path / "a.tar.gz", {"nsmc-master/README.md": b""}))


@pytest.fixture
def public(tmp_path, monkeypatch):
    """A cache without reviews, and the repository and official files as they would be downloaded."""
    files = {
        "nsmc/repository.tar.gz": archive(tmp_path / "r.tar.gz", {f"m/raw/{name}": c for name, c in FILES.items()}),
        "nsmc/ratings_train.txt": tmp_path / "train.txt",
        "nsmc/ratings_test.txt": tmp_path / "test.txt",
    }
    files["nsmc/ratings_train.txt"].write_text("id\tdocument\tlabel\n1\t공식\t0\n", encoding="utf-8")
    files["nsmc/ratings_test.txt"].write_text("id\tdocument\tlabel\n9\t시험 글\t1\n", encoding="utf-8")
    monkeypatch.delenv("RNN_DATA_DIR", raising=False)
    monkeypatch.setattr(nsmc_unlabelled, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(nsmc_unlabelled, "fetch", lambda remote: files[getattr(remote, "path", remote)])
    table = "id\tdocument\n2\t두 칸 띄움\n5\t이어서\n7\t뒤\n".encode()
    monkeypatch.setattr(nsmc_unlabelled, "SHA256", hashlib.sha256(table).hexdigest())
    return tmp_path / "cache" / nsmc_unlabelled.PATH


def test_the_reviews_are_made_once_and_checked_each_time(public, monkeypatch):
    assert unlabelled_reviews() == ["두 칸 띄움", "이어서", "뒤"]
    monkeypatch.setattr(nsmc_unlabelled, "fetch", None)  # they are there now
    assert unlabelled_reviews() == ["두 칸 띄움", "이어서", "뒤"]
    public.write_bytes(gzip.compress(b"id\tdocument\n2\tother\n"))
    with pytest.raises(DataError, match="SHA-256"):
        unlabelled_reviews()
    public.write_bytes(public.read_bytes()[:-3])
    with pytest.raises(DataError, match="not a whole .gz"):
        unlabelled_reviews()


def test_a_changed_repository_leaves_nothing(public, monkeypatch):
    monkeypatch.setattr(nsmc_unlabelled, "SHA256", "0" * 64)
    with pytest.raises(DataError, match="SHA-256"):
        unlabelled_reviews()
    assert not public.exists()


def test_a_folder_without_them_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match="Unset it once"):
        unlabelled_reviews()
