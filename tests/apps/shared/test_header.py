"""What stands around every page: header, menu, tabs, skip link, the panel of the API."""

import re

import pytest
from playwright.sync_api import expect

from apps import catalogue
from tests.support.browser import DESKTOP, PHONE

PAGE = "translation", "#translate-start"
ONE_LINE = 60  # pixels
pytestmark = pytest.mark.browser


def height(page) -> float:
    return page.locator("#rnn-header").bounding_box()["height"]


def sideways(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_on_a_phone_the_header_is_one_line_with_a_menu(visit):
    page = visit(viewport=PHONE)
    menu, button = page.locator("#rnn-menu"), page.locator(".rnn-menu-button")
    expect(button).to_be_visible()
    assert height(page) <= ONE_LINE and sideways(page) <= 0
    expect(page.get_by_role("heading", level=1)).to_contain_text("Translation")
    expect(menu).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(menu.get_by_role("link")).to_have_count(len(catalogue.NAMES) + 1)
    expect(menu.locator("[aria-current=page]")).to_contain_text("Translation")
    menu.locator("#rnn-switches").get_by_text("한국어", exact=True).click()
    assert page.evaluate("document.documentElement.lang") == "ko"
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    page.set_viewport_size({"width": 320, "height": 700})
    assert height(page) <= ONE_LINE and sideways(page) <= 0


def test_on_a_phone_every_tab_is_in_the_strip_which_says_that_there_is_more(visit):
    page = visit(viewport=PHONE)
    strip = page.get_by_role("tablist").first
    expect(strip.get_by_role("tab")).to_have_count(5)
    expect(strip).to_have_attribute("data-more", "right")
    strip.get_by_role("tab").last.click()
    expect(strip).to_have_attribute("data-more", "left")
    expect(page.locator("#digits-start")).to_be_visible()


def test_more_pages_than_have_room_stand_in_a_menu_and_never_in_rows(visit):
    wide = {**DESKTOP, "width": 3200}  # in two languages all names need that
    page = visit(viewport=wide)
    expect(page.locator(".rnn-menu-button")).to_be_hidden()
    assert height(page) <= ONE_LINE
    page.evaluate(
        """() => {
            const pages = document.querySelector(".rnn-pages");
            while (pages.querySelectorAll("a").length < 13) pages.append(pages.lastElementChild.cloneNode(true));
        }"""
    )
    page.set_viewport_size({**wide, "width": 1800})
    expect(page.locator(".rnn-menu-button")).to_be_visible()
    expect(page.locator("#rnn-switches")).to_be_visible()  # a wide screen has room for these
    assert height(page) <= ONE_LINE
    page.locator(".rnn-menu-button").click()
    expect(page.locator(".rnn-pages a").last).to_be_in_viewport()


def test_the_first_key_skips_to_the_content_and_the_api_panel_asks_for_nothing_that_is_closed(visit):
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert re.search("/translation", page.url)
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)
    failed = []
    page.on("response", lambda response: response.status >= 400 and failed.append(response.url))
    page.evaluate("gradio_config.mcp_server = false")  # as without --mcp
    page.get_by_role("button", name="Use via API").click()
    expect(page.get_by_text("How many hypotheses are kept at a time")).to_be_attached()
    assert failed == []
