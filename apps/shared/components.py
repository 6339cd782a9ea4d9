"""The parts that several pages are put together from."""

import json
from collections.abc import Callable, Sequence

import gradio as gr

from apps.shared import models, theme
from apps.shared.events import SMALL
from apps.shared.languages import label
from apps.shared.page import Page

EXAMPLES, MODEL = label("Examples", "예시"), label("Model", "모델")
BEAM_WIDTHS = (2, 3, 5, 8)
"""Widths of a beam that the pages offer: a program is compiled for each."""


def text_box(title: str, limit: int, lines: int, name: str) -> gr.Textbox:
    """A box for a text of at most `limit` characters, which its label says."""
    info = label(f"at most {limit:,} characters", f"{limit:,}자까지")
    box = gr.Textbox(label=title, info=info, lines=lines, max_lines=12, elem_id=name)
    box.limit = limit  # for links
    return box


def examples(
    boxes: gr.Textbox | Sequence[gr.Textbox],
    samples: Sequence[str] | Sequence[Sequence[str]],
    name: str,
    title: str = EXAMPLES,
) -> gr.Dataset:
    """Texts to click on; the one that is clicked stands in the box (or its texts in the boxes)."""
    if isinstance(boxes, gr.Textbox):
        boxes, samples = [boxes], [[text] for text in samples]
    dataset = gr.Dataset(components=list(boxes), samples=list(samples), label=title, elem_id=name)
    dataset.click(lambda sample: sample if len(boxes) > 1 else sample[0], dataset, list(boxes), **SMALL)
    return dataset


def model_choice(
    page: Page, choices: Sequence[str] | Sequence[tuple[str, str]], name: str, title: str = MODEL
) -> gr.Dropdown:
    """A menu of models: names, or pairs of what is shown and the name behind it."""
    names = [choice if isinstance(choice, str) else choice[1] for choice in choices]
    return gr.Dropdown(list(choices), value=models.first(page, names), label=title, elem_id=name)


def beam_choice(name: str, info: str | None = None) -> gr.Radio:
    """The width of a beam search."""
    return gr.Radio(list(BEAM_WIDTHS), value=5, label=label("Beam", "빔 크기"), info=info, elem_id=name)


def begin_in_language(box: gr.components.Component, **values: str) -> None:
    """Let a page that is shown in one language begin with an example in it; `values` are by language, "en" and "ko"."""
    script = f"now => ({json.dumps(values)})[rnnLanguage()] ?? now"
    gr.context.Context.root_block.load(None, box, box, js=script, **SMALL)


def length_penalty_choice(limit: float, info: str, name: str) -> gr.Slider:
    """The length penalty of a beam search."""
    return gr.Slider(0, limit, 1.0, step=0.1, label=label("Length penalty", "길이 벌점"), info=info, elem_id=name)


def add_models_endpoint(page: Page, list_models: Callable[[], list[str]], *older: str) -> None:
    """The endpoint `/NAME_models`, which lists the trained models of a page; `older` names stay as aliases."""
    gr.api(list_models, api_name=f"{page.name}_models")
    for name in older:
        gr.api(list_models, api_name=name, api_visibility="undocumented")


def alone(page: Page) -> gr.Blocks:
    """An app of one page."""
    with theme.blocks(page.title) as demo:
        page.build()
    return demo
