"""Which language a text is in, by its letters alone."""

import re

KOREAN, ENGLISH, OTHER = "ko", "en", "other"
NAMES = {KOREAN: ("Korean", "한국어"), ENGLISH: ("English", "영어")}

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
