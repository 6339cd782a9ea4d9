"""What the guided observations say was to be seen, asked of the shipped models."""

import pytest

from apps.sentiment import inference
from apps.sentiment.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def explained(text, model):
    """The probability of "positive", and of each word what it adds and the probability after it."""
    found = inference.explain(text, model)
    words = {
        word["text"]: (word["evidence"]["positive"] - word["evidence"]["negative"], word["running"]["positive"])
        for word in found["words"]
    }
    return found["probabilities"]["positive"], words


def test_the_clause_after_but_decides():
    asked = SETTINGS["word-order"]
    (a, first), (b, second) = (explained(asked[side], asked["model"]) for side in "ab")
    assert 1 - a == pytest.approx(0.99, abs=0.005) and b == pytest.approx(0.81, abs=0.005)
    assert first["좋지만"][0] == pytest.approx(-0.2, abs=0.05) and second["좋다."][0] == pytest.approx(1.1, abs=0.05)


def test_not_halves_the_evidence_of_good_and_the_verdict_stays():
    asked = SETTINGS["negation"]
    (a, first), (b, second) = (explained(asked[side], asked["model"]) for side in "ab")
    assert a == pytest.approx(0.99, abs=0.005) and b == pytest.approx(0.69, abs=0.005)
    assert second["not"][1] == pytest.approx(0.02, abs=0.005)
    assert second["good"][0] == pytest.approx(first["good"][0] / 2, rel=0.2)


def test_irony_is_not_seen_and_one_word_is_to_blame():
    asked = SETTINGS["irony"]
    positive, words = explained(asked["text"], asked["model"])
    assert positive == pytest.approx(0.97, abs=0.005)
    evidence = {word: added for word, (added, _) in words.items()}
    assert max(evidence, key=evidence.get) == "favourite" and evidence["favourite"] > sum(evidence.values()) / 2
    assert min(evidence.values()) > -0.1
