"""The temperature of a classifier."""

import numpy as np
import pytest

from rnn_models import CharTokenizer, CharVocabulary, SentimentClassifier
from rnn_models.tasks.sentiment import softmax
from tests.support.helpers import close, normal
from training.sentiment.calibration import LEAST, MOST, calibrate, temperature


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(true):
    logits = 3 * normal(20_000, 3, seed=1)
    drawn = softmax(logits / true).cumsum(axis=1) < np.random.default_rng(2).random((len(logits), 1))
    close(temperature(softmax(logits), drawn.sum(axis=1)), true, 0.05 * true)


def test_it_stays_in_its_range_where_all_are_right_or_all_wrong():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    close(temperature(probabilities, np.array([0, 1])), LEAST, 1e-3)
    close(temperature(probabilities, np.array([1, 0])), MOST, 1e-2)


def test_a_model_keeps_its_labels_and_its_best_temperature_is_then_one():
    model = SentimentClassifier(CharTokenizer(CharVocabulary("abcdefgh")), units=4, embedding=3)
    model.build((None, None))
    for n, v in enumerate(model.trainable_variables):
        v.assign(3 * normal(*v.shape, seed=n))
    texts = ["".join(row) for row in np.random.default_rng(0).choice(list("abcdefgh"), (200, 5))]
    before = model.probabilities(texts)
    drawn = softmax(np.log(before) / 2).cumsum(axis=1) < np.random.default_rng(1).random((200, 1))
    labels = drawn.sum(axis=1)
    found = calibrate(model, texts, labels)
    after = model.probabilities(texts)
    assert 1.2 < found < 4
    close(temperature(after, labels), 1.0, 1e-3)
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
