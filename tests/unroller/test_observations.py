"""What the guided observations say was to be seen, asked of the library."""

import numpy as np
import pytest

from apps.unroller import asked as asking
from apps.unroller import inference
from apps.unroller.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}


def asked(name, **changes):
    given = {**asking.DEFAULTS, **SETTINGS[name], **changes}
    numbers = {key: int(given[key]) for key in ("units", "seed", "cut", "markov")}
    known = {key: given[key] for key in asking.DEFAULTS}
    return asking.checked(**{**known, **numbers})


def graph(name, **changes):
    one = asked(name, **changes)
    return inference.graph(one, inference.first_weights(one))


def trained(name):
    """The probabilities of the right letters after each step, (steps + 1, 4)."""
    one = asked(name)
    weights, rows = inference.first_weights(one), []
    for _ in range(int(SETTINGS[name]["steps"]) + 1):
        found = inference.graph(one, weights)
        rows.append([found.probabilities[t][right] for t, right in found.targets.items()])
        weights = inference.descended(found, float(SETTINGS[name]["rate"]))
    return np.array(rows)


def test_the_copies_pull_in_different_directions():
    weight = graph("copies").shared["cell/recurrent_kernel"]
    np.testing.assert_allclose(weight.norms, [0, 6.168, 2.245, 0.369], atol=6e-4)
    assert weight.norm == pytest.approx(7.289, abs=6e-4) and weight.norms.sum() == pytest.approx(8.782, abs=1e-3)
    other = graph("copies", seed=7, cell="gru").shared["cell/recurrent_kernel"]
    assert other.norms[0] == 0 and other.norms[1] > 0


@pytest.mark.slow
def test_hello_is_learnt_and_e_after_h_comes_last():
    """5 s: 150 steps."""
    first = graph("hello").probabilities[0]
    assert first[1] == pytest.approx(0.125, abs=0.001) and first[3] == pytest.approx(0.84, abs=0.005)
    rows = trained("hello")
    passed = [int(np.argmax(rows[:, place] > 0.9)) for place in range(4)]
    assert (rows[-1] > 0.9).all() and max(passed) == passed[0]


@pytest.mark.slow
def test_without_a_state_the_two_ls_are_one_place():
    """5 s: 150 steps."""
    rows = trained("markov")
    assert (rows[-1, :2] > 0.9).all() and rows[-1, 2:].min() > 0.4 and rows[-1, 2:].max() < 0.5


def test_the_state_crosses_a_cut_and_the_gradient_does_not():
    cut, whole = graph("cut"), graph("cut", cut=0)
    assert cut.loss == whole.loss == pytest.approx(0.1679, abs=5e-5)
    norms = cut.shared["cell/kernel"].norms
    assert not norms[:4].any() and norms[4:].all()
    assert whole.shared["cell/kernel"].norms[[0, 7]] == pytest.approx([0.002, 0.348], abs=6e-4)
