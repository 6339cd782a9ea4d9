"""The labeler of frames: what a label may depend on, streams, clips of any length, bundles."""

import json

import keras
import numpy as np
import pytest

import rnn_models
from rnn_models import VideoLabeler
from rnn_models.vision.frames import facing, fitted_pictures, turned
from tests.support.helpers import close, normal

SHAPES = {"points": (2,), "joints": (4, 3), "pixels": (8, 8, 1), "features": (3,)}


def small(inputs="points", **options) -> VideoLabeler:
    usual = {"classes": "abc", "clip_classes": "xy", "units": 5, "encoder_units": 4}
    if inputs == "joints":
        usual["across"] = (0, 1)
    model = VideoLabeler(inputs, SHAPES[inputs], **usual | options)
    model.build()
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.5 * normal(*v.shape, seed=n))
    return model


def clip(inputs="points", length=20, seed=0) -> np.ndarray:
    found = normal(length, *SHAPES[inputs], seed=seed)
    scale = {"points": 0.02, "joints": 40.0, "pixels": 1.0, "features": 1.0}[inputs]
    if inputs == "pixels":
        return np.random.default_rng(seed).integers(0, 256, found.shape, dtype="uint8")
    return found * scale


@pytest.fixture(scope="module")
def points() -> VideoLabeler:
    return small()


@pytest.mark.parametrize("network", ["causal", "bidirectional", "single_frame"])
def test_what_a_label_may_depend_on(points, network):
    """y up to t does not move when frames after t do, unless the network reads from both ends."""
    one, other = clip(), clip()
    other[12:] += np.cumsum(normal(8, 2, seed=5), axis=0) * 0.02
    found, changed = (points.label(frames, network) for frames in (one, other))
    assert found.probabilities.shape == (20, 3) and found.clip_probabilities.shape == (2,)
    before = np.abs(found.probabilities[:12] - changed.probabilities[:12]).max()
    assert (before > 1e-4) if network == "bidirectional" else (before < 1e-6)
    assert np.abs(found.probabilities[12:] - changed.probabilities[12:]).max() > 1e-4
    if network == "single_frame":
        past = clip()
        past[:5] += normal(5, 2, seed=6)
        close(points.label(past, network).probabilities[6:], found.probabilities[6:], 1e-6)


@pytest.mark.parametrize(
    ("inputs", "options"),
    [
        ("points", {}),
        ("joints", {"layers": 2, "cell": "lstm"}),
        ("pixels", {"clip_classes": ()}),
        ("features", {"differences": True}),
    ],
)
def test_frame_by_frame_is_the_same_as_the_whole_clip(inputs, options):
    """About two seconds each: two programs."""
    model, frames = small(inputs, comparisons=(), **options), clip(inputs, 11)
    whole, stream = model.label(frames), model.stream()
    for n, frame in enumerate(frames):
        if n == 5:  # through JSON, as a page keeps it
            stream = model.stream(json.loads(json.dumps(stream.state)))
        label, probabilities = stream.push(frame)
        assert label == whole.labels[n]
        close(probabilities, whole.probabilities[n], 1e-5)
    if whole.clip is None:
        assert stream.clip_probabilities is None
    else:
        close(stream.clip_probabilities, whole.clip_probabilities, 1e-5)
    stream.reset()
    close(stream.push(frames[0])[1], whole.probabilities[0], 1e-5)


def test_clips_of_other_lengths_do_not_change_a_clip(points):
    clips = [clip(length=n, seed=n) for n in (20, 3, 17, 1)]
    for network in ("bidirectional", "single_frame"):
        of_frames, of_clips = points.probabilities(clips, network)
        for n, frames in enumerate(clips):
            alone = points.label(frames, network)
            assert len(alone.labels) == len(frames)
            close(of_frames[n], alone.probabilities, 1e-5)
            close(of_clips[n], alone.clip_probabilities, 1e-5)


