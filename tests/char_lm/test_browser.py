"""The character model's page in headless Chromium, as visitors meet it."""

import math
import unicodedata

import numpy as np
import pytest

import rnn_models
from apps.char_lm import stream, surprisal_view
from apps.shared import models
from tests.support.browser import ENGLISH, HOSTILE, KOREAN, MARKUP, PHONE, fits, tab, type_in

PAGE = "char_lm", "#write-start"

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("only_tiny_models")]


def ask(page, prompt, length=60, full_speed=True):
    """Fill in the prompt and the length and press Write."""
    page.locator("#write-prompt textarea").fill(prompt)
    page.locator("#write-length input[type=number]").fill(str(length))
    if full_speed:
        page.get_by_label(stream.FULL_SPEED).check()
    page.locator("#write-start").click()


def written(page, view="write-sampled"):
    return int(page.locator(f"#{view} .rnn-text").get_attribute("data-count"))


def finish(page, length=60):
    page.wait_for_function("n => document.querySelector('#write-status b')?.innerText === n", arg=f"{length:,}")
    page.wait_for_function("n => document.querySelector('#write-sampled .rnn-text').dataset.count == n", arg=length)


def test_it_writes_as_one_watches_and_the_bars_follow_a_finger(visit):
    page = visit()
    page.locator("#write-sampled .rnn-text").evaluate(
        """box => {
            window.seen = new Set();
            const note = () => window.seen.add(+box.dataset.count);
            new MutationObserver(note).observe(box, { attributes: true });
        }"""
    )
    ask(page, "ROMEO:", 60, full_speed=False)
    finish(page)
    assert len(page.evaluate("[...window.seen].filter(count => 0 < count && count < 60)")) >= 5
    view = page.locator("#write-sampled")
    assert view.locator(".rnn-prompt").inner_text() == "ROMEO:"
    assert written(page, "write-greedy") == 60
    view.locator("[data-i='7']").click()
    assert view.locator(".rnn-place").inner_text() == "8 / 60"
    assert view.locator(".rnn-bar").count() in (5, 6) and view.locator(".rnn-chosen").count() == 1
    page.keyboard.press("ArrowRight")
    assert view.locator(".rnn-place").inner_text() == "9 / 60"
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)
    assert view.locator(".rnn-place").inner_text() == "60 / 60"
    view.locator("[data-i='3']").hover()
    assert view.locator(".rnn-place").inner_text() == "4 / 60"
    assert " nats" in view.locator(".rnn-inspected").inner_text()
    drawn = page.locator("#write-status b").nth(1).inner_text()
    page.locator(".rnn-keep-seed").click()
    page.wait_for_function("seed => document.querySelector('#write-seed input').value === seed", arg=drawn)


def settled(page, read, patience=60):
    """What `read()` gives once it has not changed for a second."""
    for _ in range(patience):
        before = read()
        page.wait_for_timeout(1000)
        if read() == before:
            return before
    raise AssertionError(f"still changing after {patience} s: {read()}")


def test_stop_stops(visit):
    page = visit()
    ask(page, "a", 2000, full_speed=False)
    page.wait_for_function("document.querySelector('#write-sampled .rnn-text').dataset.count > 10")
    page.locator("#write-stop").click()
    count = settled(page, lambda: written(page))
    assert 10 < count < 2000
    assert page.locator("#write-status").inner_text().strip() == f"{count:,} / 2,000"
    ask(page, "b", 30)
    finish(page, 30)
    assert page.locator("#write-sampled .rnn-prompt").inner_text() == "b"


def test_examples_and_the_model_card_follow_the_model_and_argmax_can_be_left_out(visit):
    page = visit()
    page.locator("#write-examples").get_by_text("이 영화").click()
    page.wait_for_function("document.querySelector('#write-prompt textarea').value.startsWith('이 영화')")
    page.get_by_text("About this model").click()
    page.locator("#write-card").get_by_text(ENGLISH).wait_for()
    page.locator("#write-model input").click()
    page.get_by_role("option", name="tiny-korean").click()
    page.locator("#write-card").get_by_text(KOREAN).wait_for()
    page.locator("#write-examples").get_by_text("정말").wait_for()
    page.locator("#write-beside input").uncheck()
    page.locator("#write-greedy").wait_for(state="hidden")
    ask(page, "정말 ", 20)
    page.get_by_text("20 symbols").wait_for()
    page.locator("#write-beside input").check()
    page.locator("#write-greedy").wait_for()


def test_korean_is_put_together_from_jamo_each_with_its_bars(visit):
    page = visit()
    page.locator("#write-model input").click()
    page.get_by_role("option", name="tiny-korean").click()
    page.wait_for_function("document.querySelector('#write-prompt textarea').value.startsWith('이 영화')")
    page.get_by_label("Seed · 시드").fill("5")
    ask(page, "이 영화 ", 60)
    page.locator("#write-status b").first.wait_for()
    expected = models.get(KOREAN, "char_lm").generate("이 영화 ", 60, temperature=0.8, seed=5)
    page.wait_for_function(
        "n => document.querySelector('#write-sampled .rnn-text').dataset.count == n", arg=len(expected)
    )
    assert page.locator("#write-sampled .rnn-written").text_content() == expected
    syllable = next(place for place, character in enumerate(expected) if "가" <= character <= "힣")
    page.locator(f"#write-sampled [data-i='{syllable}']").click()
    parts = len(unicodedata.normalize("NFD", expected[syllable]))
    assert page.locator("#write-sampled .rnn-bars").count() == parts


