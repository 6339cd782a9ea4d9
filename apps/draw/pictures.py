"""Canvases as pictures: frames with the windows over them, a strip, a sheet, a film."""

import base64
import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

    from rnn_models.tasks.draw import Drawing
    from rnn_models.vision.gaussian_filterbank import Window

WRITE, READ = "#d55e00", "#0072b2"
SCALE = 4
"""Pixels of a saved picture for one of the canvas."""
GAP = 6
STEP_MS, LAST_MS = 220, 1600


class Box(NamedTuple):
    """A window over a canvas of 28 × 28, from its first to its last filter, half a pixel before pixel 1 being 0."""

    left: float
    top: float
    side: float


def box(where: "Window", n: int, t: int, size: int) -> Box:
    """The window of picture n at step t, of N = size filters."""
    half = (size - 1) / 2 * float(where.delta[n, t])
    return Box(float(where.g_x[n, t]) - 0.5 - half, float(where.g_y[n, t]) - 0.5 - half, 2 * half)


def grey(canvas: np.ndarray) -> "Image.Image":
    """Ink as black, paper as white."""
    from PIL import Image

    return Image.fromarray(np.uint8(np.round(255 * (1 - canvas))))


def data_url(content: bytes, kind: str) -> str:
    """A file as a data URL; `kind` is "png" or "gif"."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def png(image: "Image.Image") -> bytes:
    """A PIL image as a PNG."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def canvases(drawing: "Drawing", n: int) -> np.ndarray:
    """(1 + T, 28, 28): the first canvas, and those after each step."""
    return np.concatenate([drawing.first[None], drawing.canvases[n]])


def strip(drawing: "Drawing", size: int, n: int = 0) -> bytes:
    """All steps of one picture side by side, a PNG."""
    return png(_joined([_frame(drawing, n, t, size) for t in range(1 + drawing.canvases.shape[1])], 999))


def sheet(drawing: "Drawing") -> bytes:
    """The finished pictures, in rows, a PNG."""
    steps = drawing.canvases.shape[1]
    count = len(drawing.canvases)
    return png(_joined([_frame(drawing, n, steps, None) for n in range(count)], columns_of(count)))


def film(drawing: "Drawing", size: int) -> bytes:
    """All pictures as they come to be, with their windows, a GIF that repeats."""
    count, steps = drawing.canvases.shape[:2]
    frames = [_joined([_frame(drawing, n, t, size) for n in range(count)], columns_of(count)) for t in range(1 + steps)]
    frames.append(_joined([_frame(drawing, n, steps, None) for n in range(count)], columns_of(count)))
    file = io.BytesIO()
    times = [STEP_MS] * (1 + steps) + [LAST_MS]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)
    return file.getvalue()


def columns_of(count: int) -> int:
    """The columns of a sheet that is about square."""
    return int(np.ceil(np.sqrt(count)))


def _frame(drawing: "Drawing", n: int, t: int, size: int | None) -> "Image.Image":
    """One canvas, enlarged, with the window of that step; no window for size None."""
    from PIL import Image, ImageDraw

    image = grey(canvases(drawing, n)[t]).resize((28 * SCALE, 28 * SCALE), Image.Resampling.NEAREST).convert("RGB")
    if size is not None and t and drawing.writes is not None:
        left, top, side = (SCALE * value for value in box(drawing.writes, n, t - 1, size))
        ImageDraw.Draw(image).rectangle((left, top, left + side, top + side), outline=WRITE, width=2)
    return image


def _joined(frames: list["Image.Image"], columns: int) -> "Image.Image":
    from PIL import Image

    columns = min(columns, len(frames))
    rows, side = -(-len(frames) // columns), 28 * SCALE
    whole = Image.new("RGB", (columns * (side + GAP) + GAP, rows * (side + GAP) + GAP), "#94a3b8")
    for place, frame in enumerate(frames):
        row, column = divmod(place, columns)
        whole.paste(frame, (GAP + column * (side + GAP), GAP + row * (side + GAP)))
    return whole
