"""The final scores of a translator, its bundle and card."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from training.bleu import by_length, by_origin, translation_scores
from training.card_metadata import front_matter
from training.hardware import clock
from training.repeats import spread
from training.shipping import about_run, brief, round_weights

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Translator
    from training.pairs import PairData, Pairs
    from training.translation import Train
    from training.translation_fitting import Fitting, Texts

TOGETHER = 512
"""So many sentences are handed to the model at once; it sorts them by length."""

BY_CHARACTERS = ("ko", "ja", "zh", "th", "digits")
"""Languages whose words change their endings, or have no spaces between them."""


def translated(
    model: "Translator", sentences: Sequence[str], beam: int = 5, length_penalty: float = 1.0, progress: bool = False
) -> list[str]:
    """The translation of each sentence; with `progress` a bar on standard error."""
    found: list[str] = []
    bar = None
    if progress and sentences:
        import keras

        bar = keras.utils.Progbar(len(sentences), stateful_metrics=[], verbose=1 if sys.stderr.isatty() else 0)
    for start in range(0, len(sentences), TOGETHER):
        part = list(sentences[start : start + TOGETHER])
        found += [result.text for result in model.translate(part, beam=beam, length_penalty=length_penalty)]
        if bar:
            bar.update(len(found))
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
    from training.translation import SCRIPT

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


# What a card says of a model of languages, and of one of digits: warning, then the same with the scores in Korean.
_WARNING = (
    "It knows its training pairs and nothing else. Long sentences, rare words, names and numbers come out wrong, "
    "and a wrong translation reads as fluently as a right one."
)
_WARNING_KO = "긴 문장, 드문 낱말, 이름과 숫자는 틀리기 쉬우며, 틀린 번역도 자연스럽게 읽힐 수 있습니다."
_WARNING_DIGITS = (
    "It has seen strings of 1 to 12 digits; the longer a string beyond that, the more often it comes out wrong."
)
_WARNING_DIGITS_KO = "1자리부터 12자리까지의 숫자만 배웠고, 그보다 길수록 더 자주 틀립니다."


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a short summary in Korean."""
    languages = f"{scores['source_language']} → {scores['target_language']}"
    digits = scores["target_language"] == "digits"
    key = main_score(scores["target_language"])
    found = scores["test_spread"][key]
    seeds = (
        "One seed." if found["count"] == 1 else f"Test {_spread_in_words(key, found)}; the best on validation ships."
    )
    test = scores["test"]
    in_korean = f"{_NAMES[key]} {test[key]:.2f}, chrF {test['chrf']:.2f}"
    if digits:
        in_korean = f"정확히 맞은 비율 {_percent(test['exact'])}"
    lines = [
        *front_matter("translation", scores),
        f"# translation/{options.export.name}",
        "",
        f"A translator, {languages}: {_shape(options)}; {scores['parameters']:,} parameters, weights in float16.",
        "",
        *_table(scores),
        "",
        f"{seeds} Beam {options.beam}, length penalty {options.length_penalty:g}; the scores are of the weights as "
        f"shipped. Signature: `{scores['test']['signatures'][key]}`.",
        "",
        *_by_origin(scores["test"].get("by_origin", {})),
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['trained_on']:,} pairs with {scores['hardware']}, {clock(scores['training_seconds'])}, "
        f"best of {scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        _WARNING_DIGITS if digits else _WARNING,
        "",
        "## 한국어 요약",
        "",
        f"{_kind_in_korean(options)} 순환 신경망 번역기입니다({languages}). 시험 데이터에서 {in_korean}. "
        + (_WARNING_DIGITS_KO if digits else _WARNING_KO),
    ]
    return "\n".join(lines) + "\n"


def _kind_in_korean(options: "Train") -> str:
    return "어텐션을 쓰지 않는" if options.attention == "none" else "어텐션을 쓰는"


def _shape(options: "Train") -> str:
    ways = "bidirectional " if options.bidirectional else ""
    look = {"none": "without attention", "bahdanau": "Bahdanau's attention"}
    look = look.get(options.attention, f"Luong's attention ({options.attention})")
    return f"{options.layers} × {ways}{options.cell} of {options.units} units, {look}, {options.cell} decoder"


def _table(scores: dict[str, Any]) -> list[str]:
    if scores["target_language"] == "digits":
        exact = [f"| {name} | {scores['pairs'][name]:,} | {_percent(scores[name]['exact'])} |" for name in _SPLITS]
        return ["| split | pairs | exactly right |", "|---|---|---|", *exact]
    keys = [key for key in _NAMES if key in scores["test"]]
    rows = [
        f"| {name} | {scores['pairs'][name]:,} | " + " | ".join(f"{scores[name][key]:.2f}" for key in keys) + " |"
        for name in _SPLITS
    ]
    heads = " | ".join(_NAMES[key] for key in keys)
    return [f"| split | pairs | {heads} |", "|---|---|" + "---|" * len(keys), *rows]


def _by_origin(scores: dict[str, dict]) -> list[str]:
    if not scores:
        return []
    rows = [
        f"| {origin} | {found['sentences']:,} | {found['bleu_char']:.2f} | {found['chrf']:.2f} |"
        for origin, found in scores.items()
    ]
    return ["| part of test | pairs | BLEU by characters | chrF |", "|---|---|---|---|", *rows, ""]
