"""The page of video without a browser: streams, changed clips, strips, and what the networks get."""

import base64
import html
import io
import json
import re
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

import rnn_models
from apps.shared import validation
from apps.shared.formatting import percent
from apps.video import changes, clips_tab, examples, inference, live, names, own_tab, strip_view
from apps.video.gestures import GESTURES, RATE
from tests.support.browser import HOSTILE, VIDEO, result_of

pytestmark = pytest.mark.usefixtures("only_tiny_models")
FINGER = "video/finger"


def test_batches_of_a_stream_give_what_the_whole_clip_gives():
    points = GESTURES["eight"].points()[:40]
    model = rnn_models.load(FINGER)
    whole, alone = model.label(points), model.label(points, "single_frame")
    state, labels, shares, without = None, [], [], []
    for first, count in ((0, 1), (1, 9), (10, 30)):
        told, state = live.label_batch(live.batch_text(points[first : first + count], fresh=not first), state)
        found = json.loads(told)
        labels += found["labels"]
        shares += found["probabilities"]
        without += found["alone"]
    assert labels == whole.labels and without == alone.labels and found["frames"] == 40
    np.testing.assert_allclose(shares, whole.probabilities, atol=6e-4)
    assert len(json.dumps(state)) < 4_000  # it does not grow

    again, _ = live.label_batch(live.batch_text(points[:5], fresh=True), state)
    assert json.loads(again)["labels"] == whole.labels[:5] and json.loads(again)["frames"] == 5
    stranger, _ = live.label_batch(live.batch_text(points[:5]), {"model": "video/other", "stream": {}})
    assert json.loads(stranger)["labels"] == whole.labels[:5]


@pytest.mark.parametrize(
    "text",
    [
        *(HOSTILE + [None, 3, "[]", "{}", "[" * 3000, '{"points": []}', '{"points": [[1, 2, 3]]}']),
        *('{"points": [[NaN, 0]]}', '{"points": [[1e9, 0]]}', '{"points": [["1", 0]]}', '{"points": [[true, 0]]}'),
        *('{"points": [[0, 0]], "model": ["x"]}', '{"points": [[0, 0]], "model": "video/motion"}'),
        json.dumps({"points": [[0, 0]] * (live.BATCH + 1)}),
    ],
    ids=lambda text: str(text)[:20].encode("unicode_escape").decode(),
)
def test_a_batch_that_is_none_is_refused_in_two_languages(text):
    with pytest.raises(validation.Refusal) as refused:
        live.label_batch(text, None)
    assert refused.value.field in ("points", "model") and re.search("[가-힣]", str(refused.value.message))


def test_gestures_turn_the_way_that_they_say_and_keep_inside_the_field():
    for name, way in (("clockwise", 1), ("counter", -1)):
        x, y = (GESTURES[name].points() - 0.5).T
        turned = x[:-1] * y[1:] - x[1:] * y[:-1]  # y grows downwards: positive is clockwise
        assert (np.sign(turned) == way).all()
    assert all((one.points() > 0).all() and (one.points() < 1).all() for one in GESTURES.values())
    assert RATE == 30.0


def test_every_example_has_a_label_for_each_frame_and_classes_in_words():
    for one in examples.EXAMPLES:
        clip = examples.clip(one.name)
        assert len(clip.labels) == len(clip.frames) and one.model in VIDEO
        model = rnn_models.load(one.model)
        assert set(clip.labels) <= {"", *model.classes} and model.inputs_kind == one.inputs
        assert all(re.search("[가-힣]", names.class_name(label, model.classes)[1]) for label in model.classes)
        assert len((examples.CLIPS / f"{one.name}.npz").read_bytes()) < 8_000
    assert examples.OPENING in examples.BY_NAME


def test_a_clip_backwards_has_the_labels_that_are_then_true():
    finger = examples.clip("finger-clockwise")
    turned = changes.changed(finger, "reversed", rnn_models.load(FINGER).classes)
    assert set(turned.clip.labels) == {"counter_clockwise"} and np.array_equal(turned.clip.frames, finger.frames[::-1])
    scene = examples.clip("scene-first")  # of pictures a label is that of the step into the frame
    made = changes.changed(scene, "reversed", rnn_models.load("video/scenes").classes).clip
    opposite = {"left": "right", "right": "left", "up": "down", "down": "up", "still": "still"}
    assert made.labels == ["", *(opposite[one] for one in scene.labels[:0:-1])]
    motion = examples.clip("motion-wave")
    made = changes.changed(motion, "reversed", rnn_models.load("video/motion").classes).clip
    assert made.labels[::-1].count("rising") == motion.labels.count("falling") and "up" in made.labels


