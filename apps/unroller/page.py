"""The page of the unrolled graph: a small recurrent network with every number of it, forward and backward, and trained.

`python -m apps.unroller` serves this page alone; `python -m apps` serves it among the others. A visitor's weights live
in their session (`gr.State`) as plain lists of numbers, nowhere else.
"""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from apps.shared import assets, link_settings, links, validation
from apps.shared import run as runs
from apps.shared.events import SMALL
from apps.shared.languages import label, markdown
from apps.unroller import PAGE, inference, views
from apps.unroller import asked as asking
from rnn_models.cell_names import CELL_NAMES

TRAINING_LIMIT = 300
FRAME = 0.05
HISTORY_LIMIT = 400  # recorded moments; beyond that every second one is dropped

INTRODUCTION = markdown(
    """
A recurrent network reads one letter a step and changes its state; the same weights do it at every step. Unrolled over
time it is a plain graph: values flow forward, from the inputs at the bottom to the losses at the top, gradients flow
back. It opens with the lecture's **hello**: after *h* it says *o* at first. The two *l*'s are the same input and want
different answers: only the hidden state tells them apart.
""",
    """
순환 신경망은 시점마다 글자를 하나씩 읽고 상태를 바꿉니다. 모든 시점에서 같은 가중치를 씁니다. 시간 축으로 펼치면
평범한 그래프가 됩니다. 값은 아래의 입력에서 위의 손실로 흐르고, 그래디언트는 거꾸로 흐릅니다. 처음에는 강의의
**hello**가 보이며, *h* 다음에 *o*라고 답합니다. 두 *l*은 입력이 같지만 정답이 다릅니다. 은닉 상태만이 둘을
구별합니다.
""",
)
TITLES = {
    "aligned": label("many to many, in step", "다대다(동기식)"),
    "one_to_one": label("one to one", "일대일"),
    "one_to_many": label("one to many", "일대다"),
    "many_to_one": label("many to one", "다대일"),
    "encoder_decoder": label("many to many: encoder, decoder", "다대다: 인코더와 디코더"),
}
NOT_LINKED = (
    "It begins with the weights of before training: what was learnt is not in it.",
    "링크는 학습 전의 가중치에서 시작합니다. 학습한 내용은 담기지 않습니다.",
)
PLAYER = f"""<div class="rnn-player rnn-walk rnn-step" role="toolbar" aria-label="{label("Walk", "따라가기")}">
<button type="button" data-by="start" aria-label="{label("To the start", "처음으로 가기")}">|◀</button>
<button type="button" data-by="-1" aria-label="{label("One node back", "한 단계 뒤로")}">◀</button>
<button type="button" data-by="1" aria-label="{label("One node further", "한 단계 앞으로")}">▶</button>
<button type="button" data-by="end" aria-label="{label("Show all", "모두 보기")}">▶|</button>
<output aria-live="polite"></output></div>"""

CONCURRENCY: dict[str, Any] = {**PAGE.concurrency}
SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **CONCURRENCY}


# What the buttons do ---------------------------------------------------------------------------------


def first_session() -> dict[str, Any]:
    """What a new visitor has, or one who starts over: nothing learnt. The weights are made when they are needed."""
    return {"weights": None, "weights_key": None, "key": None, "steps": 0, "steps_before": 0, "history": [], "every": 1}


def show(session: dict[str, Any], *settings: Any) -> tuple[dict[str, Any], str, str]:
    """The session, the graph and the chart as HTML."""
    asked = asking.checked(*settings)
    session, found = _ready(session, asked)
    return _shown(session, asked, found)


def start_over(session: dict[str, Any], *settings: Any) -> tuple[dict[str, Any], str, str]:
    """As `show`, with the weights of before training."""
    return show(first_session(), *settings)


def train_one(session: dict[str, Any], rate: float, *settings: Any) -> tuple[dict[str, Any], str, str]:
    """One step of gradient descent."""
    return _trained(session, 1, rate, *settings)


def train_ten(session: dict[str, Any], rate: float, *settings: Any) -> tuple[dict[str, Any], str, str]:
    """Ten steps of gradient descent."""
    return _trained(session, 10, rate, *settings)


def train(session: dict[str, Any], steps: float, rate: float, *settings: Any) -> Iterator[tuple]:
    """`steps` steps of gradient descent, and the page follows: at most a frame every 50 ms."""
    asked = asking.checked(*settings)
    rate = _rate(rate)
    steps = validation.whole_number(steps, 1, TRAINING_LIMIT, "The number of steps", "학습 횟수", "steps")
    session, found = _ready(session, asked)
    for _ in range(steps):
        started = time.monotonic()
        session, found = _descend(session, asked, found, rate)
        yield _shown(session, asked, found)
        time.sleep(max(0.0, FRAME - (time.monotonic() - started)))


