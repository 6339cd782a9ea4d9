"""The label of a movement as a tool for assistants."""

import json

from apps.shared import validation
from apps.video import inference
from apps.video.strip_view import runs


def label_movement(points: str, model: str = "") -> str:
    """Say what a movement of a point is, such as a circle drawn clockwise, frame by frame, with a small recurrent
    network that reads one step after the other: still, clockwise, counter_clockwise or move. Returns a JSON object:
    runs (label, first frame, count of frames), the label of the whole clip, and the model.

    Args:
        points: JSON, [[x, y], ...], 30 a second, at most 3,000; x to the right in units of the field's width, y
            downwards in units of its height, which is 9/16 of the width. A turn of a circle takes about 20 points.
        model: One of the models named above that reads points; "" takes the default.
    """
    text = validation.text_within(points, 100_000, "The list of points", "점 목록", "points")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None  # refused with all that is no list of points
    found = inference.label_points(given, model)
    stretches = [{"label": one, "first": first, "frames": count} for one, first, count in runs(found["labels"])]
    return json.dumps({"runs": stretches, "clip": found["clip"], "model": found["model"]})
