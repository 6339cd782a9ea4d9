"""Training a sentiment classifier: a run with its scores, bundle and card, its options.

What holds of every run is in tests/training/core/test_run.py.
"""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import rnn_models
from rnn_models import CharLM, CharVocabulary
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.run_folders import assert_gradients, copied, log, same_weights, scores, unscored
from training.core.run import Run
from training.core.seeds import seeds
from training.data.records import Labelled, LabelledData
from training.sentiment import commands
from training.sentiment import config as sentiment_config
from training.sentiment.data import file_labelled
from training.sentiment.finish import Finish
from training.sentiment.inputs import Texts
from training.sentiment.train import Fitting

REVIEWS = Path(__file__).parents[1] / "fixtures" / "reviews.csv"
OWN = ["--file", str(REVIEWS)]
# All kinds of dropout that have a seed are on, so that a resumed run needs the random states too.
TINY = "--cell gru --units 6 --embedding 5 --attention-units 4 --vocabulary 150 --batch-size 16 --epochs 2"
TINY += " --dropout 0.2 --recurrent-dropout 0.1 --token-dropout 0.1 --learning-rate 0.02"
TINY += " --train-tokens 12 --max-tokens 12"  # one length: a program is compiled for each
TINY = TINY.split()


def train(*arguments: object) -> None:
    commands.main(["train", *map(str, arguments)])


# ------------------------------------------------------------------------------------------------------- a run


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A run of two epochs, after one of pre-training, with its bundle in `bundle/`; beside it `stopped`, as it was
    after the first."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        copied(patch, folder, folder.parent / "stopped")
        more = folder.parent / "more.txt"
        more.write_text("아주 재미있는 영화\n정말 지루한 영화\n", encoding="utf-8")
        read = ["--pretrain-epochs", 1, "--unlabelled", more]
        train(*OWN, *TINY, *read, "--run-dir", folder, "--export", folder / "bundle", "--gradients")
    return folder


def test_the_gradients_of_a_run(finished):
    both = "sentiment_classifier/recurrence/layer_0"
    assert_gradients(finished, {f"{both}/forward_layer", f"{both}/backward_layer"})


def test_the_scores_of_a_run(finished):
    found = scores(finished)
    assert {"loss", "val_loss", "val_error"} <= set(log(finished)[0])
    assert sum(found["texts"].values()) == 60 and found["labels"] == ["negative", "positive"]
    for split in ("validation", "test"):
        part = found[split]
        assert 0 <= part["accuracy"] <= 1 and 0 <= part["macro_f1"] <= 1 and part["nats"] > 0
    assert found["seeds"] == [{"seed": 0, "validation": found["validation"], "test": found["test"]}]
    assert found["test_accuracy"]["mean"] == found["test"]["accuracy"] and found["test_accuracy"]["deviation"] == 0
    assert found["parameters"] > 500 and found["weights"] == "float16"
    assert len(found["baselines"]) == 3 and found["baselines"][0]["accuracy"] == pytest.approx(0.5)


def test_the_best_epoch_on_validation_is_kept(finished):
    found, best = scores(finished), min(float(row["val_error"]) for row in log(finished))
    assert found["validation"]["accuracy"] == pytest.approx(1 - best, abs=1e-6)
    nats = [float(row["val_loss"]) for row in log(finished)][found["best_epoch"] - 1]
    assert found["validation"]["nats"] < nats + 2e-3  # calibrated on it; in float16, as shipped


def test_the_run_began_with_a_language_model(finished):
    found, (row,) = scores(finished)["pretraining"], log(finished / "pretraining")
    assert found["epochs"] == 1 and found["validation_nats"] == pytest.approx(float(row["val_loss"]), abs=1e-6)


def test_the_bundle_judges_texts_and_its_card_says_what_it_is(finished):
    model = rnn_models.load(finished / "bundle")
    assert model.scores == scores(finished)
    for part in ("accuracy", "calibration", "majority", "Licence", "python -m training.sentiment train", "한국어"):
        assert part in model.card, part
    assert "Started from a language model of the training texts and of texts without labels (1 epochs)" in model.card
    assert "also read 2 texts without labels" in model.card
    kept = json.loads((finished / "tokenizer.json").read_text(encoding="utf-8"))
    assert model.tokenizer.get_config() == kept


def test_evaluate_prints_the_scores_of_the_bundle(finished, capsys):
    commands.main(["evaluate", str(finished / "bundle"), *OWN])
    expected = scores(finished)["test"]
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("test") and f"accuracy {100 * expected['accuracy']:.2f} %" in line
    assert f"{expected['nats']:.4f} nats" in line


def test_evaluate_says_so_where_the_data_have_changed(finished, tmp_path, capsys):
    """Rows that were added move others between the splits."""
    said = "reviews is not what this model was trained on: it may have been trained on a part of test."
    changed = tmp_path / REVIEWS.name
    changed.write_text(REVIEWS.read_text(encoding="utf-8") + "아주 좋은 영화였다,positive\n", encoding="utf-8")
    for file, wanted in ((REVIEWS, False), (changed, True)):
        commands.main(["evaluate", str(finished / "bundle"), "--file", str(file)])
        assert (said in capsys.readouterr().out) == wanted


