"""The sums of a bundle's files: whoever loads it knows that they are those that were saved.

    SHA256SUMS      one line a file: its SHA-256 in hexadecimal, two spaces, its name; `sha256sum -c` reads it, too

The sums tell a damaged or exchanged file from the one that was saved. They are no signature: who can write all files
of a folder can write its sums, too. Take bundles from people whom you trust.
"""

import os
import re
from pathlib import Path

from rnn_models.files import sha256, write_atomic

SUMS = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/\\]+)")
_BYTES_LIMIT = 100_000  # a bundle has a handful of files


def write(folder: str | os.PathLike) -> Path:
    """Write `SHA256SUMS` over all files that lie in a folder; the sums that were there are replaced.

    Call it for a folder whose files you trust.

    Args:
        folder: of a bundle; files in folders below it are not part of a bundle.

    Raises:
        ValueError: there is no file in it, or a name that cannot stand in a line.
    """
    folder = Path(folder)
    files = sorted(_files(folder))
    if not files:
        raise ValueError(f"{folder} holds no files; expected a bundle. Give the folder that holds its config.json.")
    odd = [name for name in files if not _LINE.fullmatch(f"{'0' * 64}  {name}") or "\n" in name]
    if odd:
        raise ValueError(f"{folder} has files that cannot stand in {SUMS}: {odd}. Rename or remove them.")
    lines = [f"{sha256(folder / name)}  {name}\n" for name in files]
    write_atomic(folder / SUMS, "".join(lines))
    return folder / SUMS


def check(folder: str | os.PathLike) -> None:
    """Compare all files of a folder with its `SHA256SUMS`.

    Raises:
        ValueError: there are no sums or they cannot be read, a file is missing, left over or another one than was
            saved. The message names the file, and says what to do.
    """
    folder = Path(folder)
    expected = _read(folder)
    found = _files(folder)
    missing, more = sorted(set(expected) - found), sorted(found - set(expected))
    if missing:
        raise ValueError(
            f"{folder / missing[0]} is missing; {SUMS} names it. Copy the bundle's folder whole, {SUMS} included."
        )
    if more:
        raise ValueError(
            f"{folder / more[0]} is not named in {SUMS}: it was put there later. Remove it, or {_again(folder)}"
        )
    for name, sum_ in expected.items():
        measured = sha256(folder / name)
        if measured != sum_:
            raise ValueError(
                f"{folder / name} is not the file that was saved: expected SHA-256 {sum_}, found {measured}. Copy the "
                f"bundle's folder whole, {SUMS} included; or, if you changed the file yourself, {_again(folder)}"
            )


def _files(folder: Path) -> set[str]:
    """The names of a bundle's files. Hidden ones do not count: file managers and editors put them there."""
    return {path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")} - {SUMS}


def _read(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    if not path.is_file():
        raise ValueError(
            f"{path} is missing; expected the SHA-256 of each file, so that a damaged or exchanged one is found. Copy "
            f"the bundle's folder whole; or, if it was made by an older version and you trust it, {_again(folder)}"
        )
    with path.open("rb") as file:
        text = file.read(_BYTES_LIMIT).decode("utf-8", "replace")
    found = [_LINE.fullmatch(line) for line in text.splitlines()]
    if not found or not all(found):
        raise ValueError(
            f"{path} cannot be read; expected lines of a SHA-256, two spaces and a file's name. Copy the bundle's "
            f"folder whole; or, if you trust its files, {_again(folder)}"
        )
    return {match[2]: match[1] for match in found if match}


def _again(folder: Path) -> str:
    return f'write its sums: python -c "from rnn_models import checksums; checksums.write({str(folder)!r})"'
