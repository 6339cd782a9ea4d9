"""The card of a captioner's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.captioning.config import PIPELINE
from training.captioning.data import PUBLIC
from training.captioning.evaluate import NAMES, format_score
from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration

if TYPE_CHECKING:
    from training.captioning.config import Train

_INJECTIONS = {
    "h0": "the picture as first state",
    "first": "the picture as first input",
    "per_step": "the picture at every step",
    "merge": "the picture after the recurrent network",
}
_ATTENTIONS = {"soft": "soft attention", "hard": "hard attention", "none": "no attention"}
_INJECTIONS_KO = {
    "h0": "사진을 초기 상태로 넣음",
    "first": "사진을 첫 입력으로 넣음",
    "per_step": "시점마다 사진을 함께 넣음",
    "merge": "순환 신경망의 출력에 사진을 결합함",
}
_ATTENTIONS_KO = {"soft": "부드러운 주의", "hard": "딱딱한 주의", "none": "주의 없음"}
_WARNING = {
    "photographs": (
        "It knows photographs of people, dogs and sport outdoors, and nothing else. Of other pictures it says what "
        "they would be if they were such photographs, as fluently as ever."
    ),
    "scenes": "It knows the drawn scenes that it was trained on, and nothing else.",
    "own": "It knows pictures like those that it was trained on, and nothing else.",
}
_REFERENCE_SET = (
    " `strangeness` tells them apart, some kinds better than others: `python -m training.captioning ood` measures it."
)
_KOREAN = {"correct": "모두 맞는 설명"}
_WARNING_KO = {
    "photographs": "사람, 개, 야외 스포츠 사진만 배웠습니다. 다른 그림에도 그럴듯하게 틀린 설명을 합니다.",
    "scenes": "학습에 쓴 도형 그림만 알고 있습니다.",
    "own": "학습에 쓴 것과 비슷한 그림만 알고 있습니다.",
}


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    kind = _kind(scores)
    splits = [name for name in ("validation", "test") if name in scores]
    keys = [key for key in NAMES if key in scores[splits[0]]]
    rows = [
        f"| {name} | {scores['pictures'][name]:,} | "
        + " | ".join(format_score(k, scores[name][k]) for k in keys)
        + " |"
        for name in splits
    ]
    first = scores[splits[0]]
    lines = [
        *front_matter("captioning", PIPELINE, PUBLIC, scores),
        f"# captioning/{options.export.name}",
        "",
        f"A captioner: {_shape(options)}; {scores['parameters']:,} parameters, weights in float16.",
        "",
        f"| split | pictures | {' | '.join(NAMES[key] for key in keys)} |",
        "|---|---|" + "---|" * len(keys),
        *rows,
        "",
        f"{_seeds(scores, splits[0])} Beam {options.beam}, length penalty {options.length_penalty:g}; the scores are "
        "of the weights as shipped, by pycocoevalcap; CIDEr-D is of 0 to 10, the others of 0 to 100.",
        f"{100 * first['verbatim']:.0f} % of the {splits[0]} captions stand word for word in the training set; "
        f"{first['distinct']:,} are different, of {first['vocabulary']:,} words.",
        "",
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        *_attention(scores[splits[-1]]),
        f"- What sees: {options.backbone}, grid {options.grid}, {options.fit}; its weights are not in this folder.",
        f"- Trained with {scores['hardware']}, {format_duration(scores['training_seconds'])} (without the features), "
        f"best of {scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        *[f"- Begun with the weights made by: `{command}`" for command in reversed(scores["begun_by"])],
        "",
        _WARNING[kind] + (_REFERENCE_SET if options.album and kind == "photographs" else ""),
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    split = next(name for name in ("validation", "test") if name in scores)
    measured = [
        f"{_KOREAN.get(key, NAMES[key])} {format_score(key, scores[split][key])}"
        for key in ("correct", "bleu_4", "cider_d")
        if key in scores[split]
    ]
    ways = [_ATTENTIONS_KO[settings["attention"]], _INJECTIONS_KO[settings["inject"]]]
    seen = f"{settings['backbone']} {settings['grid'].replace('x', '×')} 격자"
    return korean_card.section(
        "그림을 보고 영어 문장을 쓰는 순환 신경망입니다.",
        f"{korean_card.cell_of(settings)}, {', '.join(ways)}; 그림은 {seen}로 읽음",
        f"{ {'validation': '검증', 'test': '테스트'}[split] } 데이터에서 {', '.join(measured)}(높을수록 좋음)",
        scores,
        _WARNING_KO[_kind(scores)],
    )


def _kind(scores: dict[str, Any]) -> str:
    return {"scenes": "scenes", "flickr8k": "photographs"}.get(scores["dataset"], "own")


def _attention(scores: dict[str, Any]) -> list[str]:
    """Where attention lay, of scenes."""
    if not scores.get("attention"):
        return []
    there, elsewhere = scores["attention"], scores["attention_elsewhere"]
    return [
        f"- While it names an object, {there['inside']:.0%} of the attention lies in that object's box; equal weights "
        f"would have {there['uniform']:.0%}, and the same captions have {elsewhere['inside']:.0%} there where they are "
        "read to it before pictures of other scenes."
    ]


def _seeds(scores: dict[str, Any], split: str) -> str:
    found = scores["spread"][split]
    if next(iter(found.values()))["count"] == 1:
        return "One seed."
    words = [
        f"{NAMES[key]} {format_score(key, values['mean'])} ± {format_score(key, values['deviation'])}"
        for key, values in found.items()
    ]
    count = next(iter(found.values()))["count"]
    return f"{split}, {count} seeds: {', '.join(words)}; the best on validation ships."


def _shape(options: "Train") -> str:
    return (
        f"{_INJECTIONS[options.inject]}, {_ATTENTIONS[options.attention]}, one {options.cell} of {options.units} units "
        f"over {options.backbone} ({options.grid})"
    )
