"""Training a translator: a run with its scores, bundle and card, its options, the digits.

What holds of every run is in tests/training/core/test_run.py.
"""

from pathlib import Path

import numpy as np
import pytest

import rnn_models
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.run_folders import assert_gradients, copied, log, same_weights, scores, unscored
from training.core.run import Run
from training.translation import commands, config
from training.translation.commands import main
from training.translation.config import SCRIPT, Train
from training.translation.inputs import SampledBatches, Texts
from training.translation.train import Fitting

WORDS = list(zip("abcdef", "가나다라마바", strict=True))  # short, of one length: a program is compiled for each
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
    "2",
    "--beam",
    "2",
    "--dropout",
    "0.2",
    "--recurrent-dropout",
    "0.1",
    "--subword-dropout",
    "0",  # the package draws its cuts without a seed
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    """A tab-separated file of 36 × 2 sentence pairs."""
    lines = [f"{a} {c}{end}\t{b} {d}{end}" for a, b in WORDS for c, d in WORDS for end in ".!"]
    path = tmp_path_factory.mktemp("pairs") / "numbers.tsv"
    path.write_text("en\tko\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def arguments(pairs: Path, folder: Path, *more: str) -> list[str]:
    """The command line of a run."""
    given = ["--pairs", pairs, "--source", "en", "--target", "ko", "--run-dir", folder, *SMALL, *more]
    return ["train", *map(str, given)]


@pytest.fixture(scope="module")
def finished(pairs, tmp_path_factory) -> Path:
    """A run of two epochs with its bundle in `bundle/`; beside it `stopped`, as it was after the first."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        copied(patch, folder, folder.parent / "stopped")
        main(arguments(pairs, folder, "--export", str(folder / "bundle"), "--gradients"))
    return folder


def test_the_gradients_of_a_run(finished):
    both = "translator/encoder/layer_0"
    assert_gradients(finished, {f"{both}/forward_layer", f"{both}/backward_layer", "translator/decoder"})


def test_a_run_leaves_its_scores_and_a_bundle(finished):
    found = scores(finished)
    assert found["source_language"] == "en" and found["target_language"] == "ko" and found["trained_on"] > 50
    assert {"bleu", "bleu_char", "chrf", "exact", "greedy", "by_length", "signatures"} <= set(found["test"])
    assert found["seeds"][0]["test"]["chrf"] == found["test"]["chrf"]
    assert found["test_spread"]["bleu_char"] | {"count": 1} == found["test_spread"]["bleu_char"]
    assert sum(found["pairs"].values()) == 72 and {"loss", "val_loss", "val_error"} <= set(log(finished)[0])
    assert set(found["limits"]) == {"longest", "unknown_share", "mean_nll"}
    assert len((finished / "bundle" / "words.txt").read_text("utf-8").split()) > 5
    model = rnn_models.load(finished / "bundle")
    assert model.settings["source_language"] == "en" and model.scores == found
    for part in ("## 한국어 요약", "Made by: `python -m training.translation train", "One seed. Beam 2", "Signature"):
        assert part in model.card, part


def test_the_samples_show_sentences_with_both_translations(finished):
    first = (finished / "samples.txt").read_text(encoding="utf-8").split("=== epoch 1 ===\n")[1].splitlines()[:3]
    assert [line[:2] for line in first] == ["  ", "= ", "> "]


def test_the_weights_that_ship_are_those_that_were_scored(finished, pairs, capsys):
    main(["evaluate", str(finished / "bundle"), "--pairs", str(pairs), "--beam", "2"])
    found = scores(finished)["test"]
    assert f"BLEU {found['bleu']:.2f}" in (shown := capsys.readouterr().out) and f"chrF {found['chrf']:.2f}" in shown


def test_a_stopped_run_goes_on_to_the_same_result(finished, monkeypatch):
    folder = finished.parent / "stopped"
    assert [row["epoch"] for row in log(folder)] == ["1"]
    unscored(monkeypatch)
    main(["train", "--run-dir", str(folder), "--resume"])
    same_weights(finished, folder)
    assert (folder / "samples.txt").read_bytes() == (finished / "samples.txt").read_bytes()


def fitting(pairs: Path, folder: Path, *more: str) -> Fitting:
    """What a command line builds, before its first epoch."""
    options = SCRIPT.parse(arguments(pairs, folder, *more))
    return Fitting(options, Texts(options, commands.load(options)), Run(folder, {}))


@pytest.mark.parametrize(
    "more",
    [
        "--scheduled-sampling 0.5 --attention general --input-feeding --subword-dropout 0.2",
        "--attention none --reverse-source --label-smoothing 0",
        "--cell gru --no-tied --layers 2 --attention dot --no-bidirectional",
    ],
)
def test_every_weight_moves_whatever_is_chosen(pairs, tmp_path, more):
    assert_one_step_moves_every_weight(fitting(pairs, tmp_path, "--schedule", "constant", *more.split()))


def test_scheduled_sampling_grows_from_none():
    ids = [np.arange(3, 9, dtype="int32")] * 64
    batches = SampledBatches((ids, ids), 1, 2, 32, seed=0, rate=0.5, epochs=3)
    shares = []
    for epoch in range(3):
        batches.epoch = epoch
        shares.append(np.mean([batches[n][0]["replace"].mean() for n in range(len(batches))]))
    assert shares[0] == 0 and 0.15 < shares[1] < 0.35 and 0.4 < shares[2] < 0.6


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("--units 0", "--units: got 0"),
        ("--dropout 1", "--dropout: got 1.0"),
        ("--scheduled-sampling -1", "--scheduled-sampling"),
        ("--train-tokens 1", "--train-tokens"),
        ("--length-penalty -1", "--length-penalty"),
        ("--pairs nothing.tsv --source en --target ko", "nothing.tsv"),
        ("--dataset multi30k --source fr --target en", "'fr'"),
    ],
)
def test_bad_options_are_one_clear_line(given, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="error: .*") as error:
        main(["train", *given.split()])
    assert message in str(error.value) and "\n" not in str(error.value)
    assert not list(tmp_path.rglob("config.json"))


def test_a_training_set_of_long_sentences_only_is_refused(pairs, tmp_path):
    with pytest.raises(SystemExit, match="--train-tokens"):
        main(arguments(pairs, tmp_path / "run", "--train-tokens", "2"))
    assert not (tmp_path / "run").exists()


def test_the_command_makes_the_same_options():
    options = Train(dataset="multi30k", **config.PRESETS["multi30k"])
    assert SCRIPT.command_line(options) == "python -m training.translation train --dataset multi30k"
    options.units = 300
    words = SCRIPT.command_line(options).split()[3:]
    assert SCRIPT.parse(words) == options


def test_only_a_translator_is_evaluated():
    with pytest.raises(SystemExit, match="is no translator"):
        main(["evaluate", "char_lm/shakespeare"])


# The digits ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_digits_are_reversed_and_the_attention_is_a_diagonal(tmp_path):
    main(["train", "--dataset", "reverse", "--run-dir", str(tmp_path / "run"), "--export", str(tmp_path / "t" / "r")])
    assert scores(tmp_path / "run")["test"]["exact"] >= 0.99
    found = rnn_models.load(tmp_path / "t" / "r").translate("314159265", beam=1)
    assert found.text == "562951413"
    # Rows are written tokens, columns read ones; both begin with "▁" and end with "</s>".
    digits = found.attention[1:10]
    # While it writes a digit it looks at that digit, or at a neighbour from which it knows it.
    wanted = np.arange(9, 0, -1)
    places = digits @ np.arange(digits.shape[1])
    assert np.abs(np.corrcoef(places, wanted)[0, 1] - 1) < 0.05
    assert np.abs(places - wanted).max() < 1.6
