"""Captioners that write together."""

import numpy as np
import pytest

from rnn_models import WordTokenizer
from tests.captioning.test_model import COUNT, DEPTH, GRIDS, START, WORDS, small
from tests.support.gradients import numpy
from training.captioning.ensemble import Ensemble

LONGEST = 12  # words of a caption


def following(models, grid, words):
    """The mean of the models' p of each next word, one after another, without a decoder."""
    target = np.full((1, 1, LONGEST), models[0].end, "int32")  # one length: a program is compiled for each
    target[0, 0, : len(words) + 1] = START, *words
    found = []
    for model in models:
        found.append(np.exp(numpy(model.next_log_probs(model(grid[None], target)[0]))[0, 0, len(words)]))
    return np.mean(found, axis=0)


def test_each_word_is_the_likeliest_by_the_mean_of_their_probabilities():
    models = [small("soft"), small("merge"), small("hard", gate=False)]
    for n, model in enumerate(models):
        for variable in model.trainable_variables:
            variable.assign(numpy(variable) * (1 + 0.4 * n))
    together = Ensemble(models).describe(GRIDS, beam=1)
    alone = [[caption.text for caption in model.describe(GRIDS, beam=1)] for model in models]
    for grid, caption in zip(GRIDS, together, strict=True):
        words = []
        while len(words) < LONGEST and (not words or words[-1] != models[0].end):
            words.append(int(following(models, grid, words).argmax()))
        assert caption.text == WORDS.decode(words)
    assert [caption.text for caption in together] not in alone


@pytest.mark.parametrize(("beam", "count", "times"), [(1, 70, 1), (3, 3, 2)])  # 70: more than go at once
def test_one_alone_writes_as_ever(beam, count, times):
    model = small("soft")
    pictures = np.random.default_rng(0).random((count, COUNT, DEPTH)).astype("float32")
    expected = [caption.text for caption in model.describe(pictures, beam=beam, length_penalty=1.5)]
    assert [caption.text for caption in Ensemble([model] * times).describe(pictures, beam, 1.5)] == expected


def test_those_that_cannot_write_together_are_refused():
    with pytest.raises(ValueError, match="There are no captioners"):
        Ensemble([])
    other = small("soft")
    other.tokenizer = WordTokenizer(["cat"], ("<s>", "</s>"))
    with pytest.raises(ValueError, match="different words"):
        Ensemble([small("soft"), other])
    with pytest.raises(ValueError, match="different encoders"):
        Ensemble([small("soft"), small("soft", fit="crop")])
