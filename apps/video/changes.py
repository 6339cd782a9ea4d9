"""What can be done to a clip: played backwards, its frames shuffled, frozen in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.shared.languages import label
from apps.video.examples import LabelledClip
from apps.video.names import backwards

AS_IT_IS = "none"
STILL = ("stop", "still")
"""Classes of what does not move."""

CHANGES = {
    AS_IT_IS: label("as it is", "그대로"),
    "reversed": label("backwards", "거꾸로"),
    "shuffled": label("frames shuffled", "프레임 뒤섞기"),
    "frozen": label("frozen from the middle on", "중간부터 멈춤"),
}
"""The ways, with their titles."""


@dataclass(frozen=True)
class Changed:
    """A clip as the networks get it.

    Attributes:
        clip: the frames in their new order, and the right labels, where there still are any.
        places: (T,) which frame of the clip each was.
    """

    clip: LabelledClip
    places: np.ndarray


def changed(clip: LabelledClip, change: str, classes: Sequence[str], seed: int = 1) -> Changed:
    """A clip, changed.

    Backwards, what turned one way turns the other. Of shuffled frames nobody can say what they show, nor of a movement
    that has stopped.

    Args:
        change: of `CHANGES`.
        classes: of the model.
        seed: of the order of shuffled frames.
    """
    count = len(clip.frames)
    places, labels = np.arange(count), list(clip.labels)
    if change == "reversed":
        places, labels = places[::-1], [one and backwards(one, classes) for one in reversed(labels)]
        if not clip.labels[0]:  # a label is that of the step into a frame, which the first one does not have
            labels = ["", *labels[:-1]]
    elif change == "shuffled":
        places, labels = np.random.default_rng(seed).permutation(count), [""] * count
    elif change == "frozen":
        middle = count // 2
        places = np.minimum(places, middle)
        after = next((one for one in classes if one in STILL), "")
        labels = [one if n <= middle else after for n, one in enumerate(labels)]
    return Changed(LabelledClip(clip.frames[places], labels), places)
