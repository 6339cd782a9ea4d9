"""Sequences and batches padded to a short list of sizes."""

import numpy as np

from rnn_models.padding import BATCH_SIZES, batches_by_length, padded_ids, padded_rows, padded_size

SIZES = (16, 32, 64)


def test_the_smallest_size_that_holds_it():
    assert [padded_size(n, SIZES) for n in (1, 16, 17, 64, 65, 129)] == [16, 16, 32, 64, 128, 192]


def test_rows_that_fill_up_a_batch_are_copies_of_the_last():
    for count in (1, 2, 8, 9, 33, 64):
        rows = padded_rows(count)
        assert len(rows) in BATCH_SIZES and rows[:count].tolist() == list(range(count))
        assert (rows[count:] == count - 1).all()
    assert len(padded_rows(65)) == 128


def test_batches_hold_each_sequence_once_and_one_length_each():
    lengths = np.random.default_rng(0).integers(1, 80, 300).tolist()
    batches = batches_by_length(lengths, SIZES, limit=20)
    assert sorted(n for batch in batches for n in batch) == list(range(300))
    assert all(len(batch) <= 20 and len({padded_size(lengths[n], SIZES) for n in batch}) == 1 for batch in batches)


def test_ids_and_their_mask():
    rows = [np.array([5, 6, 7]), np.array([8])]
    tokens, mask = padded_ids(rows, SIZES, filler=2)
    assert tokens.shape == mask.shape == (8, 16) and tokens.dtype == mask.dtype == np.int32
    assert tokens[0, :4].tolist() == [5, 6, 7, 2] and mask[0].sum() == 3
    assert (tokens[1:] == tokens[1]).all() and (mask[1:] == mask[1]).all() and tokens[1, :2].tolist() == [8, 2]
