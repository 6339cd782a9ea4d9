"""The tab "Live": a movement is labelled while it happens."""

import gradio as gr

from apps.shared import links, model_titles, models
from apps.shared.assets import asset
from apps.shared.components import SMALL, model_choice
from apps.shared.languages import label, markdown
from apps.video import PAGE, inference, live, live_view
from apps.video.gestures import GESTURES, RATE

LIVE = markdown(
    """
After every thirtieth of a second the network says what your movement is: *many to many, in step*. Only the step from
the last frame goes in. Which way a circle turns cannot be read from one step: the network without memory has to guess.
""",
    """
30분의 1초마다 신경망이 지금의 움직임을 알아맞힙니다. *다대다(동기식)* 구조입니다. 신경망에는 바로 앞 프레임에서 옮겨 온
만큼만 들어갑니다. 원이 어느 쪽으로 도는지는 한 걸음만 봐서는 알 수 없어서, 기억이 없는 신경망은 찍을 수밖에 없습니다.
""",
)
NO_POINTS = markdown(
    "No trained model that reads points was found: `python -m training.video train --dataset finger`",
    "점을 읽는 학습된 모델이 없습니다: `python -m training.video train --dataset finger`",
)


def build() -> None:
    """Put the tab into the page."""
    names = inference.models_for("points")
    if not names:
        gr.Markdown(NO_POINTS)
        links.register()
        return
    gr.Markdown(LIVE)
    model = model_choice(PAGE, model_titles.choices(PAGE, names), "live-model")
    model.visible = len(names) > 1
    rate = float(models.settings(names[0], inference.TASK).get("rate", RATE))
    board = gr.HTML(
        live_view.field(rate), js_on_load=asset("video", "live.js"), apply_default_css=False, elem_id="live-board"
    )
    with gr.Row(elem_classes="rnn-controls rnn-gestures"):
        gesture = gr.Radio(
            [(one.title, name) for name, one in GESTURES.items()],
            value="clockwise",
            label=label("A movement to watch", "보여 줄 움직임"),
            elem_id="live-gesture",
        )
        start = gr.Button(
            label("Draw it for me", "대신 그려 보기"), variant="primary", min_width=140, elem_id="live-start"
        )
    links.register(start, gesture=gesture, model=model)
    start.click(None, gesture, None, js="name => { rnnLive.play(name); return [] }", **SMALL)
    model.change(None, model, None, js="name => { rnnLive.model = name; return [] }", **SMALL)
    _connect(board)


def _connect(board: gr.HTML) -> None:
    """Each batch of points to the server, and its labels back; the state stays in the visitor's session."""
    batch, told = gr.Textbox(visible="hidden"), gr.Textbox(visible="hidden", elem_id="live-told")
    state = gr.State(None)
    asking = board.click(
        live.label_batch,
        [batch, state],
        [told, state],
        js="() => [rnnLive.batch(), null]",
        trigger_mode="multiple",
        api_name="label_batch",
        show_progress="hidden",
        api_visibility="undocumented",
        **inference.CONCURRENCY,
    )
    asking.success(None, told, None, js="text => { rnnLive.answer(text); return [] }", **SMALL)
    asking.failure(None, None, None, js="() => { rnnLive.failed(); return [] }", **SMALL)
