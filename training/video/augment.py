"""Training clips varied: what does not change their labels, or changes them in a known way."""

from dataclasses import dataclass

import numpy as np

from rnn_models.vision.frames import facing, turned
from training.data.records import UNLABELLED, ClipData, Flip

ASPECT = 9 / 16
"""Height over width of the pictures in which points were found: a turn of the plane must know it."""

SPEEDS = (0.7, 1.5)
SIZES = (0.6, 1.7)
"""The least and the largest factor. For points these are wide: a mouse on a page moves otherwise than a finger."""

NOISE = 0.0006
"""The deviation of what is added to points, in units of the picture: about half a pixel of a webcam."""


LEAN = 0.08
"""The deviation of the numbers of the linear map that poses are multiplied with, from those of the identity."""

MOVED = 3.0
"""The deviation by which each joint of a clip is moved, in centimetres."""


@dataclass
class Clip:
    """One clip in training: frames (T, ...), labels (T,), label of the clip."""

    frames: np.ndarray
    labels: np.ndarray
    clip_label: int


def varied(clip: Clip, data: ClipData, draw: np.random.Generator) -> Clip:
    """The clip as it might have been, too."""
    if data.inputs == "points":
        return _varied_points(clip, data, draw)
    if data.inputs == "joints" or data.render:
        return _varied_joints(clip, data, draw)
    return clip


def _varied_points(clip: Clip, data: ClipData, draw: np.random.Generator) -> Clip:
    if data.reverse and draw.random() < 0.5:
        clip = relabelled(Clip(clip.frames[::-1], clip.labels[::-1], clip.clip_label), data.reverse)
    points = resampled(clip.frames, factor(draw, SPEEDS))
    labels = clip.labels[np.linspace(0, len(clip.labels) - 1, len(points)).round().astype(int)]
    clip = Clip((points - points[0]) * [1, ASPECT], labels, clip.clip_label)
    if data.mirror and draw.random() < 0.5:
        clip = relabelled(Clip(clip.frames * [-1, 1], clip.labels, clip.clip_label), data.mirror)
    turn = draw.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    scale = factor(draw, SIZES) * np.exp(draw.uniform(-0.2, 0.2, 2))
    points = clip.frames @ rotation * scale / [1, ASPECT]
    points = points + draw.normal(0, NOISE, points.shape) * draw.random()
    return Clip(points.astype("float32"), clip.labels, clip.clip_label)


def _varied_joints(clip: Clip, data: ClipData, draw: np.random.Generator) -> Clip:
    """Faster or slower, mirrored, multiplied with a linear map near the identity, each joint moved a little."""
    frames, labels, of_clip = clip.frames, clip.labels, clip.clip_label
    if data.relabel:
        frames = resampled(frames, factor(draw, SPEEDS))
    if data.across:
        frames = turned(frames, facing(frames[0], data.across))
    if data.mirror and data.sides and draw.random() < 0.5:
        frames = frames[:, list(data.sides)] * [-1, 1, 1]
        of_clip = relabelled(clip, data.mirror).clip_label
    frames = frames @ (np.eye(3) + draw.normal(0, LEAN, (3, 3))) + draw.normal(0, MOVED, frames.shape[1:])
    if data.relabel:
        known = (labels >= 0).all()
        labels = data.relabel(frames) if known else np.full(len(frames), UNLABELLED, "int32")
    return Clip(frames.astype("float32"), labels, of_clip)


def relabelled(clip: Clip, flip: Flip) -> Clip:
    """The clip with the labels that a flip gives it; what has no label keeps none."""
    labels = np.where(clip.labels < 0, clip.labels, np.array(flip.labels)[clip.labels])
    of_clip = clip.clip_label
    if of_clip >= 0 and flip.clip_labels:
        of_clip = flip.clip_labels[of_clip]
    return Clip(clip.frames, labels.astype("int32"), of_clip)


def factor(draw: np.random.Generator, limits: tuple[float, float]) -> float:
    """A factor between two limits, its logarithm evenly."""
    return float(np.exp(draw.uniform(*np.log(limits))))


def resampled(frames: np.ndarray, speed: float) -> np.ndarray:
    """Frames (T, ...) of the same movement `speed` times as fast, with places between frames on straight lines."""
    count = max(2, round((len(frames) - 1) / speed) + 1)
    places = np.linspace(0, len(frames) - 1, count)
    below = np.minimum(places.astype(int), max(len(frames) - 2, 0))
    share = (places - below).reshape(-1, *[1] * (frames.ndim - 1))
    above = np.minimum(below + 1, len(frames) - 1)
    return frames[below] * (1 - share) + frames[above] * share
