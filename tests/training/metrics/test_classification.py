"""Classification scores against numbers done by hand."""

import math

import numpy as np
import pytest

from training.metrics.classification import classification_scores


def test_scores_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.35, 0.65], [0.2, 0.8], [0.38, 0.62]])
    scores = classification_scores(probabilities, np.array([0, 0, 1, 1]))
    # class 0: 1 hit, 2 times true, 1 time predicted; class 1: 2 hits, 2 times true, 3 times predicted
    assert scores["accuracy"] == 0.75
    assert scores["f1"] == pytest.approx(0.8)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 0.8) / 2)
    assert scores["nats"] == pytest.approx(-(math.log(0.9) + math.log(0.35) + math.log(0.8) + math.log(0.62)) / 4)
    # 0.65 and 0.62 share the bin from 9/15 to 10/15: half of it right, mean confidence 0.635
    assert scores["calibration_error"] == pytest.approx((0.1 + 0.2 + 2 * (0.635 - 0.5)) / 4)


def test_confidence_of_one_and_probability_of_zero():
    scores = classification_scores(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1]))
    assert scores["calibration_error"] == 0.5
    assert scores["nats"] == pytest.approx(12 * math.log(10) / 2)
    assert scores["f1"] == 0.0


@pytest.mark.parametrize(("classes", "dtype"), [(2, "float32"), (3, "float64"), (7, "float32")])
def test_any_number_of_classes(classes, dtype):
    rng = np.random.default_rng(classes)
    probabilities = rng.dirichlet(np.ones(classes), 500).astype(dtype)
    labels = rng.integers(0, max(2, classes - 1), 500)  # of 3 and 7 classes, one is never true
    scores = classification_scores(probabilities, labels)
    costs = [-math.log(row[n]) for row, n in zip(probabilities, labels, strict=True)]
    assert scores["nats"] == pytest.approx(np.mean(costs), rel=1e-5)
    assert ("f1" in scores) == (classes == 2)
    assert all(type(value) is float for value in scores.values())


def test_a_class_that_never_occurs_is_not_counted():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    assert classification_scores(probabilities, np.array([0, 1]))["macro_f1"] == 1.0


def test_calibration_error_against_a_loop_over_bins():
    rng = np.random.default_rng(0)
    probabilities, labels = rng.dirichlet(np.ones(4), 2000), rng.integers(0, 4, 2000)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    error = 0.0
    for lower in range(15):
        inside = (confidence > lower / 15) & (confidence <= (lower + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert classification_scores(probabilities, labels)["calibration_error"] == pytest.approx(error)


def test_probabilities_that_tell_the_truth_are_calibrated():
    rng = np.random.default_rng(1)
    positive = rng.uniform(size=50_000)
    labels = (rng.uniform(size=50_000) < positive).astype(int)
    sure = np.stack([1 - positive, positive], axis=1)
    assert classification_scores(sure, labels)["calibration_error"] < 0.02
    sharper = sure**3 / (sure**3).sum(1, keepdims=True)
    assert classification_scores(sharper, labels)["calibration_error"] > 0.1


HALF = [[0.5, 0.5]] * 2


@pytest.mark.parametrize(
    ("probabilities", "labels", "message"),
    [
        (np.zeros((0, 2)), np.zeros(0, int), "shape"),
        ([0.5, 0.5], [0, 1], "shape"),
        ([[1.0]], [0], "shape"),
        (HALF, [0], "labels has the shape"),
        (HALF, [0.0, 1.0], "class numbers"),
        (HALF, [0, 2], "from 0 to 2; expected 0 to 1"),
        (HALF, [-1, 1], "from -1"),
        ([[0.5, 0.5], [2.0, -1.0]], [0, 1], r"probabilities\[1\].*not logits"),
        ([[0.5, 0.5], [0.9, 0.9]], [0, 1], r"probabilities\[1\].*sum to 1"),
        ([[math.nan, 0.5], [0.5, 0.5]], [0, 1], r"probabilities\[0\]"),
    ],
)
def test_scores_of_what_are_no_probabilities(probabilities, labels, message):
    with pytest.raises(ValueError, match=message):
        classification_scores(np.array(probabilities), np.array(labels))