def test_a_stopped_run_goes_on_to_the_same_result_without_a_second_language_model(finished, monkeypatch):
    folder = finished.parent / "stopped"
    assert [row["epoch"] for row in log(folder)] == ["1"]
    before = (folder / "pretraining" / "checkpoints" / "last.npz").stat()
    unscored(monkeypatch)
    train("--run-dir", folder, "--resume")
    same_weights(finished, folder)
    for row, again in zip(log(finished), log(folder), strict=True):
        assert float(again["val_error"]) == pytest.approx(float(row["val_error"]), abs=1e-5)
    assert (folder / "pretraining" / "checkpoints" / "last.npz").stat() == before


def fitting(folder: Path, *arguments: str) -> Fitting:
    """What a command line builds, before its first epoch."""
    options = sentiment_config.SCRIPT.parse(["train", *OWN, *TINY, *arguments, "--run-dir", str(folder)])
    return Fitting(options, Texts(options, file_labelled(REVIEWS)), Run(folder, {}))


def test_another_runs_language_model_is_used(finished, tmp_path):
    """By a run with other options of the classifier; not by one whose layers are others."""
    there = str(finished / "pretraining")
    same = ["--pretrain-epochs", "1", "--unlabelled", str(finished.parent / "more.txt"), "--pretrained", there]
    made = fitting(tmp_path, *same, "--pooling", "max", "--dropout", "0")
    made.prepare()
    with np.load(finished / "pretraining" / "checkpoints" / "best.npz") as content:
        read = [content[name] for name in sorted(content.files)]
    for variable in [*made.model.embed.trainable_variables, *made.model.recurrence.trainable_variables]:
        assert any(np.array_equal(keras.ops.convert_to_numpy(variable), array) for array in read), variable.path
    assert not (tmp_path / "pretraining").exists()
    with pytest.raises(ValueError, match="units was 6, now 7"):
        fitting(tmp_path, *same, "--units", "7").prepare()
    made.inputs.unlabelled_texts.append("a text more")
    with pytest.raises(ValueError, match=f"reviews.csv with .*more.txt is not what the run in {there} was begun with"):
        made.prepare()


def test_later_seeds_start_from_the_first_ones_language_model():
    options = sentiment_config.Train(run_dir=Path("run"), repeats=3, pretrain_epochs=1)
    assert [one.pretrained for one in seeds(options)] == [None, *[Path("run/pretraining")] * 2]
    options.pretrained = Path("other")
    assert {one.pretrained for one in seeds(options)} == {Path("other")}


@pytest.mark.parametrize(
    "choice",
    [
        "--tokens jamo-subword --pooling last --no-bidirectional --layers 2",
        "--tokens syllable --cell lstm --pooling max --label-smoothing 0.1",
        "--tokens jamo --cell vanilla --weight-decay 0.1 --train-tokens 20 --max-tokens 30",
        "--tokens subword --subword-dropout 0.2 --adversarial-epsilon 1 --pooling joined",
        "--tokens morpheme",
    ],
)
def test_every_weight_moves_whatever_is_chosen(tmp_path, choice):
    if "morpheme" in choice:
        pytest.importorskip("kiwipiepy")
    made = fitting(tmp_path, *choice.split(), "--schedule", "constant")
    assert_one_step_moves_every_weight(made)


def test_test_texts_of_the_published_training_file_are_scored_apart():
    part = Labelled(["a", "b", "c"], np.array([0, 1, 1]))
    data = LabelledData("x", part, part, part, ["no", "yes"], "", "", [], repeated=[1])
    model = SimpleNamespace(probabilities=lambda texts: np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]))
    ending = Finish(None, SimpleNamespace(data=data), [], "")
    found = ending.score(model, "test")
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["without_repeated"]["texts"] == 2 and found["without_repeated"]["accuracy"] == 1
    assert "without_repeated" not in ending.score(model, "validation")


# ----------------------------------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--units", "0"], "--units: got 0, expected at least 1"),
        (["--dropout", "1"], "--dropout: got 1.0"),
        (["--subword-dropout", "-0.1"], "--subword-dropout"),
        (["--label-smoothing", "1"], "--label-smoothing"),
        (["--vocabulary", "10"], "--vocabulary: got 10, expected at least 50"),
        (["--max-tokens", "1"], "--max-tokens"),
        (["--train-tokens", "0"], "--train-tokens"),
        (["--pretrain-epochs", "-1"], "--pretrain-epochs"),
        (["--pretrain-epochs", "1", "--layers", "2"], "--pretrain-epochs"),
        (["--pretrain-epochs", "1", "--distribute"], "--pretrain-epochs"),
        (["--adversarial-epsilon", "-1"], "--adversarial-epsilon"),
        (["--adversarial-epsilon", "1", "--distribute"], "--adversarial-epsilon"),
        (["--pretrain-learning-rate", "0"], "--pretrain-learning-rate"),
        (["--file", "nowhere.csv"], "nowhere.csv"),
        ([*OWN, "--text-column", "words"], "words"),
    ],
)
def test_bad_arguments_are_named(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        train(*arguments)
    assert message in stop.value.code
    assert not (tmp_path / "runs").exists()


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
        sentiment_config.Train(dataset="imdb", unlabelled="more texts.txt", pretrain_epochs=0.5, calibrate=False),
        sentiment_config.Train(file=Path("my reviews.csv"), text_column="what they say", pretrain_epochs=2, repeats=3),
    ],
)
def test_the_command_in_the_card_gives_the_same_options(options):
    words = shlex.split(sentiment_config.SCRIPT.command_line(options))
    assert words[:4] == ["python", "-m", "training.sentiment", "train"]
    assert sentiment_config.SCRIPT.parse(words[3:]) == options
