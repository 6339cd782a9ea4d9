"""Standard output that takes any text, whatever encoding the system has chosen for it."""

import sys


def take_any_text() -> None:
    """Let no text be too strange for standard output.

    A file or a pipe gets UTF-8, as all files here are; Windows would else write there in the system's code page. A
    screen keeps its encoding, and shows "?" for what that does not have.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # none: somebody else's stream, such as a notebook's
    if reconfigure is None:
        return
    if sys.stdout.isatty():
        reconfigure(errors="replace")
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace")
