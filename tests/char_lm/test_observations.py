"""What the guided observations say was to be seen, asked of the shipped model."""

import pytest

from apps.char_lm import hello_tab, inference, surprisal
from apps.char_lm.observations import OBSERVATIONS, SHAKESPEARE
from apps.shared import models

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def test_hello_is_learnt_and_e_after_h_comes_last():
    session = hello_tab.first_session()
    first = hello_tab._network.read(hello_tab._weights(session)).probabilities[0]
    assert first[1] == pytest.approx(0.125, abs=0.001) and first[3] == pytest.approx(0.84, abs=0.005)
    weights, passed = hello_tab._weights(session), {}
    for step in range(0, hello_tab.RUN_STEPS, 10):
        weights = hello_tab._network.train(weights, 10, float(SETTINGS["hello"]["rate"]))
        for place, probability in enumerate(hello_tab._network.read(weights).targets):
            if probability > 0.9:
                passed.setdefault(place, step)
    assert len(passed) == 4 and max(passed, key=passed.get) == 0


def test_argmax_says_the_same_again_and_drawing_does_not():
    asked, again = SETTINGS["argmax"], "I will not see the sea of the prince of the sea"
    how = {"prompt": asked["prompt"], "model": SHAKESPEARE, "length": int(asked["length"])}
    loaded = models.get(SHAKESPEARE, "char_lm")
    argmax = loaded.generate(how["prompt"], how["length"], strategy=inference._greedy())
    drawn = inference.generate(**how, temperature=float(asked["temperature"]), seed=int(asked["seed"]))
    assert argmax.count(again) >= 2
    assert all(drawn.count(drawn[start : start + 40]) == 1 for start in range(len(drawn) - 40))


def test_a_typing_error_surprises_where_it_stands_and_is_soon_forgotten():
    text = SETTINGS["typing-error"]["text"]
    nats = surprisal.score(text, SHAKESPEARE)["nats"]
    error, after = text.index("Rm") + 1, text.index("wherefore")
    assert nats.index(max(nats)) == error and nats[error] == pytest.approx(12.2, abs=0.05)
    assert all(2.5 < value < 7.5 for value in nats[error + 1 : text.index("!")])
    right = surprisal.score(text.replace("Rmoeo", "Romeo"), SHAKESPEARE)["nats"]
    assert max(abs(one - other) for one, other in zip(nats[after:], right[after:], strict=True)) < 1
    assert nats[-6] > 5 and max(nats[-5:]) < 1  # the last Romeo?
