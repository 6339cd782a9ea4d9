"""What an image encoder sees in many pictures: computed once, kept on the disk, a file for each view."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from training.data.download import cache_dir
from training.data.errors import DataError

BATCH_SIZE = 16
"""So many pictures are encoded at once."""

_VERSION = 3
_ARRAYS = ("grid", "pooled")
_AREA, _RATIO = (0.5, 1.0), 4 / 3  # of crops


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

    A file of the cache holds one view of one list of pictures by one encoder. Its name has a hash of the encoder's
    identity and of all that the pictures' files contain, in their order: names, folders and times of change make no
    difference. It is there when it is whole; a computation that is stopped loses the view that it is at. A file that
    cannot be read, or is too short, is made anew, and a line says so. A second process that wants the same waits for
    the first.

    Args:
        encoder: an object with `encode(list of (H, W, 3) arrays)`, which gives an object with `grid` (n, L, Dv) and
            `pooled` (n, Dp); and a string `identity`, which says all that its numbers depend on: weights, grid, fit.
        folder: where the files are, `cache_dir()/features` by default. One for Flickr8k has 1 GB (L = 49, Dv = 1280).
        views: other ways to see the pictures, too.
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
    folder.mkdir(parents=True, exist_ok=True)
    paths = [Path(picture) for picture in pictures]
    content = _digest(paths)
    found = []
    for number, view in enumerate(views.names()):
        path = folder / _name(encoder.identity, view, len(paths), content)
        with FileLock(path.with_suffix(".lock")):  # the system opens it when the process ends, however it ends
            array = _load(path, len(paths))
            if array is None:
                what = f"{len(paths):,} pictures{'' if view == 'plain' else f' ({view})'}"
                print(f"Features of {what} with {encoder.identity}: {path}", flush=True)
                _encode(paths, encoder, path, lambda picture, n, view=number: views.of(read(picture), view, n))
                array = _load(path, len(paths))
        found.append(array)
    return Features(found[0]["grid"], found[0]["pooled"], tuple(array["grid"] for array in found[1:]))


def _digest(paths: list[Path]) -> str:
    """A hash of all that the files contain, which takes seconds where encoding takes minutes."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise DataError(f"There is no picture {str(path)!r} ({type(error).__name__}).") from error
    return digest.hexdigest()


def _name(identity: str, view: str, count: int, content: str) -> str:
    key = hashlib.sha256(json.dumps([_VERSION, identity, view, count, content]).encode()).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", identity)[:40].strip("-.")
    return f"{readable}-{count}-{view.replace(' ', '-')}-{key}.npy"


def _load(path: Path, count: int) -> np.ndarray | None:
    """The records of a file, (count,) with the fields grid and pooled, mapped; None: there is none that is whole."""
    if not path.exists():
        return None
    try:
        array = np.load(path, mmap_mode="r")
        if array.dtype.names != _ARRAYS or array.shape != (count,):
            raise ValueError(f"it holds {array.shape} of {array.dtype}")
        if (size := path.stat().st_size) != array.offset + array.nbytes:
            raise ValueError(f"it has {size:,} bytes, not {array.offset + array.nbytes:,}")
    except (ValueError, OSError, EOFError) as error:
        print(f"{path} is damaged ({error}): made anew.", flush=True)
        return None
    return array


def _encode(paths: list[Path], encoder: Any, target: Path, read: Callable[[Path, int], np.ndarray]) -> None:
    """Write the features of all pictures to a file beside the target, which is given its name when it is whole."""
    part, dtype = target.with_suffix(".part"), None
    try:
        # Not by a memory map: a full disk is then an error, not a crash.
        with part.open("wb") as file, tqdm(total=len(paths), unit=" pictures", disable=None) as bar:
            for start in range(0, len(paths), BATCH_SIZE):
                arrays = [_read(path, n, read) for n, path in enumerate(paths[start : start + BATCH_SIZE], start)]
                records = _records(encoder.encode(arrays), len(arrays), encoder.identity)
                if dtype is None:
                    dtype = records.dtype
                    _check_room(target.parent, dtype.itemsize * len(paths))
                    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False}
                    np.lib.format.write_array_header_2_0(file, header | {"shape": (len(paths),)})
                if records.dtype != dtype:
                    raise ValueError(f"The encoder {encoder.identity} gave {records.dtype} after {dtype}.")
                file.write(records.tobytes())
                bar.update(len(records))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _read(path: Path, number: int, read: Callable[[Path, int], np.ndarray]) -> np.ndarray:
    try:
        return read(path, number)
    except (ValueError, OSError) as error:
        raise DataError(f"The picture {str(path)!r} cannot be read: {error}") from error


def _records(seen: Any, count: int, identity: str) -> np.ndarray:
    """What the encoder gave, as float16: (n,) with the fields grid (L, Dv) and pooled (Dp,)."""
    with np.errstate(over="ignore"):
        grid, pooled = (np.asarray(getattr(seen, name)).astype(np.float16) for name in _ARRAYS)
    if grid.ndim != 3 or pooled.ndim != 2 or len(grid) != count or len(pooled) != count:
        raise ValueError(
            f"The encoder {identity} gave grid {grid.shape} and pooled {pooled.shape} of {count} pictures; expected "
            f"({count}, L, Dv) and ({count}, Dp)."
        )
    if not (np.isfinite(grid).all() and np.isfinite(pooled).all()):
        raise ValueError(f"The encoder {identity} gave numbers that are none, or beyond float16's 65,504.")
    records = np.empty(count, [("grid", np.float16, grid.shape[1:]), ("pooled", np.float16, pooled.shape[1:])])
    records["grid"], records["pooled"] = grid, pooled
    return records


def _check_room(folder: Path, needed: int) -> None:
    if needed > (free := shutil.disk_usage(folder).free):
        raise DataError(
            f"The features need {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB are free. Make room, or "
            "name another folder with --features-dir."
        )
