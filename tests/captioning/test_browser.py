"""The captioning page in headless Chromium, as visitors meet it."""

import pytest
from PIL import Image

from apps.captioning.examples import EXAMPLES, PICTURES
from tests.support.browser import MARKUP, PHONE, fits, tab

PAGE = "captioning", "#describe-start"

pytestmark = [pytest.mark.browser]


def upload(page, path):
    """Put a picture of one's own into the box."""
    page.locator("#picture input[type=file]").set_input_files(path)


def wait_for_caption(page):
    page.locator("#describe-save").wait_for()
    return page.locator("#describe-figures .rnn-overlay").first


def test_an_uploaded_picture_is_described_word_by_word(visit, tmp_path):
    page = visit()
    upload(page, str(PICTURES / "cat.jpg"))
    view = wait_for_caption(page)
    tiles = view.locator(".rnn-tile")
    words = view.get_attribute("data-weights").split(";")
    assert tiles.count() == len(words) == len(tiles.locator("b").all_inner_texts()) > 1
    assert page.locator("#describe-cards .rnn-drawn li").count() == 4
    assert "limit" in page.locator("#describe-cards .rnn-hints").inner_text()

    tiles.nth(1).click()
    assert view.locator(".rnn-fact b").inner_text() == tiles.nth(1).locator("b").inner_text()
    most = max(map(int, words[1].split(" ")))
    assert view.locator(".rnn-most").inner_text() == str(round(most / 100))
    shadow = "node => getComputedStyle(node).backgroundImage"
    large = view.locator(".rnn-stage .rnn-shadow")
    assert large.evaluate(shadow) == tiles.nth(1).locator(".rnn-shadow").evaluate(shadow) != "none"
    assert large.evaluate("node => node.getBoundingClientRect().width") > 100

    view.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    assert view.locator(".rnn-tile.rnn-on").get_attribute("data-n") == "0"
    view.locator(".rnn-play").click()
    view.locator(".rnn-tile.rnn-on[data-n='1']").wait_for()
    view.locator(".rnn-play").click()
    assert view.locator(".rnn-play").get_attribute("aria-pressed") == "false"
    view.locator(".rnn-as-cells").check()
    assert "rnn-cells" in view.get_attribute("class")

    with page.expect_download() as download:
        page.locator("#describe-save").click()
    download.value.save_as(tmp_path / "maps.png")
    assert Image.open(tmp_path / "maps.png").width > 600


def test_the_gaze_is_turned_by_a_link_by_a_click_and_by_the_keyboard(server, open_page):
    page = open_page(f"{server}captioning?tab=steer&picture=cat.jpg&at=0&place=3&run=1")
    before, after = (
        page.locator("#steer-before .rnn-overlay"),
        page.locator("#steer-after .rnn-overlay"),
    )
    page.locator("#steer-after .rnn-overlay[data-forced='0 3']").wait_for()
    before.locator(".rnn-tile").nth(1).click()
    before.locator(".rnn-grid button").nth(10).click()
    page.locator("#steer-after .rnn-overlay[data-forced='1 10']").wait_for()
    assert after.locator(".rnn-forced").inner_text() == "100" and after.get_attribute("data-forced") == "1 10"
    assert page.locator("#steer-after .rnn-translation").count() == 2

    before.locator(".rnn-grid button").nth(10).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#steer-after .rnn-overlay[data-forced='1 18']").wait_for()
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    page.locator("#steer-link").click()
    page.wait_for_function("copied.endsWith('?tab=steer&picture=cat.jpg&model=captioning/flickr8k-soft&at=1&place=18')")
    # Of another picture these are not the words.
    page.locator("#picture-examples button").nth(3).click()
    page.wait_for_function("!document.querySelector('#steer-before .rnn-overlay, #steer-after .rnn-overlay')")


def test_the_other_tabs_work(visit):
    page = visit()
    tab(page, "Soft, hard")
    page.locator("#attentions-start").click()
    page.locator("#attentions-view .rnn-overlay").nth(1).wait_for()
    second = page.locator("#attentions-view .rnn-overlay").nth(1)
    assert second.locator(".rnn-grid > *").count() == 14 * 14
    tab(page, "Four ways")
    page.locator("#injections-start").click()
    page.locator("#injections-view .rnn-chips").nth(1).wait_for()
    assert "CIDEr-D 0.500" in page.locator("#injections-view").inner_text()
    tab(page, "Gallery")
    assert page.locator("#gallery-view .rnn-waiting").count() == len(EXAMPLES)
    page.locator("#gallery-start").click()
    page.wait_for_function("!document.querySelector('#gallery-view .rnn-waiting')")


def test_what_is_no_picture_gets_a_clear_message(visit, tmp_path):
    page = visit()
    broken = tmp_path / (MARKUP.replace("/", "") + ".png")
    broken.write_bytes((PICTURES / "cat.jpg").read_bytes()[:3000])
    upload(page, str(broken))
    page.locator(".rnn-error").wait_for()
    said = page.locator(".rnn-error").inner_text()
    assert "cut short" in said and "사진" in said and "onerror" not in said
    assert page.evaluate("window.hacked") is None


def test_a_phone_shows_all_without_scrolling_sideways(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("#picture-examples button").nth(4).tap()
    view = wait_for_caption(page)
    view.locator(".rnn-tile").nth(1).tap()
    assert view.locator(".rnn-stage .rnn-photo").bounding_box()["width"] > 300
    assert view.locator(".rnn-spoken .rnn-on").inner_text() == view.locator(".rnn-tile.rnn-on b").inner_text()
    fits(page)
