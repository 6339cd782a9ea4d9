"""Which characters of source code stand in a comment or in a string: Python and C.

A tokenizer of one rule each: what opens, what closes, what a backslash hides. It does not check that the code is right.
"""

import re
from typing import NamedTuple

import numpy as np

from rnn_models.checks import check_choice

_STRING = {  # what opens a string: what goes on until it closes
    '"""': re.compile(r'(?:\\.|(?!""").)*(?:""")?', re.DOTALL),
    "'''": re.compile(r"(?:\\.|(?!''').)*(?:''')?", re.DOTALL),
    '"': re.compile(r'(?:\\.|[^"\\\n])*"?', re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*'?", re.DOTALL),
}
_COMMENT = {
    "#": re.compile(r"[^\n]*"),
    "//": re.compile(r"(?:\\\n|[^\n])*"),
    "/*": re.compile(r".*?(?:\*/|\Z)", re.DOTALL),
}
_OPENING = {
    "python": re.compile(r'"""|\'\'\'|"|\'|#'),
    "c": re.compile(r'"|\'|//|/\*'),
}


class CodeStates(NamedTuple):
    """(n,) booleans each. What opens is inside; what closes is not."""

    comment: np.ndarray
    string: np.ndarray


def states(text: str, language: str) -> CodeStates:
    """The comments and the strings of a text in "python" or "c"."""
    check_choice("language", language, list(_OPENING))
    found = CodeStates(np.zeros(len(text), dtype=bool), np.zeros(len(text), dtype=bool))
    place = 0
    while match := _OPENING[language].search(text, place):
        opening = match.group()
        inside = (_STRING.get(opening) or _COMMENT[opening]).match(text, match.end())
        place = inside.end()
        closed = opening in _STRING and text[inside.start() : place].endswith(opening) or inside.group().endswith("*/")
        # A character is labelled by what is known after it: the last of `\"\"\"` closes, and so it is outside.
        is_string = opening in _STRING
        (found.string if is_string else found.comment)[match.end() - 1 : place - 1 if closed else place] = True
    return found
