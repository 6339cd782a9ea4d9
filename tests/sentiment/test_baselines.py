"""Classification scores against scikit-learn and numbers done by hand; the baselines on small made-up sets."""

import math
import sys

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from training.data.errors import DataError
from training.data.records import Labelled, LabelledData
from training.metrics.classification import classification_scores
from training.sentiment.baselines import REGULARISATIONS, bag_of_words, majority


def labelled(texts: list[str], labels: list[int]) -> Labelled:
    return Labelled(texts, np.array(labels, dtype="int32"))


def data_of(parts: list[Labelled], names: list[str]) -> LabelledData:
    return LabelledData("made up", *parts, names, "written here", "none needed", [])


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


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_against_scikit_learn(classes, dtype):
    rng = np.random.default_rng(classes)
    probabilities = rng.dirichlet(np.ones(classes), 500).astype(dtype)
    labels = rng.integers(0, max(2, classes - 1), 500)  # of 3 and 7 classes, one is never true
    predicted = probabilities.argmax(1)
    scores = classification_scores(probabilities, labels)
    assert scores["accuracy"] == pytest.approx(accuracy_score(labels, predicted))
    assert scores["macro_f1"] == pytest.approx(f1_score(labels, predicted, average="macro"))
    exact = probabilities.astype("float64")
    exact /= exact.sum(1, keepdims=True)
    assert scores["nats"] == pytest.approx(log_loss(labels, exact, labels=range(classes)), rel=1e-6)
    assert ("f1" in scores) == (classes == 2)
    if classes == 2:
        assert scores["f1"] == pytest.approx(f1_score(labels, predicted))
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
    positive = rng.uniform(size=200_000)
    labels = (rng.uniform(size=200_000) < positive).astype(int)
    sure = np.stack([1 - positive, positive], axis=1)
    assert classification_scores(sure, labels)["calibration_error"] < 0.01
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


def test_majority_is_trains_and_not_tests():
    train = labelled(["x"] * 4, [1, 1, 1, 0])
    data = data_of([train, labelled(["x"], [0]), labelled(["x"] * 5, [0, 0, 0, 1, 1])], ["no", "yes"])
    found = majority(data)
    assert found["accuracy"] == pytest.approx(0.4) and found["macro_f1"] == pytest.approx(2 / 7)
    assert found["calibration_error"] == pytest.approx(0.75 - 0.4)
    assert (found["C"], found["features"]) == (None, 0)


def reviews(rng: np.random.Generator, count: int, classes: int = 2) -> Labelled:
    """Texts whose class is that of most of their marked words; some words say nothing."""
    marked = [["good", "lovely", "great"], ["bad", "awful", "dull"], ["odd", "queer", "strange"]]
    texts, labels = [], []
    for index in range(count):
        label = index % classes
        words = [*rng.choice(marked[label], 3), *rng.choice(["film", "the", "plot", "a"], 4)]
        texts.append(" ".join(rng.permutation(words)))
        labels.append(label)
    return labelled(texts, labels)


@pytest.mark.parametrize("analyzer", ["word", "char"])
@pytest.mark.parametrize("classes", [2, 3])
def test_bag_of_words_learns_what_words_say(analyzer, classes):
    rng = np.random.default_rng(0)
    parts = [reviews(rng, count, classes) for count in (300, 60, 90)]
    found = bag_of_words(data_of(parts, ["bad", "good", "odd"][:classes]), analyzer)
    assert list(found) == ["name", "accuracy", "macro_f1", "calibration_error", "C", "features", "seconds"]
    assert found["accuracy"] > 0.95 and found["macro_f1"] > 0.95
    assert found["C"] in REGULARISATIONS and found["features"] > 10 and analyzer in found["name"]


def test_pairs_of_words_are_features():
    texts = ["not good", "good", "not bad", "bad"] * 30
    part = labelled(texts, [0, 1, 1, 0] * 30)
    found = bag_of_words(data_of([part] * 3, ["bad", "good"]))
    assert found["accuracy"] == 1.0 and found["features"] == 5  # not, good, bad, not good, not bad


def test_korean_words_of_one_character_and_parts_of_words():
    part = labelled(["참 좋 다", "꼭 봐 라", "영 별 로", "왜 봐 라"] * 10, [1, 1, 0, 0] * 10)
    assert bag_of_words(data_of([part] * 3, ["bad", "good"]))["accuracy"] == 1.0
    train = labelled(["재밌어요", "재밌네", "지루해요", "지루하네"] * 10, [1, 1, 0, 0] * 10)
    test = labelled(["재밌다", "지루하다"], [1, 0])
    data = data_of([train, train, test], ["bad", "good"])
    assert bag_of_words(data, "char")["accuracy"] == 1.0
    assert bag_of_words(data, "word")["accuracy"] == 0.5, "no whole word of the test is known"


def test_what_test_holds_does_not_change_the_features():
    rng = np.random.default_rng(0)
    train, validation, test = reviews(rng, 200), reviews(rng, 40), reviews(rng, 40)
    other = labelled([f"{text} unheard{i} unheard{i}" for i, text in enumerate(test.texts)], test.labels.tolist())
    first, second = (bag_of_words(data_of([train, validation, part], ["bad", "good"])) for part in (test, other))
    assert first["features"] == second["features"] and first["C"] == second["C"]


def test_too_few_texts_and_an_unknown_analyzer():
    part = labelled(["one", "two"], [0, 1])
    data = data_of([part] * 3, ["bad", "good"])
    with pytest.raises(DataError, match="made up: .*two training texts.*more texts"):
        bag_of_words(data)
    with pytest.raises(ValueError, match="'letters'.*'word' or 'char'"):
        bag_of_words(data, "letters")


def test_without_scikit_learn_the_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    part = labelled(["one", "one"], [0, 1])
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        bag_of_words(data_of([part] * 3, ["bad", "good"]))
    assert majority(data_of([part] * 3, ["bad", "good"]))["accuracy"] == 0.5
