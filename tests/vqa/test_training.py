"""Training a network that answers questions: batches, runs with bundle and card, and what stands beside a score."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rnn_models
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.run_folders import assert_gradients, log, scores
from training.core.run import Run
from training.data.records import Questions
from training.data.scenes import question_set
from training.vqa import commands
from training.vqa.baselines import guesses
from training.vqa.config import SCRIPT
from training.vqa.evaluate import BESIDE
from training.vqa.inputs import QuestionBatches, QuestionInputs, Squares
from training.vqa.train import Fitting

TINY = ["--cell", "gru", "--units", "8", "--embedding", "6", "--features", "6", "--joint", "8", "--channels", "4"]
TINY += ["--side", "32", "--attention-units", "6", "--batch-size", "8", "--learning-rate", "0.02"]
COUNTS = {"train": 24, "validation": 6, "test": 8, "new": 8}


@pytest.fixture(autouse=True, scope="module")
def few_scenes():
    patch = pytest.MonkeyPatch()
    patch.setattr(question_set, "COUNTS", COUNTS)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def finished(few_scenes, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("run") / "run"
    data = ["--dataset", "scenes", "--scenes", "24", "--language", "both", "--held-out", "--gradients", "--epochs", "2"]
    commands.main(["train", *data, *TINY, "--run-dir", str(run), "--export", str(run / "bundle")])
    return run


def test_a_run_over_scenes(finished, capsys):
    """12 s: a run of two epochs with all its scores, and the bundle scored again."""
    found = scores(finished)
    assert_gradients(finished, {"recurrence/forward_layer", "recurrence/backward_layer"})
    best = min(float(row["val_error"]) for row in log(finished))
    assert found["validation"]["accuracy"] == pytest.approx(1 - best, abs=0.02)  # float16
    for split in ("validation", "test", "new"):
        for part in (found[split], *found[split]["kinds"].values(), *found[split]["languages"].values()):
            assert all(0 <= part[name] <= 1 for name in ("accuracy", *BESIDE)) and part["questions"] > 0
        for masses in found[split]["attention"].values():
            assert 0 < masses["uniform"] < 1 and 0 <= masses["inside, hop 2"] <= 1
    assert set(found["test"]["kinds"]) == {"exist", "count", "colour", "shape", "size", "place", "compare", "relate"}
    model = rnn_models.load(finished / "bundle")
    for part in (
        *BESIDE.values(),
        "never trained on",
        "Licence",
        "python -m training.vqa train",
        "한국어",
        "그림을 가리면",
    ):
        assert part in model.card, part
    picture = np.full((32, 32, 3), 240, "uint8")
    english, korean = model.answer(picture, ["is there a red circle", "빨간 별이 있나요"])
    assert english.tokens == ["is", "there", "a", "red", "circle"] and korean.tokens == ["빨간", "별이", "있나요"]
    assert {english.answer, korean.answer} <= set(model.answers)
    commands.main(["evaluate", str(finished / "bundle"), "--split", "new"])
    assert f"accuracy {100 * found['new']['accuracy']:.2f} %" in capsys.readouterr().out


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("own")
    (folder / "photos").mkdir()
    rows = ["image,question,answer"]
    for n in range(30):
        grey = (240 if n % 2 else 20) + n % 7
        Image.fromarray(np.full((40, 50, 3), grey, "uint8")).save(folder / "photos" / f"{n}.png")
        rows.append(f"{n}.png,is it dark?,{'no' if n % 2 else 'yes'}")
    (folder / "mine.csv").write_text("\n".join(rows))
    return ["--questions", str(folder / "mine.csv"), "--images", str(folder / "photos")]


@pytest.mark.slow
def test_a_table_of_ones_own(own, tmp_path, capsys):
    """8 s: a run, its bundle, and its scores."""
    run = tmp_path / "run"
    commands.main(["train", *own, *TINY, "--epochs", "3", "--run-dir", str(run), "--export", str(run / "bundle")])
    found = scores(run)
    assert found["dataset"] == "mine" and list(found["test"]["kinds"]) == ["yes or no"]
    assert "attention" not in found["test"] and found["answers"] == 2
    commands.main(["evaluate", str(run / "bundle"), *own])
    assert f"accuracy {100 * found['test']['accuracy']:.2f} %" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="held-out"):
        commands.main(["evaluate", str(run / "bundle"), *own, "--split", "new"])


@pytest.mark.parametrize("choice", ["product --bag", "concatenation --bidirectional", "look", "attention --hops 1"])
def test_every_weight_moves_whatever_is_chosen(tmp_path, own, choice):
    arguments = [*own, *TINY, "--join", *choice.split(), "--hidden", "0", "--run-dir", str(tmp_path)]
    options = SCRIPT.parse(["train", *arguments])
    inputs = QuestionInputs(options, commands.load(options))
    assert_one_step_moves_every_weight(Fitting(options, inputs, Run(tmp_path, {})))


def batches(seed=None, share=None, **options) -> QuestionBatches:
    parsed = SCRIPT.parse(["train", "--batch-size", "4", "--drawn", "3"])
    for name, value in options.items():
        setattr(parsed, name, value)
    rows = np.repeat(np.arange(6, dtype="int32"), [1, 5, 3, 2, 7, 4])
    ids = [np.arange(1, 2 + n % 4, dtype="int32") for n in range(len(rows))]
    pictures = Squares(np.arange(6, dtype="uint8")[:, None, None, None] * np.ones((1, 8, 8, 3), "uint8"))
    return QuestionBatches(pictures, rows, ids, np.arange(22) % 5 - 1, parsed, seed, share)


def test_batches_are_a_function_of_seed_and_epoch():
    first, again = batches(3), batches(3)
    for made in (first, again):
        made.epoch = 5
    for index in range(len(first)):
        for one, other in zip(first[index], again[index], strict=True):
            for name in one if isinstance(one, dict) else [slice(None)]:
                np.testing.assert_array_equal(one[name], other[name])
    before = first[0][0]["picture"]
    again.epoch = 6
    assert not np.array_equal(before, again[0][0]["picture"])
    half = batches(3, slice(2, 4))
    half.epoch = 5
    np.testing.assert_array_equal(half[0][0]["tokens"], first[0][0]["tokens"][2:])


def test_validation_asks_each_question_once_that_has_one_of_the_answers():
    made = batches()
    weights = np.concatenate([made[n][2] for n in range(len(made))])
    labels = np.concatenate([made[n][1] for n in range(len(made))])
    known = np.arange(22) % 5 - 1
    assert (weights > 0).sum() == (known >= 0).sum() and weights.mean() == pytest.approx(1)
    assert sorted(labels[weights > 0]) == sorted(known[known >= 0])
    assert all((made[n][0]["shown"] == 1).all() for n in range(len(made)))


def test_in_training_a_share_is_hidden_and_a_share_of_the_words_unknown():
    made = batches(1, hidden=0.3, unknown=0.2)
    hidden, unknown, words = np.zeros(2), 0, 0
    for epoch in range(60):
        made.epoch = epoch
        inputs, _, weights = made[0]
        assert weights.mean() == pytest.approx(1)
        hidden += 1 - inputs["shown"].mean(axis=(0, 1))
        unknown += ((inputs["tokens"] == 0) & (inputs["mask"] == 1)).sum()
        words += inputs["mask"].sum()
        assert not (inputs["shown"].sum(axis=-1) == 0).any()  # never both
    np.testing.assert_allclose(hidden / 60, 0.3, atol=0.05)
    assert 0.15 < unknown / words < 0.25


def test_what_is_guessed_without_a_picture():
    """The words decide, then the pair of words, then nothing."""
    texts = ["is it red", "is it blue", "red is it", "it is red"] * 20
    answers = ["yes", "no", "no", "yes"] * 20
    part = Questions([], np.zeros(80, "int32"), texts, answers, ["object"] * 80, [""] * 80)
    found = {name: np.mean(np.array(said) == answers) for name, said in guesses(part, part).items()}
    assert found["most_frequent"] == 0.5 and found["bag_of_words"] == 0.75 and found["word_pairs"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hops", "3"], "--hops: got 3"),
        (["--hidden", "0.5"], "--hidden: got 0.5"),
        (["--side", "36"], "--side: got 36"),
        (["--join", "look", "--bag"], "--bag: got True"),
        (["--bag", "--gradients"], "--gradients: got True"),
        (["--questions", "mine.csv"], "--questions: got 'mine.csv'"),
        (["--images", "photos"], "--images: got 'photos'"),
        (["--dataset", "daquar", "--held-out"], "--held-out: got True"),
        (["--dataset", "daquar", "--language", "ko"], "--language: got 'ko'"),
        (["--units", "0"], "--units: got 0"),
    ],
)
def test_options_that_do_not_go_together(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="^error: ") as stop:
        commands.main(["train", *arguments])
    assert message in stop.value.code and not (tmp_path / "runs").exists()
