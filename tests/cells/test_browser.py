"""The page of the cells in headless Chromium: a search, a unit pressed, a stretch marked with the mouse."""

import pytest

from apps.cells import inference
from tests.support.browser import ENGLISH, SETTLED

PAGE = "cells", "#search-start"

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("only_tiny_models")]

TEXT = 'The "first" line (of 3) is here.\nAnd a second, longer one: "see" it?\n\n' * 5


def write_pattern(page, pattern):
    """Write a regular expression; the menu follows."""
    page.locator("#search-pattern input, #search-pattern textarea").first.fill(pattern)
    page.wait_for_function("document.querySelector('#search-hypothesis input').value.startsWith('my own')")


def test_a_cell_is_searched_and_another_one_pressed(visit):
    page = visit()
    page.locator("#search-text-given textarea").fill(TEXT)
    write_pattern(page, '"[^"]*"')
    page.locator("#search-start").click()
    bars = page.locator("#search-found .rnn-unit-bars li")
    bars.first.wait_for()
    found = inference.search_cells(TEXT, "pattern", '"[^"]*"', ENGLISH)
    assert bars.count() == len(found["units"]) + 1  # and the linear probe
    assert f"{found['units'][0]['score']:.3f}" in bars.first.inner_text()
    title = page.locator("#search-text h4")
    assert title.inner_text() == found["units"][0]["unit"]

    bars.nth(2).locator("button").click()  # another unit colours the text
    page.locator("#search-text h4", has_text=found["units"][2]["unit"]).wait_for()
    values = inference.read_unit(TEXT, found["units"][2]["unit"], ENGLISH)["values"]
    pieces = page.locator("#search-text .rnn-cell-text span[data-v]")
    assert pieces.count() == len(TEXT)
    pieces.nth(4).hover()
    told = page.locator("#search-text .rnn-cell-told")
    assert told.inner_text().startswith("#5") and f"{abs(values[4]):.2f}" in told.inner_text()
    page.locator("#search-text .rnn-cell-text").focus()
    page.keyboard.press("ArrowRight")
    assert told.inner_text().startswith("#6")


def test_a_stretch_is_marked_with_the_mouse_and_a_bad_pattern_told_beside_its_field(server, open_page):
    page = open_page(f"{server}cells?tab=stretch")
    page.locator("#stretch-start").wait_for()
    page.evaluate(SETTLED)  # the link has filled in the tab
    page.locator("#stretch-text-given textarea").fill(TEXT)
    page.locator("#stretch-text-given textarea").evaluate("box => { box.focus(); box.setSelectionRange(4, 11) }")
    page.wait_for_function(  # again, until somebody listens
        """() => {
            document.querySelector("#stretch-text-given textarea").dispatchEvent(new Event("select"));
            return document.querySelector("#stretch-first input").value == "5";
        }""",
        polling=500,
        timeout=20_000,
    )
    assert page.locator("#stretch-last input").input_value() == "11"
    page.locator("#stretch-start").click()
    page.locator("#stretch-text-shown .rnn-marked").first.wait_for()
    marked = page.locator("#stretch-text-shown .rnn-marked").all_inner_texts()
    assert "".join(marked) == '"first"' and page.locator("#stretch-found .rnn-on-units li").count() == 6

    page.get_by_role("tab", name="Search").click()
    page.locator("#search-text-given textarea").fill(TEXT)
    write_pattern(page, "(")
    page.locator("#search-start").click()
    page.get_by_text("no regular expression").first.wait_for()
    assert page.locator("#search-pattern [aria-invalid=true]").count()
