"""Public data files: their addresses and sums, the download, the cache."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests

from rnn_models.files import sha256, write_atomic
from training.data.errors import DataError

CACHE_NAME = "rnn-lecture"
KARPATHY = "https://cs.stanford.edu/people/karpathy/char-rnn"
NSMC = "https://raw.githubusercontent.com/e9t/nsmc/master"
MULTI30K = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw"
FLICKR8K = "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k"


@dataclass(frozen=True)
class Remote:
    """A public file.

    Attributes:
        path: where it lies in the cache and in a folder named by RNN_DATA_DIR.
        url: the public address.
        sha256: the published SHA-256, or None where none is known: see `fetch`.
    """

    path: str
    url: str
    sha256: str | None


REMOTES = {
    remote.path: remote
    for remote in (
        Remote(
            "charlm/tinyshakespeare.txt",
            "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e"
            "/data/tinyshakespeare/input.txt",
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        ),
        Remote("charlm/warpeace_input.txt", f"{KARPATHY}/warpeace_input.txt", None),
        Remote("charlm/linux_input.txt", f"{KARPATHY}/linux_input.txt", None),
        Remote(
            "nsmc/ratings_train.txt",
            f"{NSMC}/ratings_train.txt",
            "e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940",
        ),
        Remote(
            "nsmc/ratings_test.txt",
            f"{NSMC}/ratings_test.txt",
            "8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda",
        ),
        Remote(
            "imdb/aclImdb_v1.tar.gz",
            "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
        ),
        Remote(
            "multi30k/raw/train.de.gz",
            f"{MULTI30K}/train.de.gz",
            "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
        ),
        Remote(
            "multi30k/raw/train.en.gz",
            f"{MULTI30K}/train.en.gz",
            "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
        ),
        Remote(
            "multi30k/raw/val.de.gz",
            f"{MULTI30K}/val.de.gz",
            "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
        ),
        Remote(
            "multi30k/raw/val.en.gz",
            f"{MULTI30K}/val.en.gz",
            "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
        ),
        Remote(
            "multi30k/raw/test_2016_flickr.de.gz",
            f"{MULTI30K}/test_2016_flickr.de.gz",
            "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
        ),
        Remote(
            "multi30k/raw/test_2016_flickr.en.gz",
            f"{MULTI30K}/test_2016_flickr.en.gz",
            "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
        ),
        Remote("flickr8k/Flickr8k_Dataset.zip", f"{FLICKR8K}/Flickr8k_Dataset.zip", None),
        Remote("flickr8k/Flickr8k_text.zip", f"{FLICKR8K}/Flickr8k_text.zip", None),
    )
}


def cache_dir() -> Path:
    """The folder that downloads go to (the operating system's cache folder, or $XDG_CACHE_HOME there)."""
    return Path(pooch.os_cache(CACHE_NAME))


def fetch(remote: Remote | str, cache: Path | None = None, attempts: int = 3) -> Path:
    """A local copy of a public file, downloaded at the first call.

    If the environment variable RNN_DATA_DIR names a folder, the file is taken from there, at `remote.path`,
    and is not checked against the public sum: what lies there may be an equivalent of the public file.

    Otherwise the file is downloaded to the cache under a temporary name, checked, and only then given its
    own name, so that a file under its own name is a whole one. Where a SHA-256 is published the file must
    have it, at the download and at every later use. Where none is, the first download is trusted: its sum is
    written beside it (`NAME.sha256`) and every later use must agree with that record. This guards against
    damage on the disk, not against a changed or wrong file at the first download.

    Raises:
        DataError: no network, a wrong sum, a download cut short, a file missing under RNN_DATA_DIR.
    """
    remote = REMOTES[remote] if isinstance(remote, str) else remote
    override = os.environ.get("RNN_DATA_DIR")
    if override:
        return _from_folder(remote, Path(override))
    folder = cache or cache_dir()
    target = folder / remote.path
    record = target.with_name(target.name + ".sha256")
    expected = remote.sha256
    if expected is None and record.exists():
        expected = record.read_text().split()[0]
    if target.exists():
        found = sha256(target)
        if expected is not None and found != expected:
            raise DataError(
                f"{target} is damaged or another file: SHA-256 is {found}, expected {expected}. "
                "Delete it and start again; it will be downloaded anew."
            )
    else:
        _download(remote, target, expected, attempts)
        found = sha256(target)
    if remote.sha256 is None and not record.exists():
        write_atomic(record, f"{found}  {target.name}\n".encode())
    return target


def provenance(path: str, found: Path) -> str:
    """Whether a fetched file is known to be the public one, in words for a model's card."""
    expected = REMOTES[path].sha256
    if expected is not None and sha256(found) == expected:
        return "the public file, SHA-256 checked"
    if os.environ.get("RNN_DATA_DIR"):
        return "read from RNN_DATA_DIR: it may be an equivalent of the public file, not the same text"
    return "the public file as first downloaded; no sum of it is published"


def _from_folder(remote: Remote, folder: Path) -> Path:
    path = folder / remote.path
    if not path.is_file():
        raise DataError(
            f"RNN_DATA_DIR is {str(folder)!r}, but there is no file {remote.path!r} in it. Put the file of "
            f"{remote.url} there, or unset RNN_DATA_DIR to download it."
        )
    return path


def _download(remote: Remote, target: Path, expected: str | None, attempts: int) -> None:
    """Download to a temporary name beside `target`, check, and rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        for attempt in range(1, attempts + 1):
            try:
                # a body shorter than its Content-Length is an error, ChunkedEncodingError
                pooch.HTTPDownloader(timeout=30)(remote.url, str(part), None)
                break
            except requests.exceptions.RequestException as error:
                if attempt == attempts or _is_final(error):
                    raise DataError(_no_download(remote, error)) from error
                time.sleep(2 ** (attempt - 1))
        found = sha256(part)
        if expected is not None and found != expected:
            raise DataError(
                f"{remote.url} has the SHA-256 {found}, expected {expected}: the file at that address was "
                "changed or damaged on its way. Nothing was kept. Try again; if it stays so, put a file that "
                "you trust in a folder and name it with RNN_DATA_DIR, or give your own text with --file."
            )
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _sweep(target: Path, age: float = 3600.0) -> None:
    """Remove what a killed process left under a temporary name."""
    for part in target.parent.glob(f".{target.name}.*.part"):
        if time.time() - part.stat().st_mtime > age:
            part.unlink(missing_ok=True)


def _is_final(error: Exception) -> bool:
    """Whether trying again is useless: the server answered, and said no."""
    response = getattr(error, "response", None)
    return response is not None and 400 <= response.status_code < 500


def _no_download(remote: Remote, error: Exception) -> str:
    cut = isinstance(error, requests.exceptions.ChunkedEncodingError)
    what = "The download was cut short" if cut else "Could not download"
    return (
        f"{what}: {remote.url} ({type(error).__name__}: {error}). Nothing was kept. Check the network and "
        f"try again; or put the file at {remote.path!r} in a folder and name that folder with RNN_DATA_DIR; "
        "or give your own text with --file. The corpora 'hello' and 'python' need no network."
    )
