"""What the guided observations say was to be seen, asked of the shipped model."""

import numpy as np
import pytest

import rnn_models
from apps.video import changes, examples
from apps.video.gestures import FRAMES, GESTURES
from apps.video.observations import OBSERVATIONS

SETTINGS = {one.name: one.settings for one in OBSERVATIONS}

pytestmark = [pytest.mark.usefixtures("shipped_models"), pytest.mark.slow]


def finger():
    return rnn_models.load("video/finger")


def changed(name, change=None):
    asked = SETTINGS[name]
    made = changes.changed(
        examples.clip(asked["clip"]), change or asked["change"], finger().classes, int(asked["seed"])
    )
    return made.clip


def test_two_steps_tell_which_way_a_circle_turns_and_one_does_not():
    points = GESTURES[SETTINGS["which-way-round"]["gesture"]].points()
    causal, alone = (finger().label(points, network).labels for network in ("causal", "single_frame"))
    assert len(points) == FRAMES == 120 and causal[1] == "clockwise" and set(causal[2:]) == {"counter_clockwise"}
    assert (alone.count("counter_clockwise"), alone.count("clockwise")) == (71, 48)


def test_a_movement_that_turns_back_is_noticed_two_frames_later():
    points = GESTURES[SETTINGS["turning-back"]["gesture"]].points()
    assert np.allclose(points[59], points[61]) and not np.allclose(points[60], points[61])
    labels = finger().label(points).labels
    assert labels[60:] == ["clockwise"] * 3 + ["counter_clockwise"] * 57 and set(labels[2:63]) == {"clockwise"}


def test_of_shuffled_places_nobody_can_say_which_way_they_turned():
    as_it_was, shuffled, backwards = (changed("order-is-all", one) for one in ("none", None, "reversed"))
    labels = finger().label(as_it_was.frames).labels
    right = np.mean([one == other for one, other in zip(labels, as_it_was.labels, strict=True)])
    assert len(labels) == 94 and right == pytest.approx(0.989, abs=5e-4)
    labels = finger().label(shuffled.frames).labels
    assert (labels.count("clockwise"), labels.count("counter_clockwise")) == (26, 55)
    assert finger().label(backwards.frames).labels.count("counter_clockwise") == 91


def test_the_label_of_a_clip_is_that_of_its_end():
    clip = changed("last-word")
    assert clip.labels == ["clockwise"] * 48 + ["stop"] * 46
    causal, both = (finger().label(clip.frames, network) for network in ("causal", "bidirectional"))
    assert (causal.clip, both.clip) == ("stop", "clockwise")
    assert causal.clip_probabilities.max() == pytest.approx(0.995, abs=5e-4)
    assert both.clip_probabilities.max() == pytest.approx(0.655, abs=5e-4)
