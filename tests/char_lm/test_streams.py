"""The streams that truncated back-propagation through time is fed with."""

import numpy as np
import pytest

from training.char_lm.streams import Streams, validation_streams
from training.core.fit import SetEpoch

IDS = np.arange(1000, dtype="int32")


def test_batches_continue_each_stream_and_targets_are_one_ahead():
    streams = Streams(IDS, batch_size=4, steps=10)
    assert streams.length == 249 and len(streams) == 24
    batches = [streams[k] for k in range(len(streams))]
    tokens = np.concatenate([inputs["tokens"] for inputs, _ in batches], axis=1)
    targets = np.concatenate([target for _, target in batches], axis=1)
    for row in range(4):
        np.testing.assert_array_equal(tokens[row], IDS[249 * row : 249 * row + 240])
    np.testing.assert_array_equal(targets, tokens + 1)


def test_all_streams_are_reset_at_the_beginning_of_each_pass_only():
    streams = Streams(IDS, batch_size=4, steps=100, passes=3)
    resets = [streams[k][0]["reset"] for k in range(len(streams))]
    assert len(resets) == 6
    np.testing.assert_array_equal(resets, [[1] * 4, [0] * 4] * 3)
    np.testing.assert_array_equal(streams[4][0]["tokens"], streams[0][0]["tokens"])


def test_offsets_depend_on_seed_and_epoch_alone():
    def offsets(seed):
        streams, found = Streams(IDS, 4, 10, seed=seed), []
        for epoch in range(20):
            SetEpoch(streams).on_epoch_begin(epoch)
            found.append(streams.offset)
        return found

    first = offsets(1)
    assert first == offsets(1) and first != offsets(2)
    assert set(first) <= set(range(10)) and len(set(first)) > 3
    late = Streams(IDS, 4, 10, seed=1)
    SetEpoch(late).on_epoch_begin(7)
    assert late.offset == first[7]


def test_no_offset_reads_past_the_end():
    for seed in range(30):
        streams = Streams(IDS[:101], batch_size=3, steps=7, seed=seed)
        _, targets = streams[len(streams) - 1]
        assert targets.shape == (3, 7) and targets.max() <= 100


def test_processes_share_out_the_rows():
    whole, first, second = (Streams(IDS, 4, 10, seed=3, rows=rows)[5] for rows in (None, slice(0, 2), slice(2, 4)))
    np.testing.assert_array_equal(np.concatenate([first[0]["tokens"], second[0]["tokens"]]), whole[0]["tokens"])
    np.testing.assert_array_equal(np.concatenate([first[1], second[1]]), whole[1])


@pytest.mark.parametrize(("size", "batch_size", "steps"), [(1000, 3, 64), (98, 1, 32), (20, 4, 100)])
def test_validation_leaves_out_few_symbols(size, batch_size, steps):
    streams = validation_streams(IDS[:size], batch_size, steps)
    used = batch_size * len(streams) * streams.steps
    assert size - 1 - used < batch_size * (1 + len(streams))
    assert streams.steps <= steps


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Streams(IDS[:40], 4, 10), "at least 41"),
        (lambda: Streams(IDS[:49], 4, 10, seed=0), "at least 50"),
        (lambda: Streams(IDS, 0, 10), "batch_size"),
        (lambda: validation_streams(IDS[:4], 4, 10), "too few for 4 streams"),
    ],
)
def test_too_short_a_text_says_how_long_it_must_be(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_the_shortest_text_is_just_enough():
    assert len(Streams(IDS[:41], 4, 10)) == 1
    assert len(Streams(IDS[:50], 4, 10, seed=0)) == 1
