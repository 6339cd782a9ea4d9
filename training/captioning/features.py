"""What an image encoder sees in many pictures: computed once, kept on the disk."""

import hashlib
import json
import re
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnn_models.files import write_json
from training.data.download import cache_dir
from training.data.errors import DataError

TOGETHER = 16
"""So many pictures are encoded at once; after them, what there is can be gone on with."""

_VERSION = 2
_ARRAYS = ("grid", "pooled")
_AREA, _RATIO = (0.5, 1.0), 4 / 3  # of crops
_PROGRESS = "progress.json"


@dataclass(frozen=True)
class Features:
    """Arrays on the disk, float16, read as they are needed.

    Attributes:
        grid: (N, L, Dv), what is at each place of each picture.
        pooled: (N, Dp), each picture as a whole.
        views: more grids of the same pictures, seen in other ways: see `Views`.
    """

    grid: np.ndarray
    pooled: np.ndarray
    views: tuple[np.ndarray, ...] = ()

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The grids of these pictures, (n, L, Dv) float32."""
        return np.stack([self.grid[n] for n in numbers]).astype("float32")

    def drawn(self, numbers: np.ndarray, seed: Sequence[int]) -> np.ndarray:
        """The same, each in one of its views, the plain one among them, at random."""
        views = (self.grid, *self.views)
        chosen = np.random.default_rng(seed).integers(len(views), size=len(numbers))
        return np.stack([views[view][n] for n, view in zip(numbers, chosen, strict=True)]).astype("float32")


@dataclass(frozen=True)
class Views:
    """In which other ways pictures are seen, for training.

    Args:
        flips: mirrored; and every crop is, at random.
        crops: so many crops of each picture, at random: 0.5 to 1 of its area, its sides' ratio changed by up to 4/3.
    """

    flips: bool = False
    crops: int = 0

    def of(self, picture: np.ndarray, view: int, number: int) -> np.ndarray:
        """View `view` of a picture (H, W, 3), the `number`-th of all; 0 is the picture itself."""
        if not view:
            return picture
        if self.flips and view == 1:
            return np.ascontiguousarray(picture[:, ::-1])
        rng = np.random.default_rng([view, number])
        area, ratio = rng.uniform(*_AREA), np.exp(rng.uniform(-1, 1) * np.log(_RATIO))
        sides = np.minimum(1.0, np.sqrt([area * ratio, area / ratio])) * picture.shape[:2]
        height, width = np.maximum(1, np.rint(sides)).astype(int)
        top, left = (rng.integers(0, room + 1) for room in np.array(picture.shape[:2]) - (height, width))
        cut = picture[top : top + height, left : left + width]
        return np.ascontiguousarray(cut[:, ::-1] if self.flips and rng.random() < 0.5 else cut)

    def names(self) -> list[str]:
        """One for each view, the plain one among them; all that a view depends on."""
        kind = "mirrored crop" if self.flips else "crop"
        first = ["plain", "mirrored"] if self.flips else ["plain"]
        return first + [f"{kind} {len(first) + n}" for n in range(self.crops)]


def features_of(
    pictures: Sequence[Path],
    encoder: Any,
    folder: Path | None = None,
    views: Views = Views(),
    read: Callable[[Path], np.ndarray] | None = None,
) -> Features:
    """The features of pictures: from the cache, or computed, with a progress bar, and kept there.

    A cache is for one list of pictures (names, sizes and times of change of the files) and one encoder. It is checked
    whole before it is used. A computation that was stopped, killed even, is gone on with; what is damaged, or does
    not fit, is made anew, and a line says so. A second process that wants the same waits for the first.

    Args:
        encoder: an object with `encode(list of (H, W, 3) arrays)`, which gives an object with `grid` (n, L, Dv) and
            `pooled` (n, Dp); and a string `identity`, which says all that its numbers depend on: weights, grid, fit.
        folder: where the caches are, `cache_dir()/features` by default. One for Flickr8k has 1 GB (L = 49, Dv = 1280).
        views: other ways to see the pictures, too, each in a cache of its own.
        read: gives the array of a file; `rnn_models.vision.pictures.open_picture` by default.

    Raises:
        ValueError: no pictures, or the encoder gives something else.
        DataError: a picture cannot be read, or the disk has too little room.
    """
    if not len(pictures):
        raise ValueError("There are no pictures to encode; expected at least one.")
    if read is None:
        from rnn_models.vision.pictures import open_picture as read
    folder = cache_dir() / "features" if folder is None else Path(folder)
    paths = [Path(picture) for picture in pictures]
    names = views.names()
    seen = [_kept(paths, encoder, folder, name, _reader(read, views, view)) for view, name in enumerate(names)]
    return Features(*seen[0], views=tuple(grid for grid, _ in seen[1:]))


def _reader(read: Callable[[Path], np.ndarray], views: Views, view: int) -> Callable[[Path, int], np.ndarray]:
    return lambda path, number: views.of(read(path), view, number)


def _kept(
    paths: list[Path], encoder: Any, folder: Path, view: str, read: Callable[[Path, int], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The two arrays of one view of the pictures."""
    from filelock import FileLock

    about = {
        "version": _VERSION,
        "encoder": encoder.identity,
        "view": view,
        "count": len(paths),
        "block": TOGETHER,
        "pictures": _digest(paths),
    }
    key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
    name = re.sub(r"[^A-Za-z0-9.]+", "-", encoder.identity)[:40].strip("-.")
    cache = _Cache(folder / f"{name}-{len(paths)}-{view.replace(' ', '-')}-{key}", about)
    cache.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(cache.folder / "lock"):  # the system opens it when the process ends, however it ends
        cache.open()
        if cache.done < len(paths):
            _fill(cache, paths, encoder, read)
    return tuple(np.load(cache.path(name), mmap_mode="r") for name in _ARRAYS)


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        try:
            stat = path.stat()
        except OSError as error:
            raise DataError(f"There is no picture {str(path)!r} ({type(error).__name__}).") from error
        digest.update(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode("utf-8", errors="surrogateescape"))
    return digest.hexdigest()


