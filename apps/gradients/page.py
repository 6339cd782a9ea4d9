"""The page of gradients: their flow through time, clipping, and a race of two cells.

`python -m apps.gradients` serves this page alone; `python -m apps` serves it among the others.
"""

from typing import Any

import gradio as gr

from apps.gradients import clipped_runs, flow_view, inference, race, tabs
from apps.gradients.settings import ACTIVATIONS, FORGET, GAIN, NONE, SCALE, STEPS, VARIANTS, checked
from apps.gradients.titles import title
from apps.shared import link_settings, links, run, seeds, validation
from apps.shared.languages import label, markdown

INTRODUCTION = markdown(
    """
Three untrained cells of 16 units read the same input; the loss is one number made of the last state. On its way back to
step t the gradient passes a Jacobian at every step: what is left of it is drawn here. Move a slider.
""",
    """
학습하지 않은 유닛 16개짜리 셀 셋이 같은 입력을 읽고, 손실은 마지막 상태로 만든 수 하나입니다. 그래디언트는 시점
t까지 돌아가는 동안 단계마다 야코비 행렬을 지납니다. 얼마나 남는지가 아래 그림입니다. 슬라이더를 움직여 보세요.
""",
)
OVERLAYS = markdown(
    """
Dashed: for the vanilla RNN σ<sub>max</sub>(U)<sup>T−t</sup>, which its gradient never exceeds; for cells with gates the
direct path, the product of all that their gates keep. It is one path of several: the gradient may be larger.
""",
    """
파선: 기본 RNN에서는 그래디언트가 넘을 수 없는 상한 σ<sub>max</sub>(U)<sup>T−t</sup>, 게이트가 있는 셀에서는 게이트가
남기는 비율을 모두 곱한 직접 경로입니다. 직접 경로는 여러 경로 가운데 하나라서 그래디언트가 더 클 수 있습니다.
""",
)
DRAWING = label("Computing…", "계산 중…")
SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}


def build() -> None:
    """Put the page into the Blocks that is open."""
    with gr.Tabs():
        with gr.Tab(label("Flow", "흐름"), id="flow"):
            _build_flow()
        with gr.Tab(label("Clipping", "클리핑"), id="clip"):
            tabs.build_clipping()
        with gr.Tab(label("Race", "경주"), id="race"):
            tabs.build_race()
    gr.api(inference.gradient_flow, api_name="gradient_flow", **inference.CONCURRENCY)
    gr.api(clipped_runs.clipping, api_name="clipping", **inference.CONCURRENCY)
    gr.api(race.train_race, api_name="train_race", **race.CONCURRENCY)


def warm_up() -> None:
    """Load Keras, and compile the lecture's three cells, so that the first visitor need not wait."""
    for activation in ACTIVATIONS:
        inference.flows(checked(60, 1.0, 1.0, 1.0, activation, NONE, 1))


def show_flow(
    steps: float, gain: float, scale: float, forget_bias: float, activation: str, variant: str, seed: float
) -> tuple[str, str]:
    """The figure and its numbers as HTML."""
    settings = checked(steps, gain, scale, forget_bias, activation, variant, seeds.used(seed))
    with validation.user_errors():
        found = inference.flows(settings)
    return flow_view.figure(found), flow_view.numbers(settings, found) + tabs.seed_line(seed, settings.seed)


def _build_flow() -> None:
    gr.Markdown(INTRODUCTION)
    with gr.Row(elem_classes="rnn-lab"):
        with gr.Column(elem_classes="rnn-lab-figure"):
            figure = tabs.figure("flow")
        with gr.Column(elem_classes="rnn-lab-settings"):
            steps = tabs.slider(STEPS, 60, 1, label("Steps T", "시점 수 T"), "flow-steps")
            gain = tabs.slider(GAIN, 1.0, 0.05, label("Gain of U", "U의 이득"), "flow-gain", GAIN_INFO)
            scale = tabs.slider(SCALE, 1.0, 0.1, label("Scale of the input", "입력의 크기"), "flow-scale", SCALE_INFO)
            forget = tabs.slider(FORGET, 1.0, 0.5, label("Forget bias", "망각 편향"), "flow-forget", FORGET_INFO)
            activation = tabs.activation("flow-activation", label("of the vanilla RNN", "기본 RNN에 적용"))
            variant = gr.Dropdown(
                [(label("none", "없음"), NONE), *((title(name), name) for name in VARIANTS)],
                value=NONE,
                label=label("A cell beside them", "함께 볼 셀"),
                elem_id="flow-variant",
            )
            seed = seeds.field("flow-seed")
            seed.value = 1
            start = gr.Button(label("Compute", "계산"), variant="primary", elem_id="flow-start")
            links.register(
                start,
                steps=steps,
                gain=gain,
                scale=scale,
                forget=forget,
                activation=activation,
                variant=variant,
                seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True),
            )
        with gr.Column(elem_classes="rnn-lab-numbers"):
            numbers = gr.HTML(apply_default_css=False, elem_id="flow-numbers")
            gr.Markdown(OVERLAYS, elem_classes="rnn-small")
    asked = [steps, gain, scale, forget, activation, variant, seed]
    fields = {"forget_bias": forget}
    running = run.connect(
        start, show_flow, asked, [figure, numbers], doing=DRAWING, fields=fields, api_name="show_flow", **SHOWING
    )
    seeds.keep_from(numbers, seed, start)
    tabs.follow(running, show_flow, asked, "show_flow")


GAIN_INFO = label("U is orthogonal times this", "U는 직교 행렬에 이 값을 곱한 것")
SCALE_INFO = label("standard deviation; 0: no input", "표준 편차, 0이면 입력 없음")
FORGET_INFO = label("b_f of the LSTM, b_z of the GRU", "LSTM의 b_f, GRU의 b_z")
