"""English, Korean, or both: the pages, and every kind of result on them, in each of the three.

One visit a page: what it can show is made, and then read in all three languages.
"""

import re
from collections import Counter

import gradio as gr
import pytest

from apps.char_lm import stream
from apps.shared import languages, validation
from tests.support.browser import (
    CAPTIONING,
    DIGITS,
    DRAW,
    ENGLISH,
    KOREAN,
    SENTIMENT,
    SETTLED,
    TRANSLATION,
    VIDEO,
    VQA,
    tab,
)

HANGUL, NUMBER = re.compile("[\uac00-\ud7a3]"), re.compile(r"\d+")
# In Korean, too, these stand in Latin letters: names, units and signs of the field.
TERMS = (
    "RNN|LSTM|GRU|max|relu|nats|log|ln|tanh|softmax|one-hot|[Aa]rgmax|hello|BLEU|CIDEr|MB|CSV|TSV|UTF|PNG|SVG|JPEG|WebP|API|MCP|REINFORCE|CS231n|Flickr8k|"
    "MNIST|sequential|permuted|Mnih|Esc|soft|hard|label|probability|note|Enter|English|En|seed|xh|hh|hy"
)
MODELS = [
    name
    for names in (SENTIMENT, TRANSLATION, CAPTIONING, DIGITS, DRAW, VIDEO, VQA, [ENGLISH, KOREAN])
    for name in names
]
NAMES = "|".join(sorted([*MODELS, *(name.partition("/")[2] for name in MODELS)], key=len, reverse=True))
KNOWN = re.compile(rf"(?<![A-Za-z])({NAMES}|{TERMS})(?![A-Za-z])|P\([a-z] \| [a-z]+\)")

# The pieces of text that can be seen, those of menus and what CSS writes too, each with whether it stands in an element
# of one language. What visitors or models wrote is left out.
APART = ", ".join(
    (
        '[translate="no"], bdi, mark, q, code, textarea, script, style, .rnn-model-card',
        ".file-preview, .rnn-preview th, #steer-at input, #steer-position input, #table-column input",
        ".gallery, .gallery-item, [id$=examples] td, [id$=failures] td",
        "#unroll-cell input, .rnn-text, .rnn-context, .rnn-ticks",
    )
)
SEEN = r"""apart => {
  const seen = [];
  const add = (text, element) => {
    if (!text.trim() || ["common.complete", "Loading"].includes(text)) return; // Gradio's, for a moment
    seen.push([text.trim(), !!element.closest("body [lang]")]);
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.closest(apart)) continue;
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) add(node.data, element);
    if (element.matches("input[role=listbox], input[role=combobox]")) add(element.value, element);
    for (const name of ["aria-label", "placeholder", "title"]) {
      if (element.hasAttribute(name) && !element.matches("td, .rnn-node")) add(element.getAttribute(name), element);
    }
    const before = getComputedStyle(element, "::before").content;
    const [quoted] = before.match(/^"(?:[^"\\]|\\.)*"/) ?? []; // what is read aloud in its place may stand behind it
    if (quoted) add(JSON.parse(quoted), element);
  }
  return seen;
}"""


VISIBLE = "(what => [...document.querySelectorAll(what)].some(element => element.checkVisibility()))"


def seen(page) -> list[tuple[str, bool]]:
    return [(text, marked) for text, marked in page.evaluate(SEEN, APART)]


def still(page):
    """What is seen once it stays the same: Gradio builds a page bit by bit."""
    before = None
    while before != (now := seen(page)):
        before = now
        page.evaluate(SETTLED)
    return now


def choose(page, choice):
    """Without the mouse, which would point at something on its way."""
    page.evaluate("choice => document.querySelector(`#rnn-switches [data-choice=${choice}]`).click()", choice)
    page.evaluate(SETTLED)


def texts(found):
    return [text for text, _ in found]


def numbers(shown):
    return Counter(number for text in shown for number in NUMBER.findall(text))


