"""The page of gradients: every number is the library's, the pictures show them, what is out of bounds is refused."""

import json
import re

import gradio as gr
import keras
import numpy as np
import pytest

from apps.gradients import clipped_runs, flow_view, inference, plot, race, race_view, settings, tabs
from apps.gradients.page import show_flow
from apps.gradients.titles import title
from apps.shared import charts
from rnn_models.cell_names import CELL_NAMES
from rnn_models.layers import CELLS, Recurrent
from rnn_models.layers.cells import VanillaRNNCell
from rnn_models.probes.gradients import gradient_flow
from rnn_models.probes.memory_tasks import MemoryTask
from tests.support.gradients import uncompiled
from tests.support.helpers import close

FLOW = {"steps": 12, "gain": 1.2, "scale": 0.7, "forget_bias": 2.0, "activation": "tanh", "variant": "none", "seed": 4}
CLIP = {
    "steps": 12,
    "length": 8,
    "gain": 1.8,
    "rate": 0.1,
    "norm_limit": 1.0,
    "value_limit": 0.1,
    "activation": "relu",
    "seed": 3,
}
RACE = {"task": "adding", "length": 10, "first": "vanilla", "second": "gru", "rate": "0.01", "steps": 50, "seed": 1}
BAD_NUMBERS = (None, "3", True, float("nan"), float("inf"), -1e300, 10**400, [1], {})


@pytest.fixture(autouse=True)
def quickly_compiled(monkeypatch):
    monkeypatch.setenv("RNN_XLA", "0")


# ------------------------------------------------------------------------------------------ equal to the library


@pytest.mark.parametrize("name", ["vanilla", "lstm", "gru", "cifg_lstm", "mgu"])
def test_the_flow_is_that_of_a_layer_with_these_weights(name):
    asked = settings.checked(**FLOW)
    x, direction = inference.drawn(asked)
    cell = CELLS[name](settings.UNITS)
    cell.build((None, settings.WIDTH))
    inference.assign(cell, asked)
    with uncompiled():
        loss = lambda y, out: keras.ops.sum(y * out, axis=-1)  # noqa: E731
        (whole,) = gradient_flow(Recurrent(cell), x, direction.astype("float32"), loss).values()
        found = inference.flow_of(asked, name)
    close(np.array(found.h), whole.norms["h"][0], 1e-5)
    if "c" in whole.norms:
        close(np.array(found.c), whole.norms["c"][0], 1e-5)
    if whole.kept is None:
        sigma = np.linalg.svd(whole.recurrent_kernel)[1].max()
        close(sigma, np.array(asked.gain), 1e-5)
        close(np.array(found.bound), sigma ** np.arange(11, -1, -1.0), 1e-4)
        assert all(h <= bound * (1 + 1e-5) for h, bound in zip(found.h, found.bound, strict=True))
    else:
        close(np.array(found.kept), whole.kept_after[0].max(-1), 1e-5)
    assert found.h[-1] == pytest.approx(1)


def test_the_forget_bias_makes_every_gate_keep_more():
    """Also where the gate is written the other way round, or another gate stands for it."""
    for name in (*settings.LECTURE, *settings.VARIANTS):
        kept = []
        for bias in (-2.0, 4.0):
            asked = settings.checked(**{**FLOW, "steps": 5, "forget_bias": bias})
            cell = CELLS[name](settings.UNITS)
            cell.build((None, settings.WIDTH))
            inference.assign(cell, asked)
            with uncompiled():
                flow = inference.carried(cell, asked)
            kept.append(None if flow.kept is None else float(flow.kept.mean()))
        without = name in ("vanilla", "irnn", "indrnn", "nfg_lstm", "rg_lru")
        assert (kept[0] == kept[1]) if without else kept[0] + 0.1 < kept[1], name


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_gradients_of_the_runs_are_those_of_the_layer(activation):
    """And each step is what Keras's optimizer makes of it, clipped its way."""
    asked = clipped_runs.checked(**CLIP | {"activation": activation})
    for way, option in (("none", {}), ("norm", {"global_clipnorm": 1.0}), ("value", {"clipvalue": 0.1})):
        (found,) = clipped_runs.runs(asked, [way])
        inputs = keras.Input((asked.length, 2))
        hidden = Recurrent(VanillaRNNCell(clipped_runs.UNITS, activation=activation))(inputs)
        model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
        model.set_weights(clipped_runs.first_weights(asked))
        with uncompiled():
            model.compile(keras.optimizers.SGD(asked.rate, **option), "mse", run_eagerly=True)
            losses = [float(model.train_on_batch(*clipped_runs.batch(asked, step))) for step in range(5)]
        np.testing.assert_allclose(found.losses[:5], losses, rtol=2e-3)


def test_the_known_gradient_is_clipped_on_the_page():
    shown = tabs.show_by_hand("3, 4, 0.1", 1)
    assert "0.600, 0.800, 0.020" in shown and "1.000, 1.000, 0.100" in shown
    assert "<td>1.418</td><td><b>8.6°</b></td>" in shown and "<td>1.000</td><td><b>0.0°</b></td>" in shown


