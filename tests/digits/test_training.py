"""Training a reader of digits: batches, a run on pictures of one's own with its bundle and card, hostile folders."""

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import rnn_models
from tests.support.digit_folders import save_bars
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.gradients import numpy
from tests.support.run_folders import log, scores
from training.core.run import Run
from training.data.records import Images
from training.digits import commands
from training.digits.config import SCRIPT
from training.digits.data import folder_digits
from training.digits.inputs import PictureBatches, Pictures, moved
from training.digits.train import Fitting, error, loss_of_steps

TINY = ["--cell", "gru", "--units", "6", "--batch-size", "8", "--epochs", "2", "--learning-rate", "0.02"]
TINY += ["--shift", "1", "--every-step", "0.3"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return save_bars(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def finished(folder, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("run") / "run"
    commands.main(["train", "--images", str(folder), *TINY, "--run-dir", str(run), "--export", str(run / "bundle")])
    return run


def test_a_run_with_pictures_of_ones_own(finished, folder, capsys):
    found = scores(finished)
    assert found["labels"] == ["flat", "upright"] and sum(found["pictures"].values()) == 40
    best = min(float(row["val_error"]) for row in log(finished))
    assert found["validation"]["accuracy"] == pytest.approx(1 - best, abs=1e-6)
    model = rnn_models.load(finished / "bundle")
    for part in ("row by row", "Licence", "python -m training.digits train", "한국어"):
        assert part in model.card, part
    reading = model.read(folder / "flat" / "0.png")
    assert reading.label in ("flat", "upright") and reading.probabilities.shape == (28, 2)
    commands.main(["evaluate", str(finished / "bundle"), "--images", str(folder)])
    assert f"accuracy {100 * found['test']['accuracy']:.2f} %" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("choice", ["--order whole --cell vanilla", "--layers 2 --dropout 0.2 --every-step 0"])
def test_every_weight_moves_whatever_is_chosen(tmp_path, folder, choice):
    options = SCRIPT.parse(["train", "--images", str(folder), *TINY, *choice.split(), "--run-dir", str(tmp_path)])
    made = Fitting(options, Pictures(options, folder_digits(folder)), Run(tmp_path, {}))
    if "whole" in choice:  # from an empty state the recurrent matrix has no part in one step
        cell = made.model.recurrence.layers[0].cell
        cell.recurrent_kernel.trainable = False
    assert_one_step_moves_every_weight(made)


def test_the_stored_order_does_not_depend_on_the_seed(folder):
    drawn = []
    for seed in ("0", "1"):
        options = SCRIPT.parse(["train", "--order", "permuted", "--seed", seed])
        drawn.append(Pictures(options, None).permutation)
    assert drawn[0] == drawn[1] and drawn[0][:5] == [693, 85, 647, 392, 765]


def part(count: int) -> Images:
    return Images(np.arange(count * 784, dtype="uint32").reshape(count, 28, 28).astype("uint8"), np.arange(count))


def test_batches_are_a_function_of_seed_and_epoch():
    first, again = (PictureBatches(part(21), 4, seed=3, shift=2) for _ in range(2))
    assert len(first) == 6
    for batches in (first, again):
        batches.epoch = 5
    for index in range(6):
        for one, other in zip(first[index], again[index], strict=True):
            np.testing.assert_array_equal(one, other)
    labels = np.concatenate([first[n][1] for n in range(6)])
    assert set(labels) == set(range(21)) and len(labels) == 24
    again.epoch = 6
    assert not np.array_equal(labels, np.concatenate([again[n][1] for n in range(6)]))
    whole, half = first[2], PictureBatches(part(21), 4, seed=3, shift=2, rows=slice(2, 4))
    half.epoch = 5
    np.testing.assert_array_equal(half[2][0], whole[0][2:])


def test_validation_is_the_mean_over_its_pictures():
    batches = PictureBatches(part(21), 4)
    weights = np.concatenate([batches[n][2] for n in range(6)])
    assert (weights[21:] == 0).all() and weights.mean() == pytest.approx(1)


def test_pictures_are_moved_and_not_wrapped():
    pictures = np.arange(1, 19, dtype="float32").reshape(2, 3, 3)
    found = moved(pictures, np.array([[1, 0], [-1, 2]]))
    np.testing.assert_array_equal(found[0], [[0, 0, 0], [1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(found[1], [[0, 0, 13], [0, 0, 16], [0, 0, 0]])


def test_the_loss_is_that_after_the_last_piece_and_the_mean_over_all():
    logits, labels = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32"), np.array([1, 0, 4])
    nats = -np.take_along_axis(numpy(keras.ops.log_softmax(logits)), labels[:, None, None], axis=-1)[..., 0]
    np.testing.assert_allclose(loss_of_steps(0)(labels, logits), nats[:, -1], atol=1e-5)
    np.testing.assert_allclose(loss_of_steps(0.25)(labels, logits), 0.75 * nats[:, -1] + 0.25 * nats.mean(1), atol=1e-5)
    np.testing.assert_array_equal(numpy(error(labels, logits)), logits[:, -1].argmax(-1) != labels)


def test_folders_that_cannot_be_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refused(message, *arguments):
        with pytest.raises(SystemExit, match="^error: ") as stop:
            commands.main(["train", *arguments])
        assert message in stop.value.code and not (tmp_path / "runs").exists()

    refused("There is no folder 'nowhere'", "--images", "nowhere")
    (tmp_path / "own" / "a").mkdir(parents=True)
    refused("0 class(es)", "--images", "own")
    for name in ("a", "b"):
        (tmp_path / "own" / name).mkdir(exist_ok=True)
        for n in range(3):
            Image.fromarray(np.eye(30, dtype="uint8") * 255).save(tmp_path / "own" / name / f"{n}.png")
    (tmp_path / "own" / "b" / "2.png").write_bytes(b"broken")
    refused("2.png", "--images", "own")
    refused("--shift: got 15", "--shift", "15")
    refused("--every-step: got 2.0", "--every-step", "2")
    refused("--units: got 0", "--units", "0")
