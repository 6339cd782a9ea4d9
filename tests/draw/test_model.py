"""DRAW: its equations against a plain reading of them, the KL divergence, drawing, reconstruction, completion."""

import keras
import numpy as np
import pytest
from keras import ops

import rnn_models
from rnn_models import DRAW
from rnn_models.layers.catalogue import CELLS
from rnn_models.tasks.draw import arc, divergence
from tests.support.gradients import numpy
from tests.support.helpers import close, normal

DIGIT = (np.indices((28, 28)).sum(axis=0) % 9 < 3).astype("float32")
OPTIONS = {"steps": 3, "latent": 4, "units": 5, "read_size": 2, "write_size": 3, "cell": "gru"}


def small(**options) -> DRAW:
    model = DRAW(**OPTIONS | options)
    model.build()
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.2 * normal(*v.shape, seed=n))
    return model


@pytest.fixture(scope="module")
def told() -> DRAW:
    return small(labels=["a", "b", "c"])


@pytest.fixture(scope="module")
def whole() -> DRAW:
    return small(attention=False)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def bank(numbers: np.ndarray, size: int) -> tuple:
    """F_X, F_Y and γ for 28 × 28 pixels, as the paper writes them."""
    g_x, g_y = 29 / 2 * (numbers[0] + 1), 29 / 2 * (numbers[1] + 1)
    delta, variance = 27 / (size - 1) * np.exp(numbers[3]), np.exp(numbers[2])
    banks = []
    for centre in (g_x, g_y):
        rows = []
        for i in range(1, size + 1):
            mu = centre + (i - size / 2 - 0.5) * delta
            row = np.exp(-((np.arange(1, 29) - mu) ** 2) / (2 * variance))
            rows.append(row / row.sum())
        banks.append(np.array(rows))
    return *banks, np.exp(numbers[4])


def dense(layer, x):
    return x @ numpy(layer.kernel) + numpy(layer.bias)


@pytest.mark.parametrize("attention", [True, False])
def test_it_is_the_papers_loop(told, whole, attention):
    model = told if attention else whole
    noise, label = normal(1, 3, 4, seed=9), [[0.0, 1.0, 0.0]] if attention else []
    canvas = numpy(model.canvas).astype("float64")
    encoded, decoded = np.zeros((1, 5)), np.zeros((1, 5))
    nats = []
    for t in range(3):
        wrong = DIGIT - sigmoid(canvas)
        if attention:
            f_x, f_y, gamma = bank(dense(model.read_window, decoded)[0], 2)
            seen = np.stack([gamma * f_y @ picture @ f_x.T for picture in (DIGIT, wrong)])
        else:
            seen = np.stack([DIGIT, wrong])
        inputs = np.concatenate([seen.reshape(1, -1), decoded, *([label] if label else [])], axis=1)
        encoded = numpy(model.encoder(inputs.astype("float32"), [encoded.astype("float32")])[0])
        mean, log_sigma = np.split(dense(model.posterior, encoded), 2, axis=1)
        nats.append(0.5 * (mean**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1).sum())
        z = mean + np.exp(log_sigma) * noise[:, t]
        inputs = np.concatenate([z, *([label] if label else [])], axis=1)
        decoded = numpy(model.decoder(inputs.astype("float32"), [decoded.astype("float32")])[0])
        if attention:
            f_x, f_y, gamma = bank(dense(model.write_window, decoded)[0], 3)
            canvas = canvas + f_y.T @ dense(model.patch, decoded).reshape(3, 3) @ f_x / gamma
        else:
            canvas = canvas + dense(model.patch, decoded).reshape(28, 28)
    p = sigmoid(canvas)
    pixels = -(DIGIT * np.log(p) + (1 - DIGIT) * np.log(1 - p)).sum()
    inputs = [DIGIT[None], noise, np.array(label, "float32")] if label else [DIGIT[None], noise]
    close(model(inputs), [[pixels, *nats]], 2e-3)
    close(model.bounds(*inputs), model(inputs), 1e-3)


def test_known_divergence():
    mean, log_sigma = (np.linspace(*ends, 4, dtype="float32") for ends in ((-1, 1), (-0.5, 0.5)))
    assert float(divergence(mean, log_sigma)) == pytest.approx(1.71026361, abs=1e-5)
    assert float(divergence(ops.zeros(3), ops.zeros(3))) == 0


def test_drawings_are_a_function_of_the_seed(told):
    found = told.draw(3, seed=7)
    assert found.canvases.shape == (3, 3, 28, 28) and found.first.shape == (28, 28) and found.reads is None
    assert found.canvases.min() >= 0 and found.canvases.max() <= 1
    for values in found.writes:
        assert values.shape == (3, 3)
    again = told.draw(2, seed=7)
    assert again.labels == found.labels[:2]
    close(again.canvases, found.canvases[:2], 1e-5)
    assert not np.allclose(found.latents[:, 0], found.latents[:, 1])  # a fresh z at every step
    assert not np.allclose(found.canvases, told.draw(3, seed=8).canvases, atol=1e-3)
    close(told.draw(1, temperature=0, label="a").canvases, told.paint(np.zeros((1, 3, 4)), ["a"]).canvases, 1e-6)
    close(told.draw(1, seed=7, temperature=0.5).latents, found.latents[:1] / 2, 1e-6)


