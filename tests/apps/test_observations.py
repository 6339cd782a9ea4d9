"""Guided observations: each can be made with the shipped models, both languages say the same, the sheet is up to date.

What each says was to be seen is tested beside the page, in `tests/NAME/test_observations.py`.
"""

import importlib
import re

import gradio as gr
import pytest

from apps import catalogue
from apps.home import teaching
from apps.shared import links, models
from apps.shared.observations import PARTS
from tests.support.browser import PHONE

PAGES = catalogue.pages()
ALL = [(page, one) for page in PAGES for one in page.observations()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_has_three_and_their_models_are_there_and_each_tab_can_be_linked_to(page):
    if page.favourite not in models.available(page.task):
        pytest.skip("the shipped models are not here")
    with gr.Blocks() as app, links.page_of(page.observations()) as linked:
        importlib.import_module(f"apps.{page.name}.page").build()
    assert {tab.name for tab in linked.tabs} == {tab.id for tab in app.blocks.values() if isinstance(tab, gr.Tab)}
    assert len(page.observations()) >= 3
    for one in page.observations():
        found = links.read(linked, one.link)
        assert found.left_out == [] and found.tab.name == one.tab and set(found.values) == set(one.settings)


def test_an_observation_whose_model_is_not_there_is_not_shown(only_tiny_models):
    page = catalogue.selected("char_lm")[0]
    with gr.Blocks(), links.page_of(page.observations()) as linked:
        importlib.import_module("apps.char_lm.page").build()
    assert set(linked.observations) == {"hello"}


@pytest.mark.parametrize(("page", "one"), ALL, ids=lambda value: value.name)
def test_both_languages_give_the_same_numbers_and_examples(page, one):
    assert one.part in PARTS and re.fullmatch("[a-z-]+", one.name) and one.minutes > 0
    for english, korean in ((one.question, one.question_ko), (one.look, one.look_ko), (one.seen, one.seen_ko)):
        assert set(re.findall(r"\d+", english)) == set(re.findall(r"\d+", korean))
        # What an English text says of a Korean example stands in brackets.
        assert set(re.findall("<q>(.*?)</q>", korean)) == set(re.findall("<q>(.*?)</q>", english))
        assert not re.search("[가-힣]", re.sub("<q>.*?</q>", "", english))


def test_the_names_are_different_and_the_sheet_is_written_from_them_for_a_class_of_75_minutes():
    assert len({one.name for _, one in ALL}) == len(ALL)
    assert teaching.SHEET.read_text(encoding="utf-8") == teaching.sheet(PAGES), "run python -m apps.home.teaching"
    minutes = sum(one.minutes for _, one in ALL) + teaching.OPENING + teaching.CLOSING
    assert f"# A class of {minutes} minutes" in teaching.sheet(PAGES) and 50 <= minutes <= 75


@pytest.mark.browser
def test_a_question_is_asked_run_and_answered_on_a_phone(server, open_page):
    """4 s: a link of the teacher's sheet, and then another observation from the page's list."""
    page = open_page(f"{server}sentiment?observation=negation&lang=en", PHONE)
    shown = page.locator(".rnn-observed:visible")
    shown.get_by_text("Will it turn the verdict?").wait_for()
    assert page.locator("#compare-b textarea").input_value() == "This is not a good film."
    assert page.locator(".rnn-outcome:visible").count() == 0 and page.locator(".rnn-change").count() == 0
    shown.get_by_role("button", name="I have a prediction").click()
    page.locator("#compare-view .rnn-change").wait_for()
    shown.get_by_text("What was to be seen").click()
    shown.get_by_text("pulls it up again").wait_for()
    box = shown.bounding_box()
    assert box["y"] > PHONE["height"] / 2 and box["y"] + box["height"] <= PHONE["height"]
    shown.get_by_role("button", name="Close").click()
    page.locator("#compare-a textarea").fill("something else")
    page.get_by_text("Predict, then press").click()
    page.locator("a[href*='word-order']:visible").click()
    page.wait_for_function("document.querySelector('#compare-a textarea').value.startsWith('연기는')")
    page.locator(".rnn-outcome:visible").get_by_text("Look at").wait_for()
    page.locator("#compare-view").get_by_text("지루하지만").first.wait_for()
