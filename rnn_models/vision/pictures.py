"""Pictures: any file of a photograph as an array, and the square that an image encoder takes from it.

    open_picture    a path, a file's bytes, an array or a PIL image as (H, W, 3) uint8
    square          what an encoder sees of it, (224, 224, 3)
    seen_box        where in the picture that lies
    cell_boxes      where in the picture each cell of the encoder's grid lies

A picture from a stranger may be broken, hostile or no picture at all. Its size is known before it is decoded, only
decoders of plain raster formats are tried, and whatever fails is a ValueError.
"""

import io
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_models.checks import check_choice

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE = 224
FITS = ("squash", "crop")
CROPPED = 224 / 256
"""With "crop": the part of the shorter side that is seen."""

MAX_BYTES = 256 << 20
MAX_PIXELS = 89_478_485
"""A larger picture is refused before it is decoded. From this size on Pillow, too, warns of a bomb."""
MAX_SIDE = 2048

SUFFIXES = frozenset([".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"])
"""What the files of pictures end in, where a folder is looked through."""

_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "MPO", "PNG", "PPM", "TIFF", "WEBP")
_EXPECTED = "Expected a photograph as JPEG, PNG, GIF, WebP, BMP, TIFF, PPM or AVIF."
_AGAIN = "Save or upload it again."
_HEAD = 4096
"""So many bytes of a file that is no picture are looked at, to say what it is."""
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""What makes a picture upright, by its EXIF orientation."""

_16_BITS = ("I", "I;16", "I;16L", "I;16B", "I;16N")


def open_picture(
    source: "str | os.PathLike | bytes | np.ndarray | Image", max_side: int = MAX_SIDE, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """A picture as an array (H, W, 3) uint8, RGB.

    It is turned upright as its EXIF orientation says (a damaged EXIF block counts as none). Grey, palette and CMYK
    pictures become RGB; what is transparent lies on white; of 16 bits the upper 8 are kept; of an animation the first
    frame is taken. Colour profiles are not applied.

    Args:
        source: the path of a file, the bytes of one, a PIL image, or an array uint8 of shape (H, W), (H, W, 1),
            (H, W, 3) or (H, W, 4), where the fourth channel is opacity.
        max_side: a picture whose longer side is greater is made smaller, to this length.
        max_pixels: a picture of more pixels is refused.

    Raises:
        ValueError: no file, no picture, a broken or truncated one, one of too many bytes or pixels, an array of
            another kind. The message says which, and what to do.
    """
    if min(max_side, max_pixels) < 1:
        raise ValueError(f"max_side and max_pixels are {max_side} and {max_pixels}; expected 1 or more each.")
    if isinstance(source, np.ndarray):
        return _finished(_from_array(source), "the array", max_side, max_pixels)
    if isinstance(source, bytes | bytearray | memoryview):
        return _decoded(bytes(source), "the bytes", max_side, max_pixels)
    if isinstance(source, str | os.PathLike):
        return _decoded(_read(source), repr(os.fspath(source)), max_side, max_pixels)
    from PIL import Image

    if isinstance(source, Image.Image):
        return _finished(source, "the image", max_side, max_pixels)
    raise ValueError(
        f"picture is a {type(source).__name__}; expected the path of a file, its bytes, a NumPy array or a PIL image. "
        "Make an array of a tensor with np.asarray."
    )


def is_one_picture(pictures: Any) -> bool:
    """Whether this is one picture, and no collection of pictures."""
    if isinstance(pictures, np.ndarray):
        return pictures.ndim != 4 and pictures.dtype.kind not in "OU"
    alone = isinstance(pictures, str | bytes | bytearray | memoryview | os.PathLike | Mapping)
    return alone or not isinstance(pictures, Iterable)


# ----------------------------------------------------------------------------------- what the encoder sees of it


def square(picture: np.ndarray, size: int = SIZE, fit: str = "squash") -> np.ndarray:
    """What an image encoder sees of a picture: (size, size, 3) uint8, by bicubic interpolation.

    Args:
        picture: (H, W, 3) uint8.
        size: height and width of the square.
        fit: "squash": the whole picture, its sides scaled each for itself. Nothing is lost at the border, but shapes
            are distorted; this is how the public small copies of Flickr8k were made.
            "crop": a square from the middle, 224/256 of the shorter side wide. Shapes are right, and the border is
            lost; this is how classifiers of ImageNet are measured.
            A picture that is `size` × `size` already is used whole in both ways.

    Raises:
        ValueError: no such picture, or another `fit`.
    """
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(
            f"picture is {_kind(picture)}; expected an array uint8 of shape (H, W, 3). Open it with `open_picture`."
        )
    height, width, _ = picture.shape
    box = seen_box(height, width, size, fit)
    if (height, width) == (size, size):
        return picture.copy()
    from PIL import Image

    image = Image.fromarray(picture)
    # Cut and scaled in one step, so that the square is exactly the box, fractions of a pixel included.
    return np.array(image.resize((size, size), Image.Resampling.BICUBIC, box=box))


def seen_box(height: int, width: int, size: int = SIZE, fit: str = "squash") -> tuple[float, float, float, float]:
    """Where in a picture the square lies that `square` makes of it: left, top, right and bottom, in its pixels.

    Raises:
        ValueError: a size below 1, or another `fit`.
    """
    if min(height, width, size) < 1:
        raise ValueError(f"height, width and size are {height}, {width} and {size}; expected 1 or more each.")
    check_choice("fit", fit, FITS)
    if fit == "squash" or (height, width) == (size, size):
        return 0.0, 0.0, float(width), float(height)
    side = min(height, width) * CROPPED
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def cell_boxes(height: int, width: int, rows: int, columns: int, size: int = SIZE, fit: str = "squash") -> np.ndarray:
    """Where in a picture each cell of a grid over its square lies.

    Args:
        height, width: of the picture, as `open_picture` gave it.
        rows, columns: of the grid, such as 7 and 7.
        size, fit: as they were given to `square`.

    Returns:
        (rows × columns, 4): left, top, right and bottom of each cell, in the picture's pixels, row by row: the
        order of a grid's locations. Divide by width and height to lay them over the picture at another size.

    Raises:
        ValueError: a size below 1, or another `fit`.
    """
    if min(rows, columns) < 1:
        raise ValueError(f"rows and columns are {rows} and {columns}; expected 1 or more each.")
    left, top, right, bottom = seen_box(height, width, size, fit)
    x, y = np.linspace(left, right, columns + 1), np.linspace(top, bottom, rows + 1)
    edges = np.broadcast_arrays(x[None, :-1], y[:-1, None], x[None, 1:], y[1:, None])
    return np.stack(edges, axis=-1).reshape(-1, 4)


# ------------------------------------------------------------------------------------------------ files and bytes


def _read(path: str | os.PathLike) -> bytes:
    name = repr(os.fspath(path))
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        hint = " An address is not followed: download the picture first." if "://" in str(path) else ""
        raise ValueError(f"There is no file {name} ({error}). Give the path of a picture.{hint}") from error
    if stat.S_ISDIR(status.st_mode):
        raise ValueError(f"{name} is a folder; expected a picture's file. Give the files in it, one by one.")
    if not stat.S_ISREG(status.st_mode):  # reading a pipe might never end
        raise ValueError(f"{name} is a device or a pipe; expected a picture's file.")
    _check_bytes(status.st_size, name)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{name} cannot be read ({error}). Make it readable, or give another picture.") from error


def _check_bytes(size: int, name: str) -> None:
    if size == 0:
        raise ValueError(f"{name}: nothing is in it, 0 bytes. {_EXPECTED} {_AGAIN}")
    if size > MAX_BYTES:
        raise ValueError(
            f"{name}: too large, {size:,} bytes; expected at most {MAX_BYTES:,}. Save the picture smaller, or as JPEG."
        )


def _decoded(content: bytes, name: str, max_side: int, max_pixels: int) -> np.ndarray:
    """The picture in a file's bytes."""
    from PIL import Image, UnidentifiedImageError

    _check_bytes(len(content), name)
    Image.init()
    try:
        # Only what is named here is tried: other decoders run programs (PostScript), or are seldom looked after.
        image = Image.open(io.BytesIO(content), formats=[f for f in _FORMATS if f in Image.OPEN])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(_too_large(name, str(error), max_pixels)) from error
    except UnidentifiedImageError as error:
        kind = _kind_of_file(content[:_HEAD])
        raise ValueError(f"{name}: {kind}, not a picture that can be read. {_EXPECTED} {_AGAIN}") from error
    except Exception as error:  # a broken file fails in many ways
        raise ValueError(_broken(name, error)) from error
    with image:
        _check_pixels(image, name, max_pixels)
        if image.format in ("JPEG", "MPO"):
            # Decoded at a half, a quarter or an eighth of the size, as long as that is enough.
            image.draft(None, _target(image, max_side))
        return _finished(image, name, max_side, max_pixels)


