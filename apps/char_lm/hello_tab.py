"""The tab "hello": the lecture's four-letter network with every number on screen, trained by the visitor.

A visitor's network lives in their session (`gr.State`) as plain lists of numbers, nowhere else.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import numpy as np

from apps.char_lm import hello_view
from apps.char_lm.hello_network import INPUTS, HelloNetwork, Weights, lecture_weights
from apps.shared import links, validation
from apps.shared import run as runs
from apps.shared.languages import label, markdown

STEPS_LIMIT = 500
FRAME = 0.05
RUN_STEPS = 150
HISTORY_LIMIT = 400  # recorded moments; beyond that every second one is dropped

INTRODUCTION = markdown(
    """
The smallest language model: four letters, three hidden numbers, trained to spell **hello**. It starts from
the lecture's own numbers, and at first says *o* after *h*. Step through h, e, l, l, then train it. The two
*l*'s are the same input and want different answers: only the hidden state tells them apart.
""",
    """
가장 작은 언어 모델입니다. 글자 네 개와 은닉 유닛 세 개로 **hello**를 배웁니다.
강의의 숫자에서 시작해 처음에는 *h* 다음에 *o*라고 답합니다. h, e, l, l을 한 단계씩 따라간 뒤 학습시켜
보세요. 두 *l*은 입력이 같지만 정답이 다릅니다. 은닉 상태만이 둘을 구별합니다.
""",
)
ABOUT_WEIGHTS = markdown(
    """
The lecture prints states and scores, not weights. The first weights here give every printed number again:
inside tanh stands arctanh of the printed state (0.96 where 1.0 is printed), and of all fitting
W<sub>hh</sub> the smallest is taken.
""",
    """
강의에는 상태와 점수만 적혀 있어, 그 값이 모두 그대로 나오는 가중치를 거꾸로
구했습니다.
""",
)

_network = HelloNetwork()  # arithmetic only: it keeps nothing of a visitor between two calls


def first_session() -> dict[str, Any]:
    """What a new visitor has: the lecture's weights, one step shown, nothing trained."""
    weights = [array.tolist() for array in lecture_weights()]
    return {"weights": weights, "shown": 1, "steps": 0, "history": [], "every": 1}


def refresh(session: dict[str, Any]) -> tuple[dict[str, Any], str, str, str]:
    """The session as it stands: itself, network, chart and weights as HTML."""
    return _show(session)


def step(session: dict[str, Any]) -> tuple[dict[str, Any], str, str, str]:
    """One letter further; after the last one, back to the first."""
    return _show({**session, "shown": session["shown"] % len(INPUTS) + 1})


def train(session: dict[str, Any], steps: int, learning_rate: float) -> tuple[dict[str, Any], str, str, str]:
    """`steps` steps of gradient descent at once; all four letters are shown afterwards."""
    steps, rate = _checked(steps, learning_rate)
    for _ in range(steps):
        session = _descend(session, rate)
    return _show({**session, "shown": len(INPUTS)})


def run(session: dict[str, Any], steps: int, learning_rate: float) -> Iterator[tuple]:
    """As `train`, and the page follows: one frame every 50 ms."""
    steps, rate = _checked(steps, learning_rate)
    session = {**session, "shown": len(INPUTS)}
    for done in range(steps):
        started = time.monotonic()
        session = _descend(session, rate)
        yield _show(session)
        if done < steps - 1:
            time.sleep(max(0.0, FRAME - (time.monotonic() - started)))


def start_over() -> tuple[dict[str, Any], str, str, str]:
    """The lecture's numbers again."""
    return _show(first_session())


def _descend(session: dict[str, Any], rate: float) -> dict[str, Any]:
    """The session after one gradient step."""
    weights = _network.train(_weights(session), 1, rate)
    history, every, steps = session["history"], session["every"], session["steps"] + 1
    if not history:
        history = [_network.read(_weights(session)).targets.tolist()]
    if steps % every == 0:
        history = [*history, _network.read(weights).targets.tolist()]
    if len(history) > HISTORY_LIMIT:
        history, every = history[::2], 2 * every
    weights = [array.tolist() for array in weights]
    return {**session, "weights": weights, "steps": steps, "history": history, "every": every}


