"""Captioners that write together."""

import numpy as np
import pytest

from rnn_models import WordTokenizer
from tests.support.captioners import GRIDS, START, WORDS, small
from tests.support.gradients import numpy
from training.captioning.ensemble import Ensemble

LONGEST = 12  # words of a caption


def following(models, grid, words):
    """Each model's p of each next word, (models, words), without a decoder."""
    target = np.full((1, 1, LONGEST), models[0].end, "int32")  # one length: a program is compiled for each
    target[0, 0, : len(words) + 1] = START, *words
    logits = [model(grid[None], target)[0] for model in models]
    logs = [numpy(model.next_log_probs(found)) for model, found in zip(models, logits, strict=True)]
    return np.exp([log[0, 0, len(words)] for log in logs])


def test_each_word_is_the_likeliest_by_the_mean_of_their_probabilities():
    models = [small("soft"), small("merge"), small("hard", gate=False)]
    for n, model in enumerate(models):
        for variable in model.trainable_variables:
            variable.assign(numpy(variable) * (1 + 0.4 * n))
    agreed = set()
    for grid, caption in zip(GRIDS, Ensemble(models).describe(GRIDS, beam=1), strict=True):
        words = []
        while len(words) < LONGEST and (not words or words[-1] != models[0].end):
            each = following(models, grid, words)
            words.append(int(each.mean(0).argmax()))
            agreed.add(tuple(each.argmax(-1) == words[-1]))
        assert caption.text == WORDS.decode(words)
    assert not np.all(list(agreed), axis=0).any()  # none of the three would have written it all


def test_several_that_are_the_same_write_as_one_also_in_parts(monkeypatch):
    monkeypatch.setattr("training.captioning.ensemble.BATCH_SIZES", (1, 2))  # three pictures do not go at once
    model = small("soft")
    expected = [caption.text for caption in model.describe(GRIDS, beam=3, length_penalty=1.5)]
    assert len(GRIDS) == 3
    assert [caption.text for caption in Ensemble([model, model]).describe(GRIDS, 3, 1.5)] == expected


def test_those_that_cannot_write_together_are_refused():
    with pytest.raises(ValueError, match="There are no captioners"):
        Ensemble([])
    other = small("soft")
    other.tokenizer = WordTokenizer(["cat"], ("<s>", "</s>"))
    with pytest.raises(ValueError, match="different words"):
        Ensemble([small("soft"), other])
    with pytest.raises(ValueError, match="different encoders"):
        Ensemble([small("soft"), small("soft", fit="crop")])
