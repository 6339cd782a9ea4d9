"""The page of DRAW in headless Chromium, as visitors meet it."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, fits, tab

PAGE = "draw", "#paint-start"
pytestmark = pytest.mark.browser


def test_a_digit_is_painted_played_and_half_a_digit_is_drawn_and_finished(visit):
    """8 s: the slider and its keys, the play button, a drawing with the mouse and one with the keyboard."""
    page = visit()
    page.set_default_timeout(60_000)
    page.locator("#paint-start").click()
    view = page.locator("#paint-view")
    view.locator(".rnn-drawn").wait_for()
    said, slider = view.locator("output"), view.locator("input[type=range]")
    expect(said).to_have_text("3 / 3")  # it has played by itself
    frames = view.locator(".rnn-drawn [data-t]:visible")
    expect(frames).to_have_count(1)
    expect(frames.first).to_have_attribute("data-t", "3")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text("2 / 3")
    expect(frames.first).to_have_attribute("data-t", "2")
    view.get_by_role("button", name="Play").click()
    expect(said).to_have_text("3 / 3")
    with page.expect_download() as saved:
        view.get_by_role("link", name="digit.gif").click()
    assert saved.value.path().read_bytes().startswith(b"GIF8")

    tab(page, "Finish a digit")
    board = page.locator("#finish-board canvas")
    box = board.bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.3, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.2), steps=4)
    page.mouse.move(*at(0.55, 0.5), steps=4)
    page.mouse.up()
    ink = page.locator("#finish-ink textarea, #finish-ink input")
    expect(ink).to_have_value(re.compile("^[0-9a-f]{196}$"))
    drawn = ink.input_value()
    page.locator("#finish-rounds input[type=number]").fill("2")
    page.locator("#finish-start").click()
    page.locator("#finish-view .rnn-story").get_by_text("nats for the whole picture").wait_for()
    assert page.locator("#finish-view rect[data-window=read]").count() > 0
    board.focus()
    for key in (" ", "ArrowDown", "ArrowDown", " "):
        page.keyboard.press(key)
    expect(ink).not_to_have_value(drawn)
    page.keyboard.press("Escape")
    expect(ink).to_have_value("")


def test_a_drawing_comes_with_a_link_and_all_fits_on_a_phone(visit, server):
    """4 s."""
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    page.set_default_timeout(60_000)
    text = "0" * 42 + "ffffff0" * 12 + "0" * 70
    page.goto(f"{server}draw?tab=finish&ink={text}&part=all&seed=2&lang=en&run=1")
    page.locator("#finish-view .rnn-draw-strip").wait_for()
    page.wait_for_function("text => window.rnnInk?.text === text", arg=text)
    fits(page)
    page.goto(f"{server}draw?tab=sixteen&seed=2&lang=ko&run=1")
    page.locator("#sixteen-view figure").nth(15).wait_for()
    fits(page)
