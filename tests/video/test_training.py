"""Training a labeler of frames: batches, variations of clips, a run with its bundle and card, its scores."""

import numpy as np
import pytest

import rnn_models
from tests.support.fittings import assert_one_step_moves_every_weight
from tests.support.run_folders import scores
from tests.video.test_data import by_frame, save_clips
from training.core.run import Run
from training.data.records import ClipData, Clips, Flip
from training.video import commands
from training.video.augment import Clip, relabelled, resampled, varied
from training.video.config import SCRIPT
from training.video.evaluate import scores_of, summary
from training.video.inputs import ClipBatches, ClipInputs, chained, streams, windows
from training.video.train import Fitting

TINY = ["--units", "5", "--encoder-units", "4", "--batch-size", "4", "--epochs", "1", "--length", "16"]


def circles(count: int, length: int = 24, seed: int = 0) -> Clips:
    """Half of them clockwise on a screen, where y points downwards."""
    draw, frames, labels = np.random.default_rng(seed), [], []
    for n in range(count):
        turn = (1 if n % 2 == 0 else -1) * (draw.uniform(0.2, 0.4) * np.arange(length) + draw.uniform(0, 6))
        frames.append(np.stack([np.cos(turn), np.sin(turn)], axis=1).astype("float32") * 0.1)
        labels.append(np.full(length, n % 2, "int32"))
    return Clips(frames, labels, np.arange(count, dtype="int32") % 2)


def turning() -> ClipData:
    flip, names = Flip((1, 0), (1, 0)), ["clockwise", "counter_clockwise"]
    parts = [circles(8), circles(4, seed=1), circles(4, seed=2)]
    return ClipData(
        *("turning", "points", *parts, names, names, 30.0, "drawn", "none needed", []),
        mirror=flip,
        reverse=flip,
        joined=True,
    )  # fmt: skip


def turn_of(points: np.ndarray) -> float:
    """More than 0 where the points go round clockwise on a screen."""
    steps = np.diff(points, axis=0)
    return float((steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]).sum())


def test_labels_stay_true_where_points_are_varied():
    """Mirrored and backwards a clockwise circle is a counter-clockwise one."""
    data, seen = turning(), set()
    for seed in range(30):
        part = data.train
        found = varied(Clip(part.frames[0], part.labels[0], 0), data, np.random.default_rng(seed))
        assert (turn_of(found.frames) > 0) == (found.clip_label == 0)
        assert set(found.labels.tolist()) == {found.clip_label} and len(found.labels) == len(found.frames)
        seen.add(found.clip_label)
    assert seen == {0, 1}


def test_what_has_no_label_keeps_none_and_speeds_are_right():
    clip = Clip(np.zeros((3, 2)), np.array([0, -1, 1]), -1)
    found = relabelled(clip, Flip((1, 0), (1, 0)))
    assert found.labels.tolist() == [1, -1, 0] and found.clip_label == -1
    line = np.arange(9, dtype="float32")[:, None]
    np.testing.assert_allclose(resampled(line, 2)[:, 0], [0, 2, 4, 6, 8])
    np.testing.assert_allclose(resampled(line[:3], 0.5)[:, 0], [0, 0.5, 1, 1.5, 2])
    assert len(resampled(line[:1], 1.0)) == 2


def test_streams_go_on_where_the_clip_before_ends():
    part = circles(3)
    found = chained([Clip(part.frames[n], part.labels[n], n % 2) for n in range(3)])
    assert len(found.frames) == 72 and found.clip_label == -1
    np.testing.assert_allclose(found.frames[24], found.frames[23], atol=1e-6)
    np.testing.assert_allclose(found.frames[30] - found.frames[24], part.frames[1][6] - part.frames[1][0], atol=1e-6)
    assert len(streams(part, 4).frames) == 4 and len(windows(part).frames) == 3 * (24 - 15)


