"""What visitors read in place of a model's name: on which data it was trained, and how it is built."""

import html
import importlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from apps.shared import models
from apps.shared.languages import label, marked
from apps.shared.page import Page


def title(page: Page, name: str) -> str:
    """The title of a model, plain text: "Shakespeare · 셰익스피어 (2 × LSTM)"; its name where its data have none."""
    if page.model_title:
        module, _, function = page.model_title.partition(":")
        found: str = getattr(importlib.import_module(module), function)(name)
        return found
    data = of_data(page, name)
    return f"{data}{_shape(models.settings(name, page.task))}" if data else short(name)


def title_html(page: Page, name: str) -> str:
    """The same as HTML, with the name to be read when it is pointed at."""
    return f'<span title="{html.escape(name)}">{marked(title(page, name))}</span>'


def choices(page: Page, names: Sequence[str]) -> list[tuple[str, str]]:
    """What a menu of models shows, and the name behind it; models of one title have their names, too."""
    titles = {name: title(page, name) for name in names}
    often = Counter(titles.values())
    return [
        (text if often[text] == 1 or text == short(name) else f"{text} ({short(name)})", name)
        for name, text in titles.items()
    ]


def of_data(page: Page, name: str) -> str:
    """What a model was trained on, English and Korean; "" where the page has no title for it."""
    dataset = models.scores(name, page.task).get("dataset")
    return label(*page.data_titles[dataset]) if isinstance(dataset, str) and dataset in page.data_titles else ""


def short(name: str) -> str:
    """A model's name without its task."""
    return name.partition("/")[2]


def _shape(settings: dict[str, Any]) -> str:
    cell, layers = str(settings.get("cell", "")).upper(), settings.get("layers", 1)
    if not cell:
        return ""
    return f" ({cell})" if layers == 1 else f" ({layers} × {cell})"
