"""The page of digits without a browser: texts of digits, readers, what gets harder, and the HTML of results."""

import re

import gradio as gr
import numpy as np
import pytest

import rnn_models
from apps.digits import belief_view, examples, inference, page, perturbations, sketch, views
from apps.digits.beliefs import Belief
from apps.shared import validation
from rnn_models.vision.digit_pictures import digit_picture
from tests.support.browser import DIGITS, HOSTILE, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")


def belief(probabilities, order="rows", permutation=None):
    return Belief(
        f"digits/{order}", order, order, tuple("0123456789"), np.asarray(probabilities, "float32"), permutation
    )


def test_a_drawing_is_what_its_strokes_say():
    assert sketch.strokes("~AABA.__") == [[(0, 0), (1, 0)], [(63, 63)]]
    one = sketch.digit("~ggg4")
    assert one.label == "" and one.picture.shape == (28, 28) and one.picture.max() == 1
    rows, columns = np.flatnonzero(one.picture.max(axis=1)), np.flatnonzero(one.picture.max(axis=0))
    assert len(rows) == 20 and len(columns) < 8  # MNIST's form: a stroke upright, 20 pixels high
    moved = sketch.digit("~VVVt")
    np.testing.assert_allclose(moved.picture, one.picture, atol=0.02)


def test_a_photograph_becomes_a_text_and_the_picture_again():
    picture = sketch.digit("three").picture
    text = sketch.text_of(picture)
    assert len(text) == 785 and np.abs(sketch.digit(text).picture - picture).max() <= 0.5 / 15 + 1e-6
    assert np.array_equal(sketch.digit("mnist-0").picture, digit_picture(sketch.digit("mnist-0").picture))


EMPTY = "*" + "0" * 784


@pytest.mark.parametrize(
    "source",
    [*HOSTILE, None, 3, ["~AA"], "~", "~A", "~AA.", "~AA..AA", "~ÄÄ", EMPTY, "*12", "~" + "AA" * 2000],
    ids=lambda source: str(source)[:8].encode("unicode_escape").decode(),
)
def test_what_is_no_digit_is_refused_in_two_languages(source):
    with pytest.raises(validation.Refusal) as refused:
        sketch.digit(source)
    assert refused.value.field == "source" and re.search("[가-힣]", str(refused.value.message))
    assert not isinstance(source, str) or source == EMPTY or not sketch.is_digit(source)


def test_every_example_is_a_digit_with_a_text_of_its_own():
    assert [one.label for one in examples.DRAWN[:10]] == list("0123456789") and examples.OPENING in examples.BY_NAME
    assert len(examples.BY_NAME) == len(examples.EXAMPLES)
    pictures = {sketch.digit(one.name).picture.tobytes() for one in examples.EXAMPLES}
    assert len(pictures) == len(examples.EXAMPLES) and all(sketch.is_digit(one.name) for one in examples.EXAMPLES)


def test_the_readers_stand_in_one_order_and_read_what_the_library_reads():
    assert list(inference.readers()) == list(DIGITS)
    picture = sketch.digit("seven").picture
    for name, found in zip(DIGITS, inference.read_all(picture), strict=True):
        own = rnn_models.load(name).read(picture)
        assert (found.label, found.order) == (own.label, DIGITS[name]["order"])
        assert found.probability == pytest.approx(own.probability, abs=1e-6)
        np.testing.assert_allclose(found.probabilities, own.probabilities, atol=1e-6)
        assert found.permutation == rnn_models.load(name).settings.get("permutation")


def test_from_when_on_an_answer_stood():
    rows = np.full((5, 10), 0.05)
    rows[range(5), [7, 2, 7, 7, 7]] = 0.55
    assert belief(rows).settled == 3 and belief(rows).label == "7"
    assert belief(rows[3:]).settled == 1 and belief(rows[:2]).settled == 2


