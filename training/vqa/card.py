"""The card of a bundle that answers questions about pictures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.vqa.config import PIPELINE
from training.vqa.data import PUBLIC
from training.vqa.evaluate import BESIDE

if TYPE_CHECKING:
    from training.vqa.config import Train

_SPLITS = {"validation": "validation", "test": "test", "new": "test, pairs of colour and shape never trained on"}
_JOINS = {
    "product": "picture and question are multiplied",
    "concatenation": "picture and question stand side by side",
    "attention": "the question steers attention over the picture",
    "look": "it looks at the picture before each word of the question",
}
_JOINS_KO = {
    "product": "그림과 질문을 곱함",
    "concatenation": "그림과 질문을 이어 붙임",
    "attention": "질문에 따라 그림의 여러 곳에 주의를 둠",
    "look": "질문의 단어를 읽기 전마다 그림을 봄",
}
_LIMITS = {
    "scenes": "It knows drawn scenes of one to three shapes and questions of the grammar that it was trained on. Asked "
    "about what is not there it answers all the same, and it cannot count beyond three.",
    "daquar": "It knows photographs of rooms. Many of its answers are what is usual for such a question: see the "
    "columns without the picture.",
}
_LIMITS_KO = {
    "scenes": "도형이 하나에서 셋까지 있는 그림과 학습한 문법의 질문만 압니다. 그림에 없는 것을 물어도 "
    "답을 하며, 셋보다 많이 세지 못합니다.",
    "daquar": "실내 사진만 배웠습니다. 그림을 보지 않고 질문만으로 짐작한 답이 많습니다.",
}
_OWN = "It knows pictures and questions like those that it was trained on, and nothing else."
_OWN_KO = "학습에 쓴 것과 비슷한 그림과 질문만 알고 있습니다."


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    lines = [
        *front_matter("vqa", PIPELINE, PUBLIC, scores),
        f"# vqa/{options.export.name}",
        "",
        f"Answers questions about pictures: {_shape(options)}; {scores['parameters']:,} parameters, weights in "
        "float16.",
        "",
    ]
    for split, title in _SPLITS.items():
        if split in scores and split != "validation":
            lines += [f"In the {title} ({scores[split]['questions']:,} questions), % right:", ""]
            lines += [*_table(scores[split]), ""]
            lines += _attention(scores[split])
    lines += [
        f"{_seeds(scores)} The scores are of the weights as shipped.",
        "",
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained with {scores['hardware']}, {format_duration(scores['training_seconds'])}, best of "
        f"{scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        _LIMITS.get(scores["dataset"], _OWN),
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def _shape(options: "Train") -> str:
    read = "a bag of words" if options.bag else f"one {options.cell} of {options.units} units"
    hops = f", {options.hops} hop{'s' * (options.hops > 1)}" if options.join == "attention" else ""
    seen = "a small convolutional network" if options.backbone == "convolutional" else options.backbone
    return f"{_JOINS[options.join]}{hops}; {read} over the question, {seen} over the picture"


def _table(scores: dict[str, Any]) -> list[str]:
    """A row for all questions and one for each kind and language: its score, and what stands beside it."""
    rows = {"all": scores, **scores["kinds"], **scores.get("languages", {})}
    return [
        "| questions | number | right | " + " | ".join(BESIDE.values()) + " |",
        "|---|---|---|" + "---|" * len(BESIDE),
        *[
            f"| {name} | {found['questions']:,} | **{100 * found['accuracy']:.1f}** | "
            + " | ".join(f"{100 * found[key]:.1f}" for key in BESIDE)
            + " |"
            for name, found in rows.items()
        ],
    ]


def _attention(scores: dict[str, Any]) -> list[str]:
    """Where attention lay, of scenes."""
    lines = []
    for kind, found in scores.get("attention", {}).items():
        parts = [f"{name} {value:.0%}" for name, value in found.items() if name not in ("questions", "uniform")]
        lines.append(
            f"- Attention on the objects that are asked about, {kind}: {', '.join(parts)}; equal weights "
            f"{found['uniform']:.0%}."
        )
    return [*lines, ""] if lines else []


def _seeds(scores: dict[str, Any]) -> str:
    found = scores["test_accuracy"]
    if found["count"] == 1:
        return "One seed."
    return (
        f"Over {found['count']} seeds: {100 * found['mean']:.2f} ± {100 * found['deviation']:.2f} % of the test; the "
        "seed that is best on the validation split is shipped."
    )


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    test = scores["test"]
    about = "그림과 질문을 받아 답하는 신경망입니다."
    if scores.get("language") == "both":
        about += " 영어와 한국어로 답합니다."
    read = "단어 주머니" if settings.get("bag") else korean_card.cell_of(settings)
    return korean_card.section(
        about,
        f"{read}, {_JOINS_KO[settings['join']]}",
        f"테스트 질문 정답률 {100 * test['accuracy']:.1f} %(그림을 가리면 {100 * test['picture_hidden']:.1f} %, "
        f"질문만 보는 단어 주머니는 {100 * test['bag_of_words']:.1f} %)",
        scores,
        _LIMITS_KO.get(scores["dataset"], _OWN_KO),
    )