def test_markup_is_text_everywhere(visit):
    page = visit()
    ask(page, MARKUP, 30)
    finish(page, 30)
    assert page.locator("#write-sampled .rnn-prompt").inner_text() == MARKUP
    tab(page, "Surprise")
    page.locator("#surprise-text textarea").fill(MARKUP + "é")
    page.locator("#surprise-start").click()
    page.locator("#surprise-summary table").wait_for()
    page.wait_for_function("document.querySelector('#surprise-view .rnn-text').dataset.count > 0")
    assert page.locator("#surprise-view .rnn-written").inner_text() == MARKUP + "é"
    assert page.evaluate("window.hacked") is None
    assert page.locator("#surprise-summary img, #surprise-view img, #write-sampled img").count() == 0


def test_a_prompt_that_is_too_long_gets_a_clear_message(visit):
    page = visit()
    for length, count in ((30, 1_001), (31, 150_000)):
        ask(page, "x" * count, 30)
        message = page.locator(".rnn-error")
        message.wait_for()
        assert f"{count:,}" in message.inner_text() and "1,000" in message.inner_text()
        assert "시작 글" in message.inner_text() and "<br>" not in message.inner_text()
        ask(page, "x", length)
        finish(page, length)


def test_hostile_prompts_are_written_from(visit):
    page = visit()
    page.get_by_label(stream.FULL_SPEED).check()
    for length, prompt in enumerate((text for text in HOSTILE if text != MARKUP), 20):
        type_in(page.locator("#write-prompt textarea"), prompt)
        page.locator("#write-length input[type=number]").fill(str(length))
        page.locator("#write-start").click()
        finish(page, length)


def test_surprise_has_colours_numbers_and_a_table(visit):
    page = visit()
    tab(page, "Surprise")
    text = "Shall I compare thee?\nNo."
    page.locator("#surprise-text textarea").fill(text)
    page.locator("#surprise-start").click()
    page.locator("#surprise-summary table").wait_for()
    nats = models.get(ENGLISH, "char_lm").score(text)
    tiles = page.locator(".rnn-means b").all_inner_texts()
    mean = float(nats.mean(dtype=float))
    expected = [mean, mean / math.log(2), math.exp(mean)]
    np.testing.assert_allclose([float(tile) for tile in tiles], expected, rtol=2e-3)
    view = page.locator("#surprise-view")
    worst = int(nats.argmax())
    assert view.locator(".rnn-place").inner_text() == f"{worst + 1} / {len(text)}"
    view.locator("[data-i='4']").click()
    assert f"{nats[4]:.2f} nats" in view.locator(".rnn-inspected").inner_text()
    heat = float(view.locator("[data-i='4']").evaluate("node => node.style.getPropertyValue('--heat')"))
    assert heat == pytest.approx(min(nats[4] / 8, 1), abs=0.006)
    assert page.locator(".rnn-surprises tbody tr").count() == surprisal_view.LISTED

    page.locator("#surprise-adapt input").check()
    page.locator("#surprise-start").click()
    learning = page.locator("#surprise-learning")
    learning.locator(".rnn-outcomes").first.wait_for()
    adapted = float(models.get(ENGLISH, "char_lm").score(text, adapt=rnn_models.Adaptation()).mean(dtype=float))
    assert learning.locator("tr:has-text('learning') td").first.inner_text() == f"{adapted:.3f}"
    assert learning.locator("polyline").count() == 2


def test_a_phone_shows_all_without_scrolling_sideways(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    ask(page, "W" * 200 + "<" * 100, 300)
    finish(page, 300)
    page.locator("#write-sampled [data-i='5']").tap()
    assert page.locator("#write-sampled .rnn-place").inner_text() == "6 / 300"
    for name in ("Write", "Surprise"):
        tab(page, name)
        if name == "Surprise":
            page.locator("#surprise-text textarea").fill("W" * 400)
            page.locator("#surprise-start").click()
            page.locator("#surprise-summary table").wait_for()
        fits(page)


def test_two_visitors_at_once_see_only_their_own(visit):
    first, second = visit(), visit()
    ask(first, "Alice:", 120, full_speed=False)
    ask(second, "Bob:", 120, full_speed=False)
    for page, prompt in ((first, "Alice:"), (second, "Bob:")):
        page.wait_for_function("document.querySelector('#write-sampled .rnn-text').dataset.count > 20")
        assert page.locator("#write-sampled .rnn-prompt").inner_text() == prompt
    finish(first, 120)
    finish(second, 120)


def test_a_press_chooses_the_model_that_reads_the_text(visit):
    page = visit(viewport=PHONE)
    ask(page, "정말 영화", 5)
    finish(page, 5)
    page.locator("#write-status .rnn-choice").click()
    page.wait_for_function("name => document.querySelector('#write-model input').value === name", arg="tiny-korean")
    assert page.locator("#write-prompt textarea").input_value() == "정말 영화"  # it is the visitor's own
    fits(page)
