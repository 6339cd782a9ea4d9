"""The sentiment page without a browser: verdicts, reasons, comparisons, hints, and what is refused."""

import base64
import html
import json
import math
import re

import gradio as gr
import numpy as np
import pytest

from apps.sentiment import PAGE, examples, inference, language, out_of_domain, prediction_view, state_heatmap
from apps.sentiment import attribution_view as view
from apps.sentiment import page as sentiment_page
from apps.sentiment.explained_text import ExplainedText, changed_words, contrast
from apps.shared import components, formatting, models, text_language
from tests.support.browser import HOSTILE, ROOT, plain_pairs, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")

KOREAN, ENGLISH, STARS = "sentiment/nsmc", "sentiment/imdb", "sentiment/stars"
TEXT = "정말 재미있는 영화였다.\n배우들의 연기도 좋았다!"


def word_indices(page):
    """[(word, data-after, style, evidence, attention, removal)] as the page has them."""
    pattern = (
        r'<span class="rnn-word[^"]*" data-i="\d+" data-after="([^"]*)" style="([^"]*)"><bdi>(.*?)</bdi>'
        r'<i class="rnn-evidence">(.*?)</i><i class="rnn-attention">(.*?)</i><i class="rnn-removal">(.*?)</i></span>'
    )
    found = re.findall(pattern, page, flags=re.S)
    return [(html.unescape(word), after, style, *numbers) for after, style, word, *numbers in found]


def number(text):
    return float(text.replace("−", "-").removesuffix(" %"))


# Languages and hints ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("정말 재미있다", "ko"),
        ("ㅋㅋㅋㅋ", "ko"),
        ("\u110b\u1167\u11bc\u1112\u116a", "ko"),  # decomposed
        ("이 movie 진짜 awesome 하다", "ko"),
        ("I love BTS 방탄 and all their songs", "en"),
        ("It was très bon", "en"),
        ("映画はとても面白かった", "other"),
        ("Отличный фильм", "other"),
        ("", None),
        ("👍👍 10/10 !!!", None),
        ("\x00\u202e", None),
    ],
)
def test_language_by_the_letters(text, expected):
    assert text_language.language(text) == expected


def test_auto_takes_the_model_of_the_language():
    assert language.model_for("auto", "정말 좋다") == KOREAN and language.model_for("", "so good") == ENGLISH
    assert language.model_for("auto", "素晴らしい") == language.model_for("auto", "!!!") == KOREAN
    assert language.model_for(STARS, "정말 좋다") == STARS


def test_auto_with_one_model_takes_it_and_says_that_it_guesses(tmp_path, tiny_models, monkeypatch):
    (tmp_path / "sentiment").mkdir()
    (tmp_path / KOREAN).symlink_to(tiny_models / KOREAN, target_is_directory=True)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    answer = inference.classify("It was good")
    assert answer["model"] == KOREAN and any("not Korean" in hint for hint in answer["hints"])


@pytest.mark.parametrize(
    ("model", "text", "told"),
    [
        (KOREAN, "정말 재미있는 영화", []),
        (ENGLISH, "What a film!", []),
        (STARS, "What a film!", []),
        (KOREAN, "What a film!", ["not Korean"]),
        (ENGLISH, "정말 재미있다", ["not English", "more than half"]),
        (KOREAN, "映画はとても", ["not Korean", "more than half"]),
        (STARS, "映画はとても", ["more than half"]),
        (KOREAN, "👍👍👍", ["no words"]),
        (ENGLISH, "10/10 !!!", ["no words"]),
        (KOREAN, "\u200b", ["no words"]),
    ],
)
def test_the_visitor_is_told_when_the_model_is_guessing(model, text, told):
    hints = inference.classify(text, model)["hints"]
    assert len(hints) == len(told) and all(part in hint for part, hint in zip(told, hints, strict=True))
    card = result_of(sentiment_page.show_review, text, model)[0]
    assert plain_pairs(card).count('<span lang="ko">') == len(told) and ("rnn-hints" in card) == bool(told)


