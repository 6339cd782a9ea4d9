"""The card of a sentiment model's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.sentiment.config import PIPELINE
from training.sentiment.data import PUBLIC
from training.sentiment.evaluate import format_spread

if TYPE_CHECKING:
    from training.sentiment.config import Train

_BASELINES = {
    "majority class": "다수 클래스",
    "bag of words, logistic regression": "단어 모음(BoW) 로지스틱 회귀",
    "bag of chars, logistic regression": "글자 n-그램 로지스틱 회귀",
}


def _seeds(values: dict[str, float]) -> str:
    if values["count"] == 1:
        return "One seed."
    return f"Over the seeds: test {format_spread(values)}; the seed that is best on the validation split is shipped."


def _row(name: str, texts: int, scores: dict[str, float]) -> str:
    shares = (f"{100 * scores[key]:.2f} %" for key in ("accuracy", "macro_f1", "calibration_error"))
    return f"| {name} | {texts:,} | {' | '.join(shares)} |"


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    test = scores["test"]
    rows = [
        _row("validation", scores["texts"]["validation"], scores["validation"]),
        _row("test", scores["texts"]["test"], test),
    ]
    if new := test.get("without_repeated"):
        rows.append(_row("test, without texts of the published training file", new["texts"], new))
    ways = "from both ends" if options.bidirectional else "from its beginning"
    shape = f"{options.layers} × {options.cell} of {options.units} units, read {ways}, {options.pooling} pooling"
    start = "random weights"
    if scores["pretraining"]:
        more = " and of texts without labels" if options.unlabelled else ""
        start = f"a language model of the training texts{more} ({scores['pretraining']['epochs']:g} epochs)"
    fitted = "weights in float16"
    if options.adversarial_epsilon:
        fitted += f"; trained adversarially (ε = {options.adversarial_epsilon:g})"
    if options.teachers:
        count = len(options.teachers)
        fitted += f"; taught by {count} other classifier{'s' * (count > 1)} on texts without labels, too"
    if options.calibrate:
        fitted += "; its temperature is that of the validation texts"
    lines = [
        *front_matter("sentiment", PIPELINE, PUBLIC, scores),
        f"# sentiment/{options.export.name}",
        "",
        f"A classifier of texts ({', '.join(scores['labels'])}): {shape}; {options.tokens} tokens, "
        f"{scores['parameters']:,} parameters, {fitted}. Started from {start}.",
        "",
        "| split | texts | accuracy | macro F1 | calibration error |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"{_seeds(scores['test_accuracy'])} The scores are of the weights as shipped.",
        "",
        *[f"- {b['name']}: test accuracy {100 * b['accuracy']:.2f} %." for b in scores.get("baselines", [])],
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['hardware']}, {format_duration(scores['training_seconds'])}"
        + (f" and {format_duration(scores['pretraining']['seconds'])} of pre-training" if scores["pretraining"] else "")
        + f", best of {scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It knows its training texts and nothing else. Irony, negation that comes late and texts of another kind "
        "or language mislead it; its probability is that of a guess, not of a fact.",
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    pooling = {
        "attention": "어텐션 풀링",
        "max": "최대 풀링",
        "last": "마지막 상태만 사용",
        "joined": "어텐션 풀링, 최대 풀링, 마지막 상태를 이어 붙임",
    }
    test = scores["test"]
    baselines = [
        f"{_BASELINES.get(b['name'], b['name'])} {percent(b['accuracy'])}" for b in scores.get("baselines", [])
    ]
    return korean_card.section(
        "글을 끝까지 읽고 감성을 분류하는 순환 신경망입니다.",
        f"{korean_card.cell_of(settings)}, {pooling.get(settings['pooling'], settings['pooling'])}",
        f"테스트 데이터 정확도 {percent(test['accuracy'])}, 보정 오차(ECE) {percent(test['calibration_error'])}"
        + (f". 비교 기준의 정확도: {', '.join(baselines)}" if baselines else ""),
        scores,
        "반어법, 뒤늦게 나오는 부정, 학습 데이터와 종류나 언어가 다른 글에 약합니다. 확률은 추측의 확률일 뿐입니다.",
    )


def percent(share: float) -> str:
    """0.8813 as "88.13 %"."""
    return f"{100 * share:.2f} %"
