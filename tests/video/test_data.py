"""Labelled clips: the tracks of a finger, motion, moving scenes, folders of one's own; and hostile ones."""

import numpy as np
import pytest
from PIL import Image

from training.data.errors import DataError
from training.data.fingertip import LABELS as FINGER_LABELS
from training.data.fingertip import join_windows, load_fingertip, read_tracks, read_windows, split_tracks
from training.data.frame_folders import folder_clips
from training.data.motion import PHASES, hand_phases, load_motion
from training.data.rooms import load_rooms
from training.data.scenes.moving import (
    BACKWARDS,
    CLIP_LABELS,
    LABELS,
    STEPS,
    backwards,
    draw_movement,
    make_clips,
    moving_scenes,
    random_movement,
)
from training.data.scenes.scene import make_scenes

# --- moving scenes


@pytest.fixture(scope="module")
def scenes():
    return make_clips(12, seed=3)


def test_every_clip_is_there_backwards_with_its_labels_mirrored(scenes):
    for n in range(0, 24, 2):
        np.testing.assert_array_equal(scenes.frames[n][::-1], scenes.frames[n + 1])
        np.testing.assert_array_equal(backwards(scenes.labels[n]), scenes.labels[n + 1])
        np.testing.assert_array_equal(backwards(scenes.labels[n + 1]), scenes.labels[n])
        assert scenes.clip_labels[n] + scenes.clip_labels[n + 1] == 1
    # whatever a function of the frames without their order says is right for one of each two clips
    says = np.array([int(clip.mean() * 1000) % 2 for clip in scenes.frames])
    assert (says == scenes.clip_labels).mean() == 0.5


def test_labels_say_what_the_frames_show():
    for n, scene in enumerate(make_scenes(6, seed=9)):
        movement = random_movement(scene, np.random.default_rng(n))
        frames, labels = draw_movement(movement), movement.labels
        assert frames.shape == (24, 64, 64, 3) and labels[0] == -1
        still = (frames[1:] == frames[:-1]).all(axis=(1, 2, 3))
        np.testing.assert_array_equal(still, labels[1:] == LABELS.index("still"))
        moved = [LABELS[label] for label in labels[1:] if LABELS[label] != "still"]
        changes = [name for n, name in enumerate(moved) if n == 0 or name != moved[n - 1]]
        assert len(changes) == 2 and {"left", "right"} & set(changes) and {"up", "down"} & set(changes)
        assert CLIP_LABELS[movement.clip_label].startswith("sideways") == (changes[0] in ("left", "right"))
        for label, step in zip(labels[1:], movement.steps, strict=True):
            np.testing.assert_array_equal(np.sign(step), STEPS[LABELS[label]])


def test_scenes_by_seed_and_bad_counts(scenes):
    again, other = make_clips(2, seed=3), make_clips(2, seed=4)
    np.testing.assert_array_equal(again.frames[2], scenes.frames[2])
    assert not np.array_equal(other.frames[2], scenes.frames[2])
    data = moving_scenes({"train": 4, "validation": 2, "test": 2})
    assert len(data.train.frames) == 4 and data.reverse == BACKWARDS and data.frame_shape == (64, 64, 3)
    for counts in ({"train": 3}, {"train": 0}):
        with pytest.raises(ValueError, match="even number"):
            moving_scenes(counts)
    with pytest.raises(ValueError, match="seed is -1"):
        moving_scenes({"train": 2, "validation": 2, "test": 2}, seed=-1)


# --- the fingertip


def windows_of(track: np.ndarray, label: int) -> list[str]:
    rows = []
    for start in range(len(track) - 15):
        window = track[start : start + 16]
        rows.append(",".join([str(label), *(f"{v:.9f}" for v in (window - window[0]).ravel())]))
    return rows


