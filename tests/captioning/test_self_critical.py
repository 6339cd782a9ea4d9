"""Self-critical training: what drawn captions are worth, and that the worthier become likelier."""

import keras
import numpy as np
import pytest

from tests.support.gradients import numpy
from tests.support.helpers import close
from tests.support.small_captioners import END, START, WORDS, trainer_of
from training.captioning.self_critical import SampledCaptions, SelfCriticalTrainer, fit_sampled
from training.data.features import Features
from training.metrics.cider import cider_d, document_frequencies


def test_drawn_captions_are_worth_what_cider_says():
    model, _ = trainer_of()
    grid = np.random.default_rng(0).random((4, 4, 6)).astype("float16")
    wanted = [["a dog runs"], ["two dogs"], ["a dog", "two dogs runs"], ["runs"]]
    frequencies = document_frequencies(wanted)
    batches = SampledCaptions(model, Features(grid, grid.mean(1)), wanted, frequencies, 2, 3, 0.5, seed=0)
    inputs, labels, counted = batches[0]
    assert inputs["target"].shape == labels.shape == counted.shape
    assert inputs["target"].shape[:2] == (2, 3) and counted.sum(-1).max() <= inputs["target"].shape[-1] <= 32
    assert np.abs(inputs["advantage"].sum(1)).max() < 1e-5  # each against the mean of the others
    order = np.sort(np.random.default_rng([0, 0]).permutation(4)[:2])
    texts = [
        [WORDS.decode(row[: int(c.sum())]) for row, c in zip(*pair, strict=True)]
        for pair in zip(labels, counted, strict=True)
    ]
    worth = np.stack([cider_d(row, [wanted[n]] * 3, frequencies) for n, row in zip(order, texts, strict=True)])
    close(inputs["advantage"], worth - (worth.sum(1, keepdims=True) - worth) / 2, 1e-5)
    again = batches[0][0]
    assert (again["target"] == inputs["target"]).all()


def test_at_a_low_temperature_the_likeliest_caption_is_drawn():
    model, _ = trainer_of(attention="none")
    grid = np.random.default_rng(0).random((4, 4, 6)).astype("float16")
    wanted = [["a dog"]] * 4
    features, frequencies = Features(grid, grid.mean(1)), document_frequencies(wanted)
    likeliest = {caption.text for caption in model.describe(grid.astype("float32"), beam=1)}
    drawn = {}
    for temperature in (1e-3, 1.0):
        _, labels, counted = SampledCaptions(model, features, wanted, frequencies, 4, 5, temperature, seed=0)[0]
        rows = zip(labels.reshape(20, -1), counted.reshape(20, -1), strict=True)
        drawn[temperature] = {WORDS.decode(row[: int(c.sum())]) for row, c in rows}
    assert drawn[1e-3] == likeliest and drawn[1.0] - likeliest


def test_captions_are_drawn_for_all_views_of_the_pictures():
    model, _ = trainer_of(attention="none")
    grid = np.random.default_rng(0).random((4, 4, 6)).astype("float16")
    wanted = [["a dog"]] * 4
    features = Features(grid, grid.mean(1), (grid + 1, grid + 2))
    batches = SampledCaptions(model, features, wanted, document_frequencies(wanted), 4, 2, 1.0, seed=0)
    seen = set()
    for batches.epoch in range(6):
        found = batches[0][0]["grid"]
        seen |= set(np.rint((found - grid.astype("float32")).mean((1, 2))).astype(int))
    assert seen == {0, 1, 2}


@pytest.mark.parametrize("attention", ["soft", "hard", "none"])
def test_what_is_worth_more_than_the_others_becomes_likelier(attention):
    model, trainer = trainer_of(attention=attention)
    trainer = SelfCriticalTrainer(model, trainer.options)
    trainer.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    grid = np.random.default_rng(1).standard_normal((1, 4, 6)).astype("float32")
    labels = np.array([[[3, 4, END], [5, 6, END]]], "int32")
    target = np.array([[[START, 3, 4], [START, 5, 6]]], "int32")
    inputs = {"grid": grid, "target": target, "advantage": np.array([[0.5, -0.5]], "float32")}

    def likelihoods():
        logits, _ = model(grid, target)
        right = np.take_along_axis(numpy(keras.ops.log_softmax(logits)), labels[..., None], -1)
        return right.sum((-1, -2))[0]

    before = likelihoods()
    for _ in range(10):
        trainer.train_on_batch(inputs, labels, np.ones(labels.shape, "float32"))
    better, worse = likelihoods() - before
    assert better > 0.1 and worse < -0.1


def test_nothing_can_be_won_by_tokens_that_are_never_drawn():
    model, trainer = trainer_of()
    trainer = SelfCriticalTrainer(model, trainer.options)
    grid = np.random.default_rng(1).standard_normal((1, 4, 6)).astype("float32")
    labels = np.array([[[3, 4, END], [5, 6, END]]], "int32")
    target = np.array([[[START, 3, 4], [START, 5, 6]]], "int32")
    inputs = {"grid": grid, "target": target, "advantage": np.array([[1.0, -2.0]], "float32")}

    def loss():
        given = trainer(inputs, training=True)
        return float(trainer.compute_loss(inputs, labels, given, np.ones(labels.shape, "float32"), training=True))

    before = loss()
    model.head_bias.assign(numpy(model.head_bias) + 5 * np.isin(np.arange(len(WORDS)), [0, START]))
    assert loss() == pytest.approx(before, abs=1e-5) and before != 0


def test_drawn_captions_are_learnt_from_as_they_were_drawn():
    model, trainer = trainer_of(dropout=0.5, batch_norm=True)
    trainer = SelfCriticalTrainer(model, trainer.options)
    grid = np.random.default_rng(1).standard_normal((2, 4, 6)).astype("float32")
    inputs = {"grid": grid, "target": np.array([[[START, 3, 4]]] * 2, "int32")}
    logits, _ = model(grid, inputs["target"])
    trainer.options.self_critical_temperature = 0.25
    close(trainer(inputs, training=True)[0], 4 * numpy(logits), 1e-5)
    close(trainer(inputs, training=False)[0], logits, 1e-6)
    assert np.abs(numpy(model(grid, inputs["target"], training=True)[0]) - numpy(logits)).max() > 1e-3


def test_no_batch_is_drawn_before_the_step_before_it_is_done():
    model, trainer = trainer_of(attention="none")
    trainer = SelfCriticalTrainer(model, trainer.options)
    trainer.compile(keras.optimizers.Adam(1e-3), run_eagerly=True)
    labels, counted = np.array([[[3, END]]], "int32"), np.ones((1, 1, 2), "float32")
    given = {"grid": np.ones((1, 4, 6), "float32"), "target": np.array([[[START, 3]]], "int32")}
    steps, told = [], []

    class Batches:
        epoch = 0

        def __len__(self):
            return 3

        def __getitem__(self, index):
            steps.append((self.epoch, index, int(numpy(trainer.optimizer.iterations))))
            return given | {"advantage": np.array([[0.5]], "float32")}, labels, counted

    class Validation(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return given, labels, counted

    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: told.append((epoch, sorted(logs))))
    fit_sampled(trainer, Batches(), Validation(), [note], first=1, epochs=3)
    assert steps == [(1, 0, 0), (1, 1, 1), (1, 2, 2), (2, 0, 3), (2, 1, 4), (2, 2, 5)]
    assert told == [(1, ["loss", "val_loss"]), (2, ["loss", "val_loss"])]
