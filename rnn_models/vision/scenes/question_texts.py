"""Questions about scenes in words: two small grammars, of English and of Korean, each with several ways to put a thing.

Korean has a grammar of its own, no translation: particles follow the sound of the word before them (원이, 하트가), the
words for two objects may stand in either order, because the particles say which is which, and a question ends in one
of five levels of politeness (있습니까, 있나요, 있어요, 있니, 있어).
"""

import functools
from collections.abc import Sequence

from rnn_models.vision.scenes.questions import ANSWERS, Query, Referent

LANGUAGES = ("en", "ko")

# --- English

_THINGS = ("thing", "object")
_LINKS = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above",),
    "below": ("below", "under"),
    "larger": ("larger than", "bigger than"),
    "smaller": ("smaller than",),
}
_HALVES = {
    "left": ("on the left", "on the left side"),
    "right": ("on the right", "on the right side"),
    "top": ("at the top", "in the upper half"),
    "bottom": ("at the bottom", "in the lower half"),
}


def english(query: Query) -> list[str]:
    """All ways to ask this in English."""
    return [text for thing in _things(query, _THINGS) for text in _english(query, thing)]


def _english(query: Query, thing: str) -> list[str]:
    one = _noun(query.one, thing)
    if query.kind == "exist":
        return [f"is there a {one}", f"is there any {one}", f"can you see a {one}"]
    if query.kind == "count":
        many = _plural(query.one, thing)
        return [f"how many {many} are there", f"how many {many} do you see"]
    if query.kind == "colour":
        return [f"what colour is the {one}", f"what color is the {one}", f"what is the colour of the {one}"]
    if query.kind == "shape":
        return [f"what shape is the {one}", f"what is the shape of the {one}"]
    if query.kind == "size":
        return [f"what size is the {one}", f"how big is the {one}", f"how large is the {one}"]
    if query.kind == "place":
        return [f"is the {one} {where}" for where in _HALVES[query.relation]]
    other = _noun(query.other, thing)
    if query.relation == "same colour":
        return [f"is the {one} the same {word} as the {other}" for word in ("colour", "color")]
    return [f"is the {one} {link} the {other}" for link in _LINKS[query.relation]]


def _noun(referent: Referent, thing: str) -> str:
    return " ".join(filter(None, (referent.size, referent.colour, referent.shape or thing)))


def _plural(referent: Referent, thing: str) -> str:
    noun = _noun(referent, thing)
    return noun + ("es" if noun.endswith("ss") else "s")


def _things(query: Query, words: Sequence[str]) -> Sequence[str]:
    """The words that can stand where a referent has no shape; one of them where all have."""
    return words if None in (query.one.shape, query.other.shape if query.other else "") else words[:1]


# --- Korean

_SIZES = {"small": "작은", "large": "큰"}
_COLOURS = {
    "red": "빨간",
    "yellow": "노란",
    "green": "초록색",
    "blue": "파란",
    "purple": "보라색",
    "pink": "분홍색",
    "black": "검은",
}
_SHAPES = {"circle": "원", "square": "정사각형", "triangle": "삼각형", "star": "별", "heart": "하트", "cross": "십자가"}
_THINGS_KO = ("도형", "것")
_PLACES = {"left of": "왼쪽에", "right of": "오른쪽에", "above": "위에", "below": "아래에"}

_HALVES_KO = {"left": "왼쪽", "right": "오른쪽", "top": "위쪽", "bottom": "아래쪽"}

THERE = ("있습니까", "있나요", "있어요", "있니", "있어")
_IS = ("입니까", "인가요", "이에요", "이니", "이야")
_IS_AFTER_VOWEL = ("입니까", "인가요", "예요", "니", "야")
_HOW = ("어떻습니까", "어떤가요", "어때요", "어떠니", "어때")
_LARGE = ("큽니까", "큰가요", "커요", "크니", "커")
_SMALL = ("작습니까", "작은가요", "작아요", "작니", "작아")
_SAME = ("같습니까", "같은가요", "같아요", "같니", "같아")
"""Each in five levels: formal, polite, polite in conversation, and two plain ones."""

