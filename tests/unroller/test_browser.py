"""The page of the unrolled graph in headless Chromium, as visitors meet it."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, fits

PAGE = "unroller", "#unroll-graph svg"
pytestmark = pytest.mark.browser


def test_the_graph_is_looked_at_walked_through_changed_and_trained(visit):
    """8 s: mouse, keys, the walk, a setting, training and its stop."""
    page = visit()
    graph, panel = page.locator("#unroll-graph"), page.locator(".rnn-detail:visible")
    expect(graph).to_contain_text("5.5896")
    graph.locator("[data-node='h-2']").hover()
    expect(panel).to_contain_text("tanh((1.8027, 1.0159, 0.5116)")
    graph.locator("[data-node='h-2']").click()
    page.keyboard.press("ArrowUp")  # the copy of W_hy, between h and y
    expect(panel).to_contain_text("1.1260")
    page.keyboard.press("ArrowUp")
    expect(panel.locator(".rnn-right th")).to_have_text("l")
    graph.get_by_role("button", name="7.289").click()
    expect(panel).to_contain_text("7.2888")

    walk, said = page.locator("#unroll-player"), page.locator("#unroll-player output")
    walk.get_by_role("button", name="To the start").click()
    value = graph.locator("[data-node='x-1'] text.rnn-value").first
    expect(value).to_be_hidden()
    walk.get_by_role("button", name="further").click()
    expect(said).to_have_text("1 / 32")
    expect(value).to_be_visible()
    expect(graph.locator("[data-node='x-1'] text.rnn-gradient").first).to_be_hidden()
    walk.get_by_role("button", name="Show all").click()
    expect(graph.locator("[data-node='x-1'] text.rnn-gradient").first).to_be_visible()
    page.locator("#unroll-start").click()
    expect(said).to_have_text(re.compile("^[2-4] / 32"))

    page.locator("#unroll-markov input").check()
    expect(graph).to_contain_text("9.07")
    page.locator("#unroll-markov input").uncheck()
    expect(graph).to_contain_text("5.5896")
    page.locator("#unroll-one").click()
    expect(page.locator("#unroll-chart .rnn-x span").last).to_have_text("1")
    expect(said).to_be_empty()  # whoever trains sees all of it
    page.locator("#unroll-train").click()
    expect(graph.locator(".rnn-graph")).to_have_attribute("data-trained", re.compile("^[5-9]|[1-9][0-9]"))
    page.locator("#unroll-stop").click()
    expect(page.locator("#unroll-stop")).not_to_have_class(re.compile("rnn-on"))
    page.locator("#unroll-over").click()
    expect(graph.locator(".rnn-graph")).to_have_attribute("data-trained", "0")


def test_an_old_link_leads_here_and_a_wrong_length_is_told_beside_its_field_on_a_phone(visit, server):
    """5 s."""
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(f"{server}char_lm?tab=hello&lang=en")
    page.wait_for_url("**/unroller?lang=en")
    graph = page.locator("#unroll-graph")
    expect(graph).to_contain_text("5.5896")
    graph.locator("[data-node='L-1']").tap()
    expect(page.locator(".rnn-detail:visible")).to_contain_text("2.0785")
    fits(page)
    page.locator("#unroll-writes input, #unroll-writes textarea").fill("el")
    expect(page.locator("#unroll-writes + .rnn-error")).to_contain_text("4 are read")
    page.locator("#unroll-wiring input").click()
    page.get_by_role("option", name="one to many").click()
    expect(graph.locator(".rnn-fed")).to_have_count(3)
    expect(page.locator(".rnn-error")).to_have_count(0)
    fits(page)
