"""The character model's page without a browser: writing, surprise, and what is refused."""

import itertools
import json
import math
import re
import threading
import time
import unicodedata

import gradio as gr
import numpy as np
import pytest

from apps.char_lm import (
    PAGE,
    character_view,
    examples,
    inference,
    stream,
    surprisal,
    surprisal_view,
    unknown_characters,
)
from apps.char_lm import page as char_page
from apps.char_lm.page import show_surprisal
from apps.shared import components, models
from tests.support.browser import ENGLISH, HOSTILE, KOREAN, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")


def write(model=ENGLISH, prompt="a", length=40, seed=3, pace=stream.FULL_SPEED, beside=True, **dials):
    dials = {"temperature": 1.0, "top_k": 0, "top_p": 1.0} | dials
    return list(stream.write(model, prompt, length, *dials.values(), seed, pace, beside))


def text_of(value):
    """What the page shows for a view's value: symbols joined, jamo put together."""
    records = [json.loads(line) for line in value.splitlines()[1:]]
    return unicodedata.normalize("NFC", "".join(record[0] for record in records))


def last(frames, view):
    return [frame[view] for frame in frames if isinstance(frame[view], str)][-1]


# Writing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [ENGLISH, KOREAN])
def test_the_views_show_what_the_library_generates(model):
    from rnn_models import Greedy

    lm = models.get(model, "char_lm")
    frames = write(model, "영화 a", 50, temperature=0.7, top_k=9, top_p=0.9)
    expected = lm.generate("영화 a", 50, temperature=0.7, top_k=9, top_p=0.9, seed=3)
    assert text_of(last(frames, 0)) == expected
    assert text_of(last(frames, 1)) == lm.generate("영화 a", 50, strategy=Greedy())
    assert "<b>50</b>" in frames[-1][2] and "<b>3</b>" in frames[-1][2]


def test_five_candidates_with_the_models_own_probabilities():
    lines = last(write(length=30, temperature=0.3), 0).splitlines()
    assert json.loads(lines[0]) == {"prompt": "a"}
    for symbol, nats, *flat in map(json.loads, lines[1:]):
        rivals, probabilities = flat[::2], flat[1::2]
        assert len(rivals) == 5 and probabilities == sorted(probabilities, reverse=True)
        assert 0 < sum(probabilities) <= 1
        if symbol in rivals:
            assert math.exp(-nats) == pytest.approx(probabilities[rivals.index(symbol)], abs=2e-4)
        else:
            assert math.exp(-nats) <= probabilities[-1] + 1e-4


def test_values_only_grow_and_keep_the_pace_of_a_reader():
    start = time.monotonic()
    frames = write(length=24, pace=stream.READABLE)
    assert time.monotonic() - start >= 24 / stream.READING_PACE * stream.FRAME
    values = [frame[0] for frame in frames if isinstance(frame[0], str)]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(values))
    assert len(set(values)) == 1 + 24 / stream.READING_PACE


def test_argmax_stays_empty_unless_asked_for():
    assert all(frame[1] == "" for frame in write(beside=False) if isinstance(frame[1], str))


