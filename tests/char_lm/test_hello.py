"""The tab "hello": the lecture's numbers, training by gradient descent, visitors kept apart."""

import html
import itertools
import json
import math
import threading

import gradio as gr
import numpy as np
import pytest

from apps.char_lm import hello_tab, hello_view
from apps.char_lm.hello_network import (
    INPUTS,
    LETTERS,
    PRINTED_HIDDEN,
    PRINTED_LOGITS,
    TARGETS,
    HelloNetwork,
    Weights,
    ids,
    lecture_weights,
)
from tests.support.browser import plain_pairs


def forward(weights):
    """The lecture's equations in float64."""
    inputs, recurrent, output, bias = (np.asarray(array, np.float64) for array in weights)
    h, hidden = np.zeros(3), []
    for letter in ids(INPUTS):
        h = np.tanh(inputs[letter] + h @ recurrent)
        hidden.append(h)
    hidden = np.array(hidden)
    logits = hidden @ output + bias
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return hidden, logits, probabilities, -np.log(probabilities[np.arange(4), ids(TARGETS)])


@pytest.fixture(scope="module")
def network():
    return HelloNetwork()


def test_the_first_weights_give_the_lectures_printed_numbers(network):
    run = network.read(lecture_weights())
    np.testing.assert_allclose(run.hidden, PRINTED_HIDDEN, atol=2e-6)
    np.testing.assert_allclose(run.logits, PRINTED_LOGITS, atol=2e-5)
    np.testing.assert_allclose(run.probabilities[0], [0.038, 0.125, 0.001, 0.837], atol=5e-4)
    assert run.losses[0] == pytest.approx(2.0785, abs=5e-5)
    assert LETTERS[run.probabilities[0].argmax()] == "o"


def test_reading_follows_the_equations(network):
    weights = Weights(*(np.random.default_rng(0).normal(size=w.shape).astype("f4") for w in lecture_weights()))
    run = network.read(weights)
    for given, expected in zip((run.hidden, run.logits, run.probabilities, run.losses), forward(weights), strict=True):
        np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.tanh(run.from_input + run.from_state), run.hidden, atol=1e-5)


def test_a_training_step_is_gradient_descent_on_the_mean_loss(network):
    weights, rate, epsilon = lecture_weights(), 0.1, 1e-6
    after = network.train(weights, 1, rate)
    for number, (old, new) in enumerate(zip(weights, after, strict=True)):
        gradient = np.zeros(old.shape)
        for place in np.ndindex(old.shape):
            losses = []
            for sign in (1, -1):
                moved = [np.array(w, np.float64) for w in weights]
                moved[number][place] += sign * epsilon
                losses.append(forward(moved)[3].mean())
            gradient[place] = (losses[0] - losses[1]) / (2 * epsilon)
        np.testing.assert_allclose((old - new) / rate, gradient, atol=2e-5)


def test_trained_on_hello_it_spells_hello_and_only_the_state_tells_the_ls_apart(network):
    run = network.read(network.train(lecture_weights(), 200, 0.3))
    assert "".join(LETTERS[best] for best in run.probabilities.argmax(axis=1)) == TARGETS
    assert run.targets.min() > 0.9
    np.testing.assert_array_equal(run.inputs[2], run.inputs[3])
    assert np.abs(run.hidden[2] - run.hidden[3]).max() > 0.5


def test_two_visitors_training_at_once_get_what_each_gets_alone():
    def visit(rate, turns, results):
        session = hello_tab.first_session()
        for _ in range(turns):
            session = hello_tab.train(session, 1, rate)[0]
        results[rate] = session

    together, alone = {}, {}
    threads = [threading.Thread(target=visit, args=(rate, 15, together)) for rate in (0.05, 0.5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rate in (0.05, 0.5):
        visit(rate, 15, alone)
    assert together == alone and together[0.05] != together[0.5]
    assert hello_tab.first_session()["steps"] == 0 and hello_tab.first_session()["weights"] != together[0.5]["weights"]


def test_a_session_is_plain_data():
    session = hello_tab.train(hello_tab.first_session(), 2, 0.1)[0]
    assert json.loads(json.dumps(session)) == session
    assert session["steps"] == 2 and len(session["history"]) == 3


def test_stepping_goes_through_h_e_l_l_and_round():
    session, shown = hello_tab.first_session(), []
    for _ in range(4):
        session, picture, *_ = hello_tab.step(session)
        shown.append((session["shown"], picture.count("rnn-softmax")))
    assert shown == [(2, 8), (3, 12), (4, 16), (1, 4)]


def test_every_number_is_on_the_screen():
    session = {**hello_tab.first_session(), "shown": 4}
    _, picture, chart, weights = hello_tab.refresh(session)
    for value in (*PRINTED_HIDDEN.ravel(), *PRINTED_LOGITS.ravel()):
        assert f">{hello_view.number(value)}<" in picture
    assert "12.5 %" in picture and "83.7 %" in picture and "loss · 손실 2.08" in plain_pairs(picture)
    assert "P(e | h) <b>12.5 %</b>" in chart
    for value in itertools.chain.from_iterable(np.ravel(array) for array in lecture_weights()):
        assert f"<td>{hello_view.number(value)}</td>" in weights


def test_watching_streams_every_step_and_the_chart_stays_bounded(monkeypatch):
    monkeypatch.setattr(hello_tab, "FRAME", 0.0)
    monkeypatch.setattr(hello_tab, "HISTORY_LIMIT", 8)
    frames = list(hello_tab.run(hello_tab.first_session(), 40, 0.3))
    assert [frame[0]["steps"] for frame in frames] == list(range(1, 41))
    history = frames[-1][0]["history"]
    assert len(history) <= 8 and history[-1][0] > history[0][0]
    assert history[0] == pytest.approx([0.125, 0.055, 0.684, 0.793], abs=1e-3)
    assert hello_tab.start_over()[0] == hello_tab.first_session()


@pytest.mark.parametrize(("steps", "rate"), [(0, 0.1), (501, 0.1), (1, 0), (1, 3), (1, math.nan), (None, 0.1)])
def test_training_out_of_bounds_is_refused(steps, rate):
    with pytest.raises(gr.Error):
        hello_tab.train(hello_tab.first_session(), steps, rate)


def test_numbers_are_written_with_a_true_minus_and_no_minus_zero():
    assert [hello_view.number(value) for value in (-3, -0.001, 0.126)] == ["−3.00", "0.00", "0.13"]
    assert hello_view.percent(0.1251) == "12.5 %" and html.unescape(hello_view.percent(1e-5)) == "<0.1 %"
