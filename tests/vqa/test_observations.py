"""What the guided observations say was to be seen, asked of the shipped model."""

import pytest

import rnn_models
from apps.vqa import drawn, inference
from apps.vqa.observations import OBSERVATIONS
from rnn_models.text.words import words_of

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def answer(name, question=None, **how):
    asked = SETTINGS[name]
    picture = drawn.picture_of(drawn.number_of(asked["picture"]))
    return rnn_models.load("vqa/scenes").answer(picture, question or asked["question"], **how)[0]


def test_the_order_of_two_words_turns_the_answer_but_not_the_guess():
    asked = SETTINGS["two-words-swapped"]
    turned = inference.swapped(words_of(asked["question"]), int(asked["one"]), int(asked["other"]))
    assert turned == "is the circle to the right of the heart"
    for question, said, guessed in ((None, "no", 0.51), (turned, "yes", 0.53)):
        found = answer("two-words-swapped", question)
        assert (
            found.answer == said == drawn.right_answer(0, question or asked["question"]) and found.probability > 0.995
        )
        blind = answer("two-words-swapped", question, hide_picture=True)
        assert blind.answer == "yes" and blind.probability == pytest.approx(guessed, abs=5e-3)


def test_the_answer_is_what_is_seen_where_it_has_to_look():
    places = {None: "black", (2, 4): "blue", (0, 1): "yellow", (0, 7): "0"}
    assert {place: answer("gaze-forced", gaze=place).answer for place in places} == places
    hearts = {(thing.colour, thing.size) for thing in drawn.scene_of(2).objects if thing.shape == "heart"}
    assert hearts == {("black", "large"), ("blue", "small"), ("yellow", "small")}


def test_it_answers_about_what_is_not_there():
    assert {thing.shape for thing in drawn.scene_of(3).objects} == {"heart", "star", "triangle"}
    found = answer("not-in-the-picture")
    assert found.answer == "red" and found.probability == pytest.approx(0.999, abs=1e-3)
    assert answer("not-in-the-picture", "is there a square").answer == "no"
