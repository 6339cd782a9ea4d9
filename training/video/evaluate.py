"""Scores of a labeler of frames: each network, frames and clips, and the causal one on shuffled frames."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.records import ClipData, Clips
from training.metrics.classification import classification_scores
from training.video.inputs import streams, windows

if TYPE_CHECKING:
    from rnn_models.tasks.video import VideoLabeler

_SEED = 0


def scores_of(model: "VideoLabeler", data: ClipData, part: Clips) -> dict[str, Any]:
    """The scores of a split.

    Returns:
        accuracy, macro_f1, calibration_error, nats: of the causal network's labels of frames.
        clips: the same of the labels of clips, where clips have classes.
        majority: the share of the most frequent class, of frames and of clips.
        baselines: frames and clips right by each other network, and by the causal one with its frames in random order
            ("shuffled_input").
    """
    of_frames, of_clips = views(data, part)
    found = _scores(model, of_frames, of_clips, "causal")
    baselines = {name: _brief(_scores(model, of_frames, of_clips, name)) for name in model.networks[1:]}
    baselines["shuffled_input"] = _brief(_scores(model, of_frames, of_clips, "causal", shuffled=True))
    return {**found, "majority": _majority(of_frames, of_clips), "baselines": baselines}


def views(data: ClipData, part: Clips) -> tuple[Clips, Clips]:
    """What frames are scored in, and what clips: the clips themselves, or streams and windows of `joined` ones."""
    if not data.joined:
        return part, part
    return streams(part), windows(part)


def orders(part: Clips) -> list[np.ndarray]:
    """A random order of the frames of each clip, always the same."""
    draw = np.random.default_rng(_SEED)
    return [draw.permutation(len(frames)) for frames in part.frames]


def _scores(model: "VideoLabeler", of_frames: Clips, of_clips: Clips, network: str, shuffled: bool = False) -> dict:
    found: dict[str, Any] = {}
    beliefs, clip_beliefs = _beliefs(model, of_frames, network, shuffled)
    labels = np.concatenate(of_frames.labels)
    known = labels >= 0
    if known.any():
        found |= classification_scores(np.concatenate(beliefs)[known], labels[known])
    if of_clips is not of_frames:
        clip_beliefs = _beliefs(model, of_clips, network, shuffled)[1]
    known = of_clips.clip_labels >= 0
    if clip_beliefs is not None and known.any():
        found["clips"] = classification_scores(clip_beliefs[known], of_clips.clip_labels[known])
    return found


def _beliefs(model: "VideoLabeler", part: Clips, network: str, shuffled: bool) -> tuple[list[np.ndarray], Any]:
    prepared = [model.prepared(clip) for clip in part.frames]
    return model.probabilities(prepared, network, orders(part) if shuffled else None)


def _brief(scores: dict[str, Any]) -> dict[str, float]:
    found = {"frames": scores["accuracy"]} if "accuracy" in scores else {}
    return found | ({"clips": scores["clips"]["accuracy"]} if "clips" in scores else {})


def _majority(of_frames: Clips, of_clips: Clips) -> dict[str, float]:
    found = {}
    for name, labels in (("frames", np.concatenate(of_frames.labels)), ("clips", of_clips.clip_labels)):
        labels = labels[labels >= 0]
        if len(labels):
            found[name] = float(np.bincount(labels).max() / len(labels))
    return found


def summary(name: str, scores: dict[str, Any]) -> str:
    """A line of a split's scores, and one for what they are compared with."""
    parts = []
    if "accuracy" in scores:
        parts.append(f"frames {100 * scores['accuracy']:.2f} % (macro F1 {100 * scores['macro_f1']:.2f} %)")
    if "clips" in scores:
        parts.append(f"clips {100 * scores['clips']['accuracy']:.2f} %")
    others = [("majority", scores["majority"]), *scores["baselines"].items()]
    lines = [f"{'':11} {label}: " + ", ".join(f"{k} {100 * v:.1f} %" for k, v in row.items()) for label, row in others]
    return "\n".join([f"{name:<11} " + ", ".join(parts), *lines])


def best_of(scores: dict[str, Any], keys: Sequence[str] = ("accuracy",)) -> float:
    """What the seed is chosen by: the mean of frames and clips right."""
    found = [scores[key] for key in keys if key in scores]
    found += [scores["clips"]["accuracy"]] if "clips" in scores else []
    return sum(found) / len(found)
