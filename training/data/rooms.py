"""Camera clips of people at home (GMDCSA24; Alam, Sufian, Dutta, Leo and Hameed 2024; MIT): evaluation only.

Read is the folder `video/rooms` of the folder that RNN_DATA_DIR names: for each clip a sheet of frames, `clips.json`
with their size and count, and `frames.tsv` with the label of each frame. The clips are the 23 shortest of 160: a biased
sample, too small to train a network that is shipped.
"""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.errors import DataError

LABELS = ("upright", "sitting", "lying", "fall")

SOURCE = "GMDCSA24 (Alam, Sufian, Dutta, Leo and Hameed 2024, doi 10.5281/zenodo.12921216; MIT)"

_EMPTY = "empty"


@dataclass(frozen=True)
class RoomClip:
    """One clip: who is seen, its frames (T, H, W, 3) uint8, and their labels (T,), -1 where there is none."""

    name: str
    person: str
    frames: np.ndarray
    labels: np.ndarray


def load_rooms() -> list[RoomClip]:
    """The clips.

    Raises:
        DataError: the data cannot be had, or are not what they should be.
    """
    override = os.environ.get("RNN_DATA_DIR")
    folder = Path(override or ".") / "video" / "rooms"
    if not override or not (folder / "clips.json").is_file():
        raise DataError(
            "There is no folder 'video/rooms' in the folder that RNN_DATA_DIR names "
            f"({override or 'not set'}). The clips are not downloaded; what it holds is said at the top of "
            "training/data/rooms.py."
        )
    try:
        about = json.loads((folder / "clips.json").read_text("utf-8"))
        with (folder / "frames.tsv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
        return [_clip(folder, one, [row["label"] for row in rows if row["file"] == one["file"]]) for one in about]
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise DataError(f"{folder} is not what it should be: {error!r}. Copy it whole.") from error


def _clip(folder: Path, about: dict, labels: list[str]) -> RoomClip:
    from rnn_models.vision.pictures import open_picture

    sheet = open_picture(folder / about["file"], max_side=100_000)
    high, wide, row = about["frame_height"], about["frame_width"], about["frames_per_row"]
    places = [(n // row * high, n % row * wide) for n in range(about["frames"])]
    frames = np.stack([sheet[y : y + high, x : x + wide] for y, x in places])
    if len(labels) != len(frames):
        raise ValueError(f"{about['file']} has {len(frames)} frames and {len(labels)} labels")
    numbers = [-1 if label == _EMPTY or not label else LABELS.index(label) for label in labels]
    return RoomClip(about["file"], about["person"], frames, np.array(numbers, "int32"))
