"""Dynamic evaluation on the page: its numbers are the library's, and no reading touches another or the model."""

import threading

import gradio as gr
import numpy as np
import pytest

import rnn_models
from apps.char_lm import adaptation, adaptation_view, examples, surprisal
from apps.char_lm.page import show_surprisal
from apps.shared import models
from tests.support.browser import ENGLISH, KOREAN
from tests.support.helpers import close

pytestmark = pytest.mark.usefixtures("only_tiny_models")

NAMES, VERSES = examples.TEXTS["shakespeare"][2:4]


@pytest.mark.parametrize(
    ("model", "text"), [(ENGLISH, NAMES[:130]), (KOREAN, "영화였다 값이, \nab 뷁"), (ENGLISH, "a")]
)
def test_the_page_the_endpoint_and_the_library_agree(model, text):
    lm = models.get(model, "char_lm")
    expected = lm.score(text, adapt=rnn_models.Adaptation())
    parts = list(adaptation.read(lm, text))
    assert [len(part) for part in parts] == sorted(len(part) for part in parts)
    close(parts[-1], expected, 1e-5)
    found = adaptation.dynamic_evaluation(text, model)
    close(found["adapted_nats"], expected, 1e-4)
    assert found["adapted_mean_nats"] == pytest.approx(float(expected.mean()), rel=1e-4)
    assert found["nats"] == surprisal.score(text, model)["nats"]
    *_, (_, _, page) = show_surprisal(model, text, adapt=True)
    assert f"{expected.mean():.3f}" in page and f"{lm.score(text).mean():.3f}" in page


def test_two_readings_at_once_and_the_model_stays_as_it_was():
    lm = models.get(ENGLISH, "char_lm")
    before = [np.array(v) for v in lm.weights]
    alone = [list(adaptation.read(lm, text))[-1] for text in (NAMES[:90], VERSES[:90])]
    found: dict[int, np.ndarray] = {}

    def read(n: int, text: str) -> None:
        found[n] = list(adaptation.read(lm, text))[-1]

    threads = [threading.Thread(target=read, args=(n, text[:90])) for n, text in enumerate((NAMES, VERSES))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, expected in enumerate(alone):
        close(found[n], expected, 1e-6)
    assert all(np.array_equal(old, np.array(v)) for old, v in zip(before, lm.weights, strict=True))


def test_a_moving_mean_and_the_words():
    close(adaptation.moving_mean(np.array([2.0, 4.0, 6.0, 8.0]), 2), [2, 3, 5, 7], 1e-12)
    words = adaptation.gains("ab c\n", np.arange(5.0), np.ones(5))
    assert words == [("ab", 0, 1.0, 2.0), ("c", 3, 3.0, 1.0)]
    page = adaptation_view.shown("<q> <i>", np.full(7, 2.0), np.array([1.0] * 3 + [4.0] * 4))
    assert "<q>" not in page and "&lt;q&gt;" in page and page.index("&lt;q&gt;") < page.index("&lt;i&gt;")


@pytest.mark.parametrize("rate", [0, 0.31, -1, float("nan"), None, True, "0.1"])
def test_another_rate_is_refused(rate):
    with pytest.raises(gr.Error, match="learning rate"):
        list(show_surprisal(ENGLISH, "a", True, rate))
    with pytest.raises(gr.Error, match="learning rate"):
        adaptation.dynamic_evaluation("a", ENGLISH, rate)
