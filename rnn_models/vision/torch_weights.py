"""Weights from a file of PyTorch's older format, read without PyTorch and without running anything in it.

Such a file is five pickles (a magic number, a version, the writer's machine, the tensors' shapes, the storages' names)
and then the numbers themselves. Python's unpickler would call whatever a pickle names. Here the pickles are read as
data, by a small machine of our own: `pickletools` cuts them into instructions, the few that describe tensors are
followed, any other is an error, and no object of the file is ever imported or called.
"""

import hashlib
import io
import math
import os
import pickletools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001

_DICT, _TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
_DTYPES = {"torch FloatStorage": "<f4", "torch LongStorage": "<i8"}
_NAMES = (_DICT, _TENSOR, *_DTYPES)
"""All that a pickle may name."""


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
    """`read_torch_file` of a file's content, whatever its sum.

    Raises:
        ValueError: anything but tensors.
    """
    stream = io.BytesIO(content)
    if _read_pickle(stream) != MAGIC or _read_pickle(stream) != VERSION:
        raise ValueError(f"this is no file of PyTorch's older format; expected its magic number and version {VERSION}.")
    machine = _read_pickle(stream)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise ValueError("the file was not written on a little-endian machine; expected one that was.")
    tensors, keys = _read_pickle(stream), _read_pickle(stream)
    if not isinstance(tensors, dict) or not all(isinstance(t, _Tensor) for t in tensors.values()):
        raise ValueError("the file holds something else than named tensors; expected a `state_dict`.")
    if not isinstance(keys, list) or not all(isinstance(k, str) for k in keys) or len(set(keys)) < len(keys):
        raise ValueError("the list of storages is damaged; expected different names.")
    storages = {t.storage.key: t.storage for t in tensors.values()}
    numbers = _read_storages(stream, storages, keys)
    return {name: _array(name, tensor, numbers) for name, tensor in tensors.items()}


@dataclass(frozen=True)
class _Storage:
    """One run of numbers, which tensors look into."""

    kind: str
    key: str
    size: int


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage: entry (i, j, ...) lies at offset + i strides[0] + j strides[1] + ..."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _read_storages(stream: io.BytesIO, storages: dict[str, _Storage], keys: list[str]) -> dict[str, np.ndarray]:
    """The numbers, which follow the pickles: for each storage its size in eight bytes, then its entries."""
    if set(keys) != set(storages):
        raise ValueError("the tensors' storages are not those that the file lists; it is damaged.")
    numbers = {}
    for key in keys:
        storage, dtype = storages[key], np.dtype(_DTYPES[storages[key].kind])
        size = int.from_bytes(stream.read(8), "little")
        if size != storage.size:
            raise ValueError(f"storage {key!r} has {size} entries, expected {storage.size}; the file is damaged.")
        entries = stream.read(size * dtype.itemsize)
        if len(entries) < size * dtype.itemsize:
            raise ValueError(f"the file ends inside storage {key!r}; it was cut short.")
        numbers[key] = np.frombuffer(entries, dtype=dtype)
    if stream.read(1):
        raise ValueError("the file goes on after its last storage; it is damaged.")
    return numbers


def _array(name: str, tensor: _Tensor, numbers: dict[str, np.ndarray]) -> np.ndarray:
    flat = numbers[tensor.storage.key]
    last = tensor.offset + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True))
    empty = 0 in tensor.shape
    # No view may look outside its storage, nor be blown up to more than what the file holds.
    if math.prod(tensor.shape) > len(flat) or (not empty and last >= len(flat)):
        raise ValueError(f"{name} of shape {tensor.shape} does not fit in its storage of {len(flat)}; it is damaged.")
    if empty:
        return np.zeros(tensor.shape, dtype=flat.dtype)
    strides = [s * flat.itemsize for s in tensor.strides]
    view = np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.shape, strides, writeable=False)
    return np.array(view, order="C")


# ------------------------------------------------------------------------------------------ pickles as data

_MARK = object()


