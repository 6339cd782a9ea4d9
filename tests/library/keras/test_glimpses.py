"""The reader by glimpses: its sensor against a plain loop, its places, what it equals step by step."""

import keras
import numpy as np
import pytest
from keras import ops

import rnn_models
from rnn_models import GlimpseReader
from rnn_models.vision.glimpse_sensor import boxes, retina
from tests.support.gradients import numpy
from tests.support.helpers import close, normal

PICTURES = np.random.default_rng(0).random((5, 28, 28)).astype("float32")


@pytest.fixture(autouse=True)
def _without_xla(monkeypatch):
    """Each model here would compile a program of its own, and run it a few times."""
    monkeypatch.setenv("RNN_XLA", "0")


def small(**options) -> GlimpseReader:
    model = GlimpseReader(**{"glimpses": 3, "glimpse_size": 4, "units": 7, "glimpse_units": 5} | options)
    model.build()
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.4 * normal(*v.shape, seed=n))
    return model


# The sensor -------------------------------------------------------------------------------------------------


def seen_by_loops(picture: np.ndarray, place: np.ndarray, size: int, scales: int) -> np.ndarray:
    """What a retina sees, pixel by pixel: the mean over the pixels of a cell, each interpolated between its four."""

    def pixel(y: float, x: float) -> float:
        total = 0.0
        for row in (int(np.floor(y)), int(np.floor(y)) + 1):
            for column in (int(np.floor(x)), int(np.floor(x)) + 1):
                if 0 <= row < picture.shape[0] and 0 <= column < picture.shape[1]:
                    total += (1 - abs(y - row)) * (1 - abs(x - column)) * picture[row, column]
        return total

    x, y = (place + 1) / 2 * picture.shape[0] - 0.5
    found = np.zeros((scales, size, size))
    for scale in range(scales):
        width = 2**scale
        for i in range(size):
            for j in range(size):
                steps = np.arange(width) - (size * width - 1) / 2
                cell = [pixel(y + i * width + a, x + j * width + b) for a in steps for b in steps]
                found[scale, i, j] = np.mean(cell)
    return found


@pytest.mark.parametrize(("size", "scales"), [(4, 1), (3, 1), (3, 3)])
def test_the_retina_equals_a_plain_loop(size, scales):
    places = np.array([[0, 0], [-1, 1], [0.33, -0.71], [1.2, 0.9], [-0.2, -0.95]], dtype="float32")
    found = numpy(retina(PICTURES, places, size, scales))
    assert found.shape == (5, scales, size, size)
    for one, picture, place in zip(found, PICTURES, places, strict=True):
        close(one, seen_by_loops(picture, place, size, scales), 1e-5)


def test_place_0_is_the_centre_and_x_goes_to_the_right():
    picture = PICTURES[:1]
    close(retina(picture, np.zeros((1, 2)), 8)[:, 0], picture[:, 10:18, 10:18], 1e-6)
    moved = np.array([[2 * 3 / 28, -2 * 2 / 28]], dtype="float32")  # 3 pixels to the right, 2 up
    close(retina(picture, moved, 8)[:, 0], picture[:, 8:16, 13:21], 1e-5)
    large = np.random.default_rng(1).random((1, 60, 60)).astype("float32")
    found = numpy(retina(large, np.zeros((1, 2)), 6, 2))
    close(found[:, 0], large[:, 27:33, 27:33], 1e-6)
    close(found[:, 1], large[:, 24:36, 24:36].reshape(1, 6, 2, 6, 2).mean(axis=(2, 4)), 1e-6)


def test_outside_there_is_nothing():
    ones = np.ones((1, 28, 28), dtype="float32")
    corner = numpy(retina(ones, np.array([[-1.0, 1.0]]), 8))[0, 0]  # the lower left corner
    close(corner, np.outer(np.arange(8) < 4, np.arange(8) >= 4), 1e-6)
    close(retina(ones, np.array([[3.0, 0.0]]), 8), np.zeros((1, 1, 8, 8)), 0)


