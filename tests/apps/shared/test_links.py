"""Links that hold the state of a tab: what is read, what is left out and why, and that the browser writes the same."""

import gradio as gr
import pytest

from apps.shared import link_settings, links
from apps.shared.languages import label

PACE = label("Full speed", "최고 속도")


@pytest.fixture(scope="module")
def page():
    """A page of two tabs with a setting of every kind."""
    with gr.Blocks(), links.page_of() as page, gr.Tabs():
        with gr.Tab("Write", id="write"):
            box = gr.Textbox("first")
            box.limit = 10
            links.register(
                gr.Button(elem_id="write-start"),
                text=box,
                model=gr.Dropdown([("One", "m/1"), ("Two", "m/2")], value="m/1"),
                temperature=gr.Slider(0.05, 2.0, 0.8, step=0.05),
                beam=gr.Radio([2, 5], value=2),
                pace=gr.Radio([PACE, "slow"], value="slow"),
                beside=gr.Checkbox(True),
                seed=link_settings.number(gr.Number(0), 0, 2**32 - 1, whole=True),
            )
        with gr.Tab("Steer", id="steer"):
            links.register(text=gr.Textbox("other"))
    return page


def test_a_link_is_read_setting_by_setting(page):
    asked = (
        "?tab=write&text=a+%EA%B0%80%0A%26&model=m/2&temperature=0.35&beam=5&pace=Full+speed&beside=0&seed=4294967295"
    )
    found = links.read(page, f"{asked}&lang=ko&run=1&presenter=1&__theme=dark&utm_source=mail")
    assert found.left_out == [] and found.tab is page.tab("write")
    expected = {"text": "a 가\n&", "model": "m/2", "temperature": 0.35, "beam": 5, "pace": PACE, "beside": False}
    assert found.values == {name: [value] for name, value in expected.items()} | {"seed": [2**32 - 1]}
    assert links.read(page, "?__theme=light") == links.Reading(None, {}, [])
    assert links.read(page, "text=b").tab is page.tabs[0]  # without a tab the first


@pytest.mark.parametrize(
    ("asked", "english", "korean"),
    [
        ("model=m/3", "expected one of m/1, m/2", "m/1, m/2"),
        ("temperature=2.1", "from 0.05 to 2", "0.05부터 2까지"),
        ("temperature=nan", "from 0.05 to 2", "수여야"),
        ("temperature=1e0", "from 0.05 to 2", "수여야"),
        ("temperature=", "from 0.05 to 2", "수여야"),
        ("seed=0.5", "a whole number", "정수"),
        ("seed=4294967296", "4,294,967,295", "4,294,967,295"),
        ("beam=3", "expected one of 2, 5", "2, 5"),
        ("pace=%EC%B5%9C%EA%B3%A0", "Full speed, slow", "Full speed, slow"),
        ("beside=yes", "expected one of 0, 1", "0, 1"),
        ("text=12345678901", "11 characters, and at most 10 fit", "11자인데 10자"),
        ("lang=de", "en, ko, both", "en, ko, both"),
        ("run=2", "expected one of 1", "1"),
        ("other=1", "this tab knows only: text, model", "이 탭에서 쓸 수 있는 이름"),
        ("seed=1&seed=1", "it stands there twice", "두 번"),
    ],
)
def test_what_is_out_of_its_bounds_is_left_out_in_words_and_the_rest_is_applied(page, asked, english, korean):
    found = links.read(page, f"tab=write&beam=5&{asked}" if "beam" not in asked else f"tab=write&{asked}")
    assert found.tab is page.tab("write")
    (told,) = found.left_out
    assert english in told and korean in told and asked.partition("=")[0] in told
    assert "beam" in asked or found.values["beam"] == [5]


def test_links_that_name_no_tab_of_the_page_or_are_too_long_do_nothing(page):
    for asked, count in (
        ("tab=sing&seed=1", 2),
        ("tab=sing", 1),
        ("text=" + "a" * links.LINK_LIMIT, 1),
        ("&a=1" * 50, 1),
    ):
        found = links.read(page, asked)
        assert found.tab is None and found.values == {} and len(found.left_out) == count


def test_what_a_link_says_is_text(page):
    (told,) = links.read(page, "tab=write&model=%3Cimg+src%3Dx%3E" + "%22" * 100).left_out
    assert "<img" not in told and "&lt;img" in told and told.count("&quot;") < 2 * links.SHOWN


def test_a_setting_without_bounds_or_with_a_name_of_all_links_is_refused():
    with gr.Blocks():
        with pytest.raises(TypeError, match="Number"):
            links.register(size=gr.Number(0))
        with pytest.raises(ValueError, match="run"):
            links.register(run=gr.Checkbox())


# In the browser --------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_link_opens_the_tab_fills_it_in_and_runs_and_copy_link_writes_the_same(server, open_page):
    """5 s: the whole way of a link. On a phone: `tests/apps/test_observations.py`."""
    page = open_page(f"{server}sentiment?tab=compare&a=Good.&b=Bad.&model=sentiment/imdb&colour=loud&lang=ko&run=1")
    page.locator("#compare-view .rnn-change").wait_for()
    assert page.evaluate("rnnLanguage()") == "ko"
    assert set(page.locator("#link-note q").all_inner_texts()) == {"colour=loud"}
    page.locator("#link-note .rnn-close").click()
    page.locator("#link-note .rnn-hints").wait_for(state="detached")
    assert [page.locator(f"#compare-{side} textarea").input_value() for side in "ab"] == ["Good.", "Bad."]
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    page.locator("#compare-b textarea").fill("Bad & 가?")
    page.locator("#compare-link").click()
    page.locator(".rnn-link-said").get_by_text("복사했습니다").wait_for()
    copied = page.evaluate("window.copied")
    expected = "tab=compare&model=sentiment/imdb&a=Good.&b=Bad+%26+%EA%B0%80%3F&colour=evidence&lang=ko"
    assert copied == f"{server}sentiment?{expected}"
    # Without https there is no clipboard for scripts.
    page.evaluate("navigator.clipboard.writeText = async () => { throw 1 }; document.execCommand = () => false")
    page.locator("#compare-link").click()
    page.locator(".rnn-link-said input").wait_for()
    assert page.locator(".rnn-link-said input").input_value() == copied
    page.locator("#compare-a textarea").fill("가" * 700)
    page.locator("#compare-link").click()
    page.locator(".rnn-link-said").get_by_text("글이 길어").wait_for()
    page.goto(copied)
    page.wait_for_function("document.querySelector('#compare-b textarea')?.value === 'Bad & 가?'")
    assert page.locator("#link-note q").count() == 0 and page.locator("#compare-view .rnn-change").count() == 0
