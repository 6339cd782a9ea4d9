"""The stream of a visitor's movement: batches of points come in, labels go out, the state goes on to the next.

The state is that of the recurrent network, some hundred numbers in the visitor's session; it does not grow.
"""

import json
from typing import Any

import numpy as np

from apps.shared import validation
from apps.video import inference

BATCH = 90
"""Points of one request: three seconds; a browser that has waited longer begins anew."""

TEXT_LIMIT = 6_000
"""Characters of one request."""

State = dict[str, Any]


def label_batch(text: str | None, state: State | None) -> tuple[str, State | None]:
    """The next points of a stream.

    Args:
        text: JSON, {"model": "video/finger", "fresh": false, "points": [[x, y], ...]}; fresh begins a new stream.
        state: what the call before gave; None before the first one.

    Returns:
        JSON, {"classes": [...], "labels": [...], "probabilities": [[...], ...], "alone": [...], "frames": n}, where
        `alone` is what the network without memory says of each step by itself; and the state after them.

    Raises:
        gr.Error: the text is none of this.
    """
    model, fresh, points = _read(text)
    with validation.user_errors():
        name, loaded = inference.get_model(model or next(iter(inference.models_for("points")), ""))
        if loaded.inputs_kind != "points":
            raise validation.refusal(
                f"The model {name} reads no points.", f"{name} 모델은 점을 읽지 않습니다.", "model"
            )
        goes_on = not fresh and isinstance(state, dict) and state.get("model") == name
        stream = loaded.stream(state["stream"] if goes_on else None)
        before = stream.state["before"]
        found = [stream.push(point) for point in points]
        told = {
            "classes": list(loaded.classes),
            "labels": [one for one, _ in found],
            "probabilities": np.round([p.astype(float) for _, p in found], 3).tolist(),
            "alone": _alone(loaded, points, before),
            "frames": stream.frames,
        }
    return json.dumps(told), {"model": name, "stream": stream.state}


def batch_text(points: np.ndarray, fresh: bool = False, model: str = "") -> str:
    """A batch as the browser sends it."""
    return json.dumps({"model": model, "fresh": fresh, "points": np.round(points.astype(float), 4).tolist()})


def _alone(loaded: Any, points: np.ndarray, before: list[float] | None) -> list[str]:
    """What the network without memory says of each step; [] where there is none."""
    if "single_frame" not in loaded.networks:
        return []
    if before is None:
        return loaded.label(points, "single_frame").labels
    return loaded.label(np.concatenate([np.array([before], "float32"), points]), "single_frame").labels[1:]


def _read(text: str | None) -> tuple[str, bool, np.ndarray]:
    text = validation.text_within(text, TEXT_LIMIT, "The batch", "묶음", "points")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise validation.refusal("The batch is no JSON object.", "묶음이 JSON 객체가 아닙니다.", "points")
    model = asked.get("model", "")
    if not isinstance(model, str) or len(model) > validation.NAME_LIMIT:
        raise validation.refusal("The model is no name.", "모델 이름이 아닙니다.", "model")
    return model, bool(asked.get("fresh")), inference.checked_points(asked.get("points"), BATCH)
