"""Files of PyTorch weights: read as they were written, and nothing of a hostile one is run."""

import functools
import hashlib
import io
import os
import pickle
import struct

import numpy as np
import pytest

from rnn_models.vision import torch_weights
from rnn_models.vision.torch_weights import MAGIC, VERSION, arrays_of, read_torch_file

# Pickles by hand: an assembler of the instructions that PyTorch writes.

EMPTY = b"ccollections\nOrderedDict\n)R"
FLOATS, INTEGERS = b"ctorch\nFloatStorage\n", b"ctorch\nLongStorage\n"


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def group(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def tensor(key="0", size=6, offset=0, shape=(2, 3), strides=(3, 1), kind=FLOATS) -> bytes:
    storage = group(text("storage"), kind, text(key), text("cpu"), number(size), b"N") + b"Q"
    sizes = [group(*map(number, numbers)) for numbers in (shape, strides)]
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + group(storage, number(offset), *sizes, b"\x89", EMPTY) + b"R"


def state(*named: tuple[str, bytes]) -> bytes:
    return EMPTY + b"(" + b"".join(text(name) + value for name, value in named) + b"u"


def whole(main: bytes, storages=None, magic=MAGIC, version=VERSION, little_endian=True) -> bytes:
    """A file: five pickles, then each storage's size and numbers."""
    storages = {"0": np.arange(6, dtype="<f4")} if storages is None else storages
    machine = {"protocol_version": VERSION, "little_endian": little_endian, "type_sizes": {"int": 4}}
    heads = b"".join(pickle.dumps(value, protocol=2) for value in (magic, version, machine))
    numbers = b"".join(struct.pack("<q", len(array)) + array.tobytes() for array in storages.values())
    return heads + b"\x80\x02" + main + b"." + pickle.dumps(list(storages), protocol=2) + numbers


GOOD = whole(state(("w", tensor())))


def refused(content: bytes, match: str = "") -> None:
    with pytest.raises(ValueError, match=f"the file was refused: .*{match}"):
        arrays_of(content)


# ------------------------------------------------------------------------------------------- good files


def test_what_was_written_is_read():
    storages = {"0": np.arange(6, dtype="<f4"), "weights 1": np.array([7, 8], dtype="<i8")}
    main = state(
        ("plain", tensor()),
        ("turned", tensor(shape=(3, 2), strides=(1, 3))),
        ("part", tensor(offset=2, shape=(2,), strides=(2,))),
        ("nothing", tensor(shape=(0, 5), strides=(5, 1))),
        ("one", tensor("weights 1", 2, 1, (), (), INTEGERS)),
    )
    found = arrays_of(whole(main, storages))
    assert list(found) == ["plain", "turned", "part", "nothing", "one"]
    np.testing.assert_array_equal(found["plain"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["turned"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(found["part"], [2, 4])
    assert found["nothing"].shape == (0, 5)
    assert found["one"] == 8 and found["one"].shape == () and found["one"].dtype == np.int64
    assert found["plain"].dtype == np.float32
    assert all(a.flags.c_contiguous and a.flags.owndata for a in found.values())


def test_files_of_pytorch_itself():
    torch = pytest.importorskip("torch")
    given = {
        "a": torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
        "b": torch.arange(10)[3:],
        "c": torch.tensor(5.0),
    }
    layer = torch.nn.BatchNorm1d(3)
    for tensors in (given, layer.state_dict()):
        stream = io.BytesIO()
        torch.save(tensors, stream, _use_new_zipfile_serialization=False)
        found = arrays_of(stream.getvalue())
        assert list(found) == list(tensors)
        for name, array in found.items():
            np.testing.assert_array_equal(array, tensors[name].numpy())
    stream = io.BytesIO()
    torch.save(given, stream)
    refused(stream.getvalue())


def test_the_sum_is_checked_before_anything_is_read(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    path.write_bytes(GOOD)
    assert list(read_torch_file(path, hashlib.sha256(GOOD).hexdigest())) == ["w"]
    monkeypatch.setattr(torch_weights, "arrays_of", lambda content: pytest.fail("it was read"))
    with pytest.raises(ValueError, match="weights.pth has the SHA-256 .*, expected 00.*was not read"):
        read_torch_file(path, "00")
    with pytest.raises(ValueError, match="cannot be read"):
        read_torch_file(tmp_path, "00")
    with pytest.raises(ValueError, match="cannot be read"):
        read_torch_file(tmp_path / "none.pth", "00")


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"no pickle")
    with pytest.raises(ValueError, match="weights.pth: "):
        read_torch_file(path, hashlib.sha256(b"no pickle").hexdigest())


# ------------------------------------------------------------------------------------------- hostile files


class Evil:
    """What a plain unpickler would run."""

    def __init__(self, function, *arguments):
        self.made = function, arguments

    def __reduce__(self):
        return self.made


@pytest.mark.parametrize("protocol", range(6))
def test_no_code_is_run(protocol, tmp_path):
    path = tmp_path / "it was run"
    evil = pickle.dumps(Evil(os.mkdir, str(path)), protocol=protocol)
    for content in (evil, GOOD.replace(b"\x80\x02" + EMPTY, evil, 1), whole(evil[:-1]), GOOD + evil):
        refused(content)
        assert not path.exists()
    pickle.loads(evil)
    assert path.exists()  # so it is evil indeed


@pytest.mark.parametrize(
    "main",
    [
        b"cos\nsystem\n" + group(text("true")) + b"R",
        b"cbuiltins\neval\n" + group(text("1")) + b"R",
        b"c__builtin__\ngetattr\n.",
        b"ctorch\nload\n" + group(text("x")) + b"R",
        b"ctorch.storage\n_load_from_bytes\n" + group(text("x")) + b"R",
        b"ccollections\nOrderedDict.fromkeys\n)R",
        b"ccollections\nOrderedDict\n" + group(group()) + b"R",
        b"(ios\nsystem\n",
        b"(cos\nsystem\n" + text("true") + b"o",
        b"ccollections\nOrderedDict\n)\x81",
        text("os") + text("system") + b"\x93",
        b"\x82\x01",
        b"Pname\n",
        b"S'text'\n",
        b"\x8a\x05hello",
        b"F1.5\n",
        b"I01\n",
        b"\x95" + bytes(8),
    ],
)
def test_other_names_and_calls_are_refused(main):
    refused(whole(main))


@pytest.mark.parametrize(
    "main",
    [
        b"ccollections\nOrderedDict\n}(" + text("__call__") + b"Nub" + EMPTY,
        b"ccollections\nOrderedDict\nN}(" + text("__call__") + b"Nu\x86b" + EMPTY,
        b"ctorch._utils\n_rebuild_tensor_v2\nN}(" + text("x") + b"Nu\x86b" + EMPTY,
        EMPTY + b"N}(" + text("items") + FLOATS + b"u\x86b" + FLOATS + b"}(" + text("x") + b"Nub",
    ],
)
def test_no_pickle_changes_what_the_next_one_calls(main):
    before = dict(torch_weights._KNOWN)
    refused(whole(main))
    assert before == torch_weights._KNOWN and list(arrays_of(GOOD)) == ["w"]


@pytest.mark.parametrize(
    "options",
    [
        {"offset": 1},
        {"offset": 6, "shape": (), "strides": ()},
        {"shape": (2, 4)},
        {"strides": (4, 1)},
        {"offset": -1},
        {"strides": (-1, 1)},
        {"shape": (-2, -3)},
        {"strides": (1,)},
        {"key": "1"},
        {"size": 5},
        {"kind": b"ctorch\nHalfStorage\n"},
        {"kind": b"ccollections\nOrderedDict\n"},
        {"kind": INTEGERS},
    ],
)
def test_tensors_that_look_outside_their_numbers_are_refused(options):
    refused(whole(state(("w", tensor(**options)))))


def test_a_storage_without_numbers_gives_none():
    nothing = {"0": np.zeros(0, "<f4")}
    refused(whole(state(("w", tensor(size=0))), nothing))
    found = arrays_of(whole(state(("w", tensor(size=0, shape=(0, 3)))), nothing))
    assert found["w"].shape == (0, 3)


def test_other_files_are_refused():
    main = state(("w", tensor()))
    refused(whole(main, magic=1), "magic number")
    refused(whole(main, version=1002), "version 1001")
    refused(whole(main, little_endian=False), "little-endian")
    refused(GOOD + b"\0", "goes on")
    refused(b"")
    refused(b"PK\x03\x04" + bytes(40))
    refused(whole(state(("w", text("no tensor")))))


def test_every_truncated_file_is_refused():
    for end in range(len(GOOD)):
        refused(GOOD[:end])


def test_many_tensors_of_one_storage_are_each_their_own():
    """Views that share numbers come out as copies: to change one leaves the others."""
    found = arrays_of(whole(state(("a", tensor()), ("b", tensor()))))
    found["a"][:] = 9
    assert functools.reduce(np.add, found["b"].ravel()) == 15
