"""MNIST: its splits, and files that are damaged."""

import gzip
import os

import numpy as np
import pytest

from training.data.errors import DataError
from training.data.mnist import load_mnist, read_idx


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">i4").tobytes() + array.tobytes()


ARRAY = np.arange(24, dtype="uint8").reshape(2, 3, 4)


def test_an_idx_file_is_read(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(idx(ARRAY)))
    np.testing.assert_array_equal(read_idx(path, (2, 3, 4)), ARRAY)
    with pytest.raises(DataError, match="expected an IDX file of 3 × 2 × 4 bytes"):
        read_idx(path, (3, 2, 4))


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(idx(ARRAY))[:-9],
        gzip.compress(idx(ARRAY)[:-1]),
        gzip.compress(idx(ARRAY) + b"x"),
        idx(ARRAY),
        b"",
    ],
)
def test_a_damaged_file_is_an_error(tmp_path, content):
    path = tmp_path / "x.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="Delete the file"):
        read_idx(path, (2, 3, 4))


@pytest.mark.skipif("RNN_DATA_DIR" not in os.environ, reason="needs MNIST: 11 MB; set RNN_DATA_DIR")
def test_the_splits():
    data = load_mnist()
    assert [len(part.labels) for part in (data.train, data.validation, data.test)] == [55_000, 5_000, 10_000]
    # each class's count in the 60,000 and the 10,000, as the database's page gives them
    both = np.concatenate([data.train.labels, data.validation.labels])
    assert np.bincount(both).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert data.train.labels[:5].tolist() == [5, 0, 4, 1, 9] and data.train.images.mean() == pytest.approx(
        33.3, abs=0.1
    )
