"""Training to look: REINFORCE against exact expectations, where gradients do not go, canvases, a whole small run."""

import json
from pathlib import Path

import numpy as np
import pytest
from keras import ops

import rnn_models
from tests.support.digit_folders import save_bars
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.gradients import numpy, value_and_gradients
from tests.support.run_folders import log, scores
from training.core.run import Run
from training.data.records import ImageData, Images
from training.digits import commands
from training.digits.canvas import laid_out, with_canvas
from training.digits.config import SCRIPT
from training.digits.convolutional import ConvolutionalNetwork, cost, multiplications_of, network_of_cost
from training.digits.data import folder_digits
from training.digits.inputs import PictureBatches, Pictures
from training.digits.reinforce import log_density, reinforce_terms, rewards_to_go
from training.digits.train import GlimpseFitting

TINY = ["--order", "glimpses", "--cell", "irnn", "--units", "6", "--glimpse-units", "4", "--glimpses", "3"]
TINY += ["--batch-size", "8", "--epochs", "1", "--every-step", "0.3"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return save_bars(tmp_path_factory.mktemp("pictures"))


def tensor(numbers) -> object:
    return ops.convert_to_tensor(np.asarray(numbers, dtype="float32"))


def fitting(folder: Path, tmp_path: Path, *more: str) -> GlimpseFitting:
    options = SCRIPT.parse(["train", "--images", str(folder), *TINY, *more, "--run-dir", str(tmp_path)])
    options.check()
    data = commands.on_canvas(options, folder_digits(folder))
    return GlimpseFitting(options, Pictures(options, data), Run(tmp_path, {}))


# The estimator ----------------------------------------------------------------------------------------------


def test_the_score_function():
    """ln N is a density in the plane, and ∂ln N/∂μ = (l − μ)/σ²."""
    place, mu = np.array([[0.3, -0.2], [1.1, 0.4]], "float32"), np.array([[0.1, 0.0], [0.5, -0.9]], "float32")
    _, (found,), _ = value_and_gradients(lambda m: ops.sum(log_density(tensor(place), m, 0.25)), [mu])
    np.testing.assert_allclose(found, (place - mu) / 0.25**2, rtol=1e-5)
    axis = np.arange(-3, 3, 0.02, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    assert np.exp(numpy(log_density(tensor(grid), tensor([0.2, -0.1]), 0.25))).sum() * 0.02**2 == pytest.approx(
        1, abs=1e-3
    )


@pytest.mark.parametrize("baseline", [0.0, 1.5])
def test_the_estimators_mean_is_the_gradient_of_the_expected_reward(baseline):
    """R = |l|²: E[R] = |μ|² + 2σ², whose gradient is 2μ, whatever the baseline. Summed over a fine grid of places."""
    sigma, mu = 0.3, np.array([0.4, -0.7], "float32")
    axis = np.arange(-2.5, 2.5, 0.02, dtype="float32")
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    chance = np.exp(-((places - mu) ** 2).sum(axis=1) / (2 * sigma**2)) / (2 * np.pi * sigma**2) * 0.02**2

    def loss(m):
        rewards, baselines = ops.sum(ops.square(tensor(places)), axis=-1), tensor(np.full(len(places), baseline))
        return ops.sum(reinforce_terms(tensor(places), m, rewards, baselines, sigma) * tensor(chance))

    _, (found,), _ = value_and_gradients(loss, [mu])
    np.testing.assert_allclose(found, -2 * mu, atol=2e-3)


def test_no_gradient_goes_through_places_rewards_and_baselines():
    places, rewards, baselines = (np.full(shape, 0.3, "float32") for shape in ((4, 2), (4,), (4,)))
    means = tensor(np.zeros((4, 2)))

    def loss(p, r, b):  # the plain sum has gradients of 1: nothing must come to them
        return ops.sum(reinforce_terms(p, means, 2 * r, b, 0.2)) + ops.sum(p) + ops.sum(r) + ops.sum(b)

    _, found, _ = value_and_gradients(loss, [places, rewards, baselines])
    assert all((one == 1).all() for one in found)


def test_rewards_to_go():
    gains = np.array([[1, 0, 1], [0, 1, 0]], "float32")
    np.testing.assert_allclose(numpy(rewards_to_go(tensor(gains), 0)), [[1, 1, 1], [0, 0, 0]])
    expected = np.array([[2, 1, 1], [1, 1, 0]]) * 0.6 / 3 + 0.4 * gains[:, -1:]
    np.testing.assert_allclose(numpy(rewards_to_go(tensor(gains), 0.6)), expected, rtol=1e-6)


# The trainer ------------------------------------------------------------------------------------------------


def gradients_of(made: GlimpseFitting, part) -> dict[str, np.ndarray]:
    """The gradients of a part of the loss of one batch, by weight."""
    pictures, labels, weights = made.batches[0]
    variables = made.trainer.trainable_variables

    def loss():
        return part(made.trainer(pictures, training=True), labels, weights)

    _, _, found = value_and_gradients(loss, [], variables)
    return {v.path: g for v, g in zip(variables, found, strict=True)}


def test_which_weights_learn_from_what(tmp_path, folder):
    """The places by REINFORCE alone, the baseline by its own error alone; all else by the cross-entropy alone."""
    made = fitting(folder, tmp_path)
    by_terms = gradients_of(made, lambda found, *_: ops.sum(ops.square(1 - found["baselines"])))
    assert {path for path, g in by_terms.items() if np.abs(g).max() > 0} == {"baseline/kernel", "baseline/bias"}

    def of_places(found, labels, weights):
        terms = reinforce_terms(found["places"], found["means"], tensor([1.0]), tensor([0.25]), 0.15)
        return ops.sum(terms)

    moved = {path for path, g in gradients_of(made, of_places).items() if np.abs(g).max() > 0}
    assert {path.rpartition("/")[0].rpartition("/")[2] for path in moved} == {"place"}
    classes = gradients_of(made, lambda found, *_: ops.sum(found["logits"][:, -1, 0]))
    still = {path for path, g in classes.items() if np.abs(g).max() == 0}
    assert {path.rpartition("/")[0].rpartition("/")[2] for path in still} == {"place", "baseline"}


def test_the_loss_is_what_the_equations_say(tmp_path, folder):
    """Cross-entropy − Σ (R − b) ln N + Σ (R − b)², the mean over rows and draws; in evaluation the cross-entropy."""
    made = fitting(folder, tmp_path, "--samples", "2", "--reinforce", "0.5", "--sigma", "0.3")
    pictures, labels, _ = made.batches[0]
    weights = np.linspace(0.5, 1.5, 8, dtype="float32")
    found = {name: numpy(value) for name, value in made.trainer(pictures, training=True).items()}
    assert found["logits"].shape == (16, 3, 2) and found["baselines"].shape == (16, 2)
    twice = np.repeat(labels, 2)
    assert not np.allclose(found["places"][0::2, 1:], found["places"][1::2, 1:])
    log_probs = numpy(ops.log_softmax(found["logits"]))[np.arange(16), :, twice]
    gains = (found["logits"].argmax(axis=-1) == twice[:, None]).astype("float32")
    rewards = 0.7 * gains[:, -1:] + 0.1 * np.cumsum(gains[:, ::-1], axis=1)[:, ::-1]
    advantages = rewards[:, 1:] - found["baselines"]
    squares = ((found["places"] - found["means"])[:, 1:] ** 2).sum(axis=-1)
    densities = -squares / (2 * 0.3**2) - np.log(2 * np.pi * 0.3**2)
    entropy = -0.7 * log_probs[:, -1] - 0.3 * log_probs.mean(axis=1)
    rows = entropy + (-0.5 * advantages * densities + advantages**2).sum(axis=1)
    loss = made.trainer.compute_loss(pictures, labels, made_of(found), weights, training=True)
    assert float(loss) == pytest.approx((rows * np.repeat(weights, 2)).mean(), rel=1e-4)
    found = {name: numpy(value) for name, value in made.trainer(pictures).items()}
    log_probs = numpy(ops.log_softmax(found["logits"]))[np.arange(8), :, labels]
    entropy = -0.7 * log_probs[:, -1] - 0.3 * log_probs.mean(axis=1)
    loss = made.trainer.compute_loss(pictures, labels, made_of(found), weights, training=False)
    assert float(loss) == pytest.approx((entropy * weights).mean(), rel=1e-5)


def made_of(found: dict) -> dict:
    return {name: ops.convert_to_tensor(value) for name, value in found.items()}


@pytest.mark.parametrize("choice", ["--reward nats --samples 2 --cell gru", "--canvas 60 --clutter 2 --scales 2"])
def test_every_weight_moves_whatever_is_chosen(tmp_path, folder, choice):
    assert_one_step_moves_every_weight(fitting(folder, tmp_path, *choice.split()))


# Canvases ---------------------------------------------------------------------------------------------------


def test_a_digit_lies_whole_somewhere_on_its_canvas():
    digits = np.random.RandomState(0).randint(1, 256, (6, 28, 28)).astype("uint8")
    found = laid_out(digits, digits, 60, 0, np.random.RandomState(1))
    corners = [np.argwhere(one)[0].tolist() for one in found]
    for one, digit, (top, left) in zip(found, digits, corners, strict=True):
        np.testing.assert_array_equal(one[top : top + 28, left : left + 28], digit)
        assert (one > 0).sum() == 28 * 28
    assert len({tuple(corner) for corner in corners}) == 6


def test_clutter_is_pieces_of_other_digits():
    nothing, others = np.zeros((4, 28, 28), "uint8"), np.full((3, 28, 28), 9, "uint8")
    found = laid_out(nothing, others, 60, 3, np.random.RandomState(1))
    assert set(np.unique(found)) == {0, 9}
    ink = (found > 0).sum(axis=(1, 2))
    assert (ink > 64).all() and (ink <= 3 * 64).all()
    full = np.full((4, 28, 28), 200, "uint8")
    assert ((laid_out(full, others, 60, 3, np.random.RandomState(1)) == 200).sum(axis=(1, 2)) == 784).all()


def test_validation_and_test_are_the_same_pictures_every_time_and_training_is_drawn_anew():
    images = np.random.RandomState(0).randint(0, 256, (9, 28, 28)).astype("uint8")
    part = Images(images, np.arange(9, dtype="int32"))
    data = ImageData("mine", part, part, part, list("abcdefghi"), "", "", [])
    one, other = with_canvas(data, 60, 4), with_canvas(data, 60, 4)
    np.testing.assert_array_equal(one.test.images, other.test.images)
    assert one.test.images.shape == (9, 60, 60) and one.train.images.shape == (9, 28, 28) and "4 pieces" in one.notes[0]
    assert not np.array_equal(one.test.images, one.validation.images)
    assert with_canvas(data, 28) is data
    batches = PictureBatches(part, 3, seed=1, canvas=60, clutter=1)
    first = batches[0][0]
    np.testing.assert_array_equal(first, batches[0][0])
    assert first.shape == (3, 60, 60) and first.max() <= 1
    half = PictureBatches(part, 3, seed=1, rows=slice(1, 3), canvas=60, clutter=1)
    np.testing.assert_array_equal(half[0][0], first[1:])
    batches.epoch = 1
    assert not np.array_equal(batches[0][0], first)
    validation = PictureBatches(one.test, 3, canvas=60, clutter=1)
    np.testing.assert_array_equal(validation[0][0], one.test.images[:3].astype("float32") / 255)


# What stands beside it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "channels"), [(28, 3), (60, 2)])
def test_the_cost_of_a_convolutional_network_is_counted_from_its_layers(side, channels):
    network = ConvolutionalNetwork(side, 10, channels)
    assert multiplications_of(network) == cost(side, 10, channels)
    if side == 28:
        by_hand = 24 * 24 * 25 * 3 + 8 * 8 * 25 * 3 * 6 + 4 * 4 * 6 * 24 + 24 * 10
        assert cost(28, 10, 3) == by_hand
        assert network_of_cost(28, 10, by_hand + 1000).channels == 3


def test_a_run_from_the_command_line(folder, tmp_path, capsys, monkeypatch):
    """Four programs, two of Keras's `fit` among them: about 6 s."""
    monkeypatch.setenv("RNN_XLA", "0")
    run = tmp_path / "run"
    command = ["train", "--images", str(folder), *TINY, "--run-dir", str(run), "--export", str(run / "bundle")]
    commands.main([*command, "--canvas", "60", "--clutter", "1", "--baseline"])
    found = scores(run)
    assert set(found["test"]["errors"]) == {"mean", "sample", "random", "centre"} and found["clutter"] == 1
    assert found["test"]["errors"]["mean"] == pytest.approx(1 - found["test"]["accuracy"])
    assert float(log(run)[0]["val_error"]) == pytest.approx(1 - found["validation"]["accuracy"], abs=1e-6)
    (other,) = found["baselines"]
    assert other["multiplications"] > 0 and 0 <= other["accuracy"] <= 1
    model = rnn_models.load(run / "bundle")
    assert isinstance(model, rnn_models.GlimpseReader) and model.multiplications == found["multiplications"]
    for part in ("by glimpses", "60 × 60", "random places", "convolutional network", f"{model.multiplications:,}"):
        assert part in model.card, part
    assert "--baseline" not in found["command"] and "--clutter 1" in found["command"]
    assert model.read(folder / "flat" / "0.png").places.shape == (3, 2)
    capsys.readouterr()
    commands.main(["evaluate", str(run / "bundle"), "--images", str(folder)])
    line = capsys.readouterr().out.splitlines()[-1]
    assert f"accuracy {100 * found['test']['accuracy']:.2f} %" in line
    assert f"places random: error {100 * found['test']['errors']['random']:.2f} %" in line
    card = (run / "bundle" / "README.md").read_text(encoding="utf-8")
    commands.main(["card", str(run / "bundle")])
    assert (run / "bundle" / "README.md").read_text(encoding="utf-8") == card
    assert json.loads((run / "config.json").read_text())["sigma"] == 0.15


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--order rows --glimpses 4", "--glimpses: got 4, expected --order glimpses beside it"),
        ("--order rows --baseline", "--baseline: got True"),
        ("--order glimpses --sigma 0", "--sigma: got 0.0"),
        ("--order glimpses --samples 0", "--samples: got 0"),
        ("--order glimpses --layers 2", "--layers: got 2"),
        ("--order glimpses --clutter 4", "--clutter: got 4"),
        ("--order glimpses --canvas 60 --shift 2", "--shift: got 2"),
        ("--order glimpses --recurrent-dropout 0.1", "--recurrent-dropout: got 0.1"),
        ("--order glimpses --gradients", "--gradients: got True"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(SystemExit, match="^error: ") as stop:
        commands.main(["train", *options.split()])
    assert message in stop.value.code
