"""What the guided observations say was to be seen, asked of the shipped models."""

import numpy as np
import pytest

from apps.shared import models
from apps.translation import inference
from apps.translation.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def test_without_attention_the_man_is_lost_and_the_women_play():
    asked = SETTINGS["one-state"]
    other = inference.counterparts(models.available("translation"))[asked["model"]]
    with_attention, without = (inference.translate(asked["text"], name, 5)["text"] for name in (asked["model"], other))
    assert with_attention == "Three women dancing on a street while a man plays guitar."
    assert without.startswith("Three women are playing a guitar") and " man" not in without


def test_the_beam_finds_the_uncle_in_a_likelier_sentence():
    asked = SETTINGS["beam"]
    _, loaded = inference.get_model(asked["model"])
    greedy, found = (loaded.translate(asked["text"], beam=beam).sentences[0] for beam in (1, 5))
    assert greedy.tokens[0] == "▁나는" and "삼촌" not in greedy.text
    assert found.tokens[0] == "▁저는" and "삼촌과 함께" in found.text
    first = np.log([greedy.probabilities[0], found.probabilities[0]])
    assert first[0] > first[1] and np.log(found.probabilities).sum() > np.log(greedy.probabilities).sum()


def test_the_verb_at_the_end_looks_back():
    asked = SETTINGS["verb-last"]
    (sentence,) = inference.translate(asked["text"], asked["model"], 5)["sentences"]
    for token, source, share in (("▁양파", "▁onion", 0.85), ("▁자르고", "▁cutting", 0.91)):
        row = sentence["attention"][sentence["tokens"].index(token)]
        assert row[sentence["source_tokens"].index(source)] == pytest.approx(share, abs=0.01) == max(row)
    assert sentence["tokens"].index("▁양파") < sentence["tokens"].index("▁자르고")


def test_made_to_look_elsewhere_it_forgets_the_onion():
    asked = SETTINGS["look-elsewhere"]
    _, before, after = inference.greedy_and_steered(
        asked["text"], asked["model"], int(asked["at"]), int(asked["position"])
    )
    assert before.tokens[1] == "▁양파" and before.source_tokens[3] == "▁cutting"
    assert after.text == "여자가 자르고 있다."