def test_windows_are_joined_to_the_tracks_they_were_cut_from(tmp_path):
    draw = np.random.default_rng(0)
    tracks = [np.cumsum(draw.normal(0, 0.02, (length, 2)), axis=0) for length in (16, 40, 21)]
    path = tmp_path / "point_history.csv"
    path.write_text("\n".join(row for n, track in enumerate(tracks) for row in windows_of(track, n // 2)) + "\n")
    found = join_windows(read_windows(path))
    assert [label for label, _ in found] == [0, 0, 1]
    for (_, points), track in zip(found, tracks, strict=True):
        np.testing.assert_allclose(points, track - track[0], atol=1e-6)
    path.write_text("7" + ",0" * 32 + "\n")
    with pytest.raises(DataError, match="line 1: expected a class from 0 to 3"):
        read_windows(path)


def test_tracks_are_split_by_their_place_in_their_class():
    tracks = [(label, np.full((16, 2), n, "float32")) for label in range(4) for n in range(16)]
    parts = split_tracks(tracks)
    assert {name: len(part.frames) for name, part in parts.items()} == {"train": 40, "validation": 8, "test": 16}
    assert sorted({int(frames[0, 0]) for frames in parts["test"].frames}) == [3, 7, 11, 15]


def test_a_file_of_tracks(tmp_path, monkeypatch):
    folder = tmp_path / "video" / "fingertip"
    folder.mkdir(parents=True)
    rows = ["track\tsplit\tlabel\tframe\tx\ty"]
    for n, split in enumerate(("train", "validation", "test")):
        rows += [f"{n}\t{split}\t{FINGER_LABELS[n]}\t{t}\t{t / 100}\t0" for t in range(16)]
    path = folder / "tracks.tsv"
    path.write_text("\n".join(rows))
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    data = load_fingertip()
    assert data.test.clip_labels.tolist() == [2] and data.test.labels[0].tolist() == [2] * 16
    assert data.mirror.labels == (0, 2, 1, 3) and data.frame_shape == (2,)
    path.write_text("\n".join([*rows, "9\ttest\tjump\t0\t0\t0"]))
    with pytest.raises(DataError, match="line 50"):
        read_tracks(path)
    path.write_text("\n".join([*rows, "9\ttest\tmove\t0\t0\there"]))
    with pytest.raises(DataError, match="not numbers"):
        read_tracks(path)


# --- motion and rooms


def test_the_phase_of_the_hands():
    """Up within a second, a second up, down within a second."""
    joints = ["Hand_L", "Hand_R"]
    height = np.concatenate(
        [np.zeros(15), np.linspace(0, 60, 15), np.full(15, 60), np.linspace(60, 0, 15), np.zeros(15)]
    )
    pose = np.zeros((75, 2, 3), "float32")
    pose[:, 0, 1], pose[:, 1, 1] = height, -20
    found = [PHASES[n] for n in hand_phases(pose, joints)]
    assert [found[n] for n in (5, 22, 37, 52, 70)] == ["rest", "rising", "up", "falling", "rest"]
    assert found == [PHASES[n] for n in hand_phases(pose[:, ::-1], joints)]


@pytest.mark.parametrize("load", [load_motion, load_rooms])
def test_data_that_are_not_there_are_asked_for(load, tmp_path, monkeypatch):
    from training.data import motion

    motion._arrays.cache_clear()
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match="training/data/"):
        load()
    path = tmp_path / "video" / "motion" / "poses15.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="Expected an archive"):
        load_motion()


# --- one's own


def save_clips(folder, lengths=(3, 4, 3), size=(12, 10)):
    for n, length in enumerate(lengths):
        (folder / f"clip{n}").mkdir(parents=True)
        for t in range(length):
            picture = np.full((size[1], size[0], 3), 40 * n + t, dtype="uint8")
            Image.fromarray(picture).save(folder / f"clip{n}" / f"frame-{t + 7:03d}.png")
    return folder


def by_frame(lengths=(3, 4, 3)) -> str:
    rows = [f"clip{n},{t + 7},{'on' if t % 2 else 'off'}" for n, length in enumerate(lengths) for t in range(length)]
    return "\n".join(["clip,frame,label", *rows])


def test_clips_of_ones_own(tmp_path):
    folder, table = save_clips(tmp_path / "own"), tmp_path / "labels.csv"
    table.write_text(by_frame())
    data = folder_clips(folder, table, 8)
    parts = [data.train, data.validation, data.test]
    assert sorted(len(part.frames[0]) for part in parts) == [3, 3, 4]
    assert data.label_names == ["off", "on"] and data.clip_label_names == []
    four = next(part for part in parts if len(part.frames[0]) == 4)
    assert four.frames[0].shape == (4, 8, 8, 3) and four.labels[0].tolist() == [0, 1, 0, 1]
    assert (four.frames[0][2] == 42).all() and four.clip_labels.tolist() == [-1]
    folder = save_clips(tmp_path / "whole", (2,) * 6)
    table.write_text("\n".join(["clip;label", *(f"clip{n};{'ab'[n % 2]}" for n in range(6))]))
    data = folder_clips(folder, table, 8)
    assert data.clip_label_names == ["a", "b"] and data.train.labels[0].tolist() == [int(data.train.clip_labels[0])] * 2


def test_folders_that_cannot_be_used(tmp_path):
    folder, table = save_clips(tmp_path / "own"), tmp_path / "labels.csv"
    table.write_text(by_frame())

    def refused(message, text=None):
        if text is not None:
            table.write_text(text)
        with pytest.raises(DataError, match=message):
            folder_clips(folder, table, 8)

    with pytest.raises(DataError, match="There is no folder"):
        folder_clips(tmp_path / "nowhere", table)
    with pytest.raises(DataError, match="There is no file"):
        folder_clips(folder, tmp_path / "nowhere.csv")
    refused("no label for frame 9 of the clip 'clip2'", by_frame((3, 4, 2)))
    refused("frame 11 of the clip 'clip1'", by_frame((3, 5, 3)))
    refused("no label for 'clip2'", by_frame((3, 4)))
    refused("labels for 'clip3'", by_frame((3, 4, 3, 1)))
    refused("there is one class", by_frame().replace("on", "off"))
    refused("expected the columns clip and label", "name,label\nclip0,a")
    refused("line 2", "clip,frame,label\nclip0,first,a")
    refused("has a label already", by_frame() + "\nclip0,7,on")
    refused("no row of labels", "clip,frame,label")
    table.write_text(by_frame())
    (folder / "clip1" / "frame-008.png").rename(folder / "clip1" / "aside.txt")
    refused("after frame 7 comes frame 9")
    Image.new("RGB", (5, 5)).save(folder / "clip1" / "frame-008.png")
    refused("5 × 5 pixels, and frame-007.png is 12 × 10")
    (folder / "clip1" / "frame-008.png").write_bytes(b"broken")
    refused("frame-008.png")
    (folder / "clip1" / "cover.png").write_bytes(b"")
    refused("'cover.png' has no number")
    (folder / "clip1" / "cover.png").rename(folder / "clip1" / "8.png")
    refused("have the same number")
    (folder / "film.mp4").write_bytes(b"no film")
    refused("no label for 'film.mp4'")
