"""Sequences padded to a short list of lengths, and batches to a short list of sizes: few programs are compiled."""

from collections.abc import Sequence

import numpy as np

BATCH_SIZES = (1, 8, 32, 64)


def padded_size(count: int, sizes: Sequence[int]) -> int:
    """The smallest of the rising `sizes` that holds `count`; above the largest, a multiple of the largest."""
    return next((size for size in sizes if size >= count), -(-count // sizes[-1]) * sizes[-1])


def batches_by_length(lengths: Sequence[int], sizes: Sequence[int], limit: int = BATCH_SIZES[-1]) -> list[list[int]]:
    """The numbers of the sequences of each batch: at most `limit`, all padded to the same of `sizes`."""
    groups: dict[int, list[int]] = {}
    for n in sorted(range(len(lengths)), key=lambda n: lengths[n]):
        groups.setdefault(padded_size(lengths[n], sizes), []).append(n)
    return [group[n : n + limit] for group in groups.values() for n in range(0, len(group), limit)]


def padded_rows(count: int) -> np.ndarray:
    """Which of `count` rows (at least one) stands in each row of a batch of one of the `BATCH_SIZES`.

    The batch is filled up with copies of the last row: in decoding they end when it ends.
    """
    return np.minimum(np.arange(padded_size(count, BATCH_SIZES)), count - 1)


def padded_ids(rows: Sequence[np.ndarray], sizes: Sequence[int], filler: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids (B, T) and their mask (B, T), both int32: T is one of `sizes`, B one of `BATCH_SIZES`."""
    places = padded_rows(len(rows))
    length = padded_size(max(len(row) for row in rows), sizes)
    tokens = np.full((len(places), length), filler, dtype=np.int32)
    mask = np.zeros_like(tokens)
    for n, place in enumerate(places):
        row = rows[place]
        tokens[n, : len(row)], mask[n, : len(row)] = row, 1
    return tokens, mask
