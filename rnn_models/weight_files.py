"""The weights of a bundle: an .npz archive of plain arrays of floating-point numbers. No pickle is ever loaded."""

import bz2
import io
import math
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """What `np.savez_compressed` does; an array is packed by bzip2 where that saves a tenth, for it is slow to unpack.

    `np.load` reads both.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            file = io.BytesIO()
            np.lib.format.write_array(file, array, allow_pickle=False)
            content = file.getvalue()
            small = len(bz2.compress(content)) < 0.9 * len(zlib.compress(content))
            archive.writestr(f"{name}.npy", content, zipfile.ZIP_BZIP2 if small else zipfile.ZIP_DEFLATED)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The file with the weights, open; whatever is broken in it is told in words."""
    if not path.is_file():
        raise ValueError(f"{path} is missing; expected the weights of the bundle. Copy the bundle's folder whole.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _RefusedError:
        raise
    except Exception as error:  # a broken archive fails in many ways
        raise ValueError(
            f"{path} cannot be read: {error}. Expected an .npz archive of plain arrays. Copy the bundle's folder whole."
        ) from error


class _RefusedError(ValueError):
    """An array that can be read and is not what is expected."""


def names_in(path: Path) -> set[str]:
    """The names of the arrays in a file."""
    with _archive(path) as archive:
        return {name.removesuffix(".npy") for name in archive.namelist()}


def read_arrays(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The weights in a file, by name, if they have these shapes.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    with _archive(path) as archive, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
        largest_first = sorted(shapes, key=lambda name: -math.prod(shapes[name]))
        waiting = {name: threads.submit(_array, archive, name, shapes[name], path) for name in largest_first}
        try:
            return {name: future.result() for name, future in waiting.items()}
        finally:
            threads.shutdown(cancel_futures=True)


def _array(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    """One array: its header is compared before its numbers are unpacked."""
    with archive.open(f"{name}.npy") as file:
        given, fortran, dtype = _header(file, name)
        if dtype.kind == "f" and given != shape:
            raise _RefusedError(
                f"{path}: {name} has shape {given}; expected {shape} by config.json. Take both files from the same "
                "bundle."
            )
        if dtype.kind == "f":
            content = file.read(dtype.itemsize * math.prod(shape))
            array = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
            file.read()  # the archive's own sum is compared at the end
        if dtype.kind != "f" or not np.isfinite(array).all():
            raise _RefusedError(
                f"{path}: {name} has dtype {dtype} or values that are not finite; expected finite floating-point "
                "numbers. Make the bundle again."
            )
    return array


# As NumPy writes it. NumPy reads it by Python's parser, which on 3.11 fails when several threads parse at once.
_HEADER = re.compile(r"\{'descr': '([<>|=]\w+)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), *\} *\n?")


def _header(file: Any, name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it is in Fortran's order, and dtype of the array that begins here in a file."""
    version = np.lib.format.read_magic(file)
    if version > (2, 0):
        raise ValueError(f"{name} has version {version} of NumPy's format; expected 1.0 or 2.0")
    length = int.from_bytes(file.read(2 if version == (1, 0) else 4), "little")
    header = file.read(min(length, 10_000)).decode("latin-1")
    found = _HEADER.fullmatch(header)
    if not found:
        raise ValueError(f"{name} has the header {header[:80].strip()!r}; expected that of one plain array")
    shape = tuple(int(size) for size in found[3].replace(" ", "").split(",") if size)
    return shape, found[2] == "True", np.dtype(found[1])


def narrowed(variable: Any, dtype: str) -> np.ndarray:
    """The values of a variable in a narrower dtype.

    Raises:
        ValueError: it cannot hold them.
    """
    import keras

    value = keras.ops.convert_to_numpy(variable).astype("float32")
    with np.errstate(over="ignore"):  # told below, in words
        narrow = value.astype(dtype)
    if not np.isfinite(narrow).all():
        raise ValueError(
            f"{variable.path} has values that {dtype} cannot hold (largest {np.abs(value).max():.3g}, or NaN); "
            "the bundle was not written. Train again, or save with dtype='float32'."
        )
    return narrow
