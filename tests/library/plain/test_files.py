"""Files that are whole or not there."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from rnn_models.files import atomic_file, remove_leftovers, sha256, write_atomic, write_json


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


def test_what_a_killed_process_was_writing_is_removed(tmp_path):
    (tmp_path / "inside").mkdir()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = {f"inside/.last.npz.{dead.pid}.tmp": False, f".log.csv.{os.getpid()}.tmp": True}
    names |= {".mine.tmp": True, ".x.last.tmp": True, f"log.{dead.pid}.tmp": True}
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    remove_leftovers(tmp_path)
    assert {name: (tmp_path / name).exists() for name in names} == names


def test_json_for_people(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"이름": [1, 2.5], "folder": tmp_path})
    text = path.read_text(encoding="utf-8")
    assert "이름" in text and text.endswith("}\n") and json.loads(text)["folder"] == str(tmp_path)
    with pytest.raises(TypeError):
        write_json(path, {"folder": tmp_path}, default=None)
    assert path.read_text(encoding="utf-8") == text
