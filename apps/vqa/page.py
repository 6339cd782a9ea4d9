"""The page on which a picture is asked: the answer, where the network looked, and what it would have guessed.

`python -m apps.vqa` serves this page alone; `python -m apps` serves it among the others.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps.shared import assets, attention_map, components, link_settings, links, models, pictures, run, validation
from apps.shared import strange_pictures as strange
from apps.shared.components import SMALL
from apps.shared.languages import label, markdown, sentences
from apps.vqa import PAGE, attention_view, drawn, examples, inference, tabs, views
from apps.vqa.inference import TASK
from apps.vqa.tabs import ASKING, SHOWING, Given

INTRODUCTION = markdown(
    """
A picture and a question in, an answer out. A convolutional network sees the picture as a grid of places, a recurrent
one reads the question, and the question says which places to look at. Then hide the picture: how much was only guessed?
""",
    """
그림과 질문이 들어가고 답이 나옵니다. 합성곱 신경망은 그림을 격자 모양의 칸으로 보고, 순환 신경망은 질문을 읽으며, 어느
칸을 볼지는 질문이 정합니다. 그다음 그림을 가려 보세요. 얼마나 짐작한 것일까요?
""",
)
NO_MODEL = markdown(
    """
No trained model was found. Make one of drawn scenes, which need no download:
`python -m training.vqa train --dataset scenes --language both --export pretrained/vqa/scenes`
""",
    """
학습된 모델이 없습니다. 도형 그림은 내려받을 것이 없습니다. 다음 명령으로 만드세요:
`python -m training.vqa train --dataset scenes --language both --export pretrained/vqa/scenes`
""",
)
EMPTY_TEXT = sentences("Ask the picture something.", "그림에 대해 질문해 보세요.")
EMPTY = f'<p class="rnn-empty">{EMPTY_TEXT}</p>'
HIDE = label("Hide the picture", "그림 가리기"), label("Hide the question", "질문 가리기")
THUMBNAIL = 64  # pixels


def build() -> None:
    """Put the page into the Blocks that is open."""
    names = models.available(TASK)
    if not names:
        gr.Markdown(NO_MODEL)
        return
    gr.Markdown(INTRODUCTION)
    with gr.Row(elem_classes="rnn-asking rnn-picturing rnn-questioning"):
        with gr.Column(elem_classes="rnn-ask"):
            given, events = _build_given(names)
        with gr.Column(elem_classes="rnn-answers"), gr.Tabs():
            with gr.Tab(label("Ask", "묻기"), id="ask"):
                _build_asking(given, events)
            with gr.Tab(label("Swap two words", "두 낱말 바꾸기"), id="swap"):
                tabs.build_swapping(given)
            with gr.Tab(label("Twenty questions", "스무 가지 질문"), id="twenty"):
                tabs.build_twenty(given)
            with gr.Tab(label("Where it fails", "틀리는 경우"), id="failures"):
                tabs.build_failures(given, names)
            with gr.Tab(label("The models", "모델"), id="models"):
                tabs.build_models(names)
    _build_api()
    components.add_models_endpoint(PAGE, inference.list_models)


def warm_up() -> None:
    """Load Keras and the first model, and compile, so that the first visitor need not wait."""
    if models.available(TASK):
        name = drawn.name_of(examples.OPENING)
        for _ in show_answers(name, None, _opening("en"), models.first(PAGE), False, False):
            pass


# What the buttons do ---------------------------------------------------------------------------------


def show_answers(
    name: str | None, path: str | None, question: str | None, model: str, hide_picture: bool, hide_question: bool
) -> Iterator[tuple[str, str, str]]:
    """The answers with reasons not to trust them, the maps, and nothing forced yet; HTML."""
    inference.checked_question(question)
    yield run.LOADING, gr.skip(), ""
    loaded, about, asked = inference.ask_one(name, path, question, model)
    answer = asked.chosen(hide_picture, hide_question)
    figure = attention_view.figure(about.photograph, loaded, answer, hidden=bool(hide_picture))
    shown = views.answers(asked, hide_picture, hide_question) + views.hints(
        answer, asked.right, about.number is not None
    )
    yield shown, figure, ""
    with validation.user_errors():
        model, loaded = inference.get_model(model)
        if about.number is None and inference.is_scene_model(model):
            found = inference.strangeness_of(model, loaded, inference.seen_by(loaded, about.photograph))
            yield shown + strange.told(found, views.STRANGE, views.SIGMA), figure, ""


def show_forced(name: str | None, path: str | None, question: str | None, model: str, place: float | None) -> str:
    """The answer as it was, and with all attention on one place; HTML."""
    loaded, about, before, after, place = inference.ask_forced(name, path, question, model, place)
    figure = attention_view.figure(about.photograph, loaded, after, place=place)
    return views.forced(before, after, place, about.right_answer(before.question)) + figure


def show_picked(
    name: str | None, path: str | None, question: str | None, model: str, event: gr.EventData
) -> tuple[int, str]:
    """As `show_forced`, for a click on a place; before it the number of the place."""
    place = validation.clicked(event, "place")
    return place, show_forced(name, path, question, model, place)


def _show_scene(
    number: int, question: str | None, model: str, hide_picture: bool, hide_question: bool
) -> Iterator[tuple[Any, ...]]:
    """Another scene and a question that suits it, answered at once."""
    name = drawn.name_of(number)
    language = inference.language_of(question or "")
    languages = inference.languages(model)
    suited = drawn.suggested(number, language if language in languages else languages[0])[0].text
    for step in show_answers(name, None, suited, model, hide_picture, hide_question):
        yield drawn.picture_of(number), name, suited, *step


def _show_new(question: str | None, *asked: Any) -> Iterator[tuple[Any, ...]]:
    """A scene that nobody has seen."""
    yield from _show_scene(secrets.randbelow(drawn.LAST + 1), question, *asked)


def _show_example(
    question: str | None, model: str, hide_picture: bool, hide_question: bool, event: gr.EventData
) -> Iterator[tuple[Any, ...]]:
    """One of the scenes that are offered."""
    n = validation.clicked(event, "n")
    number = validation.whole_number(n, 0, drawn.LAST, "The number of the scene", "그림의 번호")
    yield from _show_scene(number, question, model, hide_picture, hide_question)


def _show_suggested(
    name: str | None, path: str | None, model: str, hide_picture: bool, hide_question: bool, event: gr.EventData
) -> Iterator[tuple[Any, ...]]:
    """One of the questions that are suggested."""
    n = validation.whole_number(validation.clicked(event, "n"), 0, 99, "The number of the question", "질문의 번호")
    question = examples.suggested(name, model, n)
    for step in show_answers(name, path, question, model, hide_picture, hide_question):
        yield question, *step


def _show_upload(path: str | None, question: str | None, *asked: Any) -> Iterator[tuple[str, str, str]]:
    """A picture of the visitor's is asked at once; one that was taken away leaves an empty page."""
    if path is None:
        yield EMPTY, "", ""
    else:
        yield from show_answers("", path, question, *asked)


