"""The page of the cells without a browser: its numbers are the library's, and what it refuses."""

import html
import re
from pathlib import Path

import numpy as np
import pytest

from apps.cells import examples, gallery, inference, names, stretches, tabs, text_view
from apps.shared import models
from tests.support.browser import ENGLISH, HOSTILE, KOREAN, MARKUP, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")

TEXT = 'The "first" line (of 3) is here.\nAnd a second, longer one: "see" it?\n\n' * 8
REVIEWS = "sentiment/nsmc"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "results" / "cells-that-know.md"


def plain(shown):
    return html.unescape(re.sub("<.*?>", "", shown))


def test_a_search_says_what_the_library_finds():
    from rnn_models.probes import cells

    model = models.get(ENGLISH, "char_lm")
    found = inference.search_cells(TEXT, "line_position", model=ENGLISH)
    (expected,) = cells.search(model, TEXT, ["line_position"], top=inference.LISTED)
    assert [one["unit"] for one in found["units"]] == [str(one.unit) for one in expected.units]
    for name in ("shifted", "untrained", "probe"):
        assert found[name] == pytest.approx(getattr(expected, name), abs=1e-4)
    assert found["units"][0]["score"] == pytest.approx(expected.best.score, abs=1e-4)

    shown, coloured, kept = result_of(tabs.show_search, ENGLISH, TEXT, "line_position", "")
    assert kept["units"] == [one["unit"] for one in found["units"]]
    assert f"{found['untrained']:.3f}" in shown and f"{found['units'][0]['score']:.3f}" in plain(shown)
    assert coloured.count("data-v=") == len(TEXT)


def test_a_text_is_coloured_by_what_a_unit_was():
    found = inference.read_unit("a b\nc", "layer_0 h[3]", ENGLISH)
    reading = inference.read("a b\nc", ENGLISH)
    assert found["steps"] == ["a", " ", "b", "\n", "c"]
    assert np.allclose(found["values"], reading.states["layer_0", "h"][:, 3], atol=1e-5)
    shown = result_of(tabs.show_colour, ENGLISH, "a b\nc", "layer_0 h[3]", ENGLISH)
    assert shown.count('class="rnn-cell-track"') == 2  # trained and untrained
    value = text_view.signed(found["values"][0])
    assert f'data-v="{value}">a</span>' in shown
    other = result_of(tabs.show_colour, ENGLISH, "a b\nc", "layer_0 h[3]", KOREAN)
    assert other.count('class="rnn-cell-track"') == 2


def test_a_syllable_is_one_piece_and_a_token_too():
    reading = inference.read("영화 .", KOREAN)
    pieces = text_view.pieces_of(reading, np.arange(len(reading)))
    assert [piece.text for piece in pieces] == ["영", "화", " ", "."]
    assert pieces[0].detail.split() == ["0.00", "+1.00", "+2.00"] and pieces[0].value == 2
    read = inference.read("재미 있다", REVIEWS)
    pieces = text_view.pieces_of(read, np.zeros(len(read)))
    assert "".join(piece.before + piece.text for piece in pieces) == "재미 있다"


def test_ablation_says_what_the_library_computes():
    from rnn_models.probes import cells

    found = inference.ablate_unit(TEXT, "layer_0 h[2]", "in_quotes", model=ENGLISH)
    model, one = models.get(ENGLISH, "char_lm"), cells.HYPOTHESES["in_quotes"]
    expected = cells.ablate(model, TEXT, cells.Unit("layer_0", "h", 2), one)
    assert found["inside"] == pytest.approx(expected.inside, abs=1e-4)
    assert sum(found["steps"]) == len(TEXT) - 1
    losses, shown = result_of(tabs.show_ablation, ENGLISH, TEXT, "layer_0 h[2]", "in_quotes", "")
    assert f"{found['outside'][1]:.4f}" in losses and shown.count("data-v=") == len(TEXT)


def test_units_are_on_in_a_stretch_and_off_around_it():
    reading = inference.read(TEXT, ENGLISH)
    start = TEXT.index("(of 3)")
    found = stretches.units_on(reading, start, start + 6)
    for one in found:
        values = one.sign * reading.values(one.unit)
        around = np.r_[values[start - 15 : start], values[start + 6 : start + 21]]
        margin = (values[start : start + 6].min() - around.max()) / reading.values(one.unit).std()
        assert one.margin == pytest.approx(margin, rel=1e-3)
    assert [one.margin for one in found] == sorted((one.margin for one in found), reverse=True)
    for one in stretches.others(reading, found, start, start + 6):
        assert one.end <= start or one.start >= start + 6
        on = [other.sign * reading.values(other.unit)[one.start : one.end] > other.threshold for other in found]
        assert one.share == pytest.approx(np.mean(on)) and one.share >= 0.5
    listed, shown, kept = result_of(tabs.show_stretch, ENGLISH, TEXT, start + 1, start + 6)
    assert kept["units"] == [str(one.unit) for one in found] and shown.count("rnn-marked") == 6
    assert "example" in listed  # a text of the visitor's own is compared with the example, too


def test_gates_are_counted_for_the_trained_and_the_untrained():
    shown = result_of(tabs.show_gates, ENGLISH, TEXT)
    assert shown.count("<figure>") == 2 and shown.count("rnn-untrained") == 2  # the GRU's gates z and r
    share = inference.read(TEXT, ENGLISH).saturation["layer_0", "z"]
    assert shown.count("h0") >= 4 * share.shape[1]


