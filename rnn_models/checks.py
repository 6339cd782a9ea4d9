"""Checks of settings and arguments: what was given, what was expected, how to mend it."""

import numbers
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def is_integer(value: Any) -> bool:
    """Whether `value` is one integer (True and False are none)."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether `value` is one real number (True and False are none; NaN is one)."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_count(name: str, value: Any, least: int = 1, advice: str = "") -> int:
    """`value` as an int, if it is an integer of `least` or more."""
    if not (is_integer(value) and value >= least):
        raise ValueError(f"{name} is {value!r}; expected a whole number, {least} or more. {advice}".rstrip())
    return int(value)


def check_units(units: Any) -> int:
    """`units` as an int, if it is a positive whole number."""
    if not (is_integer(units) and units > 0):
        raise ValueError(f"units is {units!r}; expected a positive whole number, the width of the state.")
    return int(units)


def check_rate(name: str, rate: Any) -> float:
    """`rate` as a float, if it lies in [0, 1)."""
    if not (is_number(rate) and 0 <= rate < 1):
        raise ValueError(
            f"{name} is {rate!r}; expected a number in [0, 1): the share of units that is dropped. "
            "Use 0 for no dropout."
        )
    return float(rate)


def check_choice(name: str, value: Any, known: Sequence[str]) -> str:
    """`value`, if it is one of the `known` names."""
    if value not in list(known):
        raise ValueError(f"{name} is {value!r}; expected one of {', '.join(known)}.")
    return value


def check_texts(texts: Iterable[str]) -> list[str]:
    """The texts of any iterable as a list: a list, a generator, a NumPy array, a column of pandas.

    Raises:
        ValueError: one string, whose characters would pass for texts; a table or a mapping, whose keys would; or
            something else than strings in it, such as None or NaN for a missing text.
    """
    one = isinstance(texts, str) or not isinstance(texts, Iterable) or getattr(texts, "ndim", 1) == 0
    if one or isinstance(texts, Mapping) or getattr(texts, "ndim", 1) > 1:
        raise ValueError(f"texts: got {_short(texts)}; expected a sequence of strings, such as a list of them.")
    found = list(texts)
    for number, text in enumerate(found):
        if not isinstance(text, str):
            raise ValueError(
                f"texts: got {_short(text)} at number {number}, from 0; expected a sequence of strings. Fill in or "
                "leave out what is missing."
            )
    return found


def check_text(text: str) -> str:
    """`text`, if it is one string."""
    if not isinstance(text, str):
        raise ValueError(f"text is {_short(text)}; expected one string.")
    return text


def _short(value: Any) -> str:
    return textwrap.shorten(repr(value), 80, placeholder=" ...")
