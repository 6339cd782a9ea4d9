"""Training a translator from the command line: options, runs, resuming, scores, the bundle, the digits."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import rnn_models
from training.translation import commands, config
from training.translation.commands import main
from training.translation.config import SCRIPT, Train

WORDS = [("one", "하나"), ("two", "둘"), ("three", "셋"), ("four", "넷"), ("five", "다섯"), ("six", "여섯")]
SMALL = [
    "--vocabulary",
    "300",
    "--units",
    "8",
    "--embedding",
    "8",
    "--attention-units",
    "8",
    "--batch-size",
    "8",
    "--epochs",
    "1",
    "--beam",
    "2",
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    """A tab-separated file of 36 × 2 sentence pairs."""
    lines = [f"{a} and {c}.\t{b} 그리고 {d}." for a, b in WORDS for c, d in WORDS]
    lines += [f"not {a} or {c}!\t{b} 말고 {d}!" for a, b in WORDS for c, d in WORDS]
    path = tmp_path_factory.mktemp("pairs") / "numbers.tsv"
    path.write_text("en\tko\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def train(pairs: Path, folder: Path, *more: str) -> dict:
    """The scores of a run."""
    arguments = ["--pairs", pairs, "--source", "en", "--target", "ko", "--run-dir", folder, *SMALL, *more]
    main(["train", *map(str, arguments)])
    return json.loads((folder / "scores.json").read_text())


@pytest.fixture(scope="module")
def finished(pairs, tmp_path_factory) -> Path:
    """The folder of a run of two seeds, and of the bundle that it left."""
    folder = tmp_path_factory.mktemp("runs")
    train(pairs, folder / "run", "--repeats", "2", "--export", str(folder / "translation" / "numbers"))
    return folder


def test_a_run_leaves_its_scores_and_a_bundle(finished):
    scores = json.loads((finished / "run" / "scores.json").read_text())
    assert scores["source_language"] == "en" and scores["target_language"] == "ko"
    assert {"bleu", "bleu_char", "chrf", "exact", "greedy", "by_length"} <= set(scores["test"])
    assert [seed["seed"] for seed in scores["seeds"]] == [0, 1]
    assert scores["test_spread"]["bleu_char"]["count"] == 2
    model = rnn_models.load(finished / "translation" / "numbers")
    assert model.settings["source_language"] == "en"
    assert isinstance(model.translate("one and two.").text, str)
    assert "## 한국어 요약" in model.card and "Made by: `python -m training.translation train" in model.card
    assert (finished / "run" / "seed-1" / "checkpoints" / "best.npz").exists()
    log = (finished / "run" / "log.csv").read_text().splitlines()
    assert log[0].startswith("epoch,loss,val_loss,val_error")


def test_the_weights_that_ship_are_those_that_were_scored(finished, pairs, capsys):
    bundle = finished / "translation" / "numbers"
    scores = json.loads((bundle / "scores.json").read_text())
    main(["evaluate", str(bundle), "--pairs", str(pairs), "--beam", "2"])
    assert f"BLEU {scores['test']['bleu']:.2f}" in capsys.readouterr().out


def test_a_run_is_gone_on_with_and_ends_as_one_that_was_not_stopped(pairs, tmp_path):
    plain = ["--subword-dropout", "0"]  # the package draws its cuts without a seed
    train(pairs, tmp_path / "whole", "--epochs", "2", *plain)
    stopped = tmp_path / "stopped"
    arguments = ["--pairs", pairs, "--source", "en", "--target", "ko", "--run-dir", stopped, *SMALL, *plain]
    options = SCRIPT.parse(["train", *map(str, arguments), "--epochs", "2"])

    class StopError(Exception):
        pass

    def stop(self, epoch, logs=None):
        recorded(self, epoch, logs)
        raise StopError

    from training.core.run import Recorder

    recorded = Recorder.on_epoch_end
    Recorder.on_epoch_end = stop
    try:
        with pytest.raises(StopError):
            commands.train(options)
    finally:
        Recorder.on_epoch_end = recorded
    main(["train", "--run-dir", str(stopped), "--resume"])
    with np.load(tmp_path / "whole/checkpoints/last.npz") as one, np.load(stopped / "checkpoints/last.npz") as other:
        names = [name for name in one.files if name.startswith("model")]
        assert names
        for name in names:
            np.testing.assert_allclose(one[name], other[name], atol=1e-6)


def test_another_run_in_the_same_folder_is_refused(finished, pairs):
    with pytest.raises(SystemExit, match="holds a run already"):
        train(pairs, finished / "run")


@pytest.mark.parametrize(
    "more",
    [
        ["--scheduled-sampling", "0.5", "--attention", "general", "--input-feeding"],
        ["--attention", "none", "--reverse-source", "--label-smoothing", "0"],
        ["--cell", "gru", "--no-tied", "--layers", "2", "--attention", "dot", "--no-bidirectional"],
    ],
    ids=lambda more: more[1],
)
def test_every_switch_trains(pairs, tmp_path, more):
    assert np.isfinite(train(pairs, tmp_path / "run", *more)["test"]["chrf"])


def test_scheduled_sampling_grows_from_none():
    from training.translation.inputs import SampledBatches

    ids = [np.arange(3, 9, dtype="int32")] * 64
    batches = SampledBatches((ids, ids), 1, 2, 32, seed=0, rate=0.5, epochs=3)
    shares = []
    for epoch in range(3):
        batches.epoch = epoch
        shares.append(np.mean([batches[n][0]["replace"].mean() for n in range(len(batches))]))
    assert shares[0] == 0 and 0.15 < shares[1] < 0.35 and 0.4 < shares[2] < 0.6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--units 0", "--units: got 0"),
        ("--dropout 1", "--dropout: got 1.0"),
        ("--scheduled-sampling -1", "--scheduled-sampling"),
        ("--train-tokens 1", "--train-tokens"),
        ("--length-penalty -1", "--length-penalty"),
        ("--pairs nothing.tsv --source en --target ko", "nothing.tsv"),
        ("--dataset multi30k --source fr --target en", "'fr'"),
        ("--resume", "--run-dir"),
    ],
)
def test_bad_options_are_one_clear_line(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="error: .*") as error:
        main(["train", *arguments.split()])
    assert told in str(error.value) and "\n" not in str(error.value)
    assert not list(tmp_path.rglob("config.json"))


def test_a_training_set_of_long_sentences_only_is_refused(pairs, tmp_path):
    with pytest.raises(SystemExit, match="--train-tokens"):
        train(pairs, tmp_path / "run", "--train-tokens", "2")
    assert not (tmp_path / "run").exists()


def test_the_command_makes_the_same_options():
    options = Train(dataset="multi30k", **config.PRESETS["multi30k"])
    assert SCRIPT.command_line(options) == "python -m training.translation train --dataset multi30k"
    options.units = 300
    words = SCRIPT.command_line(options).split()[3:]
    assert SCRIPT.parse(words) == options


# A file in, a file out ----------------------------------------------------------------------------------------


def test_a_file_is_translated_line_by_line(finished, tmp_path, capsys):
    source, target = tmp_path / "in.txt", tmp_path / "deep" / "out.txt"
    source.write_text("one and two.\n\nthree.\n", encoding="utf-8")
    bundle = str(finished / "translation" / "numbers")
    main(["translate", bundle, "--input", str(source), "--output", str(target), "--beam", "1"])
    lines = target.read_text(encoding="utf-8").split("\n")
    assert len(lines) == 4 and lines[1] == lines[3] == ""
    assert lines[0] == rnn_models.load(bundle).translate("one and two.", beam=1).text


def test_standard_input_goes_to_standard_output(finished, monkeypatch, capsys):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("one and two."))
    main(["translate", str(finished / "translation" / "numbers"), "--beam", "1"])
    assert capsys.readouterr().out.count("\n") == 0


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_said(finished, tmp_path, content):
    path = tmp_path / "in.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit, match="in.txt"):
        main(["translate", str(finished / "translation" / "numbers"), "--input", str(path)])


def test_only_a_translator_translates():
    with pytest.raises(SystemExit, match="is no translator"):
        main(["evaluate", "char_lm/shakespeare"])


# The digits ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("task", ["copy", "reverse"])
def test_digits_are_learnt_and_the_attention_is_a_diagonal(task, tmp_path):
    main(["train", "--dataset", task, "--run-dir", str(tmp_path / "run"), "--export", str(tmp_path / "t" / task)])
    scores = json.loads((tmp_path / "run" / "scores.json").read_text())
    assert scores["test"]["exact"] >= 0.99
    found = rnn_models.load(tmp_path / "t" / task).translate("314159265", beam=1)
    assert found.text == ("314159265" if task == "copy" else "562951413")
    # Rows are written tokens, columns read ones; both begin with "▁" and end with "</s>".
    digits = found.attention[1:10]
    # While it writes a digit it looks at that digit, or at a neighbour from which it knows it.
    wanted = np.arange(1, 10) if task == "copy" else np.arange(9, 0, -1)
    places = digits @ np.arange(digits.shape[1])
    assert np.abs(np.corrcoef(places, wanted)[0, 1] - 1) < 0.05
    assert np.abs(places - wanted).max() < 1.6
