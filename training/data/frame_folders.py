"""Clips of one's own: a folder of numbered pictures, or a video file, for each clip; and a table of labels."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rnn_models import tables
from rnn_models.vision.frames import fitted_pictures
from rnn_models.vision.pictures import SUFFIXES, open_picture
from training.data.errors import DataError
from training.data.records import ClipData, Clips
from training.data.splits import split_by_hash, split_stratified
from training.data.tables import delimiter_of, in_file
from training.data.text_files import read_text

VIDEOS = frozenset([".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"])
"""What the files of videos end in."""

RATE = 10.0
"""Frames a second of folders of pictures, which do not say it."""

MOST = 100_000
"""So many frames are read in all: they are held in memory."""

_COLUMNS = ("clip", "frame", "label")
_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass
class _Labels:
    """The labels of one clip in the table: of frames by their numbers, or one of the whole."""

    of_frames: dict[int, str] = field(default_factory=dict)
    of_clip: str | None = None


def folder_clips(
    folder: str | Path, labels: str | Path, size: int = 64, validation: float = 0.1, test: float = 0.1, seed: int = 0
) -> ClipData:
    """Your own clips, as pictures (T, size, size, 3).

    Args:
        folder: a sub-folder of pictures for each clip, whose names end in the frames' numbers (0007.png); or a video
            file, if `imageio[ffmpeg]` is installed: its frames are numbered from 0.
        labels: a CSV file with the columns clip (name of the sub-folder or the file), label and, where each frame has
            its own, frame (its number). Without it each clip has one label, which is that of all its frames, too.
        size: height and width of the pictures; a square is taken from the middle.
        validation, test: shares of the clips. Where clips have a label, they are drawn class by class.
        seed: of that draw.

    Raises:
        DataError: no clips; gaps in the numbers; pictures of two sizes in a clip; frames or clips without a label, or
            labels without them; fewer than three clips, or than two classes.
    """
    folder, labels = Path(folder), Path(labels)
    if not folder.is_dir():
        raise DataError(f"There is no folder {str(folder)!r}; expected one with a sub-folder of pictures a clip.")
    table = read_labels(labels)
    sources = _sources(folder)
    _check_names(folder, labels, sources, table)
    names = sorted({text for one in table.values() for text in [*one.of_frames.values(), one.of_clip] if text})
    if len(names) < 2:
        raise DataError(f"{labels}: there is one class, {names[0]!r}; expected two or more.")
    by_frame = any(one.of_frames for one in table.values())
    clips, rate, left = [], RATE, MOST
    for name, source in sources.items():
        numbers, frames, own_rate = _read_clip(source, size, left)
        left -= len(frames)
        rate = own_rate or rate
        texts = _frame_labels(labels, name, numbers, table[name])
        clips.append((frames, np.array([names.index(text) for text in texts], "int32")))
    whole = np.array([-1 if by_frame else row[1][0] for row in clips], "int32")
    if len(clips) < 3:
        raise DataError(f"{folder}: there are {len(clips)} clips; expected three or more, one for each split.")
    if by_frame:
        rows = split_by_hash({name: [n] for n, name in enumerate(sources)}, validation, test)
    else:
        rows = split_stratified(labels, [[n] for n in range(len(clips))], whole, names, validation, test, seed)
    parts = [
        Clips([clips[n][0] for n in part], [clips[n][1] for n in part], whole[np.array(part, int)]) for part in rows
    ]
    return ClipData(
        folder.name,
        "pixels",
        *parts,
        names,
        [] if by_frame else names,
        rate,
        f"the folder {folder.name}",
        "the clips' own",
        [f"Clips: train {len(rows[0])}, validation {len(rows[1])}, test {len(rows[2])}."],
    )


def read_labels(path: Path) -> dict[str, _Labels]:
    """The table of labels, by clip.

    Raises:
        DataError: no table, a missing column, a frame that is no number, a label twice or empty.
    """
    if not path.is_file():
        raise DataError(
            f"There is no file {str(path)!r}; expected a table with the columns clip, label and maybe frame."
        )
    text = read_text(path)
    delimiter = delimiter_of(path, text, [(None, (name,)) for name in _COLUMNS])
    with in_file(path):
        tables.check_no_nul(text)
        rows = list(tables.even_rows(text, delimiter))
    header = rows[0].cells if rows else []
    at = {name: tables.find_column(header, None, (name,)) for name in _COLUMNS}
    if at["clip"] is None or at["label"] is None:
        raise DataError(f"{path}: the first row is {header!r}; expected the columns clip and label, and frame or not.")
    found: dict[str, _Labels] = {}
    for row in rows[1:]:
        clip, label = (row.cells[at[name]].strip() for name in ("clip", "label"))
        frame = "" if at["frame"] is None else row.cells[at["frame"]].strip()
        if not clip or not label or (at["frame"] is not None and not frame.isdecimal()):
            raise DataError(
                f"{path}, line {row.line}: got {row.cells!r}; expected a clip, a label and a frame's number."
            )
        one = found.setdefault(clip, _Labels())
        if (int(frame) in one.of_frames) if frame else one.of_clip is not None:
            raise DataError(
                f"{path}, line {row.line}: {clip!r} {frame} has a label already. Leave one of the rows out."
            )
        if frame:
            one.of_frames[int(frame)] = label
        else:
            one.of_clip = label
    if not found:
        raise DataError(f"{path} has no row of labels below its first row.")
    return found


def _sources(folder: Path) -> dict[str, Path]:
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    found = {path.name: path for path in paths if path.is_dir() or path.suffix.lower() in VIDEOS}
    if not found:
        raise DataError(
            f"{folder} has no clips; expected a sub-folder of numbered pictures for each "
            f"({', '.join(sorted(SUFFIXES))}), or video files ({', '.join(sorted(VIDEOS))})."
        )
    return found


def _check_names(folder: Path, labels: Path, sources: dict[str, Path], table: dict[str, _Labels]) -> None:
    without = [name for name in sources if name not in table]
    if without:
        raise DataError(f"{labels} has no label for {_listed(without)} in {folder}. Add rows, or take the clips out.")
    unknown = [name for name in table if name not in sources]
    if unknown:
        raise DataError(f"{labels} has labels for {_listed(unknown)}, and there is no such clip in {folder}.")


def _frame_labels(path: Path, name: str, numbers: list[int], labels: _Labels) -> list[str]:
    if labels.of_clip is not None:
        return [labels.of_clip] * len(numbers)
    without = [n for n in numbers if n not in labels.of_frames]
    if without:
        raise DataError(f"{path} has no label for frame {_listed(without)} of the clip {name!r}. Label every frame.")
    unknown = sorted(set(labels.of_frames) - set(numbers))
    if unknown:
        raise DataError(
            f"{path} has labels for frame {_listed(unknown)} of the clip {name!r}, which has no such frame."
        )
    return [labels.of_frames[n] for n in numbers]


def _listed(names: list) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(map(repr, names[:3])) + more


def _read_clip(source: Path, size: int, most: int) -> tuple[list[int], np.ndarray, float | None]:
    """The numbers of the frames, the frames (T, size, size, 3), and frames a second, where the source says it."""
    if source.is_dir():
        numbered = _numbered(source)
        frames, rate = list(_pictures([path for _, path in numbered], size, most)), None
        return [n for n, _ in numbered], np.concatenate(frames), rate
    frames, rate = _video(source, size, most)
    return list(range(len(frames))), np.stack(frames), rate


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """The pictures of a clip with their numbers, in order, without a gap."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and path.is_file()]
    matches = [(_NUMBER.search(path.stem), path) for path in paths]
    without = [path.name for match, path in matches if not match]
    if not paths or without:
        what = f"{without[0]!r} has no number" if without else "there is no picture"
        raise DataError(
            f"{folder}: {what}; expected pictures whose names end in the frames' numbers, such as 0007.png."
        )
    found = sorted((int(match[1]), path) for match, path in matches if match)
    twice = [n for n, count in Counter(n for n, _ in found).items() if count > 1]
    if twice:
        names = [path.name for n, path in found if n == twice[0]]
        raise DataError(f"{folder}: {' and '.join(names)} have the same number. Leave one of them out.")
    for (one, _), (other, path) in itertools.pairwise(found):
        if other != one + 1:
            raise DataError(
                f"{folder}: after frame {one} comes frame {other} ({path.name}); expected numbers without a gap. "
                "Number the pictures anew, or make two clips of it."
            )
    return found


