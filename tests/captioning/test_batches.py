"""Batches of pictures with all their captions, or with some of them."""

import numpy as np
import pytest

from tests.support.small_captioners import END, START, pictures
from training.captioning.batches import PictureBatches


def test_every_caption_stands_in_an_epoch_once():
    features, captions = pictures(6)
    batches = PictureBatches(features, captions, START, END, 3, seed=0)
    found = []
    for index in range(len(batches)):
        inputs, labels, counted = batches[index]
        assert inputs["grid"].shape[1:] == (4, 3) and inputs["target"].shape == labels.shape == counted.shape
        for grid, target, wanted, weight in zip(inputs["grid"], inputs["target"], labels, counted, strict=True):
            for t, w, c in zip(target, wanted, weight, strict=True):
                length = int(c.sum())
                if length:
                    assert t[0] == START and w[length - 1] == END and (t[1:length] == w[: length - 1]).all()
                    found.append((grid.sum().item(), w[: length - 1].tobytes()))
    expected = [
        (np.asarray(features.grid[n], "float32").sum().item(), ids.tobytes()) for n in range(6) for ids in captions[n]
    ]
    assert sorted(found) == sorted(expected)


def test_two_captions_of_each_picture_are_drawn_for_an_epoch():
    features, captions = pictures(6)
    ids = [np.full(1 + n % 3, 10 + n, "int32") for n in range(24)]
    captions = [ids[4 * n : 4 * n + 4 - n % 2 * 3] for n in range(6)]  # four and one in turns
    batches = PictureBatches(features, captions, START, END, 3, seed=0, drawn=2)
    seen = []
    for epoch in range(20):
        batches.epoch = epoch
        inputs = [batches[index][0] for index in range(len(batches))]
        assert all(batch["target"].shape[1] == 2 for batch in inputs)
        firsts = np.sort(np.concatenate([batch["target"][:, :, 1].reshape(-1) for batch in inputs]))
        kept = firsts[firsts > END]
        assert len(set(kept)) == len(kept) == 9
        of = np.bincount((kept - 10) // 4, minlength=6)
        np.testing.assert_array_equal(of, [2, 1] * 3)
        seen.append(set(kept))
    assert set().union(*seen) == {int(row[0]) for caption in captions for row in caption} and seen[0] != seen[1]
    assert PictureBatches(features, captions, START, END, 3, drawn=2).count == 4  # validation has all


def test_pictures_that_fill_up_the_last_batch_do_not_count_in_validation():
    features, captions = pictures(7)
    batches = PictureBatches(features, captions, START, END, 3)
    words = sum(batches[index][2].sum() for index in range(len(batches)))
    assert words == sum(len(ids) + 1 for row in captions for ids in row)


def test_an_epoch_is_the_same_again_and_others_differ():
    features, captions = pictures(12, flips=True)
    one, same = (PictureBatches(features, captions, START, END, 2, seed=3) for _ in range(2))
    first = [one[index][0]["grid"] for index in range(len(one))]
    for grid, index in zip(first, range(len(same)), strict=True):
        assert (same[index][0]["grid"] == grid).all()
    one.epoch = 1
    assert any((one[i][0]["grid"] != first[i]).any() for i in range(len(one)))


def test_half_of_the_pictures_are_mirrored():
    features, captions = pictures(40, flips=True)
    batches = PictureBatches(features, captions, START, END, 4, seed=0)
    originals = {row.tobytes() for row in np.asarray(features.grid, "float32")}
    mirrored = [grid.tobytes() not in originals for i in range(len(batches)) for grid in batches[i][0]["grid"]]
    assert 10 < sum(mirrored) < 30


def test_features_of_other_pictures_are_refused():
    features, captions = pictures(5)
    with pytest.raises(ValueError, match="There are 5 pictures and captions of 4"):
        PictureBatches(features, captions[:4], START, END, 2)
