"""The translation page without a browser: what is shown, what is refused, and the tree of the beam."""

import html
import re

import gradio as gr
import numpy as np
import pytest

from apps.shared import cards, components, models
from apps.translation import PAGE, attention_view, beam_tree, examples, inference, tabs, views
from apps.translation import page as translation_page
from rnn_models import checksums
from rnn_models.decoding.results import Alternative, Lattice
from rnn_models.tasks.translation import Sentence
from tests.support.browser import HOSTILE, MARKUP, TRANSLATION, plain_pairs, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")

KOREAN, PLAIN, GERMAN, DIGITS = TRANSLATION
TEXT = "I lived with my uncle."


def last(stream):
    *_, found = stream
    return found


def tags(page):
    """The names of all tags."""
    return set(re.findall(r"<([a-z0-9]+)[\s>]", page))


# Which models there are ------------------------------------------------------------------------------


def test_models_are_described_without_loading_them(monkeypatch):
    monkeypatch.setattr(models, "_loaded", {})
    assert inference.list_models() == sorted(TRANSLATION)
    assert inference.languages(KOREAN) == ("en", "ko") and inference.has_attention(KOREAN)
    assert not inference.has_attention(PLAIN) and inference.reads_digits(DIGITS)
    assert inference.counterparts(sorted(TRANSLATION)) == {KOREAN: PLAIN}
    assert ("English · 영어 → Korean · 한국어", KOREAN) in inference.choices(sorted(TRANSLATION))
    assert inference.settings("translation/none") == inference.settings("../etc") == {}
    assert models._loaded == {}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (KOREAN, "--dataset en-ko --source en"),
        (GERMAN, "--dataset multi30k --source de"),
        (DIGITS, "--dataset reverse"),
    ],
)
def test_how_to_train_without_attention(name, told):
    command = inference.training_command(name)
    assert told in command and "--attention none" in command and f"pretrained/{name}-no-attention" in command


def test_a_broken_bundle_does_not_break_the_page(tmp_path, monkeypatch):
    folder = tmp_path / "translation" / "broken"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{", encoding="utf-8")
    checksums.write(folder)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    assert components.alone(PAGE) and inference.languages("translation/broken") == ("", "")
    with pytest.raises(gr.Error, match="JSON"):
        last(translation_page.show_translation(TEXT, "translation/broken", 5, 1.0))


def test_without_models_the_page_says_how_to_train_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    assert "python -m training.translation train" in str(components.alone(PAGE).get_config_file()["components"])
    translation_page.warm_up()


# A translation ---------------------------------------------------------------------------------------


def test_the_page_shows_the_librarys_translation():
    loaded = models.get(KOREAN, "translation")
    frames = list(translation_page.show_translation(TEXT, KOREAN, 3, 1.0))
    greedy, found, reasons = frames[-1]
    wanted = loaded.translate(TEXT, beam=3)
    assert html.escape(loaded.translate(TEXT, beam=1).text) in greedy and html.escape(wanted.text) in found
    assert f"{views.number(wanted.search_score, 3)}" in found
    assert wanted.score(1.0) == pytest.approx(wanted.search_score, abs=1e-3)
    weights = re.search('data-weights="(.*?)"', reasons)[1].split(";")
    shown = np.array([row.split(" ") for row in weights], dtype=float) / 1000
    np.testing.assert_allclose(shown, wanted.attention, atol=6e-4)
    assert reasons.count("<td") == wanted.attention.size + 1 and 'class="rnn-tree"' in reasons
    assert "rnn-writing" in frames[0][0] and len(frames) > 2


def test_a_long_text_is_cut_into_sentences():
    text = "Two dogs. " * 12
    reasons = last(translation_page.show_translation(text, KOREAN, 2, 1.0))[2]
    assert reasons.count("<details") == reasons.count("rnn-beam") == views.SHOWN
    assert "4 more sentences" in reasons and reasons.count('<details class="rnn-sentence" open') == 1


def test_a_model_without_attention_says_so():
    reasons = last(translation_page.show_translation(TEXT, PLAIN, 2, 1.0))[2]
    assert "no attention" in reasons and "<table" not in reasons and 'data-weights=""' in reasons


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
@pytest.mark.parametrize("model", [KOREAN, DIGITS])
def test_hostile_texts_are_translated(text, model):
    page = "".join(last(translation_page.show_translation(text, model, 2, 1.0)))
    assert tags(page) <= {
        *("section", "h3", "h4", "p", "span", "b", "i", "bdi", "div", "ol", "ul", "li", "small", "details", "summary"),
        *("table", "thead", "tbody", "tr", "td", "th"),
    }
    assert "\x00" not in page and "\x1b" not in page and "\ud800" not in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no text"),
        (None, "no text"),
        (" \n\t ", "no text"),
        ("word " * 10_000, "50,000"),
        ("Hi!\n" * 41, "41 sentences"),
    ],
)
def test_no_text_or_too_much_is_refused(text, told):
    for ask in (
        lambda: last(translation_page.show_translation(text, KOREAN, 5, 1.0)),
        lambda: inference.translate(text),
        lambda: result_of(tabs.show_comparison, text, KOREAN, 5),
    ):
        with pytest.raises(gr.Error, match=told):
            ask()


