"""Training DRAW: batches, scores, a run on pictures of one's own with its bundle and card."""

import math
from pathlib import Path

import numpy as np
import pytest

import rnn_models
from tests.support.digit_folders import save_bars
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.gradients import numpy
from tests.support.run_folders import log, scores
from training.core.run import Run
from training.data.digit_folders import folder_digits
from training.data.records import Images
from training.draw import commands
from training.draw.config import SCRIPT
from training.draw.data import binarised, floors
from training.draw.inputs import PictureBatches, Pictures
from training.draw.train import Fitting, bound, divergence, reconstruction

TINY = ["--cell", "gru", "--units", "6", "--steps", "2", "--latent", "3", "--batch-size", "8", "--epochs", "2"]
TINY += ["--read-size", "2", "--write-size", "3"]


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
    assert found["binarise"] == "threshold" and sum(found["pictures"].values()) == 40
    test = found["test"]
    parts = test["reconstruction"] + test["divergence"] + test["label"]
    assert test["label"] == pytest.approx(math.log(2)) and test["nats"] == pytest.approx(parts)
    assert sum(test["divergence_by_step"]) == pytest.approx(test["divergence"], abs=1e-3)
    best = min(float(row["val_loss"]) for row in log(finished))
    # the weights are rounded before they are scored, and the noise is another
    assert found["validation"]["nats"] == pytest.approx(best + math.log(2), rel=0.05)
    assert found["floors"]["templates"] < found["floors"]["bernoulli"] < 28 * 28 * math.log(2)
    model = rnn_models.load(finished / "bundle")
    assert model.labels == ["flat", "upright"]
    for part in ("nats a picture", "Licence", "python -m training.draw train", "한국어", ".5 on"):
        assert part in model.card, part
    assert model.draw(2, label="flat").canvases.shape == (2, 2, 28, 28)
    commands.main(["evaluate", str(finished / "bundle"), "--images", str(folder)])
    assert f"at most {test['nats']:.2f} nats" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("choice", ["", "--no-attention --no-conditional"])
def test_every_weight_moves_whatever_is_chosen(tmp_path, folder, choice):
    options = SCRIPT.parse(["train", "--images", str(folder), *TINY, *choice.split(), "--run-dir", str(tmp_path)])
    made = Fitting(options, Pictures(options, folder_digits(folder)), Run(tmp_path, {}))
    assert_one_step_moves_every_weight(made)


def part(count: int) -> Images:
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28)).astype("uint8")
    return Images(images, np.arange(count, dtype="int32") % 3)


def batches(seed: int | None = 3, rows: slice | None = None, how: str = "sample") -> PictureBatches:
    return PictureBatches(part(21), (2, 5), 3, how, 4, seed=seed, rows=rows)


def flat(batch: tuple) -> list[np.ndarray]:
    return [*batch[0], *batch[1:]]


def test_batches_are_a_function_of_seed_and_epoch():
    first, again, half = batches(), batches(), batches(rows=slice(2, 4))
    for one in (first, again, half):
        one.epoch = 5
    assert len(first) == 6
    for index in range(6):
        for one, other in zip(flat(first[index]), flat(again[index]), strict=True):
            np.testing.assert_array_equal(one, other)
    for one, other in zip(flat(first[2]), flat(half[2]), strict=True):
        np.testing.assert_array_equal(one[2:], other)
    noise = np.concatenate([first[n][0][1] for n in range(6)])
    assert len(np.unique(noise)) == noise.size  # fresh for every step of every picture
    again.epoch = 6
    assert not np.array_equal(first[0][0][1], again[0][0][1])


def test_validation_is_always_the_same_and_the_mean_over_its_pictures():
    first, again = batches(seed=None), batches(seed=None)
    first.epoch, again.epoch = 1, 2
    for one, other in zip(flat(first[0]), flat(again[0]), strict=True):
        np.testing.assert_array_equal(one, other)
    weights = np.concatenate([first[n][2] for n in range(6)])
    assert (weights[21:] == 0).all() and weights.mean() == pytest.approx(1)


def test_black_and_white():
    grey = np.array([[[0, 127, 128, 255]]], dtype="uint8")
    np.testing.assert_array_equal(binarised(grey, "threshold"), [[[0, 0, 1, 1]]])
    many = np.repeat(grey, 4000, axis=0)
    drawn = binarised(many, "sample")
    np.testing.assert_allclose(drawn.mean(axis=0), [[0, 127 / 255, 128 / 255, 1]], atol=0.03)
    np.testing.assert_array_equal(drawn, binarised(many, "sample"))


def test_floors_are_the_cross_entropy_of_means():
    """Two classes of n equal pictures: a pixel costs −ln(1 − .5/(n + 1)), and ln 2 where half of all have ink."""
    images = np.repeat(np.array([[[0, 255]], [[0, 0]]], dtype="uint8"), 50, axis=0)
    data = Images(images, np.repeat([0, 1], 50).astype("int32"))
    found = floors(data, data, "threshold")
    assert found["templates"] == pytest.approx(-2 * math.log(1 - 0.5 / 51), rel=1e-4)
    assert found["bernoulli"] == pytest.approx(-math.log(1 - 0.5 / 101) + math.log(2), rel=1e-4)


def test_the_loss_is_the_sum_of_its_parts():
    nats = np.random.default_rng(0).random((3, 5)).astype("float32")
    np.testing.assert_allclose(numpy(bound(None, nats)), nats.sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(numpy(divergence(None, nats)), nats[:, 1:].sum(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(reconstruction(None, nats), nats[:, 0])


@pytest.mark.parametrize("wrong", ["--read-size 1", "--steps 0", "--latent 0", "--gradients"])
def test_options_out_of_range(wrong):
    with pytest.raises(SystemExit, match=f"^error: {wrong.split()[0]}: got"):
        commands.main(["train", *wrong.split()])
