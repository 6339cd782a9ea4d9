"""Drawn scenes: the same everywhere, nothing drawn outside its box, nothing that is a matter of a few pixels."""

import hashlib
import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_models.vision.scenes.scene import (
    COLOURS,
    MARGIN,
    NEW_PAIRS,
    RELATIONS,
    SHAPES,
    SIZE,
    SIZES,
    TEXTURES,
    Background,
    Scene,
    SceneObject,
    draw,
    holds,
    make_scenes,
    scene_data,
)

seeds = st.integers(0, 2**32 - 1)
quickly = settings(max_examples=40, deadline=None)


def square(x: int, y: int, side: int = 40) -> SceneObject:
    return SceneObject("square", "red", x, y, side)


def gaps(one: SceneObject, other: SceneObject) -> list[int]:
    """Pixels between two boxes along x and along y; below 0: what they share."""
    (a0, b0, a1, b1), (c0, d0, c1, d1) = one.box, other.box
    return [max(c0 - a1, a0 - c1), max(d0 - b1, b0 - d1)]


# --- making


def test_the_same_seed_makes_the_same_scenes_on_every_machine():
    scenes = make_scenes(50, seed=3)
    assert scenes[1].objects == (
        SceneObject("circle", "purple", 136, 122, 39, 0),
        SceneObject("triangle", "pink", 64, 115, 40, -17),
        SceneObject("circle", "yellow", 7, 99, 44, 0),
    )
    assert scenes[1].background == Background("gradient", (235, 248, 238), (219, 224, 231), 2372659632)
    digest = hashlib.sha256(repr(scenes).encode()).hexdigest()
    assert digest == "4c2a3a36e3d92441e00bc28871fb0d3fa405944af2d97592538c72b73513a5f6"
    boxes = [thing.box for scene in scenes for thing in scene.objects]
    assert (
        hashlib.sha256(repr(boxes).encode()).hexdigest()
        == "ce5e57d96bcb54b69dfee874f8d10fe2047e798bfeecdb05fbe8103d896309a4"
    )


def test_the_same_scene_is_the_same_picture():
    scene = make_scenes(1, seed=7)[0]
    picture = draw(scene)
    assert picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8 and picture.flags.writeable
    assert np.array_equal(picture, draw(make_scenes(1, seed=7)[0]))
    blocks = picture.reshape(2, 112, 2, 112, 3).mean(axis=(1, 3))
    assert np.allclose(
        blocks,
        [[[223.3, 211.0, 219.3], [184.2, 149.4, 183.0]], [[180.1, 142.5, 179.3], [226.5, 193.2, 211.9]]],
        atol=0.5,
    )


@quickly
@given(seeds, st.integers(0, 6))
def test_a_scene_does_not_depend_on_how_many_are_made(seed, count):
    assert make_scenes(count, seed) == make_scenes(6, seed)[:count]


def test_another_seed_makes_other_scenes():
    parts = [{scene.objects for scene in make_scenes(50, seed)} for seed in (0, 1, 2, 2**32 - 1)]
    assert len(set.union(*parts)) == 200


@quickly
@given(seeds, st.sampled_from(["all", "seen", "new"]))
def test_what_holds_of_every_scene_that_is_made(seed, pairs):
    for scene in make_scenes(3, seed, pairs):
        said = [(thing.size, thing.colour, thing.shape) for thing in scene.objects]
        assert len(set(said)) == len(said)
        new = [(colour, shape) in NEW_PAIRS for _, colour, shape in said]
        assert pairs == "all" or any(new) == (pairs == "new")
        for thing in scene.objects:
            x0, y0, x1, y1 = thing.box
            assert max(x1 - x0, y1 - y0) == thing.side and min(x1 - x0, y1 - y0) > thing.side / 2
            assert min(x0, y0) >= 6 and max(x1, y1) <= SIZE - 6
        for one, other in itertools.combinations(scene.objects, 2):
            assert max(gaps(one, other)) >= MARGIN and min(map(abs, gaps(one, other))) >= MARGIN


def test_everything_occurs_about_as_often_as_it_should():
    scenes = make_scenes(1500)
    things = [thing for scene in scenes for thing in scene.objects]
    for found, expected in (
        ([len(scene.objects) for scene in scenes], (1, 2, 3)),
        ([scene.background.texture for scene in scenes], tuple(TEXTURES)),
        ([thing.size for thing in things], tuple(SIZES)),
        ([thing.colour for thing in things], tuple(COLOURS)),
        ([thing.shape for thing in things], SHAPES),
        ([thing.size for scene in scenes if len(scene.objects) == 3 for thing in scene.objects], tuple(SIZES)),
    ):
        counts = Counter(found)
        assert set(counts) == set(expected)
        assert all(abs(n * len(expected) / len(found) - 1) < 0.2 for n in counts.values()), counts
    centres = np.array([[(t.box[0] + t.box[2]) / 2, (t.box[1] + t.box[3]) / 2] for t in things])
    assert abs(centres.mean(axis=0) - SIZE / 2).max() < 5 and centres.std(axis=0).min() > 40


