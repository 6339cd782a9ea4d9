"""The page of the cells: search them, colour a text by one, mark a stretch, take one away, see the gates.

`python -m apps.cells` serves this page alone; `python -m apps` serves it among the others.
"""

import gradio as gr

from apps.cells import PAGE, examples, gallery, inference, names, tabs
from apps.shared import components, links, models
from apps.shared.languages import label, markdown

NO_MODEL = markdown(
    "No trained model was found. Make one with `python -m training.char_lm train`.",
    "학습된 모델이 없습니다. `python -m training.char_lm train`으로 만드세요.",
)
FOUND = markdown(
    """
What was found in the shipped models, on text that they were not trained on (the Korean character model may have read
some of its reviews): for each hypothesis the best of all units. The first half of the text chose it, the score is of
the second half. ✓: even the lower bound is above both nulls.
""",
    """
함께 들어 있는 모델을 학습에 쓰지 않은 글로 살펴본 결과입니다(한국어 글자 모델은 리뷰 일부를 읽었을 수
있습니다). 가설마다 모든 유닛 가운데 가장 나은 것을 글의 앞 절반으로 고르고 뒤 절반으로 점수를 매겼습니다. ✓는 신뢰
구간의 아래 끝도 두 기준보다 높다는 뜻입니다.
""",
)


def build() -> None:
    """Put the page into the Blocks that is open."""
    if not names.available():
        gr.Markdown(NO_MODEL)
        return
    with gr.Tabs():
        with gr.Tab(label("Search", "찾기"), id="search"):
            tabs.build_search()
        with gr.Tab(label("Colour", "색칠"), id="colour"):
            tabs.build_colour()
        with gr.Tab(label("Stretch", "구간"), id="stretch"):
            tabs.build_stretch()
        with gr.Tab(label("Without it", "빼 보기"), id="ablation"):
            tabs.build_ablation()
        with gr.Tab(label("Gates", "게이트"), id="gates"):
            tabs.build_gates()
        with gr.Tab(label("Found", "찾은 것"), id="found"):
            gr.Markdown(FOUND)
            links.register()
            gr.HTML(gallery.claims() + gallery.gallery(), apply_default_css=False, elem_id="found-tables")
    for function in (inference.search_cells, inference.read_unit, inference.ablate_unit):
        gr.api(function, api_name=function.__name__, **inference.CONCURRENCY)
    components.add_models_endpoint(PAGE, inference.list_models)


def warm_up() -> None:
    """Load Keras and the first model, and compile, so that the first visitor need not wait."""
    if names.available():
        name = models.first(PAGE, names.available())
        inference.search(examples.text(name), examples.hypothesis(name), model=name)
