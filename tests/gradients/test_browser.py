"""The page of gradients in headless Chromium, as visitors meet it."""

import pytest

from apps.gradients import inference, plot, settings
from tests.support.browser import PHONE, fits, tab

PAGE = "gradients", "#flow-figure .rnn-chart"

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("only_tiny_models")]


def left(page, line):
    """What stands in the legend behind a line, once it is that of these settings."""
    return page.locator(f"#flow-figure li:nth-child({line}) b")


def test_a_slider_moves_the_lines_on_a_phone_and_stays_below_them(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    first = inference.flows(settings.checked(60, 1.0, 1.0, 1.0, "tanh", settings.NONE, 1))[0]
    assert left(page, 1).inner_html() == plot.scientific(first.h[0])
    fits(page)
    handle = page.locator("#flow-gain input[type=range]")
    handle.evaluate("node => node.scrollIntoView({block: 'end'})")
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "was => document.querySelector('#flow-figure li b').innerHTML !== was", arg=plot.scientific(first.h[0])
    )
    gain = float(page.locator("#flow-gain input[type=number]").input_value())
    now = inference.flows(settings.checked(60, gain, 1.0, 1.0, "tanh", settings.NONE, 1))[0]
    assert gain > 1.5 and left(page, 1).inner_html() == plot.scientific(now.h[0])
    page.evaluate("scrollBy(0, 60)")
    figure = page.locator("#flow-figure .rnn-chart").bounding_box()
    assert figure["y"] >= 0 and figure["y"] + figure["height"] < handle.bounding_box()["y"]

    drawing = page.locator("#flow-figure svg").bounding_box()
    page.mouse.move(drawing["x"] + drawing["width"] * 29.2 / 59, drawing["y"] + 20)
    assert page.locator(".rnn-pointed").get_attribute("data-x") == "30"
    assert float(left(page, 1).inner_text()) == pytest.approx(now.h[29], rel=6e-3)
    page.mouse.move(drawing["x"], drawing["y"] + drawing["height"] + 200)
    assert page.locator(".rnn-pointed").count() == 0 and left(page, 1).inner_html() == plot.scientific(now.h[0])


def test_clipping_is_there_at_once_and_a_race_grows_and_is_stopped(visit):
    page = visit()
    tab(page, "Clipping")
    page.locator("#clip-figure .rnn-chart").first.wait_for()
    assert page.locator("#hand-shown").get_by_text("8.6°").count() == 1
    page.locator("#hand-gradient input, #hand-gradient textarea").fill("1, x")
    page.locator("#hand-start").click()
    assert "write it like" in page.locator(".rnn-error").inner_text()
    tab(page, "Race")
    page.locator("#race-steps input[type=number]").fill("2000")
    page.locator("#race-start").click()
    points = "document.querySelector('#race-shown polyline')?.getAttribute('points').split(' ').length ?? 0"
    page.wait_for_function(f"({points}) > 2")
    before = page.evaluate(points)
    page.wait_for_function(f"({points}) > {before}")
    page.locator("#race-stop").click()
    page.wait_for_function("!document.querySelector('#race-start').classList.contains('rnn-busy')")
    count = page.evaluate(points)
    page.wait_for_timeout(1000)
    assert page.evaluate(points) == count < 400
    assert page.locator("#race-shown").get_by_text("1/6").count() > 0