def _fill(cache: "_Cache", paths: list[Path], encoder: Any, read: Callable[[Path, int], np.ndarray]) -> None:
    """Encode what is missing."""
    view = cache.about["view"]
    what = f"{len(paths):,} pictures{'' if view == 'plain' else f' ({view})'}"
    begun = f", {cache.done:,} of them are there" if cache.done else ""
    print(f"Features of {what} with {encoder.identity}{begun}: {cache.folder}", flush=True)
    bar = _bar(len(paths))
    for start in range(cache.done, len(paths), TOGETHER):
        arrays = [_read(path, number, read) for number, path in enumerate(paths[start : start + TOGETHER], start)]
        seen = encoder.encode(arrays)
        cache.append(*_checked(seen, len(arrays), encoder.identity))
        if bar:
            bar.update(cache.done)


def _bar(count: int) -> Any:
    if not sys.stderr.isatty():
        return None
    import keras

    return keras.utils.Progbar(count, unit_name="picture")


def _read(path: Path, number: int, read: Callable[[Path, int], np.ndarray]) -> np.ndarray:
    try:
        return read(path, number)
    except (ValueError, OSError) as error:
        raise DataError(f"The picture {str(path)!r} cannot be read: {error}") from error


def _checked(seen: Any, count: int, identity: str) -> tuple[np.ndarray, np.ndarray]:
    """What the encoder gave, as float16."""
    with np.errstate(over="ignore"):
        grid, pooled = (np.ascontiguousarray(np.asarray(getattr(seen, name)), dtype=np.float16) for name in _ARRAYS)
    if grid.ndim != 3 or pooled.ndim != 2 or len(grid) != count or len(pooled) != count:
        raise ValueError(
            f"The encoder {identity} gave grid {grid.shape} and pooled {pooled.shape} of {count} pictures; expected "
            f"({count}, L, Dv) and ({count}, Dp)."
        )
    if not (np.isfinite(grid).all() and np.isfinite(pooled).all()):
        raise ValueError(f"The encoder {identity} gave numbers that are none, or beyond float16's 65,504.")
    return grid, pooled


