"""The card of a translator's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.translation.config import PIPELINE
from training.translation.data import PUBLIC
from training.translation.evaluate import NAMES, format_spread, percent
from training.translation.train import main_score

if TYPE_CHECKING:
    from training.translation.config import Train


# What a card says of a model of languages, and of one of digits: warning, then the same with the scores in Korean.
_WARNING = (
    "It knows its training pairs and nothing else. Long sentences, rare words, names and numbers come out wrong, "
    "and a wrong translation reads as fluently as a right one."
)
_WARNING_KO = "긴 문장, 드문 낱말, 이름과 숫자는 틀리기 쉬우며, 틀린 번역도 맞는 번역만큼 자연스럽게 읽힙니다."
_WARNING_DIGITS = (
    "It has seen strings of 1 to 12 digits; the longer a string beyond that, the more often it comes out wrong."
)
_WARNING_DIGITS_KO = "1자리부터 12자리까지의 숫자만 배웠고, 그보다 길수록 더 자주 틀립니다."

_SIDES = ("source", "target")
_LANGUAGES = {"en": "영어", "ko": "한국어", "de": "독일어"}
_NAMES_KO = {"bleu_char": "글자 단위 BLEU"}


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    languages = f"{scores['source_language']} → {scores['target_language']}"
    digits = scores["target_language"] == "digits"
    key = main_score(scores["target_language"])
    found = scores["test_spread"][key]
    seeds = "One seed." if found["count"] == 1 else f"Test {format_spread(key, found)}; the best on validation ships."
    lines = [
        *front_matter("translation", PIPELINE, PUBLIC, scores),
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
        f"- Trained on {scores['trained_on']:,} pairs with {scores['hardware']}, "
        f"{format_duration(scores['training_seconds'])}, "
        f"best of {scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        _WARNING_DIGITS if digits else _WARNING,
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    test, key = scores["test"], main_score(scores["target_language"])
    digits = scores["target_language"] == "digits"
    source, target = (_LANGUAGES.get(scores[f"{side}_language"], scores[f"{side}_language"]) for side in _SIDES)
    attention = {"none": "어텐션 없음", "bahdanau": "바다나우 어텐션"}.get(settings["attention"], "루옹 어텐션")
    score = (
        f"테스트 데이터에서 {_NAMES_KO.get(key, NAMES[key])} {test[key]:.2f}, chrF {test['chrf']:.2f}(높을수록 좋음)"
    )
    if digits:
        score = f"테스트 데이터에서 완전히 일치한 비율 {percent(test['exact'])}"
    about = (
        "숫자열을 읽고 그대로 또는 거꾸로 쓰는 순환 신경망입니다."
        if digits
        else (f"{source} 문장을 읽고 {target}로 옮기는 순환 신경망입니다.")
    )
    return korean_card.section(
        about,
        f"인코더는 {korean_card.cell_of(settings)}, 디코더는 {settings['cell'].upper()}, {attention}",
        score,
        scores,
        _WARNING_DIGITS_KO if digits else _WARNING_KO,
    )


def _shape(options: "Train") -> str:
    ways = "bidirectional " if options.bidirectional else ""
    look = {"none": "without attention", "bahdanau": "Bahdanau's attention"}
    look = look.get(options.attention, f"Luong's attention ({options.attention})")
    return f"{options.layers} × {ways}{options.cell} of {options.units} units, {look}, {options.cell} decoder"


def _table(scores: dict[str, Any]) -> list[str]:
    if scores["target_language"] == "digits":
        exact = [
            f"| {name} | {scores['pairs'][name]:,} | {percent(scores[name]['exact'])} |"
            for name in ("validation", "test")
        ]
        return ["| split | pairs | exactly right |", "|---|---|---|", *exact]
    keys = [key for key in NAMES if key in scores["test"]]
    rows = [
        f"| {name} | {scores['pairs'][name]:,} | " + " | ".join(f"{scores[name][key]:.2f}" for key in keys) + " |"
        for name in ("validation", "test")
    ]
    heads = " | ".join(NAMES[key] for key in keys)
    return [f"| split | pairs | {heads} |", "|---|---|" + "---|" * len(keys), *rows]


def _by_origin(scores: dict[str, dict]) -> list[str]:
    if not scores:
        return []
    rows = [
        f"| {origin} | {found['sentences']:,} | {found['bleu_char']:.2f} | {found['chrf']:.2f} |"
        for origin, found in scores.items()
    ]
    return ["| part of test | pairs | BLEU by characters | chrF |", "|---|---|---|---|", *rows, ""]
