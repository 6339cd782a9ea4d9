"""The glossary: every entry in two languages, and told on hover, focus and tap, inside the screen."""

import re

import pytest
from playwright.sync_api import expect

from apps.shared import glossary
from tests.support.browser import PHONE, tab

PAGE = "char_lm", "#write-start"
HANGUL = re.compile("[가-힣]")


@pytest.mark.parametrize("name", glossary.ENTRIES)
def test_an_entry_is_one_sentence_in_each_language(name):
    entry = glossary.ENTRIES[name]
    assert entry.meaning.endswith(".") and not HANGUL.search(entry.meaning)
    assert entry.meaning_ko.endswith(".") and HANGUL.search(entry.meaning_ko)
    assert entry.better in (glossary.LOWER, glossary.HIGHER, glossary.NEITHER)


@pytest.mark.browser
def test_words_of_a_result_and_of_a_label_are_told(visit):
    page = visit(viewport=PHONE, has_touch=True)
    tip, sign = page.get_by_role("tooltip"), page.locator("#write-temperature .rnn-term")
    expect(sign).to_have_accessible_name(re.compile("What is temperature"))
    sign.tap()
    expect(tip).to_contain_text("divided before softmax")
    expect(page.locator("#write-temperature input[type=number]")).not_to_be_focused()
    tab(page, "Surprise")
    page.locator("#surprise-text textarea").fill("no way")
    page.locator("#surprise-start").click()
    terms = page.locator("#surprise-summary .rnn-means .rnn-term")
    expect(terms).to_have_count(6)
    for term in terms.all():
        term.focus()
        expect(term).to_have_attribute("aria-describedby", "rnn-tip")
        box = tip.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    expect(tip).to_contain_text("↓ lower is better")  # of the last, the perplexity
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    assert page.locator(".rnn-written .rnn-term").count() == 0  # what visitors wrote stays as it is