def _trained(session: dict[str, Any], steps: int, rate: float, *settings: Any) -> tuple[dict[str, Any], str, str]:
    asked, rate = asking.checked(*settings), _rate(rate)
    session, found = _ready(session, asked)
    for _ in range(steps):
        session, found = _descend(session, asked, found, rate)
    return _shown(session, asked, found)


def _rate(rate: float) -> float:
    return validation.number(rate, 0.001, 1, "The learning rate", "학습률", "rate")


def _ready(session: Any, asked: asking.Asked) -> tuple[dict[str, Any], Any]:
    """The session for what is asked: what was learnt stays while the network is the same one. And its graph."""
    session = session if isinstance(session, dict) and session.keys() >= first_session().keys() else first_session()
    if session["weights_key"] != asked.weights_key:
        weights = [array.tolist() for array in inference.first_weights(asked)]
        session = {**first_session(), "weights": weights, "weights_key": asked.weights_key}
    if session["key"] != asked.key:
        session = {**session, "key": asked.key, "steps_before": session["steps"], "history": [], "every": 1}
    return session, inference.graph(asked, _weights(session))


def _weights(session: dict[str, Any]) -> list[np.ndarray]:
    return [np.array(array, dtype=np.float32) for array in session["weights"]]


def _descend(session: dict[str, Any], asked: asking.Asked, found: Any, rate: float) -> tuple[dict[str, Any], Any]:
    """The session and the graph after one gradient step from this graph."""
    weights = inference.descended(found, rate)
    after = inference.graph(asked, weights)
    history, every, steps = session["history"], session["every"], session["steps"] + 1
    history = history or [_right(found)]
    if (steps - session["steps_before"]) % every == 0:
        history = [*history, _right(after)]
    if len(history) > HISTORY_LIMIT:
        history, every = history[::2], 2 * every
    weights = [array.tolist() for array in weights]
    return {**session, "weights": weights, "steps": steps, "history": history, "every": every}, after


def _right(found: Any) -> list[float]:
    """The probability of each right letter."""
    return [float(found.probabilities[t][target]) for t, target in found.targets.items()]


def _shown(session: dict[str, Any], asked: asking.Asked, found: Any) -> tuple[dict[str, Any], str, str]:
    history, since = session["history"] or [_right(found)], session["steps"] - session["steps_before"]
    return session, views.graph(found, asked, session["steps"]), views.chart(history, since, asked)


# The page --------------------------------------------------------------------------------------------


def build() -> None:
    """Put the page into the Blocks that is open."""
    with gr.Tabs(), gr.Tab(label("Graph", "그래프"), id="graph"):
        gr.Markdown(INTRODUCTION)
        session = gr.State(first_session())  # copied for each visitor; a function would become a public endpoint
        settings = _build_settings()
        with gr.Row(elem_classes="rnn-walking"):
            start = gr.Button(label("Play", "재생"), variant="primary", min_width=80, elem_id="unroll-start")
            gr.HTML(PLAYER, apply_default_css=False, elem_id="unroll-player")
        script = assets.asset("unroller", "unroller.js")
        graph = gr.HTML(views.WAITING, js_on_load=script, apply_default_css=False, elem_id="unroll-graph")
        with gr.Row(elem_classes="rnn-unroll-training"):
            with gr.Column():
                training = _build_training()
            chart = gr.HTML(apply_default_css=False, elem_id="unroll-chart")
        rate, steps, one, ten, many, stop, over = training
        second = links.Second(many, "#unroll-graph svg", {"steps": link_settings.setting_of(steps)})
        links.register(start, second, NOT_LINKED, **settings, rate=rate)
    _connect(session, settings, start, [session, graph, chart], training)
    gr.api(inference.unrolled, api_name="unroll", **CONCURRENCY)


def warm_up() -> None:
    """Load Keras, so that the first visitor need not wait."""
    show(first_session(), *(asking.DEFAULTS.values()))


