"""Files that are whole or not there, and their sums."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when the block ends.

    If the block fails, or the machine does, what was at `path` is still there, whole. Folders above it are made.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # the renaming itself is on the disk once its folder is
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove_leftovers(folder: str | os.PathLike) -> None:
    """Remove from a folder, and from those in it, what `atomic_file` was writing when its process was killed."""
    for path in Path(folder).rglob(".*.tmp"):
        number = path.name.split(".")[-2]
        if number.isdecimal() and not _is_running(int(number)):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if os.name != "posix":
        return process != os.getpid()  # not to be asked for there without a danger; its leftovers stay
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def write_atomic(path: str | os.PathLike, content: bytes | str) -> None:
    """Write a whole file by `atomic_file`; text is written in UTF-8."""
    with atomic_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_json(
    path: str | os.PathLike, value: Any, indent: int = 2, default: Callable[[Any], Any] | None = str
) -> None:
    """`write_atomic` of a value as JSON that people can read.

    Args:
        default: what is written for a value that JSON does not know; None: such a value is a TypeError.
    """
    write_atomic(path, json.dumps(value, indent=indent, ensure_ascii=False, default=default) + "\n")


def sha256(path: str | os.PathLike) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
