"""What a user can mend is said in one sentence, without a traceback."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def in_plain_words(options: Any) -> Iterator[None]:
    """What a user can mend ends the program with one line that says how."""
    from training.core.run import DivergedError
    from training.data.errors import DataError

    try:
        yield
    except (ValueError, OSError, DataError, DivergedError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        folder = getattr(options, "run_dir", None)
        raise SystemExit(
            f"\nInterrupted. Go on with: --run-dir {folder} --resume" if folder else "\nInterrupted."
        ) from None
