"""The sentiment page in headless Chromium, as visitors meet it."""

import csv
import io
import re
from pathlib import Path

import pytest

from apps.sentiment import inference
from tests.support.browser import HOSTILE, MARKUP, PHONE, fits, pick, tab, type_in

PAGE = "sentiment", "#review-start"

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("only_tiny_models")]

KOREAN, ENGLISH, STARS = "sentiment/nsmc", "sentiment/imdb", "sentiment/stars"
TEXT = "정말 재미있는 영화였다 별로"


def review(page, text):
    """Have a text read; wait until its words are there."""
    page.locator("#review-text textarea").fill(text)
    page.locator("#review-start").click()
    shown(page, "review-words", text)


def shown(page, where, text):
    page.wait_for_function(
        """([where, words]) => {
            const found = [...document.querySelectorAll(`#${where} .rnn-word bdi`)].map(node => node.textContent);
            return found.join(" ") === words;
        }""",
        arg=[where, " ".join(text.split())],
    )


def message(page):
    page.locator(".rnn-error").wait_for()
    return page.locator(".rnn-error").inner_text()


def test_a_review_has_its_verdict_and_every_word_its_numbers(visit):
    page = visit()
    review(page, TEXT)
    answer = inference.explain(TEXT, KOREAN)
    card = page.locator("#review-verdict")
    assert answer["label"] in card.locator(".rnn-answer b").inner_text()
    assert card.locator(".rnn-answer strong").inner_text() == f"{100 * answer['probability']:.1f} %"
    words = page.locator("#review-words")
    for n, word in enumerate(answer["words"]):
        evidence = word["evidence"]["positive"] - word["evidence"]["negative"]
        number = words.locator(f".rnn-word[data-i='{n}'] i.rnn-evidence").inner_text().replace("−", "-")
        assert float(number) == pytest.approx(evidence, abs=0.0052)
    assert words.locator("polyline").count() == 1 and words.locator("rect").count() == len(answer["words"])


def test_words_line_and_heat_map_are_linked(visit):
    page = visit()
    review(page, TEXT)
    words = page.locator("#review-words")
    assert "Point at a word" in words.locator(".rnn-pointed").evaluate(
        "node => getComputedStyle(node, '::before').content"
    )
    words.locator(".rnn-word[data-i='2']").hover()
    assert words.locator("rect.rnn-on").get_attribute("data-i") == "2"
    pointed = words.locator(".rnn-pointed").inner_text()
    assert "영화였다" in pointed and "evidence" in pointed and "attention" in pointed and "%p" in pointed
    cursor = words.locator(".rnn-cursor")
    spans = [len(word) + (n > 0) for n, word in enumerate(TEXT.split())]
    assert float(cursor.evaluate("node => parseFloat(node.style.left)")) == pytest.approx(
        100 * sum(spans[:2]) / sum(spans), abs=0.1
    )
    words.locator(".rnn-words").focus()
    page.keyboard.press("ArrowRight")
    assert "별로" in words.locator(".rnn-pointed").inner_text()
    page.keyboard.press("Escape")
    assert words.locator(".rnn-on").count() == 0 and cursor.is_hidden()
    words.locator("canvas").hover(position={"x": 3, "y": 3})
    assert re.search(r"유닛 [→←]\d+: [+−]?\d\.\d\d", words.locator(".rnn-pointed").inner_text())
    assert words.locator("rect.rnn-on").get_attribute("data-i") == "0"
    painted = words.locator("canvas").evaluate(
        """box => {
            const { data } = box.getContext("2d").getImageData(0, 0, box.width, box.height);
            return data.filter((value, place) => place % 4 === 3 && value).length;
        }"""
    )
    assert painted > 100


def test_the_visitor_picks_what_colours_the_words(visit):
    page = visit()
    review(page, TEXT)
    word = page.locator("#review-words .rnn-word").first
    colours = {}
    for label, name in (("Attention", "attention"), ("Removal", "removal"), ("Evidence", "evidence")):
        page.locator("#review-colour").get_by_label(label).check()
        word.locator(f"i.rnn-{name}").wait_for()
        visible = [kind for kind in ("evidence", "attention", "removal") if word.locator(f"i.rnn-{kind}").is_visible()]
        assert visible == [name]
        meaning = page.locator("#review-words .rnn-meaning")
        assert [meaning.nth(n).is_visible() for n in range(3)].count(True) == 1
        colours[name] = word.evaluate("node => getComputedStyle(node).backgroundColor")
    assert len(set(colours.values())) >= 2
    page.locator("#review-colour").get_by_label("Attention").check()
    review(page, "별로 좋았다")
    assert page.locator("#review-words i.rnn-attention").first.is_visible()  # the choice stays


