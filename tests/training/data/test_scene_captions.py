"""Captions of drawn scenes: what is made is true, what is true is accepted, and nothing else; where attention lay."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_models.vision.scenes.scene import COLOURS, SHAPES, SIZE, SIZES, Scene, SceneObject, make_scenes
from training.data.scenes.checks import ERRORS, attention_mass, box_cover, errors, is_correct, mentions
from training.data.scenes.grammar import VOCABULARY, Claims, Described, all_captions, captions, parse, phrase

quickly = settings(max_examples=30, deadline=None)
scenes = st.builds(lambda seed: make_scenes(1, seed)[0], st.integers(0, 2**32 - 1))
ATTRIBUTES = {"size": tuple(SIZES), "colour": tuple(COLOURS), "shape": SHAPES}

CIRCLE = SceneObject("circle", "red", 10, 10, 40)  # small
SQUARE = SceneObject("square", "blue", 120, 20, 80)  # large, right of the circle
STAR = SceneObject("star", "green", 15, 150, 40)  # small, below both, left of the square
ONE, TWO, THREE = Scene((CIRCLE,)), Scene((CIRCLE, SQUARE)), Scene((CIRCLE, SQUARE, STAR))


# --- from a scene to captions


def test_all_captions_of_one_object():
    assert sorted(all_captions(ONE)) == [
        "a picture of a small red circle",
        "a picture of a small red circle and nothing else",
        "a small red circle",
        "a small red circle and nothing else",
        "there is a small red circle",
        "there is a small red circle and nothing else",
    ]


def test_all_captions_of_two_objects():
    links = {"circle": ["left of", "to the left of"], "square": ["right of", "to the right of"]}
    expected = []
    for one, other in ((CIRCLE, SQUARE), (SQUARE, CIRCLE)):
        for start, link in itertools.product(("", "there is ", "a picture of ", "is "), links[one.shape]):
            opening, verb = ("", "is ") if start == "is " else (start, "")
            expected.append(f"{opening}{phrase(one)} {verb}{link} {phrase(other)}")
    assert sorted(all_captions(TWO)) == sorted(expected)


def test_captions_of_three_objects():
    found = all_captions(THREE)
    # Links from circle to square 2, to star 1, from square to star 3: of each order (first · second), and four starts.
    assert len(found) == len(set(found)) == 4 * 2 * (2 * (1 + 3) + 1 * (2 + 3) + 3 * (2 + 1))
    for text in (
        "a small red circle left of a large blue square and above a small green star",
        "there is a small red circle above a small green star which is to the left of a large blue square",
        "a large blue square is right of a small red circle which is above a small green star",
    ):
        assert text in found
        assert is_correct(text, THREE)


@quickly
@given(scenes)
def test_every_caption_that_is_made_is_correct(scene):
    found = all_captions(scene)
    assert len(found) == len(set(found))
    for text in found[:: max(1, len(found) // 50)]:
        assert is_correct(text, scene) and errors(text, scene) == []
        assert set(text.split()) <= set(VOCABULARY)
        objects = [(said.size, said.colour, said.shape) for said in parse(text).objects]
        assert sorted(objects) == sorted((thing.size, thing.colour, thing.shape) for thing in scene.objects)


def test_captions_use_every_word():
    assert len(set(VOCABULARY)) == len(VOCABULARY) == 30
    made = make_scenes(100)
    assert {word for scene in made for text in all_captions(scene) for word in text.split()} == set(VOCABULARY)


def test_captions_are_drawn_by_the_generator():
    for scene in make_scenes(20):
        found = captions(scene, np.random.default_rng(3))
        assert found == captions(scene, np.random.default_rng(3))
        assert len(set(found)) == 5 and set(found) <= set(all_captions(scene))
    assert set(captions(ONE, np.random.default_rng(0), 6)) == set(all_captions(ONE))
    assert captions(ONE, np.random.default_rng(0), 0) == []
    drawn = {text for n in range(300) for text in captions(TWO, np.random.default_rng(n), 1)}
    assert drawn == set(all_captions(TWO))
    for count in (7, -1):
        with pytest.raises(ValueError, match=f"count is {count}; expected from 0 to 6"):
            captions(ONE, np.random.default_rng(0), count)


# --- from a caption to claims


def test_claims():
    first = Described("small", "red", "circle", ((4, "small"), (5, "red"), (6, "circle")))
    other = Described("large", "blue", "square", ((12, "large"), (13, "blue"), (14, "square")))
    text = "a picture of a  small red circle to the left of a large blue square"
    assert parse(text) == Claims((first, other), ((0, "left of", 1),))
    assert parse("a circle\n") == Claims((Described(None, None, "circle", ((1, "circle"),)),), ())
    assert parse("a red star above a large cross").objects == (
        Described(None, "red", "star", ((1, "red"), (2, "star"))),
        Described("large", None, "cross", ((5, "large"), (6, "cross"))),
    )


@pytest.mark.parametrize(
    ("tail", "relation"),
    [("and above", (0, "above", 2)), ("which is to the right of", (1, "right of", 2))],
)
def test_of_what_the_second_link_speaks(tail, relation):
    assert parse(f"a star is below a cross {tail} a heart").relations == ((0, "below", 1), relation)


def test_every_form_is_read():
    links = ("to the left of", "left of", "to the right of", "right of", "above", "below")
    for opening, link in itertools.product(("", "there is ", "a picture of "), links):
        assert parse(f"{opening}a star") and parse(f"{opening}a star and nothing else")
        for tail in ("and", "which is"):
            assert parse(f"{opening}a star {link} a cross {tail} {link} a heart")
            assert parse(f"a star is {link} a cross {tail} {link} a heart")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "circle",
        "a",
        "a small",
        "a red small circle",
        "a small small circle",
        "a small red circle .",
        "A small red circle",
        "a small red circles",
        "a small orange circle",
        "an small red circle",
        "the small red circle",
        "a small red circle above",
        "a small red circle a large blue square",
        "a small red circle and a large blue square",
        "a small red circle beside a large blue square",
        "a small red circle left a large blue square",
        "a small red circle left of a large blue square and nothing else",
        "there is a small red circle is above a star",
        "a picture of a small red circle is above a star",
        "a small red circle is",
        "is a small red circle",
        "there is there is a star",
        "a star above a star and above a star and above a star",
        "a star above a star which above a star",
        "a star above a star and is above a star",
        "a star, above a star",
        "a\0star",
        "<START> a star",
        "a star <END>",
        "별 하나",
    ],
)
def test_what_is_not_in_the_grammar(text):
    assert parse(text) is None
    assert errors(text, TWO) == ["grammar"] and not is_correct(text, TWO) and mentions(text, TWO) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=8) | st.text().map(str.split))
def test_random_words_make_no_caption_but_by_their_form(words):
    claims = parse(" ".join(words))
    if claims is None:
        return
    named = [(n, word) for n, word in enumerate(words) if word in {*SIZES, *COLOURS, *SHAPES}]
    assert named == [place for said in claims.objects for place in said.words]
    assert len(claims.objects) == sum(word in SHAPES for word in words) == len(claims.relations) + 1


# --- truth


@quickly
@given(scenes, st.data())
def test_any_other_word_makes_a_caption_false_or_another_true_one(scene, data):
    """`is_correct` reads and compares; `all_captions` writes: they must agree on every neighbour of a caption."""
    true = set(all_captions(scene))
    words = data.draw(st.sampled_from(sorted(true))).split()
    for place, other in itertools.product(range(len(words)), VOCABULARY):
        text = " ".join([*words[:place], other, *words[place + 1 :]])
        assert is_correct(text, scene) == (text in true), text
    for place in range(len(words)):
        text = " ".join(words[:place] + words[place + 1 :])
        assert is_correct(text, scene) == (text in true), text


@quickly
@given(scenes, st.data())
def test_one_wrong_attribute_is_named(scene, data):
    text = data.draw(st.sampled_from(all_captions(scene)))
    place, thing = data.draw(st.sampled_from(mentions(text, scene)))
    words = text.split()
    kind = next(kind for kind, known in ATTRIBUTES.items() if words[place] in known)
    words[place] = data.draw(st.sampled_from([word for word in ATTRIBUTES[kind] if word != words[place]]))
    changed = " ".join(words)
    assert not is_correct(changed, scene)
    if len(scene.objects) == 1:
        assert errors(changed, scene) == [kind]
        assert mentions(changed, scene) == [m for m in mentions(text, scene) if m[0] != place]


@quickly
@given(scenes, scenes)
def test_a_caption_of_another_scene_is_correct_where_it_is_true(one, other):
    for text in all_captions(one)[::7]:
        assert is_correct(text, other) == (text in all_captions(other))


@quickly
@given(scenes, st.data())
def test_the_order_of_the_objects_makes_no_difference(scene, data):
    order = data.draw(st.permutations(range(len(scene.objects))))
    turned = replace(scene, objects=tuple(scene.objects[n] for n in order))
    text = data.draw(st.sampled_from(all_captions(scene)))
    assert set(all_captions(turned)) == set(all_captions(scene)) and is_correct(text, turned)
    assert [(place, order[n]) for place, n in mentions(text, turned)] == mentions(text, scene)


@pytest.mark.parametrize(
    ("text", "scene", "expected"),
    [
        ("a circle", ONE, ["colour", "size"]),
        ("a red circle", ONE, ["size"]),
        ("a small circle", ONE, ["colour"]),
        ("a small red circle", ONE, []),
        ("a  small red circle and nothing else ", ONE, []),
        ("a large green star", ONE, ["shape", "colour", "size"]),
        ("a small red circle", TWO, ["missing"]),
        ("a small red circle and nothing else", TWO, ["missing"]),
        ("a small blue circle", TWO, ["missing", "colour"]),
        ("a small red circle above a large blue square", ONE, ["invented"]),
        ("a small red circle right of a large blue square", TWO, ["relation"]),
        ("a small red circle above a large blue square", TWO, ["relation"]),
        ("a large blue square right of a small red circle", TWO, []),
        ("a large blue square left of a small red circle", TWO, ["relation"]),
        ("a large red square right of a small blue circle", TWO, ["colour"]),
        ("a small red circle left of a large blue square and below a small green star", TWO, ["invented"]),
        ("a small red circle left of a large blue square and below a small green star", THREE, ["relation"]),
        ("a small red circle left of a large blue square which is above a small green star", THREE, []),
        ("a small red circle left of a large blue square which is below a small green star", THREE, ["relation"]),
        ("a small red circle left of a small red circle", TWO, ["shape", "colour", "size"]),
    ],
)
def test_what_is_wrong(text, scene, expected):
    assert errors(text, scene) == expected
    assert is_correct(text, scene) == (not expected)
    assert expected == [kind for kind in ERRORS if kind in expected]


def test_objects_that_look_alike_are_told_apart_by_their_relations():
    scene = Scene((STAR, replace(STAR, x=150, y=20), CIRCLE))
    first, other = "a small green star below a small green star", "a small red circle"
    assert is_correct(f"{first} and below {other}", scene)
    assert not is_correct(f"{first} which is below {other}", scene)
    assert {thing for place, thing in mentions(f"{first} and below {other}", scene) if place < 4} == {0}
    assert {thing for place, thing in mentions(f"{first.replace('below', 'above')} and right of {other}", scene)} == {
        0,
        1,
        2,
    }
    assert is_correct(f"{first.replace('below', 'above')} and right of {other}", scene)


# --- where attention lay


def test_mentions_are_the_words_of_an_object():
    text = "a large blue square is right of a small red circle which is above a small green star"
    places = [(1, 1), (2, 1), (3, 1), (8, 0), (9, 0), (10, 0), (15, 2), (16, 2), (17, 2)]
    assert mentions(text, THREE) == places
    wrong = "a large pink square is right of a small red circle which is above a large black cross"
    assert mentions(wrong, TWO) == [(1, 1), (3, 1), (8, 0), (9, 0), (10, 0)]
    assert mentions("a large green star", ONE) == []


@quickly
@given(scenes, st.sampled_from([(7, 7), (14, 14), (1, 1), (4, 8)]), st.integers(0, 2**32 - 1), st.data())
def test_attention_is_counted_as_by_pixels(scene, grid, seed, data):
    text = data.draw(st.sampled_from(all_captions(scene)))
    weights = np.random.default_rng(seed).dirichlet(np.full(grid[0] * grid[1], 0.3), size=len(text.split()))
    expected = []
    for place, n in mentions(text, scene):
        x0, y0, x1, y1 = scene.objects[n].box
        cell = (SIZE // grid[0], SIZE // grid[1])
        pixels = np.kron(weights[place].reshape(grid), np.ones(cell)) / np.prod(cell)
        expected.append(pixels[y0:y1, x0:x1].sum())
    mass = attention_mass(weights, grid, text, scene)
    assert np.isclose(mass.inside, np.mean(expected), atol=1e-12)
    assert mass.words == len(expected) == 3 * len(scene.objects)
    assert mass.inside <= mass.best <= 1
    even = attention_mass(np.full_like(weights, 1 / weights.shape[1]), grid, text, scene)
    areas = [np.prod(np.subtract(thing.box[2:], thing.box[:2])) / SIZE**2 for thing in scene.objects]
    assert np.isclose(even.inside, np.mean(areas)) and np.isclose(mass.uniform, np.mean(areas))


def test_attention_in_the_box_is_one_and_outside_is_none():
    text = "a large blue square right of a small red circle"
    covers = [box_cover(thing.box, (14, 14)) for thing in TWO.objects]
    assert [int((cover == 1).sum()) for cover in covers] == [4, 16]
    rows = [covers[1] == 1] * 4 + [np.ones(196)] * 2 + [covers[0] == 1] * 4
    weights = np.array([row / row.sum() for row in rows]).astype("float16")
    mass = attention_mass(weights, (14, 14), text, TWO)
    assert np.isclose(mass.inside, 1, atol=1e-3) and mass.best == 1 and mass.words == 6
    assert np.isclose(mass.uniform, (1600 + 6400) / 2 / SIZE**2)
    elsewhere = np.array([(row == 0) / (row == 0).sum() for row in (covers[0] + covers[1],) * 10])
    assert attention_mass(elsewhere, (14, 14), text, TWO).inside == 0
    swapped = np.concatenate([weights[6:], weights[4:6], weights[:4]])
    assert attention_mass(swapped, (14, 14), text, TWO).inside == 0
    coarse = attention_mass(np.full((10, 49), 1 / 49), (7, 7), text, TWO)
    assert coarse.best < 1 and np.isclose(coarse.inside, mass.uniform)


@pytest.mark.parametrize("grid", [(7, 7), (14, 14), (3, 5), (1, 1)])
@pytest.mark.parametrize("box", [(0, 0, SIZE, SIZE), (10, 20, 50, 100), (0, 100, 1, 101), (31, 31, 33, 33)])
def test_cells_cover_the_box(box, grid):
    cover = box_cover(box, grid)
    assert cover.shape == (grid[0] * grid[1],) and cover.min() >= 0 and cover.max() <= 1
    assert np.isclose(cover.mean() * SIZE**2, (box[2] - box[0]) * (box[3] - box[1]))


def test_of_a_wrong_caption_only_what_is_true_counts():
    text = "a large blue star right of a large green heart"
    weights = np.full((10, 49), 1 / 49)
    mass = attention_mass(weights, (7, 7), text, TWO)
    assert mentions(text, TWO) == [(1, 1), (2, 1)] and mass.words == 2
    assert np.isclose(mass.inside, 6400 / SIZE**2)
    nothing = attention_mass(weights[:3], (7, 7), "no caption this", TWO)
    assert nothing.words == 0 and np.isnan([nothing.inside, nothing.uniform, nothing.best]).all()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.full((5, 49), 1 / 49), r"shape \(5, 49\); expected \(4, 49\): a row for each word of the caption"),
        (np.full((4, 48), 1 / 48), r"shape \(4, 48\); expected \(4, 49\)"),
        (np.full(49, 1 / 49), r"shape \(49,\)"),
        (np.full((4, 49), 1.0), "no distribution"),
        (np.full((4, 49), np.nan), "no distribution"),
        (np.tile([2.0, -1.0] + [0.0] * 47, (4, 1)), "no distribution"),
    ],
)
def test_weights_that_are_none(weights, message):
    with pytest.raises(ValueError, match=message):
        attention_mass(weights, (7, 7), "a small red circle", ONE)
