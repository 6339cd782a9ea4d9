"""The card of DRAW's bundle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.core import korean_card
from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.data.mnist import PUBLIC
from training.draw.config import PIPELINE

if TYPE_CHECKING:
    from training.draw.config import Train

_BINARISED = {
    "threshold": "a pixel is ink from a brightness of .5 on",
    "sample": "a pixel is ink with its brightness as the probability, drawn anew each epoch, and once for the test",
}


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a part in Korean."""
    rows = [
        f"| {split} | {scores['pictures'][split]:,} | "
        + " | ".join(f"{scores[split][key]:.2f}" for key in ("nats", "reconstruction", "divergence", "label"))
        + " |"
        for split in ("validation", "test")
    ]
    look = (
        f"It reads through {options.read_size} × {options.read_size} and writes through "
        f"{options.write_size} × {options.write_size} Gaussian filters, which it places itself."
        if options.attention
        else "It has no attention: at every step it reads the whole picture and writes on the whole canvas."
    )
    told = "It is told which digit to paint." if options.conditional else "It is not told what to paint."
    simple = scores["floors"]
    lines = [
        *front_matter("draw", PIPELINE, PUBLIC, scores),
        f"# draw/{options.export.name}",
        "",
        f"DRAW (Gregor et al. 2015) paints a digit of 28 × 28 pixels in {options.steps} steps. {look} {told} Encoder "
        f"and decoder: {options.cell} of {options.units} units, z of {options.latent} numbers a step, "
        f"{scores['parameters']:,} parameters, weights in float16.",
        "",
        "| split | pictures | bound, nats a picture | of it pixels | z | class |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        f"The bound is one of −ln p(x): lower is better. Black and white: {_BINARISED[scores['binarise']]}. Other "
        "binarisations have other numbers: those of the paper (80.97 with attention, 87.40 without) are of pixels that "
        "were drawn by chance once, which have more nats. Beside it, on the same test pictures: one probability a "
        f"pixel {simple['bernoulli']:.1f}, one a pixel and class {simple['templates']:.1f}. The scores are of the "
        "weights as shipped.",
        "",
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['hardware']}, {format_duration(scores['training_seconds'])}, best of "
        f"{scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It paints what looks like digits of its data, and now and then what is none. It knows no grey.",
        "",
        *in_korean(vars(options), scores),
    ]
    return "\n".join(lines) + "\n"


def in_korean(settings: Mapping[str, Any], scores: dict[str, Any]) -> list[str]:
    """The Korean part of the card; `settings` are the model's."""
    attention = "보고 그리는 창(어텐션)이 있음" if settings["attention"] else "창(어텐션)이 없음"
    return korean_card.section(
        f"손글씨 숫자(28 × 28픽셀)를 {settings['steps']}단계에 걸쳐 그리는 순환 신경망(DRAW)입니다.",
        f"{korean_card.cell_of(settings)}, {attention}",
        f"테스트 데이터에서 −ln p(x)의 상한 {scores['test']['nats']:.2f} 내트(낮을수록 좋음)",
        scores,
        "가끔 숫자가 아닌 모양을 그립니다. 회색 없이 흑백만 그립니다.",
    )
