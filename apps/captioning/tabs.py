"""The captioning page's tabs beside "Describe": the gaze steered, soft and hard attention, four ways in, a gallery."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps.captioning import PAGE, attention_view, examples, inference, views
from apps.captioning.inference import TASK
from apps.shared import attention_map, beam_search, components, link_settings, links, models, run, validation
from apps.shared import pictures as shared_pictures
from apps.shared.cards import card, looked, side_by_side
from apps.shared.components import SMALL
from apps.shared.languages import both, label, markdown

STEERING = markdown(
    """
Describe the picture, choose a word (a tile or the slider), then a place in the large picture (a click, or the arrow
keys and Enter): the model is made to look there, and there only, while it writes this word. What follows is its own.
""",
    """
사진을 설명하게 한 뒤 낱말(타일이나 슬라이더)을 고르고, 큰 사진에서 칸을 고르세요(누르거나, 화살표 키와
Enter). 그 낱말을 쓰는 동안 모델은 그 칸만 보게 되고, 그 뒤는 스스로 씁니다.
""",
)
ATTENTIONS = markdown(
    """
*Soft* attention takes an average over all places, *hard* attention looks at one of them and learns where by trial and
error (REINFORCE). The same picture, both maps.
""",
    """
*부드러운(soft)* 주의는 모든 칸의 가중 평균을 내고, *딱딱한(hard)* 주의는 한 칸만 보며 어디를 볼지 시행착오(REINFORCE)로
배웁니다. 같은 사진을 두 모델이 어떻게 보는지 비교해 보세요.
""",
)
INJECTIONS = markdown(
    """
Without attention the picture is one vector *v*. The lecture and its notes disagree on where it enters the recurrent
network; here are four small models.
""",
    """
주의가 없으면 사진은 벡터 *v* 하나입니다. 이 벡터가 순환 신경망의 어디로 들어가는지는 강의와 강의록이 서로
다릅니다. 작은 모델 네 개를 비교합니다.
""",
)
GALLERY = markdown(
    """
Pictures that are like the training data, and pictures that are not, with the reasons. Nothing is prepared: the model
that you choose describes them now.
""",
    """
학습 사진과 비슷한 사진과 그렇지 않은 사진, 그리고 그 이유입니다. 미리 준비한 답은 없습니다. 고른 모델이
지금 설명합니다.
""",
)
NO_OTHER = markdown(
    """
There is no model for this yet. Train one: `python -m training.captioning train {options}`
""",
    """
