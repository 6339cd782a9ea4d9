"""Work in steps: a generator that yields how far it is, and returns what comes of it."""

from collections.abc import Generator
from typing import Any, TypeVar

Result = TypeVar("Result")


def finished(steps: Generator[Any, None, Result]) -> Result:
    """What comes of the work, when nobody wants to know how far it is."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
