"""Gradients clipped by norm and by value: known answers, numbers that overflow, what Keras does."""

import numpy as np
import pytest

from rnn_models.probes.clipping import clip_by_norm, clip_by_value, norm_of, turned_by

G = [np.array([3.0, 4.0, 0.1])]


def test_the_step_of_a_known_gradient_is_turned_by_value_and_not_by_norm():
    (by_norm,), (by_value,) = clip_by_norm(G, 1), clip_by_value(G, 1)
    np.testing.assert_allclose(by_norm, [0.600, 0.800, 0.020], atol=5e-4)
    np.testing.assert_allclose(by_value, [1, 1, 0.1])
    assert norm_of([by_value]) == pytest.approx(1.418, abs=5e-4)
    assert turned_by(G, [by_value]) == pytest.approx(8.6, abs=0.05)
    assert turned_by(G, [by_norm]) == pytest.approx(0, abs=1e-6)


def test_what_is_below_the_limit_stays_and_all_arrays_share_one_factor():
    pair = [np.array([3.0]), np.array([[4.0]])]
    np.testing.assert_allclose(np.concatenate([a.ravel() for a in clip_by_norm(pair, 1)]), [0.6, 0.8])
    assert [a.tolist() for a in clip_by_norm(pair, 6)] == [a.tolist() for a in pair]
    assert clip_by_value(G, 5)[0].tolist() == G[0].tolist()


def test_numbers_too_large_for_their_squares_and_no_numbers():
    huge = [np.array([3e200, 4e200])]
    assert norm_of(huge) == pytest.approx(5e200)
    np.testing.assert_allclose(clip_by_norm(huge, 1)[0], [0.6, 0.8])
    assert np.isnan(turned_by(G, [np.zeros(3)])) and np.isnan(turned_by(G, [np.array([np.inf, 0, 0])]))
    for limit in (0, -1, float("nan")):
        for clip in (clip_by_norm, clip_by_value):
            with pytest.raises(ValueError, match="expected a number above 0"):
                clip(G, limit)
