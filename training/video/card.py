"""The card of a labeler's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.video.config import PIPELINE
from training.video.data import PUBLIC

if TYPE_CHECKING:
    from training.video.config import Train

COMPARED = {
    "causal": "**causal**: the frames up to this one",
    "bidirectional": "bidirectional: all frames",
    "single_frame": "no memory: one frame; for clips the mean over frames, without their order",
    "shuffled": "trained and tested on frames in random order",
    "shuffled_input": "causal, tested on frames in random order",
    "majority": "the most frequent class",
}
"""What each network, and each way of asking, knows."""

_COMPARED_KO = {
    "causal": "**인과(지금까지의 프레임만)**",
    "bidirectional": "양방향(앞뒤 프레임 모두)",
    "single_frame": "기억 없음(프레임 하나, 클립은 순서 없는 평균)",
    "shuffled": "프레임 순서를 섞어 학습",
    "shuffled_input": "인과 모델에 순서를 섞어 입력",
    "majority": "가장 많은 클래스",
}
_SPLITS = {"validation": "validation", "test": "test", "takes": "other takes of the styles of train"}
_ABOUT = {
    "points": "the movement of a point, such as a fingertip or a mouse (x, y)",
    "joints": "the movement of a body, 18 joints a frame",
    "pixels": "small pictures",
    "features": "features of pictures",
}
_ABOUT_KO = {
    "points": "손가락 끝이나 마우스 같은 점(x, y)의 움직임",
    "joints": "관절 18개로 나타낸 몸의 움직임",
    "pixels": "작은 그림으로 된 프레임",
    "features": "그림에서 뽑은 특징",
}
_LIMITS = {
    "finger": "It knows the movements of one person's finger before one webcam, and gives every movement one of its "
    "four labels.",
    "motion": "It knows three professional actors who play styles; unseen styles stand for unseen persons. No "
    "commercial use.",
    "scenes": "It knows drawn scenes in which one object moves along x or y. A camera's picture is nothing like them.",
}
_LIMITS_KO = {
    "finger": "한 사람이 웹캠 앞에서 움직인 손가락만 배웠고, 어떤 움직임이든 네 클래스 가운데 하나로 답합니다.",
    "motion": "전문 배우 세 명이 연기한 동작만 배웠습니다. 처음 보는 스타일이 처음 보는 사람을 "
    "대신합니다. 상업적 이용 금지.",
    "scenes": "물체 하나가 가로나 세로로 움직이는 그린 장면만 배웠습니다. 카메라 영상에는 맞지 않습니다.",
}


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    lines = [
        *front_matter("video", PIPELINE, PUBLIC, scores),
        f"# video/{options.export.name}",
        "",
        f"A label for every frame of {_ABOUT[scores['inputs']]}, and one for the clip, on the same states: "
        f"{options.layers} × {options.cell} of {options.units} units over frames encoded in {options.encoder_units} "
        "numbers. The networks that it is compared with are in the bundle, too, with the same encoder: "
        f"{scores['parameters']:,} parameters in all, weights in float16.",
        "",
        f"- Labels of frames: {', '.join(scores['labels'])}.",
        *([f"- Labels of clips: {', '.join(scores['clip_labels'])}."] if scores["clip_labels"] else []),
        "",
        *_table(scores, _SPLITS, COMPARED, ("split and what is known", "frames right", "clips right")),
        "",
        *_seeds(scores),
        "The scores are of the weights as shipped.",
        "",
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['hardware']}, {format_duration(scores['training_seconds'])}, best of "
        f"{scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        _LIMITS.get(
            scores["dataset"], "It knows clips like those that it was trained on, and gives others a label, too."
        ),
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def _table(scores: dict[str, Any], splits: Mapping[str, str], names: Mapping[str, str], head: tuple) -> list[str]:
    """Frames and clips right in each split, each beside what it is compared with."""
    lines = [f"| {' | '.join(head)} |", "|---|---|---|"]
    for split, text in splits.items():
        found = scores.get(split)
        if not found:
            continue
        own = {"frames": found.get("accuracy"), "clips": found.get("clips", {}).get("accuracy")}
        rows = {"causal": own, **found["baselines"], "majority": found["majority"]}
        for name, row in rows.items():
            cells = ("–" if row.get(kind) is None else f"{100 * row[kind]:.2f} %" for kind in ("frames", "clips"))
            lines.append(f"| {text}: {names[name]} | {' | '.join(cells)} |")
    return lines


def _seeds(scores: dict[str, Any]) -> list[str]:
    lines = []
    for split in ("test", "takes"):
        for kind in ("frames", "clips"):
            found = scores.get(f"{split}_{kind}")
            if found and found["count"] > 1:
                lines.append(
                    f"{found['count']} seeds, {_SPLITS[split]}, {kind}: {100 * found['mean']:.2f} ± "
                    f"{100 * found['deviation']:.2f} %, lowest {100 * found['lowest']:.2f} %."
                )
    return [*lines, "The seed that is best on the validation split is shipped."] if lines else ["One seed."]


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    test = scores["test"]
    found = [f"프레임 정확도 {100 * test['accuracy']:.2f} %"] if "accuracy" in test else []
    found += [f"클립 정확도 {100 * test['clips']['accuracy']:.2f} %"] if "clips" in test else []
    lines = korean_card.section(
        f"{_ABOUT_KO[scores['inputs']]}을 보고 프레임마다, 그리고 클립 전체에 레이블을 붙이는 순환 신경망입니다.",
        f"{korean_card.cell_of(settings)}, 프레임 하나를 숫자 {settings['encoder_units']}개로 나타냄",
        f"테스트 데이터 {', '.join(found)}",
        scores,
        _LIMITS_KO.get(scores["dataset"], "학습한 클립과 비슷한 클립만 압니다. 다른 클립에도 레이블을 붙입니다."),
    )
    splits = {"test": "테스트"}
    return [*lines, "", *_table(scores, splits, _COMPARED_KO, ("무엇을 아는가", "프레임", "클립"))]
