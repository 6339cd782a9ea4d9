"""From the press of a button to its result, in headless Chromium: on every page, as wide as a laptop and as a phone."""

import gradio as gr
import pytest

from apps.char_lm import stream
from apps.shared import run, validation
from tests.support.browser import DESKTOP, PHONE, tab

WIDTHS = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["laptop", "phone"])
pytestmark = pytest.mark.usefixtures("only_tiny_models")

# Presses by a script, and remembers what the button and the result looked like until the run ended.
PRESS = """([start, output]) => {
    const button = document.getElementById(start), shown = document.getElementById(output);
    window.seen = { busy: false, says: "", stop: false, old: false };
    const note = () => {
        if (!button.matches(".rnn-busy[aria-disabled=true]")) return;
        Object.assign(window.seen, { busy: true, says: button.innerText });
        window.seen.old ||= shown.matches(".rnn-old");
        window.seen.stop ||= document.querySelectorAll(".rnn-stop.rnn-on").length === 1;
    };
    const watcher = new MutationObserver(note);
    for (const one of document.querySelectorAll(".rnn-result, .rnn-stop, #" + start)) {
        watcher.observe(one, { attributes: true, childList: true });
    }
}"""


def arrive(open_page, address, name, viewport):
    page = open_page(f"{address}{name}", viewport=viewport)
    page.locator(".rnn-stop").first.wait_for()
    return page


def settle(page, start):
    page.locator(f"#{start}:not(.rnn-busy)").wait_for()


def pressed(page, start, output, key=""):
    """Press a button, or a key in the field that has the focus; gives what was seen until the result was there."""
    page.evaluate(PRESS, [start, output])
    page.keyboard.press(key) if key else page.locator(f"#{start}").click()
    page.wait_for_function("window.seen.busy")
    settle(page, start)
    return page.evaluate("window.seen")


def error(page):
    """The only error, which is no toast; gives its text."""
    found = page.locator(".rnn-error[role=alert]")
    found.wait_for()
    page.locator(".toast-body").wait_for(state="detached")
    assert found.count() == 1 and found.locator("[lang=en]").count() == found.locator("[lang=ko]").count() == 1
    return found.inner_text()


def in_view(page, output):
    page.wait_for_function(
        """id => {
            const { top, bottom } = document.getElementById(id).getBoundingClientRect();
            return top >= 0 && (top < innerHeight * 0.6 || bottom <= innerHeight);
        }""",
        arg=output,
    )


def open_tab(page, name):
    """Open a tab; on a phone Gradio may have put it into a menu."""
    size = page.viewport_size
    page.set_viewport_size(DESKTOP)
    tab(page, name)
    page.set_viewport_size(size)


def beside(page, field):
    return page.evaluate("id => document.querySelector('.rnn-error').previousElementSibling.id === id", field)


@pytest.mark.browser
@WIDTHS
def test_character_models(server, open_page, viewport):
    page = arrive(open_page, server, "char_lm", viewport)
    prompt, start, stop = page.locator("#write-prompt textarea"), page.locator("#write-start"), "#write-stop"
    page.locator("#write-length input[type=number]").fill("2000")
    start.click()
    page.wait_for_function("document.querySelector('#write-sampled .rnn-text').dataset.count > 10")
    in_view(page, "write-sampled")
    assert "Writing" in start.inner_text() and "쓰는 중" in start.inner_text()
    asked = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => /queue.join/.test(name)).length"
    )
    page.evaluate("document.querySelector('#write-start').click()")  # a second press
    if viewport == PHONE:  # the buttons are out of sight, and Stop is not
        stop = "#rnn-running button"
    page.locator(stop).click()
    page.locator("#write-start:not(.rnn-busy)").wait_for(timeout=1000)
    page.locator(".rnn-notice").get_by_text("멈췄습니다").wait_for()
    count = page.locator("#write-sampled .rnn-text").get_attribute("data-count")
    assert page.locator("#rnn-running, #write-stop.rnn-on").count() == 0 and 10 < int(count) < 2000
    again = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => /queue.join/.test(name)).length"
    )
    assert again == asked
    prompt.fill("x" * 1001)
    page.locator("#write-sampled.rnn-old").wait_for()
    prompt.press("Control+Enter")
    assert "1,001 characters" in error(page) and beside(page, "write-prompt")
    assert prompt.get_attribute("aria-invalid") == "true"
    prompt.fill("ab")
    assert page.locator(".rnn-error, [aria-invalid]").count() == 0  # gone with the next action
    page.locator("#write-length input[type=number]").fill("20")
    page.get_by_label(stream.FULL_SPEED).check()
    prompt.press("Shift+Enter")
    page.locator("#write-status b").first.wait_for()
    settle(page, "write-start")
    assert page.locator(".rnn-old").count() == 0 and prompt.input_value() == "ab"
    prompt.fill("abc")
    page.locator("#write-sampled.rnn-old").wait_for()
    prompt.fill("ab")  # as it was
    page.locator("#write-sampled:not(.rnn-old)").wait_for()
    page.get_by_label(stream.READABLE).check()  # which makes no other result
    prompt.fill("")
    page.wait_for_function("document.querySelector('#write-sampled .rnn-text').dataset.count == 0")
    open_tab(page, "Surprise")
    page.locator("#surprise-text textarea").fill("")
    page.locator("#surprise-start").click()
    assert "no text" in error(page) and beside(page, "surprise-text")
    page.locator("#surprise-text textarea").fill("To be")
    seen = pressed(page, "surprise-start", "surprise-summary")
    assert seen["stop"] and "Reading" in seen["says"]
    page.locator("#surprise-summary table").wait_for()
    in_view(page, "surprise-view")


