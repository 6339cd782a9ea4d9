"""The Naver reviews that stand in neither official file, rebuilt from the public repository's raw ones.

The repository has one file a film, raw/ID.json, with its latest reviews; the official 200,000 were drawn from those
with ratings of 1 to 4 and of 9 or 10. What is left has no label here, and its ratings are not read.
"""

import gzip
import hashlib
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from rnn_models import tables
from rnn_models.files import write_atomic
from training.data.download import Remote, cache_dir, fetch
from training.data.errors import DataError
from training.data.text_files import read_text

PATH = "nsmc/reviews_unlabelled.tsv.gz"
"""Where the reviews lie in the cache and in a folder named by RNN_DATA_DIR."""

REPOSITORY = Remote("nsmc/repository.tar.gz", "https://codeload.github.com/e9t/nsmc/tar.gz/refs/heads/master", None)
SHA256 = "3011db965dde5f79b16bc07bb55546588ce734d26b1d593e1de4823eaf624384"
"""Of the table, unpacked: how it is compressed does not matter."""

_RAW = re.compile(r"[^/]+/raw/([0-9]+\.json)")
_MAX_FILE, _MAX_ALL = 10_000_000, 2_000_000_000
_MEND = "Delete the file and start again; it will be made anew."


def unlabelled_reviews() -> list[str]:
    """The 492,875 reviews of Naver's that stand in no official file; none is equal to a text of the test file.

    They are read from the cache, or from the folder that RNN_DATA_DIR names. Where the cache has none the repository
    (about 90 MB) is downloaded and they are made of its raw files; the sum of the result is checked each time.

    Raises:
        DataError: no network, or the reviews are not those that they should be.
    """
    override = os.environ.get("RNN_DATA_DIR")
    path = (Path(override) if override else cache_dir()) / PATH
    if not path.is_file():
        if override:
            raise DataError(
                f"RNN_DATA_DIR is {override!r}, but there is no file {PATH!r} in it. Unset it once to have the file "
                "made of the public repository, and copy it there."
            )
        write_atomic(path, gzip.compress(_table(fetch(REPOSITORY)), mtime=0))
    try:
        table = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} is not a whole .gz file ({error}). {_MEND}") from error
    _check(path, table)
    return [row.cells[1] for row in tables.rows(table.decode(), "\t", quotes=False)][1:]


def _table(repository: Path) -> bytes:
    """The reviews as a tab-separated table `id, document`, checked."""
    official = {name: _official(name) for name in ("train", "test")}
    rows = leftover(raw_files(repository), official["train"] | official["test"], set(official["test"].values()))
    table = "".join(f"{review}\t{text}\n" for review, text in [("id", "document"), *rows]).encode()
    _check(repository, table)
    return table


def _check(path: Path, table: bytes) -> None:
    found = hashlib.sha256(table).hexdigest()
    if found != SHA256:
        raise DataError(f"{path}: the reviews without labels have the SHA-256 {found}, expected {SHA256}. {_MEND}")


def leftover(files: dict[str, bytes], official: dict[str, str], tested: set[str]) -> Iterator[tuple[str, str]]:
    """The id and text of each review that is not official, in the order of the files' names as strings.

    White space in a text is one space and none at its ends, as in the official files. Reviews without text, those whose
    text is also one of `tested`, and all but the first with the same id are left out.

    Args:
        files: the raw files by name, JSON lists of reviews with "review_id" and "review".
        official: the official reviews, text by id.
        tested: texts to leave out.
    """
    known = set(official)
    for name in sorted(files):
        for review in json.loads(files[name]):
            number, text = review["review_id"], " ".join(review["review"].split())
            if number not in known and text and text not in tested:
                known.add(number)
                yield number, text


def raw_files(repository: Path) -> dict[str, bytes]:
    """The raw files of the repository's archive by name, read without unpacking anything to the disk."""
    found: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(repository, "r:gz") as archive:
            for member in archive:
                if not (match := _RAW.fullmatch(member.name)):
                    continue
                total += member.size
                if not member.isreg() or member.size > _MAX_FILE or total > _MAX_ALL:
                    raise DataError(
                        f"{repository}: {member.name} is no plain file, or larger than expected ({member.size:,} "
                        f"bytes; at most {_MAX_FILE:,}, and {_MAX_ALL:,} in all). {_MEND}"
                    )
                found[match[1]] = archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"{repository} is not a whole .tar.gz archive ({error}). {_MEND}") from error
    if not found:
        raise DataError(f"{repository}: expected raw/NUMBER.json in it, found none. {_MEND}")
    return found


def _official(name: str) -> dict[str, str]:
    _, *rows = tables.rows(read_text(fetch(f"nsmc/ratings_{name}.txt")), "\t", quotes=False)
    return {row.cells[0]: " ".join(row.cells[1].split()) for row in rows if row.cells}
