"""Image encoders on the networks of `keras.applications`, with random weights: nothing is downloaded."""

import functools

import keras
import numpy as np
import pytest

from rnn_models import ImageEncoder
from rnn_models.vision import encoder as vision_encoder

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)


def pool(x, by):
    return keras.layers.AveragePooling2D(by)(x)


@pytest.fixture
def application(monkeypatch):
    """Put a small network in `keras.applications`, among those that want their pictures as MobileNet does."""

    def put(make):
        make.__module__ = "keras.src.applications.mobilenet"
        monkeypatch.setattr(keras.applications, "Small", make, raising=False)
        monkeypatch.setattr(vision_encoder, "_networks", {})
        return ImageEncoder("Small", weights=None)

    return put


def averages(last, include_top, weights, input_shape):
    """Averages of the picture: 28 × 28, twice 14 × 14 (the second one doubled), and `last` × `last`."""
    assert (include_top, weights) == (False, None)
    given = keras.Input(input_shape)
    x = pool(pool(given, 8), 2)
    x = keras.layers.Rescaling(2.0)(x)
    x = pool(x, 2) if last == 7 else keras.layers.Resizing(last, last)(x)
    return keras.Model(given, keras.layers.Rescaling(3.0)(x))


def test_grids_are_the_last_maps_of_their_size(application):
    encoder = application(functools.wraps(averages)(functools.partial(averages, 7)))
    found = encoder.encode(PICTURES, grids=("7x7", "14x14"))
    prepared = PICTURES.astype("float32") / 127.5 - 1  # MobileNet's preparation
    for name, side, factor in (("14x14", 14, 2), ("7x7", 7, 6)):
        cell = 224 // side
        expected = prepared.reshape(2, side, cell, side, cell, 3).mean((2, 4)) * factor
        np.testing.assert_allclose(found.grids[name], expected.reshape(2, -1, 3), atol=1e-5)
        assert encoder.shape(name) == (side * side, 3)
    np.testing.assert_allclose(found.pooled, found.grids["7x7"].mean(1), atol=1e-6)
    assert encoder.pooled_depth == 3


def test_a_network_without_such_a_map_is_refused(application):
    encoder = application(functools.wraps(averages)(functools.partial(averages, 5)))
    with pytest.raises(ValueError, match="Small has no feature map of 7x7 for pictures of 224 × 224; it has 14x14"):
        encoder.encode(PICTURES)
    found = encoder.encode(PICTURES, grids=["14x14"])
    assert found.grid.shape == (2, 196, 3) and found.pooled.shape == (2, 3)


def test_a_download_that_fails_is_told(application):
    def make(**options):
        raise Exception("URL fetch failure on https://example.org/weights.h5: None -- Name or service not known")

    encoder = application(make)
    with pytest.raises(RuntimeError, match="URL fetch failure.*check the network connection.*'efficientnet-lite0'"):
        encoder.encode(PICTURES)
    assert vision_encoder._networks == {}  # the next attempt tries again


def test_a_network_of_keras_is_seen_through_as_keras_itself_would():
    encoder = ImageEncoder("MobileNetV3Small", weights=None)
    found = encoder.encode(PICTURES)
    model = encoder._network().model
    (base,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    expected = base.predict_on_batch(PICTURES.astype("float32"))["7x7"]
    assert found.grid.shape == (2, 49, 576)
    np.testing.assert_allclose(found.grid, expected.reshape(found.grid.shape), rtol=1e-4, atol=1e-12)
    assert model.trainable_variables == []


def test_every_network_of_keras_is_known_with_its_preparation():
    names = [n for n in dir(keras.applications) if n[:1].isupper()]
    assert {"EfficientNetV2B0", "MobileNetV3Large", "VGG16", "ResNet50"} <= set(names)
    for name in names:
        make, module = vision_encoder._application(name)
        assert make is getattr(keras.applications, name) and callable(module.preprocess_input)
