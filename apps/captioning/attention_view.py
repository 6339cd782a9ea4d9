"""Where a captioner looked: the picture with the map of each word, see `apps.shared.attention_map`."""

from typing import TYPE_CHECKING, Any

from apps.shared import attention_map
from apps.shared.attention_map import BITS, Look
from apps.shared.formatting import number, percent, token_html
from apps.shared.languages import both, label, sentences
from apps.shared.pictures import Photograph

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption

WORD = label("word", "낱말")

_CAPTION = sentences(
    "Bright is where it looked while it wrote the word; the printed numbers are per cent, those of a word sum to 100. "
    "Few "
    "bits: it looked at one spot; many: everywhere.",
    "낱말을 쓸 때 본 곳이 밝습니다. 숫자는 퍼센트이고 한 낱말의 합은 100입니다. 비트가 적으면 한 곳을, 많으면 여러 "
    "곳을 "
    "본 것입니다.",
)
CAPTION = f'<p class="rnn-caption">{_CAPTION}</p>'
_HARD = sentences(
    "The map is the probability α of each place, from which a place was drawn in training; those of a word sum to "
    "100 %. While it writes, it looks at one place only: the likeliest, which is outlined. The entropy is that of α, "
    "not of the one place.",
    "지도는 칸마다의 확률 α이며 한 낱말의 합은 100 %입니다. 학습할 때는 이 확률로 한 칸을 뽑았습니다. 쓸 때는 확률이 "
    "가장 높은 한 칸(테두리)만 봅니다. 엔트로피는 그 한 칸이 아니라 α의 엔트로피입니다.",
)
HARD_CAPTION = f'<p class="rnn-caption">{_HARD}</p>'
_NO_ATTENTION = sentences(
    "This model has no attention: it was given one summary of the picture, and there is nowhere that it looked.",
    "이 모델에는 주의(어텐션)가 없습니다. 사진 전체를 요약한 벡터 하나만 받았으므로, 어디를 보았다고 할 수 없습니다.",
)
NO_ATTENTION = f'<p class="rnn-caption">{_NO_ATTENTION}</p>'


def figure(
    photograph: Photograph,
    loaded: Any,
    caption: "Caption",
    picked: bool = False,
    steered: tuple[int, int] | None = None,
    note: str | None = None,
) -> str:
    """The picture with the map of each word of a caption; for a model without attention the words alone.

    Args:
        picked: the cells can be chosen.
        steered: the word and the place that were forced upon the model; the figure opens there.
        note: HTML over the figure; None: what is to be seen in it.
    """
    if caption.attention is None:
        return NO_ATTENTION + words(caption)
    hard = loaded.settings["attention"] == "hard"
    note = (HARD_CAPTION if hard else CAPTION) if note is None else note
    looks = [_look(caption, n, hard) for n in range(len(caption.tokens))]
    return note + attention_map.figure(photograph, loaded, looks, caption.grid, WORD, picked, steered)


def words(caption: "Caption") -> str:
    """The words with their probabilities."""
    pieces = "".join(
        f"<li><bdi>{token_html(word)}</bdi><small>{percent(float(probability))}</small></li>"
        for word, probability in zip(caption.tokens, caption.probabilities, strict=True)
    )
    return f'<ol class="rnn-chips" data-figure="words">{pieces}</ol>'


def entropy_name(hard: bool) -> str:
    """Of what the entropy is."""
    if hard:
        return both("entropy of the places’ probabilities", "칸 확률의 엔트로피")
    return both("entropy of the weights", "가중치의 엔트로피")


def _look(caption: "Caption", n: int, hard: bool) -> Look:
    weights, probability = caption.attention[n], percent(float(caption.probabilities[n]))
    looked = both("looked at", "본 칸") if hard else both("largest weight", "가장 큰 가중치")
    facts = (
        f"<span>{both('probability of the word', '낱말의 확률')} {probability}</span>"
        f"<span>{entropy_name(hard)} {attention_map.bits_of(caption.attention_entropy[n], len(weights))}</span>"
        f"<span>{looked}: {attention_map.most_of(weights, caption.grid)}</span>"
    )
    small = (f"p {probability}", f"{number(caption.attention_entropy[n], 1)} {BITS}")
    return Look(token_html(caption.tokens[n]), weights, facts, small, _gap(caption.tokens, n))


def _gap(tokens: list[str], n: int) -> str:
    """A space, unless the next token goes on with the same word."""
    pieces = any(token.startswith("▁") for token in tokens)
    following = tokens[n + 1] if n + 1 < len(tokens) else ""
    return "" if pieces and not following.startswith(("▁", "</")) else " "
