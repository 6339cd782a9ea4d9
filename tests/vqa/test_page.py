"""The page on which a picture is asked, without a browser: what is shown, what is true, what is refused."""

import gradio as gr
import numpy as np
import pytest

from apps.shared import components, link_settings, models
from apps.vqa import PAGE, drawn, examples, failures, inference, page, tabs, views
from rnn_models.text.words import words_of
from rnn_models.vision.scenes.questions import KINDS, Query, Referent
from tests.support.browser import HOSTILE, MARKUP, VQA, plain_pairs, result_of

SCENES, LOOK, PRODUCT = VQA
NAME, QUESTION = "scene-1", "is the black triangle above the black heart"

pytestmark = pytest.mark.usefixtures("only_tiny_models")


def show(question=QUESTION, model=SCENES, hide_picture=False, hide_question=False, name=NAME, path=None):
    return result_of(page.show_answers, name, path, question, model, hide_picture, hide_question)


def answered(question=QUESTION, model=SCENES, **how):
    """What the library says of the same picture."""
    return models.get(model, "vqa").answer(drawn.picture_of(1), question, **how)[0]


# Scenes and their truth ------------------------------------------------------------------------------


def test_the_right_answer_is_known_however_a_question_is_put():
    scene = drawn.scene_of(1)
    assert drawn.described(scene) == "large black heart, small purple triangle, small black triangle"
    for question, right in (
        ("What colour is the HEART?", "black"),
        ("how many triangles are there", "2"),
        ("하트는 무슨 색인가요?", "검은색"),
        ("삼각형은 몇 개니", "2"),
        ("is there a circle", "no"),
        ("what colour is the triangle", None),  # there are two
        ("what colour is the star", None),  # there is none
        ("sing me a song", None),
    ):
        assert drawn.right_answer(1, question) == right, question
    assert drawn.right_answer(None, QUESTION) is None


