"""The parts that several pages are put together from."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from apps.shared import theme
from apps.shared.page import Page

# What only rearranges the page waits for no model.
SMALL: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def text_box(label: str, limit: int, lines: int, name: str) -> gr.Textbox:
    """A box for a text of at most `limit` characters, which its label says."""
    info = f"at most {limit:,} characters · {limit:,}자까지"
    return gr.Textbox(label=label, info=info, lines=lines, max_lines=12, elem_id=name)


def examples(
    boxes: gr.Textbox | Sequence[gr.Textbox],
    samples: Sequence[str] | Sequence[Sequence[str]],
    name: str,
    label: str = "Examples · 예",
) -> gr.Dataset:
    """Texts to click on; the one that is clicked stands in the box (or its texts in the boxes)."""
    if isinstance(boxes, gr.Textbox):
        boxes, samples = [boxes], [[text] for text in samples]
    dataset = gr.Dataset(components=list(boxes), samples=list(samples), label=label, elem_id=name)
    dataset.click(lambda sample: sample if len(boxes) > 1 else sample[0], dataset, list(boxes), **SMALL)
    return dataset


def add_models_endpoint(page: Page, list_models: Callable[[], list[str]], *older: str) -> None:
    """The endpoint `/NAME_models`, which lists the trained models of a page; `older` names stay as aliases."""
    gr.api(list_models, api_name=f"{page.name}_models")
    for name in older:
        gr.api(list_models, api_name=name, api_visibility="undocumented")


def alone(page: Page) -> gr.Blocks:
    """An app of one page."""
    with theme.blocks(page.title) as demo:
        gr.HTML(f'<h1 class="rnn-title">{page.title}</h1>', apply_default_css=False)
        page.build()
    return demo
