"""The tabs of the page of DRAW."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from apps.draw import inference, ink, pictures, views
from apps.shared import assets, link_settings, links, run, seeds, validation
from apps.shared.events import SMALL
from apps.shared.languages import both, html_of, label, markdown, sentences

PAINT = markdown(
    """
The network paints on an empty canvas in a few steps. At each step it draws a random vector **z**, changes its state,
chooses a window, and adds something to the canvas through it. Nothing is erased: what is added can make ink or paper.
""",
    """
신경망은 빈 캔버스에 몇 단계에 걸쳐 그림을 그립니다. 단계마다 무작위 벡터 **z**를 뽑고, 상태를 바꾸고, 창을 골라 그 창을
통해 캔버스에 무언가를 더합니다. 지우개는 없습니다. 더하는 값에 따라 잉크가 되기도 하고 종이가 되기도 합니다.
""",
)
SIXTEEN = markdown(
    """
Sixteen pictures of one seed, painted at once. The temperature is the width of the random z's: at 0 every picture of a
digit is the same one, above 1 the network leaves what it has learnt.
""",
    """
시드 하나에서 나온 그림 열여섯 장을 한꺼번에 그립니다. 온도는 무작위 z가 퍼진 정도입니다. 0이면 같은 숫자의 그림이 모두
같아지고, 1보다 크면 학습한 범위를 벗어납니다.
""",
)
BETWEEN = markdown(
    """
Two seeds are two lists of z's, a vector for each step. The pictures in the row have z's on the arc from one to the
other, at equal angles: is what lies between two digits of one kind a digit, too?
""",
    """
시드 두 개는 단계마다 하나씩 있는 z의 목록 두 개입니다. 줄에 놓인 그림들의 z는 한쪽에서 다른 쪽으로 가는 호 위에 같은
각도로 놓여 있습니다. 두 숫자 사이에 있는 것도 숫자일까요?
""",
)
FINISH = markdown(
    """
Draw a digit, or only the half of it that you say is given; the network paints the rest. With nothing drawn it takes a
digit of its own. It reads the picture and paints it anew, many times; what is given is put back each time, and what is
not takes what was painted. That comes close to a fair sample of what is missing, not exactly to it. **All of it**: it
paints your digit from itself, and you see where it reads and writes.
""",
    """