@pytest.mark.parametrize(
    ("beam", "penalty", "told"),
    [
        *((beam, 1.0, "The beam") for beam in (0, 11, 2.5, None, "5", float("nan"))),
        *((5, penalty, "The length penalty") for penalty in (-1, 2.1, None, "1", float("nan"))),
    ],
)
def test_a_search_that_is_none_is_refused(beam, penalty, told):
    with pytest.raises(gr.Error, match=told):
        inference.translate(TEXT, beam=beam, length_penalty=penalty)


def test_an_unknown_model_is_refused():
    with pytest.raises(gr.Error, match="There is no model"):
        inference.translate(TEXT, "../../etc/passwd")


# Alignment -------------------------------------------------------------------------------------------


def made(tokens=("▁나", "는", "</s>"), sources=("▁I", "</s>"), attention=None, lattice=None, alternatives=()):
    """A sentence made by hand."""
    return Sentence(
        source="I",
        text="나는",
        source_tokens=list(sources),
        tokens=list(tokens),
        log_probs=np.full(len(tokens), np.log(0.5), np.float32),
        search_score=-1.0,
        attention=attention,
        alternatives=list(alternatives),
        lattice=lattice,
    )


def test_the_heat_map_has_numbers_and_titles():
    attention = np.array([[0.9, 0.1], [0.95, 0.05], [0.0, 1.0]], np.float32)
    page = attention_view.figure(made(attention=attention), picked=True, steered=(2, 1))
    assert 'title="나 ← I: 90.0 %">90</td>' in page and 'title="는 ← &lt;/s&gt;: 5.0 %"></td>' in page
    assert 'class="rnn-forced" style="--w:1.00"' in page and "rnn-picked" in page
    assert page.count('scope="col"') == 2 and page.count('scope="row"') == 3


def test_tokens_are_text():
    page = attention_view.figure(made([MARKUP, "\x1b", "\u202eback"], [MARKUP, '"'], np.full((3, 2), 0.5, np.float32)))
    assert "<img" not in page and "<script" not in page and "␛" in page and "<bdi>\u202eback</bdi>" in page


def test_a_heat_map_that_is_too_large_is_left_out():
    count = 120
    page = attention_view.figure(made(["▁a"] * count, ["▁b"] * count, np.full((count, count), 1 / count, np.float32)))
    assert "Too many tokens" in page and "<table" not in page and page.count("rnn-piece ") > count


def test_a_given_translation_is_aligned():
    answer = inference.align(TEXT, "나는 삼촌과 함께 살았다", KOREAN)
    assert answer["tokens"][-1] == "</s>" and np.shape(answer["attention"]) == (
        len(answer["tokens"]),
        len(answer["source_tokens"]),
    )
    np.testing.assert_allclose(np.sum(answer["attention"], axis=1), 1, atol=1e-3)
    assert inference.align(TEXT, "나는", PLAIN)["attention"] is None
    for source, target in ((TEXT, ""), ("", "나는"), (TEXT, "가. 나."), ("x" * 401, "나"), ("漢" * 60, "나")):
        with pytest.raises(gr.Error):
            inference.align(source, target, KOREAN)


# The tree --------------------------------------------------------------------------------------------


class _Loaded:
    """As much of a translator as the tree needs; token n is the n-th letter, 0 ends."""

    end = 0

    class tokenizer:  # noqa: N801
        @staticmethod
        def token_texts(ids):
            return ["</s>" if n == 0 else "▁" + chr(96 + n) for n in ids]


