"""Clips in files: an animation, a zip of numbered pictures, or a table of points, opened within limits.

Nothing is unpacked to the disk, every size is known before a frame is decoded, and whatever fails is a refusal in
words. Videos are decoded where the terminal asks for it only: their decoder is too large to be shown to strangers.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from apps.shared import validation
from rnn_models import tables
from rnn_models.vision.pictures import SUFFIXES, open_picture

BYTES_LIMIT = 20_000_000
"""Of a file, and of all pictures of a zip when they are unpacked."""

FRAMES_LIMIT = 300
PIXELS_LIMIT = 24_000_000
"""Of all frames of a clip together."""

POINTS_LIMIT = 3_000
LARGEST = 1_000.0
"""No coordinate of a point is farther from 0."""

FILE_TYPES = [".gif", ".webp", ".png", ".zip", ".csv"]
"""What a visitor may choose."""

_ANIMATIONS = {b"GIF8": "GIF", b"RIFF": "WEBP", b"\x89PNG": "PNG"}
_VIDEOS = re.compile(rb"^(....ftyp|\x1aE\xdf\xa3|RIFF....AVI )", re.DOTALL)
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class ClipFile:
    """What a file holds.

    Attributes:
        inputs: "pixels" or "points".
        frames: (T, H, W, 3) uint8, or (T, 2) float32, in units of the picture's width and height, y downwards.
        seconds: (T,), when each point was taken; None where the file does not say.
        lasting: (T,), seconds that each picture is shown; None where the file does not say.
    """

    inputs: str
    frames: np.ndarray
    seconds: np.ndarray | None = None
    lasting: np.ndarray | None = None

    def at_rate(self, rate: float) -> np.ndarray:
        """The frames at so many a second, where the file says when they come; else as they are.

        Points are read off straight lines, pictures stay until the next. (Writers of animations make one long picture
        of equal ones.)
        """
        if self.lasting is not None:
            ends = np.cumsum(self.lasting)
            count = max(1, round(ends[-1] * rate))
            if count > FRAMES_LIMIT:
                raise _too_many(count, FRAMES_LIMIT)
            places = np.searchsorted(ends, (np.arange(count) + 0.5) / rate, side="right")
            return self.frames[np.minimum(places, len(self.frames) - 1)]
        if self.seconds is None or len(self.frames) == 1:
            return self.frames
        wanted = np.arange(self.seconds[0], self.seconds[-1] + 1e-9, 1 / rate)
        if len(wanted) > POINTS_LIMIT:
            raise _too_many(len(wanted), POINTS_LIMIT)
        return np.stack([np.interp(wanted, self.seconds, column) for column in self.frames.T], axis=1).astype("float32")


def open_clip(path: str | Path | None, videos: bool = False) -> ClipFile:
    """The clip of a file, or of a folder of numbered pictures.

    Args:
        path: GIF, WebP, animated PNG, a zip of pictures, or CSV with the columns x and y, and `second` where the points
            are not at the model's rate.
        videos: also other video files, where `imageio[ffmpeg]` is installed, and folders.

    Raises:
        gr.Error: no such file, none of these, broken, or too large.
    """
    with validation.about("file"):
        if not path:
            raise validation.refusal(
                "There is no clip yet: choose a file.", "영상이 없습니다. 파일을 골라 주세요.", "file"
            )
        if videos and Path(path).is_dir():
            return _of_folder(Path(path))
        content = _read(Path(path))
        if _VIDEOS.match(content):
            return _of_video(Path(path), videos)
        kind = next((kind for sign, kind in _ANIMATIONS.items() if content.startswith(sign)), None)
        if kind:
            lasting: list[float] = []
            frames = _stacked(_animation(content, kind, lasting))
            known = len(frames) > 1 and min(lasting) > 0
            return ClipFile("pixels", frames, lasting=np.array(lasting) if known else None)
        if content.startswith(b"PK\x03\x04"):
            return ClipFile("pixels", _stacked(_zipped(content)))
        return _points(content)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= BYTES_LIMIT else b""
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise validation.refusal(
            "The file cannot be read, or is not here any more: uploads are deleted after an hour. Choose it again.",
            "파일을 읽을 수 없거나 이제 없습니다. 올린 파일은 한 시간 뒤 지워집니다. 다시 골라 주세요.",
        ) from error
    if size > BYTES_LIMIT:
        raise validation.refusal(
            f"The file has {size:,} bytes; at most {BYTES_LIMIT:,} fit. Save the clip shorter or smaller.",
            f"파일이 {size:,}바이트입니다. {BYTES_LIMIT:,}바이트까지 되니 더 짧거나 작게 저장해 주세요.",
        )
    return content


# Pictures --------------------------------------------------------------------------------------------


def _stacked(frames: Iterator[np.ndarray]) -> np.ndarray:
    """All frames as one array; refused as soon as they are too many, too large together, or of two sizes."""
    found: list[np.ndarray] = []
    for frame in frames:
        if found and frame.shape != found[0].shape:
            (high, wide), (first_high, first_wide) = frame.shape[:2], found[0].shape[:2]
            raise validation.refusal(
                f"Frame {len(found) + 1} is {wide} × {high} pixels and the first one {first_wide} × {first_high}; "
                "expected frames of one size.",
                f"{len(found) + 1}번째 프레임은 {wide} × {high}픽셀이고 첫 프레임은 {first_wide} × {first_high}"
                "픽셀입니다. 프레임의 크기가 모두 같아야 합니다.",
            )
        found.append(frame)
        _check_size(len(found), *frame.shape[:2])
    if not found:
        raise _no_clip("there is no frame in it", "프레임이 없습니다")
    return np.stack(found)


def _check_size(count: int, height: int, width: int) -> None:
    """Before a frame is decoded, and for each that has been."""
    if count > FRAMES_LIMIT:
        raise _too_many(count, FRAMES_LIMIT)
    if count * height * width > PIXELS_LIMIT:
        raise validation.refusal(
            f"The clip has {count} frames or more of {width} × {height} pixels, more than {PIXELS_LIMIT:,} pixels "
            "together. Save it smaller or shorter.",
            f"{width} × {height}픽셀인 프레임이 {count}장 이상이라 모두 {PIXELS_LIMIT:,}픽셀을 넘습니다. "
            "더 작거나 짧게 저장해 주세요.",
        )


def _too_many(count: int, most: int) -> validation.Refusal:
    return validation.refusal(
        f"The clip has {count:,} frames or more; at most {most:,} fit. Cut it shorter.",
        f"프레임이 {count:,}개 이상입니다. {most:,}개까지 되니 짧게 잘라 주세요.",
    )


def _no_clip(why: str, why_ko: str) -> validation.Refusal:
    return validation.refusal(
        f"This file cannot be used: {why}. Expected GIF, WebP or animated PNG, a zip of numbered pictures, or CSV with "
        "the columns x and y.",
        f"쓸 수 없는 파일입니다({why_ko}). GIF, WebP, 움직이는 PNG, 번호가 붙은 그림의 zip, 또는 x와 y 열이 있는 "
        "CSV를 골라 주세요.",
    )


def _animation(content: bytes, kind: str, lasting: list[float]) -> Iterator[np.ndarray]:
    """The pictures of an animation; the seconds of each are added to `lasting`."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as image:
            _check_size(1, image.height, image.width)
            for n in range(FRAMES_LIMIT + 1):
                try:
                    image.seek(n)
                except EOFError:
                    return
                _check_size(n + 1, image.height, image.width)
                picture = np.asarray(image.convert("RGB"))
                lasting.append(float(image.info.get("duration") or 0) / 1000)
                yield picture
    except validation.Refusal:
        raise
    except Exception as error:  # decoders fail in many ways
        raise _no_clip("it is damaged, or no animation", "손상되었거나 움직이는 그림이 아닙니다") from error


