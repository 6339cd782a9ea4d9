"""The page of DRAW: paint a digit, sixteen of them, walk between two, finish one that was begun.

`python -m apps.draw` serves this page alone; `python -m apps` serves it among the others.
"""

import gradio as gr

from apps.draw import PAGE, inference, tabs
from apps.shared import components, models, pictures
from apps.shared.languages import label, markdown

NO_MODEL = markdown(
    "No trained model was found. Make one with `python -m training.draw train`.",
    "학습된 모델이 없습니다. `python -m training.draw train`으로 만드세요.",
)


def build() -> None:
    """Put the page into the Blocks that is open."""
    if not inference.list_models():
        gr.Markdown(NO_MODEL)
        return
    with gr.Tabs():
        with gr.Tab(label("Paint", "그리기"), id="paint"):
            tabs.build_paint()
        with gr.Tab(label("Sixteen", "열여섯 장"), id="sixteen"):
            tabs.build_sixteen()
        with gr.Tab(label("Between two", "두 그림 사이"), id="between"):
            tabs.build_between()
        with gr.Tab(label("Finish a digit", "마저 그리기"), id="finish"):
            tabs.build_finish()
    gr.api(inference.draw_digits, api_name="draw_digits", **inference.CONCURRENCY)
    _add_completion()
    components.add_models_endpoint(PAGE, inference.list_models)


def _add_completion() -> None:
    """The endpoint that takes a picture: `gr.api` knows no files, so parts that nobody sees stand for the types."""
    with gr.Row(visible=False):
        asked = [
            pictures.picture_box(),
            gr.Textbox("top", label="part"),
            gr.Textbox("", label="digit"),
            gr.Number(20, precision=0, label="rounds"),
            gr.Number(0, precision=0, label="seed"),
            gr.Textbox("", label="model"),
        ]
        answer = gr.JSON()
        gr.Button().click(inference.complete_digit, asked, answer, api_name="complete_digit", **inference.CONCURRENCY)


def warm_up() -> None:
    """Load Keras and the model, and compile, so that the first visitor need not wait."""
    if inference.list_models():
        inference.paint(1, 1, 1.0, "", models.first(PAGE))
