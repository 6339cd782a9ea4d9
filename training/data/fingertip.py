"""Movements of a fingertip before a webcam (Takahashi, hand-gesture-recognition-using-mediapipe; Apache-2.0).

The public file holds windows of 16 points, each row one frame further than the row before: class, then x and y of each
point, relative to the window's first. Here the windows are joined to tracks again. With RNN_DATA_DIR a file of such
tracks is read: `video/fingertip/tracks.tsv`, columns track, split, label, frame, x, y.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from training.data.download import REMOTES, fetch
from training.data.errors import DataError
from training.data.records import SPLITS, ClipData, Clips, Flip, PublicDataset

LABELS = ("stop", "clockwise", "counter_clockwise", "move")
"""The classes by their numbers in the public file."""

PUBLIC = {"finger": PublicDataset("", "", "apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")}
"""What a trained model's card says of it."""

WINDOW = 16
"""So many points has a row of the public file."""

RATE = 30.0
"""Frames a second. The source does not state it: the usual rate of a webcam."""

_PATH = "video/fingertip/point_history.csv"
_TRACKS = "video/fingertip/tracks.tsv"
_COLUMNS = ["track", "split", "label", "frame", "x", "y"]
_SAME = 2.1e-6  # coordinates are rounded to 6 places, and a difference is of two of them


def load_fingertip() -> ClipData:
    """The tracks, each with one label: a clip's label, and that of each of its frames.

    Raises:
        DataError: the data cannot be had, or are not what they should be.
    """
    folder = os.environ.get("RNN_DATA_DIR")
    if folder and (Path(folder) / _TRACKS).is_file():
        parts, origin = read_tracks(Path(folder) / _TRACKS), "tracks read from RNN_DATA_DIR"
    else:
        path = fetch(_PATH)
        parts, origin = split_tracks(join_windows(read_windows(path))), "the public file, joined to tracks"
    counts = ", ".join(f"{name} {len(parts[name].frames)}" for name in SPLITS)
    turning = (0, 2, 1, 3)  # clockwise and counter-clockwise change places
    return ClipData(
        "finger",
        "points",
        *(parts[name] for name in SPLITS),
        list(LABELS),
        list(LABELS),
        RATE,
        f"hand-gesture-recognition-using-mediapipe at 19311a6 (Takahashi; {origin}); split by track, in the order of "
        "recording",
        "Apache-2.0",
        [f"Tracks: {counts}. One person moved the finger: no split by person is possible."],
        mirror=Flip(turning, turning),
        reverse=Flip(turning, turning),
        joined=True,
    )


def read_tracks(path: Path) -> dict[str, Clips]:
    """The splits of a file of tracks."""
    tracks: dict[str, tuple[str, str, list]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        if next(rows, None) != _COLUMNS:
            raise DataError(f"{path}: expected a first row with the columns {', '.join(_COLUMNS)}, tabs between them.")
        for line, row in enumerate(rows, start=2):
            if len(row) != len(_COLUMNS) or row[1] not in SPLITS or row[2] not in LABELS:
                raise DataError(f"{path}, line {line}: expected track, split, label, frame, x and y; got {row!r}.")
            try:
                point = (float(row[4]), float(row[5]))
            except ValueError as error:
                raise DataError(f"{path}, line {line}: x and y are not numbers ({error}).") from error
            tracks.setdefault(row[0], (row[1], row[2], []))[2].append(point)
    return {
        split: _clips((LABELS.index(label), points) for part, label, points in tracks.values() if part == split)
        for split in SPLITS
    }


def read_windows(path: Path) -> list[tuple[int, np.ndarray]]:
    """The rows of the public file: class number and points (16, 2)."""
    windows = []
    with path.open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.reader(stream), start=1):
            try:
                label, numbers = int(row[0]), np.array(row[1:], dtype="float64")
            except (IndexError, ValueError):
                label, numbers = -1, np.zeros(0)
            if not 0 <= label < len(LABELS) or len(numbers) != 2 * WINDOW or not np.isfinite(numbers).all():
                raise DataError(
                    f"{path}, line {line}: expected a class from 0 to {len(LABELS) - 1} and {2 * WINDOW} numbers. "
                    "Delete the file and start again; it will be downloaded anew."
                )
            windows.append((label, numbers.reshape(WINDOW, 2)))
    return windows


def join_windows(windows: Sequence[tuple[int, np.ndarray]]) -> list[tuple[int, np.ndarray]]:
    """Tracks of overlapping windows: class number and points (T, 2), relative to the track's first.

    A window goes on with the track before it if it has the same class, and its first 15 points are the last 15 of that
    track, both relative to the first of them.
    """
    tracks: list[tuple[int, list[np.ndarray]]] = []
    for label, window in windows:
        if tracks and tracks[-1][0] == label:
            points = tracks[-1][1]
            tail = np.array(points[1 - WINDOW :])
            if np.abs((tail - tail[0]) - (window[:-1] - window[0])).max() < _SAME:
                points.append(tail[-1] + window[-1] - window[-2])
                continue
        tracks.append((label, list(window - window[0])))
    return [(label, np.array(points)) for label, points in tracks]


def split_tracks(tracks: Sequence[tuple[int, np.ndarray]]) -> dict[str, Clips]:
    """The splits: of each eight tracks of a class, in recording order, one for validation and two for the test."""
    parts: dict[str, list] = {name: [] for name in SPLITS}
    seen = [0] * len(LABELS)
    for label, points in tracks:
        place = seen[label] % 8
        parts["validation" if place == 1 else "test" if place in (3, 7) else "train"].append((label, points))
        seen[label] += 1
    for name, part in parts.items():
        if not part:
            raise DataError(f"{REMOTES[_PATH].url}: no track is left for {name}; expected about 217 in all.")
    return {name: _clips(part) for name, part in parts.items()}


def _clips(tracks: Iterable[tuple[int, Sequence]]) -> Clips:
    frames, labels, of_clips = [], [], []
    for label, points in tracks:
        frames.append(np.asarray(points, "float32"))
        labels.append(np.full(len(points), label, "int32"))
        of_clips.append(label)
    return Clips(frames, labels, np.array(of_clips, "int32"))


def joined(part: Clips, rows: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Several tracks one after the other, each going on where the one before ends: points (T, 2) and labels (T,)."""
    points, end = [], np.zeros(2, "float32")
    for row in rows:
        track = part.frames[row]
        points.append(track - track[0] + end)
        end = points[-1][-1]
    return np.concatenate(points), np.concatenate([part.labels[row] for row in rows])
