"""The reviews of the Large Movie Review Dataset (Maas et al. 2011), read from its archive without unpacking it."""

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from training.data.download import fetch, provenance
from training.data.errors import DataError

ARCHIVE = "imdb/aclImdb_v1.tar.gz"
UNLABELLED = "aclImdb_unsup.tar.gz"
"""Beside the archive, where a copy of it has the reviews without labels packed apart."""

_LABELLED = re.compile(r"aclImdb/(train|test)/(pos|neg)/[0-9]+_[0-9]+\.txt")
_UNLABELLED = re.compile(r"aclImdb/train/unsup/[0-9]+_0\.txt")
_BREAKS = re.compile(r" ?(?:<br\s*/?>\s*)+", re.IGNORECASE)

# The longest review has 13,704 bytes, and all 100,000 together have 132 MB.
_MAX_REVIEW = 1_000_000
_MAX_ALL = 1_000_000_000

_DAMAGED = "Delete the file and start again; it will be downloaded anew."


def imdb_provenance() -> str:
    """Whether the archive is known to be the public one, for a trained model's card."""
    return provenance(ARCHIVE, fetch(ARCHIVE))


def imdb_reviews() -> dict[str, list[tuple[int, str]]]:
    """Of "train" and "test" the label (0 negative, 1 positive) and the text of each review; a text may be empty.

    They are in the order of the SHA-256 of their names in the archive, which holds one class after the other.

    Raises:
        DataError: the archive cannot be had, or is not what it should be.
    """
    path = fetch(ARCHIVE)
    members = _members(path, _LABELLED)
    names = sorted(members, key=lambda name: hashlib.sha256(name.encode()).digest())
    found = {}
    for side in ("train", "test"):
        own = [name for name in names if name.startswith(f"aclImdb/{side}/")]
        reviews = [(int("/pos/" in name), _text(members[name])) for name in own]
        classes = {label for label, text in reviews if text}
        if len(classes) < 2:
            count = sum(bool(text) for _, text in reviews)
            raise DataError(
                f"{path}: expected positive and negative reviews aclImdb/{side}/pos/ID_RATING.txt and "
                f"aclImdb/{side}/neg/ID_RATING.txt; got {count:,} reviews of {len(classes)} class(es). "
                "Delete the file and start again; it will be downloaded anew."
            )
        found[side] = reviews
    return found


def imdb_unlabelled() -> list[str]:
    """The texts of the archive's 50,000 reviews without labels, in the order of their numbers.

    The public archive holds them. Where it does not, as a copy under RNN_DATA_DIR may, they are taken from
    aclImdb_unsup.tar.gz beside it.

    Raises:
        DataError: the archive cannot be had, or is not what it should be.
    """
    path = fetch(ARCHIVE)
    members = _members(path, _UNLABELLED)
    if not members and path.with_name(UNLABELLED).is_file():
        members = _members(path.with_name(UNLABELLED), _UNLABELLED)
    if not members:
        raise DataError(
            f"{path}: there are no reviews aclImdb/train/unsup/ID_0.txt in it, and there is no file {UNLABELLED} "
            "beside it. The public archive has them: unset RNN_DATA_DIR to download it."
        )
    names = sorted(members, key=lambda name: int(name.rpartition("/")[2].partition("_")[0]))
    return [text for name in names if (text := _text(members[name]))]


def _text(content: str) -> str:
    return _BREAKS.sub("\n", content).strip()


def _members(path: Path, wanted: re.Pattern) -> dict[str, str]:
    """The reviews by member name, read without unpacking anything to the disk."""
    found: dict[str, str] = {}
    try:
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for name, content in _wanted_members(path, archive, wanted):
                if name in found:
                    raise DataError(f"{path}: {name} stands in it twice. {_DAMAGED}")
                found[name] = _decode(path, name, content)
            # tarfile takes a damaged header for the end; and gzip checks its sum only when all was read
            while block := stream.read(1 << 20):
                if block.strip(b"\0"):
                    raise DataError(f"{path}: the archive is damaged after {len(found):,} reviews. {_DAMAGED}")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{path} is not a whole .tar.gz archive ({type(error).__name__}: {error}). {_DAMAGED}"
        ) from error
    return found


def _wanted_members(path: Path, archive: tarfile.TarFile, wanted: re.Pattern) -> Iterator[tuple[str, bytes]]:
    total = 0
    for member in archive:
        if not wanted.fullmatch(member.name):
            continue
        total += member.size
        if not member.isreg() or member.size > _MAX_REVIEW or total > _MAX_ALL:
            raise DataError(
                f"{path}: {member.name} is not what it should be: expected a file of at most {_MAX_REVIEW:,} bytes "
                f"(and {_MAX_ALL:,} bytes of reviews in all); got {member.size:,} bytes, {total:,} in all, "
                f"{'a file' if member.isreg() else 'no plain file'}. {_DAMAGED}"
            )
        file = archive.extractfile(member)
        yield member.name, file.read() if file else b""


def _decode(path: Path, name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: {name} is not UTF-8 (byte 0x{content[error.start]:02x} at offset {error.start}). {_DAMAGED}"
        ) from error
