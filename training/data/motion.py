"""Motion of whole bodies (Bandai-Namco-Research-Motiondataset; Kobayashi et al. 2023, arXiv:2306.08861; CC BY-NC 4.0).

Read is `video/motion/poses15.npz` of the folder that RNN_DATA_DIR names: 15 poses a second, made from the public BVH
files by forward kinematics. Its arrays: `pose` int8 (F, 18, 3), x y z of 18 joints in centimetres, x and z relative to
the hips, y upwards and minus 97; `length` (N,), the poses of each clip; `dataset`, `content`, `style`, `take` (N,) of
the file names; `joints` (18,), their names. Used is data set 2: ten contents in seven styles.
"""

import functools
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from training.data.errors import DataError
from training.data.records import UNLABELLED, ClipData, Clips, Flip, PublicDataset

PHASES = ("rest", "rising", "up", "falling")
"""The phases of the hands: the labels of frames."""

RATE = 15.0
SPEED = 25.0
"""Hands that move faster than this are rising or falling, cm/s."""

SMOOTH = 5
"""Heights are means over so many frames."""

STYLES = {"validation": ("youthful",), "test": ("elderly", "masculine")}
"""The styles that are kept from training; they stand for other persons."""

PUBLIC = {
    "motion": PublicDataset("", "", "cc-by-nc-4.0", "https://creativecommons.org/licenses/by-nc/4.0/"),
}
"""What a trained model's card says of it."""

SIDE = 64
"""Height and width of a stick figure's picture, in pixels."""

LIMBS = (
    ("Hips", "Chest", "Neck", "Head"),
    ("Neck", "UpperArm_L", "LowerArm_L", "Hand_L"),
    ("Neck", "UpperArm_R", "LowerArm_R", "Hand_R"),
    ("Hips", "UpperLeg_L", "LowerLeg_L", "Foot_L", "Toes_L"),
    ("Hips", "UpperLeg_R", "LowerLeg_R", "Foot_R", "Toes_R"),
)
"""Lines of a stick figure, from joint to joint."""

_PATH = "video/motion/poses15.npz"
_SOURCE = "https://github.com/BandaiNamcoResearchInc/Bandai-Namco-Research-Motiondataset"
_ARRAYS = ("pose", "length", "dataset", "content", "style", "take", "joints")
_SMOOTHED = 2  # the pictures are drawn that much larger, and reduced
_LINE = 2


def load_motion(pixels: bool = False) -> ClipData:
    """Clips with the phase of the hands at every frame, where hands are what the clip shows, and with their content.

    Styles of validation and test are not in train. `more["takes"]` has other takes of the styles of train: a fifth of
    them, also not in train.

    Args:
        pixels: stick figures (64, 64, 1) uint8 instead of joints (18, 3).

    Raises:
        DataError: the data cannot be had, or are not what they should be.
    """
    arrays = _arrays()
    joints = [str(name) for name in arrays["joints"]]
    chosen = np.flatnonzero(arrays["dataset"] == 2)
    contents = sorted({str(name) for name in arrays["content"][chosen]})
    ends = np.cumsum(arrays["length"].astype(int))
    across = (joints.index("UpperArm_L"), joints.index("UpperArm_R"))
    rows: dict[str, list[int]] = {"train": [], "validation": [], "test": [], "takes": []}
    for n in chosen:
        style = str(arrays["style"][n])
        split = next((name for name, styles in STYLES.items() if style in styles), None)
        rows[split or ("takes" if arrays["take"][n] % 5 == 0 else "train")].append(int(n))

    def part(numbers: list[int], drawn: bool) -> Clips:
        frames, labels, of_clips = [], [], []
        for n in numbers:
            pose = arrays["pose"][ends[n] - arrays["length"][n] : ends[n]].astype("float32")
            content = str(arrays["content"][n])
            of_clips.append(contents.index(content))
            labels.append(hand_phases(pose, joints) if "hand" in content else np.full(len(pose), UNLABELLED, "int32"))
            frames.append(stick_figures(pose, joints, across) if drawn else pose)
        return Clips(frames, labels, np.array(of_clips, "int32"))

    parts = {name: part(numbers, pixels and name != "train") for name, numbers in rows.items()}
    return ClipData(
        "motion",
        "pixels" if pixels else "joints",
        *(parts[name] for name in ("train", "validation", "test")),
        list(PHASES),
        contents,
        RATE,
        "Bandai-Namco-Research-Motiondataset at 74ead3b, data set 2 (Bandai Namco Research Inc.; Kobayashi et al. "
        "2023, arXiv:2306.08861): 15 poses a second of 18 joints; test styles elderly and masculine",
        "CC BY-NC 4.0",
        [
            f"Clips: {', '.join(f'{name} {len(found.frames):,}' for name, found in parts.items())}; three actors, and "
            "who is who is not given: styles stand for persons.",
            "Changed: joints from the BVH files by forward kinematics, every second frame, rounded to centimetres.",
        ],
        across=across,
        sides=tuple(joints.index(_other_side(name)) for name in joints),
        relabel=lambda pose: hand_phases(pose, joints),
        render=(lambda pose: stick_figures(pose, joints, across)) if pixels else None,
        mirror=Flip((0, 1, 2, 3), tuple(contents.index(_other_side(name)) for name in contents)),
        more={"takes": parts["takes"]},
    )


