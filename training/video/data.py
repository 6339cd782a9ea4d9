"""Labelled clips by name."""

from training.data import fingertip
from training.data.records import ClipData, PublicDataset

PUBLIC: dict[str, PublicDataset] = {**fingertip.PUBLIC}
"""What a trained model's card says of the public data sets."""


def load_clips(name: str, pixels: bool = False) -> ClipData:
    """A data set by name: "finger".

    Args:
        pixels: for "motion", stick figures instead of joints.

    Raises:
        ValueError: another name.
        DataError: the data cannot be had.
    """
    if name == "finger":
        return fingertip.load_fingertip()
    raise ValueError(f"Unknown clips {name!r}; known: finger, motion, scenes.")
