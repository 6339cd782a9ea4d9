"""The baselines on small made-up sets."""

import numpy as np
import pytest

from training.data.errors import DataError
from training.data.records import Labelled, LabelledData
from training.sentiment.baselines import REGULARISATIONS, bag_of_words, majority


def labelled(texts: list[str], labels: list[int]) -> Labelled:
    return Labelled(texts, np.array(labels, dtype="int32"))


def data_of(parts: list[Labelled], names: list[str]) -> LabelledData:
    return LabelledData("made up", *parts, names, "written here", "none needed", [])


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
