"""A text cut into sentences, and a long sentence into pieces."""

import re
from collections.abc import Sequence

_LINE_END = "[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]"  # as `str.splitlines` sees it
# Sentence marks, what may close after them, then white space; or a line's end.
_BORDER = re.compile(rf"(?<=[.!?。！？…])[\"'”’»)\]]*(\s+)|(\s*{_LINE_END}\s*)")
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
        if end > start and (re.search(_LINE_END, space) or _ends(text[start:end], text[match.end() : match.end() + 1])):
            found.append((text[start:end], space))
            start = match.end()
    if start < len(text):
        found.append((text[start:].rstrip(), text[len(text.rstrip()) :]))
    return found


def _ends(sentence: str, next_character: str) -> bool:
    """Whether a sentence ends here, before a letter of the next."""
    if next_character.islower():
        return False
    word = sentence.split()[-1]
    stem = word[:-1].lstrip("\"'“‘(").lower()
    return not (word.endswith(".") and (stem in _SHORT or (len(stem) == 1 and stem.isascii() and stem.isalpha())))


def pieces_of(sentence: str, spans: Sequence[tuple[int, int]], limit: int) -> list[str]:
    """A sentence in pieces of at most `limit` tokens, cut before a word where one begins in the second half.

    A character is never cut in two, however many tokens (its bytes) spell it: a piece may be that much longer.

    Args:
        spans: where each token begins and ends in the sentence.
    """
    pieces, first = [], 0
    while len(spans) - first > limit:
        cut = _cut(sentence, spans, first, limit)
        pieces.append(sentence[spans[first][0] : spans[cut][0] if cut < len(spans) else len(sentence)].strip())
        first = cut
    if first < len(spans) or not pieces:
        pieces.append((sentence[spans[first][0] :] if first else sentence).strip())
    return [piece for piece in pieces if piece] or [sentence]


def _cut(sentence: str, spans: Sequence[tuple[int, int]], first: int, limit: int) -> int:
    """The number of the token at which the piece after the one from `first` begins."""
    for n in range(first + limit, first + max(1, limit // 2), -1):
        if _begins_word(sentence, spans[n][0]):
            return n
    cut = first + limit
    while cut > first + 1 and spans[cut][0] == spans[cut - 1][0]:
        cut -= 1
    while cut < len(spans) and spans[cut][0] == spans[first][0]:  # one character is longer than a piece
        cut += 1
    return cut


def _begins_word(sentence: str, place: int) -> bool:
    return sentence[place : place + 1].isspace() or sentence[place - 1 : place].isspace()
