"""Clips as the network reads them, and their batches."""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rnn_models.vision.frames import facing, turned
from training.data.fingertip import WINDOW
from training.data.records import UNLABELLED, ClipData, Clips
from training.video.augment import Clip, varied

if TYPE_CHECKING:
    from training.video.config import Train

STREAM = 5
"""So many clips make a stream where clips have one label each."""

STREAMS = 200
"""So many streams of a split are scored then."""

REPEATS = 8
"""So often is each clip a window, or the beginning of a stream, in an epoch then."""

_SEED = 0


class ClipInputs:
    """The data set, shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: ClipData):
        self.options, self.data = options, data


class ClipBatches(keras.utils.PyDataset):
    """Batches `({"frames", "mask", "order"}, {"labels", "clip_labels"})` of B clips, each of `length` frames or fewer.

    frames (B, L, ...), mask (B, L), order (B, L): in which the network "shuffled" reads the frames; labels (B, L) and
    clip_labels (B,), `UNLABELLED` where there is none. For training the order of the clips, where they are cut and how
    they are varied are a function of the seed and of `epoch`. Where the data are `joined`, half of the rows are windows
    of one clip with its label, the others pieces of streams of several clips.

    Args:
        data: the data set.
        part: the clips.
        batch_size: B.
        length: L.
        seed: for training; None: each clip once and whole pieces only, for validation.
        augment: vary the clips.
        rows: the rows that this process feeds (several hosts), a slice of range(B); all by default.
    """

    def __init__(
        self,
        data: ClipData,
        part: Clips,
        batch_size: int,
        length: int,
        seed: int | None = None,
        augment: bool = False,
        rows: slice | None = None,
    ):
        super().__init__()
        if data.joined and seed is None:
            part = _together(streams(part), windows(part))
        self.data, self.part, self.batch_size, self.length = data, part, batch_size, length
        self.seed, self.augment, self.rows = seed, augment, rows or slice(0, batch_size)
        self._pieces = _pieces(part, length)
        if data.joined and seed is not None:
            self._pieces = [(n, 0) for n in range(len(part.frames))] * REPEATS
        self.epoch = 0

    def __len__(self) -> int:
        return -(-len(self._pieces) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        numbers = np.arange(index * self.batch_size, (index + 1) * self.batch_size)[self.rows]
        order = np.arange(len(self._pieces))
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(order)
            numbers = numbers % len(order)
        clips = [self._clip(order[n], n) for n in numbers if n < len(order)]
        return self._batch(clips, len(numbers), index)

    def _clip(self, number: int, row: int) -> Clip:
        clip, start = self._pieces[number]
        if self.seed is None:
            return _cut(_clip_of(self.part, clip), start, self.length)
        draw = np.random.default_rng([self.seed, self.epoch, row])
        if not self.data.joined:
            found = _clip_of(self.part, clip)
            found = varied(found, self.data, draw) if self.augment else found
            found = _cut(found, int(draw.integers(max(1, len(found.frames) - self.length + 1))), self.length)
            if self.data.render:
                found = Clip(self.data.render(found.frames), found.labels, found.clip_label)
            return found
        if row % 2:
            found = self._varied(clip, draw)
            return _cut(found, int(draw.integers(max(1, len(found.frames) - WINDOW + 1))), WINDOW)
        clips = [self._varied(n, draw) for n in (clip, *draw.integers(len(self.part.frames), size=STREAM - 1))]
        stream = chained(clips)
        return _cut(stream, int(draw.integers(max(1, len(stream.frames) - self.length + 1))), self.length)

    def _varied(self, number: int, draw: np.random.Generator) -> Clip:
        found = _clip_of(self.part, number)
        return varied(found, self.data, draw) if self.augment else found

    def _batch(self, clips: list[Clip], rows: int, index: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        first = clips[0].frames
        frames = np.zeros((rows, self.length, *first.shape[1:]), first.dtype)
        mask = np.zeros((rows, self.length), bool)
        mask[:, 0] = True  # a row without a clip has no last step; it has no label either
        labels = np.full((rows, self.length), UNLABELLED, "int32")
        of_clips = np.full(rows, UNLABELLED, "int32")
        order = np.tile(np.arange(self.length, dtype="int32"), (rows, 1))
        draw = np.random.default_rng([self.seed or 0, self.epoch, index])
        for row, clip in enumerate(clips):
            count = len(clip.frames)
            pose = clip.frames
            if self.data.inputs == "joints" and self.data.across:
                pose = turned(pose, facing(pose[0], self.data.across))
            frames[row, :count], labels[row, :count], mask[row, :count] = pose, clip.labels, True
            of_clips[row] = clip.clip_label
            order[row, :count] = draw.permutation(count)
        return {"frames": frames, "mask": mask, "order": order}, {"labels": labels, "clip_labels": of_clips}


def _pieces(part: Clips, length: int) -> list[tuple[int, int]]:
    """(number of a clip, its first frame) of what an epoch reads."""
    return [(n, start) for n, frames in enumerate(part.frames) for start in range(0, max(1, len(frames)), length)]


def _clip_of(part: Clips, number: int) -> Clip:
    return Clip(part.frames[number], part.labels[number], int(part.clip_labels[number]))


def _cut(clip: Clip, start: int, length: int) -> Clip:
    """`length` frames from `start` on."""
    return Clip(clip.frames[start : start + length], clip.labels[start : start + length], clip.clip_label)


def chained(clips: list[Clip]) -> Clip:
    """Clips of points one after the other, each going on where the one before ends; the whole has no label."""
    points: list[Any] = []
    end = np.zeros(2, "float32")
    for clip in clips:
        points.append((clip.frames - clip.frames[0] + end).astype("float32"))
        end = points[-1][-1]
    return Clip(np.concatenate(points), np.concatenate([clip.labels for clip in clips]), UNLABELLED)


def streams(part: Clips, count: int = STREAMS) -> Clips:
    """Streams of five clips each, always the same."""
    draw = np.random.default_rng(_SEED)
    made = []
    for _ in range(count):
        rows = draw.integers(len(part.frames), size=STREAM)
        made.append(chained([_clip_of(part, int(n)) for n in rows]))
    return Clips([one.frames for one in made], [one.labels for one in made], np.full(count, UNLABELLED, "int32"))


def _together(one: Clips, other: Clips) -> Clips:
    return Clips(
        [*one.frames, *other.frames],
        [*one.labels, *other.labels],
        np.concatenate([one.clip_labels, other.clip_labels]),
    )


def windows(part: Clips) -> Clips:
    """Every window of 16 frames, with the label of its clip."""
    frames, labels, of_clips = [], [], []
    for clip, own, label in zip(part.frames, part.labels, part.clip_labels, strict=True):
        for start in range(len(clip) - WINDOW + 1):
            frames.append(clip[start : start + WINDOW])
            labels.append(own[start : start + WINDOW])
            of_clips.append(label)
    return Clips(frames, labels, np.array(of_clips, "int32"))