# The parts of the page -------------------------------------------------------------------------------


def _opening(language: str) -> str:
    """The question that the page opens with."""
    return drawn.suggested(examples.OPENING, language)[0].text


def _build_given(names: list[str]) -> tuple[Given, dict[str, Any]]:
    """Picture, question and model, which all tabs share, and what starts an answer: buttons and suggestions."""
    first, opening = models.first(PAGE), drawn.name_of(examples.OPENING)
    picture = pictures.picture_box(
        value=drawn.picture_of(examples.OPENING),
        label=f"{label('Picture', '그림')} (≤ {pictures.BYTES_LIMIT // 1_000_000} MB)",
        format="png",
        sources=["upload", "webcam", "clipboard"],
        webcam_options=gr.WebcamOptions(mirror=False),
        buttons=["fullscreen"],
        height=300,
        elem_id="picture",
    )
    new = gr.Button(label("New scene", "새 그림"), size="sm", elem_id="picture-new")
    scenes = _buttons(views.thumbnails([(number, _small(number)) for number in examples.SCENES]), "picture-scenes")
    name = gr.Textbox(opening, visible=False)
    languages = inference.languages(first)
    question = components.text_box(label("Question", "질문"), inference.QUESTION_LIMIT, 1, "question")
    question.value = _opening(languages[0])
    if "ko" in languages:
        components.begin_in_language(question, ko=_opening("ko"))
    suggestions = _buttons(views.suggestions(examples.suggestions(opening, first)), "question-suggestions")
    model = components.model_choice(PAGE, inference.choices(names), "ask-model")
    gr.on(
        [name.change, model.change],
        lambda name, model: views.suggestions(examples.suggestions(name, model)),
        [name, model],
        suggestions,
        **SMALL,
    )
    picture.input(None, None, name, js="() => ''", **SMALL)
    linked = {"picture": _linked(picture, name), "question": question, "model": model}
    return Given(name, picture, question, model, linked), {"new": new, "scenes": scenes, "suggestions": suggestions}


