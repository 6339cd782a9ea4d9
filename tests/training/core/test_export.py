"""Weights as bundles hold them."""

import keras
import numpy as np
import pytest

from training.core.export import round_weights


@pytest.mark.parametrize("digits", [7, 5])
def test_what_is_rounded_stays_near_and_stays_as_it_is(digits):
    layer = keras.layers.Dense(40)
    layer.build((None, 50))
    rng = np.random.default_rng(0)
    kernel = (rng.standard_normal((50, 40)) * 10.0 ** rng.integers(-3, 4, (50, 40))).astype("float32")
    bias = rng.standard_normal(40).astype("float32")
    layer.set_weights([kernel, bias])
    round_weights(layer, digits)
    rounded, short = layer.get_weights()
    assert rounded.dtype == "float32"
    # Below 6e-5 float16 has fewer digits.
    most = (2.0 ** -(digits + 1) + 2.0**-11) * np.abs(kernel) + 2.0 ** -(11 + digits)
    assert (np.abs(rounded - kernel) <= most).all()
    np.testing.assert_array_equal(short, bias.astype("float16"))
    free = (1 << (10 - digits)) - 1
    assert not (rounded.astype("float16").view("uint16") & free).any()
    np.testing.assert_array_equal(rounded, rounded.astype("float16"))
    round_weights(layer, digits)
    np.testing.assert_array_equal(layer.get_weights()[0], rounded)


def test_halves_go_to_the_even_neighbour_and_signs_stay():
    layer = keras.layers.Dense(1)
    layer.build((None, 6))
    kernel = np.array([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8, -0.0, 0.0, 2.0**-13], "float32")
    layer.set_weights([kernel[:, None], np.zeros(1, "float32")])
    round_weights(layer)
    np.testing.assert_array_equal(layer.get_weights()[0][:, 0], [1, 1 + 2**-6, -1, -0.0, 0.0, 2.0**-13])