def test_boxes_are_where_the_squares_lie():
    close(boxes(np.zeros((1, 2)), 28, 8, 2), [[[10, 10, 18, 18], [6, 6, 22, 22]]], 1e-6)
    close(boxes(np.array([-1.0, 1.0]), 28, 8), [[-4, 24, 4, 32]], 1e-6)


# The model --------------------------------------------------------------------------------------------------


def test_step_by_step_it_is_the_papers_network():
    model, picture, place = small(), PICTURES[:1], np.zeros((1, 2), "float32")
    w = {v.path.partition("/")[2]: numpy(v) for v in model.weights}
    assert all("/" in name for name in w), w.keys()

    def dense(x, name):
        return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    h = np.zeros((1, 7), "float32")
    reading = model.read(picture[0])
    for t in range(3):
        close(reading.places[t], place[0], 1e-5)
        seen = seen_by_loops(picture[0], place[0], 4, 1)
        close(reading.retina[t], seen, 1e-4)
        parts = [dense(seen.reshape(1, 16), "what"), dense(place, "where")]
        g = np.maximum(dense(np.maximum(np.concatenate(parts, axis=-1), 0), "both"), 0)
        h = np.maximum(g @ w["core/kernel"] + h @ w["core/recurrent_kernel"] + w["core/bias"], 0)
        close(reading.probabilities[t], numpy(ops.softmax(dense(h, "head")))[0], 1e-4)
        place = np.tanh(dense(h, "place"))
    assert reading.label == model.labels[reading.probabilities[-1].argmax()]
    assert reading.probability == pytest.approx(reading.probabilities[-1].max())


@pytest.mark.parametrize("options", [{"cell": "lstm"}, {"cell": "mlstm"}, {"scales": 2, "canvas": 60}])
def test_the_loop_in_one_program_and_step_by_step_are_one(options):
    model = small(**options)
    side = model.settings["canvas"]
    pictures = np.random.default_rng(3).random((3, side, side)).astype("float32")
    beliefs, places, means, seen = model.looks(pictures)
    assert seen.shape == (3, 3, model.settings["scales"], 4, 4)
    found = model.unroll(pictures)
    close(ops.softmax(found.logits), beliefs, 1e-5)
    close(found.places, places, 1e-5)
    close(means, places, 0)
    close(ops.softmax(model(pictures))[:, -1], model.probabilities(pictures), 1e-5)


def test_noise_moves_all_places_but_the_first():
    model, noise = small(sigma=0.2), normal(5, 2, 2)
    found = model.unroll(PICTURES, noise)
    moves = numpy(found.places) - numpy(found.means)
    close(moves[:, 0], np.zeros((5, 2)), 0)
    close(moves[:, 1:], 0.2 * noise, 1e-6)
    close(found.places[:, 0], np.zeros((5, 2)), 0)


def test_policies():
    model = small()
    places = {name: model.looks(PICTURES, policy=name, seed=3)[1] for name in ("mean", "sample", "random", "centre")}
    again = model.looks(PICTURES, policy="sample", seed=3)
    close(again[1], places["sample"], 0)
    assert not np.allclose(places["sample"][:, 1:], model.looks(PICTURES, policy="sample", seed=4)[1][:, 1:])
    close(places["sample"] - again[2], again[1] - again[2], 0)
    assert (places["sample"][:, 0] == 0).all() and (places["mean"][:, 0] == 0).all() and (places["centre"] == 0).all()
    assert (np.abs(places["random"]) <= 1).all() and np.abs(places["random"][:, 0]).min() > 0
    assert np.abs(places["mean"][:, 1:]).min() > 0


def test_places_set_by_hand():
    model = small()
    own = model.read(PICTURES[0])
    by_hand = model.read(PICTURES[0], places=[(0.5, -0.5), None, (-1, 1), [0, 0]])
    assert by_hand.places.shape == (4, 2) and by_hand.probabilities.shape == (4, 10)
    close(by_hand.places[[0, 2, 3]], [[0.5, -0.5], [-1, 1], [0, 0]], 1e-6)
    close(by_hand.places[1], by_hand.means[1], 0)
    again = model.read(PICTURES[0], places=own.places)
    close(again.probabilities, own.probabilities, 1e-6)
    close(model.read(PICTURES[0], places=[None] * 5).probabilities[:3], own.probabilities, 1e-6)
    assert np.abs(by_hand.probabilities[0] - own.probabilities[0]).max() > 1e-4


