"""Figures that are kept as files, and presenter mode."""

import io
import re
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.browser import DESKTOP, tab

PAGE = "char_lm", "#write-start"
pytestmark = pytest.mark.browser


def saved(page, part, kind):
    with page.expect_download() as download:
        page.locator(f"{part} .rnn-save").first.get_by_role("button", name=kind).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_figures_are_kept_with_their_numbers_and_where_they_are_from(server, open_page):
    page = open_page(server + "unroller")
    page.locator("#unroll-graph svg").wait_for()
    page.locator("#unroll-ten").click()
    expect(page.locator("#unroll-chart .rnn-x")).to_contain_text("10")
    name, data = saved(page, "#unroll-chart", "PNG")
    assert name == "unroller-learning-curve.png"
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    colours = {colour for count, colour in picture.getcolors(1 << 24) if count > 50}
    assert picture.width > 600 and {(0, 114, 178), (230, 159, 0)} <= colours, "the curves are not in it"
    name, data = saved(page, "#unroll-graph", "SVG")
    assert name == "unroller-graph.svg"
    text = " ".join(ElementTree.fromstring(data).itertext())
    shown = page.locator("#unroll-graph svg .rnn-value").all_text_contents()
    assert len(shown) > 40 and all(one in text for one in shown)
    assert "Unrolled graph" in text and b"foreignObject" not in data


def test_what_scrolls_is_kept_as_a_whole_and_the_model_is_named(visit):
    page = visit()
    tab(page, "Surprise")
    lines = "\n".join(f"line {number}" for number in range(60))
    page.locator("#surprise-text textarea").fill(lines)
    page.locator("#surprise-start").click()
    expect(page.locator("#surprise-view .rnn-text")).to_have_attribute("data-count", str(len(lines)))
    name, data = saved(page, "#surprise-view", "SVG")
    assert name == "char_lm-text-tiny.svg"
    picture = ElementTree.fromstring(data)
    written = "".join(picture.itertext())
    assert written.count("line") == 60 and "Character model · 글자 모델, tiny" in written
    assert float(picture.get("height")) > 60 * 15


def test_presenter_mode_shows_large_type_and_steps_with_the_arrow_keys(visit):
    page = visit()
    large, dials = page.locator("html[data-presenter]"), page.locator(".rnn-dials")
    selected = page.locator("[role=tab][aria-selected=true]")
    page.locator("#write-prompt textarea").press("p")
    expect(large).to_have_count(0)  # a letter in a field is a letter
    page.locator("h1").evaluate("heading => document.activeElement.blur()")
    before = page.locator("#write-start").bounding_box()["height"]
    page.keyboard.press("p")
    expect(large).to_have_count(1)
    expect(dials).to_be_hidden()
    assert page.locator("#write-start").bounding_box()["height"] > 1.3 * before
    page.get_by_role("button", name="Settings · 설정").first.click()
    expect(dials).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(selected).to_be_focused()
    page.keyboard.press("PageDown")  # as a remote control sends it
    expect(selected).to_have_text(re.compile("Surprise"))
    page.keyboard.press("ArrowLeft")
    expect(selected).to_have_text(re.compile("Write"))
    page.set_viewport_size({"width": 1024, "height": DESKTOP["height"]})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.keyboard.press("p")
    expect(large).to_have_count(0)
    page.goto(page.url.split("?")[0] + "?presenter=1")
    expect(large).to_have_count(1)


def test_the_arrow_keys_go_through_the_observations_the_tabs_and_the_graph(server, open_page):
    page = open_page(server + "unroller?presenter=1&tab=graph")
    page.locator("#unroll-graph svg").wait_for()
    page.locator("h1").evaluate("heading => document.activeElement.blur()")
    steps = page.locator(".rnn-observation")
    count = steps.count()
    assert count > 2
    for number in range(count):
        page.keyboard.press("ArrowRight")
        expect(steps.nth(number).locator("a")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=tab][aria-selected=true]")).to_be_focused()
    page.keyboard.press("PageDown")
    said = page.locator("#unroll-player output")
    for place in (1, 2):
        page.keyboard.press("PageDown")  # as a remote control sends it
        expect(said).to_have_text(f"{place} / 32")
    page.keyboard.press("PageUp")
    expect(said).to_have_text("1 / 32")
