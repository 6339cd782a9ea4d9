"""Scenes: pictures that are drawn here, of coloured shapes, so that a caption's truth can be checked exactly.

A scene is one to three objects on a light background. What each is called is known (`SceneObject`), and so is where
it lies (`SceneObject.box`). The captions are in `grammar`, the scores in `checks`.
"""

import functools
import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SIZE = 224
"""Width and height in which a scene is described, in pixels."""

MARGIN = 8
"""How far apart objects lie, in pixels, and how clear a relation must be."""

COLOURS = {
    "red": (209, 36, 20),
    "yellow": (240, 230, 79),
    "green": (8, 189, 108),
    "blue": (20, 90, 245),
    "purple": (105, 20, 110),
    "pink": (252, 155, 204),
    "black": (24, 28, 30),
}
"""RGB. Far apart in CIELAB, for colour-blind eyes too: they differ in lightness where hues look alike."""

SHAPES = ("circle", "square", "triangle", "star", "heart", "cross")
SIZES = {"small": (34, 44), "large": (68, 88)}
"""The shortest and the longest allowed longer side of an object's box, in pixels."""

RELATIONS = ("left of", "right of", "above", "below")

NEW_PAIRS = tuple(zip(COLOURS, itertools.cycle(SHAPES)))  # noqa: B905 -- shapes go round
"""Pairs of colour and shape that can be kept from training: one of each colour, each shape at least once."""

PAIRS = ("all", "seen", "new")

TEXTURES = {
    "plain": (1, 1),
    "gradient": (2, 2),
    "clouds": (7, 7),
    "stripes": (1, 15),
    "bands": (15, 1),
    "paper": (56, 56),
}
"""Rows and columns of random values that are spread smoothly over the background."""

_MAX_SIZE = 4096
_SEEDS = 2**32
_TILT = 20  # degrees, to either side
_EDGE = 6  # pixels between an object and the picture's edge in scenes that are made
_SMOOTH = 4  # objects are drawn that much larger, and reduced
_LINE = 1.5  # the outline's width in pixels


@dataclass(frozen=True)
class SceneObject:
    """A coloured shape.

    Attributes:
        shape, colour: of `SHAPES`, of `COLOURS`.
        x, y: the left and the upper edge of its box, in pixels.
        side: the longer side of its box, in pixels; says whether it is small or large: see `SIZES`.
        angle: how far it is turned, clockwise, in degrees from -20 to 20.
    """

    shape: str
    colour: str
    x: int
    y: int
    side: int
    angle: int = 0

    def __post_init__(self):
        for name, value, known in (("shape", self.shape, SHAPES), ("colour", self.colour, COLOURS)):
            if value not in known:
                raise ValueError(f"{name} is {value!r}; expected one of {', '.join(known)}.")
        for name in ("x", "y", "side", "angle"):
            _require_whole(name, getattr(self, name))
        if not any(low <= self.side <= high for low, high in SIZES.values()):
            ranges = " or ".join(f"from {low} to {high} ({name})" for name, (low, high) in SIZES.items())
            raise ValueError(f"side is {self.side}; expected {ranges}: in between, it is neither small nor large.")
        if abs(self.angle) > _TILT:
            raise ValueError(f"angle is {self.angle}; expected from {-_TILT} to {_TILT} degrees.")

    @property
    def size(self) -> str:
        """'small' or 'large'."""
        return next(name for name, (low, high) in SIZES.items() if low <= self.side <= high)

    @functools.cached_property
    def box(self) -> tuple[int, int, int, int]:
        """(x0, y0, x1, y1) in pixels; x1 and y1 are the first column and row after it."""
        width, height = (round(self.side * extent) for extent in _outline(self.shape, self.angle)[1])
        return self.x, self.y, self.x + width, self.y + height


@dataclass(frozen=True)
class Background:
    """A light ground: two colours (RGB, 0-255), mixed as the texture (of `TEXTURES`) and its seed say."""

    texture: str = "plain"
    colour: tuple[int, int, int] = (244, 241, 232)
    other: tuple[int, int, int] = (244, 241, 232)
    seed: int = 0

    def __post_init__(self):
        if self.texture not in TEXTURES:
            raise ValueError(f"texture is {self.texture!r}; expected one of {', '.join(TEXTURES)}.")
        for name in ("colour", "other"):
            value = getattr(self, name)
            if len(value) != 3 or not all(isinstance(part, int) and 0 <= part <= 255 for part in value):
                raise ValueError(f"{name} is {value!r}; expected three whole numbers from 0 to 255.")
        _require_seed(self.seed)


