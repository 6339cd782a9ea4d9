"""The Gaussian filterbank: known numbers, and what must hold at the borders."""

import numpy as np
import pytest
from keras import ops

from rnn_models.vision.gaussian_filterbank import Filterbank, Window, filterbank, places, window
from tests.support.gradients import numpy, value_and_gradients
from tests.support.helpers import close

KNOWN = np.array([[0, -0.25, 0, np.log(0.5), 0]], dtype="float32")
"""g̃_X = 0, g̃_Y = −.25, σ² = 1, δ̃ = .5, γ = 1, over 8 × 8 pixels with N = 3."""


def known() -> tuple[Window, Filterbank]:
    where = window(ops.convert_to_tensor(KNOWN), 8, 8, 3)
    return where, filterbank(where, 8, 8, 3)


def test_places_count_from_one():
    where, _ = known()
    close(where.delta, [1.75], 1e-6)
    close(places(where.g_x, where.delta, 3), [[2.75, 4.5, 6.25]], 1e-5)
    close(places(where.g_y, where.delta, 3), [[1.625, 3.375, 5.125]], 1e-5)


def test_known_filters():
    first = [0.087101, 0.304011, 0.390357, 0.184392, 0.032042, 0.002048, 0.000048, 0.000000]
    second = [0.000873, 0.017529, 0.129522, 0.352077]
    _, bank = known()
    close(bank.x, [[first, second + second[::-1], first[::-1]]], 1e-6)
    close(ops.sum(bank.y, axis=-1), np.ones((1, 3)), 1e-6)


def test_known_read_and_write():
    _, bank = known()
    picture = (np.arange(64, dtype="float32") / 63).reshape(1, 8, 8)
    seen = [[0.137660, 0.165015, 0.192371], [0.330379, 0.357734, 0.385089], [0.551901, 0.579256, 0.606612]]
    close(bank.read(picture), [seen], 1e-5)
    written = numpy(bank.write((np.arange(9, dtype="float32") / 8).reshape(1, 3, 3)))
    assert written.sum() == pytest.approx(4.5, abs=1e-5)
    row = [0.024886, 0.091993, 0.156753, 0.189942, 0.211558, 0.211848, 0.135121, 0.037244]
    close(written[0, 3], row, 1e-5)


def test_gamma_multiplies_what_is_read_and_divides_what_is_written():
    louder = filterbank(window(ops.convert_to_tensor(KNOWN + [0, 0, 0, 0, np.log(3)]), 8, 8, 3), 8, 8, 3)
    _, bank = known()
    picture, patch = np.random.default_rng(0).random((2, 1, 8, 8)).astype("float32")
    close(louder.read(picture), 3 * numpy(bank.read(picture)), 1e-4)
    close(louder.write(patch[:, :3, :3]), numpy(bank.write(patch[:, :3, :3])) / 3, 1e-5)


def test_width_and_height_are_not_mistaken():
    """B = 6 rows of A = 10 pixels: the stride follows the longer side, each centre its own."""
    where = window(ops.zeros((1, 5)), 6, 10, 4)
    bank = filterbank(where, 6, 10, 4)
    assert bank.x.shape == (1, 4, 10) and bank.y.shape == (1, 4, 6)
    close(ops.stack([where.g_x, where.g_y, where.delta]), [[5.5], [3.5], [3.0]], 1e-6)
    assert bank.read(np.ones((1, 6, 10), "float32")).shape == (1, 4, 4)
    assert bank.write(np.ones((1, 4, 4), "float32")).shape == (1, 6, 10)


def test_a_narrow_filter_far_outside_sees_the_nearest_pixel_and_has_gradients():
    numbers = np.array([[9, -9, -12, 0, 0]], dtype="float32")

    def seen(numbers):
        bank = filterbank(window(numbers, 8, 8, 3), 8, 8, 3)
        return ops.sum(bank.read(np.eye(8, dtype="float32")[None, ::-1].copy()))

    value, (gradient,), _ = value_and_gradients(seen, [numbers])
    assert value == pytest.approx(9, abs=1e-4)  # the corner at the upper right, by all nine filters
    assert np.isfinite(gradient).all()


def test_gradients_are_those_of_differences():
    picture = np.random.default_rng(1).random((1, 8, 8)).astype("float32")

    def seen(numbers):
        bank = filterbank(window(numbers, 8, 8, 3), 8, 8, 3)
        return ops.sum(bank.read(picture) ** 2) + ops.sum(bank.write(picture[:, :3, :3]) ** 2)

    _, (gradient,), _ = value_and_gradients(seen, [KNOWN])
    for n in range(5):
        move = np.eye(5, dtype="float32")[n] * 1e-2
        slope = (
            float(seen(ops.convert_to_tensor(KNOWN + move))) - float(seen(ops.convert_to_tensor(KNOWN - move)))
        ) / 2e-2
        assert gradient[0, n] == pytest.approx(slope, rel=2e-2, abs=2e-3)


def test_one_filter_has_no_stride():
    with pytest.raises(ValueError, match="no stride"):
        window(ops.zeros((1, 5)), 8, 8, 1)