def test_the_unknown_share_is_of_what_can_be_seen():
    tokenizer = models.get(ENGLISH, "sentiment").tokenizer
    assert out_of_domain.unknown_share("ab 漢字 c", tokenizer) == pytest.approx(2 / 5)
    assert out_of_domain.unknown_share("漢 \n 字", tokenizer) == 1
    assert out_of_domain.unknown_share("", tokenizer) == out_of_domain.unknown_share(" \n", tokenizer) == 0


def test_a_long_text_says_what_was_not_read():
    hints = inference.classify("word " * 999, STARS)["hints"]
    assert len(hints) == 1 and f"{4995 - 64:,} tokens" in hints[0]
    assert '<span class="rnn-unread">' in result_of(sentiment_page.show_review, "word " * 999, STARS)[1]


# A review --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [KOREAN, STARS])
def test_the_page_shows_the_librarys_numbers(model):
    loaded = models.get(model, "sentiment")
    explanation = loaded.explain(TEXT)
    card, words, table = result_of(sentiment_page.show_review, TEXT, model)
    for name, probability in zip(loaded.labels, explanation.verdict.probabilities, strict=True):
        assert f"<b>{prediction_view.label(name)}</b>" in card and formatting.percent(float(probability)) in card
    focus = 1 if model == KOREAN else int(explanation.verdict.probabilities.argmax())
    shown = word_indices(words)
    assert [word for word, *_ in shown] == TEXT.split()
    for word, (_, after, _, evidence, attention, removal) in zip(explanation.words, shown, strict=True):
        others = [value for label, value in enumerate(word.evidence) if label != focus]
        assert number(evidence) == pytest.approx(word.evidence[focus] - np.mean(others), abs=0.0051)
        assert number(after) == pytest.approx(100 * word.running[focus], abs=0.051)
        assert number(removal) == pytest.approx(100 * word.removal[focus], abs=0.051)
        if word.attention is None:
            assert attention == "·"
        else:
            assert number(attention) == pytest.approx(100 * word.attention, abs=0.051)
        assert all(value in table for value in (after, evidence, attention, removal))
    assert ("has no attention" in words) == (model == STARS)


def test_evidence_and_bias_make_the_probability():
    given = inference.explain_text(TEXT, KOREAN)
    score = sum(map(given.evidence, given.words)) + contrast(given.explanation.bias, given.focus)
    assert 1 / (1 + math.exp(-score)) == pytest.approx(given.explanation.verdict.probabilities[1], abs=1e-5)
    shown = [number(text) for text in re.findall(r"<b>([+−]?[\d.]+)</b>", prediction_view.arithmetic(given))]
    assert shown[0] + shown[1] == pytest.approx(shown[2], abs=0.011) and shown[2] == pytest.approx(score, abs=0.0051)
    assert prediction_view.arithmetic(inference.explain_text(TEXT, STARS)) == ""


def test_colours_follow_the_sign_and_the_largest_is_full():
    given = inference.explain_text(TEXT, KOREAN)
    scale = view.Scale.over(given)
    shares = []
    for word, (*_, style, _, _, _) in zip(given.words, word_indices(view.attributions(given, scale)), strict=True):
        colour = re.search(r"--e:var\(--rnn-(for|against)\) (\d+)%", style)
        if colour is None:
            assert abs(given.evidence(word)) < scale.evidence / view.FULL
            continue
        assert colour[1] == ("for" if given.evidence(word) > 0 else "against")
        assert int(colour[2]) == round(view.FULL * abs(given.evidence(word)) / scale.evidence)
        shares.append(int(colour[2]))
    assert max(shares) == view.FULL or scale.evidence == 0.1


