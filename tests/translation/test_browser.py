"""The translation page in headless Chromium, as visitors meet it."""

import pytest

from apps.translation import inference
from tests.support.browser import MARKUP, PHONE, TRANSLATION, fits, pick, tab

PAGE = "translation", "#translate-start"

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("only_tiny_models")]

KOREAN, PLAIN, GERMAN, DIGITS = TRANSLATION
TEXT = "I lived with my uncle."


def translate(page, text):
    """Have a text translated; wait until its tree is there."""
    page.locator("#translate-text textarea").fill(text)
    page.locator("#translate-start").click()
    page.locator("#translate-found .rnn-figures").wait_for()
    page.locator("#translate-reasons .rnn-tree").first.wait_for()


def told(page, where):
    return page.locator(f"#{where} .rnn-pair").first.inner_text()


def test_a_sentence_is_translated_and_its_tokens_are_linked(visit):
    page = visit()
    translate(page, TEXT)
    answer = inference.translate(TEXT, KOREAN)
    (sentence,) = answer["sentences"]
    assert page.locator("#translate-found .rnn-answer").inner_text() == answer["text"]
    reasons = page.locator("#translate-reasons")
    rows = reasons.locator(".rnn-map tbody tr")
    assert rows.count() == len(sentence["tokens"])
    assert rows.first.locator("td").count() == len(sentence["source_tokens"])
    assert "%" in rows.first.locator("td").first.get_attribute("title")

    reasons.locator(".rnn-target .rnn-piece").nth(2).hover()
    most = max(range(len(sentence["source_tokens"])), key=lambda n: sentence["attention"][2][n])
    lit = reasons.locator(".rnn-source .rnn-piece").nth(most)
    assert "rnn-lit" in lit.get_attribute("class")
    assert lit.locator("i").inner_text() == f"{100 * sentence['attention'][2][most]:.0f}"
    assert rows.nth(2).get_attribute("class") == "rnn-on" and "←" in told(page, "translate-reasons")
    assert lit.evaluate("node => getComputedStyle(node).backgroundColor") != "rgba(0, 0, 0, 0)"

    reasons.locator(".rnn-source > div").focus()  # by keyboard, from the other side
    page.keyboard.press("ArrowRight")
    assert reasons.locator(".rnn-source .rnn-piece.rnn-on").get_attribute("data-n") == "1"
    assert "→" in told(page, "translate-reasons") and reasons.locator(".rnn-target .rnn-lit").count()
    page.keyboard.press("Escape")
    assert reasons.locator(".rnn-on, .rnn-lit").count() == 0
    assert reasons.locator(".rnn-tree .rnn-rank").last.inner_text().startswith("✓")


def test_an_example_of_another_model_is_translated_at_a_click(visit):
    page = visit()
    pick(page, "translate-model", "German · 독일어 → English · 영어")
    page.locator("#translate-examples").get_by_text("Zwei Hunde").click()
    page.locator("#translate-reasons .rnn-tree").wait_for()
    assert page.locator("#translate-text textarea").input_value() == "Zwei Hunde spielen im Schnee."
    answer = inference.translate("Zwei Hunde spielen im Schnee.", GERMAN)
    assert page.locator("#translate-found .rnn-answer").inner_text() == answer["text"]


def test_attention_is_steered_by_a_link_by_a_click_and_by_the_menus(server, open_page):
    page = open_page(f"{server}translation?tab=steer&at=2&position=1&run=1")
    page.locator("#steer-after tbody tr").nth(2).locator("td").nth(1).and_(page.locator(".rnn-forced")).wait_for()
    assert page.locator("#steer-at input").input_value().startswith("3 ·")
    page.locator("#steer-before tbody tr").nth(1).locator("td").nth(3).click()
    page.locator("#steer-after tbody tr").nth(1).locator(".rnn-forced").wait_for()
    assert page.locator("#steer-after .rnn-forced").inner_text() == "100"
    assert page.locator("#steer-after .rnn-translation").count() == 2
    assert page.locator("#steer-at input").input_value().startswith("2 ·")
    assert page.locator("#steer-position input").input_value().startswith("4 ·")
    page.locator("#steer-at input").click()
    page.get_by_role("option").first.click()
    page.locator("#steer-turn").click()
    page.locator("#steer-after tbody tr").first.locator(".rnn-forced").wait_for()
    # Of another sentence these are not the tokens.
    page.locator("#steer-text textarea").fill("two dogs")
    page.wait_for_function("!document.querySelector('#steer-before .rnn-map, #steer-after .rnn-map')")
    page.wait_for_function("document.querySelector('#steer-at input').value === ''")


def test_the_other_tabs_work(visit):
    page = visit()
    tab(page, "Without attention")
    page.locator("#without-start").click()
    page.locator("#without-view .rnn-map").wait_for()
    assert page.locator("#without-view .rnn-translation").count() == 2
    tab(page, "Digits")
    page.locator("#digits-text input, #digits-text textarea").fill("2468")
    page.locator("#digits-start").click()
    page.locator("#digits-view .rnn-map").wait_for()
    assert "2468 →" in page.locator("#digits-view h3").inner_text()
    tab(page, "Hard sentences")
    assert page.locator("#gallery-view .rnn-hard").count() == page.locator("#gallery-view .rnn-waiting").count()
    page.locator("#gallery-start").click()
    page.wait_for_function("!document.querySelector('#gallery-view .rnn-waiting')")


def test_markup_is_text_and_too_much_gets_a_clear_message(visit):
    page = visit()
    translate(page, MARKUP)
    shown = page.locator("#translate-reasons .rnn-source bdi").all_inner_texts()
    assert "img" in "".join(shown) and page.evaluate("window.hacked") is None
    assert page.locator("#translate-reasons img, #translate-found img, #translate-reasons script").count() == 0
    page.locator("#translate-text textarea").fill("word " * 10_000)
    page.locator("#translate-start").click()
    page.locator(".rnn-error").wait_for()
    said = page.locator(".rnn-error").inner_text()
    assert "50,000" in said and "2,000자" in said


def test_a_phone_shows_all_without_scrolling_sideways(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    translate(page, "삼촌과 함께 " * 6 + "W" * 42)
    page.locator("#translate-reasons .rnn-target .rnn-piece").nth(1).tap()
    assert "←" in told(page, "translate-reasons")
    fits(page)
    tab(page, "Hard sentences") if page.get_by_role("tab", name="Hard sentences").is_visible() else None
    fits(page)


def test_a_text_in_other_letters_is_called_a_guess(visit):
    page = visit(viewport=PHONE)
    translate(page, "나는 잊는다")
    hint = page.locator("#translate-found .rnn-hints")
    assert "reads Latin letters only" in hint.inner_text() and "로마자로 쓴 글만" in hint.inner_text()
    fits(page)
    translate(page, TEXT)
    page.wait_for_function("!document.querySelector('#translate-found .rnn-hints')")
    assert "cannot go back" in page.locator("#translate-reasons .rnn-why").inner_text()  # what the example is to show
