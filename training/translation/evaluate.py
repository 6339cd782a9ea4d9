"""The final scores of a translator, its bundle and card."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from training.core.export import about_run, brief, round_weights
from training.core.seeds import spread
from training.metrics.translation import by_length, by_origin, translation_scores
from training.translation.card import card

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Translator
    from training.data.records import PairData, Pairs
    from training.translation.config import Train
    from training.translation.inputs import Texts
    from training.translation.train import Fitting


TOGETHER = 512
"""So many sentences are handed to the model at once; it sorts them by length."""

BY_CHARACTERS = ("ko", "ja", "zh", "th", "digits")
"""Languages whose words change their endings, or have no spaces between them."""


def translated(
    model: "Translator", sentences: Sequence[str], beam: int = 5, length_penalty: float = 1.0, progress: bool = False
) -> list[str]:
    """The translation of each sentence; with `progress` a bar on standard error."""
    found: list[str] = []
    with tqdm(total=len(sentences), unit=" sentences", disable=None if progress else True) as bar:
        for start in range(0, len(sentences), TOGETHER):
            part = list(sentences[start : start + TOGETHER])
            found += [result.text for result in model.translate(part, beam=beam, length_penalty=length_penalty)]
            bar.update(len(part))
    return found


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


def main_score(language: str) -> str:
    """The score that decides: BLEU by words, or by characters where words are not what counts."""
    return "bleu_char" if language in BY_CHARACTERS else "bleu"


def main_bleu(found: Sequence[str], wanted: Sequence[str], language: str) -> float:
    """The BLEU that decides, of 0 to 100."""
    return translation_scores(list(found), list(wanted), language)[main_score(language)]


def summary(name: str, scores: dict[str, Any]) -> str:
    """One line: the scores of one split."""
    parts = [f"BLEU {scores['bleu']:.2f}", f"by characters {scores['bleu_char']:.2f}"]
    if "bleu_ko_mecab" in scores:
        parts.append(f"ko-mecab {scores['bleu_ko_mecab']:.2f}")
    parts += [f"chrF {scores['chrf']:.2f}", f"exact {_percent(scores['exact'])}"]
    return f"{name:<11} {', '.join(parts)} ({scores['sentences']:,} sentences, beam {scores['beam']})"


def finish(options: "Train", texts: "Texts", fittings: "list[Fitting]") -> None:
    """Score each seed's best weights, write scores.json and, with --export, the best seed's bundle.

    The seed is chosen on the validation split. For a bundle the weights are first rounded to float16, as they
    are shipped: the scores are those of the bundle as anyone loads it.
    """
    data = texts.data
    key = main_score(data.target_language)
    seeds = [_seed_scores(fitting, data, bool(options.export)) for fitting in fittings]
    chosen = max(range(len(seeds)), key=lambda n: seeds[n]["validation"][key])
    model, state = fittings[chosen].model, fittings[chosen].run.state
    scores = {
        "validation": seeds[chosen]["validation"],
        "test": seeds[chosen]["test"],
        "seed": seeds[chosen]["seed"],
        "seeds": [{"seed": s["seed"], "test": brief(s["test"])} for s in seeds],
        "test_spread": {name: spread([s["test"][name] for s in seeds]) for name in (key, "chrf")},
        "dataset": data.name,
        "source_language": data.source_language,
        "target_language": data.target_language,
        "source": data.source,
        "licence": data.licence,
        "notes": data.notes,
        "pairs": {name: len(getattr(data, name).sources) for name in ("train", "validation", "test")},
        "trained_on": len(texts.kept),
        **about_run(model, state, sum(fitting.run.state.seconds for fitting in fittings), bool(options.export)),
        "command": _command(options),
    }
    if len(seeds) > 1:
        print(f"test        {_spread_in_words(key, scores['test_spread'][key])}", flush=True)
    fittings[0].run.write_scores(scores)
    if options.export:
        from rnn_models.bundles import save_bundle

        save_bundle(model, options.export, scores, card(options, scores))
        print(f"bundle: {options.export}", flush=True)


def _seed_scores(fitting: "Fitting", data: "PairData", rounded: bool) -> dict[str, Any]:
    model, options = fitting.model, fitting.options
    fitting.run.load_best(model)
    if rounded:
        round_weights(model)
    scores: dict[str, Any] = {"seed": options.seed}
    for name in _SPLITS:
        scores[name] = scores_of(model, getattr(data, name), data, options.beam, options.length_penalty)
        print(f"seed {options.seed}: {summary(name, scores[name])}", flush=True)
    return scores


def _command(options: "Train") -> str:
    from training.translation.config import SCRIPT

    return SCRIPT.command_line(options)


_SPLITS = ("validation", "test")
_NAMES = {"bleu": "BLEU", "bleu_char": "BLEU by characters", "bleu_ko_mecab": "BLEU by ko-mecab", "chrf": "chrF"}


def _spread_in_words(key: str, values: dict[str, float]) -> str:
    return (
        f"{_NAMES[key]} {values['mean']:.2f} ± {values['deviation']:.2f} over {values['count']} seeds "
        f"({values['lowest']:.2f} to {values['highest']:.2f})"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
