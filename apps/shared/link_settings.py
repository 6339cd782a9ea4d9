"""The settings that a link can hold: how each stands in the link, and how it is read again, within its bounds."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from apps.shared.languages import halves

TEXT_LIMIT = 2_000  # characters, of a box that has no limit of its own
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
LISTED = 12  # of the choices that are named where another one was asked for


class UnfitError(ValueError):
    """A value of a link that cannot be applied; why, in English and Korean, as half a sentence."""

    def __init__(self, english: str, korean: str) -> None:
        super().__init__(english)
        self.english, self.korean = english, korean

    @classmethod
    def choice(cls, expected: Sequence[Any], among: tuple[str, str] = ("", "")) -> "UnfitError":
        """None of the values that are expected."""
        names = ", ".join(map(str, expected[:LISTED])) + (" …" if len(expected) > LISTED else "")
        return cls(f"expected one of {names}{among[0]}", f"쓸 수 있는 값: {names}{among[1]}")


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        source: its value is written into links.
        targets: what is set by a link; often the source alone.
        read: from what stands in the link the values of the targets.
        words: how values stand in the link that do not stand there as they are.
        needed: English and Korean, said where there is no value to be written; empty if nothing is missing then.
        opening: what the page opens with, as it stands in a link; None: as the targets say themselves.
    """

    source: gr.components.Component
    targets: Sequence[gr.components.Component]
    read: Callable[[str], list[Any]]
    words: Mapping[str, str] = field(default_factory=dict)
    needed: Sequence[str] = ()
    opening: str | None = None

    def first(self) -> list[Any]:
        """The values that the page opens with."""
        return [target.value for target in self.targets] if self.opening is None else self.read(self.opening)


def setting_of(given: gr.components.Component | Setting) -> Setting:
    """The setting of a component whose bounds are known from itself.

    Raises:
        TypeError: of such a component they are not.
    """
    if isinstance(given, Setting):
        return given
    if isinstance(given, gr.Textbox):
        return text(given, getattr(given, "limit", TEXT_LIMIT))
    if isinstance(given, gr.Slider):
        return number(given, given.minimum, given.maximum, whole=float(given.step or 0.5).is_integer())
    if isinstance(given, gr.Dropdown | gr.Radio):
        return choice(given)
    if isinstance(given, gr.Checkbox):
        return switch(given)
    raise TypeError(
        f"A {type(given).__name__} says nothing of its bounds: give a function of apps.shared.link_settings."
    )


def text(box: gr.Textbox, limit: int) -> Setting:
    """A text of at most `limit` characters."""

    def read(value: str) -> list[Any]:
        if len(value) > limit:
            raise UnfitError(
                f"it has {len(value):,} characters, and at most {limit:,} fit",
                f"{len(value):,}자인데 {limit:,}자까지 됩니다",
            )
        return [value]

    return Setting(box, [box], read)


def number(box: gr.components.Component, least: float, most: float, whole: bool = False) -> Setting:
    """A number between two bounds, both included."""

    def read(value: str) -> list[Any]:
        given = float(value) if NUMBER.fullmatch(value) else math.nan
        if not least <= given <= most or whole and not given.is_integer():
            kind, kind_ko = ("a whole number", "정수") if whole else ("a number", "수")
            raise UnfitError(
                f"expected {kind} from {least:,.10g} to {most:,.10g}",
                f"{least:,.10g}부터 {most:,.10g}까지의 {kind_ko}여야 합니다",
            )
        return [int(given) if given.is_integer() else given]

    return Setting(box, [box], read)


def switch(box: gr.Checkbox) -> Setting:
    """On or off: 1 or 0."""

    def read(value: str) -> list[Any]:
        if value not in ("0", "1"):
            raise UnfitError.choice(("0", "1"))
        return [value == "1"]

    return Setting(box, [box], read, {"true": "1", "false": "0"})


def choice(menu: gr.Dropdown | gr.Radio) -> Setting:
    """One of a menu's values. Of a value in both languages the English half stands in the link."""
    values = [value for _, value in menu.choices]
    words = {str(value): halves(str(value))[0] for value in values}

    def read(value: str) -> list[Any]:
        found = [one for one in values if words[str(one)] == value]
        if not found:
            raise UnfitError.choice(list(words.values()))
        return found[:1]

    return Setting(menu, [menu], read, {value: word for value, word in words.items() if value != word})


def file(
    picture: gr.components.Component, name: gr.Textbox, paths: Mapping[str, Path], opening: str, needed: Sequence[str]
) -> Setting:
    """One of the files that a page offers, by its name.

    Args:
        picture: is set to the file's path.
        name: a box that nobody sees; the page keeps the name in it, and "" where a visitor's own file is shown.
        paths: the files.
        opening: the one that the page opens with.
        needed: English and Korean, said of a visitor's own file, which no link can hold.
    """

    def read(value: str) -> list[Any]:
        if value not in paths:
            english, korean = needed
            raise UnfitError.choice(list(paths), (f". {english}".rstrip("."), f". {korean}".rstrip(".")))
        return [str(paths[value]), value]

    return Setting(name, [picture, name], read, needed=needed, opening=opening)