def test_the_line_is_the_running_probability():
    given = inference.explain_text(TEXT, KOREAN)
    points = re.search(r'<polyline class="rnn-c0" points="([^"]*)"', view.probability_chart(given))[1].split()
    values = [1 - float(point.split(",")[1]) / 100 for point in points]
    start = contrast(given.explanation.bias, 1)
    assert values == pytest.approx(
        [1 / (1 + math.exp(-start)), *(word.running[1] for word in given.words)], abs=0.00006
    )
    assert values[-1] == pytest.approx(given.explanation.verdict.probabilities[1], abs=1e-3)
    assert view.probability_chart(inference.explain_text(TEXT, STARS)).count("<polyline") == 3


def test_a_long_text_has_gaps_where_nothing_was_computed(monkeypatch):
    from rnn_models.tasks import sentiment as sentiment_task

    monkeypatch.setattr(sentiment_task, "EXPLAINED_WORDS", 8)
    given = inference.explain_text(" ".join(chr(97 + n) for n in range(20)), ENGLISH)
    unknown = [n for n, word in enumerate(given.words) if word.running is None]
    assert len(unknown) == 12 and len(given.words) == 20
    shown = word_indices(view.attributions(given, view.Scale.over(given)))
    assert all((shown[n][1] == "") == (n in unknown) for n in range(20))
    assert sum(shown[n][5] == "·" for n in range(20)) == 12
    assert "·" in view.table(given)


def test_the_heat_map_holds_the_states_of_the_most_varied_units():
    given = inference.explain_text(TEXT, KOREAN)
    states = given.explanation.states
    figure = state_heatmap.figure(given)
    values = np.frombuffer(base64.b64decode(re.search('data-values="([^"]*)"', figure)[1]), dtype=np.int8)
    full = float(re.search('data-full="([^"]*)"', figure)[1])
    units = re.search('data-units="([^"]*)"', figure)[1].split()
    numbers = [int(name[1:]) + (40 if name[0] == "←" else 0) for name in units]
    assert states.shape[1] == 80 and len(units) == 64 == state_heatmap.UNITS
    np.testing.assert_allclose(values.reshape(64, -1) / 127 * full, states[:, numbers].T, atol=full / 250)
    assert states[:, numbers].var(axis=0).min() >= np.delete(states, numbers, axis=1).var(axis=0).max()
    assert numbers == sorted(numbers, key=lambda unit: unit >= 40)  # forward ones first
    assert "The 64 of 80 units" in figure and "80개" in figure
    assert "All 12 units" in state_heatmap.figure(inference.explain_text(TEXT, STARS))


def test_every_token_belongs_to_its_word():
    for model, text in ((KOREAN, TEXT), (ENGLISH, "  two  words "), (STARS, "a\n\nb c")):
        given = inference.explain_text(text, model)
        for token, (start, end) in zip(state_heatmap.word_indices(given), given.explanation.verdict.spans, strict=True):
            if text[start:end].strip():
                assert given.words[token].start <= start < end <= given.words[token].end


def test_many_classes_have_a_bar_for_each_of_the_likeliest():
    given = inference.explain_text(TEXT, STARS)
    assert given.focus == int(given.explanation.verdict.probabilities.argmax())
    assert prediction_view.card(given).count('class="rnn-bar ') == 3
    fake = type("Loaded", (), {"labels": [f"class {n}" for n in range(20)]})()
    probabilities = np.linspace(0.01, 0.09, 20)
    verdict = type("Verdict", (), {"label": "class 19", "probability": 0.09, "probabilities": probabilities})()
    explanation = type("Explanation", (), {"verdict": verdict})()
    card = prediction_view.card(ExplainedText("x", fake, explanation, 19, []))
    assert card.count('class="rnn-bar ') == prediction_view.BARS and "+ 14 more labels" in plain_pairs(card)


def test_an_undecided_model_says_so():
    given = inference.explain_text(TEXT, KOREAN)
    unsure = given.explanation.verdict.probability < prediction_view.UNDECIDED
    assert ("undecided" in prediction_view.card(given)) == unsure


# Two reviews -----------------------------------------------------------------------------------------


