"""Batches of sentence pairs: every pair with its own translation, little padding, and means over tokens."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.batches import PairBatches, padded_length

START, END = 1, 2
COUNT = 70
RNG = np.random.default_rng(0)
SOURCES = [RNG.integers(3, 99, n).astype("int32") for n in RNG.integers(0, 40, COUNT)]
TARGETS = [RNG.integers(3, 99, max(0, len(s) + RNG.integers(-9, 9))).astype("int32") for s in SOURCES]
TARGETS = [np.append(target, 100 + n).astype("int32") for n, target in enumerate(TARGETS)]  # its number at the end


def batches_of(size=8, seed=None, **options) -> PairBatches:
    return PairBatches((SOURCES, TARGETS), START, END, size, seed, **options)


def all_of(batches: PairBatches) -> list[tuple]:
    return [batches[n] for n in range(len(batches))]


def numbers_in(batch: tuple) -> list[int]:
    return (batch[1].max(axis=1) - 100).tolist()


def of_lengths(pairs) -> tuple[list, list]:
    return tuple([np.full(length, 5, dtype="int32") for length in side] for side in zip(*pairs, strict=True))


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_each_row_is_a_pair(seed):
    batches, seen = batches_of(seed=seed), set()
    assert len(batches) == 9
    for inputs, labels, weights in all_of(batches):
        assert {name: array.dtype for name, array in inputs.items()} == dict.fromkeys(inputs, np.dtype("int32"))
        assert (labels.dtype, weights.dtype) == (np.dtype("int32"), np.dtype("float32"))
        chosen = numbers_in((inputs, labels))
        seen.update(chosen)
        longest = [max(len(side[n]) + 1 for n in chosen) for side in (SOURCES, TARGETS)]
        assert inputs["source"].shape == inputs["source_mask"].shape == (8, padded_length(longest[0]))
        assert inputs["target"].shape == labels.shape == weights.shape == (8, padded_length(longest[1]))
        for row, n in enumerate(chosen):
            s, t = len(SOURCES[n]) + 1, len(TARGETS[n]) + 1
            assert inputs["source"][row, :s].tolist() == [*SOURCES[n], END] and not inputs["source"][row, s:].any()
            assert inputs["source_mask"][row].tolist() == [1] * s + [0] * (inputs["source"].shape[1] - s)
            assert inputs["target"][row, :t].tolist() == [START, *TARGETS[n]] and not inputs["target"][row, t:].any()
            assert labels[row, :t].tolist() == [*TARGETS[n], END] and not labels[row, t:].any()
            assert not weights[row, t:].any()
    assert seen == set(range(COUNT))


def test_in_training_a_batch_weighs_as_the_mean_over_its_tokens():
    for _, labels, weights in all_of(batches_of(seed=1)):
        tokens = (labels > 0).sum()
        np.testing.assert_allclose(weights, (labels > 0) * (labels.size / tokens), rtol=1e-6)


@pytest.mark.parametrize("size", [1, 7, 8, 64, 100])
def test_in_validation_each_token_weighs_the_same(size):
    batches = batches_of(size)
    total = np.zeros(COUNT)
    for batch in all_of(batches):
        for n, weights, labels in zip(numbers_in(batch), batch[2], batch[1], strict=True):
            assert len(set(weights[labels > 0].tolist())) == 1
            total[n] += weights[0] / batch[1].size / len(batches)  # what Keras divides by
    tokens = sum(len(t) + 1 for t in TARGETS)
    np.testing.assert_allclose(total, np.full(COUNT, 1 / tokens), rtol=1e-5)


def test_the_loss_that_keras_reports_is_the_mean_over_the_tokens():
    """Each token's loss is its label, whatever the padding is; of a batch and, in validation, of all."""
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in ("source", "source_mask", "target")}
    hidden = keras.ops.cast(inputs["target"], "float32") * 0 + keras.ops.sum(inputs["source"] * 0.0)
    model = keras.Model(inputs, hidden)
    model.compile(loss=lambda labels, given: keras.ops.cast(labels, "float32") + 7.0)
    labels = np.concatenate([np.append(t, END) for t in TARGETS])
    assert model.evaluate(batches_of(), verbose=0) == pytest.approx(labels.mean() + 7, rel=1e-5)
    given, truth, weights = batches_of(seed=3)[4]
    assert model.test_on_batch(given, truth, weights) == pytest.approx(truth[truth > 0].mean() + 7, rel=1e-5)


