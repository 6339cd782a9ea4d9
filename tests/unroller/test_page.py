"""The page of the unrolled graph: the lecture's numbers, the library's numbers on it, training, visitors kept apart."""

import html
import itertools
import json
import math
import re
import threading

import gradio as gr
import keras
import numpy as np
import pytest

from apps.shared import components, links
from apps.shared.formatting import number, percent
from apps.unroller import PAGE, details_view, inference, names, page, views
from apps.unroller import asked as asking
from apps.unroller.lecture_numbers import INPUTS, LETTERS, PRINTED_HIDDEN, PRINTED_LOGITS, TARGETS, lecture_weights
from rnn_models.cell_names import CELL_NAMES
from rnn_models.layers import CELLS, Recurrent
from tests.support.browser import HOSTILE


def asked(**changes):
    return asking.checked(**{**asking.DEFAULTS, **changes})


def settings(**changes):
    return list({**asking.DEFAULTS, **changes}.values())


def found_of(one):
    return inference.graph(one, inference.first_weights(one))


def forward(weights):
    """The lecture's equations in float64: the losses of h, e, l, l."""
    inputs, recurrent, output, bias = (np.asarray(array, np.float64) for array in weights)
    h, losses = np.zeros(3), []
    for letter, right in zip(INPUTS, TARGETS, strict=True):
        h = np.tanh(inputs[LETTERS.index(letter)] + h @ recurrent)
        logits = h @ output + bias
        losses.append(np.log(np.exp(logits).sum()) - logits[LETTERS.index(right)])
    return np.array(losses)


@pytest.fixture(scope="module")
def hello():
    return found_of(asked())


# Numbers ---------------------------------------------------------------------------------------------


def test_the_first_weights_give_the_lectures_printed_numbers(hello):
    np.testing.assert_allclose([hello.nodes["h", t].value for t in range(4)], PRINTED_HIDDEN, atol=2e-6)
    np.testing.assert_allclose([hello.nodes["y", t].value for t in range(4)], PRINTED_LOGITS, atol=2e-5)
    np.testing.assert_allclose(hello.probabilities[0], [0.038, 0.125, 0.001, 0.837], atol=5e-4)
    np.testing.assert_allclose(list(hello.losses.values()), forward(lecture_weights()), rtol=1e-5)
    assert hello.loss == pytest.approx(5.5896, abs=1e-4) and LETTERS[hello.choices[0]] == "o"
    known = {"cell/recurrent_kernel": 7.289, "cell/kernel": 6.942, "output/kernel": 1.652}
    assert {name: round(hello.shared[name].norm, 3) for name in known} == known


def test_a_training_step_is_gradient_descent_on_the_sum_of_the_losses(hello):
    weights, rate, epsilon = lecture_weights(), 0.1, 1e-6
    after = inference.descended(hello, rate)
    for place, (old, new) in enumerate(zip(weights, after, strict=True)):
        gradient = np.zeros(old.shape)
        for entry in np.ndindex(old.shape):
            losses = []
            for sign in (1, -1):
                moved = [np.array(w, np.float64) for w in weights]
                moved[place][entry] += sign * epsilon
                losses.append(forward(moved).sum())
            gradient[entry] = (losses[0] - losses[1]) / (2 * epsilon)
        np.testing.assert_allclose((old - new) / rate, gradient, atol=1e-4)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_page_has_the_numbers_of_the_librarys_layer(cell):
    one = asked(cell=cell, units=5, seed=3, reads="abca", writes="bcab")
    weights = inference.first_weights(one)
    layer, output = Recurrent(CELLS[cell](5), return_sequences=True), keras.layers.Dense(3)
    x = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]][None]
    output.build((None, 5))
    layer(x)
    layer.cell.set_weights(weights[:-2])
    output.set_weights(weights[-2:])
    hidden = layer(x)
    found = inference.graph(one, weights)
    for t in range(4):
        np.testing.assert_allclose(found.nodes["h", t].value, np.asarray(hidden)[0, t], atol=1e-6)
        np.testing.assert_allclose(found.nodes["y", t].value, np.asarray(output(hidden))[0, t], atol=1e-6)


