"""Sums of a data set: two that have the same are the same, text by text, label by label, picture by picture."""

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnn_models.files import sha256
from training.data.errors import DataError
from training.data.records import SPLITS

FIELDS = (*SPLITS, "label_names", "clip_label_names", "source_language", "target_language")
"""The attributes of a data set that give a trained model its meaning."""


def data_sums(data: Any, **more: Any) -> dict[str, str]:
    """The SHA-256 of each split of a data set, and of what its numbers mean.

    Args:
        data: an object of `records`, or another with some of the attributes `FIELDS`.
        more: further texts, by a name.

    Raises:
        DataError: a picture cannot be read.
    """
    parts = {name: getattr(data, name) for name in FIELDS if getattr(data, name, None) is not None}
    return {name: _sum(part) for name, part in (parts | more).items()}


def _sum(value: Any) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(b"%d:" % len(piece))  # so that "ab", "c" is not "a", "bc"
        digest.update(piece)
    return digest.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    """All that a value holds, in order. A picture counts by its content: where it lies makes no difference."""
    if isinstance(value, str):
        yield value.encode("utf-8", "surrogatepass")
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype.str} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Path):
        try:
            yield sha256(value).encode()
        except OSError as error:
            raise DataError(f"There is no picture {str(value)!r} ({type(error).__name__}).") from error
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _pieces(getattr(value, field.name))
    elif isinstance(value, Sequence):
        yield b"%d" % len(value)
        for item in value:
            yield from _pieces(item)
    else:
        raise TypeError(f"{value!r} is of the type {type(value).__name__}, which has no sum.")
