"""Public data files: a registry of addresses and sums; download and cache are pooch's."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
from filelock import FileLock
from pooch.hashes import hash_matches

from rnn_models.files import sha256, write_atomic
from training.data.errors import DataError

CACHE_NAME = "rnn-lecture"
KARPATHY = "https://cs.stanford.edu/people/karpathy/char-rnn"
NSMC = "https://raw.githubusercontent.com/e9t/nsmc/master"
MULTI30K = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw"
MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist"
FLICKR8K = "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k"


@dataclass(frozen=True)
class Remote:
    """A public file.

    Attributes:
        path: where it lies in the cache and in a folder named by RNN_DATA_DIR.
        url: the public address.
        hash: the known sum as pooch writes it, a SHA-256 or "md5:...", or None: see `fetch`.
    """

    path: str
    url: str
    hash: str | None


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
        Remote(
            "mnist/train-images-idx3-ubyte.gz",
            f"{MNIST}/train-images-idx3-ubyte.gz",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        Remote(
            "mnist/train-labels-idx1-ubyte.gz",
            f"{MNIST}/train-labels-idx1-ubyte.gz",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        Remote(
            "mnist/t10k-images-idx3-ubyte.gz",
            f"{MNIST}/t10k-images-idx3-ubyte.gz",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        Remote(
            "mnist/t10k-labels-idx1-ubyte.gz",
            f"{MNIST}/t10k-labels-idx1-ubyte.gz",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
        # No sum of this one is published. It is that of a commit, which cannot change.
        Remote(
            "video/fingertip/point_history.csv",
            "https://raw.githubusercontent.com/Kazuhito00/hand-gesture-recognition-using-mediapipe"
            "/19311a68b16b42d3ee89e505e3f185693dbd7147/model/point_history_classifier/point_history.csv",
            None,
        ),
        # Nobody has published a SHA-256 of these two, but several projects that download them agree on the MD5.
        Remote(
            "flickr8k/Flickr8k_Dataset.zip",
            f"{FLICKR8K}/Flickr8k_Dataset.zip",
            "md5:f18a1e2920de5bd84dae7cf08ec78978",
        ),
        Remote(
            "flickr8k/Flickr8k_text.zip",
            f"{FLICKR8K}/Flickr8k_text.zip",
            "md5:bf6c1abcb8e4a833b7f922104de18627",
        ),
    )
}


def cache_dir() -> Path:
    """The folder that downloads go to (the operating system's cache folder, or $XDG_CACHE_HOME there)."""
    return Path(pooch.os_cache(CACHE_NAME))


def fetch(remote: Remote | str, cache: Path | None = None, retries: int = 2) -> Path:
    """A local copy of a public file, downloaded at the first call.

    If the environment variable RNN_DATA_DIR names a folder, the file is taken from there, at `remote.path`,
    and is not checked against the public sum: what lies there may be an equivalent of the public file.

    Otherwise pooch downloads the file under a temporary name, checks its sum and gives it its own name, so that a file
    under its own name is whole. A file that does not have its sum any more is downloaded anew. Where no sum is
    published the first download is trusted: its SHA-256 is written beside it (`NAME.sha256`), and from then on the file
    must have it. This guards against damage on the disk, not against a wrong file at the first download. A second
    process that wants the same file waits for the first.

    Args:
        cache: `cache_dir()` by default.
        retries: further attempts after a failed one.

    Raises:
        DataError: no network, a wrong sum, a download cut short, a file missing under RNN_DATA_DIR.
    """
    remote = REMOTES[remote] if isinstance(remote, str) else remote
    if override := os.environ.get("RNN_DATA_DIR"):
        return _from_folder(remote, Path(override))
    cache = cache or cache_dir()
    with _lock(remote, cache):
        _download(remote, cache, retries)
    return cache / remote.path


def fetch_folder(remote: Remote | str, name: str, cache: Path | None = None, retries: int = 2) -> Path:
    """The folder `name` beside a public zip archive, downloaded and unpacked at the first call.

    The archive holds either that folder or its files. It is unpacked elsewhere and moved when all is there; later the
    archive is not needed. With RNN_DATA_DIR the unpacked folder is taken from there, as in `fetch`.

    Raises:
        DataError: as `fetch`.
    """
    remote = REMOTES[remote] if isinstance(remote, str) else remote
    override = os.environ.get("RNN_DATA_DIR")
    cache = Path(override) if override else cache or cache_dir()
    target = (cache / remote.path).with_name(name)
    if override:
        if not target.is_dir():
            raise DataError(
                f"There is no folder {str(target)!r}: RNN_DATA_DIR is expected to hold the files of {remote.url} "
                "there. Unset it to download them."
            )
        return target
    with _lock(remote, cache):
        if not target.is_dir():
            part = target.with_name(f".{name}.part")
            shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
            _download(remote, cache, retries, pooch.Unzip(extract_dir=part.name))
            os.rename(part / name if (part / name).is_dir() else part, target)
            shutil.rmtree(part, ignore_errors=True)
    return target


def provenance(path: str, found: Path) -> str:
    """Whether a fetched file is known to be the public one, in words for a model's card."""
    known = REMOTES[path].hash
    if known is not None and hash_matches(found, known):
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


def _lock(remote: Remote, cache: Path) -> FileLock:
    """One for the folder of a data set; the system opens it when the process ends, however it ends."""
    folder = (cache / remote.path).parent
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / ".lock")


def _download(remote: Remote, cache: Path, retries: int, processor: Callable | None = None) -> None:
    """Download, unless the file is there and whole; the lock is held."""
    path = cache / remote.path
    record = path.with_name(path.name + ".sha256")
    known = remote.hash or (record.read_text().split()[0] if record.exists() else None)
    for part in path.parent.glob("tmp????????"):  # pooch's temporary name, of a process that was killed
        part.unlink()
    registry = pooch.create(
        cache, base_url="", registry={remote.path: known}, urls={remote.path: remote.url}, retry_if_failed=retries
    )
    # a body shorter than its Content-Length is an error, ChunkedEncodingError
    downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=30)
    try:
        registry.fetch(remote.path, processor, downloader)
    except requests.exceptions.RequestException as error:
        raise DataError(_no_download(remote, error)) from error
    except ValueError as error:
        raise DataError(
            f"{remote.url}: {error} The file at that address was changed or damaged on its way. Nothing was kept. Try "
            "again; if it stays so, put a file that you trust in a folder and name it with RNN_DATA_DIR, or give your "
            "own text with --file."
        ) from error
    if known is None:
        write_atomic(record, f"{sha256(path)}  {path.name}\n".encode())


def _no_download(remote: Remote, error: Exception) -> str:
    cut = isinstance(error, requests.exceptions.ChunkedEncodingError)
    what = "The download was cut short" if cut else "Could not download"
    return (
        f"{what}: {remote.url} ({type(error).__name__}: {error}). Nothing was kept. Check the network and "
        f"try again; or put the file at {remote.path!r} in a folder and name that folder with RNN_DATA_DIR; "
        "or give your own text with --file. The corpora 'hello' and 'python' need no network."
    )
