"""Questions over scenes: their truth, the rules by which they are drawn, and the two grammars."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from rnn_models.vision.scenes.question_texts import (
    KOREAN_ANSWERS,
    answer_in,
    answers_in,
    english,
    korean,
    particle,
    texts,
)
from rnn_models.vision.scenes.questions import ANSWERS, KINDS, Query, Referent, queries
from rnn_models.vision.scenes.scene import COLOURS, NEW_PAIRS, SHAPES, Scene, SceneObject, holds, make_scenes
from training.data.scenes.question_set import ALIKE, MOST, questions_about, scene_questions

SCENE = Scene(
    (
        SceneObject("circle", "red", 10, 10, 40),
        SceneObject("star", "blue", 120, 20, 80),
        SceneObject("circle", "blue", 20, 150, 70),
    )
)
RED, BLUE_STAR, BLUE = (
    Referent(colour=c, shape=s) for c, s in [("red", "circle"), ("blue", "star"), ("blue", "circle")]
)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (Query("exist", Referent(shape="heart")), "no"),
        (Query("exist", Referent("small", "red", "circle")), "yes"),
        (Query("exist", Referent("large", "red", "circle")), "no"),
        (Query("count", Referent(colour="blue")), "2"),
        (Query("count", Referent(size="small")), "1"),
        (Query("count", Referent(shape="cross")), "0"),
        (Query("colour", Referent(shape="star")), "blue"),
        (Query("colour", Referent(shape="circle")), None),  # there are two
        (Query("colour", Referent(shape="heart")), None),  # there is none
        (Query("shape", Referent("small")), "circle"),
        (Query("size", BLUE), "large"),
        (Query("place", RED, relation="left"), "yes"),
        (Query("place", RED, relation="bottom"), "no"),
        (Query("place", BLUE_STAR, relation="top"), "yes"),
        (Query("place", Referent(None, "blue", "circle"), relation="right"), "no"),
        (Query("compare", BLUE_STAR, RED, "larger"), "yes"),
        (Query("compare", BLUE_STAR, RED, "smaller"), "no"),
        (Query("compare", BLUE_STAR, BLUE, "larger"), None),  # both are large
        (Query("compare", BLUE_STAR, BLUE, "same colour"), "yes"),
        (Query("relate", RED, BLUE_STAR, "left of"), "yes"),
        (Query("relate", BLUE_STAR, RED, "left of"), "no"),
        (Query("relate", RED, BLUE_STAR, "above"), None),  # neither is above the other
        (Query("relate", RED, RED, "left of"), None),
    ],
)
def test_the_one_right_answer(query, answer):
    assert query.answer(SCENE) == answer
    if answer is not None:
        assert answer in ANSWERS and answer in query.possible()


@pytest.fixture(scope="module")
def drawn():
    scenes = make_scenes(300, 5, "all", ALIKE)
    return scenes, list(questions_about(scenes, 5, languages=("en", "ko")))


def test_every_answer_is_true_and_every_referent_unique(drawn):
    scenes, asked = drawn
    assert {one.query.kind for one in asked} == set(KINDS)
    for one in asked:
        scene = scenes[one.scene]
        assert one.answer == answer_in(one.language, one.query.answer(scene))
        assert one.text in texts(one.query, one.language)
        if one.query.kind in ("exist", "count"):
            continue
        for referent in filter(None, (one.query.one, one.query.other)):
            assert len(referent.among(scene)) == 1
        if one.query.kind == "relate":
            first, second = (scene.objects[n] for n in one.query.asked(scene))
            assert holds(one.query.relation, first, second) == (one.answer in ("yes", "네"))


def test_each_answer_is_as_often_right_as_the_others_for_each_text(drawn):
    _, asked = drawn
    counts, possible = defaultdict(Counter), {}
    for one in asked:
        counts[one.text][one.answer] += 1
        possible[one.text] = [answer_in(one.language, answer) for answer in one.query.possible()]
    for text, found in counts.items():
        numbers = [found[answer] for answer in possible[text]]
        assert set(found) <= set(possible[text]) and max(numbers) - min(numbers) <= 1, text
    assert max(sum(found.values()) for found in counts.values()) > 8


def test_what_depends_on_order_is_asked_both_ways_round_with_opposite_answers(drawn):
    _, asked = drawn
    said = {(one.scene, one.text): one.answer for one in asked}
    opposite = {"yes": "no", "no": "yes", "네": "아니요", "아니요": "네"}
    ordered = [one for one in asked if one.query.ordered]
    assert len(ordered) > 300
    for one in ordered:
        other = [text for text in texts(one.query.reversed, one.language) if (one.scene, text) in said]
        assert any(said[one.scene, text] == opposite[one.answer] for text in other)
    bags = Counter()
    for one in ordered:
        if one.language == "en":
            bags[one.scene, " ".join(sorted(one.text.split()))] += 1 if one.answer == "yes" else -1
    assert not any(bags.values())  # a bag of words is right half of the time


def test_no_scene_has_many_questions_of_one_kind(drawn):
    _, asked = drawn
    for (_, kind), count in Counter((one.scene, one.query.kind) for one in asked).items():
        assert count <= MOST[kind] + 1


def test_held_out_pairs_are_neither_shown_nor_named_in_training_and_asked_about_in_the_further_test():
    counts = {"train": 120, "validation": 5, "test": 5, "new": 60}
    data = scene_questions(("en",), 32, counts, held_out=True)
    new = {f"{colour} {shape}" for colour, shape in NEW_PAIRS}
    for scene in data.scenes["train"]:
        assert not {(thing.colour, thing.shape) for thing in scene.objects} & set(NEW_PAIRS)
    assert not [text for text in data.train.questions if any(pair in text for pair in new)]
    for one in data.asked["new"]:
        scene = data.scenes["new"][one.scene]
        about = {(scene.objects[n].colour, scene.objects[n].shape) for n in one.query.asked(scene)}
        assert about & set(NEW_PAIRS) or any(pair in one.text for pair in new)
    assert {one.query.kind for one in data.asked["new"]} == set(KINDS) - {"count"}
    assert scene_questions(("en",), 32, counts).new is None


def test_a_set_is_a_function_of_its_seed():
    counts = {"train": 6, "validation": 3, "test": 3}
    one, same, other = (scene_questions(("en", "ko"), 32, counts, seed) for seed in (1, 1, 2))
    assert one.train.questions == same.train.questions and one.train.questions != other.train.questions
    np.testing.assert_array_equal(one.test.pictures, same.test.pictures)
    assert one.test.pictures.shape == (3, 32, 32, 3) and one.test.pictures.dtype == np.uint8
    assert set(one.train.languages) == {"en", "ko"}


def test_scenes_of_captions_are_what_they_were():
    """Shipped captioners were scored on them: a share of alike scenes must not change the others."""
    assert make_scenes(3, 1)[2] == make_scenes(3, 1, alike=0.0)[2]
    alike = make_scenes(200, 1, alike=1.0)
    for scene in alike:
        sizes, colours, shapes = zip(*((t.size, t.colour, t.shape) for t in scene.objects), strict=True)
        assert 1 in (len(set(sizes)), len(set(colours)), len(set(shapes)))
    assert 80 < sum(len(scene.objects) == 3 for scene in alike) < 120
    with pytest.raises(ValueError, match="alike is 2"):
        make_scenes(1, alike=2)


def test_english():
    assert "is there a small red circle" in english(Query("exist", Referent("small", "red", "circle")))
    assert "how many crosses are there" in english(Query("count", Referent(shape="cross")))
    assert "how many red things are there" in english(Query("count", Referent(colour="red")))
    assert "is the red circle at the top" in english(Query("place", RED, relation="top"))
    asked = english(Query("relate", RED, BLUE_STAR, "left of"))
    assert asked == ["is the red circle left of the blue star", "is the red circle to the left of the blue star"]


@pytest.mark.parametrize(
    ("word", "subject"),
    [("원", "원이"), ("하트", "하트가"), ("별", "별이"), ("십자가", "십자가가"), ("삼각형", "삼각형이")],
)
def test_a_particle_follows_the_last_sound(word, subject):
    assert particle(word, ("이", "가")) == subject


@pytest.mark.parametrize("word", ["", "circle", "원!"])
def test_a_particle_needs_a_hangul_syllable(word):
    with pytest.raises(ValueError, match="Hangul"):
        particle(word, ("이", "가"))


def test_korean():
    heart = Referent(colour="black", shape="heart")
    assert korean(Query("exist", heart)) == [
        f"검은 하트가 {end}" for end in ("있습니까", "있나요", "있어요", "있니", "있어")
    ]
    asked = korean(Query("relate", heart, RED, "left of"))
    assert "검은 하트가 빨간 원의 왼쪽에 있습니까" in asked and "빨간 원의 왼쪽에 검은 하트가 있니" in asked
    compared = korean(Query("compare", RED, heart, "larger"))
    assert "빨간 원이 검은 하트보다 큰가요" in compared and "검은 하트보다 빨간 원이 커" in compared
    assert "빨간 원과 검은 하트는 색이 같아요" in korean(Query("compare", RED, heart, "same colour"))
    assert "작은 도형이 몇 개 있나요" in korean(Query("count", Referent("small")))
    assert "큰 것은 무슨 색이에요" in korean(Query("colour", Referent("large")))
    assert "빨간 것은 무슨 모양입니까" in korean(Query("shape", Referent(colour="red")))
    assert "빨간 원은 왼쪽에 있나요" in korean(Query("place", RED, relation="left"))
    assert "노란 별의 크기는 어때요" in korean(Query("size", Referent(colour="yellow", shape="star")))


def test_in_korean_the_particles_and_not_the_order_say_which_is_which():
    first, second = (set(korean(Query("relate", *pair, "above"))) for pair in ((RED, BLUE_STAR), (BLUE_STAR, RED)))
    assert not first & second
    assert "빨간 원이 파란 별의 위에 있나요" in first and "빨간 원의 위에 파란 별이 있나요" in second


def test_each_answer_has_a_korean_word_of_its_own():
    assert set(KOREAN_ANSWERS) == set(ANSWERS) and len(set(KOREAN_ANSWERS.values())) == len(ANSWERS) == 21
    assert len(answers_in(("en", "ko"))) == 2 * 21 - 4  # numbers are the same in both
    assert (
        answer_in("ko", "green") == "초록색" and answer_in("ko", "red") == "빨간색" and answer_in("en", "red") == "red"
    )


def test_every_question_of_a_scene_is_asked_about_what_is_there():
    for kind in KINDS:
        for query, answer in queries(SCENE, kind).items():
            assert query.answer(SCENE) == answer and query.kind == kind
    assert len(COLOURS) * len(SHAPES) == 42