def test_seed_zero_draws_a_fresh_seed_and_says_which():
    first, second = (write(seed=0)[-1][2] for _ in range(2))
    assert first.split("seed")[1] != second.split("seed")[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prompt": "x" * 1001}, "1,001"),
        ({"length": 0}, "length"),
        ({"length": 2001}, "2,000"),
        ({"length": 1.5}, "whole number"),
        ({"length": None}, "length"),
        ({"length": math.nan}, "length"),
        ({"seed": -1}, "seed"),
        ({"seed": 2.5}, "seed"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": math.inf}, "temperature"),
        ({"temperature": None}, "temperature"),
        ({"top_k": -3}, "Top-k"),
        ({"top_p": 0}, "Top-p"),
        ({"top_p": 1.2}, "Top-p"),
        ({"model": "../../etc"}, "etc"),
        ({"model": None}, "None"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_a_way_to_mend_it(change, told):
    with pytest.raises(gr.Error, match=told):
        write(**change)


def test_refusals_are_bilingual_and_show_markup_as_text():
    with pytest.raises(gr.Error) as caught:
        write(prompt="<b>" * 500)
    assert "시작 글" in str(caught.value) and "1,500" in str(caught.value)
    with pytest.raises(gr.Error) as caught:
        write(model="<script>")
    assert "<script>" not in str(caught.value) and "&lt;script&gt;" in str(caught.value)


@pytest.mark.parametrize("prompt", HOSTILE)
@pytest.mark.parametrize("model", [ENGLISH, KOREAN])
def test_any_prompt_is_written_from_and_none_becomes_markup(model, prompt):
    frames = write(model, prompt, 8)
    for value in (frames[-2][0], frames[-2][1]):
        assert "<" not in value
        value.encode("utf-8")
        assert json.loads(value.splitlines()[0])["prompt"] == re.sub("[\ud800-\udfff]", "\ufffd", prompt)
    assert "<img" not in frames[-1][2] and "<script" not in frames[-1][2]
    assert len(text_of(frames[-2][0])) > 0


def test_the_visitor_is_told_what_stands_in_for_unknown_characters():
    note = write(prompt="é漢\x00", length=2)[-1][2]
    assert "<code>é</code> → <code>e</code>" in note
    assert "<code>漢</code> → <code>\ufffd</code>" in note
    assert "<code>U+0000</code>" in note
    assert "모르는 글자" in note
    assert "rnn-unknown" not in write(prompt="plain", length=2)[-1][2]


def test_a_long_list_of_unknown_characters_is_cut():
    vocabulary = models.get(ENGLISH, "char_lm").vocabulary
    note = unknown_characters.note(vocabulary, "".join(chr(0x4E00 + n) for n in range(40)))
    assert note.count("→") == unknown_characters.SHOWN and "+28" in note


def test_the_model_that_reads_more_of_a_text_is_offered():
    assert unknown_characters.best_reader("정말 영화") == (KOREAN, 0)
    assert unknown_characters.best_reader("plain") == (models.first(PAGE), 0)
    note = write(prompt="정말!", length=2)[-1][2]
    assert "<strong>2</strong>" in note and f'data-model="{KOREAN}"' in note and "reads all of them" in note
    note = write(prompt="정漢", length=2)[-1][2]
    assert f'data-model="{KOREAN}"' in note and "all but 1" in note
    note = write(prompt="漢", length=2)[-1][2]
    assert "data-model" not in note and "No model here reads more" in note
    assert unknown_characters.chosen(gr.EventData(None, {"model": KOREAN})) == KOREAN
    for data in ({}, {"model": "sentiment/nsmc"}, {"model": [KOREAN]}, None):
        with pytest.raises(gr.Error, match="no such model"):
            unknown_characters.chosen(gr.EventData(None, data))


def test_a_text_of_ones_own_stays_when_another_model_is_chosen():
    own = "정말 내 글"
    for texts in (examples.prompts, examples.texts):
        assert char_page._suited(own, texts(KOREAN)) == own
        assert char_page._suited(texts(ENGLISH)[0], texts(KOREAN)) == texts(KOREAN)[0]


def test_generate_for_programs():
    lm = models.get(ENGLISH, "char_lm")
    assert inference.generate("a", ENGLISH, 30, seed=5) == lm.generate("a", 30, temperature=0.8, seed=5)
    assert inference.generate("a", "", 30, seed=5) == inference.generate("a", models.first(PAGE), 30, seed=5)
    with pytest.raises(gr.Error, match="2,000"):
        inference.generate("a", ENGLISH, 5000)


def test_a_probability_of_zero_costs_finite_nats():
    assert math.isfinite(character_view.nats(0.0)) and character_view.nats(1.0) == 0


def test_models_are_loaded_once_even_by_many_at_once(monkeypatch):
    import rnn_models

    loads, true_load = [], rnn_models.load
    monkeypatch.setattr(models, "_loaded", {})
    monkeypatch.setattr(rnn_models, "load", lambda name: loads.append(name) or true_load(name), raising=False)
    got = []
    threads = [threading.Thread(target=lambda: got.append(models.get(KOREAN, "char_lm"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [KOREAN] and len({id(model) for model in got}) == 1 and len(got) == 6


@pytest.mark.parametrize("model", ["char_lm/shakespeare", "char_lm/linux", "char_lm/korean-reviews", "char_lm/my own"])
def test_every_model_has_examples_within_the_limits(model):
    assert all(len(text) <= inference.PROMPT_LIMIT for text in examples.prompts(model))
    assert all(0 < len(text) <= surprisal.TEXT_LIMIT for text in examples.texts(model))


# Surprise --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [ENGLISH, KOREAN])
@pytest.mark.parametrize("text", ["a", "영화였다, \nab", "정말 재미있는 영화! ok? " * 9])
def test_surprise_is_the_librarys_score(model, text):
    lm = models.get(model, "char_lm")
    measured = list(surprisal.measure(lm, text))
    assert "".join(character.text for character in measured) == lm.vocabulary.normalize(text)
    np.testing.assert_allclose([character.nats for character in measured], lm.score(text), rtol=1e-4, atol=1e-4)
    for symbol in itertools.chain.from_iterable(character.symbols for character in measured):
        expected = [p for name, p in symbol.rivals if name == symbol.text]
        assert all(math.exp(-symbol.nats) == pytest.approx(p, rel=1e-4) for p in expected)
        assert len(symbol.rivals) == 5


def test_means_are_nats_bits_and_perplexity():
    means = surprisal.means([math.log(2), math.log(8)])
    assert means == pytest.approx({"mean_nats": math.log(4), "mean_bits": 2.0, "perplexity": 4.0})


def test_the_table_ranks_and_escapes():
    nats = [0.5, 7.0, 0.1, 3.0]
    text = [
        surprisal.Character(character, [character_view.Symbol(character, value)])
        for character, value in zip("<&\n ", nats, strict=True)
    ]
    page = surprisal_view.summary(text, 96)
    assert f"{math.fsum(nats) / 4:.3f}" in page and "4.56" in page
    assert page.index(">7.00<") < page.index(">3.00<") < page.index(">0.50<")
    assert "&lt;<mark>&amp;</mark>" in page and "<mark>␣</mark>" in page and "<mark>↵</mark>" in page


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_any_text_can_be_scored_and_none_becomes_markup(text):
    value, page, _ = result_of(show_surprisal, ENGLISH, text)
    assert "<" not in value and "<img" not in page and "<script" not in page
    (value + page).encode("utf-8")
    result = surprisal.score(text, ENGLISH)
    assert len(result["characters"]) == len(result["nats"]) and math.isfinite(result["perplexity"])


@pytest.mark.parametrize("text", ["", None, "x" * 5001])
def test_no_text_or_too_much_is_refused(text):
    with pytest.raises(gr.Error, match="글"):
        result_of(show_surprisal, ENGLISH, text)


# The page ------------------------------------------------------------------------------------------


def test_without_any_model_the_page_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    page = json.dumps(components.alone(PAGE).get_config_file(), default=str, ensure_ascii=False)
    assert "python -m training.char_lm train" in page and "write-start" not in page
    with pytest.raises(gr.Error, match="training.char_lm"):
        inference.generate("a")
