"""Corpora and labelled data sets by name, each with fixed splits."""

import csv
import hashlib
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.download import DataError, fetch, provenance


@dataclass(frozen=True)
class Corpus:
    """A text cut into train, validation and (where there is one) test.

    Line ends are "\\n" whatever the file has. `source` and `licence` go into a trained model's card.
    """

    name: str
    train: str
    validation: str
    test: str | None
    source: str
    licence: str


@dataclass(frozen=True)
class Labelled:
    """Texts with a class number each: `labels` is (N,) int32."""

    texts: list[str]
    labels: np.ndarray


def load_corpus(name: str) -> Corpus:
    """A corpus by name: see `CORPORA` for the names.

    Raises:
        ValueError: an unknown name.
        DataError: the data cannot be had (no network, a wrong sum, ...).
    """
    if name not in CORPORA:
        raise ValueError(f"Unknown corpus {name!r}; known: {', '.join(CORPORA)}. Your own text: --file NAME.txt.")
    return CORPORA[name]()


def load_labelled(name: str) -> dict[str, Labelled]:
    """A labelled data set by name ('nsmc'): its splits 'train', 'validation', 'test'.

    nsmc: Naver film reviews (Korean), 0 negative, 1 positive. `test` is the official test file; the last
    5 % of the official train file are `validation`. Reviews without text are left out.
    """
    if name != "nsmc":
        raise ValueError(f"Unknown labelled data set {name!r}; known: nsmc.")
    rows, labels = _nsmc_rows("train")
    cut = len(rows) - len(rows) // 20
    return {
        "train": Labelled(rows[:cut], labels[:cut]),
        "validation": Labelled(rows[cut:], labels[cut:]),
        "test": Labelled(*_nsmc_rows("test")),
    }


def file_corpus(path: str | Path) -> Corpus:
    """Any UTF-8 text file: the first 90 % train, the next 5 % validation, the last 5 % test."""
    path = Path(path)
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.")
    train, validation, test = split(read_text(path), 0.90, 0.05)
    return Corpus(path.stem, train, validation, test, f"the file {path.name}", "the text's own")


def read_text(path: Path) -> str:
    """A UTF-8 text file with line ends made "\\n" and a leading byte order mark removed.

    Raises:
        DataError: a byte that is not UTF-8; says where.
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise DataError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} at line {line}, byte {column} of the "
            f"line (offset {error.start}). Save it as UTF-8, for example: iconv -f ENCODING -t UTF-8 "
            f"{Path(path).name} > utf8.txt (Korean files are often CP949)."
        ) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def split(text: str, train: float, validation: float) -> tuple[str, str, str]:
    """The first, middle and last part of a text, as shares of its characters."""
    first = int(len(text) * train)
    second = int(len(text) * (train + validation))
    return text[:first], text[first:second], text[second:]


def _text(path: str) -> tuple[str, str]:
    """A public text, and where this copy comes from."""
    found = fetch(path)
    return read_text(found), provenance(path, found)


def _hello() -> Corpus:
    return Corpus("hello", "hello", "hello", None, "the lecture's first example", "none needed")


def _shakespeare() -> Corpus:
    text, origin = _text("charlm/tinyshakespeare.txt")
    cut = int(len(text) * 0.9)
    return Corpus(
        "shakespeare",
        text[:cut],
        text[cut:],
        None,
        f"tiny Shakespeare (github.com/karpathy/char-rnn; {origin}), first 90 % train, last 10 % validation",
        "public domain",
    )


def _warpeace() -> Corpus:
    """Karpathy's file has CR LF line ends and counts 3,258,246 characters; with LF it has 3,196,214 or so."""
    text, origin = _text("charlm/warpeace_input.txt")
    train, validation, test = split(text, 0.8, 0.1)
    source = f"War and Peace (cs.stanford.edu/people/karpathy/char-rnn; {origin}), 80/10/10, line ends LF"
    return Corpus("warpeace", train, validation, test, source, "public domain (Project Gutenberg)")


def _linux() -> Corpus:
    text, origin = _text("charlm/linux_input.txt")
    train, validation, test = split(text, 0.8, 0.1)
    source = f"Linux kernel sources (linux_input.txt of Karpathy et al. 2015; {origin}), 80/10/10"
    return Corpus("linux", train, validation, test, source, "GPL-2.0")


def _nsmc() -> Corpus:
    """The reviews' texts, one a line; splits as in `load_labelled`."""
    splits = load_labelled("nsmc")
    texts = {name: "\n".join(part.texts) + "\n" for name, part in splits.items()}
    origin = provenance("nsmc/ratings_train.txt", fetch("nsmc/ratings_train.txt"))
    source = f"Naver film reviews (github.com/e9t/nsmc; {origin}): train file but its last 5 % / these / test file"
    return Corpus("nsmc", texts["train"], texts["validation"], texts["test"], source, "CC0 1.0")


def _nsmc_rows(name: str) -> tuple[list[str], np.ndarray]:
    path = fetch(f"nsmc/ratings_{name}.txt")
    lines = read_text(path).split("\n")
    if lines[0].split("\t") != ["id", "document", "label"]:
        raise DataError(f"{path}: expected the columns id, document, label; got {lines[0]!r}.")
    texts, labels = [], []
    for number, row in enumerate(csv.reader(lines[1:], delimiter="\t", quoting=csv.QUOTE_NONE), start=2):
        if not row:
            continue
        if len(row) != 3 or row[2] not in {"0", "1"}:
            raise DataError(f"{path}, line {number}: expected id, document, 0 or 1; got {row!r}.")
        if document := row[1].strip():
            texts.append(document)
            labels.append(int(row[2]))
    return texts, np.array(labels, dtype="int32")


# Folders of the standard library without code to learn from: tests, installed packages, generated tables.
_PYTHON_SKIPPED = {"test", "tests", "idle_test", "site-packages", "dist-packages", "encodings", "pydoc_data"}


def _python() -> Corpus:
    """The running Python's own standard library: no network; the text differs between Python versions.

    Files are put in the order of the SHA-256 of their relative path, and whole files go to train, validation
    or test (about 90/5/5 of the characters), so that no file is on both sides.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    files = [
        path.relative_to(root)
        for path in root.rglob("*.py")
        if not _PYTHON_SKIPPED.intersection(path.relative_to(root).parts)
    ]
    if not files:
        raise DataError(f"No source files of the standard library lie in {root}: this Python carries none.")
    files.sort(key=lambda path: hashlib.sha256(path.as_posix().encode()).digest())
    texts = [_source(root / path) for path in files]
    ends = np.cumsum([len(text) for text in texts])
    first, second = np.searchsorted(ends, [0.90 * ends[-1], 0.95 * ends[-1]], side="right")
    version = ".".join(map(str, sys.version_info[:3]))
    return Corpus(
        "python",
        "".join(texts[:first]),
        "".join(texts[first:second]),
        "".join(texts[second:]),
        f"the standard library of Python {version} without tests and tables, split 90/5/5 by file",
        "PSF-2.0",
    )


def _source(path: Path) -> str:
    """A source file as text; the few that are not UTF-8 declare so, and are read as Latin-1."""
    try:
        return read_text(path)
    except DataError:
        return path.read_bytes().decode("latin-1").replace("\r\n", "\n")


CORPORA: dict[str, Callable[[], Corpus]] = {
    "hello": _hello,
    "shakespeare": _shakespeare,
    "warpeace": _warpeace,
    "linux": _linux,
    "python": _python,
    "nsmc": _nsmc,
}