def _weights(session: dict[str, Any]) -> Weights:
    return Weights(*(np.array(array, dtype=np.float32) for array in session["weights"]))


def _show(session: dict[str, Any]) -> tuple[dict[str, Any], str, str, str]:
    weights = _weights(session)
    result = _network.read(weights)
    history = session["history"] or [result.targets.tolist()]
    picture = hello_view.network(result, session["shown"])
    return session, picture, hello_view.chart(history, session["steps"]), hello_view.weights_table(weights)


def _checked(steps: float, learning_rate: float) -> tuple[int, float]:
    steps = validation.whole_number(steps, 1, STEPS_LIMIT, "The number of steps", "학습 횟수", "steps")
    return steps, validation.number(learning_rate, 0.0001, 2, "The learning rate", "학습률", "learning_rate")


def build(tab: gr.Tab, alone: bool = False) -> None:
    """Put the tab's components into `tab`, which is open. `alone`: there is no other tab to come from."""
    gr.Markdown(INTRODUCTION)
    session = gr.State(first_session())  # copied for each visitor; a function would become a public endpoint
    with gr.Row(elem_classes="rnn-hello-page"):
        with gr.Column(elem_classes="rnn-hello-network"):
            with gr.Row():
                forward = _button(label("Step", "한 단계"), "hello-step", "primary")
                over = _button(label("Start over", "처음으로"), "hello-over")
            picture = gr.HTML(hello_view.WAITING, apply_default_css=False, elem_id="hello-network")
        with gr.Column(elem_classes="rnn-hello-training"):
            with gr.Row():
                one = _button(label("+1 step", "+1회"), "hello-one")
                ten = _button(label("+10 steps", "+10회"), "hello-ten")
            with gr.Row():
                many = _button(label("Train", "학습"), "hello-run", "primary")
                stop = runs.stop_button("hello")
            chart = gr.HTML(apply_default_css=False, elem_id="hello-chart")
            rate = gr.Slider(0.01, 1.0, 0.1, step=0.01, label=label("Learning rate", "학습률"), elem_id="hello-rate")
            with gr.Accordion(label("All weights", "모든 가중치"), open=True):
                gr.Markdown(ABOUT_WEIGHTS, elem_classes="rnn-small")
                weights = gr.HTML(apply_default_css=False, elem_id="hello-weights")
            links.register(many, rate=rate)
    waking = gr.context.Context.root_block.load if alone else tab.select
    buttons = forward, over, one, ten, many, stop
    _connect(waking, session, rate, [session, picture, chart, weights], buttons)


def _button(label: str, name: str, variant: str = "secondary") -> gr.Button:
    return gr.Button(label, variant=variant, elem_id=name, min_width=80)


def _connect(
    waking: Callable, session: gr.State, rate: gr.Slider, outputs: list, buttons: tuple[gr.Button, ...]
) -> None:
    forward, over, one, ten, many, stop = buttons
    queued: dict[str, Any] = {"concurrency_id": "hello", "concurrency_limit": 4, "api_visibility": "undocumented"}
    shared = {"outputs": outputs, "show_progress": "hidden", **queued}
    waking(refresh, session, api_name="hello_refresh", **shared)
    forward.click(step, session, api_name="hello_step", **shared)
    over.click(start_over, None, api_name="hello_start_over", **shared)
    training = runs.told_beside(train, rate)
    for button, count in ((one, 1), (ten, 10)):
        button.click(training, [session, gr.State(count), rate], api_name=f"hello_train_{count}", **shared)
    runs.connect(
        many,
        run,
        [session, gr.State(RUN_STEPS), rate],
        outputs,
        stop=stop,
        doing=label("Training…", "학습 중…"),
        aside=[rate],
        others=[forward, over, one, ten],
        api_name="hello_run",
        **queued,
    )