def test_many_pictures_are_read_as_one_by_one(monkeypatch):
    """Compiled as a page has it, one program for one picture and one for many: about 2 s."""
    monkeypatch.setenv("RNN_XLA", "1")
    model, many = small(), np.random.default_rng(2).random((66, 28, 28)).astype("float32")
    found = model.probabilities(many)
    assert found.shape == (66, 10) and model.probabilities([]).shape == (0, 10) and model.read([]) == []
    close(found[65:], model.probabilities(many[65:]), 1e-5)
    close([reading.probability for reading in model.read(list(many[:2]))], found[:2].max(axis=1), 1e-5)


def test_a_digit_lies_in_the_middle_of_a_larger_canvas():
    model = small(canvas=60)
    assert model.canvas(PICTURES[0]).shape == (60, 60)
    close(model.canvas(PICTURES[0])[16:44, 16:44], PICTURES[0], 0)
    assert model.canvas(PICTURES[0]).sum() == pytest.approx(PICTURES[0].sum(), rel=1e-5)
    whole = np.random.default_rng(4).random((60, 60))
    close(model.canvas(whole), whole, 1e-6)


def test_what_it_costs():
    model = small()
    matrices = 16 * 5 + 2 * 5 + 10 * 10 + 10 * 7 + 7 * 7 + 7 * 10 + 7 * 2
    assert model.multiplications == 3 * (matrices + 4 * 28 * 28 + 4 * 28 * 4)


# Saving, bad input ------------------------------------------------------------------------------------------


def test_a_bundle_and_keras_keep_it_whole(tmp_path):
    model = small(cell="gru", scales=2, sigma=0.3)
    again = rnn_models.load(rnn_models.save_bundle(model, tmp_path / "glimpses", {}, ""))
    assert isinstance(again, GlimpseReader) and again.settings == model.settings and again.labels == model.labels
    close(again(PICTURES), model(PICTURES), 2e-2)
    model.save(tmp_path / "glimpses.keras")
    close(keras.models.load_model(tmp_path / "glimpses.keras")(PICTURES), model(PICTURES), 1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "rnn"}, "cell is 'rnn'"),
        ({"sigma": 0}, "sigma is 0"),
        ({"sigma": float("nan")}, "sigma is nan"),
        ({"glimpses": 0}, "glimpses is 0"),
        ({"canvas": 20}, "canvas is 20"),
        ({"scales": 1.5}, "scales is 1.5"),
        ({"dropout": 1}, "dropout is 1"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        GlimpseReader(**options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"places": []}, "places has 0 places"),
        ({"places": [(0, 0)] * 101}, "places has 101 places"),
        ({"places": [(0, 0), (0, 1.01)]}, r"places\[1\] is \(0, 1.01\)"),
        ({"places": [(0, float("nan"))]}, r"places\[0\]"),
        ({"places": [(0, 0, 0)]}, "expected"),
        ({"places": [0.5, 0.5]}, "expected"),
        ({"places": ["middle"]}, "'middle'"),
        ({"policy": "best"}, "policy is 'best'"),
    ],
)
def test_bad_places(arguments, message):
    with pytest.raises(ValueError, match=message):
        small().read(PICTURES[0], **arguments)


@pytest.mark.parametrize("picture", [np.full((28, 28), 2.0), np.full((60, 60), -1.0), np.full((60, 60), np.nan)])
def test_bad_pictures(picture):
    with pytest.raises(ValueError, match="from 0 \\(paper\\) to 1"):
        small(canvas=60).read(picture)
    with pytest.raises(ValueError, match="expected squares"):
        retina(np.zeros((1, 28, 20)), np.zeros((1, 2)), 8)