def test_the_tree_of_a_beam():
    # a b </s> wins over a c, which is cut off; d died after step 1.
    lattice = Lattice(
        np.array([[1, 4], [2, 3], [0, 5], [0, 6]]),
        np.array([[0, 0], [0, 0], [0, 1], [0, 1]]),
        np.array([[-1, -2], [-0.5, -1], [-0.25, -3], [0, -1]], dtype=float),
    )
    found = made(
        ["▁a", "▁b", "</s>"], lattice=lattice, alternatives=[Alternative("a b", -1), Alternative("a c e f", -2)]
    )
    greedy = made(["▁a", "▁c", "▁e", "▁f"])
    root = beam_tree.grown(_Loaded, found, greedy.tokens)
    a, d = root.children
    assert (a.token, a.best, a.until, a.greedy) == ("▁a", 0, 4, True)
    assert (d.token, d.best, d.until, d.greedy) == ("▁d", beam_tree.NOT_KEPT, 1, False)
    b, c = a.children
    (end,), (e,) = b.children, c.children
    assert end.ended and end.rank == 0 and end.total == pytest.approx(-1.75) and not end.children
    assert e.children[0].rank == 1 and e.children[0].total == pytest.approx(-6) and not b.greedy and c.greedy
    page = plain_pairs(beam_tree.tree(_Loaded, found, greedy))
    assert "✕ 1" in page and "✓ won" in page and "cut off" in page and page.count("rnn-left") == 1
    assert "Greedy left at token 2" in page and "came in at place 2" in page
    assert "same sentence" in beam_tree.tree(_Loaded, found, found)


@pytest.mark.parametrize("width", [2, 5])
def test_the_trees_leaves_are_the_beams_sentences(width):
    loaded = models.get(GERMAN, "translation")
    (found,), (greedy,) = (loaded.translate("Zwei Hunde", beam=beam).sentences for beam in (width, 1))
    nodes = beam_tree._all(beam_tree.grown(loaded, found, greedy.tokens))
    ranked = sorted((node for node in nodes if node.rank is not None), key=lambda node: node.rank)
    assert len(ranked) == len(found.alternatives) == width
    for node, alternative in zip(ranked, found.alternatives, strict=True):
        assert node.total / ((5 + node.step) / 6) == pytest.approx(alternative.score, rel=1e-4)
    for step in range(1, len(found.lattice.tokens) + 1):
        assert sum(node.step == step for node in nodes) <= width


# Steering, comparing, the gallery, the digits --------------------------------------------------------


def test_a_sentence_is_steered():
    loaded = models.get(GERMAN, "translation")
    answer = inference.steer("Zwei Hunde", 1, 2, GERMAN)
    assert answer["before"]["text"] == loaded.translate("Zwei Hunde", beam=1).text
    assert answer["after"]["text"] == loaded.steer("Zwei Hunde", 1, 2).text and answer["after"]["attention"][1][2] == 1
    page = tabs.show_steered("Zwei Hunde", GERMAN, 1, 2)
    assert page.count("rnn-forced") == 1 and "token 2" in page
    assert ("<mark>" in page) == (answer["before"]["tokens"] != answer["after"]["tokens"])


@pytest.mark.parametrize(
    ("at", "position", "model", "told"),
    [
        (None, None, KOREAN, "First translate"),
        (999, 0, KOREAN, "token to be written"),
        (0, 999, KOREAN, "source token"),
        (-1, 0, KOREAN, "token to be written"),
        ("<b>", 0, KOREAN, "token to be written"),
        (0, 0, PLAIN, "no attention"),
    ],
)
def test_steering_nowhere_is_refused(at, position, model, told):
    with pytest.raises(gr.Error, match=told):
        tabs.show_steered(TEXT, model, at, position)


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("I saw him", "I met him", ("saw", "met")),
        ("62951413", "62911413", ("51413", "11413")),
        ("나는 갔다", "나는 갔다 왔다", ("⌁", "")),
        ("", "x", ("⌁", "x")),
        ("a <b>", "a <i>", ("&lt;b&gt;", "&lt;i&gt;")),
    ],
)
def test_the_first_difference_is_marked(before, after, marked):
    found = [re.search("<mark>(.*?)</mark>", page)[1] for page in cards.difference(before, after)]
    assert found[0] == marked[0] and found[1].startswith(marked[1])