def test_a_map_has_a_column_for_every_28_pixels():
    every = np.zeros((784, 10))
    every[np.arange(784), np.arange(784) // 28 % 10] = 1
    after = belief(every, "pixels").by_rows()
    assert after.argmax(axis=1).tolist() == [n % 10 for n in range(28)]
    assert belief(np.ones((1, 10)), "whole").by_rows() is None
    permutation = np.random.default_rng(0).permutation(784).tolist()
    shown = belief_view.figure(np.zeros((28, 28)), [belief(every, "pixels"), belief(every, "permuted", permutation)])
    assert shown.count("<td style=") == 2 * 28 and shown.count('data-kind="placed"') == 1
    assert f'data-permutation="{" ".join(map(str, permutation))}"' in shown
    assert belief_view.figure(np.zeros((28, 28)), [belief(np.ones((1, 10)), "whole")]) == ""


def test_a_shift_is_whole_pixels_and_what_comes_in_is_paper():
    picture = np.arange(1, 785, dtype="float32").reshape(28, 28) / 784
    right, down = (perturbations.sweep(picture, kind, 1) for kind in ("right", "down"))
    assert np.array_equal(right[3][:, 3:], picture[:, :-3]) and not right[3][:, :3].any()
    assert np.array_equal(down[9][9:], picture[:-9]) and not down[9][:9].any()


@pytest.mark.parametrize("kind", perturbations.KINDS)
def test_a_digit_gets_harder_step_by_step_and_the_seed_says_how(kind):
    picture = sketch.digit("three").picture
    made = perturbations.sweep(picture, kind, 5)
    assert made.shape == (10, 28, 28) and made.min() >= 0 and made.max() <= 1
    assert np.array_equal(made[0], picture)
    assert np.array_equal(made, perturbations.sweep(picture, kind, 5))
    away = np.abs(made - picture).mean(axis=(1, 2))
    assert (away[1:] > 0).all()
    random = perturbations.KINDS[kind].random
    assert random != np.array_equal(made, perturbations.sweep(picture, kind, 6))
    if kind == "clutter":
        assert (np.diff(made, axis=0) >= 0).all()  # the same pieces, and one more
    if kind == "noise":
        assert (np.diff(away) > 0).all()


def test_wrong_is_another_than_the_right_one_or_than_the_first_answer():
    found = np.zeros((4, 10))
    found[range(4), [3, 3, 8, 3]] = 1
    labels = tuple("0123456789")
    assert views.failed(labels, found, "3") == [False, False, True, False]
    assert views.failed(labels, found, "8") == [True, True, False, True]
    assert views.failed(labels, found, "") == [False, False, True, False]
    shown = views.sweep("noise", np.zeros((10, 28, 28)), "3", ["digits/rows", "digits/whole"], [(labels, found)])
    assert shown.count("rnn-failed") == 1 and "σ 0.2</td>" in shown and shown.count("rnn-waiting") == 1


def test_the_page_shows_all_readers_and_says_whether_they_are_right():
    short, cards, figures = result_of(page.show_reading, "four")
    assert short.count("<li>") == cards.count('<section class="rnn-reader">') == 5
    assert cards.count("✓") + cards.count("✗") == 5 and figures.count('<section class="rnn-panel"') == 3
    _, unknown, _ = result_of(page.show_reading, "~AAzz")
    assert "✓" not in unknown and "✗" not in unknown
    harder = result_of(page.show_harder, "four", "right", 1)
    assert harder.count('<td class="rnn-first">') == 5 and "rnn-keep-seed" not in harder
    assert "rnn-keep-seed" in result_of(page.show_harder, "four", "noise", 0)
    for kind in ("<b>", None, ["noise"]):
        with pytest.raises(gr.Error, match="none of: right, down, clutter, noise"):
            result_of(page.show_harder, "four", kind, 1)


def test_a_photograph_without_a_digit_is_refused_beside_its_box(tmp_path):
    from PIL import Image

    Image.new("RGB", (60, 60), "white").save(tmp_path / "empty.png")
    with pytest.raises(validation.Refusal, match="no digit in the picture") as refused:
        result_of(page.show_photograph, str(tmp_path / "empty.png"))
    assert refused.value.field == "picture"
