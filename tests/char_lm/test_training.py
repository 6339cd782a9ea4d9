"""The training command: a run's folder, resuming after kill -9, NaN, scores, bundles, bad arguments."""

import dataclasses
import importlib.util
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import rnn_models
from tests.support.run_folders import arrays, log
from training.char_lm import commands
from training.char_lm import config as char_lm_config
from training.core.fit import EpochOffset
from training.core.run import DivergedError, Recorder, Run

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
ENGLISH = ["--file", str(FIXTURES / "weather.txt")]
KOREAN = ["--file", str(FIXTURES / "weather_ko.txt")]
# Dropout on, so that a resumed run needs the random state too; one stream, so that validation in `fit` and
# the final evaluation read the same text with the same state; one chunk of 97 is all of it
# but its first character.
TINY = ["--units", "12", "--layers", "2", "--dropout", "0.2", "--recurrent-dropout", "0.1"]
TINY += ["--batch-size", "1", "--steps", "97", "--epochs", "3"]
QUIET = ["--sample-every", "0", "--no-baseline"]


def train(*arguments: object) -> None:
    commands.main(["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """An uninterrupted run with everything that a run can leave; its bundle is in `bundle/`."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    samples = ["--sample-length", 40, "--prompt", "Anna "]
    train(*ENGLISH, *TINY, *samples, "--run-dir", folder, "--export", folder / "bundle")
    return folder


def test_the_run_folder_is_complete(finished):
    config = json.loads((finished / "config.json").read_text())
    assert config["units"] == 12 and config["epochs"] == 3 and config["dropout"] == 0.2
    rows = log(finished)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[2]["val_loss"]) < float(rows[0]["val_loss"])
    assert float(rows[2]["learning_rate"]) < 1e-9  # the cosine has come to its end
    assert (finished / "curve.png").read_bytes().startswith(b"\x89PNG")
    samples = (finished / "samples.txt").read_text(encoding="utf-8")
    assert [f"=== epoch {n} ===\nAnna " in samples for n in (1, 2, 3)] == [True] * 3
    assert not list(finished.rglob("*.tmp"))
    model = {k: v for k, v in arrays(finished / "checkpoints/last.npz").items() if k.startswith("model/")}
    assert len(model) > len(arrays(finished / "checkpoints/best.npz"))  # dropout's random state too


def test_evaluation_equals_the_validation_loss_of_the_best_epoch(finished):
    scores = json.loads((finished / "scores.json").read_text())
    best = min(float(row["val_loss"]) for row in log(finished))
    # scored with the weights in float16, as they are shipped
    assert scores["validation"]["nats"] == pytest.approx(best, abs=2e-3)
    assert scores["validation"]["bits"] == pytest.approx(best / np.log(2), abs=3e-3)
    assert 0 < scores["validation"]["ngram_nats"] < np.log(64)
    assert scores["test"]["characters"] > 50 and scores["parameters"] > 1000


def test_evaluate_prints_the_scores_of_the_bundle(finished, capsys):
    commands.main(["evaluate", str(finished / "bundle"), *ENGLISH])
    printed = capsys.readouterr().out
    scores = json.loads((finished / "bundle/scores.json").read_text())
    for split in ("validation", "test"):
        line = next(line for line in printed.splitlines() if line.startswith(split))
        assert f"{scores[split]['nats']:.4f} nats" in line and f"{scores[split]['perplexity']:.3f}" in line


def test_the_bundle_writes_text_and_its_card_says_what_it_is(finished):
    model = rnn_models.load(finished / "bundle")
    assert len(model.generate("Anna", length=30, seed=1)) == 30
    for part in ("nats / character", "n-gram baseline", "Licence", "python -m training.char_lm", "한국어"):
        assert part in model.card


def test_a_finished_run_is_not_trained_again(finished):
    before = (finished / "log.csv").read_bytes()
    train("--run-dir", finished, "--resume", "--no-baseline")
    assert (finished / "log.csv").read_bytes() == before


KILL = """
import os, signal, sys
from training.char_lm import commands
from training.char_lm.streams import Streams

whole = Streams.__getitem__

def deadly(self, index):
    if self.seed is not None and self.epoch == 1 and index == 10:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, index)

Streams.__getitem__ = deadly
commands.main(sys.argv[1:])
"""


def test_a_run_killed_in_the_middle_of_an_epoch_resumes_to_the_same_result(finished, tmp_path):
    folder = tmp_path / "killed"
    samples = ["--sample-length", "40", "--prompt", "Anna "]
    arguments = ["train", *ENGLISH, *TINY, *samples, "--run-dir", str(folder)]
    process = subprocess.run([sys.executable, "-c", KILL, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == -signal.SIGKILL, process.stderr[-2000:]
    assert [row["epoch"] for row in log(folder)] == ["1"]

    train("--run-dir", folder, "--resume")

    for name in ("last.npz", "best.npz"):
        expected, found = arrays(finished / "checkpoints" / name), arrays(folder / "checkpoints" / name)
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            np.testing.assert_allclose(found[key], value, rtol=1e-4, atol=1e-5, err_msg=f"{name} {key}")
    for row, again in zip(log(finished), log(folder), strict=True):
        assert float(again["val_loss"]) == pytest.approx(float(row["val_loss"]), abs=1e-5)
        assert float(again["loss"]) == pytest.approx(float(row["loss"]), abs=1e-5)
    assert (folder / "samples.txt").read_bytes() == (finished / "samples.txt").read_bytes()


def test_nan_stops_the_run_and_keeps_the_last_good_weights(tmp_path, monkeypatch):
    def poison(self, epoch, logs=None):
        self.streams.epoch = epoch
        if epoch == 1:
            weight = self.model.trainable_variables[0]
            weight.assign(np.full(weight.shape, np.nan, "float32"))

    monkeypatch.setattr(EpochOffset, "on_epoch_begin", poison)
    folder = tmp_path / "run"
    with pytest.raises(SystemExit) as stop:
        train(*ENGLISH, *TINY, *QUIET, "--run-dir", folder)
    message = stop.value.code  # a text as code: Python prints it and exits with status 1
    assert "loss is nan at batch 1 of epoch 2" in message and "after epoch 1" in message
    for name in ("last.npz", "best.npz"):
        kept = arrays(folder / "checkpoints" / name)
        assert kept and all(np.isfinite(value).all() for value in kept.values())
    assert [row["epoch"] for row in log(folder)] == ["1"]


def test_hello_is_learned_in_seconds(tmp_path, capsys):
    train("--dataset", "hello", "--run-dir", tmp_path / "run", "--export", tmp_path / "hello")
    assert "--- epoch 4 ---\nhello\n" in capsys.readouterr().out
    model = rnn_models.load(tmp_path / "hello")
    tokens = model.vocabulary.encode("hell")[None]
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(model(tokens)))[0]
    assert model.vocabulary.decode(probabilities.argmax(-1)) == "ello"  # h→e, e→l, l→l, l→o
    assert probabilities.max(-1).min() > 0.9


def test_korean_is_written_in_jamo(tmp_path):
    options = "--cell gru --embedding 8 --units 8 --layers 1 --tied --normalization NFD --batch-size 2 --steps 32"
    folder = tmp_path / "run"
    train(*KOREAN, *options.split(), *QUIET, "--epochs", 1, "--run-dir", folder, "--export", tmp_path / "ko")
    model = rnn_models.load(tmp_path / "ko")
    assert len(model.vocabulary) < 100
    assert model.generate("강물이 ", length=20, seed=1)
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    text = commands._corpus("hello", Path(KOREAN[1])).validation
    assert scores["validation"]["characters"] == len(text) - 1  # all but the first
    assert scores["validation"]["nats"] > scores["validation"]["nats_per_symbol"]


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.slow
def test_mixed_precision(tmp_path, precision):
    policy = keras.config.dtype_policy()
    try:
        options = [*TINY, *QUIET, "--epochs", 2, "--mixed-precision", precision]
        train(*ENGLISH, *options, "--run-dir", tmp_path / "run")
        assert float(log(tmp_path / "run")[-1]["loss"]) < 3.6
        train("--run-dir", tmp_path / "run", "--resume")
    finally:
        keras.config.set_dtype_policy(policy)


def test_early_stopping_survives_in_the_state(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    run = Run(tmp_path / "run", {"task": "any"})
    run.begin()
    recorder = Recorder(run, model, monitor="loss", patience=2)
    x = np.ones((4, 2), "float32")
    model.fit(x, x[:, :1], epochs=10, callbacks=[recorder], verbose=0)
    assert (run.state.epoch, run.state.best_epoch, run.state.wait, run.state.stopped) == (3, 1, 2, True)
    again = Run(tmp_path / "run", {"task": "any"}, resume=True)
    assert again.restore(model, model.optimizer) and again.state == run.state


def test_an_infinite_validation_loss_stops_too(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    run = Run(tmp_path / "run", {})
    x = np.ones((4, 2), "float32")
    bad = x[:, :1] * np.inf
    with pytest.raises(DivergedError, match="val_loss"):
        model.fit(x, x[:, :1], validation_data=(x, bad), callbacks=[Recorder(run, model)], verbose=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--units", "0"], "--units: got 0, expected at least 1"),
        (["--dropout", "1"], "--dropout: got 1.0"),
        (["--learning-rate", "-1"], "--learning-rate"),
        (["--patience", "-1"], "--patience"),
        (["--resume"], "--run-dir"),
        (["--coordinator", "localhost:1"], "--processes"),
        ([*ENGLISH, "--batch-size", "500"], "too short for 500 streams"),
        ([*ENGLISH, *TINY, "--tied"], "tied"),
        (["--file", "nowhere.txt"], "nowhere.txt"),
        (["--resume", "--run-dir", "nowhere"], "holds no run"),
    ],
)
def test_bad_arguments_are_named(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        train(*arguments)
    assert message in stop.value.code
    assert not (tmp_path / "runs").exists()


def test_a_run_is_neither_overwritten_nor_resumed_with_other_options(finished):
    with pytest.raises(SystemExit, match="holds a run already"):
        train(*ENGLISH, *TINY, "--run-dir", finished)
    with pytest.raises(SystemExit, match="units was 12, now 13"):
        train("--run-dir", finished, "--resume", "--units", "13")


def test_a_bundle_that_is_not_there(capsys):
    with pytest.raises(SystemExit, match="no bundle 'char_lm/nothing'"):
        commands.main(["evaluate", "char_lm/nothing", "--dataset", "hello"])


@pytest.mark.parametrize(
    "options",
    [
        char_lm_config.SCRIPT.defaults("hello"),
        char_lm_config.Train(dropout=0.3, random_offset=False, export=Path("a b"), embedding=7),
        char_lm_config.Train(file=Path("my text.txt"), normalization="NFD", seed=4),
        dataclasses.replace(char_lm_config.SCRIPT.defaults("nsmc"), min_count=1),
    ],
)
def test_the_command_in_the_card_gives_the_same_options(options):
    words = shlex.split(char_lm_config.SCRIPT.command_line(options))
    assert words[:4] == ["python", "-m", "training.char_lm", "train"]
    assert char_lm_config.SCRIPT.parse(words[3:]) == options


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        commands.main([command, "--help"])
    assert stop.value.code == 0
    assert "--dataset" in capsys.readouterr().out


def test_the_command_line_needs_no_keras_for_its_help():
    code = "import sys, training.char_lm.commands; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


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
