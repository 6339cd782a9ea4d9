"""The scores of a network that answers questions: by kind, and beside each what can be guessed without seeing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.scenes.checks import box_cover
from training.data.scenes.question_set import SceneQuestions
from training.vqa.baselines import guesses

if TYPE_CHECKING:
    from rnn_models.tasks.vqa import VisualQuestionAnswerer
    from rnn_models.vision.scenes.scene import Scene
    from training.data.records import QuestionData, Questions
    from training.data.scenes.question_set import Asked

BESIDE = {
    "picture_hidden": "the same network, picture hidden",
    "question_hidden": "the same network, question hidden",
    "words_shuffled": "the same network, words shuffled",
    "most_frequent": "the most frequent answer",
    "bag_of_words": "bag of words, no picture",
    "word_pairs": "words and pairs of words, no picture",
}
"""What stands beside every score."""

ELSEWHERE = 300
"""So many questions are asked of the pictures of other scenes."""


def scores_of(model: "VisualQuestionAnswerer", data: "QuestionData", split: str, pictures: Any) -> dict[str, Any]:
    """Accuracy of a split: of all questions, by kind and by language; beside each the `BESIDE`. Of scenes also where
    attention lay.

    Args:
        pictures: what the network is shown of the split's pictures: see `inputs.pictures_of`.
    """
    part: Questions = getattr(data, split)
    seen = seen_of(model, pictures, len(part.pictures))
    ids = model.tokenizer.encode(part.questions)
    right = {"accuracy": _right(model, seen, part, ids)}
    right["picture_hidden"] = _right(model, seen, part, ids, (False, True))
    right["question_hidden"] = _right(model, seen, part, ids, (True, False))
    shuffle = np.random.RandomState(0).permutation
    right["words_shuffled"] = _right(model, seen, part, [row[shuffle(len(row))] for row in ids])
    for name, answers in guesses(data.train, part).items():
        right[name] = np.array(answers) == np.array(part.answers)
    scores: dict[str, Any] = {name: float(values.mean()) for name, values in right.items()}
    scores |= {"questions": len(part.questions), "kinds": _by(right, part.kinds)}
    if len(set(part.languages)) > 1:
        scores["languages"] = _by(right, part.languages)
        both = [f"{kind} ({language})" for kind, language in zip(part.kinds, part.languages, strict=True)]
        scores["kinds_by_language"] = _by(right, both)
    if isinstance(data, SceneQuestions) and model.attends:
        scores["attention"] = attention_of(model, seen, data.asked[split], data.scenes[split])
    return scores


def seen_of(model: "VisualQuestionAnswerer", pictures: Any, count: int) -> np.ndarray:
    """The a_i of all pictures, in parts: features are read as they are needed."""
    starts = range(0, count, 256)
    parts = [model.seen_grids(pictures.of(np.arange(start, min(start + 256, count)))) for start in starts]
    return np.concatenate(parts)


def _right(
    model: "VisualQuestionAnswerer",
    seen: np.ndarray,
    part: "Questions",
    ids: Sequence[np.ndarray],
    shown: tuple[bool, bool] = (True, True),
) -> np.ndarray:
    """Which questions are answered right, (M,)."""
    found = model.probabilities(seen, part.rows, ids, shown).argmax(axis=1)
    return np.array([model.answers[n] for n in found]) == np.array(part.answers)


def _by(right: dict[str, np.ndarray], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in dict.fromkeys(names):
        chosen = np.array(names) == name
        found[name] = {key: float(values[chosen].mean()) for key, values in right.items()}
        found[name]["questions"] = int(chosen.sum())
    return found


# --- attention


def attention_of(
    model: "VisualQuestionAnswerer", seen: np.ndarray, asked: Sequence["Asked"], scenes: Sequence["Scene"]
) -> dict[str, dict[str, float]]:
    """The share of attention on the objects that a question is about, by kind: of each hop, or the mean over the words.

    "inside" is that share, "uniform" what equal weights would have there, "elsewhere" what lies there when the same
    question is asked of another scene's picture. Questions that are about no object of the picture are left out.
    """
    chosen = [one for one in asked if one.query.asked(scenes[one.scene])]
    chosen = [chosen[n] for n in np.random.RandomState(0).permutation(len(chosen))[: 10 * ELSEWHERE]]
    if not chosen:
        return {}
    covers = np.array([cover(one, scenes[one.scene], model.places) for one in chosen])
    texts, rows = [one.text for one in chosen], np.array([one.scene for one in chosen])
    there = _weights(model, seen, rows, texts)
    elsewhere = _weights(model, seen, (rows[:ELSEWHERE] + 1) % len(seen), texts[:ELSEWHERE])
    kinds = np.array([one.query.kind for one in chosen])
    found = {}
    for kind in dict.fromkeys(kinds.tolist()):
        here = kinds == kind
        values = {"uniform": float(covers[here].mean())}
        for n, name in enumerate(_names(model)):
            values[f"inside{name}"] = float((there[here, n] * covers[here]).sum(axis=-1).mean())
            apart = here[:ELSEWHERE]
            if apart.any():
                values[f"elsewhere{name}"] = float(
                    (elsewhere[apart, n] * covers[:ELSEWHERE][apart]).sum(axis=-1).mean()
                )
        found[kind] = values | {"questions": int(here.sum())}
    return found


def cover(one: "Asked", scene: "Scene", grid: tuple[int, int]) -> np.ndarray:
    """The share of each place that the objects of a question cover, (L,)."""
    boxes = [box_cover(scene.objects[n].box, grid) for n in set(one.query.asked(scene))]
    return np.minimum(1.0, np.sum(boxes, axis=0))


def _names(model: "VisualQuestionAnswerer") -> list[str]:
    hops = model.settings["hops"] if model.settings["join"] == "attention" else 1
    return [f", hop {n + 1}" for n in range(hops)] if hops > 1 else [""]


def _weights(model: "VisualQuestionAnswerer", seen: np.ndarray, rows: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """(N, hops, L); of a network that looks before each word the mean over the words, (N, 1, L)."""
    answers = model.answer_seen(seen, rows, texts)
    looks = model.settings["join"] == "look"
    return np.stack([one.attention.mean(axis=0, keepdims=True) if looks else one.attention for one in answers])


# --- as text


def summary(name: str, scores: dict[str, Any]) -> str:
    """The scores of one split: all questions in a line, then a line for each kind."""
    lines = [f"{name:<11} {_line(scores)} ({scores['questions']:,} questions)"]
    for kinds in ("kinds", "languages"):
        lines += [f"  {kind:<11} {_line(found)}" for kind, found in scores.get(kinds, {}).items()]
    for kind, found in scores.get("attention", {}).items():
        shares = ", ".join(f"{key} {value:.2f}" for key, value in found.items() if key != "questions")
        lines.append(f"  attention on what is asked, {kind}: {shares}")
    return "\n".join(lines)


def _line(scores: dict[str, Any]) -> str:
    beside = ", ".join(f"{name.replace('_', ' ')} {100 * scores[name]:.1f}" for name in BESIDE)
    return f"accuracy {100 * scores['accuracy']:.2f} % [{beside}]"
