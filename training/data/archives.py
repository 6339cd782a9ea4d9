"""Zip archives unpacked into a folder that is whole or not there."""

import os
import re
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from training.data.errors import DataError

_MEND = "Delete the file and start again; a public one will be downloaded anew."


def unpack_zip(archive: Path, members: re.Pattern, target: Path, largest: int, total: int) -> None:
    """Unpack the files whose whole name matches `members`, each as `target`/(the pattern's first group).

    Nothing else of the archive is written, and nothing outside of `target`. The files are written to a folder beside
    it, which is given its name when all are there; a folder that a killed process left is swept away an hour later.

    Args:
        members: its first group must match plain file names only.
        largest, total: the bytes that one file and all of them may have at most, unpacked.

    Raises:
        DataError: no whole zip archive, no such files in it, or larger ones.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        count = 0
        for name, content in _contents(archive, members, largest, total):
            part.joinpath(name).write_bytes(content)
            count += 1
        if not count:
            raise DataError(f"{archive} holds no file named like {members.pattern}. {_MEND}")
        part.chmod(0o755)  # mkdtemp makes it for this user alone
        try:
            os.rename(part, target)
        except OSError:
            if not target.is_dir():  # or else another process was quicker
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _contents(archive: Path, members: re.Pattern, largest: int, total: int) -> Iterator[tuple[str, bytes]]:
    """The name and the content of each file that is wanted."""
    try:
        with zipfile.ZipFile(archive) as opened:
            found = [(match[1], info) for info in opened.infolist() if (match := members.fullmatch(info.filename))]
            _check(archive, found, largest, total)
            for name, info in found:
                yield name, opened.read(info)  # checks the CRC
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{archive} is not a whole zip archive ({type(error).__name__}: {error}). {_MEND}") from error


def _check(archive: Path, found: list[tuple[str, zipfile.ZipInfo]], largest: int, total: int) -> None:
    names = [name for name, _ in found]
    for name, info in found:
        if name in ("", ".", "..") or set(name) & {"/", "\\", "\0", ":"}:
            raise DataError(f"{archive}: {info.filename!r} would not be unpacked as a plain file. {_MEND}")
        if info.file_size > largest:
            raise DataError(
                f"{archive}: {info.filename} has {info.file_size:,} bytes; expected at most {largest:,}. {_MEND}"
            )
    if (size := sum(info.file_size for _, info in found)) > total:
        raise DataError(f"{archive}: its files have {size:,} bytes in all; expected at most {total:,}. {_MEND}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{archive}: {twice} stands in it twice. {_MEND}")


def _sweep(target: Path, age: float = 3600.0) -> None:
    """Remove what a killed process left."""
    for part in target.parent.glob(f".{target.name}.*.part"):
        if time.time() - part.stat().st_mtime > age:
            shutil.rmtree(part, ignore_errors=True)