KOREAN_ANSWERS = {
    "yes": "네",
    "no": "아니요",
    **{number: number for number in ("0", "1", "2", "3")},
    **{name: word if word.endswith("색") else f"{word}색" for name, word in _COLOURS.items()},
    **_SHAPES,
    "small": "작음",
    "large": "큼",
}
"""What the answers are in Korean. Numbers are the same in both languages."""


def particle(word: str, pair: tuple[str, str]) -> str:
    """The word with the particle that its last syllable asks for.

    Args:
        word: ends with a Hangul syllable.
        pair: what follows a final consonant, and what follows a vowel, such as ("이", "가").

    Raises:
        ValueError: the last character is no Hangul syllable.
    """
    last = ord(word[-1:] or " ") - 0xAC00
    if not 0 <= last < 11172:
        raise ValueError(f"word is {word!r}; expected one that ends with a Hangul syllable, such as 원.")
    return word + pair[0 if last % 28 else 1]


_SUBJECT, _TOPIC, _WITH = ("이", "가"), ("은", "는"), ("과", "와")


def korean(query: Query) -> list[str]:
    """All ways to ask this in Korean."""
    return [text for thing in _things(query, _THINGS_KO) for text in _korean(query, thing)]


def _korean(query: Query, thing: str) -> list[str]:
    one = _noun_ko(query.one, thing)
    subject, topic = particle(one, _SUBJECT), particle(one, _TOPIC)
    if query.kind == "exist":
        return [f"{subject} {end}" for end in THERE]
    if query.kind == "count":
        return [f"{topic} 몇 개{end}" for end in _IS_AFTER_VOWEL] + [f"{subject} 몇 개 {end}" for end in THERE]
    if query.kind == "colour":
        return [f"{topic} 무슨 색{end}" for end in _IS]
    if query.kind == "shape":
        return [f"{topic} 무슨 모양{end}" for end in _IS]
    if query.kind == "size":
        return [f"{topic} 크기가 {end}" for end in _HOW] + [f"{one}의 크기는 {end}" for end in _HOW]
    if query.kind == "place":
        half = _HALVES_KO[query.relation]
        return [f"{topic} {where} {end}" for where in (f"{half}에", f"그림 {half}에") for end in THERE]
    return _korean_of_two(query, one, _noun_ko(query.other, thing))


def _korean_of_two(query: Query, one: str, other: str) -> list[str]:
    subject = particle(one, _SUBJECT)
    if query.relation == "same colour":
        return [f"{particle(one, _WITH)} {particle(other, _TOPIC)} 색이 {end}" for end in _SAME]
    if query.kind == "compare":
        ends = _LARGE if query.relation == "larger" else _SMALL
        return [f"{first} {end}" for first in (f"{subject} {other}보다", f"{other}보다 {subject}") for end in ends]
    place = f"{other}의 {_PLACES[query.relation]}"
    return [f"{first} {end}" for first in (f"{subject} {place}", f"{place} {subject}") for end in THERE]


def _noun_ko(referent: Referent, thing: str) -> str:
    words = (_SIZES.get(referent.size), _COLOURS.get(referent.colour), _SHAPES.get(referent.shape, thing))
    return " ".join(filter(None, words))


# --- both

_TEXTS = {"en": english, "ko": korean}


@functools.cache
def texts(query: Query, language: str) -> tuple[str, ...]:
    """All ways to ask this, in "en" or "ko"."""
    return tuple(_TEXTS[language](query))


def answer_in(language: str, answer: str) -> str:
    """An answer, of `ANSWERS`, in "en" or "ko"."""
    return KOREAN_ANSWERS[answer] if language == "ko" else answer


def answers_in(languages: Sequence[str]) -> list[str]:
    """All answers in these languages, each once."""
    return list(dict.fromkeys(answer_in(language, answer) for language in languages for answer in ANSWERS))
