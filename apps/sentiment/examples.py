"""Texts to try on the sentiment models, with what people say of them and whether the shipped model sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.sentiment.language import TRAINED_ON
from apps.shared.languages import label
from apps.shared.text_language import language


@dataclass(frozen=True)
class Example:
    """A text, the label that people give it, and what is hard about it ("" if nothing is).

    `wrong`: the shipped model of its language says otherwise; `tests/sentiment/test_page.py` asks it.
    """

    text: str
    expected: str
    hard: str = ""
    wrong: bool = False


IRONY, NEGATION, TURN = label("irony", "반어"), label("negation", "부정어"), label("turn", "반전")
EXAMPLES = (
    Example("배우들의 연기가 훌륭하고 끝까지 눈을 뗄 수 없었다.", "positive"),
    Example("지루하고 뻔한 전개에 시간만 아까웠다.", "negative"),
    Example("처음엔 지루했는데 뒤로 갈수록 빠져들었다.", "positive", TURN),
    Example("웃음이 나온다. 너무 어이가 없어서.", "negative", IRONY),
    Example("기대를 안 하고 봤는데 전혀 나쁘지 않았다.", "positive", NEGATION),
    Example("The acting is superb and the story kept me on the edge of my seat.", "positive"),
    Example("A dull, predictable mess. I want those two hours of my life back.", "negative"),
    Example("It starts out great, but by the end I could not wait for it to be over.", "negative", TURN),
    Example("불면증 치료에 최고의 영화. 강력 추천합니다.", "negative", IRONY, wrong=True),
    Example("이 감독은 실망시키는 법이 없다.", "positive", NEGATION, wrong=True),
    Example("최악이라는 사람들 이해가 안 된다.", "positive", TURN, wrong=True),
    Example("My favourite part was when the credits rolled.", "negative", IRONY, wrong=True),
    Example("Not bad at all.", "positive", NEGATION, wrong=True),
    Example("Everyone told me it was terrible. Everyone was wrong.", "positive", TURN, wrong=True),
)
PAIRS = (
    ("이 영화는 재미있다.", "이 영화는 재미없다."),
    ("연기는 좋지만 지루하다.", "지루하지만 연기는 좋다."),
    ("I loved every minute of it.", "I hated every minute of it."),
    ("This is a good film.", "This is not a good film."),
)


def examples(models: Sequence[str], wrong: bool) -> list[Example]:
    """Those in a language that one of the models was trained on; all if no model's language is known."""
    return [example for example in EXAMPLES if example.wrong == wrong and _read(example.text, models)]


def pairs(models: Sequence[str]) -> list[tuple[str, str]]:
    """Texts and their edited copies, chosen like `examples`."""
    return [pair for pair in PAIRS if _read(pair[0], models)]


def expected(text: str) -> str | None:
    """What people say of a text, if it is one of the examples."""
    return next((example.expected for example in EXAMPLES if example.text == text.strip()), None)


def caption(example: Example) -> str:
    """The example as it stands on its button."""
    return f"[{example.hard}] {example.text}" if example.hard else example.text


def _read(text: str, models: Sequence[str]) -> bool:
    known = {TRAINED_ON[name] for name in models if name in TRAINED_ON}
    return not known or language(text) in known