def test_the_order_is_made_by_seed_and_epoch_alone():
    def order(seed, epoch):
        batches = batches_of(seed=seed)
        for other in (4, epoch):  # whatever came before
            batches.epoch = other
        return [numbers_in(batch) for batch in all_of(batches)]

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3) and order(1, 2) != order(2, 2)
    assert order(None, 2) == order(None, 3)


def test_padding_is_small_and_what_it_says():
    lengths = np.random.default_rng(1).integers(1, 50, 3000)
    both = [np.full(n, 5, dtype="int32") for n in lengths]
    others = [np.full(n, 5, dtype="int32") for n in np.maximum(1, lengths + np.arange(3000) % 9 - 4)]
    for seed, most in ((None, 0.15), (0, 0.2)):
        batches = PairBatches((both, others), START, END, 64, seed)
        arrays = [a for inputs, labels, _ in all_of(batches) for a in (inputs["source"], labels)]
        empty = sum((a == 0).sum() for a in arrays) / sum(a.size for a in arrays)
        assert batches.padding == pytest.approx(empty, abs=1e-9) and empty < most  # drawn blindly it is a half


lengths_of_pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=40)


@settings(deadline=None)
@given(lengths_of_pairs, st.integers(1, 9), st.sampled_from([None, 0, 1]))
def test_the_first_two_batches_differ_wherever_any_do(pairs, size, seed):
    """Else Keras takes a length for fixed."""
    batches = PairBatches(of_lengths(pairs), START, END, size, seed)
    for epoch in (0, 1):
        batches.epoch = epoch
        shapes = [(i["source"].shape[1], i["target"].shape[1]) for i, _, _ in all_of(batches)]
        for side in (0, 1):
            if len({shape[side] for shape in shapes}) > 1:
                assert shapes[0][side] != shapes[1][side]


def test_pairs_may_be_cut_anew_in_each_epoch():
    batches = PairBatches(lambda epoch: of_lengths([(n + epoch, n + 2 * epoch) for n in range(20)]), START, END, 4, 0)
    for epoch in (0, 1, 5):
        batches.epoch = epoch
        masks = sum(inputs["source_mask"].sum() for inputs, _, _ in all_of(batches))
        assert masks == sum(n + epoch + 1 for n in range(20))


def test_processes_share_out_the_rows():
    for seed in (None, 2):
        for n in range(9):
            whole, one, other = (batches_of(seed=seed, rows=rows)[n] for rows in (None, slice(0, 4), slice(4, 8)))
            for name, array in whole[0].items():
                np.testing.assert_array_equal(np.concatenate([one[0][name], other[0][name]]), array)
            for part in (1, 2):
                np.testing.assert_array_equal(np.concatenate([one[part], other[part]]), whole[part])


def test_empty_texts_are_an_end():
    inputs, labels, weights = PairBatches(of_lengths([(0, 0), (0, 2)]), START, END, 2)[0]
    assert inputs["source"][:, :2].tolist() == [[END, 0]] * 2 and inputs["source_mask"].sum() == 2
    assert labels[:, :3].tolist() == [[END, 0, 0], [5, 5, END]] and inputs["target"][:, 0].tolist() == [START] * 2
    assert np.isfinite(weights).all() and (weights > 0).sum() == 4


@pytest.mark.parametrize("pairs", [([], []), (SOURCES, TARGETS[1:]), (lambda epoch: (SOURCES, []))])
def test_what_is_no_set_of_pairs(pairs):
    with pytest.raises(ValueError, match="expected as many of both, and at least one"):
        PairBatches(pairs, START, END, 4)
