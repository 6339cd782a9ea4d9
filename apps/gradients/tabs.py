"""The tabs "Clipping" and "Race", and what the tabs share."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from apps.gradients import clip_view, clipped_runs, inference, race, race_view
from apps.gradients.settings import ACTIVATIONS
from apps.gradients.titles import title
from apps.shared import assets, link_settings, links, run, seeds, validation
from apps.shared.languages import label, markdown
from rnn_models.cell_names import CELL_NAMES

CLIPPING = markdown(
    """
One vanilla RNN, trained three times on the same sequences, from the same weights: with the gradient as it is, clipped
by norm, and clipped by value. Where it explodes, one step throws the weights far away, and the loss with them.
""",
    """
기본 RNN 하나를 같은 가중치에서 시작해 같은 시퀀스로 세 번 학습합니다. 한 번은 그래디언트 그대로, 한 번은 노름으로, 한
번은 값으로 클리핑합니다. 그래디언트가 폭발하면 한 단계 만에 가중치가 멀리 튕겨 나가고 손실도 함께 치솟습니다.
""",
)
BY_HAND = markdown("**One gradient by hand**", "**그래디언트 하나를 직접 클리핑하기**")
RACING = markdown(
    """
Two networks with equally many parameters learn here and now, from the same sequences. *Adding*: the sum of two marked
numbers among T. *Copy*: 10 symbols, to be written down after T blanks. The dashed line is the loss without memory.
""",
    """
