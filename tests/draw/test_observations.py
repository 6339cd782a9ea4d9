"""What the guided observations of DRAW say was to be seen, asked of the library."""

import numpy as np
import pytest

from apps.draw import inference
from apps.draw.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}


pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def painted(name, count=1, model="", **changes):
    given = {**SETTINGS[name], **changes}
    return inference.paint(count, int(given["seed"]), float(given["temperature"]), given["digit"], model)[2]


def test_without_temperature_all_are_one_picture():
    found = painted("no-noise", 16).canvases[:, -1]
    assert np.abs(found - found[0]).max() < 1e-5
    warm = painted("no-noise", 16, temperature="1").canvases[:, -1]
    assert min(np.abs(warm[n] - warm[m]).mean() for n in range(16) for m in range(n)) > 0.01


def test_the_twins_paint_two_sevens():
    one, other = painted("without-attention"), painted("without-attention", model=inference.twin())
    np.testing.assert_array_equal(one.latents, other.latents)
    assert np.abs(one.canvases[0, -1] - other.canvases[0, -1]).mean() > 0.03
    loaded = inference.get_model()[1]
    for drawing in (one, other):
        assert loaded.reconstruct(drawing.canvases[0, -1].astype("float64")).labels == ["7"]
    assert np.ptp(one.writes.g_x[0]) + np.ptp(one.writes.g_y[0]) > 1 and np.ptp(one.writes.delta[0]) > 0.1


def test_the_way_from_a_three_to_a_three_is_threes():
    given = SETTINGS["walk"]
    found = inference.between(*(int(given[name]) for name in ("first", "last", "count")), given["digit"])[2]
    last = found.canvases[:, -1]
    steps = np.abs(np.diff(last, axis=0)).mean(axis=(1, 2))
    assert steps.max() < np.abs(last[0] - last[-1]).mean()
    loaded = inference.get_model()[1]
    for canvas in last:
        assert loaded.reconstruct(canvas.astype("float64")).labels == ["3"]
