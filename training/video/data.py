"""Labelled clips by name."""

from training.data import fingertip, motion
from training.data.frame_folders import folder_clips
from training.data.records import ClipData, PublicDataset
from training.data.scenes.moving import moving_scenes

__all__ = ["PUBLIC", "folder_clips", "load_clips"]

PUBLIC: dict[str, PublicDataset] = {**fingertip.PUBLIC, **motion.PUBLIC}
"""What a trained model's card says of the public data sets."""


def load_clips(name: str, pixels: bool = False) -> ClipData:
    """A data set by name: "finger", "motion" or "scenes".

    Args:
        pixels: for "motion", stick figures instead of joints.

    Raises:
        ValueError: another name.
        DataError: the data cannot be had.
    """
    if name == "finger":
        return fingertip.load_fingertip()
    if name == "motion":
        return motion.load_motion(pixels)
    if name == "scenes":
        return moving_scenes()
    raise ValueError(f"Unknown clips {name!r}; known: finger, motion, scenes.")