def _buttons(value: str, name: str) -> gr.HTML:
    script = assets.asset("shared", "choice_buttons.js")
    return gr.HTML(value, js_on_load=script, apply_default_css=False, elem_id=name)


def _small(number: int) -> Any:
    """A scene as a thumbnail."""
    from PIL import Image

    return Image.fromarray(drawn.picture_of(number)).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)


def _linked(picture: gr.Image, name: gr.Textbox) -> link_settings.Setting:
    """The picture as links hold it: the name of a scene."""
    needed = "Your own picture is not in the link.", "직접 올린 그림은 링크에 담기지 않습니다."

    def read(value: str) -> list[Any]:
        number = drawn.number_of(value)
        if number is None:
            raise link_settings.UnfitError(
                f"expected scene-0 to scene-{drawn.LAST}", f"scene-0부터 scene-{drawn.LAST}까지의 이름이어야 합니다"
            )
        return [drawn.picture_of(number), value]

    return link_settings.Setting(name, [picture, name], read, needed=needed, opening=name.value)


def _build_asking(given: Given, events: dict[str, Any]) -> None:
    with gr.Row(elem_classes="rnn-controls"):
        with gr.Row(elem_classes="rnn-switches"):
            hide_picture = gr.Checkbox(
                False, label=label("Hide the picture", "그림 가리기"), elem_id="ask-hide-picture"
            )
            hide_question = gr.Checkbox(
                False, label=label("Hide the question", "질문 가리기"), elem_id="ask-hide-question"
            )
        with gr.Row():
            start = gr.Button(label("Ask", "묻기"), variant="primary", min_width=120, elem_id="ask-start")
            stop = run.stop_button("ask")
    answers = gr.HTML(EMPTY, apply_default_css=False, elem_id="ask-answers")
    figure = attention_map.view(elem_id="ask-figure")
    forced = attention_map.view(elem_id="ask-forced")
    place = gr.Number(-1, precision=0, visible=False)
    again = gr.Button(visible="hidden", elem_id="ask-again")
    switches = [hide_picture, hide_question]
    second = links.Second(again, "#ask-figure .rnn-overlay", {"place": link_settings.number(place, 0, 999, whole=True)})
    links.register(start, second, **given.links, hide_picture=hide_picture, hide_question=hide_question)
    asked = [*given.asked, *switches]
    shown = [answers, figure, forced]
    running = run.connect(
        start,
        show_answers,
        asked,
        shown,
        stop=stop,
        doing=ASKING,
        others=[events["scenes"], events["suggestions"]],
        fields={**given.fields, "place": figure},
        api_name="vqa_answers",
        **SHOWING,
    )
    drawn_anew = [given.picture, given.name, given.question, *shown]
    of_scene = [given.question, given.model, *switches]
    running.also(events["new"].click, _show_new, of_scene, drawn_anew, api_name="vqa_new_scene")
    running.also(events["scenes"].click, _show_example, of_scene, drawn_anew, api_name="vqa_scene")
    running.also(
        events["suggestions"].click,
        _show_suggested,
        [given.name, given.picture, given.model, *switches],
        [given.question, *shown],
        api_name="vqa_suggested",
    )
    running.also(given.picture.input, _show_upload, [given.picture, *of_scene], api_name="vqa_upload")
    for switch in switches:
        running.also(switch.input, show_answers, asked, api_name=f"vqa_{switch.elem_id[4:].replace('-', '_')}")
    running.also(given.question.submit, show_answers, asked, api_name="vqa_submitted")
    running.also(figure.click, show_picked, given.asked, [place, forced], api_name="vqa_picked")
    running.also(again.click, show_forced, [*given.asked, place], forced, api_name="vqa_forced")


# For programs ----------------------------------------------------------------------------------------


def _build_api() -> None:
    """The endpoints that take a picture: `gr.api` knows no files, so parts that nobody sees stand for the types."""
    with gr.Row(visible=False):
        picture, question, model, answer = pictures.picture_box(), gr.Textbox(), gr.Textbox(""), gr.JSON()
        hide_picture, hide_question = gr.Checkbox(False), gr.Checkbox(False)
        row, column = gr.Number(precision=0), gr.Number(precision=0)  # without a value: they must be given
        inputs = [picture, question, model, hide_picture, hide_question]
        gr.Button().click(inference.ask, inputs, answer, api_name="ask", **inference.CONCURRENCY)
        inputs = [picture, question, row, column, model]
        gr.Button().click(inference.look_at, inputs, answer, api_name="look_at", **inference.CONCURRENCY)
    gr.api(inference.scene, api_name="scene")