def test_new_pairs_leave_every_colour_and_shape_to_training():
    assert len({colour for colour, _ in NEW_PAIRS}) == len(NEW_PAIRS) == len(COLOURS)
    assert {shape for _, shape in NEW_PAIRS} == set(SHAPES)


# --- relations


@pytest.mark.parametrize("gap", [-40, -1, 0, MARGIN - 1, MARGIN, 100])
def test_a_relation_holds_from_the_margin_on(gap):
    one = square(10, 10)
    for relation, inverse, x, y in (("left of", "right of", 50 + gap, 30), ("above", "below", 30, 50 + gap)):
        other = square(x, y)
        assert holds(relation, one, other) == holds(inverse, other, one) == (gap >= MARGIN)
        assert not holds(inverse, one, other) and not holds(relation, other, one)


def test_two_relations_can_hold_at_once():
    assert [holds(relation, square(0, 0), square(100, 100)) for relation in RELATIONS] == [True, False, True, False]
    with pytest.raises(ValueError, match="relation is 'beside'; expected one of left of, right of, above, below"):
        holds("beside", square(0, 0), square(100, 100))


# --- drawing


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_an_object_is_drawn_in_its_box_and_fills_it(seed):
    scene = next(scene for scene in make_scenes(20, seed) if len(scene.objects) > 1)
    picture = draw(scene).astype(int)
    for n, thing in enumerate(scene.objects):
        without = draw(replace(scene, objects=scene.objects[:n] + scene.objects[n + 1 :]))
        changed = np.abs(picture - without).max(axis=-1) > 0
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        x0, y0, x1, y1 = thing.box
        assert (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) == (y0, y1, x0, x1)
        assert changed.sum() > 0.3 * (x1 - x0) * (y1 - y0)
        middle = picture[(y0 + y1) // 2, (x0 + x1) // 2]
        assert tuple(middle.tolist()) == COLOURS[thing.colour]


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        ("circle", np.pi / 4),
        ("square", 1),
        ("triangle", 1 / 2),
        ("star", 5 * 0.46 * np.sin(np.pi / 5) / (1.902 * 1.809)),
        ("heart", 180 * np.pi / (32 * 28.95)),
        ("cross", 5 / 9),
    ],
)
def test_a_shape_fills_its_share_of_the_box(shape, share):
    thing = SceneObject(shape, "black", 60, 70, 88)
    x0, y0, x1, y1 = thing.box
    ink = 244.0 - draw(Scene((thing,)))[y0:y1, x0:x1, 0]
    assert np.isclose((ink / (244 - COLOURS["black"][0])).mean(), share, atol=0.01)


def test_objects_are_turned_clockwise():
    for angle in (-20, 20):
        thing = SceneObject("triangle", "blue", 50, 50, 80, angle)
        x0, y0, x1, _ = thing.box
        dark = draw(Scene((thing,)))[y0 + 3, :, 0] < 100
        assert (np.flatnonzero(dark).mean() > (x0 + x1) / 2) == (angle > 0)


@pytest.mark.parametrize("size", [32, 100, 112, 448])
def test_other_sizes_are_the_same_picture(size):
    for scene in make_scenes(5, seed=2):
        picture = draw(scene, size)
        assert picture.shape == (size, size, 3)
        for thing in scene.objects:
            x, y = ((thing.box[k] + thing.box[k + 2]) / 2 * size / SIZE for k in (0, 1))
            assert np.abs(picture[int(y), int(x)].astype(int) - COLOURS[thing.colour]).max() <= 2
    big = draw(scene, 448).reshape(SIZE, 2, SIZE, 2, 3).mean(axis=(1, 3))
    assert np.abs(big - draw(scene)).mean() < 2


def test_backgrounds_are_light_and_as_they_are_called():
    for texture in TEXTURES:
        ground = Background(texture, (250, 240, 230), (220, 225, 205), seed=5)
        picture = draw(Scene((square(180, 180),), ground))[:170, :170].astype(int)
        assert ((picture >= (220, 225, 205)) & (picture <= (250, 240, 230))).all()
        assert np.array_equal(picture, draw(Scene((square(180, 180),), ground))[:170, :170])
        assert (np.ptp(picture[:, 0], axis=0).max() > 3) == (texture not in ("plain", "stripes"))
        assert (np.ptp(picture[0], axis=0).max() > 3) == (texture not in ("plain", "bands"))


