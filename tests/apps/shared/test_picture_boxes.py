"""What an encoder sees of a picture, and where in it each place of the grid lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rnn_models.vision import pictures
from rnn_models.vision.pictures import cell_boxes, seen_box, square

H, W = 20, 30


def gradient(height=H, width=W) -> np.ndarray:
    """A picture that tells places apart: red grows to the right, green downwards."""
    x, y = np.linspace(0, 255, width), np.linspace(0, 255, height)
    return np.stack(np.broadcast_arrays(x[None], y[:, None], 128.0), axis=-1).round().astype("uint8")


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 500), st.integers(30, 500), st.sampled_from(pictures.FITS), st.sampled_from([224, 64]))
def test_the_box_is_what_the_square_shows(height, width, fit, size):
    """Red and green tell where in the picture a pixel of the square comes from."""
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    picture = np.stack(np.broadcast_arrays(x[None] * 255, y[:, None] * 255, 0.0), -1).round().astype("uint8")
    left, top, right, bottom = seen_box(height, width, size, fit)
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    found = square(picture, size, fit)
    assert found.shape == (size, size, 3)
    places = (np.arange(size) + 0.5) / size
    inner = slice(size // 8, -size // 8)  # the outermost pixels of a small picture are stretched over the border
    expected_x, expected_y = ((low + (high - low) * places) for low, high in ((left, right), (top, bottom)))
    assert np.abs(found[0, inner, 0] - expected_x[inner] / width * 255).max() < 2
    assert np.abs(found[inner, 0, 1] - expected_y[inner] / height * 255).max() < 2


def test_the_crop_is_the_one_by_which_classifiers_are_measured():
    """The shorter side to 256, then the 224 × 224 in the middle."""
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype="uint8")
    picture = np.array(Image.fromarray(picture).resize((600, 400), Image.Resampling.BICUBIC))
    resized = Image.fromarray(picture).resize((384, 256), Image.Resampling.BICUBIC).crop((80, 16, 304, 240))
    assert np.abs(square(picture, fit="crop").astype(int) - np.array(resized)).mean() < 1


@pytest.mark.parametrize("fit", pictures.FITS)
def test_a_picture_of_the_right_size_is_used_whole(fit):
    picture = gradient(224, 224)
    found = square(picture, fit=fit)
    np.testing.assert_array_equal(found, picture)
    assert found is not picture and seen_box(224, 224, fit=fit) == (0, 0, 224, 224)


def test_cells_lie_row_by_row_in_the_box():
    boxes = cell_boxes(100, 200, 2, 4)
    expected = [(50 * c, 50 * r, 50 * c + 50, 50 * r + 50) for r in range(2) for c in range(4)]
    np.testing.assert_allclose(boxes, expected)
    cropped = cell_boxes(100, 200, 7, 7, fit="crop")
    assert cropped.shape == (49, 4)
    np.testing.assert_allclose(cropped[0, :2], (56.25, 6.25))
    np.testing.assert_allclose(cropped[-1, 2:], (143.75, 93.75))
    np.testing.assert_allclose(cropped[:, 2] - cropped[:, 0], 12.5)


def test_squares_of_something_else_are_refused():
    for picture in (gradient()[..., 0], gradient() / 255, "a.jpg", None):
        with pytest.raises(ValueError, match="expected an array uint8.*open_picture"):
            square(picture)
    with pytest.raises(ValueError, match="fit is 'pad'; expected one of squash, crop"):
        square(gradient(), fit="pad")
    with pytest.raises(ValueError, match="expected 1 or more each"):
        seen_box(0, 5)
    with pytest.raises(ValueError, match="expected 1 or more each"):
        cell_boxes(5, 5, 0, 7)
