"""Files of the terminal's commands: lines that come in, and results that go out whole or not at all."""

import contextlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from rnn_models import tables
from rnn_models.files import atomic_file
from rnn_models.vision.pictures import SUFFIXES

STREAM = "-"
"""In place of a file: standard input or output."""

# On a screen they would do something, such as clear it.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class ProblemError(Exception):
    """Something about the data or a model: what happened, what was expected, how to mend it."""


class UsageError(Exception):
    """Wrong usage of a command."""


# In --------------------------------------------------------------------------------------------------


def read_text(path: str | None) -> str:
    """The text of a file in UTF-8; without one, or for "-", of standard input.

    Raises:
        ProblemError: there is no such file, or it is no text in UTF-8.
    """
    if path in (None, STREAM):
        name, content = "Standard input", _standard_input()
    else:
        name, content = repr(path), _bytes_of(path)
    try:
        text = tables.decode_utf8(content)
        tables.check_no_nul(text)
    except tables.TableError as error:
        raise ProblemError(
            f"{name}: line {error.line:,} is no text in UTF-8. Save the file as plain text in UTF-8."
        ) from error
    return text


def read_lines(path: str | None) -> list[str]:
    """The lines of a text (see `read_text`) without their ends, be these of Unix or of Windows."""
    lines = read_text(path).split("\n")
    if not lines[-1]:
        lines.pop()  # what ends with a line end has no further line
    return [line.removesuffix("\r") for line in lines]


def check_input(path: str | None) -> None:
    """Complain of an input file that is not there, before anything slow begins."""
    if path not in (None, STREAM) and not Path(path).exists():
        raise ProblemError(f"There is no file {path!r}. Give the path of a text file, or - for standard input.")
    if path not in (None, STREAM) and Path(path).is_dir():
        raise ProblemError(f"{path!r} is a folder; expected a text file.")


def _bytes_of(path: str) -> bytes:
    check_input(path)
    return Path(path).read_bytes()


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise ProblemError("There is no standard input. Give a text, or a file with --input.")
    if sys.stdin.isatty():
        print("Reading what you type; end with Ctrl-D on a line of its own.", file=sys.stderr)
    return sys.stdin.buffer.read()


def pictures_in(places: Sequence[str]) -> list[Path]:
    """The files among these places, and the pictures in the folders among them, in the order of their names.

    Raises:
        ProblemError: a place is neither, or a folder has no picture.
    """
    found: list[Path] = []
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(path for path in place.rglob("*") if _is_picture(path.relative_to(place), path))
            if not inside:
                raise ProblemError(f"There is no picture in the folder {str(place)!r} ({', '.join(sorted(SUFFIXES))}).")
            found += inside
        elif place.exists():
            found.append(place)
        else:
            raise ProblemError(f"There is no picture {str(place)!r}. Give the path of a file or of a folder.")
    return found


def _is_picture(inside: Path, path: Path) -> bool:
    hidden = any(part.startswith(".") for part in inside.parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


# Out -------------------------------------------------------------------------------------------------


class Output:
    """Where results go: to standard output as they come, or to a file that is there whole or not at all.

    `with Output(path) as out: out.write(text)`. An existing file is replaced at the end, and kept if anything
    goes wrong before. File names that are no UTF-8 go out as they came in.
    """

    def __init__(self, path: str | None):
        self._path = None if path in (None, STREAM) else Path(path)
        self._file: IO[bytes] | None = None
        self._open_file = contextlib.ExitStack()

    @property
    def on_screen(self) -> bool:
        """Whether somebody watches the results come."""
        return self._path is None and sys.stdout.isatty()

    def __enter__(self) -> "Output":
        if self._path is None:
            return self
        path = self._path.resolve()  # the file that a link leads to is replaced, and not the link
        if path.is_dir() or not path.parent.is_dir():
            fault = "is a folder" if path.is_dir() else f"cannot be made: there is no folder {str(path.parent)!r}"
            raise ProblemError(f"The output {str(self._path)!r} {fault}. Give the path of a file in a folder that is.")
        special = path.exists() and not path.is_file()  # /dev/null and pipes are written to, never replaced
        self._file = self._open_file.enter_context(path.open("wb") if special else atomic_file(path))
        return self

    def write(self, text: str, errors: str = "surrogateescape") -> None:
        """Write a piece of the result."""
        if self._file is not None:
            self._file.write(text.encode("utf-8", errors))
            return
        if self.on_screen:
            text = _CONTROL.sub("\ufffd", text)
        sys.stdout.buffer.write(text.encode("utf-8", errors))
        sys.stdout.buffer.flush()

    def __exit__(self, *error: Any) -> None:
        self._open_file.__exit__(*error)