@dataclass(frozen=True)
class Scene:
    """One to three objects, at least `MARGIN` pixels apart along x or along y.

    Raises:
        ValueError: another number of objects, one that is not wholly in the picture, two that lie too near.
    """

    objects: tuple[SceneObject, ...]
    background: Background = field(default_factory=Background)

    def __post_init__(self):
        if not isinstance(self.objects, tuple) or not 1 <= len(self.objects) <= 3:
            raise ValueError(f"objects is {self.objects!r}; expected a tuple of one, two or three.")
        for thing in self.objects:
            x0, y0, x1, y1 = thing.box
            if min(x0, y0) < 0 or max(x1, y1) > SIZE:
                raise ValueError(f"The box {thing.box} leaves the picture; expected places from 0 to {SIZE}.")
        for one, other in itertools.combinations(self.objects, 2):
            if not any(holds(relation, one, other) for relation in RELATIONS):
                raise ValueError(
                    f"The boxes {one.box} and {other.box} lie too near; expected {MARGIN} pixels between them, along "
                    "x or along y."
                )


@dataclass(frozen=True)
class SceneData:
    """Scenes for training, choosing and testing; `notes` says how they differ, the rest is for a model's card."""

    train: list[Scene]
    validation: list[Scene]
    test: list[Scene]
    source: str
    licence: str
    notes: list[str]


def holds(relation: str, one: SceneObject, other: SceneObject) -> bool:
    """Whether "`one` `relation` `other`" is true: one box lies wholly on that side of the other.

    At least `MARGIN` pixels are between them. Two relations can hold at once ("left of" and "above"); of objects in a
    scene at least one does.
    """
    if relation not in RELATIONS:
        raise ValueError(f"relation is {relation!r}; expected one of {', '.join(RELATIONS)}.")
    first, second = (one, other) if relation in ("left of", "above") else (other, one)
    axis = 0 if relation in ("left of", "right of") else 1
    return second.box[axis] - first.box[axis + 2] >= MARGIN


# --- making scenes


def make_scenes(count: int, seed: int = 0, pairs: str = "all") -> list[Scene]:
    """`count` random scenes of one, two or three objects, each number as likely as the others.

    Scene n depends on the seed, on n and on `pairs` alone. No two objects of a scene have size, colour and shape in
    common. Whether a relation holds is never a matter of a few pixels: along each axis, two boxes are at least
    `MARGIN` apart or share at least as much.

    Args:
        pairs: which pairs of colour and shape there are: "all"; "seen", those that are not in `NEW_PAIRS`; "new", at
            least one object of each scene is of `NEW_PAIRS`.

    Raises:
        ValueError: a count below 0, a seed outside [0, 2³²), unknown pairs.
    """
    _require_whole("count", count)
    _require_seed(seed)
    if not 0 <= count < _SEEDS:
        raise ValueError(f"count is {count}; expected a number of scenes, 0 or more.")
    if pairs not in PAIRS:
        raise ValueError(f"pairs is {pairs!r}; expected one of {', '.join(PAIRS)}.")
    return [_random_scene(np.random.default_rng([seed, n]), pairs) for n in range(count)]