def _check_pixels(image: "Image", name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ValueError(_too_large(name, f"{width} × {height} = {width * height:,} pixels", max_pixels))


def _too_large(name: str, size: str, max_pixels: int) -> str:
    return f"{name}: too large, {size}; expected at most {max_pixels:,} pixels. It was not decoded. Save it smaller."


def _broken(name: str, error: Exception) -> str:
    return f"{name}: broken or cut short, {error}. {_EXPECTED} {_AGAIN}"


def _kind_of_file(head: bytes) -> str:
    """A file that is no picture, in words, by its first bytes."""
    beginnings = {
        b"PK": "a zip archive or an office document",
        b"%PDF": "a PDF",
        b"%!PS": "PostScript",
        b"8BPS": "a Photoshop file",
        b"\x1f\x8b": "a gzip archive",
    }
    for beginning, words in beginnings.items():
        if head.startswith(beginning):
            return words
    if head[4:8] == b"ftyp":
        return "a HEIC photograph or a video"
    for mark, words in ((b"<svg", "an SVG drawing"), (b"<html", "a web page"), (b"<?xml", "XML")):
        if mark in head.lower():
            return words
    return "text" if _is_text(head) else "a broken file or one of another kind"


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(head) < _HEAD or error.start < _HEAD - 3:  # else a character was cut in two
            return False
    return not any(byte < 9 for byte in head)  # control characters


# ------------------------------------------------------------------------------------------------ to plain RGB


def _from_array(array: np.ndarray) -> "Image":
    from PIL import Image

    depth = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or depth not in (1, 3, 4) or not array.size:
        raise ValueError(
            f"picture is {_kind(array)}; expected uint8, from 0 to 255, of shape (H, W), (H, W, 1), (H, W, 3) or "
            f"(H, W, 4).{_remedy(array)}"
        )
    return Image.fromarray(np.ascontiguousarray(array[..., 0] if array.ndim == 3 and depth == 1 else array))


def _kind(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return f"a {type(value).__name__}"
    return f"an array {value.dtype} of shape {value.shape}"


def _remedy(array: np.ndarray) -> str:
    if array.ndim == 4:
        return " Give pictures of a batch one by one."
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[2] not in (1, 3, 4):
        return " Put the channels last: array.transpose(1, 2, 0)."
    if array.dtype.kind == "f":
        return " Of values from 0 to 1 make it with (array * 255).round().astype('uint8')."
    if array.dtype == np.uint16:
        return " Of 16 bits make it with (array >> 8).astype('uint8')."
    return ""


def _finished(image: "Image", name: str, max_side: int, max_pixels: int) -> np.ndarray:
    """Decode an image of any mode. It is made small early, so that little memory is taken."""
    from PIL import Image

    _check_pixels(image, name, max_pixels)
    target = _target(image, max_side)
    try:
        image.load()
        plain = _plain(image)
        if plain.size != target:
            plain = plain.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)
        plain = _on_white(plain)
        turn = _TURNS.get(_orientation(image))
        return np.array(plain if turn is None else plain.transpose(Image.Transpose[turn]))
    except Exception as error:  # a broken file fails in many ways
        raise ValueError(_broken(name, error)) from error


def _target(image: "Image", max_side: int) -> tuple[int, int]:
    """Width and height, the longer of them `max_side` at most."""
    scale = min(1.0, max_side / max(image.size))
    return max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale))


def _orientation(image: "Image") -> int:
    try:
        return image.getexif().get(274, 1)
    except Exception:  # a damaged EXIF block fails in many ways, and the picture is good all the same
        return 1


def _plain(image: "Image") -> "Image":
    """An image of the mode RGB or RGBA."""
    if image.mode in _16_BITS:
        return _from_16_bits(image)
    if image.mode == "F":
        raise ValueError("its values are floating-point numbers, and what is white among them is not known")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _from_16_bits(image: "Image") -> "Image":
    from PIL import Image

    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("its values have 32 bits, and what is white among them is not known")
    return Image.fromarray((values >> 8).astype("uint8")).convert("RGB")


def _on_white(image: "Image") -> "Image":
    if image.mode == "RGB":
        return image
    from PIL import Image

    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")
