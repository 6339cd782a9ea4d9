"""The start page: the lecture's pictures, the cards with measured scores, the switches for language and light."""

import json
import re

import pytest
from axe_core_python.sync_playwright import Axe

from apps import catalogue
from apps.home import page as home_page
from apps.home.patterns import PATTERNS, drawn
from apps.shared import models
from tests.support.browser import MARKUP, PHONE, SETTLED, plain_pairs

VISITED = ["", *catalogue.NAMES]
HANGUL = re.compile("[\uac00-\ud7a3]")


# The pictures and the cards --------------------------------------------------------------------------


@pytest.mark.parametrize("name", PATTERNS)
def test_a_picture_has_a_box_and_an_arrow_for_everything_that_flows(name):
    pattern, svg = PATTERNS[name], drawn(PATTERNS[name])
    counts = [len(re.findall(f'class="rnn-{kind}"', svg)) for kind in ("input", "hidden", "output", "arrow")]
    reads, writes = len(pattern.reads), len(pattern.writes)
    assert counts == [reads, pattern.steps, writes, reads + writes + pattern.steps - 1]
    assert f'aria-label="{pattern.name}: {pattern.steps} steps' in svg


def test_every_page_is_of_a_kind_that_the_lecture_draws():
    pages = catalogue.pages()
    assert all(set(page.patterns) <= set(PATTERNS) and page.patterns for page in pages)
    shown = home_page.page(pages)
    assert shown.count('class="rnn-card rnn-step"') == len(pages)
    assert all(shown.count(f'href="{page.name}"') == 1 + len(page.patterns) for page in pages)  # its card, its pictures


def test_the_demos_are_a_path_with_the_reason_for_each_step():
    pages = catalogue.pages()
    assert len({page.order for page in pages}) == len(pages)
    for page in pages:
        assert page.why.endswith(".") and not HANGUL.search(page.why) and HANGUL.search(page.why_ko), page.name
    shown = home_page.page(list(reversed(pages)))
    places = [shown.index(page.why.split("’")[0]) for page in sorted(pages, key=lambda page: page.order)]
    assert places == sorted(places)


def bundle(folder, name, scores):
    (folder / name).mkdir(parents=True)
    (folder / name / "config.json").write_text("{}")
    (folder / name / "scores.json").write_text(scores if isinstance(scores, str) else json.dumps(scores))


@pytest.mark.parametrize(
    ("name", "scores", "told"),
    [
        ("char_lm/a", {"validation": {"nats": 1.41774}}, "<b>1.418</b> nats a character · 글자당 내트 ↓ <small>valid"),
        ("sentiment/a", {"test": {"accuracy": 0.87846}, "validation": {"accuracy": 0.9}}, "<b>87.85%</b> right"),
        (
            "translation/a",
            {"target_language": "en", "test": {"bleu": 37.73, "exact": 0.03}},
            "BLEU <b>37.7</b> ↑ <small>",
        ),
        (
            "translation/a",
            {"target_language": "ko", "test": {"bleu": 5, "bleu_char": 19.04}},
            "<b>19.0</b> by characters",
        ),
        ("translation/a", {"source_language": "digits", "test": {"exact": 1.0, "bleu": 0}}, "<b>100.0%</b> exact"),
        ("captioning/a", {"validation": {"correct": 0.994, "cider_d": 5}}, "<b>99.4%</b> fully correct"),
        ("captioning/a", {"validation": {"cider_d": 0.5512}}, "CIDEr-D <b>0.551</b>"),
        ("captioning/a", {}, "not measured"),
        ("captioning/a", {"validation": {"cider_d": MARKUP}}, "not measured"),
        ("captioning/a", "no JSON", "not measured"),
        ("captioning/a", "[]", "not measured"),
    ],
)
def test_a_card_says_what_was_measured(name, scores, told, tmp_path, monkeypatch):
    bundle(tmp_path, name, scores)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    (page,) = catalogue.selected(name.partition("/")[0])
    shown = home_page.scores(page).replace('<span aria-hidden="true">', "").replace("</span> <small>", " <small>")
    assert told in plain_pairs(shown)
    assert ("is better" in shown) == ("not measured" not in told)  # what an arrow means
    assert MARKUP not in home_page.scores(page)


