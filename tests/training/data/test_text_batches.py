"""Batches of texts: every text once, those of like length together, the same order after a resume."""

import keras
import numpy as np
import pytest

from tests.support.helpers import close, normal
from training.data.batches import TextBatches, padded_length


def texts_of(lengths) -> list[np.ndarray]:
    """Texts that are their number, again and again; text 0 is 1, 1, 1, ..."""
    return [np.full(length, n + 1, dtype="int32") for n, length in enumerate(lengths)]


def numbers_in(batches: TextBatches) -> list[int]:
    """The texts' numbers, in the order in which they come."""
    found = []
    for index in range(len(batches)):
        inputs, labels, weights = batches[index]
        assert inputs["tokens"].shape == inputs["mask"].shape and len(labels) == len(weights) == batches.batch_size
        found += (inputs["tokens"].max(axis=1) - 1).tolist()
    return found


LENGTHS = np.random.default_rng(0).integers(1, 60, 50)


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_every_text_is_in_a_batch(seed):
    batches = TextBatches(texts_of(LENGTHS), np.arange(50), 8, seed)
    assert len(batches) == 7
    for epoch in range(3):
        batches.epoch = epoch
        assert set(numbers_in(batches)) == set(range(50)) and len(numbers_in(batches)) == 56


def test_each_row_is_its_text_with_its_label():
    texts = [normal(n, seed=n).argsort().astype("int32") + 1 for n in LENGTHS]
    batches = TextBatches(texts, np.arange(50), 8, seed=3)
    for inputs, labels, weights in (batches[n] for n in range(7)):
        assert inputs["tokens"].shape[1] == padded_length(max(len(texts[n]) for n in labels))
        for row, number in enumerate(labels):
            length = len(texts[number])
            assert inputs["tokens"][row, :length].tolist() == texts[number].tolist()
            assert inputs["mask"][row].tolist() == [1] * length + [0] * (inputs["mask"].shape[1] - length)
        assert weights.tolist() == [1.0] * 8


def test_the_order_is_made_by_seed_and_epoch_alone():
    def order(seed, epoch):
        batches = TextBatches(texts_of(LENGTHS), np.arange(50), 8, seed)
        for other in (4, epoch):  # whatever came before
            batches.epoch = other
        return numbers_in(batches)

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3) and order(1, 2) != order(2, 2)
    assert order(None, 2) == order(None, 3)


def test_texts_of_like_length_are_together():
    batches = TextBatches(texts_of(np.tile(LENGTHS, 20)), np.zeros(1000), 20, seed=0)
    real = sum(len(batches[n][0]["mask"][batches[n][0]["mask"] > 0]) for n in range(50))
    room = sum(batches[n][0]["mask"].size for n in range(50))
    assert real / room > 0.75  # in batches drawn blindly it is a half


@pytest.mark.parametrize("count", [1, 7, 8, 50])
def test_in_validation_each_text_counts_once(count):
    texts, labels = texts_of(LENGTHS[:count]), np.arange(count)
    batches = TextBatches(texts, labels, 8)
    counted = np.zeros(count)
    for _, rows, weights in (batches[n] for n in range(len(batches))):
        np.add.at(counted, rows, weights)
    close(counted, np.full(count, len(batches) * 8 / count), 1e-6)


def test_the_mean_loss_of_validation_is_that_over_the_texts():
    """By Keras: of 10 texts in batches of 4, each text's loss is its number."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    mask = keras.Input((None,), dtype="int32", name="mask")
    model = keras.Model({"tokens": tokens, "mask": mask}, keras.ops.max(tokens, axis=1, keepdims=True) - 1)
    values = lambda labels, given: keras.ops.cast(given[:, 0], "float32")  # noqa: E731
    model.compile(loss=values, weighted_metrics=[values])
    loss, metric = model.evaluate(TextBatches(texts_of([3, 1, 9, 2, 2, 5, 40, 4, 1, 6]), np.zeros(10), 4), verbose=0)
    assert loss == pytest.approx(4.5, abs=1e-5) and metric == pytest.approx(4.5, abs=1e-5)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_the_first_two_batches_differ_in_length(seed):
    """Else Keras takes the length for fixed."""
    lengths = [4] * 30 + [30] * 9
    batches = TextBatches(texts_of(lengths), np.zeros(39), 8, seed)
    for epoch in range(5):
        batches.epoch = epoch
        assert batches[0][0]["tokens"].shape[1] != batches[1][0]["tokens"].shape[1]
        assert set(numbers_in(batches)) == set(range(39))


def test_texts_may_be_cut_anew_in_each_epoch():
    batches = TextBatches(lambda epoch: texts_of(LENGTHS + epoch), np.arange(50), 8, seed=0)
    for epoch in (0, 1, 5):
        batches.epoch = epoch
        read = sum(batches[n][0]["mask"].sum(axis=1)[batches[n][1] == 3].max(initial=0) for n in range(7))
        assert read == LENGTHS[3] + epoch


def test_processes_share_out_the_rows():
    whole, first, second = (
        TextBatches(texts_of(LENGTHS), np.arange(50), 8, seed=2, rows=rows)[3]
        for rows in (None, slice(0, 4), slice(4, 8))
    )
    np.testing.assert_array_equal(np.concatenate([first[0]["tokens"], second[0]["tokens"]]), whole[0]["tokens"])
    np.testing.assert_array_equal(np.concatenate([first[1], second[1]]), whole[1])


def test_an_empty_text_is_a_row_of_padding():
    inputs, _, _ = TextBatches(texts_of([0, 3]), np.zeros(2), 2)[0]
    assert inputs["mask"].sum(axis=1).tolist() == [0, 3]


def test_no_text_at_all():
    with pytest.raises(ValueError, match="no text to make batches of"):
        TextBatches([], np.zeros(0), 4)


def test_few_lengths_are_padded_to():
    assert [padded_length(n) for n in (0, 8, 9, 1024, 1025, 1537)] == [8, 8, 12, 1024, 1536, 2048]
