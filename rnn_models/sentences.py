"""A text cut into sentences, and a long sentence into pieces."""

import re
from collections.abc import Sequence

# Sentence marks, what may close after them, then white space; or a line's end.
_BORDER = re.compile(r"(?<=[.!?。！？…])[\"'”’»)\]]*(\s+)|(\s*\n\s*)")
_SHORT = {"mr", "mrs", "ms", "dr", "prof", "st", "vs", "no", "inc", "ltd", "co", "jr", "sr", "e.g", "i.e", "etc"}


def sentences_of(text: str) -> list[tuple[str, str]]:
    """The sentences of a text, each with the white space after it. White space before the first is left out.

    A sentence ends with a line, or with . ! ? … 。 before white space; not after an initial ("J. Bach") or a
    common abbreviation ("Mr. Bach"), and not before a small letter.
    """
    found, start = [], len(text) - len(text.lstrip())
    for match in _BORDER.finditer(text, start):
        space = match[1] if match[1] is not None else match[2]
        end = match.end() - len(space)
        if end > start and ("\n" in space or _ends(text[start:end], text[match.end() : match.end() + 1])):
            found.append((text[start:end], space))
            start = match.end()
    if start < len(text):
        found.append((text[start:].rstrip(), text[len(text.rstrip()) :]))
    return found


def _ends(sentence: str, following: str) -> bool:
    """Whether a sentence ends here, before a letter of the next."""
    if following.islower():
        return False
    word = sentence.split()[-1]
    stem = word[:-1].lstrip("\"'“‘(").lower()
    return not (word.endswith(".") and (stem in _SHORT or (len(stem) == 1 and stem.isascii() and stem.isalpha())))


def pieces_of(sentence: str, spans: Sequence[tuple[int, int]], limit: int) -> list[str]:
    """A sentence in pieces of at most `limit` tokens, cut before a word where one begins in the second half.

    Args:
        spans: where each token begins and ends in the sentence.
    """
    pieces, first = [], 0
    while len(spans) - first > limit:
        cut = first + limit
        words = [n for n in range(cut, first + limit // 2, -1) if _begins_word(sentence, spans[n][0])]
        cut = words[0] if words else cut
        pieces.append(sentence[spans[first][0] : spans[cut][0]].strip())
        first = cut
    rest = sentence[spans[first][0] :] if first else sentence
    return [*pieces, rest.strip()]


def _begins_word(sentence: str, place: int) -> bool:
    return sentence[place : place + 1].isspace() or sentence[place - 1 : place].isspace()