# --- colours

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
EYES = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def cielab(colours: np.ndarray, eye: np.ndarray) -> np.ndarray:
    parts = np.asarray(colours) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.asarray(eye).T, 0, 1) @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])],
        axis=-1,
    )


@pytest.mark.parametrize(
    ("eye", "least"), [("usual", 50), ("protanopia", 30), ("deuteranopia", 30), ("tritanopia", 30)]
)
def test_colours_are_far_apart_for_every_eye(eye, least):
    lab = cielab(list(COLOURS.values()), EYES[eye])
    distances = [np.linalg.norm(one - other) for one, other in itertools.combinations(lab, 2)]
    assert min(distances) > least  # a difference of 2 can just be seen


# --- the data set


def test_splits_share_no_picture():
    data = scene_data(300, 60, 60, seed=4)
    parts = [data.train, data.validation, data.test]
    assert [len(part) for part in parts] == [300, 60, 60]
    assert len({scene for part in parts for scene in part}) == 420
    assert parts == [make_scenes(len(part), 12 + k) for k, part in enumerate(parts)]
    assert data.notes[0] == "0 of 60 scenes of test stand in train or validation."
    known = {frozenset((t.size, t.colour, t.shape) for t in scene.objects) for scene in data.train}
    for count, note in enumerate(data.notes[1:], start=1):
        scenes = [scene for scene in data.test if len(scene.objects) == count]
        new = sum(frozenset((t.size, t.colour, t.shape) for t in scene.objects) not in known for scene in scenes)
        assert note.startswith(f"Of {len(scenes)} scenes of test with {count} object{'s' * (count > 1)}, {new} show")
    assert "seed 4" in data.source and data.licence


def test_pairs_can_be_held_out():
    data = scene_data(200, 50, 50, held_out=True)
    for part, wanted in ((data.train, False), (data.validation, False), (data.test, True)):
        assert all(any((t.colour, t.shape) in NEW_PAIRS for t in scene.objects) == wanted for scene in part)
    assert "new pairs" in data.source and "new pairs" not in scene_data(1, 1, 1).source


# --- what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": "oval"}, "shape is 'oval'; expected one of circle, square"),
        ({"colour": "mauve"}, "colour is 'mauve'; expected one of red, yellow"),
        ({"side": 50}, r"side is 50; expected from 34 to 44 \(small\) or from 68 to 88 \(large\)"),
        ({"side": 89}, "side is 89"),
        ({"angle": 21}, "angle is 21; expected from -20 to 20"),
        ({"x": 1.5}, "x is 1.5; expected a whole number"),
    ],
)
def test_objects_that_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        replace(square(10, 10), **change)


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ((), "expected a tuple of one, two or three"),
        ([square(0, 0)], "expected a tuple of one, two or three"),
        (tuple(square(x, 0, 34) for x in (0, 50, 100, 150)), "expected a tuple of one, two or three"),
        ((square(185, 0),), r"box \(185, 0, 225, 40\) leaves the picture; expected places from 0 to 224"),
        ((square(0, -1),), "leaves the picture"),
        ((square(0, 0), square(47, 30)), "lie too near; expected 8 pixels between them"),
        ((square(0, 0), square(0, 0)), "lie too near"),
    ],
)
def test_scenes_that_cannot_be(objects, message):
    with pytest.raises(ValueError, match=message):
        Scene(objects)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_scenes(-1), "count is -1; expected a number of scenes"),
        (lambda: make_scenes(2.0), "count is 2.0; expected a whole number"),
        (lambda: make_scenes(1, -1), "seed is -1; expected a whole number from 0"),
        (lambda: make_scenes(1, 2**32), "seed is 4294967296"),
        (lambda: make_scenes(1, pairs="some"), "pairs is 'some'; expected one of all, seen, new"),
        (lambda: scene_data(10, 0, 10), "validation is 0; expected at least one"),
        (lambda: scene_data(seed=2**31), "seed is 2147483648"),
        (lambda: draw(make_scenes(1)[0], 31), "size is 31; expected from 32 to 4096"),
        (lambda: draw(make_scenes(1)[0], 10**9), "size is 1000000000"),
        (lambda: Background("wood"), "texture is 'wood'; expected one of plain, gradient"),
        (lambda: Background("plain", (1, 2)), r"colour is \(1, 2\); expected three whole numbers"),
        (lambda: Background("plain", other=(1, 2, 256)), r"other is \(1, 2, 256\)"),
    ],
)
def test_what_cannot_be_made_or_drawn(call, message):
    with pytest.raises(ValueError, match=message):
        call()
