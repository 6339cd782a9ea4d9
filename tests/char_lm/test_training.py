"""Training a character model: a run with its scores, bundle and card, its options, several devices.

What holds of every run is in tests/training/core/test_run.py.
"""

import dataclasses
import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import rnn_models
from tests.support.run_folders import assert_gradients, copied, log, same_weights, scores, unscored
from training.char_lm import commands
from training.char_lm import config as char_lm_config
from training.char_lm.data import file_corpus
from training.char_lm.evaluate import ngram_scores
from training.char_lm.inputs import Symbols
from training.char_lm.ngram import NGram
from training.char_lm.train import build_model

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
ENGLISH = ["--file", str(FIXTURES / "weather.txt")]
# Dropout on, so that a resumed run needs the random state too; one stream, so that validation in `fit` and
# the final evaluation read the same text with the same state; one chunk of 97 is all of it
# but its first character.
TINY = ["--units", "12", "--layers", "2", "--dropout", "0.2", "--recurrent-dropout", "0.1"]
TINY += ["--batch-size", "1", "--steps", "97", "--epochs", "2"]
QUIET = ["--sample-every", "0", "--no-baseline"]


def train(*arguments: object) -> None:
    commands.main(["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A run of two epochs with its bundle in `bundle/`; beside it `stopped`, as it was after the first."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    samples = ["--sample-length", 40, "--prompt", "Anna "]
    with pytest.MonkeyPatch.context() as patch:
        copied(patch, folder, folder.parent / "stopped")
        train(*ENGLISH, *TINY, *samples, "--run-dir", folder, "--export", folder / "bundle", "--gradients")
    return folder


def test_the_gradients_of_a_run(finished):
    assert_gradients(finished, {f"truncated_bptt/char_lm/recurrence/layer_{n}" for n in (0, 1)})


def test_evaluation_equals_the_validation_loss_of_the_best_epoch(finished):
    found = scores(finished)
    best = min(float(row["val_loss"]) for row in log(finished))
    # scored with the weights in float16, as they are shipped
    assert found["validation"]["nats"] == pytest.approx(best, abs=2e-3)
    assert found["validation"]["bits"] == pytest.approx(best / np.log(2), abs=3e-3)
    assert 0 < found["validation"]["ngram_nats"] < np.log(64)
    assert found["test"]["characters"] > 50 and found["parameters"] > 1000 and len(found["text_sha256"]) == 64
    assert found["spread"]["validation"]["nats"]["count"] == 1


def test_evaluate_prints_the_scores_of_the_bundle(finished, capsys):
    commands.main(["evaluate", str(finished / "bundle"), *ENGLISH])
    printed, found = capsys.readouterr().out, scores(finished / "bundle")
    for split in ("validation", "test"):
        line = next(line for line in printed.splitlines() if line.startswith(split))
        assert f"{found[split]['nats']:.4f} nats" in line and f"{found[split]['perplexity']:.3f}" in line


def test_the_bundle_writes_text_and_its_card_says_what_it_is(finished):
    model = rnn_models.load(finished / "bundle")
    assert len(model.generate("Anna", length=30, seed=1)) == 30
    samples = (finished / "samples.txt").read_text(encoding="utf-8")
    last = samples.split("=== epoch 2 ===\n")[1].strip("\n")
    for part in ("nats / character", "n-gram baseline", "Licence", "python -m training.char_lm", "한국어", last):
        assert part in model.card


def test_a_stopped_run_goes_on_to_the_same_result(finished, monkeypatch):
    folder = finished.parent / "stopped"
    assert [row["epoch"] for row in log(folder)] == ["1"]
    unscored(monkeypatch)
    train("--run-dir", folder, "--resume")
    same_weights(finished, folder)
    assert (folder / "samples.txt").read_bytes() == (finished / "samples.txt").read_bytes()


def test_hello_is_learned_in_seconds(tmp_path, capsys):
    train("--dataset", "hello", "--run-dir", tmp_path / "run", "--export", tmp_path / "hello")
    assert "--- epoch 4 ---\nhello\n" in capsys.readouterr().out
    model = rnn_models.load(tmp_path / "hello")
    tokens = model.vocabulary.encode("hell")[None]
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(model(tokens)))[0]
    assert model.vocabulary.decode(probabilities.argmax(-1)) == "ello"  # h→e, e→l, l→l, l→o
    assert probabilities.max(-1).min() > 0.9


def test_korean_is_written_in_jamo_and_scored_by_syllables():
    options = char_lm_config.Train(embedding=8, units=8, cell="gru", layers=1, tied=True, normalization="NFD")
    symbols = Symbols(options, file_corpus(FIXTURES / "weather_ko.txt"))
    assert len(symbols.vocabulary) < 100 and len(symbols.train) > 1.9 * len(symbols.data.train)
    model = build_model(options, symbols.vocabulary)
    assert model.settings["tied"] and model.settings["cell"] == "gru" and model.vocabulary is symbols.vocabulary
    order, nats = ngram_scores(symbols.data, symbols.vocabulary)["validation"]
    text = symbols.vocabulary.encode(symbols.data.validation)
    each = NGram(symbols.train, len(symbols.vocabulary), order).score(text)[1:]
    assert nats == pytest.approx(each.sum() / (len(symbols.data.validation) - 1)) and nats > 1.5 * each.mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--units", "0"], "--units: got 0, expected at least 1"),
        (["--dropout", "1"], "--dropout: got 1.0"),
        ([*ENGLISH, "--batch-size", "500"], "too short for 500 streams"),
        ([*ENGLISH, *TINY, "--tied"], "tied"),
        (["--file", "nowhere.txt"], "nowhere.txt"),
        (["--temperature", "0"], "--temperature"),
        (["--embedding", "0"], "--embedding"),
    ],
)
def test_bad_arguments_are_named(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        train(*arguments)
    assert message in stop.value.code
    assert not (tmp_path / "runs").exists()


def test_a_bundle_that_is_not_there(capsys):
    with pytest.raises(SystemExit, match="no bundle 'char_lm/nothing'"):
        commands.main(["evaluate", "char_lm/nothing", "--dataset", "hello"])


@pytest.mark.parametrize(
    "options",
    [
        char_lm_config.SCRIPT.defaults("hello"),
        char_lm_config.Train(dropout=0.3, random_offset=False, embedding=7),
        char_lm_config.Train(file=Path("my text.txt"), normalization="NFD", seed=4),
        dataclasses.replace(char_lm_config.SCRIPT.defaults("nsmc"), min_count=1),
    ],
)
def test_the_command_in_the_card_gives_the_same_options(options):
    words = shlex.split(char_lm_config.SCRIPT.command_line(options))
    assert words[:4] == ["python", "-m", "training.char_lm", "train"]
    assert char_lm_config.SCRIPT.parse(words[3:]) == options


# ------------------------------------------------------------------------------------------ several devices

TWO_CPUS = """
import sys
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from training.char_lm import commands

commands.main(sys.argv[1:])
"""
# Without dropout: each device draws its own.
SHARED = ["--units", "8", "--layers", "1", "--batch-size", "4", "--steps", "32"]
SHARED += ["--epochs", "2", "--clip-norm", "100"]


def start(folder: Path, *arguments: str, code: str | None = None, **environment: str) -> subprocess.Popen:
    command = ["-c", code] if code else ["-m", "training.char_lm"]
    return subprocess.Popen(
        [sys.executable, *command, "train", *ENGLISH, *SHARED, *QUIET, "--run-dir", str(folder), *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(process: subprocess.Popen) -> None:
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output[-3000:]


def same(one: Path, other: Path) -> None:
    for row, again in zip(log(one), log(other), strict=True):
        for name in ("loss", "val_loss"):
            assert float(again[name]) == pytest.approx(float(row[name]), abs=1e-4)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.slow
def test_two_devices_on_tensorflow_equal_one(tmp_path):
    done(start(tmp_path / "one", KERAS_BACKEND="tensorflow"))
    done(start(tmp_path / "two", "--distribute", code=TWO_CPUS, KERAS_BACKEND="tensorflow"))
    same(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_two_devices_and_two_processes_on_jax_equal_one(tmp_path):
    two = "--xla_force_host_platform_device_count=2"
    done(start(tmp_path / "one", KERAS_BACKEND="jax"))
    done(start(tmp_path / "devices", "--distribute", KERAS_BACKEND="jax", XLA_FLAGS=two))
    same(tmp_path / "one", tmp_path / "devices")
    address = f"127.0.0.1:{free_port()}"
    processes = [
        start(
            tmp_path / "hosts",
            *("--distribute", "--coordinator", address, "--processes", "2", "--process-index", str(index)),
            KERAS_BACKEND="jax",
        )
        for index in range(2)
    ]
    for process in processes:
        done(process)
    same(tmp_path / "one", tmp_path / "hosts")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_pytorch_has_no_distribution(tmp_path):
    process = start(tmp_path / "run", "--distribute", KERAS_BACKEND="torch")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1 and "--distribute works on JAX and TensorFlow" in output
