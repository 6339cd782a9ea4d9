"""A bundle is what was saved: a damaged, exchanged, missing or added file is found before anything is read."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

import rnn_models
from rnn_models import CharLM, CharVocabulary, bundles, checksums, weight_files
from rnn_models.files import sha256
from tests.support.helpers import normal

FILES = ("README.md", "config.json", "scores.json", "weights.npz")


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """The folder of a good bundle, named char_lm/letters."""
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    model = CharLM(CharVocabulary("abc\n"), cell="gru", units=4, layers=1)
    model.build((None, None))
    for n, variable in enumerate(model.weights):
        variable.assign(normal(*variable.shape, seed=n))
    return rnn_models.save_bundle(model, tmp_path / "char_lm" / "letters", {"nats": 1.25}, "card")


def refused(bundle, message):
    """The refusal to load; nothing of the bundle may have been parsed before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "_read_json", lambda path: pytest.fail(f"{path} was read"))
        patch.setattr(weight_files, "read_arrays", lambda path: pytest.fail(f"{path} was read"))
        with pytest.raises(ValueError, match=f"(?s){message}") as error:
            rnn_models.load("char_lm/letters")
    assert "Copy the bundle's folder whole" in str(error.value) or "Remove it" in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", FILES)
def test_one_changed_bit_is_found(bundle, name):
    rnn_models.load("char_lm/letters")
    content = bytearray((bundle / name).read_bytes())
    expected = sha256(bundle / name)
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)
    told = refused(
        bundle, f"{name} is not the file that was saved: expected SHA-256 [0-9a-f]{{64}}, found [0-9a-f]{{64}}"
    )
    assert expected in told and sha256(bundle / name) in told


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found(bundle, name):
    (bundle / name).unlink()
    if name == "config.json":  # then there is no bundle at all
        with pytest.raises(ValueError, match="no bundle 'char_lm/letters'"):
            rnn_models.load("char_lm/letters")
    else:
        refused(bundle, f"{name} is missing; SHA256SUMS names it")


def test_weights_of_another_bundle_are_found_though_they_would_fit(bundle, tmp_path):
    other = tmp_path / "char_lm" / "other"
    shutil.copytree(bundle, other)
    with np.load(bundle / "weights.npz") as stored:
        np.savez(bundle / "weights.npz", **{name: stored[name] + 1 for name in stored.files})
    checksums.write(bundle)
    rnn_models.load("char_lm/letters")
    shutil.copy(other / "weights.npz", bundle / "weights.npz")
    refused(bundle, "weights.npz is not the file that was saved")


def test_a_file_that_was_put_there_is_found_and_hidden_ones_do_not_count(bundle):
    (bundle / ".DS_Store").write_bytes(b"a file manager was here")
    rnn_models.load("char_lm/letters")
    (bundle / "weights.pkl").write_bytes(b"")
    refused(bundle, "weights.pkl is not named in SHA256SUMS")


def test_without_sums_the_way_to_make_them_is_told_and_works(bundle):
    (bundle / checksums.SUMS).unlink()
    told = refused(bundle, "SHA256SUMS is missing")
    (command,) = re.findall(r'python -c "(.+)"', told)
    exec(command)
    assert rnn_models.load("char_lm/letters").scores == {"nats": 1.25}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no sums\n",
        b"\xff\xfe\x00",
        b"0" * 63 + b"  config.json\n",
        b"0" * 64 + b"  ../../etc/passwd\n",
        b"0" * 64 + b"  /etc/passwd\n",
        b"A" * 1_000_000,
    ],
)
def test_sums_that_are_none_are_refused(bundle, content):
    (bundle / checksums.SUMS).write_bytes(content)
    refused(bundle, "SHA256SUMS cannot be read")


def test_no_file_outside_the_folder_is_read(bundle, monkeypatch):
    (bundle / checksums.SUMS).write_text("0" * 64 + "  ..\n")
    monkeypatch.setattr(checksums, "sha256", lambda path: pytest.fail(f"{path} was read"))
    refused(bundle, r"\.\. is missing")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_the_format_is_that_of_sha256sum(bundle):
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=bundle, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.splitlines() == [f"{name}: OK" for name in FILES]
    theirs = subprocess.run(["sha256sum", *FILES], cwd=bundle, capture_output=True, text=True).stdout
    assert (bundle / checksums.SUMS).read_text() == theirs


def test_sums_are_written_for_a_folder_of_files_only(tmp_path):
    with pytest.raises(ValueError, match="holds no files; expected a bundle"):
        checksums.write(tmp_path)
    (tmp_path / "a\nb").write_text("")
    with pytest.raises(ValueError, match="cannot stand in SHA256SUMS"):
        checksums.write(tmp_path)
    assert not (tmp_path / checksums.SUMS).exists()


def test_the_shipped_bundles_are_those_that_were_saved(monkeypatch):
    monkeypatch.delenv("RNN_MODELS_DIR", raising=False)
    names = bundles.available()
    assert len(names) >= 8
    for name in names:
        checksums.check(bundles.root() / name)
        named = (bundles.root() / name / checksums.SUMS).read_text()
        assert all(f"  {file}\n" in named for file in FILES), name
        json.loads((bundles.root() / name / "scores.json").read_text(encoding="utf-8"))
