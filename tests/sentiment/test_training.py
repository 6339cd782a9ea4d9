"""Training a sentiment classifier: the command, a run's folder, going on, bundles."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import rnn_models
from rnn_models import CharLM, CharVocabulary
from tests.support.run_folders import arrays, interrupted, log, same_weights, scores
from training.core.run import Recorder
from training.sentiment import commands
from training.sentiment import config as sentiment_config
from training.sentiment.data import file_labelled
from training.sentiment.inputs import Texts, build_tokenizer
from training.sentiment.train import keep_tokenizer

ROOT = Path(__file__).parents[2]
REVIEWS = ROOT / "tests" / "fixtures" / "reviews.csv"
OWN = ["--file", str(REVIEWS)]
# All kinds of dropout that have a seed are on, so that a resumed run needs the random states too.
TINY = "--cell gru --units 6 --embedding 5 --attention-units 4 --vocabulary 150 --batch-size 16 --epochs 2"
TINY += " --dropout 0.2 --recurrent-dropout 0.1 --token-dropout 0.1 --learning-rate 0.02"
TINY = TINY.split()
QUIET = ["--no-baseline"]


def train(*arguments: object) -> None:
    commands.main(["train", *map(str, arguments)])


# ---------------------------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """An uninterrupted run with everything that a run can leave; its bundle is in `bundle/`."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    train(*OWN, *TINY, "--run-dir", folder, "--export", folder / "bundle")
    return folder


def test_the_run_folder_is_complete(finished):
    config = json.loads((finished / "config.json").read_text())
    assert config["units"] == 6 and config["epochs"] == 2 and config["token_dropout"] == 0.1
    assert [row["epoch"] for row in log(finished)] == ["1", "2"]
    assert {"loss", "val_loss", "val_error"} <= set(log(finished)[0])
    assert (finished / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert not list(finished.rglob("*.tmp"))


def test_the_scores_of_a_run(finished):
    found = scores(finished)
    assert found["texts"] == {"train": 52, "validation": 4, "test": 6} or sum(found["texts"].values()) == 60
    assert found["labels"] == ["negative", "positive"]
    for split in ("validation", "test"):
        part = found[split]
        assert 0 <= part["accuracy"] <= 1 and 0 <= part["macro_f1"] <= 1 and part["nats"] > 0
    assert [seed["seed"] for seed in found["seeds"]] == [0]
    assert found["test_accuracy"]["mean"] == found["test"]["accuracy"] and found["test_accuracy"]["deviation"] == 0
    assert found["parameters"] > 500 and found["weights"] == "float16" and found["pretraining"] is None
    assert len(found["baselines"]) == 3 and found["baselines"][0]["accuracy"] == pytest.approx(0.5)


def test_the_best_epoch_on_validation_is_kept(finished):
    found, best = scores(finished), min(float(row["val_error"]) for row in log(finished))
    assert found["validation"]["accuracy"] == pytest.approx(1 - best, abs=1e-6)
    nats = [float(row["val_loss"]) for row in log(finished)][found["best_epoch"] - 1]
    assert found["validation"]["nats"] == pytest.approx(nats, abs=2e-3)  # scored in float16, as shipped


def test_the_bundle_judges_texts_and_its_card_says_what_it_is(finished):
    model = rnn_models.load(finished / "bundle")
    assert model.predict("정말 재미있었다").label in ("negative", "positive")
    assert model.scores == scores(finished)
    for part in ("accuracy", "calibration", "majority", "Licence", "python -m training.sentiment train", "한국어"):
        assert part in model.card, part
    data = file_labelled(REVIEWS)
    found = model.probabilities(data.test.texts)
    assert (found.argmax(axis=1) == data.test.labels).mean() == pytest.approx(model.scores["test"]["accuracy"])


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluate_prints_the_scores_of_the_bundle(finished, capsys, split):
    commands.main(["evaluate", str(finished / "bundle"), *OWN, "--split", split])
    expected = scores(finished)[split]
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(split) and f"accuracy {100 * expected['accuracy']:.2f} %" in line
    assert f"{expected['nats']:.4f} nats" in line


def test_a_run_keeps_its_tokenizer(finished, tmp_path):
    kept = json.loads((finished / "tokenizer.json").read_text(encoding="utf-8"))
    assert kept == json.loads((finished / "bundle" / "config.json").read_text(encoding="utf-8"))["model"]["tokenizer"]
    other = build_tokenizer(sentiment_config.Train(vocabulary=60), ["another text", "and another"] * 9)
    with pytest.raises(ValueError, match="reads other tokens"):
        keep_tokenizer(finished, other)
    keep_tokenizer(tmp_path, other)
    options = sentiment_config.Train(run_dir=tmp_path, resume=True)
    assert Texts(options, file_labelled(REVIEWS)).tokenizer.get_config() == other.get_config()


def test_a_finished_run_is_not_trained_again(finished):
    before = (finished / "log.csv").read_bytes()
    train("--run-dir", finished, "--resume", "--no-baseline")
    assert (finished / "log.csv").read_bytes() == before


def test_an_interrupted_run_goes_on_to_the_same_result(finished, tmp_path, monkeypatch):
    folder = tmp_path / "broken"
    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="--resume"):
        interrupted(patch, epoch=1)
        train(*OWN, *TINY, *QUIET, "--run-dir", folder)
    assert [row["epoch"] for row in log(folder)] == ["1"]
    train("--run-dir", folder, "--resume")
    same_weights(finished, folder)
    for row, again in zip(log(finished), log(folder), strict=True):
        for name in ("loss", "val_loss", "val_error"):
            assert float(again[name]) == pytest.approx(float(row[name]), abs=1e-5)


