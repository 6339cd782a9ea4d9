"""What a page says of itself. The start page, the menus, the terminal, MCP and Spaces read it."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.shared.glossary import HIGHER
from apps.shared.observations import Observation


@dataclass(frozen=True)
class Look:
    """How a Space that shows one page alone is announced on the Hub.

    Attributes:
        emoji: its sign.
        description: its short description, at most 60 characters.
        tag: one tag beside those of all Spaces.
    """

    emoji: str
    description: str
    tag: str


@dataclass(frozen=True)
class Measure:
    """One score of a trained model as the start page says it.

    Attributes:
        key: its name in the bundle's scores.json.
        text: HTML with a place for the number, such as "BLEU <b>{:.1f}</b>".
        better: which way is better, `glossary.LOWER` or `HIGHER`.
        only: it counts only where scores.json has one of these values under these names.
    """

    key: str
    text: str
    better: str = HIGHER
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def fits(self, scores: Mapping[str, Any]) -> bool:
        """Whether it counts for a model with this scores.json."""
        return all(scores.get(name) in values for name, values in self.only.items())


@dataclass(frozen=True)
class Page:
    """One page. `apps/NAME/__init__.py` holds it as `PAGE` and imports neither Gradio nor Keras.

    Attributes:
        name: of its folder `apps/NAME`, and its address under the root, `/NAME`.
        title: shown in the navigation bar and on its card, English and Korean.
        summary: one sentence in English.
        summary_ko: the same in Korean.
        order: its place on the path through the lecture; the smallest comes first.
        why: one sentence in English: why it comes after the pages before it on that path.
        why_ko: the same in Korean.
        patterns: which of the lecture's pictures it is, names in `apps.home.patterns.PATTERNS`.
        task: the library's task whose trained models it shows; "" for a page without any.
        data_titles: data set of a model's scores.json -> what it is for a visitor, English and Korean.
        model_title: "module:function" that gives the title of a model by its name, where the data do not tell enough.
        favourite: the trained model that it opens with, if it is there.
        headline: scores for the start page; the first one that fits and was measured is shown.
        command: its command in the terminal, which `apps/NAME/command.py` carries out; "" for none.
        tool: its tool for assistants (MCP), "module:function"; "" for none.
        space: how a Space of this page alone is announced.
        needs: packages of requirements.txt that only some of the pages need, this one among them.
        visitors: how many visitors its models serve at once; the others wait in the queue.
        moved: tabs and observations that once stood here, by their names in links -> the page where they are now.
    """

    name: str
    title: str
    summary: str
    summary_ko: str
    order: int
    why: str
    why_ko: str
    patterns: tuple[str, ...]
    space: Look
    task: str = ""
    favourite: str = ""
    data_titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    model_title: str = ""
    headline: tuple[Measure, ...] = ()
    command: str = ""
    tool: str = ""
    needs: tuple[str, ...] = ()
    visitors: int = 4
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def concurrency(self) -> dict[str, Any]:
        """Gradio's options for every event that uses a model of this page: they share one queue."""
        return {"concurrency_id": self.name, "concurrency_limit": self.visitors}

    def build(self) -> None:
        """Put the page's components into the Blocks that is open."""
        links = importlib.import_module("apps.shared.links")  # it imports Gradio
        with links.page_of(self.observations(), self.moved):
            importlib.import_module(f"apps.{self.name}.page").build()

    def observations(self) -> Sequence[Observation]:
        """The guided observations of the page, if it has any."""
        name = f"apps.{self.name}.observations"
        return importlib.import_module(name).OBSERVATIONS if importlib.util.find_spec(name) else ()

    def warm_up(self) -> None:
        """Load what the page's first visitor would otherwise wait for."""
        importlib.import_module(f"apps.{self.name}.page").warm_up()
