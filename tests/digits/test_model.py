"""The reader of digits: its orders, its beliefs, and what it equals."""

import keras
import numpy as np
import pytest
from keras import ops

import rnn_models
from rnn_models import DigitReader
from tests.support.gradients import numpy
from tests.support.helpers import close, normal

PICTURES = np.random.default_rng(0).random((5, 28, 28)).astype("float32")
PERMUTATION = np.random.default_rng(1).permutation(784).tolist()


def small(order="rows", **options) -> DigitReader:
    permutation = PERMUTATION if order == "permuted" else None
    model = DigitReader(order, permutation, **{"cell": "gru", "units": 5} | options)
    model.build((None, 28, 28))
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.2 * normal(*v.shape, seed=n))
    return model


def test_one_step_is_a_plain_network():
    """T = 1 from an empty state: the vanilla recurrence is Dense, tanh, Dense."""
    model = small("whole", cell="vanilla", units=7)
    cell = model.recurrence.layers[0].cell
    hidden = np.tanh(PICTURES.reshape(5, 784) @ numpy(cell.kernel) + numpy(cell.bias))
    logits = hidden @ numpy(model.head.kernel) + numpy(model.head.bias)
    assert model(PICTURES).shape == (5, 1, 10)
    close(model(PICTURES)[:, 0], logits, 1e-4)


def test_rows_pixels_and_one_stored_order():
    close(small("rows").pieces(PICTURES), PICTURES, 0)
    close(small("pixels").pieces(PICTURES), PICTURES.reshape(5, 784, 1), 0)
    close(small("permuted").pieces(PICTURES), PICTURES.reshape(5, 784)[:, PERMUTATION, None], 0)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_belief_does_not_know_the_pieces_after_it(layers):
    model = small(layers=layers)
    beliefs = model.beliefs(PICTURES)
    assert beliefs.shape == (5, 28, 10)
    close(beliefs.sum(axis=-1), np.ones((5, 28)), 1e-5)
    close(beliefs, ops.softmax(model(PICTURES)), 1e-5)
    other = PICTURES.copy()
    other[:, 10:] = 0
    changed = model.beliefs(other)
    close(changed[:, :10], beliefs[:, :10], 1e-6)
    assert np.abs(changed[:, 10] - beliefs[:, 10]).max() > 1e-4


def test_many_pictures_are_read_as_one_by_one():
    model, many = small(), np.random.default_rng(2).random((70, 28, 28)).astype("float32")
    found = model.probabilities(many)
    assert found.shape == (70, 10) and model.probabilities([]).shape == (0, 10)
    close(found[66:67], model.probabilities(many[66:67]), 1e-5)
    readings = model.read(list(many[:3]))
    for reading, row in zip(readings, found, strict=False):
        assert reading.label == model.labels[row.argmax()] and reading.probability == pytest.approx(row.max(), abs=1e-5)
        assert reading.probabilities.shape == (28, 10) and reading.picture.shape == (28, 28)


def test_a_bundle_stores_its_order(tmp_path):
    model = small("permuted", units=3)
    folder = rnn_models.save_bundle(model, tmp_path / "permuted", {}, "")
    again = rnn_models.load(folder)
    assert again.settings == model.settings and again.labels == model.labels
    close(again(PICTURES[:1]), model(PICTURES[:1]), 2e-2)


def test_keras_saves_it_whole(tmp_path):
    model = small()
    model.save(tmp_path / "rows.keras")
    close(keras.models.load_model(tmp_path / "rows.keras")(PICTURES), model(PICTURES), 1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "columns"}, "order is 'columns'"),
        ({"order": "permuted"}, "permutation has 0 numbers"),
        ({"order": "permuted", "permutation": [0] * 784}, "each once"),
        ({"order": "rows", "permutation": PERMUTATION}, "expected order='permuted', or none"),
        ({"cell": "rnn"}, "cell is 'rnn'"),
        ({"layers": 0}, "layers"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        DigitReader(**options)