def test_examples_are_read_at_a_click_and_the_numbers_are_in_a_table(visit):
    page = visit()
    page.locator("#review-examples").get_by_text("acting").click()
    page.locator("#review-verdict").get_by_text("imdb").wait_for()
    page.wait_for_function("document.querySelector('#review-verdict').getBoundingClientRect().top >= 0")
    assert page.locator("#review-text textarea").input_value().startswith("The acting")
    assert page.locator("#review-verdict .rnn-expected").count() == 1
    page.get_by_text("All numbers").click()
    page.locator("#review-numbers tbody tr").first.wait_for()
    assert page.locator("#review-numbers tbody tr").count() == page.locator("#review-words .rnn-word").count()
    page.get_by_text("About the models").click()
    page.locator("#review-card").get_by_text("Untrained").first.wait_for()
    pick(page, "review-model", "stars")
    page.locator("#review-card").get_by_text("stars").wait_for()
    review(page, "so good")
    assert page.locator("#review-verdict .rnn-bar").count() == 3
    assert page.locator("#review-words polyline").count() == 3
    assert "<b>bad</b>" in page.locator("#review-verdict .rnn-bars").inner_text()


def test_a_guess_is_called_a_guess(visit):
    page = visit()
    pick(page, "review-model", "nsmc")
    review(page, "What a film")
    assert "not Korean" in page.locator("#review-verdict .rnn-hints").inner_text()
    review(page, "정말 영화")
    assert page.locator("#review-verdict .rnn-hints").count() == 0


def test_two_versions_stand_side_by_side(visit):
    page = visit()
    tab(page, "Compare")
    page.locator("#compare-a textarea").fill("정말 재미있는 영화")
    page.locator("#compare-copy").click()
    page.wait_for_function("document.querySelector('#compare-b textarea').value === '정말 재미있는 영화'")
    page.locator("#compare-b textarea").fill("정말 지루한 영화")
    page.locator("#compare-start").click()
    shown(page, "compare-view", "정말 재미있는 영화 정말 지루한 영화")
    assert page.locator("#compare-view .rnn-changed bdi").all_inner_texts() == ["재미있는", "지루한"]
    answer = inference.compare("정말 재미있는 영화", "정말 지루한 영화", KOREAN)
    strong = page.locator("#compare-view .rnn-verdict strong").all_inner_texts()
    assert strong == [f"{100 * answer[side]['probability']:.1f} %" for side in "ab"]
    change = page.locator("#compare-view .rnn-change strong").inner_text().replace("−", "-")
    assert float(change) == pytest.approx(100 * answer["change"]["positive"], abs=0.06)
    page.locator("#compare-view .rnn-changed").last.hover()
    assert "지루한" in page.locator("#compare-view .rnn-pointed").last.inner_text()
    assert page.locator("#compare-view .rnn-pointed").first.inner_text() == ""
    page.locator("#compare-examples").get_by_text("I hated every minute of it.").click()
    page.locator("#compare-view").get_by_text("hated").first.wait_for()


def test_markup_is_text_everywhere(visit, tmp_path):
    page = visit()
    review(page, MARKUP)
    tab(page, "Compare")
    page.locator("#compare-a textarea").fill(MARKUP)
    page.locator("#compare-b textarea").fill("ok")
    page.locator("#compare-start").click()
    shown(page, "compare-view", MARKUP + " ok")
    tab(page, "Table")
    path = tmp_path / "<img src=x>.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", MARKUP], [MARKUP, "=1"]])
    page.locator("#table-file input[type=file]").set_input_files(path)
    page.locator("#table-summary b").first.wait_for()
    page.locator("#table-start").click()
    page.locator("#table-preview table").wait_for()
    assert MARKUP in page.locator("#table-preview td").first.inner_text()
    assert page.evaluate("window.hacked") is None
    found = "#review-verdict img, #review-words img, #compare-view img, #table-preview img, #table-summary img"
    assert page.locator(found).count() == 0


def test_no_text_or_too_much_gets_a_clear_message(visit):
    page = visit()
    for n, text in enumerate(["", " \n ", "x" * 5001, "x" * 150_000]):
        page.locator("#review-text textarea").fill(text)
        page.locator("#review-start").click()
        told = message(page)
        assert "글" in told and "<br>" not in told
        assert f"{len(text):,}" in told and "5,000" in told if text.strip() else "no text yet" in told
        review(page, f"{TEXT} {n}")


def test_hostile_texts_are_read(visit):
    page = visit()
    for text in HOSTILE:
        if text in ("", MARKUP):
            continue
        page.evaluate("document.querySelector('#review-words canvas')?.classList.add('of-the-text-before')")
        type_in(page.locator("#review-text textarea"), text)
        page.locator("#review-start").click()
        page.locator("#review-words canvas:not(.of-the-text-before)").wait_for()
        page.locator("#review-verdict .rnn-answer").wait_for()


