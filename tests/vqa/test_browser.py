"""The page on which a picture is asked in headless Chromium: mouse, keyboard, links, a phone."""

import pytest

from tests.support.browser import PHONE, SETTLED, fits, tab

PAGE = "vqa", "#ask-start"

pytestmark = [pytest.mark.browser]


def settled(page):
    page.wait_for_function("!document.querySelector('.rnn-busy, #ask-answers .rnn-progress')")
    page.evaluate(SETTLED)


def question(page):
    return page.locator("#question textarea").input_value()


def test_a_picture_is_asked_with_and_without_seeing_and_its_gaze_is_forced(visit):
    page = visit()
    page.locator("#question textarea").fill("what colour is the heart")
    page.keyboard.press("Enter")
    view = page.locator("#ask-figure .rnn-overlay")
    view.wait_for()
    assert "black" in page.locator("#ask-answers .rnn-said-answer").inner_text()  # the answer, or what is right
    assert page.locator("#ask-answers .rnn-blind section").count() == 2

    # A place by the keyboard, then by the mouse; the link holds the last one.
    view.locator(".rnn-grid [tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.locator("#ask-forced .rnn-overlay[data-forced='0 0']").wait_for()
    view.locator(".rnn-grid > *").nth(6).click()
    page.locator("#ask-forced .rnn-overlay[data-forced='0 6']").wait_for()
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    page.locator("#ask-link").click()
    page.wait_for_function("window.copied?.includes('picture=scene-1&') && window.copied.includes('place=6')")

    page.get_by_label("Hide the picture").check()
    page.locator("#ask-figure").get_by_text("The picture is hidden").wait_for()
    page.locator("#ask-forced .rnn-overlay").wait_for(state="detached")
    page.get_by_label("Hide the picture").uncheck()
    view.wait_for()

    # A suggestion is asked at once, and so is another scene, with a question that suits it.
    page.locator("#question-suggestions button:visible").nth(2).click()
    page.wait_for_function("document.querySelector('#question textarea').value.startsWith('how many')")
    settled(page)
    before = page.locator("#picture img").get_attribute("src")
    page.locator("#picture-new").click()
    page.wait_for_function("src => document.querySelector('#picture img').src !== src", arg=before)
    settled(page)
    page.locator("#picture-scenes button").nth(1).click()
    page.wait_for_function("document.querySelector('#question textarea').value.includes('yellow heart')")
    settled(page)

    tab(page, "Swap two words")
    words = page.locator("#swap-words button")
    assert words.all_inner_texts() == question(page).split()
    for n in (1, 2):
        words.nth(n).click()
    page.locator("#swap-shown mark").first.wait_for()
    assert page.locator("#swap-shown mark").all_inner_texts() == [*question(page).split()[1:3]] + [
        *reversed(question(page).split()[1:3])
    ]


def test_a_link_in_korean_on_a_phone(server, open_page):
    page = open_page(f"{server}vqa?tab=twenty&picture=scene-4&language=ko&lang=ko&run=1", PHONE)
    table = page.locator("#twenty-shown table")
    table.wait_for()
    assert table.locator("tbody tr").count() == 20 and "초록색" in table.inner_text()
    fits(page)
    page.get_by_role("tab", name="묻기", exact=True).click()
    page.evaluate(SETTLED)
    page.locator("#ask-start").click()
    page.locator("#ask-figure .rnn-overlay").wait_for()
    fits(page)
