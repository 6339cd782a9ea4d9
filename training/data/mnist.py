"""The MNIST database of handwritten digits (LeCun, Cortes and Burges 1998)."""

import gzip
import hashlib
import itertools
import zlib
from pathlib import Path

import numpy as np

from training.data.download import fetch, provenance
from training.data.errors import DataError
from training.data.records import ImageData, Images, PublicDataset

SIDE = 28
"""H and W of a digit, in pixels."""

PUBLIC = {"mnist": PublicDataset("ylecun/mnist", "", "cc-by-sa-3.0", "https://creativecommons.org/licenses/by-sa/3.0/")}
"""What a trained model's card says of it."""

VALIDATION = 5000
"""The last so many of the 60,000 training digits are the validation split."""

SUMS = {
    "train-images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the four files unpacked: mirrors compress the same bytes in different ways."""

_UNSIGNED_BYTES = 0x08
_AXES = (("images", 3), ("labels", 1))
_MEND = "Delete the file and start again; it will be downloaded anew."


def load_mnist() -> ImageData:
    """55,000 digits to train on, 5,000 for validation, the official 10,000 for the test; 0 is paper, 255 ink.

    Raises:
        DataError: a file cannot be had, or is not what it should be.
    """
    train, test = _part("train", 60_000), _part("t10k", 10_000)
    cut = len(train.labels) - VALIDATION
    return ImageData(
        "mnist",
        Images(train.images[:cut], train.labels[:cut]),
        Images(train.images[cut:], train.labels[cut:]),
        test,
        [str(digit) for digit in range(10)],
        f"MNIST (LeCun, Cortes and Burges; {_provenance()}): official test split",
        "CC BY-SA 3.0",
        [],
    )


def _provenance() -> str:
    """Whether the files are known to be the public ones, in words for a model's card."""
    for name, (kind, axes) in itertools.product(("train", "t10k"), _AXES):
        path = f"mnist/{name}-{kind}-idx{axes}-ubyte.gz"
        with gzip.open(fetch(path)) as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != SUMS[f"{name}-{kind}"]:
                return provenance(path, fetch(path))
    return "the public files, SHA-256 of their contents checked"


def _part(name: str, count: int) -> Images:
    images = read_idx(fetch(f"mnist/{name}-images-idx3-ubyte.gz"), (count, SIDE, SIDE))
    path = fetch(f"mnist/{name}-labels-idx1-ubyte.gz")
    labels = read_idx(path, (count,))
    if labels.max() > 9:
        raise DataError(f"{path}: expected labels 0 to 9; got {labels.max()}. {_MEND}")
    return Images(images, labels.astype("int32"))


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The array of bytes in a gzip-compressed IDX file, uint8.

    Args:
        path: the file.
        shape: what it must hold.

    Raises:
        DataError: the file is damaged, or holds something else.
    """
    header = bytes([0, 0, _UNSIGNED_BYTES, len(shape)]) + np.array(shape, dtype=">i4").tobytes()
    size = len(header) + int(np.prod(shape))
    try:
        with gzip.open(path) as stream:
            content = stream.read(size + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path} is not a whole .gz file ({type(error).__name__}: {error}). {_MEND}") from error
    if not content.startswith(header) or len(content) != size:
        raise DataError(f"{path}: expected an IDX file of {' × '.join(map(str, shape))} bytes; got another. {_MEND}")
    return np.frombuffer(content, dtype="uint8", offset=len(header)).reshape(shape)