class _Cache:
    """Two .npy files that are filled from the front, and a file that says how far, with a sum for each block."""

    def __init__(self, folder: Path, about: dict[str, Any]):
        self.folder, self.about = folder, about
        self.count, self.done = about["count"], 0
        self.shapes: list[list[int]] = []
        self.sums: list[int] = []

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    def open(self) -> None:
        """Find out how much there is and is whole."""
        path = self.folder / _PROGRESS
        if not path.exists():
            return
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["about"] != self.about:
                raise ValueError("it is of other pictures or another encoder")
            self.shapes, sums = kept["shapes"], kept["sums"]
            arrays = [self._mapped(name, shape) for name, shape in zip(_ARRAYS, self.shapes, strict=True)]
            self.sums = list(_whole(arrays, sums))
        except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
            print(f"{self.folder} does not fit ({error}): made anew.", flush=True)
            self.shapes, self.sums, sums = [], [], []
        self.done = min(self.count, TOGETHER * len(self.sums))
        if len(self.sums) < len(sums):
            print(f"{self.folder} is damaged after {self.done:,} pictures: the rest is made anew.", flush=True)

    def append(self, *blocks: np.ndarray) -> None:
        """Write the features of the next pictures, then that they are there."""
        if not self.sums:
            self._create(blocks)
        for name, shape, block in zip(_ARRAYS, self.shapes, blocks, strict=True):
            if list(block.shape[1:]) != shape[1:]:
                raise ValueError(f"The encoder gave {name} {block.shape} after {shape[1:]} of each picture before.")
            with self.path(name).open("r+b") as file:  # not by a memory map: a full disk is then an error, no crash
                file.seek(block[0].nbytes * (self.done - self.count), 2)
                file.write(block.tobytes())
        self.sums.append(_sum(blocks))
        self.done += len(blocks[0])
        write_json(self.folder / _PROGRESS, {"about": self.about, "shapes": self.shapes, "sums": self.sums})

    def _create(self, blocks: Sequence[np.ndarray]) -> None:
        self.shapes = [[self.count, *block.shape[1:]] for block in blocks]
        needed = sum(block[0].nbytes * self.count for block in blocks)
        if needed > (free := shutil.disk_usage(self.folder).free):
            raise DataError(
                f"The features need {needed / 1e9:.1f} GB in {self.folder}, and {free / 1e9:.1f} GB are free. Make "
                "room, or name another folder with --features-dir."
            )
        for name, shape in zip(_ARRAYS, self.shapes, strict=True):
            self.path(name).unlink(missing_ok=True)  # a process that has it mapped keeps its own
            np.lib.format.open_memmap(self.path(name), mode="w+", dtype=np.float16, shape=tuple(shape))

    def _mapped(self, name: str, shape: list[int]) -> np.ndarray:
        array = np.load(self.path(name), mmap_mode="r")
        if list(array.shape) != shape or shape[0] != self.count or array.dtype != np.float16:
            raise ValueError(f"{name}.npy is {array.shape} of {array.dtype}, not {shape} of float16")
        if (size := self.path(name).stat().st_size) != array.offset + array.nbytes:
            raise ValueError(f"{name}.npy has {size:,} bytes, not {array.offset + array.nbytes:,}")
        return array


def _whole(arrays: list[np.ndarray], sums: list[int]) -> Iterator[int]:
    """The sums up to the first block that does not have its own."""
    for n, expected in enumerate(sums):
        blocks = [array[n * TOGETHER : (n + 1) * TOGETHER] for array in arrays]
        if _sum(blocks) != expected:
            return
        yield expected


def _sum(blocks: Sequence[np.ndarray]) -> int:
    found = 0
    for block in blocks:
        found = zlib.crc32(np.ascontiguousarray(block), found)
    return found
