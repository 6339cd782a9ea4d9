"""The tab of glimpses: places as a text, the network's looks, and its gaze turned by hand."""

import re

import gradio as gr
import numpy as np
import pytest

import rnn_models
from apps.digits import glimpse_tab, glimpse_view, inference, places, sketch
from apps.shared import validation

pytestmark = pytest.mark.usefixtures("only_tiny_models")
THREE = 3  # glimpses of the tiny model


def click(**data):
    return gr.EventData(None, data)


def test_places_are_a_text_and_places_again():
    assert places.read("-") is None
    given = [None, (0.25, -0.5), (-1.0, 1.0)]
    assert places.written(given) == "-;0.250,-0.500;-1.000,1.000" and places.read(places.written(given)) == given
    assert places.replaced(None, 3, 1, (0.1, 0.2)) == [None, (0.1, 0.2), None]
    assert places.replaced(given, 3, 0, (0.0, 0.0)) == [(0.0, 0.0), *given[1:]] and given[0] is None


@pytest.mark.parametrize("text", ["", "0", "0,0,0", "1.5,0", "0,nan", "-;" * 30 + "-", "0.1234,0", "<b>", None, 3])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(validation.Refusal) as refused:
        places.checked(text)
    assert refused.value.field == "places" and re.search("[가-힣]", str(refused.value.message))


def test_the_looks_are_the_library_s_and_places_set_by_hand_are_looked_at():
    picture, model = sketch.digit("five").picture, rnn_models.load("digits/glimpses")
    own = inference.look(picture)
    np.testing.assert_allclose(own.probabilities, model.read(picture).probabilities, atol=1e-6)
    assert own.places.shape == (THREE, 2) and own.boxes.shape == (THREE, 2, 4) and own.retina.shape == (THREE, 2, 4, 4)
    assert own.boxes[0].tolist() == [[12, 12, 16, 16], [10, 10, 18, 18]]
    by_hand = inference.look(picture, [None, (0.5, -0.5), None])
    assert by_hand.places[1].tolist() == [0.5, -0.5]
    assert np.abs(by_hand.probabilities[1] - own.probabilities[1]).max() > 1e-4
    np.testing.assert_allclose(by_hand.probabilities[0], own.probabilities[0], atol=1e-6)
    with pytest.raises(validation.Refusal, match="2 places; this network looks 3 times"):
        inference.look(picture, [None, None])


def test_a_click_sets_the_place_of_the_glimpse_that_is_shown_and_the_others_stay():
    text, shown = glimpse_tab.show_placed("five", "-", click(at=2, x=0.5, y=-0.25))
    assert text == "-;0.500,-0.250;-" and 'data-at="2"' in shown and shown.count('class="rnn-hand"') == 1
    assert shown.count('<section class="rnn-reader">') == 2
    text, _ = glimpse_tab.show_placed("five", text, click(at=3, x=-1, y=1))
    assert text == "-;0.500,-0.250;-1.000,1.000"
    text, shown = glimpse_tab.show_own("five")
    assert text == "-" and "rnn-hand" not in shown and shown.count('<section class="rnn-reader">') == 1
    assert glimpse_tab.show_sketched(click(source="")) == ("-", "")


@pytest.mark.parametrize(
    "data", [{}, {"at": 0, "x": 0, "y": 0}, {"at": 4, "x": 0, "y": 0}, {"at": 1, "x": 2, "y": 0}, "x"]
)
def test_a_click_that_no_page_would_send_is_refused(data):
    with pytest.raises(validation.Refusal):
        glimpse_tab.show_placed("five", "-", gr.EventData(None, data))


def test_the_figure_has_every_glimpse_and_all_numbers_in_a_table():
    found = inference.look(sketch.digit("five").picture)
    shown = glimpse_view.figure(found, found, None)
    assert len(re.findall(r'<g data-t="\d"', shown)) == THREE and shown.count("<rect x=") == 2 * THREE
    assert shown.count("<img") == 1 + 2 * THREE and shown.count("<td") == 1 + 10 * THREE
    cells = re.findall(r"<td(?: style=\"--w:[\d.]+\")?>(\d+)</td>", shown)
    np.testing.assert_allclose(np.reshape(cells, (10, THREE)).astype(float).T / 100, found.probabilities, atol=0.0051)