@pytest.mark.parametrize("joined", [True, False])
def test_batches_are_a_function_of_seed_and_epoch(joined):
    data = turning()
    object.__setattr__(data, "joined", joined)
    first, again = (ClipBatches(data, data.train, 4, 20, seed=1, augment=True) for _ in range(2))
    x, y = first[0]
    assert x["frames"].shape == (4, 20, 2) and x["mask"][:, 0].all() and y["labels"].shape == (4, 20)
    assert (y["labels"][~x["mask"]] == -1).all() and (y["labels"][x["mask"]] >= 0).all()
    assert (np.sort(x["order"], axis=1) == np.arange(20)).all()
    np.testing.assert_array_equal(x["frames"], again[0][0]["frames"])
    again.epoch = 1
    assert not np.array_equal(x["frames"], again[0][0]["frames"])
    half = ClipBatches(data, data.train, 4, 20, seed=1, augment=True, rows=slice(2, 4))
    np.testing.assert_array_equal(half[0][0]["frames"], x["frames"][2:])
    if joined:
        assert len(first) == 16 and {-1} < set(y["clip_labels"].tolist())
    plain = ClipBatches(data, data.validation, 3, 20)
    labels = np.concatenate([plain[n][1]["labels"] for n in range(len(plain))])
    expected = 200 * 5 * 24 + 4 * 9 * 16 if joined else 4 * 24
    assert (labels >= 0).sum() == expected


@pytest.mark.parametrize("choice", [[], ["--layers", "2", "--differences", "--dropout", "0.2", "--cell", "lstm"]])
def test_every_weight_moves(tmp_path, choice):
    options = SCRIPT.parse(["train", *TINY, *choice, "--run-dir", str(tmp_path)])
    assert_one_step_moves_every_weight(Fitting(options, ClipInputs(options, turning()), Run(tmp_path, {})))


def test_scores_stand_beside_what_has_no_order():
    """A network that knows the direction of turning is right, and at chance once the points are mixed."""
    data = turning()

    class Knows:
        networks = ["causal"]

        def prepared(self, clip):
            return clip

        def probabilities(self, clips, network, orders=None):
            mixed = clips if orders is None else [clip[order] for clip, order in zip(clips, orders, strict=True)]
            whole = np.array([[turn_of(clip) > 0, turn_of(clip) <= 0] for clip in mixed], "float32")
            return [np.tile(row, (len(clip), 1)) for row, clip in zip(whole, clips, strict=True)], whole

    found = scores_of(Knows(), data, data.test)
    assert found["clips"]["accuracy"] == 1 and found["majority"]["clips"] == 0.5
    assert 0.2 < found["baselines"]["shuffled_input"]["clips"] < 0.8
    assert "shuffled_input: frames" in summary("test", found)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """About ten seconds: a fit, and a program for each network."""
    home = tmp_path_factory.mktemp("video")
    folder, table = save_clips(home / "own", (3, 4, 3, 3)), home / "labels.csv"
    table.write_text(by_frame((3, 4, 3, 3)))
    own = ["--frames", str(folder), "--labels", str(table)]
    run = home / "run"
    commands.main(["train", *own, *TINY, "--size", "8", "--run-dir", str(run), "--export", str(run / "bundle")])
    return run, own


def test_a_run_with_clips_of_ones_own(finished, capsys):
    run, own = finished
    found = scores(run)
    assert found["labels"] == ["off", "on"] and found["clips"] == {"train": 2, "validation": 1, "test": 1}
    assert set(found["test"]["baselines"]) == {"bidirectional", "single_frame", "shuffled", "shuffled_input"}
    model = rnn_models.load(run / "bundle")
    for part in ("no memory", "the clips' own", "python -m training.video train", "한국어", "기억 없음"):
        assert part in model.card, part
    labels = model.label(np.zeros((5, 30, 40, 3), "uint8"))
    assert len(labels.labels) == 5 and labels.clip is None and labels.inputs == "pixels"
    commands.main(["evaluate", str(run / "bundle"), *own])
    assert f"frames {100 * found['test']['accuracy']:.2f} %" in capsys.readouterr().out


def test_what_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refused(message, *arguments):
        with pytest.raises(SystemExit, match="^error: ") as stop:
            commands.main(["train", *arguments])
        assert message in stop.value.code and not (tmp_path / "runs").exists()

    refused("--labels: got None", "--frames", "own")
    refused("There is no folder 'own'", "--frames", "own", "--labels", "labels.csv")
    refused("--inputs: got 'pixels'", "--inputs", "pixels")
    refused("--length: got 4", "--length", "4")
    refused("--dropout: got 1.0", "--dropout", "1")
