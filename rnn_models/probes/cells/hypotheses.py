"""What a cell might know: each hypothesis gives a label to every character of a text.

A label is made from the text up to and with its character, but for those named "within k" and "next", which look ahead.
Flags are true or false, counts are numbers.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_models.checks import check_choice
from rnn_models.probes.cells import code_states, patterns, polarity

KINDS = ("flag", "count")
WITHIN = 5
"""How far "within k" looks ahead, in characters."""


@dataclass(frozen=True)
class Hypothesis:
    """One thing that a unit might follow.

    Attributes:
        name: a short name.
        kind: "flag" (scored by AUC) or "count" (scored by |r|).
        label: a text of n characters gives n numbers, (n,).
        about: what is labelled, in words.
    """

    name: str
    kind: str
    label: Callable[[str], np.ndarray]
    about: str = ""

    def labels(self, text: str) -> np.ndarray:
        """The labels of a text, (n,) float32.

        Raises:
            ValueError: the function gives another number of labels, or some that are not finite.
        """
        found = np.asarray(self.label(text), dtype=np.float32)
        if found.shape != (len(text),) or not np.isfinite(found).all():
            raise ValueError(
                f"{self.name}: the labels have the shape {found.shape}; expected one finite number for each of the "
                f"{len(text)} characters."
            )
        return (found > 0).astype(np.float32) if self.kind == "flag" else found


def hypothesis_of(given: "Hypothesis | str | Callable[[str], Sequence[float]]") -> Hypothesis:
    """A hypothesis: itself, one of `HYPOTHESES` by name, or a function of one's own.

    A function gets a text and gives a number for each of its characters. Where all of them are booleans it is a flag,
    else a count.

    Raises:
        ValueError: no hypothesis of that name.
    """
    if isinstance(given, Hypothesis):
        return given
    if callable(given):
        kind = "flag" if np.asarray(given("a")).dtype == bool else "count"
        return Hypothesis(getattr(given, "__name__", "own"), kind, given)
    return HYPOTHESES[check_choice("hypothesis", given, list(HYPOTHESES))]


def matching(pattern: str, name: str = "", seconds: float | None = None) -> Hypothesis:
    """A flag that is true in every stretch that a regular expression matches.

    Args:
        pattern: as in `re`, with ^ and $ at every line.
        seconds: the limit of one text, see `patterns.spans`.

    Raises:
        PatternError: the pattern cannot be read; on use, that it takes too long.
    """
    patterns.check(pattern)

    def label(text: str) -> np.ndarray:
        return _inside(len(text), patterns.spans(pattern, text, seconds))

    return Hypothesis(name or f"/{pattern}/", "flag", label, f"in what {pattern} matches")


# -------------------------------------------------------------------------------------------------- helpers


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)


def _among(text: str, characters: str) -> np.ndarray:
    return np.isin(_codes(text), _codes(characters))


def _inside(length: int, spans: Sequence[tuple[int, int]]) -> np.ndarray:
    found = np.zeros(length, dtype=bool)
    for start, end in spans:
        found[start:end] = True
    return found


def _within(ends: np.ndarray, k: int) -> np.ndarray:
    """Whether one of the next k characters is marked, (n,)."""
    total = np.concatenate([[0], np.cumsum(ends)])
    places = np.arange(len(ends))
    return total[np.minimum(places + 1 + k, len(ends))] > total[places + 1]


def _since(marks: np.ndarray) -> np.ndarray:
    """How many characters have been read since the last mark (0 at it), or since the beginning."""
    places = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, places, -1)) if len(marks) else places
    return places - last


# ----------------------------------------------------------------------------------------------- the labels


def in_quotes(text: str) -> np.ndarray:
    """Between double quotes, the opening one included. An empty line ends what was left open."""
    found, inside, before = np.zeros(len(text), dtype=bool), False, ""
    for place, character in enumerate(text):
        if character == '"':
            inside = not inside
        elif character in "“„":
            inside = True
        elif character == "”" or character == before == "\n":
            inside = False
        found[place], before = inside, character
    return found


def bracket_depth(text: str) -> np.ndarray:
    """How many brackets ( [ { are open; one that closes nothing is not counted."""
    steps = np.where(_among(text, "([{"), 1, np.where(_among(text, ")]}"), -1, 0))
    total = np.cumsum(steps)
    return total - np.minimum(np.minimum.accumulate(total), 0) if len(text) else total


def line_position(text: str) -> np.ndarray:
    """Characters since the line began; 0 at the line break."""
    return _since(_among(text, "\n"))


def word_position(text: str) -> np.ndarray:
    """Characters since the word began; 0 where there is white space."""
    return _since(np.array([character.isspace() for character in text], dtype=bool))


def indent(text: str) -> np.ndarray:
    """How far the line is indented, as far as it has been read; a tab counts 8."""
    found, width, leading = np.zeros(len(text), dtype=np.float32), 0, True
    for place, character in enumerate(text):
        if character == "\n":
            width, leading = 0, True
        elif leading and character in " \t":
            width += 8 if character == "\t" else 1
        else:
            leading = False
        found[place] = width
    return found


def digit(text: str) -> np.ndarray:
    """A digit 0 to 9."""
    return _among(text, "0123456789")


def capital(text: str) -> np.ndarray:
    """An upper-case letter."""
    return np.array([character.isupper() for character in text], dtype=bool)


def url(text: str) -> np.ndarray:
    """In a web address, from its "://" or "www." on to the next white space."""
    found = re.finditer(r"(?:\bhttps?://|\bwww\.)(?=\S)", text)
    ends = ((match.end(), re.compile(r"\S*").match(text, match.end()).end()) for match in found)
    return _inside(len(text), [(start - 1, end) for start, end in ends])


def sentence_end(text: str) -> np.ndarray:
    """A full stop, question or exclamation mark before white space stands among the next 5 characters."""
    ends = np.zeros(len(text), dtype=bool)
    ends[[match.start() for match in re.finditer(r"[.!?。](?=\s|\Z)", text)]] = True
    return _within(ends, WITHIN)


def newline(text: str) -> np.ndarray:
    """A line break stands among the next 5 characters."""
    return _within(_among(text, "\n"), WITHIN)


def speaker(text: str) -> np.ndarray:
    """A line after an empty one that ends in a colon: who speaks, in a play."""
    found = re.finditer(r"(?:\A|(?<=\n\n))[A-Z][^\n:]{0,40}:(?=\n)", text)
    return _inside(len(text), [match.span() for match in found])


def syllable_position(text: str) -> np.ndarray:
    """Which jamo of a Hangul syllable: 1 initial, 2 vowel, 3 final; 0 elsewhere. A whole syllable has its last."""
    codes = _codes(text)
    found = np.zeros(len(codes), dtype=np.float32)
    found[(codes >= 0x1100) & (codes <= 0x1112)] = 1
    found[(codes >= 0x1161) & (codes <= 0x1175)] = 2
    found[(codes >= 0x11A8) & (codes <= 0x11C2)] = 3
    whole = (codes >= 0xAC00) & (codes <= 0xD7A3)
    return np.where(whole, np.where((codes - 0xAC00) % 28 > 0, 3, 2), found)


def final_consonant(text: str) -> np.ndarray:
    """The final consonant of a Hangul syllable; of a whole syllable, that it has one."""
    return syllable_position(text) == 3


def final_consonant_next(text: str) -> np.ndarray:
    """The next jamo is a final consonant; of a syllable after its vowel the network can only guess it."""
    return _within(final_consonant(text), 1)


def _code(language: str, what: str) -> Callable[[str], np.ndarray]:
    return lambda text: getattr(code_states.states(text, language), what)


_FLAGS = (in_quotes, digit, capital, url, sentence_end, newline, speaker, final_consonant, final_consonant_next)
_COUNTS = (bracket_depth, line_position, word_position, indent, syllable_position)
_CODE = {
    "comment_python": ("python", "comment", "In a comment of Python, after #"),
    "comment_c": ("c", "comment", "In a comment of C, /* */ or after //"),
    "string_python": ("python", "string", "In a string of Python, one of several lines included"),
    "string_c": ("c", "string", "In a string or a character of C"),
}

HYPOTHESES: dict[str, Hypothesis] = {
    **{
        function.__name__: Hypothesis(function.__name__, kind, function, (function.__doc__ or "").strip())
        for kind, functions in (("flag", _FLAGS), ("count", _COUNTS))
        for function in functions
    },
    **{name: Hypothesis(name, "flag", _code(code, what), f"{about}.") for name, (code, what, about) in _CODE.items()},
    "polarity": Hypothesis(
        "polarity", "count", polarity.so_far, "Words of praise less words of blame so far, English or Korean."
    ),
}
"""The hypotheses that have a name."""
