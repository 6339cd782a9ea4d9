"""What a page says of itself, for the start page, the menus, the terminal, MCP and Spaces."""

import importlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of the front door. Its module has `build()`, and `warm_up()` for the background.

    Attributes:
        title: shown in the navigation bar and on its card, English and Korean.
        path: its address under the root, `/path`.
        module: where `build()` is found; imported when the app is put together.
        summary: one sentence in English.
        summary_ko: the same in Korean.
        patterns: which of the lecture's pictures it is, names in `apps.home.patterns.PATTERNS`.
    """

    title: str
    path: str
    module: str
    summary: str
    summary_ko: str
    patterns: tuple[str, ...]

    def build(self) -> None:
        """Put the page's components into the Blocks that is open."""
        importlib.import_module(self.module).build()

    def warm_up(self) -> None:
        """Load what the page's first visitor would otherwise wait for."""
        importlib.import_module(self.module).warm_up()