숫자를 그리거나, ‘주어진 부분’으로 고른 절반만 그려 보세요. 나머지는 신경망이 그립니다. 아무것도 그리지 않으면 신경망이
스스로 그린 숫자를 씁니다. 그림을 읽고 새로 그리기를 여러 번 되풀이하는데, 주어진 부분은 매번 되돌려 놓고 나머지는 그린
것으로 바꿉니다. 이렇게 하면 빠진 부분의 올바른 표본에 가까워지지만 똑같지는 않습니다. **전체**를 고르면 그린 숫자를
그대로 다시 그리며, 어디를 읽고 어디에 쓰는지 볼 수 있습니다.
""",
)
PAINTING = label("Painting…", "그리는 중…")
SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}
PARTS = {
    "top": label("upper half", "위쪽 절반"),
    "bottom": label("lower half", "아래쪽 절반"),
    "left": label("left half", "왼쪽 절반"),
    "right": label("right half", "오른쪽 절반"),
    "all": label("all of it", "전체"),
}


# What the buttons do ---------------------------------------------------------------------------------


def show_painted(digit: str, seed: float | None, temperature: float, twin: bool) -> Iterator[str]:
    """One picture step by step, and beside it, if asked for, that of the network without attention."""
    asked, seed = seed, seeds.used(seed)
    yield run.LOADING
    name, loaded, drawing = inference.paint(1, seed, temperature, digit)
    size = loaded.settings["write_size"]
    sides = [views.moving(drawing, loaded, _title(name))]
    if twin and (other := inference.twin()):
        chosen = drawing.labels[0] or ""
        other, beside, painted = inference.paint(1, seed, temperature, chosen, other)
        sides.append(views.moving(painted, beside, _title(other)))
    told = views.legend(False) if drawing.writes is not None else ""
    files = [("digit.gif", pictures.film(drawing, size)), ("digit.png", pictures.strip(drawing, size))]
    yield (
        f'<p class="rnn-meaning">{seeds.shown(asked, seed)}</p>{told}'
        + views.player(sides, loaded.steps)
        + views.strip(drawing, loaded)
        + views.table(drawing)
        + views.downloads(files)
    )


def show_sixteen(digit: str, seed: float | None, temperature: float) -> Iterator[str]:
    """Sixteen pictures step by step."""
    asked, seed = seed, seeds.used(seed)
    yield run.LOADING
    _, loaded, drawing = inference.paint(inference.COUNT_LIMIT, seed, temperature, digit)
    size = loaded.settings["write_size"]
    files = [("digits.gif", pictures.film(drawing, size)), ("digits.png", pictures.sheet(drawing))]
    title = both("Sixteen digits", "숫자 열여섯 개")
    told = views.legend(False) if drawing.writes is not None else ""
    yield (
        f'<p class="rnn-meaning">{seeds.shown(asked, seed)}</p>{told}'
        + views.player([views.moving(drawing, loaded, title, large=False)], loaded.steps)
        + views.downloads(files)
    )


def show_between(digit: str, first: float | None, last: float | None, count: float) -> Iterator[str]:
    """Pictures on the way from one seed's to another's."""
    yield run.LOADING
    _, loaded, drawing = inference.between(first, last, count, digit)
    title = f"{both('seed', '시드')} {int(first)} → {int(last)}"
    files = [("between.gif", pictures.film(drawing, loaded.settings["write_size"]))]
    yield (
        views.player([views.moving(drawing, loaded, title, large=False)], loaded.steps)
        + views.downloads([*files, ("between.png", pictures.sheet(drawing))])
    )


def show_finished(drawn: str, part: str, digit: str, rounds: float, seed: float | None) -> Iterator[str]:
    """What was given, and the whole digit that was painted from it."""
    asked, seed = seed, seeds.used(seed)
    seen = inference.seen_part(part)
    given = ink.picture_of(drawn)
    yield run.LOADING
    with validation.user_errors():
        inference.get_model()
    yield run.waiting(both("Reading and painting…", "읽고 그리는 중…"))
    if given is None:  # nothing drawn: a digit of the network's own
        given = inference.paint(1, seed, 0.8, digit)[2].canvases[0, -1]
    name, loaded, drawing = inference.complete(given, part, digit, rounds, seed)
    nats = float(drawing.nats[0].sum())
    label_of = drawing.labels[0]
    heard = sentences(
        f"The network takes it for a <b>{label_of}</b>: {nats:.1f} nats for the whole picture, of them "
        f"{nats - float(drawing.nats[0][0]):.1f} for z.",
        f"신경망이 본 숫자: <b>{label_of}</b>. 그림 전체가 {nats:.1f}내트이고, 그중 "
        f"{nats - float(drawing.nats[0][0]):.1f}내트는 z의 몫입니다.",
    )
    files = [("finished.gif", pictures.film(drawing, loaded.settings["write_size"]))]
    told = views.legend(True) if drawing.writes is not None else ""
    yield (
        f'<p class="rnn-meaning">{seeds.shown(asked, seed)}</p><p class="rnn-story">{heard}</p>{told}'
        + views.player([_given(given, seen), views.moving(drawing, loaded, _title(name))], loaded.steps)
        + views.strip(drawing, loaded)
        + views.table(drawing)
        + views.downloads(files)
    )


def _given(picture: np.ndarray, seen: np.ndarray) -> str:
    """The part that is given, as a figure; the rest is hatched."""
    shown = np.where(seen, picture >= 0.5, 0.25)
    return (
        f'<section class="rnn-draw-side"><h3>{both("given", "주어진 부분")}</h3>'
        f'<div class="rnn-draw-large" data-figure="given">{views.still(shown)}</div></section>'
    )


def _title(name: str) -> str:
    return html_of(inference.title(name))


# The tabs --------------------------------------------------------------------------------------------


def build_paint() -> None:
    """One picture."""
    gr.Markdown(PAINT)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            digit, seed, temperature = _digit("paint", "7"), seeds.field("paint-seed"), _temperature("paint")
            twin = gr.Checkbox(
                False,
                label=label("Without attention beside it", "어텐션 없는 신경망과 나란히"),
                visible=bool(inference.twin()),
                elem_id="paint-twin",
            )
            start, stop = _buttons("paint", label("Paint", "그리기"))
        with gr.Column(elem_classes="rnn-panes"):
            result = _result("paint")
    with ask:
        links.register(start, digit=digit, seed=_seed(seed), temperature=temperature, twin=twin)
    _connect(start, stop, show_painted, [digit, seed, temperature, twin], result, "show_painted")
    seeds.keep_from(result, seed, start)


def build_sixteen() -> None:
    """Sixteen pictures."""
    gr.Markdown(SIXTEEN)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            digit, seed, temperature = _digit("sixteen"), seeds.field("sixteen-seed"), _temperature("sixteen")
            start, stop = _buttons("sixteen", label("Paint sixteen", "열여섯 장 그리기"))
        with gr.Column(elem_classes="rnn-panes"):
            result = _result("sixteen")
    with ask:
        links.register(start, digit=digit, seed=_seed(seed), temperature=temperature)
    _connect(start, stop, show_sixteen, [digit, seed, temperature], result, "show_sixteen")
    seeds.keep_from(result, seed, start)


def build_between() -> None:
    """The way from one picture to another."""
    gr.Markdown(BETWEEN)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            digit = _digit("between", "3")
            with gr.Row():
                options = {"precision": 0, "min_width": 90}
                first = gr.Number(1, label=label("First seed", "첫 시드"), elem_id="between-first", **options)
                last = gr.Number(2, label=label("Second seed", "둘째 시드"), elem_id="between-last", **options)
            count = gr.Slider(
                3, inference.BETWEEN_LIMIT, 8, step=1, label=label("Pictures", "그림 수"), elem_id="between-count"
            )
            start, stop = _buttons("between", label("Walk", "걸어가기"))
        with gr.Column(elem_classes="rnn-panes"):
            result = _result("between")
    with ask:
        links.register(start, digit=digit, first=_seed(first), last=_seed(last), count=count)
    _connect(start, stop, show_between, [digit, first, last, count], result, "show_between")


def build_finish() -> None:
    """A digit that is finished, or painted from itself."""
    gr.Markdown(FINISH)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            drawn = gr.Textbox("", visible="hidden", elem_id="finish-ink")
            drawn.limit = ink.LENGTH
            script = assets.asset("shared", "drawing_pen.js") + assets.asset("draw", "board.js")
            board = gr.HTML(ink.board(), js_on_load=script, apply_default_css=False, elem_id="finish-board")
            part = gr.Radio(
                [(title, name) for name, title in PARTS.items()],
                value="top",
                label=label("Given", "주어진 부분"),
                elem_id="finish-part",
            )
            digit, seed = _digit("finish"), seeds.field("finish-seed")
            rounds = gr.Slider(
                1, inference.ROUNDS_LIMIT, 20, step=1, label=label("Rounds", "반복 횟수"), elem_id="finish-rounds"
            )
            start, stop = _buttons("finish", label("Finish it", "마저 그리기"))
        with gr.Column(elem_classes="rnn-panes"):
            result = _result("finish")
    with ask:
        links.register(start, ink=_ink(drawn), part=part, digit=digit, seed=_seed(seed), rounds=rounds)
    inputs = [drawn, part, digit, rounds, seed]
    _connect(start, stop, show_finished, inputs, result, "show_finished", fields={"drawn": board})
    seeds.keep_from(result, seed, start)
    board.click(None, None, drawn, js="() => rnnInk.text", **SMALL)
    drawn.change(
        None, drawn, None, js="text => { window.rnnInkWanted = text; window.rnnInk?.show(text); return [] }", **SMALL
    )


# Their parts -----------------------------------------------------------------------------------------


def _digit(tab: str, value: str = inference.ANY) -> gr.Dropdown:
    any_digit = label("any", "아무 숫자")
    return gr.Dropdown(
        [(any_digit, inference.ANY), *((one, one) for one in inference.DIGITS)],
        value=value,
        label=label("Digit", "숫자"),
        elem_id=f"{tab}-digit",
    )


def _temperature(tab: str) -> gr.Slider:
    return gr.Slider(
        0,
        inference.TEMPERATURE_LIMIT,
        1.0,
        step=0.05,
        label=label("Temperature of z", "z의 온도"),
        info=label("1: as trained", "1이면 학습한 대로"),
        elem_id=f"{tab}-temperature",
    )


def _seed(field: gr.Number) -> link_settings.Setting:
    return link_settings.number(field, 0, seeds.LIMIT, whole=True)


def _ink(box: gr.Textbox) -> link_settings.Setting:
    def read(value: str) -> list[Any]:
        if not ink.is_ink(value):
            raise link_settings.UnfitError(
                f"expected a drawing of {ink.LENGTH} hexadecimal digits",
                f"16진수 {ink.LENGTH}자로 된 그림이어야 합니다",
            )
        return [value]

    return link_settings.Setting(box, [box], read)


def _buttons(tab: str, title: str) -> tuple[gr.Button, gr.Button]:
    with gr.Row():
        start = gr.Button(title, variant="primary", scale=2, min_width=120, elem_id=f"{tab}-start")
        return start, run.stop_button(tab)


def _result(tab: str) -> gr.HTML:
    script = assets.asset("draw", "draw.js") + assets.asset("shared", "choice_buttons.js")
    return gr.HTML(js_on_load=script, apply_default_css=False, elem_id=f"{tab}-view")


def _connect(start: Any, stop: Any, function: Any, inputs: list, outputs: Any, name: str, **options: Any) -> None:
    run.connect(start, function, inputs, outputs, stop=stop, doing=PAINTING, api_name=name, **options, **SHOWING)