def test_a_class_is_asked_for_by_name_or_number(told):
    assert told.draw(2, label="c").labels == ["c", "c"]
    one, other = told.draw(1, label="a").canvases, told.draw(1, label="b").canvases
    assert np.abs(one - other).max() > 1e-3
    assert small(labels=[str(n) for n in range(10)]).draw(1, label=7).labels == ["7"]
    assert set(told.draw(40, seed=1).labels) == {"a", "b", "c"}


def test_many_are_painted_as_one_by_one(told):
    latents = normal(18, 3, 4)
    found = told.paint(latents, ["a"] * 18)
    close(found.canvases[17], told.paint(latents[17:], ["a"]).canvases[0], 1e-5)


def test_without_attention_there_are_no_windows(whole):
    found = whole.draw(2)
    assert found.writes is None and found.labels == [None, None]
    again = whole.reconstruct(DIGIT)
    assert again.reads is None and again.writes is None and again.nats.shape == (1, 4)


def test_a_reconstruction_takes_the_class_with_the_fewest_nats(told):
    best = told.reconstruct(DIGIT, seed=2)
    each = {label: told.reconstruct(DIGIT, label, seed=2) for label in told.labels}
    nats = {label: found.nats.sum() for label, found in each.items()}
    assert best.labels == [min(nats, key=nats.get)]
    close(best.nats, each[best.labels[0]].nats, 1e-2)
    assert best.canvases.shape == (1, 3, 28, 28) and best.reads.g_x.shape == best.writes.delta.shape == (1, 3)
    close(best.canvases, told.paint(best.latents, best.labels).canvases, 1e-4)


def test_a_completion_keeps_what_is_seen(told, monkeypatch):
    seen = np.zeros((28, 28), dtype=bool)
    seen[:14] = True
    read = []
    monkeypatch.setattr(told, "_looked", lambda x, *rest, real=told._looked: read.append(x.copy()) or real(x, *rest))
    found = told.complete(DIGIT, seen, "b", rounds=3)
    assert found.labels == ["b"] and len(read) == 3
    for x in read:
        np.testing.assert_array_equal(x[0][seen], DIGIT[seen])
    assert not read[0][0][~seen].any() and read[1][0][~seen].any()
    close(told.complete(DIGIT, seen, "b", rounds=3).canvases, found.canvases, 1e-6)


def test_between_two(told):
    first, second = told.draw(2, seed=3).latents
    found = told.interpolate(first, second, 5, "a")
    close(found.latents[0], first, 1e-5)
    close(found.latents[-1], second, 1e-5)
    assert found.canvases.shape == (5, 3, 28, 28)
    right = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    close(arc(*right, 1 / 3), [[np.cos(np.pi / 6), 0.5], [0, 0]], 1e-6)
    close(arc(right[0], -right[0], 0.25), right[0] / 2, 1e-6)
    close(arc(right[0], 3 * right[0], 0.5), 2 * right[0], 1e-6)


@pytest.mark.parametrize("cell", ["lstm", "vanilla", "slstm", "mogrifier_lstm", "mlstm"])
def test_any_cell_of_the_library(cell):
    assert cell in CELLS
    model = small(cell=cell, labels=["a"])
    nats = numpy(model([DIGIT[None], normal(1, 3, 4), np.ones((1, 1), "float32")]))
    assert nats.shape == (1, 4) and np.isfinite(nats).all() and (nats >= 0).all()


def test_a_bundle_and_a_file_of_keras(told, tmp_path):
    again = rnn_models.load(rnn_models.save_bundle(told, tmp_path / "draw", {}, ""))
    assert again.settings == told.settings and again.labels == told.labels
    close(again.draw(1).canvases, told.draw(1).canvases, 2e-2)
    told.save(tmp_path / "draw.keras")
    close(keras.models.load_model(tmp_path / "draw.keras").draw(1).canvases, told.draw(1).canvases, 1e-5)


def test_what_is_refused(told, whole):
    def refused(message, call, *arguments, **options):
        with pytest.raises(ValueError, match=message):
            call(*arguments, **options)

    refused("write_size is 1", DRAW, write_size=1)
    refused("steps is 0", DRAW, steps=0)
    refused("cell is 'rnn'", DRAW, cell="rnn")
    refused("count is 0", told.draw, 0)
    refused("temperature is -1", told.draw, temperature=-1)
    refused("temperature is nan", told.draw, temperature=float("nan"))
    refused("expected one of a, b, c", told.draw, label="d")
    refused("without classes", whole.draw, label="a")
    refused("Say which", told.paint, normal(1, 3, 4))
    refused("2 labels for 1 pictures", told.paint, normal(1, 3, 4), ["a", "b"])
    refused(r"shape \(1, 3, 5\)", told.paint, normal(1, 3, 5), ["a"])
    refused("expected bool", told.complete, DIGIT, DIGIT)
    refused("at least one True", told.complete, DIGIT, np.zeros((28, 28), dtype=bool))
    refused("count is 1", told.interpolate, normal(3, 4), normal(3, 4), 1, "a")
    refused("expected z's of one shape", told.interpolate, normal(3, 4), normal(2, 4), 3, "a")
    refused("no digit", told.reconstruct, np.zeros((28, 28), dtype="uint8"))
