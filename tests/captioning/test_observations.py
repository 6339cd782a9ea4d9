"""What the guided observations say was to be seen, asked of the shipped models."""

import pytest

from apps.captioning import inference
from apps.captioning.examples import PICTURES
from apps.captioning.observations import HARD, OBSERVATIONS, SOFT

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def caption(name, model):
    return inference.caption_image(str(PICTURES / SETTINGS[name]["picture"]), model, int(SETTINGS[name]["beam"]))


def test_the_cat_is_called_a_dog_without_a_warning():
    found = caption("hardly-a-cat", SOFT)
    assert found["text"] == "a brown and white dog is playing with a toy" and not found["strange"]
    assert found["probabilities"][found["words"].index("dog")] == pytest.approx(0.82, abs=0.01)


def test_it_looks_narrower_for_words_of_content_and_hard_attention_hardly_narrower_than_soft():
    soft, hard = (caption("where-it-looks", model) for model in (SOFT, HARD))
    bits = dict(zip(soft["words"], soft["entropy"], strict=True))
    for word, expected in {"holding": 4.4, "man": 4.9, "front": 5.4, "of": 5.4}.items():
        assert bits[word] == pytest.approx(expected, abs=0.06)
    assert max(soft["attention"][soft["words"].index("man")]) == pytest.approx(0.09, abs=0.005)
    assert SETTINGS["soft-and-hard"]["picture"] == SETTINGS["where-it-looks"]["picture"]
    means = [sum(found["entropy"]) / len(found["entropy"]) for found in (soft, hard)]
    assert means == pytest.approx([5.2, 5.0], abs=0.06)
    assert soft["words"][:6] == hard["words"][:6]