def test_a_text_for_each_model_is_long_enough_and_within_the_limit():
    for name in [*names.MODELS, *names.available()]:
        assert 400 < len(examples.text(name)) <= inference.TEXT_LIMIT
        assert examples.is_example(examples.text(name)) and not examples.is_example("my own")


# What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        ({"text": ""}, "text", "no text yet"),
        ({"text": "a" * 4001}, "text", "at most 4,000"),
        ({"text": "short"}, "", "at least 200"),
        ({"hypothesis": "mood"}, "hypothesis", "no hypothesis"),
        ({"hypothesis": "pattern"}, "pattern", "no pattern yet"),
        ({"hypothesis": "pattern", "pattern": "("}, "pattern", "no regular expression"),
        ({"hypothesis": "pattern", "pattern": "x" * 201}, "pattern", "at most 200"),
        ({"hypothesis": "pattern", "pattern": "never there"}, "pattern", "never changes"),
        ({"hypothesis": "url"}, "hypothesis", "never changes"),
        ({"model": "../../etc"}, "", "no model"),
    ],
)
def test_a_search_explains_what_it_refuses(asked, field, told):
    import gradio as gr

    with pytest.raises(gr.Error, match=told) as error:
        inference.search_cells(**{"text": TEXT, "model": ENGLISH} | asked)
    assert error.value.field == field
    assert re.search("[가-힣]", error.value.message)


def test_a_pattern_that_explodes_is_stopped(monkeypatch):
    import gradio as gr

    monkeypatch.setattr(inference, "PATTERN_SECONDS", 0.3)
    with pytest.raises(gr.Error, match="still being matched after 0.3 seconds"):
        inference.search_cells("a" * 400, "pattern", "(a+)+b", ENGLISH)


@pytest.mark.parametrize("unit", ["", "layer_0", "layer_0 c[1]", "layer_0 h[999]", "layer_9 h[0]", MARKUP])
def test_a_unit_that_is_not_there_is_refused(unit):
    import gradio as gr

    with pytest.raises(gr.Error, match="no unit") as error:
        inference.read_unit(TEXT, unit, ENGLISH)
    assert error.value.field == "unit" and "<img" not in error.value.message


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_any_text_is_survived_and_escaped(text):
    shown = result_of(tabs.show_colour, ENGLISH, text + "ab", "layer_0 h[0]", "")
    assert "<img" not in shown and "<script" not in shown


def test_a_model_without_losses_is_refused():
    import gradio as gr

    with pytest.raises(gr.Error, match="Only a character model"):
        inference.ablate_unit("재미있다 " * 50, "layer_0/forward h[0]", "word_position", model=REVIEWS)


# What was measured -----------------------------------------------------------------------------------


def test_the_claims_are_what_was_measured():
    line, quotes = gallery.row("char_lm/shakespeare", "line_position"), gallery.row("char_lm/python", "in_quotes")
    brackets = gallery.row("char_lm/python", "bracket_depth")
    assert line["beats_nulls"] and brackets["beats_nulls"] and line["score"] > brackets["score"]
    assert not quotes["beats_nulls"] and quotes["score"] < 0.55 < quotes["chosen"]
    for model in ("sentiment/imdb", "sentiment/nsmc"):
        positive = gallery.row(model, "positive")
        assert positive["beats_nulls"] and positive["layer"].endswith("backward")
        assert positive["probe"] > positive["score"]
    rows = [row for one in gallery.measured() for row in one["rows"] if None not in row.get("inside", [None])]
    costs = {row["name"]: row["inside"][1] - row["inside"][0] for row in rows}
    assert max(costs, key=costs.get) == "indent" and np.median(list(costs.values())) < 0.01
    shown = plain(gallery.claims())
    assert f"{line['score']:.2f}" in shown and f"{quotes['score']:.2f}" in shown


def test_the_gallery_shows_every_row_and_its_document_too():
    shown, document = gallery.gallery(), DOCUMENT.read_text(encoding="utf-8")
    for one in gallery.measured():
        assert f"`{one['model']}`" in document
        for row in one["rows"]:
            if "score" in row:
                assert f"{row['score']:.3f}".replace("-", "−") in shown and f"{row['score']:.3f}" in document


# In the terminal -------------------------------------------------------------------------------------


def test_the_command_writes_a_table(tmp_path, capsys):
    from apps.cli import main as cli

    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    asked = ["cells", "--input", str(tmp_path / "text.txt"), "--model", ENGLISH]
    assert cli.main([*asked, "--hypotheses", "in_quotes", "url", "--pattern", r"\d"]) == 0
    heads, *rows = capsys.readouterr().out.splitlines()
    assert heads.split("\t")[:4] == ["hypothesis", "measure", "unit", "score"]
    found = inference.search_cells(TEXT, "in_quotes", model=ENGLISH)
    assert rows[0].split("\t")[2:4] == [found["units"][0]["unit"], f"{found['units'][0]['score']:.4f}"]
    assert rows[1] == "url\tAUC" and rows[2].startswith("/\\d/\tAUC\tlayer_0 h[")
    assert cli.main([*asked, "--hypotheses", "mood"]) == 2 and "no hypothesis mood" in capsys.readouterr().err
    assert cli.main([*asked, "--pattern", "("]) == 2 and "no regular expression" in capsys.readouterr().err
    assert cli.main(["cells", "short", "--model", ENGLISH]) == 1 and "at least 200" in capsys.readouterr().err