def test_the_race_is_a_training_of_the_comparison(monkeypatch):
    """Both networks are those of `training.cells`, and see the same sequences."""
    from rnn_models.probes.memory_tasks import build_model, compile_model

    asked = race.checked(**RACE)
    *_, last = race.run(asked)
    assert last.ended == "steps" and last.done == 50 and last.guessing == MemoryTask("adding", 10).guessing == 1 / 6
    task = MemoryTask("adding", 10)
    keras.utils.set_random_seed(1)
    model = build_model("gru", task, race.PARAMETERS)
    compile_model(model, task, 0.01)
    batches = [task.draw(race.BATCH, 1, step) for step in range(5)]
    losses = [float(model.train_on_batch(*batch, return_dict=True)["loss"]) for batch in batches]
    np.testing.assert_allclose(last.losses["gru"][:5], losses, rtol=1e-4)
    assert last.parameters["gru"] == model.count_params() <= race.PARAMETERS
    shown = race_view.shown(last)
    assert "1/6" in shown and plot.scientific(last.smoothed("gru")[-1]) in shown


# ------------------------------------------------------------------------------------------------ what is shown


def test_the_figure_shows_each_line_with_what_is_left():
    figure, numbers = show_flow(**FLOW | {"variant": "mut1"})
    found = inference.flows(settings.checked(**FLOW | {"variant": "mut1"}))
    assert figure.count("<polyline") == figure.count("<li ") == 4 + 1 + 1 + 3  # h; c of the LSTM; the bound; gates
    for flow in found:
        assert plot.scientific(flow.h[0]) in figure and plot.scientific(flow.first) in numbers
    assert 'role="img"' in figure and "<details" in numbers and numbers.count("t = ") == 12
    assert "keep_seed" not in numbers and "rnn-keep-seed" in show_flow(**FLOW | {"seed": 0})[1]


def test_numbers_that_left_float32_are_left_out_in_words():
    figure, numbers = show_flow(**FLOW | {"steps": 200, "gain": 2, "scale": 5, "activation": "relu", "seed": 1})
    assert "nan" not in (figure + numbers).lower() and "inf" not in re.sub("<[^>]*>", "", figure).lower()
    json.dumps(inference.gradient_flow(200, 2, 5, 6, "relu"), allow_nan=False)
    json.dumps(clipped_runs.clipping(100, 40, 2, 0.5, activation="relu"), allow_nan=False)


def test_a_line_ends_where_it_has_no_value_and_a_plot_has_an_axis():
    line = plot.Line("x", [1, 10, None, 100, 1000, 0, 5], "rnn-c0")
    shown = plot.plot([line], "lines", "", "figure", 7, most=100)
    assert shown.count("<polyline") == 3 and "1000" not in re.sub(r"data-values=\S*", "", shown)
    assert plot.plot([plot.Line("x", [None, 0], "rnn-c0")], "lines", "", "figure", 2).count("<polyline") == 0
    assert [plot.scientific(v) for v in (None, 0, 0.0123, 12_345.0)] == ["–", "0", "0.0123", "1.2·10<sup>4</sup>"]
    assert plot.scientific(3.4e-11) == "3.4·10<sup>−11</sup>" and charts.sampled(3) == [0, 1, 2]


def test_a_race_ends_by_time_and_by_a_loss_that_is_no_number(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(race, "SECONDS", 0.0)
        *_, last = race.run(race.checked(**RACE | {"steps": 2000}))
    assert last.ended == "time" and last.done == 1 and "minute" in race_view.shown(last)
    monkeypatch.setattr(keras.Model, "train_on_batch", lambda *_, **__: {"loss": float("nan")})
    *_, last = race.run(race.checked(**RACE))
    assert last.ended == "diverged" and last.done == 0 and "lower the learning rate" in race_view.shown(last)


def test_every_cell_has_a_title_of_its_own():
    assert len({title(name) for name in CELL_NAMES}) == len(CELL_NAMES)
    assert [title(name) for name in ("nig_lstm", "indrnn", "min_gru", "rg_lru")] == [
        "NIG LSTM",
        "IndRNN",
        "minGRU",
        "RG-LRU",
    ]
    assert set(flow_view.COLOURS) == set(settings.LECTURE)


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("check, given", [(settings.checked, FLOW), (clipped_runs.checked, CLIP), (race.checked, RACE)])
def test_what_is_out_of_bounds_is_refused_beside_its_field(check, given):
    for name, value in given.items():
        wrong = BAD_NUMBERS if not isinstance(value, str) else ("", "<script>", None, 3, ["tanh"], {})
        for bad in wrong:
            with pytest.raises(gr.Error) as refused:
                check(**given | {name: bad})
            assert refused.value.field in (name, "") and "<script>" not in str(refused.value)
    for name in ("steps", "length"):
        if name in given:
            for bad in (given[name] + 0.5, 1e6, 0):
                with pytest.raises(gr.Error, match="choose"):
                    check(**given | {name: bad})


def test_two_equal_cells_and_no_list_of_numbers_are_refused():
    with pytest.raises(gr.Error, match="choose two different ones"):
        race.checked(**RACE | {"second": "vanilla"})
    for text in ("", "a", "1,,x", "nan", "1e9", ", ".join("1" * 13), "3" * 1000, None):
        with pytest.raises(gr.Error):
            clipped_runs.read_gradient(text)
    assert clipped_runs.read_gradient("(3; −4 0.1)") == [3.0, -4.0, 0.1]
