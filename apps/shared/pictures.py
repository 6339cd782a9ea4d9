"""A visitor's picture: where it is chosen, opened within limits, and encoded once for all models that see alike."""

import base64
import io
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NewType

import gradio as gr
import numpy as np

from apps.shared import validation

if TYPE_CHECKING:
    from rnn_models.vision.encoder import Features

PicturePath = NewType("PicturePath", str)
"""The path of a file that was uploaded, where a function that programs call takes a picture."""

BYTES_LIMIT = 20_000_000
PIXELS_LIMIT = 64_000_000
SHOWN_SIDE = 448  # pixels of the copy that stands in the page
THUMBNAIL_SIDE = 176
QUALITY = 82
DARK = 70  # mean brightness, 0 to 255, below which a picture is called dark

_NO_PICTURE = (
    "There is no picture yet: upload one, take one with the camera, or choose an example.",
    "사진이 없습니다. 올리거나, 카메라로 찍거나, 예시를 골라 주세요.",
)


def picture_box(**properties: Any) -> gr.Image:
    """A component for a picture; a handler is given the path of the file as it was uploaded, or None.

    Gradio itself opens nothing, and what a browser sends is admitted only if it was uploaded.
    """
    box = gr.Image(type="filepath", image_mode=None, **properties)
    # Not in a class of our own: for such a one Gradio writes a file beside this one.
    box.preprocess = lambda payload: payload and payload.path  # without it Gradio tries to open the file
    box.data_model = gr.FileData  # unlike ImageData it asks for the mark that has a file's place checked
    return box


class Photograph:
    """A picture that was opened.

    Attributes:
        array: (H, W, 3) uint8.
        height, width: H and W.
    """

    def __init__(self, array: np.ndarray):
        self.array = array
        self.height, self.width = array.shape[:2]
        self._seen: dict[tuple, Features] = {}

    def encoded_by(self, loaded: Any) -> "Features":
        """What the encoder of a captioner sees in it; computed once for all captioners that have the same."""
        key = _encoder_of(loaded)
        if key not in self._seen:
            self._seen[key] = _encoded([self.array], loaded)
        return self._seen[key]

    def region(self, loaded: Any) -> tuple[float, float, float, float]:
        """What the encoder of a captioner sees of it: left, top, width and height, each as a share of the picture's."""
        from rnn_models.vision.pictures import seen_box

        left, top, right, bottom = seen_box(self.height, self.width, fit=loaded.settings["fit"])
        width, height = right - left, bottom - top
        return left / self.width, top / self.height, width / self.width, height / self.height

    @cached_property
    def small(self) -> Any:
        """A PIL image of it, `SHOWN_SIDE` pixels at the longer side at most."""
        from PIL import Image

        image = Image.fromarray(self.array)
        image.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS)
        return image

    @cached_property
    def url(self) -> str:
        """The small one as a data URL, a JPEG."""
        return data_url(self.small, "JPEG", quality=QUALITY, optimize=True)

    @cached_property
    def is_dark(self) -> bool:
        """Whether it is so dark that a shadow on it could not be seen."""
        return float(np.asarray(self.small.convert("L")).mean()) < DARK


def open_photograph(path: str | None) -> Photograph:
    """The picture in a file, if it is one and is within what the page takes."""
    with validation.about("picture"):
        return _opened(path)


def _opened(path: str | None) -> Photograph:
    from rnn_models.vision.pictures import open_picture

    if not path:
        raise validation.refusal(*_NO_PICTURE)
    try:
        size = Path(path).stat().st_size
        if size > BYTES_LIMIT:
            raise validation.refusal(
                f"The file has {size:,} bytes; at most {BYTES_LIMIT:,} fit. Save the picture smaller, or as JPEG.",
                f"파일이 {size:,}바이트입니다. {BYTES_LIMIT:,}바이트까지 되니 줄이거나 JPEG로 저장해 주세요.",
            )
        content = Path(path).read_bytes()
    except OSError as error:
        raise validation.refusal(
            "The picture is not here any more: files are deleted after an hour. Upload it again.",
            "사진이 이제 없습니다. 파일은 한 시간 뒤 지워집니다. 다시 올려 주세요.",
        ) from error
    try:
        return Photograph(open_picture(content, max_pixels=PIXELS_LIMIT))
    except ValueError as error:
        raise validation.refusal(
            f"This file cannot be used: {str(error).removeprefix('the bytes: ')}",
            "이 파일은 사진으로 읽을 수 없습니다. 손상되지 않은 JPEG, PNG, WebP 파일을 "
            f"{PIXELS_LIMIT // 10_000:,}만 화소까지 올려 주세요.",
        ) from error


def open_photographs(paths: Sequence[str | None], loaded: Any) -> list[Photograph]:
    """The pictures in these files, encoded all at once, which is quicker than one by one.

    Of each only what the encoder is shown stays in memory.
    """
    from rnn_models.vision.encoder import Features

    photographs: list[Photograph] = []
    for path in paths:
        photographs.append(open_photograph(path))
        (photographs[-1].array,) = loaded.encoder().prepare([photographs[-1].array])
    seen, key = _encoded([photograph.array for photograph in photographs], loaded), _encoder_of(loaded)
    for n, photograph in enumerate(photographs):
        photograph._seen[key] = Features({loaded.settings["grid"]: seen.grid[n : n + 1]}, seen.pooled[n : n + 1])
    return photographs


def _encoder_of(loaded: Any) -> tuple[str, ...]:
    """What two captioners have in common whose encoders see alike."""
    return tuple(loaded.settings[name] for name in ("backbone", "grid", "fit"))


def _encoded(arrays: Sequence[np.ndarray], loaded: Any) -> "Features":
    """What the encoder of a captioner sees in pictures, which may be squares that it prepared."""
    try:
        return loaded.encoder().encode(arrays)
    except (ImportError, RuntimeError) as error:  # a package or a download is missing on this machine
        backbone = loaded.settings["backbone"]
        raise validation.refusal(
            f"The image encoder {backbone!r} cannot be loaded here: {error}",
            f"이 컴퓨터에서는 {backbone!r} 이미지 인코더를 불러올 수 없습니다.",
        ) from error


@lru_cache(maxsize=64)
def thumbnail(path: Path) -> str:
    """A shipped picture as a data URL, a small JPEG."""
    image = open_photograph(str(path)).small
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return data_url(image, "JPEG", quality=QUALITY, optimize=True)


def data_url(image: Any, kind: str, **options: Any) -> str:
    """A PIL image as a data URL; `kind` is "JPEG" or "PNG"."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