def test_a_comparison_marks_what_differs():
    a, b = inference.explain_both("이 영화는 정말 좋았다", "이 영화는 별로 좋았다 아주", KOREAN)
    assert changed_words(a, b) == ({2}, {2, 4})
    page = result_of(sentiment_page.show_comparison, "이 영화는 정말 좋았다", "이 영화는 별로 좋았다 아주", KOREAN)
    marked = re.findall(r'rnn-changed" data-i="(\d)"', page)
    assert marked == ["2", "2", "4"] and page.count('class="rnn-verdict') == 2
    change = b.explanation.verdict.probabilities[1] - a.explanation.verdict.probabilities[1]
    assert f"<strong>{formatting.signed(100 * float(change), 1)}</strong>" in page
    flipped = a.explanation.verdict.label != b.explanation.verdict.label
    assert ("The verdict turned" in page) == flipped


def test_equal_texts_do_not_differ():
    page = result_of(sentiment_page.show_comparison, TEXT, TEXT, "auto")
    assert "rnn-changed" not in page and "<strong>0.0</strong>" in page and "turned" not in page
    assert "a guess, since" not in page


def test_both_are_read_by_one_model_and_measured_alike():
    a, b = inference.explain_both("What a film", "정말 재미있다", "auto")
    assert a.model == b.model == ENGLISH and any("not English" in hint.english for hint in b.hints)
    assert "<b>B</b>" in prediction_view.change(a, b) and "a guess, since one model" in prediction_view.change(a, b)
    a, b = inference.explain_both("good good good", "정말 별로", STARS)
    assert a.focus == b.focus
    scale = view.Scale.over(a, b)
    assert scale.evidence >= max(abs(given.evidence(word)) for given in (a, b) for word in given.words)


# What is refused, and what must be survived -----------------------------------------------------------


@pytest.mark.parametrize("text", ["", None, " \n\t ", "x" * 5001, "좋" * 1_000_000])
def test_no_text_or_too_much_is_refused(text):
    for call in (
        lambda: result_of(sentiment_page.show_review, text, "auto"),
        lambda: result_of(sentiment_page.show_comparison, "a", text, "auto"),
        lambda: result_of(sentiment_page.show_comparison, text, "a", "auto"),
        lambda: inference.classify(text),
        lambda: inference.explain(text),
        lambda: inference.compare("a", text),
    ):
        with pytest.raises(gr.Error, match="글") as caught:
            call()
        assert "5,000" in str(caught.value) or "no text yet" in str(caught.value)


@pytest.mark.parametrize("model", ["../../etc", "<script>", "char_lm/tiny", None])
def test_a_model_that_is_none_is_refused(model):
    with pytest.raises(gr.Error, match="There is no model") as caught:
        result_of(sentiment_page.show_review, "good", model)
    assert "<script>" not in str(caught.value)


def test_explain_by_something_else_is_refused():
    with pytest.raises(gr.Error, match="by is"):
        inference.explain("good", by="sentence")


@pytest.mark.parametrize("model", [KOREAN, ENGLISH, STARS])
@pytest.mark.parametrize(
    "text", [*filter(None, HOSTILE), "x" * 5000, "a b " * 1250, "{{value}} ${value} `", "é\u0301 ﷽ \u2028 x"]
)
def test_any_text_is_shown_as_it_is_and_none_becomes_markup(model, text):
    card, words, table = result_of(sentiment_page.show_review, text, model)
    for page in (card, words, table, result_of(sentiment_page.show_comparison, text, "ok", model)):
        assert "<img" not in page and "<script" not in page and "<b>bad" not in page
        page.encode("utf-8")
    inside = re.search(r'aria-label="words · 낱말" dir="auto">(.*?)</div>\n<div', words, flags=re.S)[1]
    shown = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r'<i class="rnn-.*?</i>', "", inside)))
    expected = re.sub("[\ud800-\udfff]", "\ufffd", text)
    gaps = "".join(character if character.isspace() else formatting.sign(character) for character in expected)
    assert shown == gaps


def test_names_of_labels_are_text():
    page = "".join(result_of(sentiment_page.show_review, TEXT, STARS)) + result_of(
        sentiment_page.show_comparison, TEXT, "ok", STARS
    )
    assert "<b>bad" not in page and "&lt;b&gt;bad&lt;/b&gt;" in page


