"""The page of video in headless Chromium: a circle drawn with the mouse, a clip on a phone, the keyboard."""

import math
import time

import pytest

from tests.support.app_fixtures import SHIPPED_FINGER
from tests.support.browser import PHONE, fits, tab

PAGE = "video", "#live-board [data-ready]"
TURN = 26  # places of the mouse in one turn, one every thirtieth of a second

pytestmark = [pytest.mark.browser]


def circle(page, turns=2.0):
    """The mouse goes round in the field, clockwise, without being pressed."""
    field = page.locator("#live-board canvas")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    began = time.monotonic()
    for n in range(int(turns * TURN)):
        angle = 2 * math.pi * n / TURN
        across, down = 0.1 * math.cos(angle), 0.1 * math.sin(angle)
        page.mouse.move(box["x"] + (0.5 + across) * box["width"], box["y"] + 0.5 * box["height"] + down * box["width"])
        page.wait_for_timeout(max(0.0, 1000 * (began + (n + 1) / 30 - time.monotonic())))


def share(page, strip, label):
    """How much of what a strip shows has a label's colour."""
    script = """([strip, kind]) => {
        const runs = [...document.querySelectorAll(`[data-past=${strip}] li`)].filter((run) => run.className);
        const frames = (some) => some.reduce((sum, run) => sum + Number(run.style.flexGrow), 0);
        return frames(runs.filter((run) => run.className === kind)) / frames(runs);
    }"""
    return page.evaluate(script, [strip, f"rnn-k{label}"])


@pytest.mark.skipif(not SHIPPED_FINGER.is_dir(), reason="the shipped model of the fingertip is not in pretrained/")
def test_a_circle_drawn_clockwise_with_the_mouse_is_called_clockwise(visit):
    """8 s: two turns to load the model, three that count, and one movement of the page's own."""
    page = visit()
    page.evaluate("localStorage.setItem('rnn-language', 'en')")
    requests = []
    page.on("request", lambda asked: requests.append(time.monotonic()) if "/queue/join" in asked.url else None)
    circle(page)
    page.wait_for_function("document.querySelector('[data-past=causal] li:nth-child(2)')")
    page.locator("[data-do=clear]").click()
    requests.clear()
    circle(page, 3)
    answer = page.locator(".rnn-live-answer")
    assert "clockwise" in answer.inner_text() and "counter" not in answer.inner_text()
    # On a machine with other work the mouse moves by jerks: some frames are called still, or moving.
    clockwise, counter = share(page, "causal", 1), share(page, "causal", 2)
    assert clockwise > 0.5 and clockwise > 3 * counter
    assert len(requests) < 5 * (requests[-1] - requests[0]) + 2  # a few a second, one after the other

    # The page's own movement, the other way round: what is shown is that of the gesture alone.
    page.get_by_role("radio", name="A circle, counter-clockwise").check()
    page.locator("#live-start").click()
    page.wait_for_function("document.querySelector('.rnn-live-answer').dataset.label === 'counter_clockwise'")
    page.wait_for_function("document.querySelectorAll('[data-past=causal] .rnn-k2').length > 0")
    with page.expect_download() as saved:
        page.locator("[data-do=save]").click()
    assert saved.value.path().read_text(encoding="utf-8").startswith("second,x,y\n0.0000,0.58")


def test_a_phone_plays_a_clip_of_a_link_and_the_keyboard_moves_the_point(server, open_page):
    page = open_page(f"{server}video?tab=clips&clip=finger-clockwise&change=reversed&run=1", PHONE, has_touch=True)
    page.locator("#clip-shown tr[data-network=helped]").wait_for()
    strip = page.locator("#clip-shown tr[data-network=causal] .rnn-runs")
    box = strip.bounding_box()
    strip.tap(position={"x": 0.5 * box["width"], "y": 5})
    page.wait_for_function("Math.abs(document.querySelector('#clip-shown .rnn-clip').dataset.at - 47) < 2")
    truth = page.locator("#clip-shown tr[data-network=truth] .rnn-now")
    assert "counter-clockwise" in truth.inner_text()
    page.locator("#clip-shown .rnn-play").click()
    page.wait_for_function("document.querySelector('#clip-shown .rnn-clip').dataset.at > 50")
    assert page.locator("[data-name=finger-clockwise]").get_attribute("aria-pressed") == "true"
    fits(page)
    tab(page, "Live")
    page.locator("#live-board canvas").focus()
    page.keyboard.down("ArrowRight")
    page.wait_for_function("document.querySelector('.rnn-live-answer i')")
    page.keyboard.up("ArrowRight")
    fits(page)