def natural(name: str) -> list[Any]:
    """A key by which frame 10 comes after frame 9."""
    return [int(part) if part.isdecimal() else part for part in _NUMBERS.split(name)]


def _zipped(content: bytes) -> Iterator[np.ndarray]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if _is_frame(one.filename)]
            _check_members(members)
            left = BYTES_LIMIT
            for one in sorted(members, key=lambda one: natural(one.filename)):
                with archive.open(one) as file:
                    picture = file.read(left + 1)
                left -= len(picture)
                if left < 0:  # it has said that it is smaller
                    raise _no_clip("it unpacks to more than it says", "풀면 적힌 크기보다 큽니다")
                yield _picture(picture, PurePosixPath(one.filename).name)
    except validation.Refusal:
        raise
    except Exception as error:  # encrypted, damaged, of another compression
        raise _no_clip("the zip is damaged or locked", "zip이 손상되었거나 암호가 걸려 있습니다") from error


def _is_frame(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > FRAMES_LIMIT:
        raise _too_many(len(members), FRAMES_LIMIT)
    if (size := sum(one.file_size for one in members)) > BYTES_LIMIT:
        raise validation.refusal(
            f"The pictures have {size:,} bytes when they are unpacked; at most {BYTES_LIMIT:,} fit. Save them smaller.",
            f"압축을 풀면 {size:,}바이트입니다. {BYTES_LIMIT:,}바이트까지 되니 더 작게 저장해 주세요.",
        )


def _picture(content: bytes, name: str) -> np.ndarray:
    try:
        return open_picture(content, max_pixels=PIXELS_LIMIT)
    except ValueError as error:
        shown = name[:60]
        raise validation.refusal(
            f"The frame {shown} cannot be used: {str(error).removeprefix('the bytes: ')}",
            f"{shown} 프레임을 그림으로 읽을 수 없습니다.",
        ) from error


def _of_folder(folder: Path) -> ClipFile:
    paths = sorted((one for one in folder.iterdir() if _is_frame(one.name)), key=lambda one: natural(one.name))
    if len(paths) > FRAMES_LIMIT:
        raise _too_many(len(paths), FRAMES_LIMIT)
    return ClipFile("pixels", _stacked(_picture(_read(path), path.name) for path in paths))


def _of_video(path: Path, allowed: bool) -> ClipFile:
    if not allowed:
        raise validation.refusal(
            "Video files are read by the terminal only: python -m apps label FILE. Here a GIF or a zip of frames fits.",
            "동영상 파일은 터미널에서만 읽습니다: python -m apps label FILE. 여기서는 GIF나 프레임을 담은 zip을 "
            "골라 주세요.",
        )
    try:
        import imageio.v3 as imageio

        return ClipFile("pixels", _stacked(imageio.imiter(path, plugin="FFMPEG")))
    except validation.Refusal:
        raise
    except ImportError as error:
        raise validation.refusal(
            "A video file needs a decoder: pip install imageio[ffmpeg]. Without it a GIF or a folder of frames fits.",
            "동영상 파일을 읽으려면 pip install imageio[ffmpeg]가 필요합니다. GIF나 프레임 폴더는 그냥 읽습니다.",
        ) from error
    except Exception as error:  # the decoder is a program of its own
        raise _no_clip("the video is damaged", "동영상이 손상되었습니다") from error


# Points ----------------------------------------------------------------------------------------------


def _points(content: bytes) -> ClipFile:
    try:
        text = tables.decode_utf8(content)
        tables.check_no_nul(text)
    except tables.TableError as error:
        raise _no_clip("it is neither pictures nor text", "그림도 글도 아닙니다") from error
    return points_of(text)


def points_of(text: str) -> ClipFile:
    """The points of a table with the columns x and y, and perhaps `second`; other columns are not read.

    Raises:
        gr.Error: other columns, too many rows, or no numbers.
    """
    try:
        rows = csv.reader(io.StringIO(text))
        header = [name.strip().lower() for name in next(rows, [])]
        if "x" not in header or "y" not in header:
            raise _no_clip("its first line has no columns x and y", "첫 줄에 x와 y 열이 없습니다")
        names = ["x", "y", *(["second"] if "second" in header else [])]
        places = [header.index(name) for name in names]
        found: list[list[float]] = []
        for row in rows:
            if not "".join(row).strip():
                continue
            if len(found) >= POINTS_LIMIT:
                raise _too_many(POINTS_LIMIT + 1, POINTS_LIMIT)
            found.append([_number(row, at, rows.line_num) for at in places])
    except csv.Error as error:
        raise _no_clip("it is no CSV", "CSV가 아닙니다") from error
    return _checked(np.array(found, "float64").reshape(-1, len(names)))


def _number(row: list[str], at: int, line: int) -> float:
    try:
        value = float(row[at])
    except (IndexError, ValueError):
        value = np.nan
    if not abs(value) <= LARGEST:
        raise validation.refusal(
            f"Line {line:,}: x, y and second must be numbers from −{LARGEST:,.0f} to {LARGEST:,.0f}.",
            f"{line:,}번째 줄: x, y, second는 −{LARGEST:,.0f}에서 {LARGEST:,.0f}까지의 수여야 합니다.",
        )
    return value


def _checked(table: np.ndarray) -> ClipFile:
    if not len(table):
        raise _no_clip("there is no point in it", "점이 없습니다")
    seconds = table[:, 2] if table.shape[1] == 3 else None
    if seconds is not None and (np.diff(seconds) <= 0).any():
        raise validation.refusal(
            "The column second must grow from row to row. Sort the rows, or leave the column out.",
            "second 열은 행마다 커져야 합니다. 정렬하거나 그 열을 빼 주세요.",
        )
    return ClipFile("points", table[:, :2].astype("float32"), seconds)