def test_a_table_goes_up_and_comes_down_labelled(visit, tmp_path):
    page = visit()
    tab(page, "Table")
    rows = [["id", "내용", "memo"], ["1", "정말 재미있는 영화", "=1+1"], ["2", "", "-5"], ["3", "so good", 'a "b", c']]
    path = tmp_path / "평.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    page.locator("#table-file input[type=file]").set_input_files(path)
    page.wait_for_function("document.querySelector('#table-column input').value === '내용'")
    page.locator("#table-start").click()
    page.locator("#table-preview table").wait_for()
    with page.expect_download() as download:
        page.locator("#table-result a").first.click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and "-sentiment.csv" in download.value.suggested_filename
    back = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert back[0] == [*rows[0], "label", "probability", "note"]
    assert [row[:3] for row in back[1:]] == [["1", rows[1][1], "'=1+1"], rows[2], rows[3]]
    assert [row[3] for row in back[1:]] == [
        inference.classify("정말 재미있는 영화")["label"],
        "",
        inference.classify("so good")["label"],
    ]
    assert page.locator("#table-preview tbody tr").count() == 3
    assert "작은따옴표" in page.locator("#table-summary").inner_text()


def test_a_broken_table_is_refused_by_its_row_and_the_example_works(visit, tmp_path):
    page = visit()
    tab(page, "Table")
    path = tmp_path / "broken.csv"
    path.write_text("id,text\n1,a\n2,b,c\n", encoding="utf-8")
    page.locator("#table-file input[type=file]").set_input_files(path)
    told = message(page)
    assert "Row 3 (line 3) has 3 cells" in told and "3칸" in told
    page.locator("#table-example").click()
    page.wait_for_function("document.querySelector('#table-column input').value === 'review'")
    page.locator("#table-start").click()
    page.locator("#table-preview table").wait_for()
    assert page.locator("#table-preview tbody tr").count() == 7


def test_stop_stops_a_table(visit, tmp_path):
    page = visit()
    tab(page, "Table")
    path = tmp_path / "long.csv"
    path.write_text("text\n" + "정말 재미있는 영화였다 별로 지루하고\n" * 19_000, encoding="utf-8")
    page.locator("#table-file input[type=file]").set_input_files(path)
    page.get_by_text("19,000").wait_for()
    page.locator("#table-start").click()
    page.locator("#table-summary progress").wait_for()
    page.locator("#table-stop").click()
    page.locator(".rnn-notice").get_by_text("Stopped").wait_for()
    page.wait_for_timeout(2000)
    assert page.locator("#table-preview table").count() == 0 and page.locator("#table-result a").count() == 0
    page.locator("#table-example").click()
    page.wait_for_function("document.querySelector('#table-column input').value === 'review'")
    page.locator("#table-start").click()
    page.locator("#table-preview table").wait_for()


def test_a_phone_shows_all_without_scrolling_sideways(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    long = "W" * 42 + " " + "재" * 18  # as much as the tiny model reads
    review(page, long)
    page.locator("#review-words .rnn-word").first.tap()
    assert "evidence" in page.locator("#review-words .rnn-pointed").inner_text()
    page.get_by_text("All numbers").click()
    page.locator("#review-numbers tbody tr").first.wait_for()
    fits(page)
    tab(page, "Compare")
    page.locator("#compare-a textarea").fill(long)
    page.locator("#compare-b textarea").fill(long + " y")
    page.locator("#compare-start").click()
    shown(page, "compare-view", f"{long} {long} y")
    fits(page)
    tab(page, "Table")
    page.locator("#table-example").click()
    page.wait_for_function("document.querySelector('#table-column input').value === 'review'")
    page.locator("#table-start").click()
    page.locator("#table-preview table").wait_for()
    fits(page)


def test_two_visitors_at_once_see_only_their_own(visit):
    first, second = visit(), visit()
    texts = ("정말 재미있는 영화", "What a boring film")
    for page, text in zip((first, second), texts, strict=True):
        page.locator("#review-text textarea").fill(text)
    for page in (first, second):
        page.locator("#review-start").click()
    for page, text in zip((first, second), texts, strict=True):
        shown(page, "review-words", text)
        answer = inference.classify(text)
        assert answer["model"].removeprefix("sentiment/") in page.locator("#review-verdict").inner_text()
        assert page.locator("#review-verdict .rnn-answer strong").inner_text() == f"{100 * answer['probability']:.1f} %"
        tab(page, "Table")
    first.locator("#table-example").click()
    first.wait_for_function("document.querySelector('#table-column input').value === 'review'")
    first.locator("#table-start").click()
    first.locator("#table-preview table").wait_for()
    assert second.locator("#table-preview table").count() == 0
    assert second.locator("#table-file").get_by_text("reviews.csv").count() == 0
    tab(second, "Compare")
    assert second.locator("#compare-view .rnn-word").count() == 0
