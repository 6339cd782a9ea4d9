"""Where a regular expression matches, within a time limit.

Some short patterns take longer than the age of the universe, as (a+)+b does on a line of a's. Python cannot stop a
match that runs, so with a limit it runs in a process of its own, which is ended.
"""

import json
import re
import subprocess
import sys

_PROGRAM = """
import json, re, sys
pattern, text = json.load(sys.stdin)
json.dump([m.span() for m in re.compile(pattern, re.MULTILINE).finditer(text)], sys.stdout)
"""


class PatternError(ValueError):
    """A regular expression that cannot be read, or that takes too long."""


def spans(pattern: str, text: str, seconds: float | None = None) -> list[tuple[int, int]]:
    """Where each match begins and ends. ^ and $ match at lines, as with `re.MULTILINE`.

    Args:
        seconds: the limit; None: there is none, and the match runs in this process.

    Raises:
        PatternError: the pattern cannot be read, or takes longer.
    """
    compiled = check(pattern)
    if seconds is None:
        return [match.span() for match in compiled.finditer(text)]
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            input=json.dumps([pattern, text]),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise PatternError(
            f"the pattern {pattern!r} was still being matched after {seconds:g} seconds. Nested repeats such as (a+)+ "
            "take longer with every character: write it without one repeat inside another."
        ) from None
    if done.returncode:
        raise PatternError(f"the pattern {pattern!r} could not be matched: {done.stderr.strip().splitlines()[-1]}")
    return [tuple(span) for span in json.loads(done.stdout)]


def check(pattern: str) -> re.Pattern:
    """The compiled pattern.

    Raises:
        PatternError: it is not a regular expression.
    """
    try:
        return re.compile(pattern, re.MULTILINE)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"{pattern!r} is no regular expression: {error}.") from None