파라미터 수가 같은 두 신경망이 지금 여기서 같은 시퀀스로 배웁니다. *더하기*는 수 T개 가운데 표시된 둘의 합을 구하는
과제이고, *복사*는 기호 10개를 빈칸 T개 뒤에 그대로 쓰는 과제입니다. 파선은 아무것도 기억하지 못할 때의 손실입니다.
""",
)
TASKS = {"adding": label("Adding", "더하기"), "copy": label("Copy", "복사")}
TRAINING = label("Training…", "학습 중…")
EXAMPLE, EXAMPLE_LIMIT = "3, 4, 0.1", 1.0


# What the buttons do ---------------------------------------------------------------------------------


def show_clipping(
    steps: float,
    length: float,
    gain: float,
    rate: float,
    norm_limit: float,
    value_limit: float,
    activation: str,
    seed: float,
) -> tuple[str, str]:
    """The figures of the three runs and their numbers as HTML."""
    chosen = seeds.used(seed)
    settings = clipped_runs.checked(steps, length, gain, rate, norm_limit, value_limit, activation, chosen)
    with validation.user_errors():
        found = clipped_runs.runs(settings)
    return clip_view.figures(settings, found), clip_view.numbers(settings, found) + seed_line(seed, settings.seed)


def show_by_hand(gradient: str, limit: float) -> str:
    """One gradient, clipped both ways, as HTML."""
    given = clipped_runs.read_gradient(gradient)
    limit = validation.number(limit, 0.001, 1000, "The limit", "한계", "limit")
    with validation.user_errors():
        return clip_view.by_hand(clipped_runs.by_hand(given, limit), limit)


def show_race(task: str, length: float, first: str, second: str, rate: str, steps: float, seed: float) -> Iterator[str]:
    """The race as it goes on, as HTML."""
    settings = race.checked(task, length, first, second, rate, steps, seeds.used(seed))
    with validation.user_errors():
        for now in race.run(settings):
            yield race_view.shown(now) + (seed_line(seed, settings.seed) if now.ended else "")


# Parts -----------------------------------------------------------------------------------------------


def figure(name: str) -> gr.HTML:
    """The figure of a tab. When it is first seen, its button is pressed, unless a link says what is to be done."""
    script = assets.asset("gradients", "first_result.js").replace("NAME", name)
    return gr.HTML("", js_on_load=script, apply_default_css=False, elem_id=f"{name}-figure")


def slider(
    bounds: tuple[float, float], value: float, step: float, title: str, name: str, info: str | None = None
) -> gr.Slider:
    """A slider between two bounds."""
    return gr.Slider(*bounds, value, step=step, label=title, info=info, elem_id=name)


def activation(name: str, info: str | None = None) -> gr.Radio:
    """The switch of the activation."""
    title = label("Activation", "활성화 함수")
    return gr.Radio(list(ACTIVATIONS), value="tanh", label=title, info=info, elem_id=name)


def seed_line(asked: float, seed: int) -> str:
    """The seed that was used, as HTML; "" where the visitor chose it."""
    return "" if asked else f'<p class="rnn-total">{seeds.shown(asked, seed)}</p>'


def follow(running: run.Run, function: Callable, asked: Sequence[gr.components.Component], name: str) -> None:
    """Let every slider that is let go and every choice start the run, too; the last position wins."""
    for n, one in enumerate(asked):
        events = {gr.Slider: "release", gr.Radio: "input", gr.Dropdown: "input", gr.Number: "submit"}
        event = getattr(one, events[type(one)])
        running.also(event, function, list(asked), api_name=f"{name}_{n}", trigger_mode="always_last")


# The tabs --------------------------------------------------------------------------------------------


def build_clipping() -> None:
    """The tab in which one run is trained with and without clipping; it shows it when it is opened."""
    gr.Markdown(CLIPPING)
    showing: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}
    with gr.Row(elem_classes="rnn-lab"):
        with gr.Column(elem_classes="rnn-lab-figure"):
            pictures = figure("clip")
        with gr.Column(elem_classes="rnn-lab-settings"):
            c = clipped_runs
            limit = label("Limit of the norm", "노름 한계")
            norm = slider(c.LIMIT, 1.0, 0.01, limit, "clip-norm")
            value = slider(c.LIMIT, 0.1, 0.01, label("Limit of each value", "값 한계"), "clip-value")
            rate = slider(c.RATE, 0.1, 0.001, label("Learning rate", "학습률"), "clip-rate")
            gain = slider(c.GAIN, 1.5, 0.05, label("Gain of U at the start", "처음 U의 이득"), "clip-gain")
            length = slider(c.LENGTH, 30, 1, label("Steps T of a sequence", "시퀀스 길이 T"), "clip-length")
            steps = slider(c.STEPS, 60, 1, label("Steps of training", "학습 단계"), "clip-steps")
            kind = activation("clip-activation")
            seed = seeds.field("clip-seed")
            seed.value = 2
            start = gr.Button(label("Train three times", "세 번 학습"), variant="primary", elem_id="clip-start")
            settings = {"steps": steps, "length": length, "gain": gain, "rate": rate, "norm": norm, "value": value}
            links.register(
                start,
                **settings,
                activation=kind,
                seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True),
            )
        with gr.Column(elem_classes="rnn-lab-numbers"):
            numbers = gr.HTML(apply_default_css=False, elem_id="clip-numbers")
            _build_by_hand(showing)
    asked = [*settings.values(), kind, seed]
    fields = {"norm_limit": norm, "value_limit": value}
    options = {"doing": TRAINING, "fields": fields, "api_name": "show_clipping", **showing}
    running = run.connect(start, show_clipping, asked, [pictures, numbers], **options)
    seeds.keep_from(numbers, seed, start)
    follow(running, show_clipping, asked, "show_clipping")


def _build_by_hand(showing: dict[str, Any]) -> None:
    gr.Markdown(BY_HAND)
    with gr.Row():
        gradient = gr.Textbox(EXAMPLE, label=label("Gradient g", "그래디언트 g"), elem_id="hand-gradient")
        limit = gr.Number(EXAMPLE_LIMIT, label=label("Limit", "한계"), min_width=80, elem_id="hand-limit")
    start = gr.Button(label("Clip", "클리핑"), size="sm", elem_id="hand-start")
    shown = gr.HTML(show_by_hand(EXAMPLE, EXAMPLE_LIMIT), apply_default_css=False, elem_id="hand-shown")
    run.connect(start, show_by_hand, [gradient, limit], shown, api_name="show_by_hand", **showing)


def build_race() -> None:
    """The tab in which two cells are trained side by side."""
    gr.Markdown(RACING)
    cells = [(title(name), name) for name in CELL_NAMES]
    with gr.Row(elem_classes="rnn-lab"):
        with gr.Column(elem_classes="rnn-lab-figure"):
            shown = gr.HTML(apply_default_css=False, elem_id="race-shown")
        with gr.Column(elem_classes="rnn-lab-settings"):
            names = [(text, name) for name, text in TASKS.items()]
            task = gr.Radio(names, value="adding", label=label("Task", "과제"), elem_id="race-task")
            length = slider(race.LENGTH, 50, 1, label("Steps T", "시점 수 T"), "race-length")
            first, second = (
                gr.Dropdown(cells, value=value, label=text, elem_id=name)
                for value, text, name in (
                    ("vanilla", label("One cell", "첫째 셀"), "race-first"),
                    ("gru", label("Against", "둘째 셀"), "race-second"),
                )
            )
            rate = gr.Radio(list(race.RATES), value="0.01", label=label("Learning rate", "학습률"), elem_id="race-rate")
            steps = slider(race.STEPS, 400, 50, label("Steps of training", "학습 단계"), "race-steps", MINUTE)
            seed = seeds.field("race-seed")
            seed.value = 1
            with gr.Row():
                start = gr.Button(label("Race", "경주 시작"), variant="primary", min_width=80, elem_id="race-start")
                stop = run.stop_button("race")
            links.register(
                start,
                task=task,
                length=length,
                cell=first,
                against=second,
                rate=rate,
                steps=steps,
                seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True),
            )
    run.connect(
        start,
        show_race,
        [task, length, first, second, rate, steps, seed],
        shown,
        stop=stop,
        doing=TRAINING,
        api_name="show_race",
        api_visibility="undocumented",
        **race.CONCURRENCY,
    )
    seeds.keep_from(shown, seed, start)


MINUTE = label("at most a minute", "최대 1분")
