"""Files that are whole or not there."""

import hashlib
import json

import pytest

from rnn_models.files import atomic_file, sha256, write_atomic, write_json


def test_what_is_written_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "new folder" / "text.txt"
    write_atomic(path, "한글\n")
    write_atomic(path, "another\n")
    assert path.read_text(encoding="utf-8") == "another\n"
    assert [p.name for p in path.parent.iterdir()] == ["text.txt"]
    assert sha256(path) == hashlib.sha256(b"another\n").hexdigest()


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_was_there_stays_if_writing_fails(tmp_path, error):
    path = tmp_path / "numbers"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_file(path) as file:
        file.write(b"half of the new")
        assert path.read_bytes() == b"old"
        raise error
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_json_for_people(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"이름": [1, 2.5], "folder": tmp_path})
    text = path.read_text(encoding="utf-8")
    assert "이름" in text and text.endswith("}\n") and json.loads(text)["folder"] == str(tmp_path)
    with pytest.raises(TypeError):
        write_json(path, {"folder": tmp_path}, default=None)
    assert path.read_text(encoding="utf-8") == text
