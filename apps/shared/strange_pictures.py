"""The warning that a picture is unlike all that a model was trained on (`rnn_models.tasks.reference_set`)."""

from typing import TYPE_CHECKING, Protocol

from apps.shared.cards import text_of
from apps.shared.formatting import number, signed
from apps.shared.languages import both, sentences

if TYPE_CHECKING:
    from rnn_models.tasks.reference_set import Neighbour

_NO_REFERENCE_SET = sentences(
    "This model remembers no training pictures, so it cannot tell a strange one.",
    "이 모델은 학습 사진을 기억하지 않아 낯선 사진을 알아보지 못합니다.",
)
NO_REFERENCE_SET = f'<p class="rnn-caption">{_NO_REFERENCE_SET}</p>'


class Judged(Protocol):
    """A result that says how strange its picture was, such as a `Caption`; the numbers are None where it cannot."""

    strangeness: float | None
    strangeness_limit: float | None
    strange: bool
    nearest: "Neighbour | None"


def told(found: Judged, warning: str, sigma: str) -> str:
    """How unlike the training pictures a picture is, the limit beside it, and a warning above the limit.

    Args:
        warning: HTML, what is said of a strange picture.
        sigma: HTML, how the strangeness is made.
    """
    if found.strangeness is None or found.strangeness_limit is None:
        return NO_REFERENCE_SET
    nearest = ""
    if found.nearest is not None:
        alike = both("cosine similarity, at most 1", "코사인 유사도, 최대 1")
        nearest = (
            f"<span>{both('nearest training picture', '가장 비슷한 학습 사진')}: "
            f"<q>{text_of(found.nearest.caption)}</q> "
            f"({alike}: {number(found.nearest.likeness)})</span>"
        )
    outcome = (
        f'<p class="rnn-figures rnn-strangeness"><span>{both("strangeness", "낯섦")} {_value(found)}</span>'
        f"{nearest}</p>"
        f'<p class="rnn-caption">{sigma}</p>'
    )
    if not found.strange:
        return outcome
    return f'<div class="rnn-hints" role="note"><b aria-hidden="true">?</b><div><p>{warning}</p>{outcome}</div></div>'


def line(found: Judged) -> str:
    """`told` in a line; "" where it cannot be told."""
    if found.strangeness is None or found.strangeness_limit is None:
        return ""
    kind, name = "", both("strangeness", "낯섦")
    if found.strange:
        kind, name = " rnn-strange", both("⚠ unlike the training data", "낯선 사진")
    return f'<p class="rnn-figures{kind}"><span>{name} {_value(found)}</span></p>'


def _value(found: Judged) -> str:
    return f"<b>{signed(found.strangeness)} σ</b> ({both('limit', '한계')} {number(found.strangeness_limit)})"