def test_a_card_names_the_first_model_first_and_counts_what_it_leaves_out(tmp_path, monkeypatch):
    for name in ("a", "b", "shakespeare", "z"):
        bundle(tmp_path, f"char_lm/{name}", {"test": {"nats": 2.0}})
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    writing, describing = catalogue.selected("char_lm,captioning")
    assert re.findall('title="char_lm/(.*?)"', home_page.scores(writing)) == ["shakespeare", "a", "b"]
    assert "+ 1<" in home_page.scores(writing) and models.first(writing) == "char_lm/shakespeare"
    assert "No trained model yet" in home_page.scores(describing)


# The switches ----------------------------------------------------------------------------------------


def words(page):
    """All that can be seen on the page, except the switches, what visitors and models wrote, and the examples."""
    return page.evaluate(
        """() => {
          const apart = '[translate="no"], bdi, mark, q, code, textarea, input, .gallery, .gallery-item, footer, label';
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const seen = [];
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            const shown = element.checkVisibility() && !element.closest(apart + ", script, style");
            if (shown && walker.currentNode.data.trim()) seen.push(walker.currentNode.data.trim());
          }
          return seen;
        }"""
    )


def arrive(open_page, address, **options):
    page = open_page(address, **options)
    page.locator("#rnn-switches").wait_for(state="attached")
    page.locator("[role=tab], .rnn-card").first.wait_for()
    seen = None
    while seen != (seen := words(page)) or "Loading..." in seen:  # Gradio builds a page bit by bit
        page.evaluate(SETTLED)
    return page


def choose(page, name):
    page.locator("#rnn-switches").get_by_text(name, exact=True).click()
    page.evaluate(SETTLED)


@pytest.mark.browser
def test_the_choice_goes_along_to_the_next_page_and_into_new_answers(server, open_page):
    page = arrive(open_page, server)
    choose(page, "한국어")
    page.locator(".rnn-card h3 a[href*=sentiment]").click()
    page.wait_for_url("**/sentiment**")
    page.get_by_role("tab", name="비교", exact=True).wait_for()
    assert page.evaluate("document.documentElement.lang") == "ko"
    page.locator("#review-text textarea").fill("정말 재미있다")
    page.locator("#review-start").click()
    page.locator("#review-verdict strong").first.wait_for()
    page.evaluate(SETTLED)
    verdict = page.locator("#review-verdict").inner_text()
    assert ("긍정" in verdict or "부정" in verdict) and "positive" not in verdict and "negative" not in verdict


@pytest.mark.browser
def test_dark_and_light_are_chosen_and_remembered(server, open_page):
    page = arrive(open_page, server)
    dark = "document.body.classList.contains('dark')"
    assert not page.evaluate(dark)
    page.locator("#rnn-switches [data-theme]").click()
    assert page.evaluate(dark)
    page.locator(".rnn-card h3 a").first.click()
    page.get_by_role("tab").first.wait_for()
    page.wait_for_function(dark)


@pytest.mark.browser
def test_the_switches_are_reached_with_the_keyboard(server, open_page):
    page = arrive(open_page, server)
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.choice") == "ko":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.language") == "ko"
    assert page.locator('#rnn-switches [aria-pressed="true"][data-choice]').inner_text() == "한국어"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_start_page_without_scrolling_sideways(server, open_page, scheme):
    page = arrive(open_page, server, viewport=PHONE, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator(".rnn-pattern").first.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("path", VISITED)
def test_axe_finds_no_barrier(server, open_page, path):
    """Neither in light nor in dark."""
    axe, page = Axe(), arrive(open_page, server + path)
    page.wait_for_function("!document.querySelector('.rnn-busy')")  # a page may show its first result by itself
    page.evaluate(SETTLED)
    for dark in (False, True):
        assert page.evaluate("document.body.classList.contains('dark')") is dark
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        barriers = [
            f"{one['id']} ({one['impact']}): {node['html'][:200]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
        assert barriers == [], "\n".join(barriers)
        page.evaluate("document.querySelector('#rnn-switches [data-theme]').click()")
        page.evaluate(SETTLED)
