"""Corpora and their splits."""

from pathlib import Path

import pytest

from training.char_lm import data
from training.data.errors import DataError


def write(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_corpora_are_split_as_published(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    text = "".join(chr(97 + i % 26) for i in range(1000))
    write(tmp_path, "charlm/tinyshakespeare.txt", text)
    write(tmp_path, "charlm/warpeace_input.txt", "\ufeff" + text)
    write(tmp_path, "charlm/linux_input.txt", text.replace("a", "\r\n"))
    corpus = data.load_corpus("shakespeare")
    assert (corpus.train, corpus.validation, corpus.test) == (text[:900], text[900:], None)
    corpus = data.load_corpus("warpeace")
    assert (corpus.train, corpus.validation, corpus.test) == (text[:800], text[800:900], text[900:])
    assert data.load_corpus("linux").train == text[:800].replace("a", "\n")


def test_reviews_become_a_corpus_of_all_their_texts(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    head = "id\tdocument\tlabel\n"
    rows = "".join(f'{i}\t영화 "{i}" 좋다\t{i % 2}\n' for i in range(40))
    write(tmp_path, "nsmc/ratings_train.txt", head + rows + "41\t\t1\n")
    write(tmp_path, "nsmc/ratings_test.txt", head + '7\t별로\t0\n8\t영화 "3" 좋다\t1\n')  # one of train's
    corpus = data.load_corpus("nsmc")
    assert corpus.train == "".join(f'영화 "{i}" 좋다\n' for i in range(38))
    assert corpus.validation == '영화 "38" 좋다\n영화 "39" 좋다\n'
    assert corpus.test == '별로\n영화 "3" 좋다\n'


def test_the_standard_library_is_a_corpus_split_by_file(tmp_path, monkeypatch):
    monkeypatch.setattr(data.sysconfig, "get_paths", lambda: {"stdlib": str(tmp_path)})
    with pytest.raises(DataError, match="No source files of the standard library"):
        data.load_corpus("python")
    texts = [f"# file {n}\n" + "x" * 90 + "\n" for n in range(100)]
    for n, text in enumerate(texts):
        write(tmp_path, f"folder{n % 3}/{n}.py", text.replace("\n", "\r\n"))
    for name in ("test/a.py", "site-packages/a.py", "folder0/tests/a.py", "folder0/a.txt"):
        write(tmp_path, name, "not of the corpus")
    write(tmp_path, "old.py", "# -*- latin-1 -*-\r\nö".encode("latin-1"))
    corpus = data.load_corpus("python")
    parts = [corpus.train, corpus.validation, corpus.test]
    assert [round(len(part) / 100) for part in parts] == [90, 5, 6]
    found = "".join(parts)
    assert len(found) == sum(map(len, texts)) + 19 and "\n# -*- latin-1 -*-\nö" in found
    assert all(sum(text in part for part in parts) == 1 for text in texts)
    assert data.load_corpus("python") == corpus


def test_a_file_that_is_not_utf8_says_where(tmp_path):
    path = tmp_path / "korean.txt"
    path.write_bytes(b"first\nab " + "영화".encode("cp949"))
    with pytest.raises(DataError, match=r"line 2, byte 4 .*offset 9"):
        data.file_corpus(path)


def test_any_file_is_split_90_5_5_with_line_ends_lf(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes(("가나다라마바사아자\r\n" * 100).encode())
    corpus = data.file_corpus(path)
    assert (len(corpus.train), len(corpus.validation), len(corpus.test)) == (900, 50, 50)
    assert corpus.train + corpus.validation + corpus.test == "가나다라마바사아자\n" * 100


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="nsmc"):
        data.load_corpus("nothing")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere.txt"):
        data.file_corpus(tmp_path / "nowhere.txt")
