"""Which language a text is in, and which sentiment model reads it."""

import re

from apps.sentiment import PAGE
from apps.shared import models

TASK = PAGE.task
AUTO = "auto"
KOREAN, ENGLISH, OTHER = "ko", "en", "other"
NAMES = {KOREAN: ("Korean", "한국어"), ENGLISH: ("English", "영어")}

# The language that a shipped model was trained on; of any other model it is not known.
TRAINED_ON = {"sentiment/nsmc": KOREAN, "sentiment/imdb": ENGLISH}

# A Hangul syllable says as much as two or three Latin letters.
ENOUGH_HANGUL = 0.25

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def language(text: str) -> str | None:
    """ "ko" where the share of Hangul among the letters is high, "en" for Latin letters, "other"; None: no letter."""
    letters = sum(map(str.isalpha, text))
    if not letters:
        return None
    if len(_HANGUL.findall(text)) >= ENOUGH_HANGUL * letters:
        return KOREAN
    return ENGLISH if 2 * len(_LATIN.findall(text)) >= letters else OTHER


def model_for(model: str, text: str) -> str:
    """`model`, or for "auto" (or "") the trained model of the text's language, if there is one."""
    return model_of(language(text)) if model in ("", AUTO) else model


def model_of(spoken: str | None) -> str:
    """The trained model of a language; where there is none, the one that the page opens with."""
    names = models.available(TASK)
    return next((name for name in names if spoken and TRAINED_ON.get(name) == spoken), None) or models.first(PAGE)