def test_an_order_free_network_gives_a_clip_the_same_label_in_any_order():
    model, frames = small("features"), clip("features")
    order = np.random.default_rng(0).permutation(20)
    found, mixed = model.label(frames, "single_frame"), model.label(frames, "single_frame", order)
    close(found.probabilities, mixed.probabilities, 1e-6)
    close(found.clip_probabilities, mixed.clip_probabilities, 1e-5)
    assert np.abs(model.label(frames).probabilities - model.label(frames, order=order).probabilities).max() > 1e-3


@pytest.mark.parametrize("inputs", ["points", "features"])
def test_training_reads_shuffled_frames_as_label_does(inputs):
    model, frames = small(inputs), clip(inputs)
    order = np.random.default_rng(0).permutation(20)
    found = model(frames[None], order=order[None])
    expected = model.label(frames, "shuffled", order)
    close(keras.ops.softmax(found["shuffled"][0])[0], expected.probabilities, 1e-5)
    close(keras.ops.softmax(found["shuffled"][1])[0], expected.clip_probabilities, 1e-5)
    close(keras.ops.softmax(found["causal"][0])[0], model.label(frames).probabilities, 1e-5)


def test_the_place_of_points_and_the_side_of_a_pose_do_not_matter(points):
    close(points.label(clip() + 0.3).probabilities, points.label(clip()).probabilities, 1e-4)
    model, poses = small("joints"), clip("joints")
    assert abs(facing(turned(poses[0], facing(poses[0], (0, 1))), (0, 1))) < 1e-5
    close(model.label(turned(poses, 0.7)).probabilities, model.label(poses).probabilities, 1e-4)


def test_pictures_of_any_size_are_fitted():
    wide = np.zeros((2, 16, 40, 3), "uint8")
    wide[:, :, 12:28] = 200
    assert (fitted_pictures(wide, (8, 8, 1)) == 200).all()
    assert fitted_pictures(wide[..., 0], (16, 16, 3)).shape == (2, 16, 16, 3)


def test_a_table_of_labels(points):
    lines = points.label(clip(length=3)).table().splitlines()
    assert lines[0] == "frame,second,label,a,b,c" and lines[3].startswith("2,0.067,") and len(lines) == 4


def test_a_bundle_holds_all_networks(points, tmp_path):
    again = rnn_models.load(rnn_models.save_bundle(points, tmp_path / "points", {}, ""))
    assert again.settings == points.settings and again.networks == points.networks
    found, expected = again(clip()[None]), points(clip()[None])
    for network in points.networks:
        close(found[network][0], expected[network][0], 2e-2)


def test_keras_saves_it_whole(points, tmp_path):
    points.save(tmp_path / "points.keras")
    again = keras.models.load_model(tmp_path / "points.keras")
    close(again(clip()[None])["causal"][0], points(clip()[None])["causal"][0], 1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": "sound"}, "inputs is 'sound'"),
        ({"frame_shape": (3,)}, r"frame_shape is \(3,\)"),
        ({"inputs": "pixels", "frame_shape": (64, 64)}, "frame_shape"),
        ({"classes": ["a"]}, "classes is"),
        ({"clip_classes": ["a", "a"]}, "or none"),
        ({"cell": "rnn"}, "cell is 'rnn'"),
        ({"rate": 0}, "rate is 0"),
        ({"comparisons": ["twin"]}, "comparisons is 'twin'"),
        ({"across": (0, 1)}, "across"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        VideoLabeler(**options)


def test_bad_clips_and_states(points):
    for wrong in (np.zeros((0, 2)), np.zeros((4, 3)), np.full((3, 2), np.nan), np.array([["a", "b"]])):
        with pytest.raises(ValueError, match="The clip"):
            points.label(wrong)
    with pytest.raises(ValueError, match="The frames"):
        small("pixels", comparisons=()).label(np.zeros((3, 8, 8, 2), "uint8"))
    with pytest.raises(ValueError, match="each once"):
        points.label(clip(length=3), order=[0, 0, 1])
    with pytest.raises(ValueError, match="network is 'both'"):
        points.label(clip(length=3), "both")
    state = points.stream().state
    for wrong in ({}, state | {"states": [[[0.0]]]}, state | {"before": [1.0]}, state | {"angle": float("nan")}):
        with pytest.raises(ValueError, match="The state is"):
            points.stream(wrong)
