"""Corpora by name, each with fixed splits."""

import hashlib
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.download import fetch, provenance
from training.data.errors import DataError
from training.data.nsmc import NSMC, NSMC_LICENCE, nsmc_rows, nsmc_source
from training.data.records import PublicDataset
from training.data.splits import split_text
from training.data.text_files import read_text

PUBLIC = {
    "shakespeare": PublicDataset("karpathy/tiny_shakespeare", "en"),
    "warpeace": PublicDataset(language="en"),
    "linux": PublicDataset(
        "", "code", "gpl-2.0-data", "https://www.kernel.org/doc/html/latest/process/license-rules.html"
    ),
    "python": PublicDataset("", "code", "psf-2.0-data", "https://docs.python.org/3/license.html"),
    "nsmc": NSMC,
}


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


def load_corpus(name: str) -> Corpus:
    """A corpus by name: see `CORPORA` for the names.

    Raises:
        ValueError: an unknown name.
        DataError: the data cannot be had (no network, a wrong sum, ...).
    """
    if name not in CORPORA:
        raise ValueError(f"Unknown corpus {name!r}; known: {', '.join(CORPORA)}. Your own text: --file NAME.txt.")
    return CORPORA[name]()


def file_corpus(path: str | Path) -> Corpus:
    """Any UTF-8 text file: the first 90 % train, the next 5 % validation, the last 5 % test."""
    path = Path(path)
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.")
    train, validation, test = split_text(read_text(path), 0.90, 0.05)
    return Corpus(path.stem, train, validation, test, f"the file {path.name}", "the text's own")


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
    train, validation, test = split_text(text, 0.8, 0.1)
    source = f"War and Peace (cs.stanford.edu/people/karpathy/char-rnn; {origin}), 80/10/10, line ends LF"
    return Corpus("warpeace", train, validation, test, source, "public domain (Project Gutenberg)")


def _linux() -> Corpus:
    text, origin = _text("charlm/linux_input.txt")
    train, validation, test = split_text(text, 0.8, 0.1)
    source = f"Linux kernel sources (linux_input.txt of Karpathy et al. 2015; {origin}), 80/10/10"
    return Corpus("linux", train, validation, test, source, "GPL-2.0")


def _nsmc() -> Corpus:
    """The reviews' texts, one a line: the train file but its last 5 %, these, and the test file.

    All of the texts, also those that the classifier's data leave out because they stand in the test file.
    """
    rows = nsmc_rows("train")[0].texts
    cut = len(rows) - len(rows) // 20
    parts = {"train": rows[:cut], "validation": rows[cut:], "test": nsmc_rows("test")[0].texts}
    texts = {name: "\n".join(part) + "\n" for name, part in parts.items()}
    source = f"{nsmc_source()}: train file but its last 5 % / these / test file"
    return Corpus("nsmc", texts["train"], texts["validation"], texts["test"], source, NSMC_LICENCE)


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
