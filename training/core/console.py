"""What a training prints: it never ends the training."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any


class Unbroken:
    """A stream that goes on where nobody reads it any more: a closed pipe, a full disk, a terminal that is gone.

    Args:
        stream: where the text goes, as long as it can be written.
    """

    def __init__(self, stream: Any):
        self._stream = stream
        self._lost = False

    def write(self, text: str) -> int:
        """Write the text, or drop it."""
        self._try(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, action: Any, *arguments: Any) -> None:
        if self._lost:
            return
        try:
            action(*arguments)
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            self._lost = True
            with contextlib.suppress(OSError, ValueError):
                print(f"Standard output cannot be written to ({error}); going on without it.", file=sys.stderr)
            with contextlib.suppress(OSError, ValueError):  # Python flushes once more at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def unbroken_output() -> Iterator[None]:
    """Standard output that goes on where nobody reads it any more."""
    if sys.stdout is None:  # a Windows program without a console: `print` does nothing
        yield
        return
    with contextlib.redirect_stdout(Unbroken(sys.stdout)):
        yield