여기에 쓸 모델이 아직 없습니다. 다음 명령으로 학습하세요: `python -m training.captioning train {options}`
""",
)
COMPARE = label("Compare", "비교")
PLACES_LIMIT = 1_000  # what a link may ask for; how many words and places there are, the model says
LOOKING = label("Looking…", "사진을 보는 중…")

SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}


# What the buttons do ---------------------------------------------------------------------------------


def show_before(picture: str | None, model: str) -> tuple[str, str]:
    """A caption that can be steered: its text and its maps, whose cells can be chosen."""
    photograph = shared_pictures.open_photograph(picture)
    with validation.user_errors():
        _, loaded = inference.get_model(model)
        found = inference.describe(photograph, loaded, beam=1)
    numbers = views.numbers(found)
    figure = attention_view.figure(photograph, loaded, found, picked=True, note="")
    heading = looked("the greedy caption", "그리디 설명을")
    return card(both("Greedy", "그리디"), views.caption_html(found), numbers) + heading + figure, ""


def show_steered(picture: str | None, model: str, at: float | None, place: float | None) -> str:
    """The caption before and after, with the first difference marked."""
    at, place = (value if isinstance(value, int) else None for value in (at, place))
    _, loaded, photograph, before, after = inference.greedy_and_steered(picture, model, at, place)
    return views.steered(photograph, loaded, before, after, at, place)


def show_picked(picture: str | None, model: str, event: gr.EventData) -> str:
    """As `show_steered`, for a click on a cell of the picture."""
    return show_steered(picture, model, *(validation.clicked(event, name) for name in ("at", "place")))


def show_attentions(picture: str | None, soft: str, hard: str, beam: float) -> Iterator[str]:
    """The captions and the maps of two models, side by side."""
    options = beam_search.search_options(beam)
    photograph = shared_pictures.open_photograph(picture)
    sides: list[str] = []
    with validation.user_errors():
        for name in (soft, hard):
            yield side_by_side([*sides, card("…", views.WAITING, writing=True)])
            name, loaded = inference.get_model(name)
            found = inference.describe(photograph, loaded, **options)
            sides.append(views.column(photograph, loaded, name, found, options["length_penalty"]))
    yield side_by_side(sides)


def show_injections(picture: str | None, beam: float) -> Iterator[str]:
    """The captions of the models without attention, one after the other as they come."""
    options = beam_search.search_options(beam)
    photograph = shared_pictures.open_photograph(picture)
    chosen = inference.by_injection(models.available(TASK))
    found: dict[str, tuple] = {}

    def cards() -> str:
        penalty = options["length_penalty"]
        return side_by_side(
            [
                views.injection(inject, name, *found.get(inject, (None, None)), penalty)
                for inject, name in chosen.items()
            ]
        )

    yield cards()
    with validation.user_errors():
        for inject, name in chosen.items():
            _, loaded = inference.get_model(name)
            found[inject] = loaded, inference.describe(photograph, loaded, **options)
            yield cards()


def show_gallery(model: str, beam: float) -> Iterator[str]:
    """All examples, one after the other as they are described."""
    options = beam_search.search_options(beam)
    with validation.user_errors():
        name, loaded = inference.get_model(model)
        pictures = examples.examples_for(inference.is_scene_model(name))
        found: list[Any] = [None] * len(pictures)
        yield views.gallery(pictures, found)
        for n, example in enumerate(pictures):
            photograph = shared_pictures.open_photograph(str(example.path))
            found[n] = inference.describe(photograph, loaded, **options)
            yield views.gallery(pictures, found)


# The tabs --------------------------------------------------------------------------------------------


def build_steering(names: list[str], picture: gr.Image, linked: link_settings.Setting) -> None:
    """Put the tab "Steer" into the page; `names` are models with attention, `linked` the picture as links hold it."""
    gr.Markdown(STEERING)
    if not names:
        gr.Markdown(NO_OTHER.format(options="--attention soft"))
        return
    with gr.Row(elem_classes="rnn-controls"):
        model = components.model_choice(PAGE, inference.choices(names), "steer-model")
        with gr.Row():
            start = gr.Button(label("Describe", "설명하기"), variant="primary", min_width=120, elem_id="steer-start")
            stop = run.stop_button("steer")
    # What was chosen last, for links; nobody sees these.
    chosen = {name: gr.Number(precision=0, visible=False) for name in ("at", "place")}
    again = gr.Button(visible="hidden", elem_id="steer-again")
    words_and_places = {name: link_settings.number(box, 0, PLACES_LIMIT, whole=True) for name, box in chosen.items()}
    links.register(
        start, links.Second(again, "#steer-before .rnn-overlay", words_and_places), picture=linked, model=model
    )
    with gr.Row(elem_classes="rnn-sides"):
        before = attention_map.view(elem_id="steer-before")
        after = attention_map.view(elem_id="steer-after")
    # The words and places are those of the picture that was described.
    for changed in (picture, model):
        changed.change(lambda: ("", ""), None, [before, after], **SMALL)
    looking = run.connect(
        start,
        show_before,
        [picture, model],
        [before, after],
        stop=stop,
        doing=LOOKING,
        others=[before],
        api_name="show_before",
        **SHOWING,
    )
    looking.also(before.click, show_picked, [picture, model], after, api_name="show_looking_elsewhere")
    looking.also(again.click, show_steered, [picture, model, *chosen.values()], after, api_name="show_steered")
    before.click(_chosen, None, list(chosen.values()), **SMALL)


def _chosen(event: gr.EventData) -> list[int]:
    """The word and the place that were clicked."""
    return [
        validation.whole_number(validation.clicked(event, name), 0, PLACES_LIMIT, what, what_ko)
        for name, what, what_ko in (("at", "The word to be written", "쓸 낱말"), ("place", "The place", "볼 칸"))
    ]


def build_attentions(names: list[str], picture: gr.Image, linked: link_settings.Setting) -> None:
    """Put the tab "Soft, hard" into the page."""
    gr.Markdown(ATTENTIONS)
    soft, hard = (inference.with_attention(names, kind) for kind in ("soft", "hard"))
    if not soft or not hard:
        gr.Markdown(NO_OTHER.format(options=f"--attention {'hard' if soft else 'soft'}"))
        return
    with gr.Row(elem_classes="rnn-controls"):
        first = components.model_choice(PAGE, inference.choices(soft), "attentions-soft", label("Soft", "부드러운"))
        second = components.model_choice(PAGE, inference.choices(hard), "attentions-hard", label("Hard", "딱딱한"))
        beam = components.beam_choice("attentions-beam")
    with gr.Row():
        start = gr.Button(COMPARE, variant="primary", scale=2, elem_id="attentions-start")
        stop = run.stop_button("attentions")
    links.register(start, picture=linked, soft=first, hard=second, beam=beam)
    view = attention_map.view(elem_id="attentions-view")
    run.connect(
        start,
        show_attentions,
        [picture, first, second, beam],
        view,
        stop=stop,
        doing=LOOKING,
        api_name="show_attentions",
        **SHOWING,
    )


def build_injections(names: list[str], picture: gr.Image, linked: link_settings.Setting) -> None:
    """Put the tab "Four ways" into the page."""
    gr.Markdown(INJECTIONS)
    if not inference.by_injection(names):
        gr.Markdown(NO_OTHER.format(options="--attention none --inject h0"))
        return
    with gr.Row(elem_classes="rnn-controls"):
        beam = components.beam_choice("injections-beam")
        with gr.Row():
            start = gr.Button(COMPARE, variant="primary", min_width=120, elem_id="injections-start")
            stop = run.stop_button("injections")
    links.register(start, picture=linked, beam=beam)
    view = attention_map.view(elem_id="injections-view")
    run.connect(
        start,
        show_injections,
        [picture, beam],
        view,
        stop=stop,
        doing=LOOKING,
        api_name="show_injections",
        **SHOWING,
    )


def build_gallery(names: list[str]) -> None:
    """Put the tab "Gallery" into the page."""
    gr.Markdown(GALLERY)
    with gr.Row(elem_classes="rnn-controls"):
        model = components.model_choice(PAGE, inference.choices(names), "gallery-model")
        beam = components.beam_choice("gallery-beam")
        with gr.Row():
            start = gr.Button(
                label("Describe all", "모두 설명하기"), variant="primary", min_width=120, elem_id="gallery-start"
            )
            stop = run.stop_button("gallery")
    links.register(start, model=model, beam=beam)
    view = gr.HTML(_waiting_gallery(models.first(PAGE, names)), apply_default_css=False, elem_id="gallery-view")
    model.change(_waiting_gallery, model, view, **SMALL)
    run.connect(
        start,
        show_gallery,
        [model, beam],
        view,
        stop=stop,
        doing=LOOKING,
        api_name="show_gallery",
        **SHOWING,
    )


def _waiting_gallery(model: str) -> str:
    """The gallery of a model that has not been asked yet."""
    pictures = examples.examples_for(inference.is_scene_model(model))
    return views.gallery(pictures, [None] * len(pictures))
