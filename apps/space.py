"""What a Space runs: `python apps/space.py`, in the folder above. At home, `python -m apps` does the same."""

import os
import sys
from pathlib import Path

# Variables of the environment; in the folder of a Space `python -m apps.deploy` writes here what that Space needs.
SETTINGS: dict[str, str] = {}


def main() -> None:
    """Serve the pages."""
    # Python looks first beside the file that it was given: `apps` itself is not found there, and the modules of
    # the pages would stand in for packages of the same names. The folder above takes that place.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    from apps.__main__ import main as serve

    serve()


if __name__ == "__main__":
    main()
