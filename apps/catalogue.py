"""Which pages there are. A new page is a folder `apps/NAME` with a `PAGE`, and its name here."""

import importlib
import os

from apps.shared.page import Page

NAMES = (
    *("unroller", "char_lm", "cells", "video", "sentiment", "translation", "captioning", "vqa"),
    *("digits", "draw", "gradients"),
)


def pages() -> tuple[Page, ...]:
    """All pages, in the order in which they are shown."""
    return tuple(importlib.import_module(f"apps.{name}").PAGE for name in NAMES)


def selected(names: str) -> tuple[Page, ...]:
    """The pages of these names, with commas between them, in the order of `NAMES`; "" is all of them.

    Raises:
        ValueError: there is no page of one of the names.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := sorted(set(wanted) - set(NAMES)):
        raise ValueError(f"There is no page {', '.join(unknown)}; expected some of: {', '.join(NAMES)}.")
    return tuple(page for page in pages() if page.name in wanted or not wanted)


def shown() -> tuple[Page, ...]:
    """The pages that are served: those that the environment names in RNN_PAGES, or all of them.

    Raises:
        ValueError: RNN_PAGES names a page that is not there.
    """
    return selected(os.environ.get("RNN_PAGES", ""))
