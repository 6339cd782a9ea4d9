"""Adversarial training: the direction, its length, and the loss that is made of it."""

import keras
import numpy as np
from keras import ops

from rnn_models import CharTokenizer, CharVocabulary, SentimentClassifier
from tests.support.gradients import numpy
from tests.support.helpers import close, normal
from training.sentiment.adversarial import AdversarialTrainer, gradient, perturbation

TOKENS = np.array([[1, 2, 3, 4], [5, 6, 0, 0], [3, 3, 3, 0]], dtype="int32")
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]], dtype="int32")
LABELS, WEIGHTS = np.array([0, 1, 1]), np.ones(3, dtype="float32")
TARGETS = np.eye(2, dtype="float32")[LABELS]
LOSS = keras.losses.CategoricalCrossentropy(from_logits=True)


def trainer(epsilon=2.0, **options) -> AdversarialTrainer:
    tokenizer = CharTokenizer(CharVocabulary("abcdefgh"))
    model = SentimentClassifier(tokenizer, units=4, embedding=3, attention_units=3, **options)
    model.build((None, None))
    for n, v in enumerate(model.trainable_variables):
        v.assign(normal(*v.shape, seed=n))
    made = AdversarialTrainer(model, epsilon, weight=0.5)
    made.compile("adam", LOSS)
    return made


def loss_at(model, embedded) -> float:
    logits = numpy(model.classifier.logits_of(ops.convert_to_tensor(embedded), ops.cast(MASK, "bool")))
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return float(-log_p[np.arange(3), LABELS].mean())


def own_loss(model, training) -> float:
    inputs = {"tokens": ops.convert_to_tensor(TOKENS), "mask": ops.convert_to_tensor(MASK)}
    logits = model(inputs, training=training)
    return float(numpy(model.compute_loss(inputs, ops.convert_to_tensor(TARGETS), logits, None, training)))


def direction(model, embedded) -> np.ndarray:
    mask = ops.cast(MASK, "bool")

    def loss(x):
        return ops.mean(LOSS(TARGETS, model.classifier.logits_of(x, mask)))

    return numpy(gradient(loss, ops.convert_to_tensor(embedded)))


def test_the_direction_is_the_gradient_of_the_loss_by_the_embeddings():
    model = trainer()
    embedded = numpy(model.classifier.embed(TOKENS))
    found = direction(model, embedded)
    for along in (found / np.linalg.norm(found), *(normal(*found.shape, seed=n) for n in range(3))):
        difference = loss_at(model, embedded + 0.01 * along) - loss_at(model, embedded - 0.01 * along)
        close(difference / 0.02, (found * along).sum(), 5e-3)
    assert np.abs(found).max() > 1e-2


def test_r_has_its_length_in_each_text_and_padding_is_not_moved():
    g, embedded = normal(3, 4, 3, seed=1), normal(3, 4, 3, seed=2)
    r = numpy(perturbation(*map(ops.convert_to_tensor, (g, embedded)), ops.cast(MASK, "bool"), 2.0))
    real = embedded[MASK > 0]
    sigma = np.sqrt(np.square(real - real.mean(axis=0)).mean())
    close(np.sqrt(np.square(r).sum(axis=(1, 2))), np.full(3, 2.0 * sigma), 1e-5)
    assert not r[MASK == 0].any()
    close(r[0] / np.linalg.norm(r[0]), g[0] / np.linalg.norm(g[0]), 1e-5)


def test_a_text_without_direction_is_not_moved():
    zero, embedded = np.zeros((1, 2, 3), "float32"), normal(1, 2, 3)
    mask = np.zeros((1, 2), bool)
    assert not numpy(perturbation(*map(ops.convert_to_tensor, (zero, embedded, mask)), 2.0)).any()


def test_the_loss_is_the_own_one_and_the_weighted_one_of_the_moved_texts():
    model = trainer()
    embedded = numpy(model.classifier.embed(TOKENS))
    r = numpy(perturbation(*map(ops.convert_to_tensor, (direction(model, embedded), embedded, MASK > 0)), 2.0))
    own, moved = loss_at(model, embedded), loss_at(model, embedded + r)
    assert moved > own + 0.1
    close(own_loss(model, training=True), own + 0.5 * moved, 1e-4)
    close(own_loss(model, training=False), own, 1e-4)


def test_a_classifier_learns_in_fit():
    """With dropout, and the loss of `fit` is more than the own one."""
    model = trainer(epsilon=0.5, dropout=0.1)
    inputs = {"tokens": TOKENS, "mask": MASK}
    model.compile(keras.optimizers.Adam(0.05), LOSS)
    history = model.fit(inputs, TARGETS, sample_weight=WEIGHTS, epochs=20, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]
    assert (numpy(model(inputs)).argmax(axis=1) == LABELS).all()
