"""What the guided observations say was to be seen, asked of the shipped model."""

import numpy as np
import pytest

from apps.cells import examples, inference, stretches
from apps.cells.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def test_a_cell_counts_the_line_and_an_untrained_network_seems_to():
    asked = SETTINGS["line-cell"]
    text = examples.text(asked["model"])
    found = inference.search_cells(text, asked["hypothesis"], model=asked["model"])
    assert found["units"][0]["score"] == pytest.approx(0.886, abs=0.005) and found["beats_nulls"]
    assert found["units"][0]["unit"].startswith("layer_1 ")
    assert found["untrained"] == pytest.approx(0.69, abs=0.005)
    values = inference.read_unit(text, found["units"][0]["unit"], asked["model"])["values"]
    ends = [
        place for place in range(1, len(text) - 1) if text[place] == "\n" and text[place - 20 : place].isprintable()
    ]
    assert np.mean([values[place - 1] > values[place] for place in ends]) > 0.9


def test_without_the_cell_names_are_written_nearly_as_well():
    asked = SETTINGS["without-the-cell"]
    text = examples.text(asked["model"])
    found = inference.ablate_unit(text, asked["unit"], asked["hypothesis"], model=asked["model"])
    for before, after in (found["inside"], found["outside"]):
        assert abs(after - before) < 0.02
    (best, *_) = inference.search_cells(text, asked["hypothesis"], model=asked["model"])["units"]
    assert best["score"] > 0.999


def test_the_units_of_a_name_are_on_at_names():
    asked = SETTINGS["names-elsewhere"]
    reading = inference.read(examples.text(asked["model"]), asked["model"])
    start, end = int(asked["first"]) - 1, int(asked["last"])
    assert reading.texts[0][start:end] == "PETRUCHIO:\n"
    chosen = stretches.units_on(reading, start, end)
    others = [reading.texts[0][one.start : one.end] for one in stretches.others(reading, chosen, start, end)]
    assert len(others) == stretches.OTHERS
    assert all(any(name in one for name in ("PETRUCHIO:", "BAPTISTA:", "GREMIO:")) for one in others)
