"""Texts of which a classifier knows nothing: it answers all the same, and the page says that it is guessing."""

from typing import Any

from apps.shared.hints import Hint
from apps.shared.languages import label
from apps.shared.text_language import NAMES, language

UNKNOWN_ID = 0  # of every tokenizer in rnn_models.text.tokenizers
TOO_MUCH_UNKNOWN = 0.5


MIDDLE, FOREIGN = label("middle not read", "가운데 생략"), label("guess: another language", "추측: 다른 언어")
NO_WORDS = Hint(
    label("guess: no words", "추측: 글자 없음"),
    "There are no words here, only signs, digits or emoji: the model is guessing.",
    "글자가 없고 기호나 숫자, 그림 문자뿐이라 모델이 추측하고 있습니다.",
)
UNKNOWN = Hint(
    label("guess: mostly unknown", "추측: 모르는 말"),
    "The model does not know more than half of this text: it is guessing.",
    "글의 절반 이상이 모델이 모르는 말이라 추측하고 있습니다.",
)


def hints(text: str, tokenizer: Any, trained_on: str | None) -> list[Hint]:
    """Why the model that reads with `tokenizer`, trained on that language, can only guess; [] if it need not."""
    found, spoken = [], language(text)
    if spoken is None:
        return [NO_WORDS]
    if trained_on and spoken != trained_on:
        found.append(_foreign(*NAMES[trained_on]))
    if unknown_share(text, tokenizer) > TOO_MUCH_UNKNOWN:
        found.append(UNKNOWN)
    return found


def unread_middle(count: int) -> Hint:
    """The middle of a long text was not read."""
    return Hint(
        MIDDLE,
        f"The text is long: {count:,} tokens in its middle were not read.",
        f"글이 길어 가운데 토큰 {count:,}개는 읽지 않았습니다.",
    )


def unknown_share(text: str, tokenizer: Any) -> float:
    """The share of the characters, white space left out, that stand in tokens unknown to the model."""
    visible = sum(not character.isspace() for character in text)
    (ids,) = tokenizer.encode([text])
    unknown = {
        place
        for number, span in zip(ids, tokenizer.spans(text), strict=True)
        if number == UNKNOWN_ID
        for place in range(*span)
        if not text[place].isspace()
    }
    return len(unknown) / max(visible, 1)


def _foreign(english: str, korean: str) -> Hint:
    return Hint(
        FOREIGN,
        f"This model was trained on {english}, and this text is not {english}: it is guessing.",
        f"{korean}로 학습한 모델인데 글이 {korean}가 아니라서 추측하고 있습니다.",
    )
