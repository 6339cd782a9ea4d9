"""Moving scenes: clips of scenes in which one object moves, with the truth of every frame.

A clip has two movements of one object, one along x and one along y, each in one direction and at one speed, with rests
before, between and after them or none. A frame's label is what happened since the frame before: still, left, right, up
or down; the first frame has none. A clip's label is which of the two movements came first. Each clip is there a second
time backwards, with the labels that are then true: what does not know the order of the frames is right for exactly one
of each two clips.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from training.data.records import UNLABELLED, ClipData, Clips, Flip
from training.data.scenes.scene import SIZE, Scene, ground, make_scenes, placed_tile

SIDE = 64
"""Height and width of a frame, in pixels."""

FRAMES = 24
"""T, the frames of a clip."""

RATE = 8.0
"""Frames a second, as a page shows them."""


CLIP_LABELS = ("sideways first", "upright first")

COUNTS = {"train": 4000, "validation": 500, "test": 1000}

STEPS = {"still": (0, 0), "left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
"""The directions, y downwards."""

LABELS = tuple(STEPS)

SPEEDS = (2, 4)
"""The least and the largest movement from frame to frame, in pixels."""

SHORTEST = 4
"""So many frames does a movement or a rest last at least."""

BACKWARDS = Flip((0, 2, 1, 4, 3), (1, 0))
"""The labels of a clip that is played backwards."""

_SEEDS = 2**32


@dataclass(frozen=True)
class Movement:
    """What one object of a scene does.

    Attributes:
        scene: the scene at the first frame.
        mover: the number of the object that moves.
        steps: (T − 1, 2) whole numbers, by how many pixels it moves from each frame to the next.
    """

    scene: Scene
    mover: int
    steps: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The label of each frame, (T,) int32; the first has none."""
        found = np.full(len(self.steps) + 1, UNLABELLED, "int32")
        for n, direction in enumerate(STEPS.values()):
            found[1:][(np.sign(self.steps) == direction).all(axis=1)] = n
        return found

    @property
    def clip_label(self) -> int:
        """0 where the movement along x comes first, else 1."""
        first = [int(np.flatnonzero(self.steps[:, axis])[0]) for axis in (0, 1)]
        return int(first[0] > first[1])


def moving_scenes(counts: dict[str, int] | None = None, seed: int = 0) -> ClipData:
    """The data set: clips (24, 64, 64, 3) uint8; two by two, each clip and then the same backwards.

    Args:
        counts: the clips of train, validation and test; even numbers.
        seed: s; the splits have the seeds 3s, 3s + 1, 3s + 2.

    Raises:
        ValueError: a count that is odd or below 2, a seed outside [0, 2³² / 3).
    """
    counts = COUNTS if counts is None else counts
    for name, count in counts.items():
        if count < 2 or count % 2:
            raise ValueError(f"{name} is {count}; expected an even number of clips, 2 or more.")
    if not 0 <= seed < _SEEDS // 3:
        raise ValueError(f"seed is {seed}; expected from 0 to {_SEEDS // 3 - 1}.")
    parts = {name: make_clips(count // 2, 3 * seed + n) for n, (name, count) in enumerate(counts.items())}
    return ClipData(
        "scenes",
        "pixels",
        parts["train"],
        parts["validation"],
        parts["test"],
        list(LABELS),
        list(CLIP_LABELS),
        RATE,
        f"scenes drawn and moved by training/data/scenes/moving.py, seed {seed}",
        "none needed",
        [
            f"Clips: {', '.join(f'{name} {count:,}' for name, count in counts.items())}; every second one is the one "
            "before, backwards, with its labels mirrored."
        ],
        reverse=BACKWARDS,
    )


def make_clips(count: int, seed: int) -> Clips:
    """`count` clips and the same backwards, alternately: clip 2n depends on the seed and on n alone."""
    frames, labels, of_clips = [], [], []
    for n, scene in enumerate(make_scenes(count, seed)):
        movement = random_movement(scene, np.random.default_rng([seed, n, 1]))
        clip = draw_movement(movement)
        frames += [clip, clip[::-1]]
        labels += [movement.labels, backwards(movement.labels)]
        of_clips += [movement.clip_label, BACKWARDS.clip_labels[movement.clip_label]]
    return Clips(frames, labels, np.array(of_clips, "int32"))


def backwards(labels: np.ndarray) -> np.ndarray:
    """The labels (T,) of a clip that is played backwards: the step into frame t was the one out of it."""
    mirrored = np.array(BACKWARDS.labels, "int32")[labels[:0:-1]]
    return np.concatenate([np.array([UNLABELLED], "int32"), mirrored])


def random_movement(scene: Scene, draw: np.random.Generator) -> Movement:
    """Two movements of one of the scene's objects that stay within the picture, drawn again until they do."""
    while True:
        mover = int(draw.integers(len(scene.objects)))
        x0, y0, x1, y1 = (round(place * SIDE / SIZE) for place in scene.objects[mover].box)
        steps = _random_steps(draw)
        path = np.concatenate([[[0, 0]], np.cumsum(steps, axis=0)])
        low, high = path.min(axis=0), path.max(axis=0)
        if x0 + low[0] >= 0 and y0 + low[1] >= 0 and x1 + high[0] <= SIDE and y1 + high[1] <= SIDE:
            return Movement(scene, mover, steps)


def _random_steps(draw: np.random.Generator) -> np.ndarray:
    """(T − 1, 2): two to four stretches, of which two are movements."""
    names = [str(draw.choice(["left", "right"])), str(draw.choice(["up", "down"]))]
    names = names[:: int(draw.choice([1, -1]))]
    rests = draw.permutation(3)[: int(draw.integers(3))]  # before, between, after: at most two of these
    order = [name for n, name in enumerate(["still", names[0], "still", names[1], "still"]) if n % 2 or n // 2 in rests]
    spare = FRAMES - 1 - SHORTEST * len(order)
    lengths = SHORTEST + draw.multinomial(spare, np.full(len(order), 1 / len(order)))
    steps = [
        np.tile(np.array(STEPS[name]) * int(draw.integers(SPEEDS[0], SPEEDS[1] + 1)), (length, 1))
        for name, length in zip(order, lengths, strict=True)
    ]
    return np.concatenate(steps)


def draw_movement(movement: Movement) -> np.ndarray:
    """The clip of a movement, (T, 64, 64, 3) uint8. The object that moves lies over the others."""
    things = list(movement.scene.objects)
    mover = things.pop(movement.mover)
    still = Image.fromarray(ground(movement.scene.background, SIDE))
    for thing in things:
        tile, mask, place = placed_tile(thing, SIDE)
        still.paste(tile, place, mask)
    tile, mask, place = placed_tile(mover, SIDE)
    frames = []
    for x, y in np.concatenate([[place], place + np.cumsum(movement.steps, axis=0)]).tolist():
        picture = still.copy()
        picture.paste(tile, (x, y), mask)
        frames.append(np.asarray(picture))
    return np.stack(frames)
