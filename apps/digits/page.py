"""The page of digits: one is drawn, and recurrent networks read it piece by piece, side by side.

`python -m apps.digits` serves this page alone; `python -m apps` serves it among the others.
"""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps.digits import PAGE, belief_view, examples, glimpse_tab, inference, perturbations, sketch, views
from apps.digits.inference import TASK
from apps.digits.names import TOLD
from apps.shared import (
    assets,
    components,
    link_settings,
    links,
    model_titles,
    models,
    pictures,
    run,
    seeds,
    validation,
)
from apps.shared.components import SMALL
from apps.shared.languages import label, markdown, sentences

INTRODUCTION = """
Nothing here is a sequence, and a recurrent network reads it all the same: what the lecture calls *Sequential Processing
of Non-Sequence Data*. Draw a digit; the networks side by side read it {}.
"""
INTRODUCTION_KO = """
여기에는 시퀀스가 없지만 순환 신경망은 읽어 냅니다. *시퀀스가 아닌 데이터의 순차 처리*입니다. 숫자를 그려 보세요.
나란히 놓인 신경망들이 {} 읽습니다.
"""
HARDER = markdown(
    """
Make the digit harder, a little more each time, until each reader fails. What is shifted here is not brought back into
the middle: the networks get it as it is shown.
""",
    """
숫자를 조금씩 더 어렵게 만들어 신경망마다 언제부터 틀리는지 봅니다. 여기서는 옮긴 숫자를 다시 가운데로 맞추지
않습니다. 신경망은 보이는 그대로 받습니다.
""",
)
NO_MODEL = markdown(
    """
No trained model was found. Make one: `python -m training.digits train --order rows --export pretrained/digits/rows`
""",
    """
학습된 모델이 없습니다. 다음 명령으로 만드세요: `python -m training.digits train --order rows --export
pretrained/digits/rows`
""",
)
EMPTY_TEXT = sentences(
    "Draw a digit, choose an example, or take a photograph of one.",
    "숫자를 그리거나, 예시를 고르거나, 사진을 찍어 보세요.",
)
EMPTY = f'<p class="rnn-empty">{EMPTY_TEXT}</p>'
READING = label("Reading…", "읽는 중…")

SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}


def build() -> None:
    """Put the page into the Blocks that is open."""
    names = models.available(TASK)
    if not names:
        gr.Markdown(NO_MODEL)
        return
    gr.Markdown(_introduction())
    with gr.Row(elem_classes="rnn-asking rnn-sketching"):
        with gr.Column(elem_classes="rnn-ask"):
            source, board, short, photograph = _build_sketch()
        linked = _linked(source)
        with gr.Column(elem_classes="rnn-answers"), gr.Tabs():
            with gr.Tab(label("Read", "읽기"), id="read"):
                _build_reading(source, board, short, photograph, linked)
            if inference.glimpse_reader():
                with gr.Tab(label("Glimpses", "글림프스"), id="glimpses"):
                    glimpse_tab.build(source, board, linked)
            with gr.Tab(label("Shift, clutter, noise", "이동·방해·잡음"), id="harder"):
                _build_harder(source, board, linked)
            with gr.Tab(label("The models", "모델"), id="models"):
                _build_cards(names)
    _build_api()
    components.add_models_endpoint(PAGE, inference.list_models)


def warm_up() -> None:
    """Load Keras and the readers, and compile, so that the first visitor need not wait."""
    if models.available(TASK):
        for _ in show_reading(examples.OPENING):
            pass


# What the buttons do ---------------------------------------------------------------------------------


def show_reading(source: str | None) -> Iterator[tuple[str, str, Any]]:
    """The answers in short and in cards as they come, in the end what was believed after every piece; HTML."""
    digit = sketch.digit(source)
    with validation.user_errors():
        readers, found = inference.readers(), []
        yield views.in_short(readers, found), views.answers(digit, readers, found), gr.skip()
        for belief in inference.read_all(digit.picture):
            found.append(belief)
            figures = belief_view.figure(digit.picture, found) if len(found) == len(readers) else gr.skip()
            yield views.in_short(readers, found), views.answers(digit, readers, found), figures


def show_sketched(event: gr.EventData) -> Iterator[tuple[str, str, Any]]:
    """As `show_reading`, of what was just drawn or chosen; an empty field leaves an empty page."""
    source = validation.clicked(event, "source")
    if source == "":
        yield views.in_short(inference.readers(), []), EMPTY, ""
    else:
        yield from show_reading(source)


def show_photograph(path: str | None) -> Iterator[tuple[Any, ...]]:
    """As `show_reading`, of the digit on a photograph; before it the digit's text, for the other tabs."""
    if path is None:
        yield (gr.skip(),) * 4
        return
    source = sketch.text_of(inference.photographed(path))
    for shown in show_reading(source):
        yield source, *shown


def show_harder(source: str | None, kind: str, seed: float | None = 1) -> Iterator[str]:
    """The digit at each strength, and the readers' answers as they come; HTML. Seed 0 draws a new one."""
    digit, drawn_with = sketch.digit(source), seeds.used(seed)
    if not isinstance(kind, str) or kind not in perturbations.KINDS:
        raise validation.refusal(
            f"The kind is none of: {', '.join(perturbations.KINDS)}.", "없는 종류입니다. 목록에서 골라 주세요.", "kind"
        )
    made = perturbations.sweep(digit.picture, kind, drawn_with)
    told = ""
    if perturbations.KINDS[kind].random:
        told = f'<p class="rnn-total">{seeds.shown(seed, drawn_with)}</p>'
    with validation.user_errors():
        readers, found = inference.readers(), []
        yield views.sweep(kind, made, digit.label, list(readers.values()), found) + told
        for name in readers:
            found.append(inference.answers(name, made))
            yield views.sweep(kind, made, digit.label, list(readers.values()), found) + told


