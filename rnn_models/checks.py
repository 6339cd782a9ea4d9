"""Checks of settings and arguments: what was given, what was expected, how to mend it."""

import numbers
from collections.abc import Sequence
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


def check_texts(texts: Sequence[str]) -> Sequence[str]:
    """`texts`, unless they are one string, whose characters would pass for texts, or hold something else."""
    wrong = [texts] if isinstance(texts, str) else [text for text in texts if not isinstance(text, str)]
    if wrong:
        raise ValueError(f"texts: got {wrong[0]!r}; expected a sequence of strings.")
    return texts
