"""The page of digits in headless Chromium: a digit is drawn with the mouse, with the finger, with the keyboard."""

import pytest

from apps.digits import sketch
from tests.support.browser import DIGITS, PHONE, SETTLED, fits, tab

PAGE = "digits", "#digit-board [data-ready]"
SEVEN = [(0.3, 0.25), (0.7, 0.22), (0.58, 0.5), (0.5, 0.8)]  # shares of the field

pytestmark = [pytest.mark.browser]


def drawn(page, points):
    """A stroke of the mouse, which must be over the field."""
    field = page.locator("#digit-board canvas")
    field.scroll_into_view_if_needed()
    page.evaluate(SETTLED)  # what comes above it moves it down
    box = field.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def answers(page):
    return page.locator("#read-answers .rnn-answer b").all_inner_texts()


def read(page, panel, canvas, row):
    """Which pixels of a row of a picture are uncovered."""
    script = """([panel, canvas, row]) => {
        const picture = document.querySelectorAll("#read-figures .rnn-panel")[panel].querySelectorAll("canvas")[canvas];
        const { data } = picture.getContext("2d").getImageData(0, row, 28, 1);
        return [...Array(28).keys()].filter(x => data[4 * x + 3] === 255);
    }"""
    return page.evaluate(script, [panel, canvas, row])


def settled(page):
    page.wait_for_function(
        "!document.querySelector('.rnn-busy') && !document.querySelector('#read-answers .rnn-waiting')"
    )


def test_a_digit_is_drawn_with_the_mouse_read_by_all_and_played(visit):
    page = visit()
    drawn(page, SEVEN)
    page.locator("#read-figures .rnn-panel").nth(2).wait_for()
    settled(page)
    source = page.evaluate("rnnSketch.source")
    (stroke,) = sketch.strokes(source)
    for (x, y), (across, down) in zip(stroke[:1] + stroke[-1:], SEVEN[:1] + SEVEN[-1:], strict=True):
        assert abs(x - 64 * across) <= 2 and abs(y - 64 * down) <= 2
    assert len(answers(page)) == len(DIGITS) and set(answers(page)) <= set("0123456789")

    # What was read is uncovered from the top, and the column of the slider is marked.
    view = page.locator("#read-figures .rnn-belief")
    view.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    assert view.locator(".rnn-panel td.rnn-on").count() == 3 * 10
    assert "28 pixels" in view.locator("output").inner_text()
    assert [len(read(page, 0, 0, row)) for row in (0, 1)] == [28, 0]
    scattered = [len(read(page, 2, 1, row)) for row in range(28)]
    assert sum(scattered) == 28 and max(scattered) < 10
    view.locator(".rnn-play").click()
    page.wait_for_function("document.querySelector('#read-figures .rnn-belief').dataset.at > 2")
    view.locator(".rnn-play").click()

    # The second stroke belongs to the same digit; the link holds both, and Clear empties the page.
    drawn(page, [(0.35, 0.5), (0.65, 0.5)])
    page.wait_for_function("rnnSketch.source.split('.').length === 2")
    settled(page)
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    page.locator("#read-link").click()
    page.wait_for_function("window.copied?.endsWith(`?tab=read&digit=${rnnSketch.source}`)")
    page.locator("[data-do=clear]").click()
    page.locator("#read-answers .rnn-empty").wait_for()


def test_a_gaze_is_turned_and_a_phone_shows_a_drawing_of_the_link(server, open_page):
    page = open_page(f"{server}digits?tab=glimpses&digit=five&places=-;0.5,-0.5;-&run=1", PHONE, has_touch=True)
    page.locator("#look-shown .rnn-hand[data-t='2']").wait_for(state="attached")
    page.locator("#look-shown .rnn-retina button").nth(2).tap()
    stage = page.locator("#look-shown .rnn-look-stage")
    box = stage.bounding_box()
    stage.tap(position={"x": 0.25 * box["width"], "y": 0.75 * box["height"]})
    page.locator("#look-shown .rnn-now.rnn-hand[data-t='3']").wait_for(state="attached")
    circle = page.locator("#look-shown .rnn-now circle")
    assert abs(float(circle.get_attribute("cx")) - 7) < 0.5 and abs(float(circle.get_attribute("cy")) - 21) < 0.5
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#look-shown .rnn-now circle').getAttribute('cx') > 7.6")
    fits(page)

    # The keyboard draws, too.
    page.locator("#digit-board canvas").focus()
    for key in ("Space", *["ArrowDown"] * 6, "Space"):
        page.keyboard.press(key)
    page.wait_for_function("rnnSketch.source.startsWith('~')")
    page.wait_for_function("document.querySelectorAll('#look-shown .rnn-hand').length === 0")
    (stroke,) = sketch.strokes(page.evaluate("rnnSketch.source"))
    assert [x for x, _ in stroke] == [32] * 7 and stroke[-1][1] - stroke[0][1] == 12

    tab(page, "Shift")
    page.locator("#harder-start").click()
    page.locator("#harder-shown .rnn-first").nth(len(DIGITS) - 1).wait_for()
    assert page.locator("#harder-shown tbody td").count() == 11 * len(DIGITS)
