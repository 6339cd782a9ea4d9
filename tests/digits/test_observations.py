"""What the guided observations say was to be seen, asked of the shipped models."""

import numpy as np
import pytest

from apps.digits import inference, perturbations, places, sketch, views
from apps.digits.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}
ROWS, WHOLE = "digits/rows", "digits/whole"

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def beliefs(name):
    """Of the two readers that the observation tells of."""
    found = inference.read_all(sketch.digit(SETTINGS[name]["digit"]).picture)
    return {one.name: one for one in found if one.name in (ROWS, WHOLE)}


def first_failure(name, kind, reader):
    digit = sketch.digit(SETTINGS[name]["digit"])
    wrong = views.failed(*inference.answers(reader, perturbations.sweep(digit.picture, kind, 1)), digit.label)
    return wrong.index(True) if any(wrong) else None


def test_a_three_is_a_two_until_its_middle():
    found = beliefs("row-by-row")[ROWS]
    picture = sketch.digit("three").picture
    assert found.label == "3" and found.settled == 11 and np.count_nonzero(picture.any(axis=1)) == 20
    assert found.probabilities[9, 2] == pytest.approx(0.62, abs=0.005) and found.probabilities[14, 3] >= 0.99
    assert picture[15:].sum() / picture.sum() == pytest.approx(0.5, abs=0.07)


def test_a_letter_is_called_a_digit_with_confidence():
    found = beliefs("no-digit")
    assert (found[ROWS].label, found[WHOLE].label) == ("4", "2")
    assert found[ROWS].probability == pytest.approx(0.99, abs=0.005)
    assert found[WHOLE].probability == pytest.approx(0.74, abs=0.005)
    assert found[ROWS].probabilities.argmax(axis=1)[3:].tolist() == [1] * 7 + [0] * 5 + [4] * 13


def test_a_shift_down_is_a_delay_and_one_to_the_right_is_none():
    assert [first_failure("shift-down", "down", reader) for reader in (ROWS, WHOLE)] == [None, 6]
    assert first_failure("shift-down", "right", ROWS) == 8


def test_empty_glimpses_make_the_network_surer_of_a_wrong_answer():
    settings = SETTINGS["empty-corner"]
    picture, given = sketch.digit(settings["digit"]).picture, places.read(settings["places"])
    own, corner = inference.look(picture), inference.look(picture, given)
    assert len(given) == 6 and not corner.retina[1:].any()
    assert (own.label, corner.label) == ("2", "7") and own.probability == pytest.approx(0.999, abs=0.0006)
    assert corner.probabilities[[0, -1], 7] == pytest.approx([0.79, 0.95], abs=0.006)
