"""Where a network looked in the picture before it answered: a map for each hop, or for each word of the question."""

from typing import TYPE_CHECKING, Any

from apps.shared import attention_map
from apps.shared.attention_map import BITS, Look
from apps.shared.formatting import number, percent, token_html
from apps.shared.languages import both, sentences
from apps.shared.pictures import Photograph
from apps.vqa.names import HOP, WORD

if TYPE_CHECKING:
    from rnn_models.tasks.vqa import Answer

_HOPS = sentences(
    "Bright is where it looked; the printed numbers are per cent, those of a look sum to 100. The question says where "
    "the first look goes, question and first look where the second one goes. Click a place: the network must look "
    "there and nowhere else.",
    "본 곳이 밝습니다. 숫자는 퍼센트이고 한 시선의 합은 100입니다. 첫째 시선은 질문이, 둘째 시선은 질문과 첫째 시선이 "
    "정합니다. 한 칸을 누르면 신경망은 그 칸만 보아야 합니다.",
)
_WORDS = sentences(
    "Bright is where it looked before it read the word; the printed numbers are per cent, those of a word sum to 100. "
    "Click a place: the network must look there and nowhere else.",
    "낱말을 읽기 전에 본 곳이 밝습니다. 숫자는 퍼센트이고 한 낱말의 합은 100입니다. 한 칸을 누르면 신경망은 그 칸만 "
    "보아야 합니다.",
)
_NO_ATTENTION = sentences(
    "This network has no attention: it gets the mean of all places, and there is nowhere that it looked.",
    "이 신경망에는 주의(어텐션)가 없습니다. 모든 칸의 평균만 받으므로 어디를 보았다고 할 수 없습니다.",
)
_HIDDEN = sentences(
    "The picture is hidden: there is nowhere to look. The answer is a guess from the question alone.",
    "그림을 가렸으므로 볼 곳이 없습니다. 질문만 읽고 짐작한 답입니다.",
)


def figure(
    photograph: Photograph, loaded: Any, answer: "Answer", hidden: bool = False, place: int | None = None
) -> str:
    """The picture with the maps of an answer.

    Args:
        hidden: the picture was.
        place: all attention was forced there; None: the network looked where it wanted, and the places can be chosen.
    """
    if answer.attention is None:
        return f'<p class="rnn-caption">{_HIDDEN if hidden and loaded.attends else _NO_ATTENTION}</p>'
    words = loaded.settings["join"] == "look"
    names = (
        [token_html(word) for word in answer.tokens]
        if words
        else [_ordinal(n + 1) for n in range(len(answer.attention))]
    )
    looks = [_look(name, weights, answer.grid) for name, weights in zip(names, answer.attention, strict=True)]
    forced = None if place is None else (0, place)
    step = WORD if words else HOP
    note = "" if forced else f'<p class="rnn-caption">{_WORDS if words else _HOPS}</p>'
    return note + attention_map.figure(photograph, loaded, looks, answer.grid, step, forced is None, forced)


def _ordinal(n: int) -> str:
    return both(("first look", "second look")[n - 1], ("첫째 시선", "둘째 시선")[n - 1])


def _look(name: str, weights: Any, grid: tuple[int, int]) -> Look:
    bits = attention_map.entropy(weights)
    facts = (
        f"<span>{both('entropy of the weights', '가중치의 엔트로피')} "
        f"{attention_map.bits_of(bits, len(weights))}</span>"
        f"<span>{both('largest weight', '가장 큰 가중치')}: {attention_map.most_of(weights, grid)}</span>"
    )
    return Look(name, weights, facts, (percent(float(weights.max())), f"{number(bits, 1)} {BITS}"))