def test_shuffled_and_frozen_clips_have_no_label_that_nobody_knows():
    clip = examples.clip("finger-clockwise")
    classes = rnn_models.load(FINGER).classes
    shuffled = changes.changed(clip, "shuffled", classes, seed=3)
    assert sorted(shuffled.places) == list(range(94)) and set(shuffled.clip.labels) == {""}
    assert np.array_equal(shuffled.clip.frames, clip.frames[shuffled.places])
    assert not np.array_equal(shuffled.places, changes.changed(clip, "shuffled", classes, seed=4).places)
    frozen = changes.changed(clip, "frozen", classes).clip
    assert (frozen.frames[47:] == frozen.frames[47]).all() and frozen.labels == ["clockwise"] * 48 + ["stop"] * 46
    wave = examples.clip("motion-wave")
    assert set(changes.changed(wave, "frozen", ("rest", "rising", "up", "falling")).clip.labels[60:]) == {""}


def test_the_page_shows_what_each_network_of_the_library_says():
    clip, model = examples.clip("finger-stream"), rnn_models.load(FINGER)
    shown = result_of(clips_tab.show_clip, "finger-stream")
    for network in model.networks:
        labels = model.label(clip.frames, network).labels
        row = re.search(rf'<tr data-network="{network}">(.*?)</tr>', shown, re.DOTALL)[1]
        assert row.count('<li class="rnn-k') == len(strip_view.runs(labels))
        share = np.mean([one == other for one, other in zip(labels, clip.labels, strict=True)])
        assert f"<b>{percent(share)}</b>" in row
    assert 'data-network="truth"' in shown


@pytest.mark.parametrize("name", ["motion-wave", "scene-first"])
def test_poses_and_pictures_have_strips_their_source_and_frames_to_draw(name):
    example, clip = examples.BY_NAME[name], examples.clip(name)
    model = rnn_models.load(example.model)
    found = model.label(clip.frames)
    shown = strip_view.figure(example.inputs, model.rate, model.networks, clip, [found])
    shown += clips_tab._told(example, "none", 1, 1)
    assert shown.count('<td class="rnn-strip rnn-waiting"') == 3 and "<b>one</b>" not in shown
    assert ("CC BY-NC 4.0" in shown) == (name == "motion-wave")
    facts = json.loads(html.unescape(re.search('data-clip="(.*?)"', shown)[1]))
    assert facts["count"] == len(clip.frames) == len(facts["rows"][1]["labels"])
    if name == "motion-wave":
        assert facts["joints"] == clip.frames[..., :2].tolist() and len(facts["bones"]) == 17
    else:
        sheet = Image.open(io.BytesIO(base64.b64decode(facts["sheet"].split(",")[1])))
        assert sheet.size == (20 * 64, 2 * 64)
        assert np.array_equal(np.asarray(sheet)[64:128, 3 * 64 : 4 * 64], clip.frames[23])


def test_memory_helped_where_the_causal_network_is_right_and_the_other_is_not():
    class Said:
        def __init__(self, labels):
            self.probabilities = np.eye(3)[labels]

    known = {"causal": Said([0, 1, 2, 2]), "single_frame": Said([0, 0, 0, 2])}
    assert strip_view.memory_helped(known, np.array([0, 1, 1, 2])).tolist() == [False, True, False, False]
    assert strip_view.memory_helped(known, np.full(4, -1)) is None
    assert strip_view.right(np.array([0, 1, 1]), np.array([0, 2, -1])) == 0.5
    assert strip_view.runs([1, 1, 0, 1]) == [(1, 0, 2), (0, 2, 1), (1, 3, 1)]


def test_a_shuffled_clip_tells_its_seed_and_a_change_that_is_none_is_refused():
    assert "rnn-keep-seed" in result_of(clips_tab.show_clip, "finger-move", "shuffled", 0)
    plain = result_of(clips_tab.show_clip, "finger-move", "shuffled", 5)
    assert "<b>5</b>" in plain and "rnn-keep-seed" not in plain and 'data-network="truth"' not in plain
    for name, change in (
        ("../x", "none"),
        (None, "none"),
        (["a"], "none"),
        ("finger-move", "<b>"),
        ("finger-move", None),
    ):
        with pytest.raises(gr.Error):
            result_of(clips_tab.show_clip, name, change, 1)


def test_a_file_of_ones_own_gives_strips_and_the_labels_as_csv(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "movement.csv"
    points = GESTURES["across"].points()
    path.write_text("second,x,y\n" + "".join(f"{n / 30:.5f},{x},{y}\n" for n, (x, y) in enumerate(points.tolist())))
    shown, button = result_of(own_tab.show_own, str(path), "", "bidirectional")
    assert shown.count('<tr data-network="') == 4 and 'data-network="truth"' not in shown
    table = Path(button.value["path"] if isinstance(button.value, dict) else button.value).read_text(encoding="utf-8")
    found = rnn_models.load(FINGER).label(points, "bidirectional")
    rows = [line.split(",") for line in table.splitlines()]
    assert rows[0] == ["frame", "second", "label", *found.classes] and [row[2] for row in rows[1:]] == found.labels


def test_a_model_that_reads_other_frames_is_refused_beside_its_menu(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("x,y\n0,0\n")
    with pytest.raises(validation.Refusal, match="Models that do: video/finger") as refused:
        inference.file_for(str(path), "video/scenes")
    assert refused.value.field == "model"
