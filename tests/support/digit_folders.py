"""A folder of pictures of one's own, as `--images` takes it."""

from pathlib import Path

import numpy as np
from PIL import Image


def save_bars(folder: Path) -> Path:
    """Bars that lie and bars that stand, twenty of each."""
    draw = np.random.default_rng(0)
    for kind in ("flat", "upright"):
        (folder / kind).mkdir()
        for n in range(20):
            picture = np.full((60, 60), 250, dtype="uint8")
            at, length = draw.integers(5, 45), draw.integers(25, 50)
            where = (slice(at, at + 6), slice(5, 5 + length))
            picture[where if kind == "flat" else where[::-1]] = 20
            Image.fromarray(picture).save(folder / kind / f"{n}.png")
    return folder