def _build_settings() -> dict[str, gr.components.Component]:
    """In the order of `asked.checked`'s arguments."""
    first = asking.DEFAULTS
    with gr.Row(elem_classes="rnn-settings rnn-unroll-settings"):
        wiring = gr.Dropdown(
            [(TITLES[name], name) for name in asking.WIRINGS],
            value=first["wiring"],
            label=label("Wiring", "연결 방식"),
            elem_id="unroll-wiring",
        )
        reads = _letters("reads", label("Reads", "읽을 글자"))
        writes = _letters("writes", label("Is to write", "쓸 글자(정답)"))
        cell = gr.Dropdown(list(CELL_NAMES), value=first["cell"], label=label("Cell", "셀"), elem_id="unroll-cell")
        units = gr.Slider(
            1,
            asking.UNITS_LIMIT,
            first["units"],
            step=1,
            label=label("Units H", "은닉 유닛 H"),
            elem_id="unroll-units",
        )
        seed = gr.Slider(
            0,
            asking.SEED_LIMIT,
            first["seed"],
            step=1,
            label=label("Seed of the weights", "가중치 시드"),
            info=label("0: the lecture's, where they fit", "0이면 (맞을 때) 강의의 가중치"),
            elem_id="unroll-seed",
        )
        cut = gr.Slider(
            0,
            asking.STEPS_LIMIT - 1,
            first["cut"],
            step=1,
            label=label("Cut the gradient after step", "그래디언트를 자를 시점"),
            info=label("0: no cut; the state goes on", "0이면 자르지 않음. 상태는 계속 전달"),
            elem_id="unroll-cut",
        )
        markov = gr.Checkbox(
            first["markov"], label=label("Markov: h(t−1) := 0", "마르코프: h(t−1) := 0"), elem_id="unroll-markov"
        )
        forcing = gr.Checkbox(
            first["forcing"],
            label=label("Teacher forcing: reads the right letter", "교사 강요: 정답 글자를 읽기"),
            elem_id="unroll-forcing",
        )
    found = {"wiring": wiring, "cell": cell, "reads": reads, "writes": writes, "units": units, "seed": seed}
    return {**found, "markov": markov, "cut": cut, "forcing": forcing}


def _letters(name: str, title: str) -> gr.Textbox:
    box = gr.Textbox(asking.DEFAULTS[name], label=title, max_lines=1, min_width=120, elem_id=f"unroll-{name}")
    box.limit = asking.STEPS_LIMIT  # for links
    return box


def _build_training() -> tuple[gr.components.Component, ...]:
    with gr.Row():
        one = _button(label("+1 step", "+1회"), "unroll-one")
        ten = _button(label("+10 steps", "+10회"), "unroll-ten")
        over = _button(label("Start over", "처음으로"), "unroll-over")
    with gr.Row():
        many = _button(label("Train", "학습"), "unroll-train", "primary")
        stop = runs.stop_button("unroll")
    with gr.Column(elem_classes="rnn-dials"):
        rate = gr.Slider(
            0.001,
            1.0,
            0.025,
            step=0.001,
            label=label("Learning rate", "학습률"),
            info=label("W ← W − rate × the gradient above", "W ← W − 학습률 × 위의 그래디언트"),
            elem_id="unroll-rate",
        )
        steps = gr.Slider(
            1, TRAINING_LIMIT, 150, step=1, label=label("Steps of Train", "‘학습’의 횟수"), elem_id="unroll-steps"
        )
    return rate, steps, one, ten, many, stop, over


def _button(title: str, name: str, variant: str = "secondary") -> gr.Button:
    return gr.Button(title, variant=variant, elem_id=name, min_width=80)


def _connect(
    session: gr.State,
    settings: dict[str, gr.components.Component],
    start: gr.Button,
    outputs: list[gr.components.Component],
    training: tuple[gr.components.Component, ...],
) -> None:
    rate, steps, one, ten, many, stop, over = training
    asked = [session, *settings.values()]
    shared = {"outputs": outputs, "show_progress": "hidden", **SHOWING}

    def told(function: Any) -> Any:
        return runs.told_beside(function, start, **settings, rate=rate, steps=steps)

    # A new graph takes the place of what was wrong before.
    clear = "(...values) => (window.rnnErrors?.clear(), values)"
    live = {"js": clear, "trigger_mode": "always_last", **shared}
    wiring, reads, writes = (settings[name] for name in ("wiring", "reads", "writes"))
    texts = wiring.change(asking.fitted, [wiring, reads, writes], [reads, writes], **SMALL)
    texts.then(told(show), asked, api_name="unroll_wiring", **live)
    changes = [one.change for one in settings.values() if one is not wiring]
    gr.on([gr.context.Context.root_block.load, *changes], told(show), asked, api_name="unroll_show", **live)
    start.click(told(show), asked, api_name="unroll_play", js="(...values) => (rnnUnroll.play(), values)", **shared)
    over.click(told(start_over), asked, api_name="unroll_start_over", **shared)
    given = [session, rate, *settings.values()]
    one.click(told(train_one), given, api_name="unroll_train_1", **shared)
    ten.click(told(train_ten), given, api_name="unroll_train_10", **shared)
    runs.connect(
        many,
        train,
        [session, steps, rate, *settings.values()],
        outputs,
        stop=stop,
        doing=label("Training…", "학습 중…"),
        fields={**settings, "steps": steps, "rate": rate},
        aside=[rate, steps, *settings.values()],
        others=[one, ten, over, start, *settings.values()],
        api_name="unroll_train",
        **SHOWING,
    )
