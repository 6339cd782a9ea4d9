"""What the guided observations say was to be seen, asked of the shipped model."""

import pytest

from apps.char_lm import adaptation, examples, inference, surprisal
from apps.char_lm.observations import OBSERVATIONS, SHAKESPEARE
from apps.shared import models

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def test_argmax_says_the_same_again_and_drawing_does_not():
    asked, again = SETTINGS["argmax"], "I will not see the sea of the prince of the sea"
    how = {"prompt": asked["prompt"], "model": SHAKESPEARE, "length": int(asked["length"])}
    loaded = models.get(SHAKESPEARE, "char_lm")
    argmax = loaded.generate(how["prompt"], how["length"], strategy=inference._greedy())
    drawn = inference.generate(**how, temperature=float(asked["temperature"]), seed=int(asked["seed"]))
    assert argmax.count(again) >= 2
    assert all(drawn.count(drawn[start : start + 40]) == 1 for start in range(len(drawn) - 40))


def test_a_high_temperature_breaks_what_is_drawn_and_leaves_argmax():
    asked, loaded = SETTINGS["temperature"], models.get(SHAKESPEARE, "char_lm")
    how = {"prompt": asked["prompt"], "model": SHAKESPEARE, "length": int(asked["length"])}
    drawn, surprise = {}, {}
    for temperature in (0.8, float(asked["temperature"])):
        drawn[temperature] = inference.generate(**how, temperature=temperature, seed=int(asked["seed"]))
        nats = surprisal.score(asked["prompt"] + drawn[temperature], SHAKESPEARE)["nats"][len(asked["prompt"]) :]
        surprise[temperature] = sum(nats) / len(nats)
    assert drawn[2.0].startswith("Lete assait3 sfeet Aumille") and surprise[2.0] > 2.5 * surprise[0.8]
    first = loaded.generate(how["prompt"], 10, strategy=inference._greedy())
    assert first == "I will not" and not drawn[0.8].startswith(first)


def test_a_typing_error_surprises_where_it_stands_and_is_soon_forgotten():
    text = SETTINGS["typing-error"]["text"]
    nats = surprisal.score(text, SHAKESPEARE)["nats"]
    error, after = text.index("Rm") + 1, text.index("wherefore")
    assert nats.index(max(nats)) == error and nats[error] == pytest.approx(12.2, abs=0.05)
    assert all(2.5 < value < 7.5 for value in nats[error + 1 : text.index("!")])
    right = surprisal.score(text.replace("Rmoeo", "Romeo"), SHAKESPEARE)["nats"]
    assert max(abs(one - other) for one, other in zip(nats[after:], right[after:], strict=True)) < 1
    assert nats[-6] > 5 and max(nats[-5:]) < 1  # the last Romeo?


def test_names_that_come_again_get_cheaper_while_it_learns_and_other_verses_do_not():
    """The two examples keep what they promise."""
    names, verses = examples.TEXTS["shakespeare"][2:4]
    gained = {}
    for text in (names, verses):
        found = adaptation.dynamic_evaluation(text, SHAKESPEARE)
        gained[text] = found["mean_nats"] - found["adapted_mean_nats"]
    assert gained[names] > 0.25 and abs(gained[verses]) < 0.05
