"""Errors that a user can mend end the program with one line, without a traceback."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from training.data.errors import DataError


class DivergedError(RuntimeError):
    """The loss became NaN or infinite. The run's folder still holds the last good weights."""


@contextlib.contextmanager
def user_errors(run_dir: Path | None = None) -> Iterator[None]:
    """Turn what a user can mend into `SystemExit("error: ...")`, and Ctrl-C into the way to go on.

    Args:
        run_dir: the folder of the run that Ctrl-C interrupts, if there is one.
    """
    try:
        yield
    except (ValueError, OSError, DataError, DivergedError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        more = f" Go on with: --run-dir {run_dir} --resume" if run_dir else ""
        raise SystemExit(f"\nInterrupted.{more}") from None
