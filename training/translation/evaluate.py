"""The scores of a translator, and how they are written."""

from typing import TYPE_CHECKING, Any

from training.metrics.translation import by_length, by_origin, translation_scores
from training.translation.train import translated

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Translator
    from training.data.records import PairData, Pairs


NAMES = {"bleu": "BLEU", "bleu_char": "BLEU by characters", "bleu_ko_mecab": "BLEU by ko-mecab", "chrf": "chrF"}


def scores_of(model: "Translator", pairs: "Pairs", data: "PairData", beam: int, length_penalty: float) -> dict:
    """BLEU and chrF of a beam search and of greedy search; by origin and by length. Exact matches for digits."""
    language = data.target_language
    found = translated(model, pairs.sources, beam, length_penalty)
    scores: dict[str, Any] = translation_scores(found, pairs.targets, language)
    scores |= {"sentences": len(found), "beam": beam, "length_penalty": length_penalty}
    same = sum(ours == theirs for ours, theirs in zip(found, pairs.targets, strict=True))
    scores["exact"] = same / len(found)
    if beam > 1:
        scores["greedy"] = translation_scores(translated(model, pairs.sources, 1), pairs.targets, language)
    if len(set(pairs.origins)) > 1:
        scores["by_origin"] = by_origin(found, pairs, language)
    scores["by_length"] = by_length(found, pairs, language)
    return scores


def summary(name: str, scores: dict[str, Any]) -> str:
    """One line: the scores of one split."""
    parts = [f"BLEU {scores['bleu']:.2f}", f"by characters {scores['bleu_char']:.2f}"]
    if "bleu_ko_mecab" in scores:
        parts.append(f"ko-mecab {scores['bleu_ko_mecab']:.2f}")
    parts += [f"chrF {scores['chrf']:.2f}", f"exact {percent(scores['exact'])}"]
    return f"{name:<11} {', '.join(parts)} ({scores['sentences']:,} sentences, beam {scores['beam']})"


def format_spread(key: str, values: dict[str, float]) -> str:
    """A score of several seeds: mean ± standard deviation, lowest and highest."""
    return (
        f"{NAMES[key]} {values['mean']:.2f} ± {values['deviation']:.2f} over {values['count']} seeds "
        f"({values['lowest']:.2f} to {values['highest']:.2f})"
    )


def percent(share: float) -> str:
    """0.5 as "50.0 %"."""
    return f"{100 * share:.1f} %"
