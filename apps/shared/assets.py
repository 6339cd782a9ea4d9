"""Files of style, script and pictures: each page's in its own folder, those of all pages beside this file."""

from pathlib import Path

APPS = Path(__file__).resolve().parents[1]


def assets(room: str) -> Path:
    """The folder of a page's files, such as `apps/char_lm/assets`; "shared" has those of all pages."""
    return APPS / room / "assets"


def asset(room: str, name: str) -> str:
    """The text of a file in `assets(room)`."""
    return (assets(room) / name).read_text(encoding="utf-8")


def scripts(*names: str) -> str:
    """The scripts of all pages that have these names, one after the other."""
    return "\n".join(asset("shared", name) for name in names)


def styles() -> str:
    """The style of all pages: the shared one first, since the pages' own go on from it."""
    paths = sorted(APPS.glob("*/assets/*.css"), key=lambda path: (path.parts[-3] != "shared", path))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