def check(page):
    """What the page shows now, in all three languages."""
    whole = still(page)
    common = [text for text, marked in whole if not marked and not HANGUL.search(text)]
    assert any(map(HANGUL.search, texts(whole)))
    for language in ("en", "ko"):
        choose(page, language)
        found = texts(seen(page))
        assert set(numbers(texts(whole))) - set(numbers(found)) == set(), language
        assert numbers(common) - numbers(found) == Counter(), language
        foreign = HANGUL.search if language == "en" else is_english
        assert [text for text in found if foreign(text)] == [], language
    choose(page, "both")
    assert seen(page) == whole


def is_english(text):
    """Whether there are English words in a text, other than terms and names of models."""
    return bool(re.search("[A-Za-z]{2}", KNOWN.sub("", text)))


def arrive(open_page, address, ready):
    page = open_page(address)
    page.locator(ready).first.wait_for()
    page.wait_for_function("window.rnnLanguage && document.querySelector('#rnn-switches')")
    return page


def press(page, button, result):
    """Press a button and wait for what it makes."""
    page.locator(button).first.click()
    page.locator(result).first.wait_for()
    page.wait_for_function(
        f"!/processing/.test(document.body.innerText) && !({VISIBLE})('.rnn-waiting, .rnn-writing, .progress-level')"
    )
    page.evaluate(SETTLED)


# The pages -------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_start_page(server, open_page):
    check(arrive(open_page, server, ".rnn-card"))


@pytest.mark.browser
def test_the_unrolled_graph(server, open_page):
    page = arrive(open_page, server + "unroller", "#unroll-graph svg")
    press(page, "#unroll-ten", "#unroll-chart .rnn-x >> text=10")
    for node in ("x-2", "h-2", "y-2", "L-2"):
        page.locator(f"[data-node='{node}']").evaluate(
            "node => node.dispatchEvent(new Event('click', {bubbles: true}))"
        )
        check(page)
    page.locator("[data-shows='cell.kernel']").evaluate("node => node.click()")
    page.locator(".rnn-numbers summary").evaluate("node => node.click()")
    check(page)


@pytest.mark.browser
def test_the_character_models(server, open_page):
    page = arrive(open_page, server + "char_lm", "#write-start")
    page.locator("#write-length input[type=number]").fill("20")
    page.get_by_label(stream.FULL_SPEED).check()
    page.locator("#write-prompt textarea").fill("오\u00e9")
    press(page, "#write-start", "#write-status b")
    check(page)
    tab(page, "Surprise")
    page.locator("#surprise-text textarea").fill("é no · 아니")
    press(page, "#surprise-start", "#surprise-summary table")
    check(page)


@pytest.mark.browser
def test_sentiment(server, open_page):
    page = arrive(open_page, server + "sentiment", "#review-start")
    page.locator("#review-text textarea").fill("12345 !!")  # about which it can only guess
    press(page, "#review-start", "#review-verdict .rnn-hints")
    check(page)
    press(page, "#review-failures button", ".rnn-expected")
    page.locator("#review-words .rnn-words").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("All numbers").click()
    page.evaluate(SETTLED)
    check(page)
    tab(page, "Compare")
    press(page, "#compare-start", ".rnn-change")
    check(page)
    tab(page, "Table")
    press(page, "#table-example", "#table-summary b")
    press(page, "#table-start", "#table-preview table")
    check(page)


@pytest.mark.browser
def test_translation(server, open_page):
    page = arrive(open_page, server + "translation", "#translate-start")
    press(page, "#translate-start", ".rnn-beam")
    page.locator("#translate-reasons .rnn-target > div").focus()
    check(page)
    tab(page, "Steer")
    press(page, "#steer-start", "#steer-before .rnn-align")
    press(page, "#steer-turn", "#steer-after .rnn-align")
    check(page)
    tab(page, "Without")
    press(page, "#without-start", "#without-view .rnn-align")
    check(page)
    tab(page, "Hard")
    check(page)
    tab(page, "Digits")
    press(page, "#digits-start", "#digits-view .rnn-align")
    check(page)


