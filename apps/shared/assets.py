"""Files of style, script and pictures: each page's in its own folder, those of all pages beside this file."""

from collections.abc import Collection
from pathlib import Path

APPS = Path(__file__).resolve().parents[1]


def assets(room: str) -> Path:
    """The folder of a page's files, such as `apps/char_lm/assets`; "shared" has those of all pages."""
    return APPS / room / "assets"


def asset(room: str, name: str) -> str:
    """The text of a file in `assets(room)`."""
    return (assets(room) / name).read_text(encoding="utf-8")


def styles(apart: Collection[str] = ()) -> str:
    """The style of all pages: the shared one first, since the pages' own go on from it.

    Args:
        apart: names of shared files that are left out.
    """
    paths = sorted(APPS.glob("*/assets/*.css"), key=lambda path: (path.parts[-3] != "shared", path))
    paths = [path for path in paths if path.parts[-3] != "shared" or path.name not in apart]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