@pytest.mark.browser
@WIDTHS
def test_sentiment(server, open_page, viewport):
    page = arrive(open_page, server, "sentiment", viewport)
    text = page.locator("#review-text textarea")
    text.fill("so good")
    text.press("Control+Enter")
    page.locator("#review-words .rnn-word").first.wait_for()
    settle(page, "review-start")
    in_view(page, "review-verdict")
    text.fill("so bad")
    text.focus()
    seen = pressed(page, "review-start", "review-words", "Shift+Enter")
    assert seen["old"] and seen["stop"] and "읽는 중" in seen["says"]
    assert page.locator(".rnn-old, .rnn-changed-note").count() == 0
    text.fill("so bad!")
    page.locator("#review-words.rnn-old").wait_for()
    assert page.locator(".rnn-changed-note").inner_text()
    page.locator("#review-examples button").first.click()
    page.locator("#review-verdict .rnn-expected").wait_for()
    settle(page, "review-start")
    assert page.locator(".rnn-old, .rnn-changed-note").count() == 0  # the example's text is that of the result
    text.fill("")
    page.locator("#review-verdict .rnn-empty").wait_for()
    assert page.locator("#review-words .rnn-word").count() == 0
    page.locator("#review-start").click()
    assert "no text" in error(page) and beside(page, "review-text")
    open_tab(page, "Compare")
    assert page.locator(".rnn-error").count() == 0
    page.locator("#compare-b textarea").fill("")
    page.locator("#compare-start").click()
    assert "no text" in error(page) and beside(page, "compare-b")


@pytest.mark.browser
@WIDTHS
def test_translation(server, open_page, viewport):
    page = arrive(open_page, server, "translation", viewport)
    text = page.locator("#translate-text textarea")
    text.fill("two dogs")
    seen = pressed(page, "translate-start", "translate-reasons", "")
    assert seen["old"] and seen["stop"] and "번역 중" in seen["says"]
    in_view(page, "translate-greedy")
    text.fill("Hi!\n" * 41)
    text.press("Control+Enter")
    assert "41 sentences" in error(page) and beside(page, "translate-text")
    open_tab(page, "Steer")
    assert page.locator("#steer-turn").is_disabled() and page.locator("#steer-at input").is_disabled()
    page.locator("#steer-text textarea").fill("One. Two.")
    page.locator("#steer-start").click()
    told = error(page)
    assert "2 sentences" in told and "<br>" not in told and beside(page, "steer-text")
    page.locator("#steer-text textarea").fill("two dogs")
    page.locator("#steer-start").click()
    page.locator("#steer-turn:not([disabled])").wait_for()
    settle(page, "steer-start")
    in_view(page, "steer-before")
    page.locator("#steer-turn").click()
    page.locator("#steer-after .rnn-map").wait_for()
    settle(page, "steer-turn")
    in_view(page, "steer-after")
    page.locator("#steer-text textarea").fill("two")
    page.locator("#steer-turn[disabled]").wait_for()
    page.wait_for_function("!document.querySelector('.rnn-changed-note')")  # nothing is left that could be old


@pytest.mark.browser
@WIDTHS
def test_captioning(server, open_page, viewport):
    page = arrive(open_page, server, "captioning", viewport)
    page.locator("#picture img").wait_for()
    seen = pressed(page, "describe-start", "describe-figures")
    assert seen["stop"] and "보는 중" in seen["says"]
    in_view(page, "describe-cards")
    page.locator("#describe-beam").get_by_label("3").check()
    page.locator("#describe-cards.rnn-old").wait_for()
    page.locator("#picture button[aria-label='Remove Image']").first.click()
    page.locator("#describe-cards .rnn-empty").wait_for()
    settle(page, "describe-start")
    page.locator("#describe-start").click()
    assert "no picture" in error(page) and beside(page, "picture")


# Without a browser -----------------------------------------------------------------------------------


def refusing(text: str, beam: int) -> None:
    validation.whole_number(beam, 1, 10, "The beam", "빔", "beam")
    raise validation.no_text()


@pytest.mark.parametrize(("beam", "field"), [(99, "the-beam"), (1, "the-text")])
@pytest.mark.parametrize("user", ["app", "api", None])
def test_an_error_says_its_place_to_pages_alone(monkeypatch, beam, field, user):
    request = user and gr.Request(username=None, headers={"x-gradio-user": user})
    monkeypatch.setattr(run.LocalContext, "request", type("Now", (), {"get": staticmethod(lambda _: request)}))
    with pytest.raises(gr.Error) as plain:
        refusing("", beam)
    with gr.Blocks() as demo:
        text, width = gr.Textbox(elem_id="the-text"), gr.Number(elem_id="the-beam")
        start, told = gr.Button(elem_id="x-start"), gr.HTML(elem_id="told")
        run.connect(start, refusing, [text, width], told)
    handler = next(one.fn for one in demo.fns.values() if one.fn is not None)
    with pytest.raises(gr.Error) as error:
        handler("", beam)
    place = f'<i class="rnn-at" title="x-start {field}"></i>' if user == "app" else ""
    assert error.value.message == plain.value.message + place


def test_a_refusal_is_not_wrapped_again():
    with pytest.raises(gr.Error, match="^'There is no text") as error, validation.user_errors():
        raise validation.no_text()
    assert "&" not in error.value.message


def test_progress_is_html_with_numbers():
    assert 'max="2000" value="1000"' in run.progress(1000, 2000, "x") and "1,000 / 2,000" in run.progress(
        1000, 2000, "x"
    )
