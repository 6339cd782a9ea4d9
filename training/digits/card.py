"""The card of a digit reader's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.digits.config import PIPELINE
from training.digits.data import PUBLIC

if TYPE_CHECKING:
    from training.digits.config import Train

ORDERS = {
    "whole": "the whole picture at once (one step: no recurrence is left)",
    "rows": "row by row (28 steps of 28 pixels)",
    "pixels": "pixel by pixel (784 steps)",
    "permuted": "pixel by pixel in one order that was drawn once (784 steps)",
    "glimpses": "by glimpses: it looks at a few small parts of the picture, and chooses where",
}
_ORDERS_KO = {
    "whole": "그림 전체를 한 번에",
    "rows": "한 줄씩(28단계)",
    "pixels": "한 픽셀씩(784단계)",
    "permuted": "한 번 정한 무작위 순서로 한 픽셀씩(784단계)",
    "glimpses": "어디를 볼지 스스로 골라 작은 부분만 몇 번 들여다봄(글림프스)",
}
_POLICIES = {
    "mean": "places of the network",
    "sample": "places drawn around them, as in training",
    "random": "random places",
    "centre": "the centre alone",
}


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    rows = [
        f"| {split} | {scores['pictures'][split]:,} | "
        + " | ".join(f"{100 * scores[split][key]:.2f} %" for key in ("accuracy", "macro_f1", "calibration_error"))
        + " |"
        for split in ("validation", "test")
    ]
    found = scores["test_accuracy"]
    seeds = "One seed."
    if found["count"] > 1:
        seeds = (
            f"Over {found['count']} seeds: test accuracy {100 * found['mean']:.2f} ± {100 * found['deviation']:.2f} %; "
            "the seed that is best on the validation split is shipped."
        )
    lines = [
        *front_matter("digits", PIPELINE, PUBLIC, scores),
        f"# digits/{options.export.name}",
        "",
        f"A classifier of handwritten digits that reads a picture of {options.canvas} × {options.canvas} pixels "
        f"{ORDERS[options.order]}: "
        f"{options.layers} × {options.cell} of {options.units} units, {scores['parameters']:,} parameters, weights in "
        "float16.",
        "",
        "| split | pictures | accuracy | macro F1 | calibration error |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"{seeds} The scores are of the weights as shipped.",
        "",
        *_glimpses(options, scores),
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['hardware']}, {format_duration(scores['training_seconds'])}, best of "
        f"{scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It knows digits in the form of its data, white on black and in the middle; other pictures are brought into "
        "that form first. It calls everything a digit, also what is none.",
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def _glimpses(options: "Train", scores: dict[str, Any]) -> list[str]:
    """What a card says of places and costs; nothing for another order."""
    if options.order != "glimpses":
        return []
    side = options.glimpse_size
    rows = [
        f"| {_POLICIES[name]} | {100 * error:.2f} % | {scores['multiplications']:,} |"
        for name, error in scores["test"]["errors"].items()
    ]
    rows += [
        f"| {b['name']} | {100 * (1 - b['accuracy']):.2f} % | {b['multiplications']:,} |"
        for b in scores.get("baselines", [])
    ]
    scales = f" at {options.scales} scales, each twice as wide as the one before" if options.scales > 1 else ""
    return [
        f"{options.glimpses} glimpses of {side} × {side} cells{scales}; σ = {options.sigma:g} in training.",
        "",
        "| test | error | multiplications a picture |",
        "|---|---|---|",
        *rows,
        "",
    ]


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    side, order = settings.get("canvas", 28), settings.get("order", "glimpses")
    return korean_card.section(
        f"손글씨 숫자 그림({side} × {side}픽셀)을 조각조각 차례로 읽고 어떤 숫자인지 맞히는 순환 신경망입니다.",
        f"{korean_card.cell_of(settings)}, 읽는 방식: {_ORDERS_KO[order]}",
        f"테스트 데이터 정확도 {100 * scores['test']['accuracy']:.2f} %",
        scores,
        "숫자가 아닌 그림도 반드시 숫자 하나로 답합니다. 학습 데이터와 모양이 다른 글씨에 약합니다.",
    )