# The parts of the page -------------------------------------------------------------------------------


def _introduction() -> str:
    """The page in a few sentences, with the ways of reading that are here."""
    here = {inference.order(name) for name in inference.readers()}
    told = [told for order, told in TOLD.items() if order in here]
    english = " and ".join(filter(None, (", ".join(one for one, _ in told[:-1]), told[-1][0] if told else "")))
    return markdown(INTRODUCTION.format(english), INTRODUCTION_KO.format(", ".join(one for _, one in told)))


def _build_sketch() -> tuple[gr.Textbox, gr.HTML, gr.HTML, gr.Image]:
    """The digit of all tabs as a text that nobody sees, the field to draw in, the answers in short, a photograph."""
    source = gr.Textbox(examples.OPENING, visible="hidden", elem_id="digit-source")
    short = gr.HTML(views.in_short(inference.readers(), []), apply_default_css=False, elem_id="digit-answers")
    board = gr.HTML(
        views.board(),
        js_on_load=assets.asset("shared", "drawing_pen.js") + assets.asset("digits", "sketch.js"),
        apply_default_css=False,
        elem_id="digit-board",
    )
    with gr.Accordion(label("A photograph of your own", "직접 찍은 사진"), open=False, elem_id="digit-own"):
        photograph = pictures.picture_box(
            label=f"{label('One digit, dark on light or light on dark', '숫자 하나, 바탕과 밝기가 다르게')} "
            f"(≤ {pictures.BYTES_LIMIT // 1_000_000} MB)",
            sources=["upload", "webcam", "clipboard"],
            webcam_options=gr.WebcamOptions(mirror=False),
            height=200,
            elem_id="digit-photograph",
        )
    board.click(None, None, source, js="() => rnnSketch.source", **SMALL)
    source.change(None, source, None, js="source => { window.rnnSketch?.show(source); return [] }", **SMALL)
    return source, board, short, photograph


def _linked(source: gr.Textbox) -> link_settings.Setting:
    """The digit as links hold it: an example by its name, or what was drawn."""

    def read(value: str) -> list[Any]:
        if not sketch.is_digit(value):
            raise link_settings.UnfitError(
                "expected the name of an example, or a drawing that “Copy link” has written",
                "예시의 이름이나 ‘링크 복사’로 만든 그림이어야 합니다",
            )
        return [value]

    needed = "There is no digit in the link.", "링크에 숫자가 없습니다."
    return link_settings.Setting(source, [source], read, needed=needed)


def _build_reading(
    source: gr.Textbox, board: gr.HTML, short: gr.HTML, photograph: gr.Image, linked: link_settings.Setting
) -> None:
    with gr.Row(elem_classes="rnn-controls"):
        start = gr.Button(label("Read", "읽기"), variant="primary", min_width=120, elem_id="read-start")
        stop = run.stop_button("read")
    answers = gr.HTML(EMPTY, apply_default_css=False, elem_id="read-answers")
    figures = belief_view.view(elem_id="read-figures")
    links.register(start, digit=linked)
    running = run.connect(
        start,
        show_reading,
        source,
        [short, answers, figures],
        stop=stop,
        doing=READING,
        fields={"source": board, "picture": photograph},
        api_name="show_reading",
        **SHOWING,
    )
    running.also(board.click, show_sketched, None, api_name="show_sketched", trigger_mode="always_last")
    shown = [source, short, answers, figures]
    running.also(photograph.input, show_photograph, photograph, shown, api_name="show_photograph")


def _build_harder(source: gr.Textbox, board: gr.HTML, linked: link_settings.Setting) -> None:
    gr.Markdown(HARDER)
    kinds = [(one.title, name) for name, one in perturbations.KINDS.items()]
    with gr.Row(elem_classes="rnn-controls"):
        kind = gr.Radio(kinds, value="right", label=label("How", "방법"), elem_id="harder-kind")
        seed = seeds.field("harder-seed")
        seed.value = 1
        with gr.Row():
            start = gr.Button(
                label("Until they fail", "틀릴 때까지"), variant="primary", min_width=120, elem_id="harder-start"
            )
            stop = run.stop_button("harder")
    shown = gr.HTML(
        "",
        js_on_load=assets.asset("shared", "choice_buttons.js"),
        apply_default_css=False,
        elem_id="harder-shown",
    )
    links.register(start, digit=linked, kind=kind, seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True))
    seeds.keep_from(shown, seed, start)
    asked = [source, kind, seed]
    options = {"stop": stop, "doing": READING, "fields": {"source": board}, "api_name": "show_harder", **SHOWING}
    running = run.connect(start, show_harder, asked, shown, **options)
    running.also(kind.input, show_harder, asked, api_name="show_harder_kind", trigger_mode="always_last")


def _build_cards(names: list[str]) -> None:
    """What the chosen model's bundle says of it."""
    model = components.model_choice(PAGE, model_titles.choices(PAGE, names), "models-model")
    card = gr.Markdown(models.card(models.first(PAGE), TASK), elem_classes="rnn-model-card", elem_id="models-card")
    links.register(model=model)
    model.change(lambda name: models.card(name, TASK), model, card, **SMALL)


# For programs ----------------------------------------------------------------------------------------


def _build_api() -> None:
    """The endpoint that takes a picture: `gr.api` knows no files, so parts that nobody sees stand for the types."""
    with gr.Row(visible=False):
        picture, model, answer = pictures.picture_box(), gr.Textbox(""), gr.JSON()
        gr.Button().click(
            inference.read_digit, [picture, model], answer, api_name="read_digit", **inference.CONCURRENCY
        )