KILL = """
import os, signal, sys
from training.sentiment import commands
from training.data.batches import TextBatches

whole = TextBatches.__getitem__

def deadly(self, index):
    if self.seed is not None and self.epoch == 1 and index == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, index)

TextBatches.__getitem__ = deadly
commands.main(sys.argv[1:])
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_result(finished, tmp_path):
    folder = tmp_path / "killed"
    arguments = ["train", *OWN, *TINY, *QUIET, "--run-dir", str(folder)]
    process = subprocess.run([sys.executable, "-c", KILL, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == -9, process.stderr[-2000:]
    train("--run-dir", folder, "--resume")
    same_weights(finished, folder)


PRETRAINED = ["--pretrain-epochs", "2", "--epochs", "1"]


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pretrained") / "run"
    train(*OWN, *TINY, *QUIET, *PRETRAINED, "--run-dir", folder, "--export", folder / "bundle")
    return folder


@pytest.mark.slow
def test_a_run_may_start_from_a_language_model(pretrained):
    found = scores(pretrained)["pretraining"]
    rows = log(pretrained / "pretraining")
    assert [row["epoch"] for row in rows] == ["1", "2"] and found["epochs"] == 2
    assert found["validation_nats"] == pytest.approx(min(float(row["val_loss"]) for row in rows), abs=1e-6)
    assert (
        "Started from a language model of the training texts (2 epochs)" in rnn_models.load(pretrained / "bundle").card
    )


@pytest.mark.slow
def test_a_language_model_is_used_again(pretrained, tmp_path):
    """By a run with the same options to the same weights; and by one with other options of the classifier."""
    there = pretrained / "pretraining"
    before = (there / "checkpoints" / "last.npz").read_bytes()
    same = [*OWN, *TINY, *QUIET, *PRETRAINED]
    train(*same, "--run-dir", tmp_path / "same", "--pretrained", there)
    assert not (tmp_path / "same" / "pretraining").exists()
    same_weights(pretrained, tmp_path / "same")
    train(*same, "--run-dir", tmp_path / "other", "--pretrained", there, "--pooling", "max", "--dropout", "0")
    assert (there / "checkpoints" / "last.npz").read_bytes() == before
    with pytest.raises(SystemExit, match="units was 6, now 7"):
        train(*same, "--run-dir", tmp_path / "wrong", "--pretrained", there, "--units", 7)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["language model", "classifier"])
def test_an_interrupted_run_with_pretraining_goes_on(pretrained, tmp_path, monkeypatch, where):
    folder, usual = tmp_path / "broken", Recorder.on_train_batch_end

    def stop(self, batch, logs=None):
        usual(self, batch, logs)
        reading = self.run.folder.name == "pretraining"
        if reading == (where == "language model") and self.run.state.epoch == int(reading):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="--resume"):
        patch.setattr(Recorder, "on_train_batch_end", stop)
        train(*OWN, *TINY, *QUIET, *PRETRAINED, "--run-dir", folder)
    train("--run-dir", folder, "--resume")
    same_weights(pretrained, folder)
    same_weights(pretrained / "pretraining", folder / "pretraining")


@pytest.mark.slow
def test_several_seeds(finished, tmp_path, capsys):
    folder = tmp_path / "run"
    train(*OWN, *TINY, *QUIET, "--epochs", 1, "--repeats", 2, "--run-dir", folder, "--export", folder / "bundle")
    found = scores(folder)
    assert [seed["seed"] for seed in found["seeds"]] == [0, 1]
    accuracies = [seed["test"]["accuracy"] for seed in found["seeds"]]
    assert found["test_accuracy"]["count"] == 2 and found["test_accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
    assert found["test_accuracy"]["deviation"] == pytest.approx(np.std(accuracies, ddof=1))
    best = max(found["seeds"], key=lambda seed: seed["validation"]["accuracy"])
    assert found["seed"] == best["seed"] and found["test"] == best["test"]
    assert (folder / "seed-1" / "log.csv").exists()
    one, other = (arrays(path / "checkpoints" / "best.npz") for path in (folder, folder / "seed-1"))
    assert any(np.abs(one[name] - other[name]).max() > 1e-3 for name in one)
    assert "over 2 seeds" in capsys.readouterr().out
    before = (folder / "seed-1" / "log.csv").read_bytes()
    train("--run-dir", folder, "--resume")
    assert (folder / "seed-1" / "log.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "choice",
    [
        "--tokens jamo-subword --pooling last --no-bidirectional --layers 2 --pretrain-epochs 1",
        "--tokens syllable --cell lstm --pooling max --subword-dropout 0.1 --label-smoothing 0.1",
        "--tokens jamo --cell vanilla --weight-decay 0.1 --train-tokens 20 --max-tokens 30 --patience 1",
        "--tokens subword --subword-dropout 0.2 --mixed-precision mixed_bfloat16 --pretrain-epochs 1",
        "--tokens morpheme",
    ],
)
def test_other_choices(tmp_path, choice):
    if "morpheme" in choice:
        pytest.importorskip("kiwipiepy")
    policy = keras.config.dtype_policy()
    try:
        train(*OWN, *TINY, *QUIET, *choice.split(), "--epochs", 1, "--run-dir", tmp_path, "--export", tmp_path / "b")
    finally:
        keras.config.set_dtype_policy(policy)
    model = rnn_models.load(tmp_path / "b")
    assert np.isfinite(model.probabilities(["정말 좋은 film", ""])).all()


# ----------------------------------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--units", "0"], "--units: got 0, expected at least 1"),
        (["--repeats", "0"], "--repeats"),
        (["--dropout", "1"], "--dropout: got 1.0"),
        (["--subword-dropout", "-0.1"], "--subword-dropout"),
        (["--label-smoothing", "1"], "--label-smoothing"),
        (["--vocabulary", "10"], "--vocabulary: got 10, expected at least 50"),
        (["--max-tokens", "1"], "--max-tokens"),
        (["--train-tokens", "0"], "--train-tokens"),
        (["--pretrain-epochs", "-1"], "--pretrain-epochs"),
        (["--pretrain-epochs", "1", "--layers", "2"], "--pretrain-epochs"),
        (["--pretrain-epochs", "1", "--distribute"], "--pretrain-epochs"),
        (["--pretrain-learning-rate", "0"], "--pretrain-learning-rate"),
        (["--resume"], "--run-dir"),
        (["--file", "nowhere.csv"], "nowhere.csv"),
        ([*OWN, "--text-column", "words"], "words"),
        (["--resume", "--run-dir", "nowhere"], "holds no run"),
    ],
)
def test_bad_arguments_are_named(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        train(*arguments)
    assert message in stop.value.code
    assert not (tmp_path / "runs").exists()


def test_a_run_is_neither_overwritten_nor_resumed_with_other_options(finished, tmp_path):
    with pytest.raises(SystemExit, match="holds a run already"):
        train(*OWN, *TINY, "--run-dir", finished)
    with pytest.raises(SystemExit, match="units was 6, now 7"):
        train("--run-dir", finished, "--resume", "--units", "7")
    (tmp_path / "config.json").write_text('{"steps": 128}')  # a character model's
    with pytest.raises(SystemExit, match="holds a run of another kind or version: .*steps"):
        train("--run-dir", tmp_path, "--resume")


def test_what_cannot_be_evaluated(finished, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="no bundle 'sentiment/nothing'"):
        commands.main(["evaluate", "sentiment/nothing", *OWN])
    other = CharLM(CharVocabulary("ab"), cell="gru", units=2, layers=1)
    other.build((None, None))
    folder = rnn_models.save_bundle(other, tmp_path / "letters", {}, "")
    with pytest.raises(SystemExit, match="letters is no sentiment classifier, but a CharLM"):
        commands.main(["evaluate", str(folder), *OWN])
    stars = tmp_path / "stars.csv"
    stars.write_text(REVIEWS.read_text(encoding="utf-8").replace("negative", "1").replace("positive", "5"))
    with pytest.raises(SystemExit, match="knows the labels .*negative.*; the data set has .*'1', '5'"):
        commands.main(["evaluate", str(finished / "bundle"), "--file", str(stars)])


@pytest.mark.parametrize(
    "options",
    [
        sentiment_config.SCRIPT.defaults("imdb"),
        sentiment_config.Train(dropout=0.1, bidirectional=False, pooling="max", tokens="jamo", seed=4),
        sentiment_config.Train(file=Path("my reviews.csv"), text_column="what they say", pretrain_epochs=2, repeats=3),
    ],
)
def test_the_command_in_the_card_gives_the_same_options(options):
    words = shlex.split(sentiment_config.SCRIPT.command_line(options))
    assert words[:4] == ["python", "-m", "training.sentiment", "train"]
    assert sentiment_config.SCRIPT.parse(words[3:]) == options


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        commands.main([command, "--help"])
    assert stop.value.code == 0
    assert "--text-column" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_line_needs_no_keras_for_its_help():
    code = "import sys, training.sentiment.commands; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