def _pictures(paths: list[Path], size: int, most: int) -> Iterator[np.ndarray]:
    if len(paths) > most:
        raise DataError(f"{paths[0].parent}: more than {MOST:,} frames in all, which is the most that is read.")
    first = None
    for path in paths:
        try:
            picture = open_picture(path)
        except ValueError as error:
            raise DataError(f"{path}: {error}") from error
        first = picture.shape if first is None else first
        if picture.shape != first:
            raise DataError(
                f"{path} is {picture.shape[1]} × {picture.shape[0]} pixels, and {paths[0].name} is {first[1]} × "
                f"{first[0]}; expected one size within a clip."
            )
        yield fitted_pictures(picture[None], (size, size, 3))


def _video(path: Path, size: int, most: int) -> tuple[list[np.ndarray], float | None]:
    """The frames of a video file, one by one."""
    try:
        import imageio.v3 as imageio
    except ImportError as error:
        raise DataError(
            f"{path} is a video file, which needs imageio. Run: pip install 'imageio[ffmpeg]'. Or give a folder of "
            "pictures."
        ) from error
    frames: list[np.ndarray] = []
    try:
        rate = imageio.immeta(path, plugin="FFMPEG").get("fps")
        for frame in imageio.imiter(path, plugin="FFMPEG"):
            if len(frames) == most:
                raise DataError(f"{path}: more than {MOST:,} frames in all, which is the most that is read.")
            frames.append(fitted_pictures(np.asarray(frame)[None], (size, size, 3))[0])
    except (ImportError, OSError, ValueError, RuntimeError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} cannot be read as a video: {error}. Give a folder of pictures instead.") from error
    if not frames:
        raise DataError(f"{path} has no frame.")
    return frames, float(rate) if rate else None
