"""Sentences of which a translator knows little: it translates them all the same, and the page says it is guessing.

What is usual stands in the model's bundle: "limits" of scores.json, and words.txt, the words of its training text.
`python -m training.translation ood` measures both, and how often such a hint is right.
"""

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from apps.shared.hints import Hint
from apps.shared.languages import label
from apps.shared.text_language import ENGLISH, KOREAN, language

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Sentence, Translation

LETTERS = {"en": ENGLISH, "de": ENGLISH, "ko": KOREAN}
"""Languages, and what `language` says of their letters."""
LATIN, HANGUL = ("Latin letters", "로마자로"), ("Hangul", "한글로")
DIGITS = "digits"
SHOWN = 6  # unknown words

NO_WORDS = Hint(
    label("guess: no words", "추측: 글자 없음"),
    "There are no words here, only signs, digits or emoji: the model is guessing.",
    "글자가 없고 기호나 숫자, 그림 문자뿐이라 모델이 추측하고 있습니다.",
)
FOREIGN = label("guess: another script", "추측: 다른 문자")
NEW_WORDS = label("guess: unknown words", "추측: 모르는 낱말")
LONG = label("guess: too long", "추측: 너무 긴 문장")
UNSURE = label("guess: unsure", "추측: 낮은 확신")


def hints(found: "Translation", source_language: str, limits: Mapping[str, Any], known: Set[str]) -> list[Hint]:
    """Why a translation is a guess; [] if it need not be.

    Args:
        source_language: which the model reads.
        limits: "limits" of the model's scores.json; {} for a model that was not measured.
        known: the words of its training text; empty where they are not known.
    """
    spoken = language(found.source)
    if source_language == DIGITS:
        return [*_digits(spoken), *_long(found.sentences, limits, digits=True)]
    if spoken is None:
        return [NO_WORDS]
    if source_language in LETTERS and spoken != LETTERS[source_language]:
        return [_foreign(*(HANGUL if source_language == "ko" else LATIN))]
    return [
        *_unknown(found.sentences, limits, known),
        *_long(found.sentences, limits),
        *_unsure(found.sentences, limits),
    ]


def _foreign(english: str, korean: str) -> Hint:
    return Hint(
        FOREIGN,
        f"This model reads {english} only, and this text is written otherwise: what stands here is a guess.",
        f"이 모델은 {korean} 쓴 글만 읽는데 다른 문자로 쓴 글이라, 나온 결과는 추측일 뿐입니다.",
    )


def _digits(spoken: str | None) -> list[Hint]:
    if spoken is None:
        return []
    return [
        Hint(
            FOREIGN,
            "This model reads digits only: what it makes of letters is a guess.",
            "이 모델은 숫자만 읽습니다. 글자를 넣으면 추측할 뿐입니다.",
        )
    ]


def _unknown(sentences: Sequence["Sentence"], limits: Mapping[str, Any], known: Set[str]) -> list[Hint]:
    """Sentences with a larger share of words unknown to the model than is usual."""
    from rnn_models.text.words import unseen

    limit = limits.get("unknown_share")
    if not known or limit is None:
        return []
    words: dict[str, None] = {}
    for sentence in sentences:
        new, share = unseen(sentence.source, known)
        if share > limit:
            words |= dict.fromkeys(new)
    if not words:
        return []
    shown = ", ".join(f"“{word}”" for word in list(words)[:SHOWN]) + (" …" if len(words) > SHOWN else "")
    return [
        Hint(
            NEW_WORDS,
            f"Nowhere in its training text: {shown}. It guesses from the pieces that it cuts them into.",
            f"학습 데이터에 한 번도 나오지 않은 낱말: {shown}. 잘게 나눈 조각만 보고 추측합니다.",
        )
    ]


def _long(sentences: Sequence["Sentence"], limits: Mapping[str, Any], digits: bool = False) -> list[Hint]:
    """The longest sentence, if it is longer than any that the model was trained on."""
    longest = limits.get("longest")
    if longest is None or not sentences:
        return []
    count = max(len("".join(s.source.split())) if digits else len(s.source.split()) for s in sentences)
    if count <= longest:
        return []
    unit, unit_ko = ("digits", "자리") if digits else ("words", "낱말")
    return [
        Hint(
            LONG,
            f"{count} {unit} in a sentence; the longest in training had {longest}. Parts are easily lost or repeated.",
            f"한 문장이 {count}{unit_ko}로, 학습한 가장 긴 문장({longest}{unit_ko})보다 깁니다. 빠뜨리거나 되풀이하기 "
            "쉽습니다.",
        )
    ]


def _unsure(sentences: Sequence["Sentence"], limits: Mapping[str, Any]) -> list[Hint]:
    """The sentence of whose translation the model itself is least sure, if that is unusual."""
    limit = limits.get("mean_nll")
    if limit is None or not sentences:
        return []
    worst = max(range(len(sentences)), key=lambda n: sentences[n].mean_nll)
    nats = sentences[worst].mean_nll
    if nats <= limit:
        return []
    which, which_ko = (f"Sentence {worst + 1}: the", f"{worst + 1}번째 문장은 ") if len(sentences) > 1 else ("The", "")
    return [
        Hint(
            UNSURE,
            f"{which} model is unsure of its own translation: −log p is {nats:.2f} nats a token. Of sentences like "
            f"those of its training, 95 in 100 have at most {limit:.2f}.",
            f"{which_ko}모델 스스로도 번역을 확신하지 못합니다. 토큰당 −log p가 {nats:.2f}내트인데, 학습 데이터와 "
            f"비슷한 문장은 100개 중 95개가 {limit:.2f}내트 이하입니다.",
        )
    ]
