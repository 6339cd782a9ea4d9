"""The page of video: a label for every frame, while it happens, of clips, of files.

`python -m apps.video` serves this page alone; `python -m apps` serves it among the others.
"""

import gradio as gr

from apps.shared import components, links, model_titles, models
from apps.shared.components import SMALL
from apps.shared.languages import label, markdown
from apps.video import PAGE, clip_files, clips_tab, inference, live, live_tab, own_tab
from apps.video.gestures import GESTURES
from apps.video.inference import TASK

INTRODUCTION = markdown(
    """
The lecture's last wiring: an output for every input, and one for the whole. Here the inputs are the frames of a video.
""",
    """
강의에 나오는 마지막 구조입니다. 입력마다 출력이 하나씩 있고, 전체에 대한 출력도 하나 있습니다. 여기서 입력은 비디오의
프레임입니다.
""",
)
NO_MODEL = markdown(
    "No trained model was found. Make one: `python -m training.video train --export pretrained/video/finger`",
    "학습된 모델이 없습니다. 다음 명령으로 만드세요: `python -m training.video train --export pretrained/video/finger`",
)


def build() -> None:
    """Put the page into the Blocks that is open."""
    if not models.available(TASK):
        gr.Markdown(NO_MODEL)
        return
    gr.Markdown(INTRODUCTION)
    with gr.Tabs():
        with gr.Tab(label("Live", "실시간"), id="live"):
            live_tab.build()
        with gr.Tab(label("Clips", "영상"), id="clips"):
            clips_tab.build()
        with gr.Tab(label("Your own clip", "내 영상"), id="own"):
            own_tab.build()
        with gr.Tab(label("The models", "모델"), id="models"):
            _build_cards()
    _build_api()
    components.add_models_endpoint(PAGE, inference.list_models)


def warm_up() -> None:
    """Load Keras and the model of the tab Live, and compile, so that the first visitor need not wait."""
    if inference.models_for("points"):
        points = GESTURES["clockwise"].points()[: live.BATCH // 10]
        _, state = live.label_batch(live.batch_text(points, fresh=True), None)
        live.label_batch(live.batch_text(points), state)


def _build_cards() -> None:
    """What the chosen model's bundle says of it."""
    names = models.available(TASK)
    model = components.model_choice(PAGE, model_titles.choices(PAGE, names), "models-model")
    card = gr.Markdown(models.card(models.first(PAGE), TASK), elem_classes="rnn-model-card", elem_id="models-card")
    links.register(model=model)
    model.change(lambda name: models.card(name, TASK), model, card, **SMALL)


# For programs ----------------------------------------------------------------------------------------


def _build_api() -> None:
    """The endpoints; `gr.api` knows no files, so parts that nobody sees stand for the types of `label_clip`."""
    with gr.Row(visible=False):
        file = gr.File(file_types=clip_files.FILE_TYPES, type="filepath")
        model, network, answer = gr.Textbox(""), gr.Textbox("causal"), gr.JSON()
        gr.Button().click(
            inference.label_clip, [file, model, network], answer, api_name="label_clip", **inference.CONCURRENCY
        )
    gr.api(inference.label_points, api_name="label_points", **inference.CONCURRENCY)
