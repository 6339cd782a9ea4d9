"""Pictures of a digit in MNIST's form."""

import numpy as np
import pytest

from rnn_models.vision.digit_pictures import centred, digit_picture


def stroke(height=90, width=60, thick=9, ink=0, paper=255) -> np.ndarray:
    """A seven: a bar and a slanted line."""
    picture = np.full((height + 50, width + 120), paper, dtype="uint8")
    picture[20 : 20 + thick, 30 : 30 + width] = ink
    for y in range(height):
        x = 30 + width - thick - (width - thick) * y // (2 * height)
        picture[20 + y, x : x + thick] = ink
    return picture


def test_a_drawing_comes_into_the_middle_at_mnists_size():
    found = digit_picture(stroke())
    assert found.shape == (28, 28) and found.dtype == np.float32 and found.max() == 1 and found.min() == 0
    rows, columns = np.flatnonzero(found.max(axis=1)), np.flatnonzero(found.max(axis=0))
    assert rows[-1] - rows[0] + 1 == 20 and columns[-1] - columns[0] + 1 == round(60 * 20 / 90)
    mass = found.sum()
    for axis in (0, 1):
        centre = (found.sum(axis=1 - axis) * np.arange(28)).sum() / mass
        assert abs(centre - 13.5) <= 0.5


@pytest.mark.parametrize("colours", [(255, 0), (0, 255), (60, 200), (180, 90)])
def test_ink_and_paper_may_have_any_brightness(colours):
    ink, paper = colours
    np.testing.assert_allclose(digit_picture(stroke(ink=ink, paper=paper)), digit_picture(stroke()), atol=0.02)


def test_place_size_and_colour_make_no_difference():
    plain = stroke()
    moved = np.roll(plain, (20, 40), axis=(0, 1))
    np.testing.assert_allclose(digit_picture(moved), digit_picture(plain), atol=0.02)
    colour = np.stack([plain, np.full_like(plain, 255), np.full_like(plain, 255)], axis=-1)
    assert np.abs(digit_picture(colour) - digit_picture(plain)).max() < 0.1
    large = np.kron(plain, np.ones((3, 3), dtype="uint8"))
    assert np.abs(digit_picture(large) - digit_picture(plain)).max() < 0.1


@pytest.mark.parametrize("light", [(0.5, 0.0), (0.0, -0.5), (0.3, 0.25)])
def test_a_lamp_at_one_side_makes_no_difference(light):
    """The old way, one brightness for all of the paper, saw ink in the darker half."""
    plain = stroke(ink=40, paper=240)
    height, width = plain.shape
    rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    lit = np.uint8(plain * (0.75 + light[0] * rows + light[1] * columns))
    assert np.abs(digit_picture(lit) - digit_picture(plain)).mean() < 0.05


def test_a_digit_of_floats_is_taken_as_it_is():
    digit = np.random.default_rng(0).random((28, 28))
    np.testing.assert_allclose(digit_picture(digit), digit, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (1, 1)])
def test_thin_ink(shape):
    found = centred(np.ones(shape, dtype="float32"))
    assert found.shape == (28, 28) and found.max() == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.full((40, 40), 255, dtype="uint8"), "no digit in the picture"),
        (np.zeros((28, 28), dtype="uint8"), "no digit in the picture"),
        (np.zeros((20, 28)), r"shape \(20, 28\)"),
        (np.full((28, 28), 2.0), "values from .* to 2"),
        (np.full((28, 28), np.nan), "expected"),
        (b"no picture", "picture"),
        ("nowhere.png", "nowhere.png"),
    ],
)
def test_what_is_no_digit(source, message):
    with pytest.raises(ValueError, match=message):
        digit_picture(source)