def test_with_and_without_attention():
    page = result_of(tabs.show_comparison, TEXT, KOREAN, 2)
    assert page.count("rnn-translation") == 2 and PLAIN in page and "rnn-map" in page
    with pytest.raises(gr.Error, match="no model without attention"):
        result_of(tabs.show_comparison, TEXT, GERMAN, 2)


def test_the_gallery_is_translated_live(monkeypatch):
    two = examples.Examples((), examples.CAPTIONS.hard[-2:])
    monkeypatch.setattr(examples, "CAPTIONS", two)
    frames = list(tabs.show_gallery(GERMAN, 2))
    assert [frame.count("rnn-waiting") for frame in frames] == [2, 1, 0]
    said = models.get(GERMAN, "translation").translate(two.hard[0].texts["de"], beam=2).text
    assert html.escape(said) in frames[-1] and html.escape(two.hard[0].why) in frames[0]


@pytest.mark.parametrize(("kind", "languages"), [(examples.EVERYDAY, {"en", "ko"}), (examples.CAPTIONS, {"de", "en"})])
def test_the_examples_are_in_both_languages(kind, languages):
    for example in (*kind.easy, *kind.hard):
        assert set(example.texts) == languages and all(example.texts.values())
        assert bool(example.kind) == bool(example.why) == bool(example.why_ko)
        assert bool(example.kind) == (example in kind.hard or example is kind.easy[0])  # the page opens with a lesson
        assert max(map(len, example.texts.values())) <= inference.SENTENCE_LIMIT


def test_each_model_has_examples_of_its_kind():
    assert examples.captions(("en", "ko"))[0].endswith("] I lived with my uncle. — 나는 삼촌과 함께 살았다.")
    assert examples.captions(("en", "ko"))[1] == "What time is it now? — 지금 몇 시입니까?"
    assert examples.sources(("xx", "yy")) == examples.sources(("en", "ko"))
    assert examples.sources(("digits", "digits"), hard=True) == [] != examples.sources(("digits", "digits"))
    assert examples.sources(("de", "en"), hard=True)[-2] == "Ich habe bei meinem Onkel gewohnt."
    assert examples.sources(("en", "de"))[0] == examples.CAPTIONS.easy[0].texts["en"]


def test_digits():
    page = tabs.show_digits(" 12 34", DIGITS)
    assert "1234 →" in page and "rnn-map" in page
    for text in ("", "12a", MARKUP, "١٢", "1" * 25):
        with pytest.raises(gr.Error):
            tabs.show_digits(text, DIGITS)


@pytest.mark.parametrize(
    ("said", "told"), [("12", "copy"), ("21", "reversed"), ("2 1", "reversed"), ("<b>", "Neither"), ("", "Neither")]
)
def test_the_digits_are_judged_by_what_came_out(said, told):
    class Found:
        text, sentences = said, ()

    page = views.digits("12", Found)
    assert told in page and "<b>" not in page
    assert "from either end" in views.digits("11", type("Found", (), {"text": "11", "sentences": ()}))


def test_the_api_is_named_typed_and_described():
    described = components.alone(PAGE).get_api_info()["named_endpoints"]
    assert {"/translate", "/align", "/steer", "/translation_models"} <= set(described)
    names = [entry["parameter_name"] for entry in described["/translate"]["parameters"]]
    assert names == ["text", "model", "beam", "length_penalty"]
    assert "Translate a text" in described["/translate"]["description"] and "/show_translation" not in described


def test_the_api_answers():
    answer = inference.translate("Two dogs. 눈", KOREAN, beam=2)
    (first, second) = answer["sentences"]
    assert answer["model"] == KOREAN and second["source"] == "눈" and len(first["alternatives"]) == 2
    assert len(first["attention"]) == len(first["tokens"]) == len(first["probabilities"])
    assert answer["text"] == models.get(KOREAN, "translation").translate("Two dogs. 눈", beam=2).text


def test_a_click_says_which_cell():
    event = gr.EventData(None, {"at": 1, "position": 2})
    page, at, position = tabs.show_picked("Zwei Hunde", GERMAN, event)
    assert (at, position) == (1, 2) and page == tabs.show_steered("Zwei Hunde", GERMAN, 1, 2)
    for data in ({}, {"at": [1], "position": MARKUP}, {"at": 1e9, "position": 0}):
        with pytest.raises(gr.Error):
            tabs.show_picked("Zwei Hunde", GERMAN, gr.EventData(None, data))