@pytest.mark.browser
def test_captioning(server, open_page):
    page = arrive(open_page, server + "captioning", "#describe-start")
    press(page, "#describe-start", "#describe-save")
    page.get_by_text("More settings").click()
    page.evaluate(SETTLED)
    check(page)
    tab(page, "Steer")
    press(page, "#steer-start", "#steer-before .rnn-overlay")
    press(page, "#steer-before .rnn-grid button", "#steer-after .rnn-overlay")
    check(page)
    tab(page, "Soft")
    press(page, "#attentions-start", "#attentions-view .rnn-overlay >> nth=1")
    check(page)
    tab(page, "Four")
    press(page, "#injections-start", "#injections-view .rnn-figures >> nth=1")
    check(page)
    tab(page, "Gallery")
    check(page)


@pytest.mark.browser
def test_digits(server, open_page):
    page = arrive(open_page, server + "digits", "#digit-board [data-ready]")
    press(page, "#digit-board [data-example=four]", "#read-figures .rnn-panel")
    check(page)
    tab(page, "Glimpses")
    press(page, "#look-start", "#look-shown .rnn-look")
    check(page)
    tab(page, "Shift")
    press(page, "#harder-start", "#harder-shown .rnn-first >> nth=4")
    check(page)


@pytest.mark.browser
def test_gradients(server, open_page):
    page = arrive(open_page, server + "gradients", "#flow-figure .rnn-chart")
    check(page)
    tab(page, "Clipping")
    page.locator("#clip-figure .rnn-chart").first.wait_for()
    check(page)
    tab(page, "Race")
    page.locator("#race-steps input[type=number]").fill("50")
    press(page, "#race-start", "#race-shown .rnn-outcomes")
    check(page)


@pytest.mark.browser
def test_errors_and_menus_and_the_first_example_are_in_the_chosen_language(server, open_page):
    page = arrive(open_page, server, ".rnn-card")
    for choice, example, said in (("en", "[A-Za-z]", "There is no text"), ("ko", "[가-힣]", "글이 비어 있습니다")):
        choose(page, choice)
        page.goto(f"{server}sentiment")
        page.locator("#review-start").wait_for()
        page.wait_for_function(f"/{example}/.test(document.querySelector('#review-text textarea')?.value)")
        page.wait_for_function("text => document.querySelector('#review-model input').value === text", arg=MENU[choice])
        page.locator("#review-text textarea").fill("")
        page.locator("#review-start").click()
        page.locator(".rnn-error").get_by_text(said).wait_for()
        told = page.locator(".rnn-error").inner_text()
        assert HANGUL.search(told) is None if choice == "en" else not is_english(told)
        tab(page, "Compare" if choice == "en" else "비교")
        page.wait_for_function(f"/{example}/.test(document.querySelector('#compare-b textarea')?.value)")


MENU = {"en": "auto", "ko": "자동"}


# The helper ------------------------------------------------------------------------------------------


def test_the_two_languages_are_elements_and_the_values_stand_outside():
    shown = f"{languages.both('score', '점수')} <b>1.5</b>"
    assert re.sub("<[^>]*>", "", shown) == "score · 점수 1.5"
    for language, other in (("en", "점수"), ("ko", "score")):
        left = re.sub(rf'<span lang="{"ko" if language == "en" else "en"}">[^<]*</span>', "", shown)
        assert other not in left and "<b>1.5</b>" in left


def test_a_label_is_plain_text_and_known_to_the_page():
    made = languages.label("low: safe · 1", "낮음 · 1")
    assert made == "low: safe · 1 · 낮음 · 1" and made in languages.script()
    assert languages.html_of(made) == languages.both("low: safe · 1", "낮음 · 1")
    assert languages.html_of("a name") == "a name"
    languages.label("</script>", "가")
    assert "</script>" not in languages.script()


def test_a_refusal_has_both_and_a_program_gets_the_english_one():
    error = validation.refusal("<b> · one", "하나 · 둘")
    assert error.message == "&lt;b&gt; · one<br>하나 · 둘"
    assert validation.plain(error) == "<b> · one" and validation.plain(gr.Error("alone")) == "alone"
