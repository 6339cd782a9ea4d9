"""The n-gram baseline: a proper distribution, right by hand on a small case, better with more context."""

from pathlib import Path

import numpy as np
import pytest

from training.char_lm.ngram import NGram

TEXT = (Path(__file__).parents[1] / "fixtures" / "weather.txt").read_text(encoding="utf-8")
SYMBOLS = {symbol: number for number, symbol in enumerate(sorted(set(TEXT)))}
IDS = np.array([SYMBOLS[symbol] for symbol in TEXT])


@pytest.mark.parametrize("order", [1, 2, 5])
def test_probabilities_sum_to_one_after_any_context(order):
    size = len(SYMBOLS) + 2  # two symbols that the text never has
    model = NGram(IDS[:1000], size, order)
    for context in (IDS[1000:1010], IDS[20:24], [size - 1, 3], []):
        costs = [model.score(np.array([*context, symbol]))[-1] for symbol in range(size)]
        assert np.exp(-np.array(costs)).sum() == pytest.approx(1, abs=1e-9)


def test_the_score_of_a_symbol_depends_on_what_stands_before_it_only():
    model = NGram(IDS[:1500], len(SYMBOLS), 4)
    text = IDS[1500:1600]
    np.testing.assert_allclose(model.score(text)[:40], model.score(text[:40]))
    changed = text.copy()
    changed[60:] = changed[60:][::-1]
    np.testing.assert_allclose(model.score(text)[:60], model.score(changed)[:60])


def test_unigrams_by_hand():
    # a a a b: n(a) = 3, n(b) = 1. n1 = 1 and no symbol was seen twice (counted as 1): Y = 1/3,
    # D(1) = 1 - 2/3 = 1/3, D(3+) = 3 - 4/3 = 5/3. Kept back: (1/3 + 5/3) / 4 = 1/2, over V = 3 symbols.
    model = NGram(np.array([0, 0, 0, 1]), 3, order=1)
    expected = [(3 - 5 / 3) / 4 + 1 / 6, (1 - 1 / 3) / 4 + 1 / 6, 1 / 6]
    np.testing.assert_allclose(np.exp(-model.score(np.array([0, 1, 2]))), expected)


def test_more_context_is_better_on_text_and_close_to_nothing_on_a_repeated_one():
    train, held_out = IDS[:1700], IDS[1700:]
    costs = [NGram(train, len(SYMBOLS), order).score(held_out).mean() for order in (1, 2, 3)]
    assert costs[0] > costs[1] > costs[2] > 1
    assert costs[0] < np.log(len(SYMBOLS))
    repeated = np.tile([0, 1, 2, 3], 200)
    assert NGram(repeated, 4, 3).score(repeated[:100])[3:].mean() < 0.05


def test_bad_arguments():
    with pytest.raises(ValueError, match="order"):
        NGram(IDS, len(SYMBOLS), 0)
    with pytest.raises(ValueError, match="needs as many"):
        NGram(IDS[:3], len(SYMBOLS), 5)
    with pytest.raises(ValueError, match="ids must lie"):
        NGram(IDS, 5, 2)
