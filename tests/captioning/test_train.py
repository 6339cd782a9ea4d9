"""What a captioner is fitted by: the penalty on attention, REINFORCE against exact enumeration, captions by heart."""

import contextlib
import itertools

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Captioner
from tests.support.gradients import double_precision, numpy, value_and_gradients
from tests.support.helpers import close, normal
from tests.support.small_captioners import END, START, WORDS, trainer_of
from training.captioning.hard_attention import reinforce_terms
from training.captioning.trainer import doubly_stochastic


def test_the_penalty_is_that_of_the_paper():
    weights = np.random.default_rng(0).dirichlet(np.ones(5), (2, 3, 4)).astype("float32")
    counted = np.ones((2, 3, 4), "float32")
    counted[0, 1, 2:] = 0
    counted[1, 2] = 0
    expected = [
        ((1 - (weights[n, k] * counted[n, k, :, None]).sum(0)) ** 2).mean()
        for n, k in itertools.product(range(2), range(3))
        if counted[n, k].any()
    ]
    close(doubly_stochastic(weights, counted), np.mean(expected), 1e-6)


@contextlib.contextmanager
def policy(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def test_reinforce_is_unbiased_by_exact_enumeration():
    """The estimator's gradient, averaged over all places that can be drawn, is the gradient of what is expected.

    A captioner with hard attention on 3 places writes 3 words: 27 ways to look, one a row, and the α of a step depend
    on the places before it.
    """
    with double_precision(), policy("float64"):
        model = Captioner(
            WORDS,
            depth=2,
            places=(1, 3),
            attention="hard",
            units=3,
            embedding=2,
            attention_units=2,
            features=2,
            cell="gru",
        )
        model.build()
        for n, v in enumerate(model.trainable_variables):
            v.assign(0.9 * normal(*v.shape, seed=n, dtype="float64"))
        ways = np.array([np.eye(3)[list(way)] for way in itertools.product(range(3), repeat=3)])[
            :, None
        ]  # (27, 1, 3, 3)
        grid = np.repeat(normal(1, 3, 2, seed=50, dtype="float64") ** 2, len(ways), axis=0)
        target = np.repeat(np.array([[[START, 3, 4]]], "int32"), len(ways), axis=0)
        labels, counted = np.repeat(np.array([[[3, 4, END]]], "int32"), len(ways), axis=0), np.ones((len(ways), 1, 3))

        def look():
            logits, weights = model(grid, target, noise=1e9 * ways)
            logs = ops.log_softmax(ops.cast(logits, "float64"), axis=-1)
            right = ops.squeeze(ops.take_along_axis(logs, labels[..., None], axis=-1), -1)
            chance = ops.prod(ops.sum(weights * ways, axis=-1), axis=-1)
            return right, weights, chance

        def expected(*_):
            right, _, chance = look()
            return -ops.sum(chance * ops.sum(right, axis=-1))

        def estimated(*_):
            right, weights, chance = look()
            place = model.decoder.attention.place(weights, 1e9 * ways)
            terms, _ = reinforce_terms(right, weights, place, counted, baseline=-1.3)
            return ops.sum(ops.stop_gradient(chance) * ops.sum(terms - right, axis=-1))

        variables = model.trainable_variables
        _, _, exact = value_and_gradients(expected, [], variables)
        _, _, found = value_and_gradients(estimated, [], variables)
        for variable, one, other in zip(variables, found, exact, strict=True):
            assert np.abs(numpy(other)).max() > 0, variable.path
            close(one, other, 1e-7)


def test_the_mean_that_becomes_the_baseline_counts_words_only():
    log_probs = np.array([[-1.0, -2.0, -50.0]], "float32")
    counted = np.array([[1.0, 1.0, 0.0]], "float32")
    weights = np.full((1, 3, 2), 0.5, "float32")
    place = np.eye(2, dtype="float32")[[[0, 1, 0]]]
    terms, mean = reinforce_terms(log_probs, weights, place, counted, baseline=-1.0)
    assert float(mean) == pytest.approx(-1.5)
    # step 0: R = -3, b = -2; step 1: R = -2, b = -1; log α = log ½
    close(terms, [[np.log(0.5), np.log(0.5), 0.0]], 1e-6)
    more, _ = reinforce_terms(log_probs, weights, place, counted, baseline=-1.0, entropy=0.1)
    close(more - terms, [[-0.1 * np.log(2), -0.1 * np.log(2), 0.0]], 1e-6)


@pytest.mark.parametrize(
    "options", [{}, {"attention": "hard", "entropy": 0.0}, {"attention": "none", "inject": "merge"}]
)
def test_every_weight_moves_in_one_step_and_sixteen_captions_are_learnt_by_heart(options):
    model, trainer = trainer_of(**options)
    generator = np.random.default_rng(3)
    grid = 2 * generator.standard_normal((16, 4, 6)).astype("float32")
    labels = generator.integers(3, 8, (16, 1, 4)).astype("int32")
    labels[:, :, -1] = END
    target = np.concatenate([np.full((16, 1, 1), START), labels[:, :, :-1]], -1).astype("int32")
    inputs, counted = {"grid": grid, "target": target}, np.ones(labels.shape, "float32")
    before = [numpy(v).copy() for v in model.trainable_variables]
    trainer.train_on_batch(inputs, labels, counted)
    still = [
        v.path
        for v, old in zip(model.trainable_variables, before, strict=True)
        if np.allclose(numpy(v), old, atol=1e-9)
    ]
    assert not still
    for _ in range(8):
        for _ in range(30):
            trainer.train_on_batch(inputs, labels, counted)
        found = trainer(inputs, training=False)  # no second program is compiled for this
        loss = float(trainer.compute_loss(inputs, labels, found, counted, training=False))
        if loss < 0.1:
            break
    assert loss < 0.1
