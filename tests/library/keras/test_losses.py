"""The smoothed cross-entropy and products by rows: values and gradients against plain NumPy, on every backend."""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import backend
from rnn_models.losses import SmoothedCrossEntropy
from tests.support.gradients import numpy, value_and_gradients, weighed
from tests.support.helpers import close, normal

LABELS = np.array([[0, 6, 2], [1, 1, 3]])


def target(rate, labels=LABELS, size=7):
    return (1 - rate) * np.eye(size)[labels] + rate / size


def log_softmax(logits):
    shifted = logits.astype("float64") - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.6])
def test_loss_and_its_gradient_are_those_of_the_cross_entropy_with_the_smoothed_target(rate):
    logits, weights = 3 * normal(2, 3, 7), normal(2, 3, seed=1)
    losses = SmoothedCrossEntropy(rate)(ops.convert_to_tensor(LABELS), ops.convert_to_tensor(logits))
    close(losses, -(target(rate) * log_softmax(logits)).sum(-1))
    loss = SmoothedCrossEntropy(rate)
    _, (given,), _ = value_and_gradients(lambda z: weighed([loss(LABELS, z)], [weights]), [logits])
    close(given, (np.exp(log_softmax(logits)) - target(rate)) * weights[..., None])


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_large_logits_make_no_infinity(shift):
    logits = np.array([[0.0, 50.0, -90.0]], "float32") + np.float32(shift)
    loss = SmoothedCrossEntropy(0.1)
    value, (gradient,), _ = value_and_gradients(lambda z: ops.sum(loss(np.array([2]), z)), [logits])
    expected = -(target(0.1, np.array([2]), 3) * log_softmax(logits)).sum()
    assert value == pytest.approx(expected, rel=1e-3) and np.isfinite(gradient).all()


def test_half_precision_logits_are_widened():
    logits = normal(2, 3, 7).astype("float16")
    losses = SmoothedCrossEntropy(0.1)(LABELS, ops.convert_to_tensor(logits))
    assert keras.backend.standardize_dtype(losses.dtype) == "float32"
    close(losses, -(target(0.1) * log_softmax(logits)).sum(-1), 1e-3)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan"), True])
def test_rate_outside_its_range_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        SmoothedCrossEntropy(rate)


@pytest.mark.parametrize("batches", [[(4, 3)], [(4, 3), (2, 5), (1, 1)]], ids=["one shape", "several"])
def test_it_is_a_loss_for_fit(batches):
    model = keras.Sequential([keras.Input((None,), dtype="int32"), keras.layers.Embedding(7, 7)])
    model.compile("sgd", SmoothedCrossEntropy(0.1), jit_compile=False)
    for rows, length in batches:
        x, y = np.random.default_rng(0).integers(0, 7, (2, rows, length))
        table = numpy(model.layers[-1].embeddings)
        expected = -(target(0.1, y) * log_softmax(table[x])).sum(-1).mean()
        model.reset_metrics()
        assert float(model.evaluate(x, y, verbose=0)) == pytest.approx(expected, rel=1e-4)
        model.train_on_batch(x, y)
        assert np.abs(numpy(model.layers[-1].embeddings) - table).max() > 0


@pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 5), (2, 1, 3, 5), (0, 3, 5)])
def test_products_by_rows_are_the_product(shape):
    x, w = normal(*shape), normal(5, 4, seed=1)
    if len(shape) == 1:
        x = x[None]

    def product(x, w):
        return backend.by_rows(lambda rows: ops.matmul(rows, w), x)

    close(product(ops.convert_to_tensor(x), ops.convert_to_tensor(w)), x @ w)
    weights = normal(*x.shape[:-1], 4, seed=2)
    _, (dx, dw), _ = value_and_gradients(lambda x, w: weighed([product(x, w)], [weights]), [x, w])
    close(dx, weights @ w.T)
    close(dw, x.reshape(-1, 5).T @ weights.reshape(-1, 4))


def test_a_symbolic_product_is_left_as_it_is():
    assert backend.by_rows(keras.layers.Dense(4), keras.Input((None, 5))).shape == (None, None, 4)