def test_a_relation_and_its_reverse_are_both_known_and_opposite():
    other_way = inference.swapped(words_of(QUESTION), 3, 7)
    assert other_way == "is the black heart above the black triangle"
    assert [drawn.right_answer(1, question) for question in (QUESTION, other_way)] == ["yes", "no"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_twenty_questions_are_different_of_all_kinds_and_not_to_be_guessed(language):
    for number in range(5):
        found = drawn.twenty(number, language)
        assert len({one.text for one in found}) == len(found) == 20
        assert {one.kind for one in found} >= set(KINDS) - {"compare", "relate", "place", "colour", "shape", "size"}
        assert all(drawn.right_answer(number, one.text) == one.right for one in found)
        exist = [one.right for one in found if one.kind == "exist"]
        assert max(map(exist.count, exist)) <= len(exist) // 2 + 1
        assert found == drawn.twenty(number, language)


def test_the_suggestions_of_a_scene_have_right_answers_and_are_numbered_through_both_languages():
    found = examples.suggestions(NAME, SCENES)
    assert list(found) == ["en", "ko"] and {len(one) for one in found.values()} == {examples.SUGGESTED}
    assert all(drawn.right_answer(1, text) for text in examples.listed(found))
    assert examples.suggested(NAME, SCENES, examples.SUGGESTED) == found["ko"][0]
    assert examples.suggested(NAME, SCENES, 99) is None
    assert examples.suggestions("", SCENES) == {"en": list(examples.DRAWN[: examples.SUGGESTED])}
    assert len(set(examples.DRAWN)) == len(set(examples.ROOMS)) == 20


def test_only_names_of_scenes_are_read():
    assert drawn.number_of("scene-1") == 1 and drawn.name_of(1) == "scene-1"
    for name in ("scene-", "scene-1234567", "scene-１", "../scene-1", "", None, 3):
        assert drawn.number_of(name) is None


# Answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", VQA)
def test_the_page_shows_the_librarys_answers_and_the_blind_ones(model):
    answers, figure, forced = show(model=model)
    for way in ({}, {"hide_picture": True}, {"hide_question": True}):
        answer = answered(model=model, **way)
        assert f"<bdi>{answer.answer}</bdi></b> {100 * answer.probability:.1f} %" in answers
    attention = answered(model=model).attention
    assert forced == "" and ("rnn-overlay rnn-picked" in figure) == (attention is not None)
    if attention is None:
        assert "has no attention" in figure
    else:
        weights = figure.split('data-weights="')[1].split('"')[0].split(";")
        shown = np.array([row.split() for row in weights], float) / 10_000
        np.testing.assert_allclose(shown, attention, atol=6e-5)
        assert len(shown) == (2 if model == SCENES else len(QUESTION.split()))


def test_a_hidden_picture_has_no_map_and_its_answer_is_the_large_one():
    answers, figure, _ = show(hide_picture=True)
    blind, full = answered(hide_picture=True), answered()
    assert "The picture is hidden" in figure and "rnn-overlay" not in figure
    first, second = (f"<bdi>{one.answer}</bdi></b> {100 * one.probability:.1f} %" for one in (blind, full))
    assert -1 < answers.index(first) < answers.index(second)
    assert "Question hidden" in show(hide_picture=True, hide_question=True)[0]


def test_right_and_wrong_are_said_where_they_are_known():
    (asked,) = inference.ask_all(*_asked([QUESTION]))
    assert views.verdict("yes", "yes").count("✓") == 1 and "yes" in views.verdict("no", "yes")
    assert views.verdict("no", None) == views.sign("no", None) == ""
    assert asked.right == "yes" and ("✓" in show()[0]) == ("yes" in {asked.full.answer, asked.no_picture.answer})
    assert "no right answer" in show("what colour is the star")[0] and "no right answer" not in show()[0]


def _asked(questions):
    loaded, about = models.get(SCENES, "vqa"), inference.shown(NAME, None)
    return loaded, inference.seen_by(loaded, about.photograph), questions, about


def test_unknown_words_are_named_and_what_is_typed_is_text():
    shown = plain_pairs(show(f"what colour is the zebra {MARKUP}")[0])
    assert "zebra" in shown and "<img src=x" not in shown and "<script" not in shown
    for text in HOSTILE[1:]:
        if words_of(text.encode("utf-8", "replace").decode()):
            assert "<script" not in "".join(show(f"{text} heart"))


@pytest.mark.parametrize("question", ["", " ? ", None, "a" * 301, "is " * 41, 7])
def test_a_question_that_cannot_be_read_is_refused_beside_its_field(question):
    with pytest.raises(gr.Error) as refused:
        show(question)
    assert refused.value.field == "question" and any("가" <= letter <= "힣" for letter in refused.value.message)


def test_a_forced_gaze_changes_the_answer_and_is_refused_where_there_is_none():
    place = 5
    expected = answered(gaze=divmod(place, 4))
    shown = page.show_forced(NAME, None, QUESTION, SCENES, place)
    assert f"<bdi>{expected.answer}</bdi></b> {100 * expected.probability:.1f} %" in shown
    assert f'data-forced="0 {place}"' in shown and "rnn-picked" not in shown
    assert expected.probabilities != answered().probabilities
    for wrong in (-1, 16, 1.5, None, "0"):
        with pytest.raises(gr.Error):
            page.show_forced(NAME, None, QUESTION, SCENES, wrong)
    with pytest.raises(gr.Error, match="no attention"):
        page.show_forced(NAME, None, QUESTION, PRODUCT, place)


def test_two_words_are_swapped():
    shown = tabs.show_swapped(NAME, None, QUESTION, SCENES, -1, -1)
    for question in (QUESTION, "is the black heart above the black triangle"):
        assert f"{100 * answered(question).probability:.1f} %" in shown
    assert shown.count("<mark>") == 4 and "<mark>triangle</mark> above the black <mark>heart</mark>" in shown
    assert tabs._pair("빨간 원이 파란 별의 왼쪽에 있니") == (1, 3) and tabs._pair("is there a heart") == (2, 3)
    assert 'data-n="3" aria-pressed="true">triangle' in tabs.show_words(QUESTION)
    for one, other in ((1, 1), (0, 9), (0, 3.5), (-1, 2)):
        with pytest.raises(gr.Error):
            tabs.show_swapped(NAME, None, QUESTION, SCENES, one, other)
    with pytest.raises(gr.Error, match="Two different words"):
        tabs.show_swapped(NAME, None, "heart", SCENES, -1, -1)


def test_twenty_questions_are_counted_as_the_library_answers_them():
    shown = tabs.show_twenty(NAME, None, SCENES, "ko")
    asked = drawn.twenty(1, "ko")
    found = models.get(SCENES, "vqa").answer(drawn.picture_of(1), [one.text for one in asked])
    right = sum(one.answer == question.right for one, question in zip(found, asked, strict=True))
    assert f"<b>{right}</b> / 20" in shown and all(one.text in shown for one in asked)
    with pytest.raises(gr.Error):
        tabs.show_twenty(NAME, None, SCENES, "xx")


def test_of_an_upload_nothing_is_known_and_a_strange_one_is_warned_of(tmp_path, monkeypatch):
    from PIL import Image

    loaded = models.get(SCENES, "vqa")
    usual = [inference.strangeness_of(SCENES, loaded, loaded.seen([drawn.picture_of(n)])).strange for n in range(20)]
    assert sum(usual) <= 3
    monkeypatch.setattr(models.derived(loaded, inference._reference_set), "limit", -9.0)

    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    answers, *_ = show(name="", path=str(tmp_path / "noise.png"))
    assert "do not trust the answer" in answers and "✓" not in answers and "✗" not in answers
    assert "do not trust" not in show()[0]
    table = tabs.show_twenty("", str(tmp_path / "noise.png"), SCENES, "en")
    assert "<tfoot>" not in table and examples.DRAWN[7] in table


# Failures, scores, links -----------------------------------------------------------------------------


def test_the_failures_show_what_they_say():
    circles = failures.FAILURES[0].array()
    red = (np.abs(circles.astype(int) - (209, 36, 20)).sum(axis=-1) < 30).astype(int)
    assert 4 < red.sum() / (np.pi * 20**2) < 5  # their outlines are darker
    frames = list(tabs.show_failures(SCENES))
    assert len(frames) == len(failures.FAILURES) + 1 and frames[0].count("…") == len(failures.FAILURES)
    last = models.get(SCENES, "vqa").answer(failures.FAILURES[-1].array(), failures.FAILURES[-1].question)[0]
    assert f"<bdi>{last.answer}</bdi></b> {100 * last.probability:.1f} %" in frames[-1] and "…" not in frames[-1]
    # What cannot be answered has no answer among those of the questions over scenes.
    assert Query("colour", Referent(shape="heart")).answer(drawn.scene_of(0)) is not None
    assert {failure.truth[0] for failure in failures.FAILURES if failure.name.startswith("o")} == {"an arrow", "orange"}


def test_scores_stand_beside_their_baselines_and_a_broken_file_shows_none():
    shown = views.scores(models.scores(SCENES, "vqa"))
    assert plain_pairs(shown).count("<b>50.0</b>") == 2 and "bag of words" in shown and "most frequent" not in shown
    for broken in ({}, {"test": 3}, {"test": {"accuracy": "1"}}, {"test": {"accuracy": 1.0, "kinds": 5}}):
        assert ("100.0" in views.scores(broken)) == (broken.get("test") == {"accuracy": 1.0, "kinds": 5})


def test_the_page_is_built_with_whatever_models_there_are(monkeypatch, tmp_path):
    assert components.alone(PAGE) and inference.languages(SCENES) == ("en", "ko")
    assert inference.title(LOOK).startswith("drawn scenes") and "before each word" in inference.title(LOOK)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    assert "No trained model was found" in str(components.alone(PAGE).get_config_file()["components"])
    page.warm_up()


def test_a_link_holds_a_scene_by_its_number():
    with gr.Blocks():
        setting = page._linked(gr.Image(), gr.Textbox("scene-1"))
        picture, name = setting.read("scene-12")
        assert name == "scene-12" and np.array_equal(picture, drawn.picture_of(12))
        with pytest.raises(link_settings.UnfitError):
            setting.read("cat.jpg")