# The examples ----------------------------------------------------------------------------------------


def test_examples_follow_the_models():
    both = [example.text for wrong in (False, True) for example in examples.examples([KOREAN, ENGLISH], wrong)]
    assert both and len(set(both)) == len(both) == len(examples.EXAMPLES)
    assert {text_language.language(text) for text in both} == {"ko", "en"}
    korean = examples.examples([KOREAN], False) + examples.examples([KOREAN], True)
    assert {text_language.language(example.text) for example in korean} == {"ko"}
    assert {text_language.language(a) for a, _ in examples.pairs([ENGLISH])} == {"en"}
    assert len(examples.pairs([STARS])) == len(examples.PAIRS)


def test_an_example_says_whether_the_model_got_it_right():
    example = examples.EXAMPLES[0]
    card = result_of(sentiment_page.show_review, example.text, KOREAN)[0]
    verdict = models.get(KOREAN, "sentiment").classify(example.text).label
    right, wrong = "gets it right" in card, "gets this wrong" in card
    assert (right, wrong) == (verdict == example.expected, verdict != example.expected)
    assert "People read" not in result_of(sentiment_page.show_review, "정말 좋다", KOREAN)[0]
    assert "People read" not in result_of(sentiment_page.show_review, example.text, STARS)[0]


@pytest.mark.parametrize("name", sorted(language.TRAINED_ON))
def test_the_shipped_model_says_of_each_example_what_the_page_claims(name):
    import rnn_models

    folder = ROOT / "pretrained" / name
    if not (folder / "config.json").is_file():
        pytest.skip(f"{name} is not in pretrained/; train it with python -m training.sentiment train")
    model = rnn_models.load(folder)
    ours = [e for e in examples.EXAMPLES if text_language.language(e.text) == language.TRAINED_ON[name]]
    assert any(example.wrong for example in ours) and any(not example.wrong for example in ours)
    answers = [verdict.label for verdict in model.classify([example.text for example in ours])]
    assert [answer != example.expected for answer, example in zip(answers, ours, strict=True)] == [
        example.wrong for example in ours
    ]
    for example in ours:
        assert out_of_domain.hints(example.text, model.tokenizer, language.TRAINED_ON[name]) == []


# The page, and what programs get ---------------------------------------------------------------------


def test_without_any_model_the_page_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    page = json.dumps(components.alone(PAGE).get_config_file(), default=str, ensure_ascii=False)
    assert "python -m training.sentiment train" in page and "review-start" not in page
    sentiment_page.warm_up()
    with pytest.raises(gr.Error, match="training.sentiment"):
        inference.classify("good")


def test_programs_get_the_librarys_numbers():
    loaded = models.get(KOREAN, "sentiment")
    answer, verdict = inference.classify(TEXT), loaded.classify(TEXT)
    assert answer["label"] == verdict.label and answer["model"] == KOREAN
    assert list(answer["probabilities"].values()) == pytest.approx(verdict.probabilities.tolist(), abs=1e-5)
    for by in ("word", "token"):
        explanation, given = loaded.explain(TEXT, by), inference.explain(TEXT, KOREAN, by)
        assert [word["text"] for word in given["words"]] == [word.text for word in explanation.words]
        for word, expected in zip(given["words"], explanation.words, strict=True):
            assert TEXT[word["start"] : word["end"]] == word["text"]
            for key in ("evidence", "running", "removal"):
                assert list(word[key].values()) == pytest.approx(getattr(expected, key).tolist(), abs=1e-5)
    change = inference.compare(TEXT, "별로", KOREAN)
    assert change["b"]["changed"] == ["별로"] and len(change["a"]["changed"]) == len(TEXT.split())
    assert change["change"]["positive"] == pytest.approx(
        change["b"]["probabilities"]["positive"] - change["a"]["probabilities"]["positive"], abs=1e-5
    )
    json.dumps([answer, given, change])