def scene_data(
    train: int = 20_000, validation: int = 1_000, test: int = 1_000, seed: int = 0, held_out: bool = False
) -> SceneData:
    """The data set: `make_scenes` with the seeds 3s, 3s + 1, 3s + 2 for train, validation, test.

    The splits share all words, and combinations of them, but no picture: places, turns and backgrounds are drawn
    anew. The notes count how many scenes of test show objects that train never shows together.

    Args:
        seed: s.
        held_out: test on what was never seen: the pairs of colour and shape in `NEW_PAIRS` are in each scene of test,
            in none of train and validation.

    Raises:
        ValueError: an empty split, or a seed outside [0, 2³² / 3).
    """
    counts = {"train": train, "validation": validation, "test": test}
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} is {count}; expected at least one scene.")
    _require_seed(seed, _SEEDS // 3)
    kinds = ("seen", "seen", "new") if held_out else ("all", "all", "all")
    parts = [make_scenes(n, 3 * seed + k, kinds[k]) for k, n in enumerate(counts.values())]
    source = (
        f"scenes drawn by training/data/scenes/scene.py, seed {seed}"
        + ", new pairs of colour and shape in test" * held_out
    )
    return SceneData(*parts, source, "none needed", _notes(*parts))


def _notes(train: list[Scene], validation: list[Scene], test: list[Scene]) -> list[str]:
    seen, known = {scene.objects for scene in [*train, *validation]}, set(map(_descriptions, train))
    same = sum(scene.objects in seen for scene in test)
    notes = [f"{same:,} of {len(test):,} scenes of test stand in train or validation."]
    for count in (1, 2, 3):
        scenes = [scene for scene in test if len(scene.objects) == count]
        new = sum(_descriptions(scene) not in known for scene in scenes)
        notes.append(
            f"Of {len(scenes):,} scenes of test with {count} object{'s' * (count > 1)}, {new:,} show sizes, colours "
            "and shapes that no scene of train shows together."
        )
    return notes


def _descriptions(scene: Scene) -> tuple[tuple[str, str, str], ...]:
    return tuple(sorted((thing.size, thing.colour, thing.shape) for thing in scene.objects))


def _random_scene(rng: np.random.Generator, pairs: str) -> Scene:
    kinds = _random_kinds(rng, int(rng.integers(1, 4)), pairs)
    background = _random_background(rng)
    while True:  # most layouts are good, of three large objects one in four
        if objects := _layout(rng, kinds):
            return Scene(objects, background)


def _random_kinds(rng: np.random.Generator, count: int, pairs: str) -> list[tuple[str, str, str]]:
    """(size, colour, shape) of each object, all different."""
    every = list(itertools.product(COLOURS, SHAPES))
    usual = [pair for pair in every if pair not in NEW_PAIRS] if pairs == "seen" else every
    choices = [usual] * count
    if pairs == "new":
        choices[int(rng.integers(count))] = list(NEW_PAIRS)
    while True:
        found = [(_pick(rng, list(SIZES)), *_pick(rng, choice)) for choice in choices]
        if len(set(found)) == count:
            return found


def _random_background(rng: np.random.Generator) -> Background:
    colour = rng.integers(222, 253, 3)
    other = colour - rng.integers(4, 27, 3)
    return Background(
        _pick(rng, list(TEXTURES)), tuple(colour.tolist()), tuple(other.tolist()), int(rng.integers(_SEEDS))
    )


def _pick(rng: np.random.Generator, choices: Sequence) -> Any:
    return choices[int(rng.integers(len(choices)))]


def _layout(rng: np.random.Generator, kinds: list[tuple[str, str, str]]) -> tuple[SceneObject, ...] | None:
    """The objects in random places, or None where one finds no place."""
    placed: list[SceneObject] = []
    for size, colour, shape in kinds:
        low, high = SIZES[size]
        side, angle = int(rng.integers(low, high + 1)), int(rng.integers(-_TILT, _TILT + 1))
        for _ in range(10):
            x, y = rng.integers(_EDGE, SIZE - _EDGE - side + 1, 2).tolist()
            thing = SceneObject(shape, colour, x, y, side, 0 if shape == "circle" else angle)
            if all(_is_clear(thing, other) for other in placed):
                placed.append(thing)
                break
        else:
            return None
    return tuple(placed)


def _is_clear(one: SceneObject, other: SceneObject) -> bool:
    """Whether they are apart, and along each axis either well apart or well side by side."""
    a, b = one.box, other.box
    gaps = [max(b[axis] - a[axis + 2], a[axis] - b[axis + 2]) for axis in (0, 1)]
    return max(gaps) >= MARGIN and all(abs(gap) >= MARGIN for gap in gaps)


# --- drawing


def draw(scene: Scene, size: int = SIZE) -> np.ndarray:
    """The picture of a scene, (size, size, 3) uint8, RGB. Boxes are then to be scaled by size / `SIZE`.

    Raises:
        ValueError: a size outside [32, 4096].
    """
    _require_whole("size", size)
    if not 32 <= size <= _MAX_SIZE:
        raise ValueError(f"size is {size}; expected from 32 to {_MAX_SIZE} pixels.")
    picture = Image.fromarray(ground(scene.background, size))
    for thing in scene.objects:
        tile, mask, place = placed_tile(thing, size)
        picture.paste(tile, place, mask)
    return np.asarray(picture).copy()


def placed_tile(thing: SceneObject, size: int) -> tuple[Image.Image, Image.Image, tuple[int, int]]:
    """The picture of an object's box, the mask of what belongs to it, and its place in a picture of a scene."""
    x0, y0, x1, y1 = (round(place * size / SIZE) for place in thing.box)
    return *_tile(thing, x1 - x0, y1 - y0, size / SIZE), (x0, y0)


def ground(background: Background, size: int = SIZE) -> np.ndarray:
    """A background alone, (size, size, 3) uint8: both colours, mixed in whole numbers: the same on every machine."""
    values = np.random.default_rng(background.seed).integers(0, 256, TEXTURES[background.texture], dtype=np.uint8)
    mixed = Image.fromarray(values).resize((size, size), Image.Resampling.BICUBIC)
    one, other, share = np.asarray(background.colour), np.asarray(background.other), np.arange(256)[:, None]
    palette = (one * (255 - share) + other * share + 127) // 255
    return palette.astype(np.uint8)[np.asarray(mixed)]


def _tile(thing: SceneObject, width: int, height: int, scale: float) -> tuple[Image.Image, Image.Image]:
    """The object as a picture of its box, and the mask of what belongs to it."""
    points, extents = _outline(thing.shape, thing.angle)
    large = (width * _SMOOTH, height * _SMOOTH)
    corners = [tuple(map(int, row)) for row in np.rint(points / extents * (np.asarray(large) - 1))]
    colour = COLOURS[thing.colour]
    line = tuple(part * 3 // 5 for part in colour)
    tile, mask = Image.new("RGB", large, line), Image.new("L", large, 0)
    width = max(1, round(_SMOOTH * _LINE * scale))
    ImageDraw.Draw(tile).polygon(corners, fill=colour, outline=line, width=width)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return tile.reduce(_SMOOTH), mask.reduce(_SMOOTH)


@functools.cache
def _outline(shape: str, angle: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners (K, 2) of a shape that is turned, from 0 on, and its width and height (2,); the longer one is 1."""
    turn = math.radians(angle)
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    points = np.asarray(_corners(shape)) @ rotation
    points -= points.min(axis=0)
    points /= points.max()
    return points, points.max(axis=0)


def _corners(shape: str) -> list[tuple[float, float]]:
    """A shape's corners, y downwards, in any scale."""
    if shape == "square":
        return [(0, 0), (1, 0), (1, 1), (0, 1)]
    if shape == "cross":
        steps = [(1, 0), (2, 0), (2, 1), (3, 1), (3, 2), (2, 2), (2, 3), (1, 3), (1, 2), (0, 2), (0, 1), (1, 1)]
        return [(float(x), float(y)) for x, y in steps]
    if shape == "heart":
        turns = [math.tau * n / 90 for n in range(90)]
        wave = (13, -5, -2, -1)
        return [(16 * math.sin(t) ** 3, -sum(a * math.cos(k * t) for k, a in enumerate(wave, start=1))) for t in turns]
    radii = {"circle": [1.0] * 90, "triangle": [1.0] * 3, "star": [1.0, 0.46] * 5}[shape]
    turns = [math.tau * n / len(radii) for n in range(len(radii))]
    return [(r * math.sin(t), -r * math.cos(t)) for r, t in zip(radii, turns, strict=True)]


def _require_whole(name: str, value: int) -> None:
    try:
        operator.index(value)
    except TypeError:
        raise ValueError(f"{name} is {value!r}; expected a whole number.") from None


def _require_seed(seed: int, limit: int = _SEEDS) -> None:
    _require_whole("seed", seed)
    if not 0 <= seed < limit:
        raise ValueError(f"seed is {seed}; expected a whole number from 0 to {limit - 1}.")