@pytest.mark.parametrize("wiring", asking.WIRINGS)
def test_every_wiring_is_drawn_with_all_its_numbers_and_parts(wiring):
    reads, writes = asking.EXAMPLES[wiring]
    one = asked(wiring=wiring, reads=reads, writes=writes)
    found = found_of(one)
    shown = views.graph(found, one, 0)
    for (kind, t), node in found.nodes.items():
        name = names.node_id(kind, t)
        (box,) = re.findall(rf'<g class="rnn-node[^>]*data-node="{name}".*?</g></g>', shown)
        for value, gradient in zip(np.ravel(node.value), np.ravel(node.gradient), strict=True):
            assert f">{value:.0f}<" in box if kind == "x" else f">{number(float(value))}<" in box, (name, value)
            assert f">{'1' if kind == 'L' else names.short(float(gradient))}<" in box, (name, gradient)
        assert shown.count(f'data-of="{name}"') == 1
    for weight in found.shared.values():
        for name in (names.whole_id(weight), *(names.copy_id(weight, t) for t in weight.steps)):
            assert shown.count(f'data-of="{name}"') == 1 and shown.count(f'data-shows="{name}"') == 1
    assert f"<b>{number(found.loss, 4)}</b>" in shown and f"<b>{found.parameters}</b>" in shown
    assert set(re.findall('data-node="(.*?)"', shown)) <= set(re.findall('data-of="(.*?)"', shown))


def test_the_table_holds_all_numbers_too(hello):
    rows = re.findall("<tr>.*?</tr>", details_view.numbers_table(hello, LETTERS))[2:]
    assert len(rows) == 4 + 3 + 4 + 1
    cells = re.findall("<td[^>]*>(.*?)</td>", rows[5])  # the second hidden unit
    assert cells[::2] == [number(v, 3) for v in PRINTED_HIDDEN[:, 1]]
    assert cells[1::2] == [names.short(float(hello.nodes["h", t].gradient[1])) for t in range(4)]


def test_the_walk_goes_forward_and_then_backward_over_all_nodes(hello):
    walk = names.walk(hello)
    forward, backward = ([here for way, here in walk if way == one] for one in "fb")
    assert forward[:4] == [["x-1"], ["h-1"], ["y-1"], ["L-1"]] and forward[-1] == ["L-4"]
    nodes = {names.node_id(kind, t) for kind, t in hello.nodes}
    assert set(itertools.chain(*forward)) == nodes < set(itertools.chain(*backward))
    order = list(itertools.chain(*backward))
    assert order.index("L-4") < order.index("h-4") < order.index("cell.recurrent_kernel-4") < order.index("h-3")


@pytest.mark.parametrize("cell", CELL_NAMES)
def test_every_cell_is_shown(cell):
    """0.1 s each."""
    one = asked(cell=cell, seed=1, reads="ab", writes="ba", units=2)
    first, again = inference.first_weights(one), inference.first_weights(one)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    shown = views.graph(found_of(one), one, 0)
    assert shown.count('class="rnn-node') >= 8 and "nan" not in shown


def test_the_seed_0_takes_the_lectures_numbers_only_where_they_fit():
    assert asked().lecture and asked(wiring="many_to_one", writes="o").lecture and asked(reads="eeee").lecture
    for change in ({"seed": 1}, {"cell": "gru"}, {"units": 4}, {"reads": "hexx"}, {"wiring": "encoder_decoder"}):
        assert not asked(**change).lecture
    assert "printed states" in views.graph(found_of(asked()), asked(), 0)
    assert "seed 1" in views.graph(found_of(asked(seed=1)), asked(seed=1), 0)


def test_parameters_do_not_grow_with_the_steps():
    assert {found_of(asked(reads="h" * n, writes="e" * n)).parameters for n in (1, 4, 8)} == {37}


def test_letters_that_a_wiring_cannot_take_become_those_of_its_example():
    assert asking.fitted("encoder_decoder", "abc", "cab") == ("abc", "cab")
    for wiring, example in asking.EXAMPLES.items():
        assert asking.fitted(wiring, "abc", "cabba") == (example if wiring != "encoder_decoder" else ("abc", "cabba"))


# The session -----------------------------------------------------------------------------------------


