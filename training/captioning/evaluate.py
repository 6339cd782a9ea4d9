"""The scores of a captioner, and how they are written."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.scenes.checks import AttentionMass, attention_mass, errors
from training.data.scenes.dataset import SceneSet
from training.metrics.captioning import caption_scores, variety

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption, Captioner
    from rnn_models.vision.scenes.scene import Scene
    from training.data.features import Features
    from training.data.records import CaptionData, Captioned


ELSEWHERE = 300
"""So many captions are aligned with the pictures of other scenes."""

NAMES = {
    "correct": "fully correct",
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
    "meteor": "METEOR",
}


def scores_of(
    model: "Captioner",
    part: "Captioned",
    features: "Features",
    data: "CaptionData",
    beam: int,
    length_penalty: float,
    split: str = "validation",
) -> dict[str, Any]:
    """The scores of a beam search and of greedy search; how varied the captions are; of scenes how many are true."""
    found = model.describe(features.grid, beam=beam, length_penalty=length_penalty)
    scores = _scores(model, found, part, features, data, split)
    scores |= {"pictures": len(found), "beam": beam, "length_penalty": length_penalty}
    if beam > 1:
        scores["greedy"] = _scores(model, model.describe(features.grid, beam=1), part, features, data, split)
    return scores


def _scores(
    model: "Captioner",
    found: "Sequence[Caption]",
    part: "Captioned",
    features: "Features",
    data: "CaptionData",
    split: str,
) -> dict[str, Any]:
    texts = [caption.text for caption in found]
    scores: dict[str, Any] = caption_scores(texts, part.captions)
    scores |= variety(texts, [text for captions in data.train.captions for text in captions])
    if isinstance(data, SceneSet):
        scores |= _truth(model, found, features, data.scenes[split])
    return scores


def _truth(
    model: "Captioner", found: "Sequence[Caption]", features: "Features", scenes: Sequence["Scene"]
) -> dict[str, Any]:
    """How many captions are fully correct, what is wrong with the others, and where attention lay.

    "attention" has the mean share of attention in the box of what a word names, that of equal weights, and the
    largest there could be; "attention_elsewhere" the same where the same captions are read to the model before the
    pictures of other scenes.
    """
    wrong = [errors(caption.text, scene) for caption, scene in zip(found, scenes, strict=True)]
    truth: dict[str, Any] = {
        "correct": sum(not kinds for kinds in wrong) / len(wrong),
        "errors": dict(Counter(kind for kinds in wrong for kind in kinds)),
    }
    if found[0].attention is not None:
        others = [model.align(features.grid[n - 1], found[n].text) for n in range(min(ELSEWHERE, len(found)))]
        truth["attention"] = _mass(found, scenes)
        truth["attention_elsewhere"] = _mass(others, scenes[: len(others)])
    return truth


def _mass(found: "Sequence[Caption]", scenes: Sequence["Scene"]) -> dict[str, float]:
    masses = []
    for caption, scene in zip(found, scenes, strict=True):
        words = len(caption.text.split())
        masses.append(attention_mass(caption.attention[:words], caption.grid, caption.text, scene))
    counts = np.array([mass.words for mass in masses])
    if not counts.any():
        return {}
    values = np.array(masses)[counts > 0, :3]
    means = np.average(values, axis=0, weights=counts[counts > 0]).tolist()
    return dict(zip(AttentionMass._fields, means, strict=False))


def main_score(data: "CaptionData") -> str:
    """The score that decides between seeds."""
    return "correct" if isinstance(data, SceneSet) else "cider_d"


def summary(name: str, scores: dict[str, Any]) -> str:
    """One line: the scores of one split."""
    parts = [f"{NAMES[key]} {format_score(key, scores[key])}" for key in NAMES if key in scores]
    parts.append(f"{100 * scores['verbatim']:.0f} % stand in the training captions")
    return f"{name:<11} {', '.join(parts)} ({scores['pictures']:,} pictures, beam {scores['beam']})"


def format_score(key: str, value: float) -> str:
    """A score as people write it: CIDEr-D of 0 to 10, the others of 0 to 100."""
    if key == "cider_d":
        return f"{value:.3f}"
    return f"{100 * value:.1f} %" if key == "correct" else f"{100 * value:.2f}"
