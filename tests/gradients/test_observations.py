"""What the guided observations say was to be seen, computed again."""

import numpy as np
import pytest

from apps.gradients import clipped_runs, inference, race
from apps.gradients.observations import OBSERVATIONS
from apps.gradients.settings import NONE, checked

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}


@pytest.fixture(autouse=True)
def quickly_compiled(monkeypatch):
    monkeypatch.setenv("RNN_XLA", "0")


def flows(name, **changed):
    given = SETTINGS[name] | changed
    numbers = (float(given[key]) for key in ("steps", "gain", "scale", "forget"))
    settings = checked(*numbers, given["activation"], NONE, float(given["seed"]))
    return {flow.cell: flow for flow in inference.flows(settings)}


def test_saturation_kills_what_the_spectrum_promises():
    vanilla = flows("saturation")["vanilla"]
    assert round(vanilla.bound[0]) == 12_528 and vanilla.h[0] < 1e-10
    without = flows("saturation", scale="0")["vanilla"]
    np.testing.assert_allclose(without.h, without.bound, rtol=1e-4)


def test_a_large_forget_bias_keeps_most():
    assert flows("forget-bias")["lstm"].kept[0] == pytest.approx(0.678, abs=5e-4)
    assert flows("forget-bias", forget="1")["lstm"].kept[0] < 1e-6


def test_only_what_is_not_clipped_explodes_and_only_by_value_is_turned():
    given = SETTINGS["clipping"]
    keys = ("steps", "length", "gain", "rate", "norm", "value")
    settings = clipped_runs.checked(*(float(given[key]) for key in keys), "tanh", float(given["seed"]))
    none, norm, value = clipped_runs.runs(settings)
    assert none.losses[-1] > 1e9 and max(*norm.losses, *value.losses) < 2
    assert max(norm.turned) < 1e-4 and np.mean(value.turned) == pytest.approx(20.6, abs=0.05)


@pytest.mark.slow
def test_the_gru_learns_to_add_and_the_vanilla_network_does_not():
    given = SETTINGS["long-memory"]
    names = ("task", "length", "cell", "against", "rate", "steps", "seed")
    task, length, *cells, rate, steps, seed = (given[name] for name in names)
    *_, last = race.run(race.checked(task, float(length), *cells, rate, float(steps), float(seed)))
    assert last.ended == "steps" and last.solved("gru") and last.solved("vanilla") is None
    assert min(last.smoothed("vanilla")) < 0.2
