"""The final scores of a captioner, its album, bundle and card."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.scenes.dataset import SceneSet

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption, Captioner
    from training.captioning.features import Features
    from training.data.records import CaptionData, Captioned
    from training.data.scenes.scene import Scene


DIGITS = 5
"""So many binary digits of the matrices are kept: with 7, flickr8k-soft had a CIDEr-D of 0.568 instead of 0.566."""

ELSEWHERE = 300
"""So many captions are read before other pictures."""

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
    seen: "Features",
    data: "CaptionData",
    beam: int,
    length_penalty: float,
    split: str = "validation",
) -> dict[str, Any]:
    """The scores of a beam search and of greedy search; how varied the captions are; of scenes how many are true."""
    found = model.describe(seen.grid, beam=beam, length_penalty=length_penalty)
    scores = _scores(model, found, part, seen, data, split)
    scores |= {"pictures": len(found), "beam": beam, "length_penalty": length_penalty}
    if beam > 1:
        scores["greedy"] = _scores(model, model.describe(seen.grid, beam=1), part, seen, data, split)
    return scores


def _scores(
    model: "Captioner",
    found: "Sequence[Caption]",
    part: "Captioned",
    seen: "Features",
    data: "CaptionData",
    split: str,
) -> dict[str, Any]:
    from training.metrics.captioning import caption_scores, variety

    texts = [caption.text for caption in found]
    scores: dict[str, Any] = caption_scores(texts, part.captions)
    scores |= variety(texts, [text for captions in data.train.captions for text in captions])
    if isinstance(data, SceneSet):
        scores |= _truth(model, found, seen, data.scenes[split])
    return scores


def _truth(
    model: "Captioner", found: "Sequence[Caption]", seen: "Features", scenes: Sequence["Scene"]
) -> dict[str, Any]:
    """How many captions are fully correct, what is wrong with the others, and where attention lay.

    "attention" has the mean share of attention in the box of what a word names, that of equal weights, and the
    largest there could be; "attention_elsewhere" the same where the same captions are read to the model before the
    pictures of other scenes.
    """
    from training.data.scenes.checks import errors

    wrong = [errors(caption.text, scene) for caption, scene in zip(found, scenes, strict=True)]
    truth: dict[str, Any] = {
        "correct": sum(not kinds for kinds in wrong) / len(wrong),
        "errors": dict(Counter(kind for kinds in wrong for kind in kinds)),
    }
    if found[0].attention is not None:
        others = [model.align(seen.grid[n - 1], found[n].text) for n in range(min(ELSEWHERE, len(found)))]
        truth["attention"] = _mass(found, scenes)
        truth["attention_elsewhere"] = _mass(others, scenes[: len(others)])
    return truth


def _mass(found: "Sequence[Caption]", scenes: Sequence["Scene"]) -> dict[str, float]:
    from training.data.scenes.checks import AttentionMass, attention_mass

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


def error_of(texts: Sequence[str], part: "Captioned", data: "CaptionData") -> tuple[float, str]:
    """What an epoch is judged by, smaller is better, and in words: of validation captions by greedy search."""
    if isinstance(data, SceneSet):
        from training.data.scenes.checks import is_correct

        right = sum(map(is_correct, texts, data.scenes["validation"])) / len(texts)
        return 1 - right, f"{100 * right:.1f} % fully correct"
    from training.metrics.caption_tokenizer import words
    from training.metrics.cider import cider_d, document_frequencies

    wanted = [[" ".join(words(text)) for text in captions] for captions in part.captions]
    found = [" ".join(words(text)) for text in texts]
    score = float(cider_d(found, wanted, document_frequencies(wanted)).mean())
    return max(0.0, 1 - score / 10), f"CIDEr-D {score:.3f}"


def main_score(data: "CaptionData") -> str:
    """The score that decides between seeds."""
    return "correct" if isinstance(data, SceneSet) else "cider_d"


def summary(name: str, scores: dict[str, Any]) -> str:
    """One line: the scores of one split."""
    parts = [f"{NAMES[key]} {in_words(key, scores[key])}" for key in NAMES if key in scores]
    parts.append(f"{100 * scores['verbatim']:.0f} % stand in the training captions")
    return f"{name:<11} {', '.join(parts)} ({scores['pictures']:,} pictures, beam {scores['beam']})"


def in_words(key: str, value: float) -> str:
    """A score as people write it: CIDEr-D of 0 to 10, the others of 0 to 100."""
    if key == "cider_d":
        return f"{value:.3f}"
    return f"{100 * value:.1f} %" if key == "correct" else f"{100 * value:.2f}"
