"""Labelers of video at work: which there are, a clip labelled by each of their networks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared import model_titles, models, pictures, validation
from apps.shared.languages import label
from apps.video import PAGE
from apps.video.clip_files import LARGEST, POINTS_LIMIT, ClipFile, open_clip
from apps.video.names import NETWORKS

if TYPE_CHECKING:
    from rnn_models.tasks.video import FrameLabels

TASK = PAGE.task
CONCURRENCY = PAGE.concurrency
ClipPath = pictures.PicturePath

TITLES = {
    "finger": ("fingertip", "손가락 끝"),
    "motion": ("motion of a person", "사람의 동작"),
    "scenes": ("drawn scenes", "그려진 장면"),
}


# Which models there are ------------------------------------------------------------------------------


def title(name: str) -> str:
    """What a model labels, English and Korean; plain text."""
    short = model_titles.short(name)
    return label(*TITLES[short]) if short in TITLES else short


def inputs_of(name: str) -> str:
    """What a frame of a model is: "points", "joints", "pixels", "features"; "" for a broken bundle."""
    return str(models.settings(name, TASK).get("inputs", ""))


def models_for(inputs: str) -> list[str]:
    """The names of the models that read such frames; the shipped ones come first."""
    names = [name for name in models.available(TASK) if inputs_of(name) == inputs]
    return sorted(names, key=lambda name: (model_titles.short(name) not in TITLES, name))


def get_model(model: str) -> tuple[str, Any]:
    """The model of that name, or for "" the one that the page opens with."""
    name = model or models.first(PAGE)
    return name, models.get(name, TASK)


# At work ---------------------------------------------------------------------------------------------


def label_all(loaded: Any, frames: np.ndarray) -> "Iterator[FrameLabels]":
    """What each network of a model says of a clip, in the order in which the page shows them."""
    for network in NETWORKS:
        if network in loaded.networks:
            yield loaded.label(frames, network)


def file_for(path: str | None, model: str = "", videos: bool = False) -> tuple[str, Any, np.ndarray]:
    """The name of a model, the model, and the frames of a file as it reads them.

    Args:
        path: see `open_clip`.
        model: "" takes the first one that reads such frames.
        videos: also videos and folders.

    Raises:
        gr.Error: no such file or model, or a model that reads other frames.
    """
    clip = open_clip(path, videos)
    name, loaded = _model_for(clip, model)
    if clip.inputs == "pixels":
        clip = replace(clip, frames=loaded.prepared(clip.frames))  # small before they become many
    return name, loaded, clip.at_rate(loaded.rate)


def _model_for(clip: ClipFile, model: str) -> tuple[str, Any]:
    there = models_for(clip.inputs)
    if not model and there:
        return get_model(there[0])
    kinds = {"points": ("points", "점"), "pixels": ("pictures", "그림")}
    english, korean = kinds[clip.inputs]
    names = ", ".join(there)
    if model:
        name, loaded = get_model(model)
        if loaded.inputs_kind == clip.inputs:
            return name, loaded
    raise validation.refusal(
        f"The file holds {english}; the model does not read them. Models that do: {names or 'none yet'}.",
        f"파일에는 {korean}이 들어 있는데 이 모델은 읽지 못합니다. 읽을 수 있는 모델: {names or '아직 없음'}",
        "model",
    )


# For programs ----------------------------------------------------------------------------------------


def list_models() -> list[str]:
    """The names of the trained labelers of video."""
    return models.available(TASK)


def label_clip(file: str, model: str = "", network: str = "causal") -> dict:
    """Say of every frame of a clip what it shows, and of the whole clip.

    Args:
        file: GIF, WebP or animated PNG, a zip of numbered pictures of one size, or CSV with the columns x and y (and
            `second`, where the points are not at the model's rate); at most 20 MB, 300 pictures of 24 million pixels
            together, 3,000 points.
        model: a name that `video_models` gives; "" takes the first one that reads such frames.
        network: causal (has read the frames so far), bidirectional (the later ones, too), single_frame (no memory) or
            shuffled (trained on frames in random order).

    Returns:
        `labels`, one for each frame; `probabilities`, for each frame a value for each of `classes`; `clip`, the label
        of the whole clip, and `clip_probabilities` for each of `clip_classes` (null and empty for a model without);
        `rate`, frames a second; `network`; the `model`.
    """
    with validation.user_errors():
        name, loaded, frames = file_for(file, model)
        return answer(name, loaded, frames, network)


def label_points(points: list, model: str = "", network: str = "causal") -> dict:
    """Say of every point of a movement what it belongs to, such as a circle drawn clockwise.

    Args:
        points: [[x, y], ...], at most 3,000, at the model's rate (30 a second); x to the right in units of the field's
            width, y downwards in units of its height, which is 9/16 of the width.
        model: a name that `video_models` gives and that reads points; "" takes the first one.
        network: as of `label_clip`.

    Returns:
        what `label_clip` returns.
    """
    with validation.user_errors():
        frames = checked_points(points)
        name, loaded = _model_for(ClipFile("points", frames), model)
        return answer(name, loaded, frames, network)


def checked_points(points: Any, most: int = POINTS_LIMIT) -> np.ndarray:
    """Points that a visitor sends, (T, 2) float32.

    Raises:
        gr.Error: none, too many, or no pairs of numbers near the field.
    """
    pairs = isinstance(points, list) and all(isinstance(one, list) and len(one) == 2 for one in points)
    numbers = pairs and all(
        isinstance(n, int | float) and not isinstance(n, bool) and abs(n) <= LARGEST for one in points for n in one
    )
    if not numbers or not 1 <= len(points) <= most:
        raise validation.refusal(
            f"The points are no list of 1 to {most:,} pairs [x, y] of numbers from −{LARGEST:,.0f} to {LARGEST:,.0f}.",
            f"점은 −{LARGEST:,.0f}에서 {LARGEST:,.0f}까지의 수로 된 [x, y] 쌍의 목록이어야 합니다(1개에서 "
            f"{most:,}개까지).",
            "points",
        )
    return np.array(points, "float32")


def checked_network(loaded: Any, network: str) -> str:
    """A network's name, if the model has it."""
    if not isinstance(network, str) or network not in loaded.networks:
        raise validation.refusal(
            f"The network is none of: {', '.join(loaded.networks)}.",
            f"network는 다음 가운데 하나여야 합니다: {', '.join(loaded.networks)}",
            "network",
        )
    return network


def answer(name: str, loaded: Any, frames: np.ndarray, network: str) -> dict:
    """What programs are told of a clip."""
    found = loaded.label(frames, checked_network(loaded, network))
    of_clip = found.clip_probabilities
    return {
        "labels": found.labels,
        "probabilities": np.round(found.probabilities.astype(float), 5).tolist(),
        "classes": list(found.classes),
        "clip": found.clip,
        "clip_probabilities": None if of_clip is None else np.round(of_clip.astype(float), 5).tolist(),
        "clip_classes": list(found.clip_classes),
        "rate": found.rate,
        "network": network,
        "model": name,
    }