def test_two_visitors_training_at_once_get_what_each_gets_alone():
    def visit(rate, turns, results):
        session = page.first_session()
        for _ in range(turns):
            session = page.train_one(session, rate, *settings())[0]
        results[rate] = session

    together, alone = {}, {}
    threads = [threading.Thread(target=visit, args=(rate, 6, together)) for rate in (0.05, 0.5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rate in (0.05, 0.5):
        visit(rate, 6, alone)
    assert together == alone and together[0.05] != together[0.5]
    assert json.loads(json.dumps(together[0.05])) == together[0.05] and together[0.05]["steps"] == 6


def test_what_was_learnt_stays_while_the_network_is_the_same():
    trained = page.train_ten(page.first_session(), 0.05, *settings())[0]
    other = page.show(trained, *settings(wiring="many_to_one", writes="o", cut=2))[0]
    assert other["weights"] == trained["weights"] and other["steps"] == 10 and other["history"] == []
    assert page.show(trained, *settings(units=4))[0]["steps"] == 0
    session, shown, chart = page.start_over(trained, *settings())
    assert session["steps"] == 0 and 'data-trained="0"' in shown and chart.count("12.5 %") == 1
    assert page.show("nonsense", *settings())[0]["steps"] == 0  # what no page would send


def test_training_streams_every_step_and_the_chart_stays_bounded(monkeypatch):
    monkeypatch.setattr(page, "FRAME", 0.0)
    monkeypatch.setattr(page, "HISTORY_LIMIT", 8)
    frames = list(page.train(page.first_session(), 20, 0.1, *settings()))
    assert [frame[0]["steps"] for frame in frames] == list(range(1, 21))
    history = frames[-1][0]["history"]
    assert len(history) <= 8 and history[-1][0] > history[0][0]
    assert history[0] == pytest.approx([0.125, 0.055, 0.684, 0.793], abs=1e-3)
    assert 'data-trained="20"' in frames[-1][1]


def test_too_large_a_step_is_refused_in_words():
    with pytest.raises(gr.Error, match="smaller learning rate"), np.errstate(all="ignore"):
        huge = found_of(asked())
        huge.shared["cell/kernel"].copies[0] = np.inf
        inference.descended(huge, 1.0)


# What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wiring": "two_to_two"}, "wiring"),
        ({"wiring": None}, "wiring"),
        ({"cell": "transformer"}, "cell"),
        ({"reads": ""}, "reads"),
        ({"reads": "a" * 9}, "reads"),
        ({"reads": "a\n"}, "reads"),
        ({"writes": "el"}, "writes"),
        ({"wiring": "one_to_one"}, "reads"),
        ({"wiring": "many_to_one"}, "writes"),
        ({"wiring": "encoder_decoder", "reads": "abcde"}, "writes"),
        ({"units": 0}, "units"),
        ({"units": 2.5}, "units"),
        ({"seed": math.nan}, "seed"),
        ({"cut": 4}, "cut"),
        ({"cut": 10**400}, "cut"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(changes, field):
    with pytest.raises(gr.Error, match="[가-힣]") as refused:
        asked(**changes)
    assert refused.value.field == field and len(refused.value.message) < 600


@pytest.mark.parametrize("rate", [0, 3, math.nan, None])
def test_training_out_of_bounds_is_refused(rate):
    with pytest.raises(gr.Error):
        page.train_one(page.first_session(), rate, *settings())


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_any_letters_are_refused_or_shown_and_none_becomes_markup(text):
    text = text[:8]
    try:
        session, shown, chart = page.show(page.first_session(), *settings(reads=text, writes=text))
    except gr.Error:
        return
    assert "<img" not in shown + chart and "<script" not in shown + chart
    (shown + chart).encode("utf-8")


# The page --------------------------------------------------------------------------------------------


def test_an_old_link_to_hello_says_where_it_is_now():
    with gr.Blocks(), links.page_of((), {"hello": "unroller"}) as linked, gr.Tabs(), gr.Tab("a", id="a"):
        links.register(gr.Button(elem_id="a-start"))
    for link in ("tab=hello&rate=0.1", "observation=hello&run=1"):
        (told, *_) = links.read(linked, link).left_out
        assert "/unroller" in told


def test_the_api_gives_the_same_numbers(hello):
    given = inference.unrolled()
    assert given["loss"] == pytest.approx(hello.loss) and given["parameters"] == 37 and given["letters"] == "helo"
    assert given["nodes"]["h_2"]["value"] == hello.nodes["h", 1].value.tolist()
    assert given["weights"]["cell/recurrent_kernel"]["norms"][0] == 0
    json.dumps(given)


def test_the_page_needs_no_model(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    config = json.dumps(components.alone(PAGE).get_config_file(), default=str, ensure_ascii=False)
    assert "unroll-start" in config and "unroll-graph" in config


def test_numbers_are_written_with_a_true_minus_and_no_minus_zero():
    assert [number(value) for value in (-3, -0.001, 0.126)] == ["−3.00", "0.00", "0.13"]
    assert percent(0.1251) == "12.5 %" and html.unescape(percent(1e-5)) == "<0.1 %"
    assert [names.short(v) for v in (0, -0.0, 0.00004, -0.5, 1234.5)] == ["0", "0", "4e−5", "−0.500", "1e3"]
