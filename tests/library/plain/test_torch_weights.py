"""Files of PyTorch weights: read as they were written, and nothing of a hostile one is run."""

import functools
import hashlib
import io
import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_models.vision.torch_weights import MAGIC, VERSION, arrays_of, read_torch_file

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")

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


def refused(content: bytes, match: str | None = None) -> None:
    with pytest.raises(ValueError, match=match):
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
    refused(stream.getvalue(), "magic number|refused")


def test_the_sum_is_checked_before_anything_is_read(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    path.write_bytes(GOOD)
    assert list(read_torch_file(path, hashlib.sha256(GOOD).hexdigest())) == ["w"]
    monkeypatch.setattr("pickletools.genops", lambda stream: pytest.fail("it was read"))
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
def test_other_instructions_and_names_are_refused(main):
    refused(whole(main), "refused|something else than named tensors")


@pytest.mark.parametrize(
    "main",
    [
        b"",
        b"R",
        b"Q",
        b"t",
        b"(R",
        b"(((R",
        b"u",
        b"s",
        b"b",
        b"a",
        b"e",
        b"h\x05",
        b"(q\x00",
        b"q\x00",
        b"N" + text("a") + text("b") + b"s",
        b"](Ne(Neu",
        b"}(" + text("a") + b"u",
        b"}(" + number(1) + number(2) + b"u",
        b"}(" + EMPTY + number(2) + b"u",
        b"NN",
        EMPTY + EMPTY,
        group(text("storage"), b"N", text("0"), text("cpu"), number(6), b"N") + b"Q",
        b"]}b",
        text("w") + b"}b",
        b"\x80\x02",
        b"X\xff\xff\xff\xffab",
        b"cos\nsys",
        b"c\xff\n\xff\n",
    ],
)
def test_pickles_that_make_no_sense_are_refused(main):
    refused(whole(main), "refused|something else than named tensors")


def test_deep_nesting_is_harmless():
    deep = b"(" * 20_000 + b"t" * 20_000
    refused(whole(deep), "something else")
    refused(whole(b"}(" + deep + b"Nu"), "refused")
    refused(whole(deep + b")R"), "refused")
    refused(whole(deep + b"Q"), "refused")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"offset": 1}, "does not fit"),
        ({"offset": 6, "shape": (), "strides": ()}, "does not fit"),
        ({"shape": (2, 4)}, "does not fit"),
        ({"strides": (4, 1)}, "does not fit"),
        ({"shape": (1000, 1000), "strides": (0, 0)}, "does not fit"),
        ({"offset": -1}, "another way"),
        ({"strides": (-1, 1)}, "another way"),
        ({"shape": (-2, -3)}, "another way"),
        ({"strides": (1,)}, "another way"),
        ({"size": 5}, "has 6 entries, expected 5"),
        ({"size": -6}, "another way"),
        ({"key": "1"}, "not those that the file lists"),
        ({"kind": b"ctorch\nHalfStorage\n"}, "HalfStorage"),
        ({"kind": b"ccollections\nOrderedDict\n"}, "another way"),
        ({"kind": INTEGERS}, "cut short"),
    ],
)
def test_tensors_that_look_outside_their_numbers_are_refused(options, match):
    refused(whole(state(("w", tensor(**options)))), match)


def test_other_frames_are_refused():
    main = state(("w", tensor()))
    refused(whole(main, magic=1), "magic number")
    refused(whole(main, version=1002), "magic number")
    refused(whole(main, little_endian=False), "little-endian")
    refused(GOOD + b"\0", "goes on")
    refused(b"", "refused")
    refused(b"PK\x03\x04" + bytes(40), "refused|magic")
    refused(whole(state(("w", text("no tensor")))), "something else than named tensors")
    twice = pickle.dumps(["0", "0"], protocol=2)
    refused(GOOD.replace(pickle.dumps(["0"], protocol=2), twice), "different names")


def test_every_truncated_file_is_refused():
    for end in range(len(GOOD)):
        refused(GOOD[:end])


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_files_are_arrays_or_refused(changes):
    content = bytearray(GOOD)
    for place, value in changes:
        content[place] = value
    try:
        found = arrays_of(bytes(content))
    except ValueError:
        return
    assert all(isinstance(array, np.ndarray) and array.size <= 6 for array in found.values())


@given(st.binary(max_size=80))
def test_any_pickle_is_refused(main):
    with pytest.raises(ValueError):
        arrays_of(whole(main))


def test_many_tensors_of_one_storage_are_each_their_own():
    """Views that share numbers come out as copies: to change one leaves the others."""
    found = arrays_of(whole(state(("a", tensor()), ("b", tensor()))))
    found["a"][:] = 9
    assert functools.reduce(np.add, found["b"].ravel()) == 15
