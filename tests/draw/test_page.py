"""The page of DRAW without a browser: its numbers are the library's, its files are pictures, and what it refuses."""

import base64
import io
import re

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from apps.cli import main as cli
from apps.draw import inference, ink, page, pictures, tabs
from apps.shared import links, models
from rnn_models.vision.gaussian_filterbank import Window
from tests.support.browser import DRAW, HOSTILE, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")

SEVEN = np.zeros((28, 28), dtype="float32")
SEVEN[5:7, 8:20] = SEVEN[7:23, 17:19] = 1


def test_the_endpoint_gives_the_librarys_numbers():
    found = inference.draw_digits(2, 7, 0.5, "3")
    expected = models.get("draw/mnist", "draw").draw(2, seed=7, temperature=0.5, label="3")
    assert found["model"] == "draw/mnist" and found["digits"] == ["3", "3"]
    for n, one in enumerate(found["pictures"]):
        np.testing.assert_allclose(one["canvases"], expected.canvases[n], atol=6e-4)
        np.testing.assert_allclose(one["writes"]["delta"], expected.writes.delta[n], atol=6e-4)
        assert list(one["writes"]) == list(Window._fields) and one["reads"] is None
    whole = inference.draw_digits(model="draw/mnist-whole")
    assert whole["pictures"][0]["writes"] is None and whole["digits"][0] in inference.DIGITS
    assert inference.list_models() == list(DRAW) and inference.twin() == "draw/mnist-whole"


def test_a_begun_digit_of_a_file(tmp_path):
    Image.fromarray(np.uint8(255 * (1 - SEVEN.repeat(4, 0).repeat(4, 1)))).save(tmp_path / "seven.png")
    found = inference.complete_digit(str(tmp_path / "seven.png"), "all", "7")
    assert found["digit"] == "7" and found["nats"] > 0 and len(found["picture"]["reads"]["g_x"]) == 3
    assert inference.complete_digit(str(tmp_path / "seven.png"), "left", rounds=2)["digit"] in inference.DIGITS


def test_what_is_painted_is_shown_step_by_step():
    shown = result_of(tabs.show_painted, "7", 3, 1.0, True)
    assert shown.count('class="rnn-draw-side"') == 2 and 'data-steps="3"' in shown
    assert shown.count('data-t="0"') == 2 and shown.count("<tr>") == 1 + 3  # with a head
    expected = inference.paint(1, 3, 1.0, "7")[2]
    assert f"<td>{expected.writes.g_x[0, 1]:.2f}</td>" in shown
    (gif,) = re.findall(r'download="digit.gif" href="data:image/gif;base64,([^"]+)"', shown)
    assert Image.open(io.BytesIO(base64.b64decode(gif))).n_frames == 5  # the last one is shown without its window, too
    sixteen = result_of(tabs.show_sixteen, "", 3, 1.0)
    assert sixteen.count("<figcaption>") == 16
    assert result_of(tabs.show_between, "3", 1, 2, 5).count("<figcaption>") == 5


def test_a_drawing_is_given_and_comes_back():
    text = ink.text_of(SEVEN)
    np.testing.assert_array_equal(ink.picture_of(text), SEVEN)
    assert len(text) == ink.LENGTH and ink.picture_of("") is None and ink.picture_of("0" * 196) is None
    shown = result_of(tabs.show_finished, text, "top", "7", 2, 1)
    given = Image.open(io.BytesIO(base64.b64decode(re.search(r"png;base64,([^\"]+)", shown)[1])))
    np.testing.assert_array_equal(np.asarray(given)[:14] == 0, SEVEN[:14] == 1)
    assert (np.asarray(given)[14:] == 191).all()
    assert "<b>7</b>" in shown and shown.count('data-window="read"') > 0
    assert "aria-label" in result_of(tabs.show_finished, "", "all", "", 1, 1)  # nothing drawn: one of its own


def test_a_window_lies_where_its_filters_are():
    """Centre 14.5 of pixels 1 to 28 is the middle of the picture; N filters at distance δ span (N − 1) δ."""
    one = np.ones((1, 1))
    where = Window(14.5 * one, 8 * one, 2 * one, one, one)
    assert pictures.box(where, 0, 0, 5) == (10, 3.5, 8)


@pytest.mark.parametrize(
    ("call", "arguments", "field", "message"),
    [
        (inference.draw_digits, (17,), "count", "17; choose"),
        (inference.draw_digits, (1.5,), "count", "whole number"),
        (inference.draw_digits, (1, -1), "", "The seed"),
        (inference.draw_digits, (1, 0, 3), "temperature", "from 0 to 2"),
        (inference.draw_digits, (1, 0, 1, "x"), "digit", "expected one of 0 to 9"),
        (inference.draw_digits, (1, 0, 1, "", "draw/none"), "", "There is no model"),
        (inference.complete_digit, (None,), "picture", "no picture yet"),
        (inference.complete, (SEVEN, "middle", "", 1, 0), "part", "expected one of top"),
        (inference.complete, (SEVEN, "left", "", 51, 0), "rounds", "51"),
        (inference.complete, (0 * SEVEN, "top", "", 1, 0), "part", "no ink"),
        (inference.between, (1, 2, 1, ""), "count", "1; choose"),
        (inference.between, (-1, 2, 3, ""), "first", "-1"),
    ],
)
def test_what_is_refused(call, arguments, field, message):
    with pytest.raises(gr.Error) as refused:
        call(*arguments)
    assert message in str(refused.value) and refused.value.field == field and "<br>" in str(refused.value)


@pytest.mark.parametrize("text", [*filter(None, HOSTILE), "f" * 195, "F" * 196, "f" * 197])
def test_no_other_text_is_a_drawing(text):
    assert not ink.is_ink(text)
    with pytest.raises(gr.Error):
        ink.picture_of(text)


def test_a_link_holds_a_drawing():
    with gr.Blocks(), links.page_of() as linked:
        page.build()
    text = ink.text_of(SEVEN)
    found = links.read(linked, f"tab=finish&ink={text}&part=left&seed=5")
    assert found.left_out == [] and found.values["ink"] == [text] and found.values["part"] == ["left"]
    (told,) = links.read(linked, "tab=finish&ink=abc").left_out
    assert "196 hexadecimal digits" in told


def test_the_command_writes_a_sheet_and_a_film(tmp_path, capsys):
    assert cli.main(["draw", "--count", "4", "--seed", "3", str(tmp_path / "four.png")]) == 0
    side = 2 * (28 * pictures.SCALE + pictures.GAP) + pictures.GAP
    assert Image.open(tmp_path / "four.png").size == (side, side)
    assert cli.main(["draw", "--digit", "7", str(tmp_path / "seven.gif")]) == 0
    assert Image.open(tmp_path / "seven.gif").n_frames == 5
    capsys.readouterr()
    assert cli.main(["draw", "--json", "--digit", "7"]) == 0
    assert '"digits": ["7"]' in capsys.readouterr().out
    wrong = [["draw"], ["draw", "a.jpg"], ["draw", "--count", "0", "a.png"], ["draw", "--json", "a.png"]]
    assert [cli.main(one) for one in wrong] == [2, 2, 2, 2]
    assert cli.main(["draw", str(tmp_path / "none" / "a.png")]) == 1