@dataclass(frozen=True)
class _Name:
    """What a pickle names, as a name: nothing is looked up."""

    name: str


def _read_pickle(stream: io.BytesIO) -> Any:
    """The next pickle of the stream, as dicts, lists, tuples, texts, numbers and `_Tensor`s."""
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            machine.follow(opcode.name, argument)
        (value,) = machine.stack
    except (ValueError, IndexError, KeyError) as error:  # the last two: an empty stack, an empty memo
        raise ValueError(f"the pickle in it was refused: {error}. Expected tensors and nothing else.") from error
    return value


class _Machine:
    """A pickle's stack and memo, and the instructions that are followed."""

    def __init__(self) -> None:
        self.stack: list = []
        self.memo: dict[int, Any] = {}

    def follow(self, instruction: str, argument: Any) -> None:
        push = self.stack.append
        match instruction:
            case "PROTO" | "STOP":
                pass
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE":
                push(argument)
            case "NONE":
                push(None)
            case "NEWTRUE" | "NEWFALSE":
                push(instruction == "NEWTRUE")
            case "EMPTY_DICT":
                push({})
            case "EMPTY_LIST":
                push([])
            case "EMPTY_TUPLE":
                push(())
            case "MARK":
                push(_MARK)
            case "TUPLE":
                push(tuple(self.pop_to_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                push(tuple(self.pop_many(int(instruction[-1]))))
            case "APPEND" | "APPENDS":
                entries = self.pop_many(1) if instruction == "APPEND" else self.pop_to_mark()
                self.top(list).extend(entries)
            case "SETITEM":
                self.set_items(self.pop_many(2))
            case "SETITEMS":
                self.set_items(self.pop_to_mark())
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = self.top(object)
            case "BINGET" | "LONG_BINGET":
                push(self.memo[argument])
            case "GLOBAL":
                push(self.named(argument))
            case "BINPERSID":
                push(self.storage(*self.pop_many(1)))
            case "REDUCE":
                push(self.made(*self.pop_many(2)))
            case "BUILD":
                self.pop_many(1)  # the versions of the layers: no numbers
                self.top(dict)
            case _:
                raise ValueError(f"it holds the instruction {instruction}")

    def pop_many(self, count: int) -> list:
        """The last `count` values; none of them may be a mark."""
        if len(self.stack) < count or _MARK in self.stack[-count:]:
            raise ValueError("a value is missing")
        values = self.stack[-count:]
        del self.stack[-count:]
        return values

    def pop_to_mark(self) -> list:
        values = []
        while (value := self.stack.pop()) is not _MARK:
            values.append(value)
        return values[::-1]

    def top(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind) or self.stack[-1] is _MARK:
            raise ValueError(f"a value of the type {kind.__name__} is missing")
        return self.stack[-1]

    def set_items(self, items: list) -> None:
        target = self.top(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str):
                raise ValueError("an entry has no name")
            target[key] = value

    def named(self, name: str) -> _Name:
        if name not in _NAMES:
            raise ValueError(f"it names {name!r:.80}, which is none of {', '.join(_NAMES)}")
        return _Name(name)

    def storage(self, description: Any) -> _Storage:
        match description:
            case ("storage", _Name(kind), str(key), str(), size, None) if kind in _DTYPES and _is_size(size):
                return _Storage(kind, key, size)
        raise ValueError("a storage is described in another way than expected")

    def made(self, function: Any, arguments: Any) -> dict | _Tensor:
        """What a call would make: an empty dict, or a tensor's description. Nothing is called."""
        match function, arguments:
            case (_Name(name), ()) if name == _DICT:
                return {}
            case (_Name(name), (_Storage() as storage, offset, tuple(shape), tuple(strides), _, _)) if name == _TENSOR:
                if len(shape) == len(strides) and all(map(_is_size, (offset, *shape, *strides))):
                    return _Tensor(storage, offset, shape, strides)
        raise ValueError("it makes something else than a tensor, or describes one in another way than expected")


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40