def hand_phases(pose: np.ndarray, joints: list[str]) -> np.ndarray:
    """The phase of the hands at each pose (T, J, 3): (T,) int32, numbers of `PHASES`.

    Of the higher hand's height, a mean over 5 frames: rising or falling where it moves faster than 25 cm/s since the
    frame before; else up or rest, above or below half way between the clip's 2nd and 98th percentile.
    """
    hands = [joints.index("Hand_L"), joints.index("Hand_R")]
    height = pose[:, hands, 1].max(axis=1).astype("float64")
    edge = SMOOTH // 2
    height = np.convolve(np.pad(height, edge, mode="edge"), np.full(SMOOTH, 1 / SMOOTH), mode="valid")
    speed = np.diff(height, prepend=height[:1]) * RATE
    half = np.percentile(height, [2, 98]).mean()
    phases = np.where(height > half, PHASES.index("up"), PHASES.index("rest"))
    phases[speed > SPEED], phases[speed < -SPEED] = PHASES.index("rising"), PHASES.index("falling")
    return phases.astype("int32")


def stick_figures(pose: np.ndarray, joints: list[str], across: tuple[int, int]) -> np.ndarray:
    """Poses (T, J, 3) as pictures (T, 64, 64, 1) uint8, white on black; the first one faces the viewer."""
    from rnn_models.vision.frames import facing, turned

    places = turned(pose, facing(pose[0], across))[..., :2] * [0.28, -0.28] + SIDE / 2
    lines = [[joints.index(name) for name in limb] for limb in LIMBS]
    return np.stack([_figure(one, lines) for one in places])


def _figure(places: np.ndarray, lines: list[list[int]]) -> np.ndarray:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (SIDE * _SMOOTHED, SIDE * _SMOOTHED))
    pencil = ImageDraw.Draw(picture)
    for line in lines:
        pencil.line([tuple(places[n] * _SMOOTHED) for n in line], fill=255, width=_LINE * _SMOOTHED)
    return np.asarray(picture.reduce(_SMOOTHED))[..., None]


def _other_side(name: str) -> str:
    """The content of a mirrored clip; the joint on the other side."""
    for left, right in (("left", "right"), ("_L", "_R")):
        name = name.replace(left, "?").replace(right, left).replace("?", right)
    return name


@functools.cache
def _arrays() -> dict[str, Any]:
    folder = os.environ.get("RNN_DATA_DIR")
    path = Path(folder or ".") / _PATH
    if not folder or not path.is_file():
        raise DataError(
            f"There is no file {_PATH!r} in the folder that RNN_DATA_DIR names ({folder or 'not set'}). The motion is "
            f"not downloaded: the source is BVH files ({_SOURCE}), from which the poses must be computed first. What "
            "the file holds is said at the top of training/data/motion.py. --dataset finger and --dataset scenes need "
            "no such file."
        )
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _ARRAYS}
    except (KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} is not what it should be ({type(error).__name__}). Expected an archive of NumPy's with the arrays "
            f"{', '.join(_ARRAYS)}."
        ) from error
    pose, length = arrays["pose"], arrays["length"]
    right = (
        pose.ndim == 3 and pose.shape[1:] == (len(arrays["joints"]), 3) and int(length.astype(int).sum()) == len(pose)
    )
    if not right or any(len(arrays[name]) != len(length) for name in ("dataset", "content", "style", "take")):
        raise DataError(f"{path}: its arrays do not fit together; expected as many poses as `length` says.")
    return arrays
