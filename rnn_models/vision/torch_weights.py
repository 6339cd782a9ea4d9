"""Weights from a file of PyTorch's older format, read without PyTorch.

Such a file is five pickles (a magic number, a version, the writer's machine, the tensors' shapes, the storages' names)
and then the numbers themselves. Unpickling calls what a pickle names: here only the four names that describe tensors
are known, any other is an error, and the file's SHA-256 is checked before anything is read.
"""

import hashlib
import io
import os
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


def read_torch_file(path: str | os.PathLike, sha256: str) -> dict[str, np.ndarray]:
    """The arrays of a file that `torch.save(state_dict)` wrote before PyTorch 1.6, by name: float32 and int64.

    Args:
        path: the file.
        sha256: the sum that the file must have; it is checked before anything is read.

    Raises:
        ValueError: no such file, another sum, anything in it but tensors.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error}. Expected a file of weights.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(
            f"{path} has the SHA-256 {found}, expected {sha256}: it is damaged or another file, and was not read. "
            "Install the package that it belongs to again."
        )
    try:
        return arrays_of(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def arrays_of(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of a file's content. It runs nothing of it, but a hostile file may ask for much memory.

    Raises:
        ValueError: anything but tensors.
    """
    stream = io.BytesIO(content)
    try:
        magic, version, machine, tensors, keys = (_Unpickler(stream).load() for _ in range(5))
        if (magic, version, machine["little_endian"]) != (MAGIC, VERSION, True):
            raise ValueError(f"expected PyTorch's magic number, version {VERSION} and little-endian numbers")
        storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
        entries = {key: _entries(stream, storages[key]) for key in keys}
        if stream.read(1):
            raise ValueError("it goes on after its last storage")
        return {name: _array(tensor, entries[tensor.storage.key]) for name, tensor in tensors.items()}
    except Exception as error:  # a broken pickle fails in many ways
        raise ValueError(f"the file was refused: {error}. Expected tensors of PyTorch's older format.") from error


class _Storage(NamedTuple):
    """One run of numbers, which tensors look into."""

    key: str
    dtype: str
    size: int


class _Tensor(NamedTuple):
    """A view of a storage: entry (i, j, ...) lies at offset + i strides[0] + j strides[1] + ..."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _entries(stream: io.BytesIO, storage: _Storage) -> np.ndarray:
    """The numbers of a storage: how many in eight bytes, then each."""
    size, dtype = int.from_bytes(stream.read(8), "little"), np.dtype(storage.dtype)
    entries = stream.read(size * dtype.itemsize)
    if size != storage.size or len(entries) != size * dtype.itemsize:
        raise ValueError(f"storage {storage.key!r} is not {storage.size} entries long")
    return np.frombuffer(entries, dtype)


def _array(tensor: _Tensor, entries: np.ndarray) -> np.ndarray:
    """The numbers of a tensor, copied. NumPy refuses a view that looks outside of the entries, if there are any."""
    if not len(entries):
        return np.zeros(0, entries.dtype).reshape(tensor.shape)
    size = entries.itemsize
    strides = tuple(stride * size for stride in tensor.strides)
    return np.ndarray(tensor.shape, entries.dtype, entries, tensor.offset * size, strides).copy()


class _Unpickler(pickle.Unpickler):
    """Makes dicts, lists, tuples, texts, numbers and `_Tensor`s; knows no other class or function."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return _KNOWN[module, name]

    def persistent_load(self, description: Any) -> _Storage:
        match description:
            case ("storage", "<f4" | "<i8" as dtype, str(key), str(), int(size), None):
                return _Storage(key, dtype, size)
        raise pickle.UnpicklingError("a storage is described in another way than expected")


# What a pickle calls by a name, as objects without attributes: no instruction of a pickle can change them.


class _StateDict(dict):
    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        """The versions of the layers: no numbers."""


class _MakeStateDict:
    __slots__ = ()

    def __call__(self) -> _StateDict:
        return _StateDict()


class _MakeTensor:
    __slots__ = ()

    def __call__(self, storage: _Storage, offset: int, shape: tuple, strides: tuple, *_: Any) -> _Tensor:
        if not isinstance(storage, _Storage):
            raise pickle.UnpicklingError("a tensor has no storage")
        return _Tensor(storage, offset, shape, strides)


_KNOWN = {
    ("collections", "OrderedDict"): _MakeStateDict(),
    ("torch._utils", "_rebuild_tensor_v2"): _MakeTensor(),
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}
