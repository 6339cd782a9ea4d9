"""The card of a character model's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.char_lm.config import PIPELINE
from training.char_lm.data import PUBLIC
from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration

if TYPE_CHECKING:
    from training.char_lm.config import Train
    from training.core.run import Run


def card(options: "Train", scores: dict[str, Any], run: "Run") -> str:
    """The bundle's README: English, with a part in Korean."""
    rows = []
    for name in ("validation", "test"):
        if name in scores:
            part = scores[name]
            baseline = f"{part['ngram_nats']:.4f} (order {part['ngram_order']})" if "ngram_nats" in part else "–"
            rows.append(
                f"| {name} | {int(part['characters']):,} | {part['nats']:.4f} | {part['bits']:.4f} | "
                f"{part['perplexity']:.3f} | {baseline} |"
            )
    sample = run.state.samples[-1]["text"].strip("\n") if run.state.samples else ""
    shape = f"{options.layers} × {options.cell} of {options.units} units"
    inputs = "one-hot" if options.embedding is None else f"embedding of {options.embedding}"
    lines = [
        *front_matter("char_lm", PIPELINE, PUBLIC, scores),
        f"# char_lm/{options.export.name}",
        "",
        f"A character-level language model ({shape}, {inputs} input, {scores['parameters']:,} parameters, "
        "weights in float16) that predicts each character from all the ones before it.",
        "",
        "| split | characters | nats / character | bits / character | perplexity | n-gram baseline, nats |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "The state is carried through the whole split; one of more than 300,000 characters is read as "
        "several streams, each after 1,000 symbols of context that do not count. The scores are of the "
        "weights as shipped.",
        "",
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        f"- Trained on {scores['hardware']}, {format_duration(scores['training_seconds'])}, best of "
        f"{scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It knows its training text and nothing else: it writes in that text's manner, says nothing that is "
        "meant, and may repeat what was offensive there.",
        "",
        *in_korean(vars(options), scores),
    ]
    if sample:
        lines += ["", "## A sample", "", "````text", sample, "````"]
    return "\n".join(lines) + "\n"


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    parts = [(name, scores[split]) for split, name in (("validation", "검증"), ("test", "테스트")) if split in scores]
    measured = [f"{name} 데이터에서 글자당 {part['nats']:.3f}내트" for name, part in parts]
    inputs = "원-핫 입력" if settings["embedding"] is None else f"{settings['embedding']}차원 임베딩 입력"
    return korean_card.section(
        "앞의 모든 글자를 읽고 다음 글자의 확률을 내는 문자 단위 언어 모델입니다.",
        f"{korean_card.cell_of(settings)}, {inputs}",
        f"{', '.join(measured)}(낮을수록 좋음)",
        scores,
        "학습한 글의 문체를 흉내 낼 뿐 뜻을 알고 쓰는 것은 아니며, 그 글에 있던 거친 표현이 나올 수 있습니다.",
    )
