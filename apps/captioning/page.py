"""The captioning page: a picture described, where the network looked for each word, and its gaze turned elsewhere.

`python -m apps.captioning` serves this page alone; `python -m apps` serves it among the others.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from apps.captioning import PAGE, attention_image, examples, inference, tabs, views
from apps.captioning.inference import TASK
from apps.captioning.tabs import SHOWING
from apps.shared import (
    assets,
    attention_map,
    beam_search,
    components,
    link_settings,
    links,
    models,
    pictures,
    run,
    seeds,
    validation,
)
from apps.shared.cards import BEAM, GREEDY, LOADING, WAITING, alternatives, card, side_by_side
from apps.shared.components import SMALL
from apps.shared.languages import both, label, markdown, sentences

INTRODUCTION = markdown(
    """
A photograph in, a sentence out: one network sees the picture as a grid of places, a recurrent one writes what is
there, word by word, and looks at some of the places for each word.
""",
    """
사진이 들어가고 문장이 나옵니다. 한 신경망은 사진을 격자 모양의 칸으로 나누어 보고, 순환 신경망은 낱말을 하나씩
쓰면서 낱말마다 몇몇 칸에 주의를 기울입니다. 모든 모델이 영어 설명으로 학습해 설명은 영어로 나옵니다.
""",
)
NO_MODEL = markdown(
    """
No trained model was found. Make one with `python -m training.captioning train`, or on drawn scenes, which need no
download: `python -m training.captioning train --dataset scenes --export pretrained/captioning/scenes`.
""",
    """
학습된 모델이 없습니다. `python -m training.captioning train`으로 만드세요. 그린 장면은 내려받을 것이 없습니다:
`python -m training.captioning train --dataset scenes --export pretrained/captioning/scenes`.
""",
)
EMPTY_TEXT = sentences(
    "Upload a picture, take one, or choose an example.",
    "사진을 올리거나, 찍거나, 예시를 골라 보세요.",
)
EMPTY = f'<p class="rnn-empty">{EMPTY_TEXT}</p>'
LOOKING = f'<span class="rnn-waiting">{both("Looking…", "보는 중…")}</span>'
FILE = "caption-maps.png"


def build() -> None:
    """Put the page into the Blocks that is open."""
    names = models.available(TASK)
    if not names:
        gr.Markdown(NO_MODEL)
        return
    gr.Markdown(INTRODUCTION)
    with gr.Row(elem_classes="rnn-asking rnn-picturing"):
        with gr.Column(elem_classes="rnn-ask"):
            picture, name, chosen = _build_picture()
        linked = _linked(picture, name)
        with gr.Column(elem_classes="rnn-answers"), gr.Tabs():
            with gr.Tab(label("Describe", "설명"), id="describe"):
                _build_describing(names, picture, chosen, linked)
            with gr.Tab(label("Steer", "주의 돌리기"), id="steer"):
                tabs.build_steering(inference.with_attention(names), picture, linked)
            with gr.Tab(label("Soft, hard", "부드러운·딱딱한 주의"), id="attentions"):
                tabs.build_attentions(names, picture, linked)
            with gr.Tab(label("Four ways", "네 가지 방식"), id="injections"):
                tabs.build_injections(names, picture, linked)
            with gr.Tab(label("Gallery", "갤러리"), id="gallery"):
                tabs.build_gallery(names)
    _build_api()
    components.add_models_endpoint(PAGE, inference.list_models, "list_captioners")


def warm_up() -> None:
    """Load Keras, the encoder and the first model, and compile, so that the first visitor need not wait."""
    if models.available(TASK):
        for _ in show_caption(str(examples.EXAMPLES[0].path), models.first(PAGE), 5, 1.0, 0, inference.TEMPERATURE):
            pass


# What the buttons do ---------------------------------------------------------------------------------


def show_caption(
    picture: str | None,
    model: str,
    beam: float,
    length_penalty: float,
    samples: float,
    temperature: float,
    seed: float | None = 0,
) -> Iterator[tuple[Any, Any, Any]]:
    """The captions as they come and the maps, as HTML, and in the end the maps as a file to keep.

    Seed 0 draws the samples with a new seed.
    """
    options = beam_search.search_options(beam, length_penalty)
    count, temperature = inference.sampling_options(samples, temperature)
    drawn_with = seeds.used(seed)
    photograph = pictures.open_photograph(picture)
    penalty, none = options["length_penalty"], gr.DownloadButton(visible=False)
    yield _cards(card(GREEDY, LOADING, writing=True), card(BEAM, WAITING)), "", none
    with validation.user_errors():
        _, loaded = inference.get_model(model)
        greedy = inference.describe(photograph, loaded, beam=1)
        first = card(GREEDY, views.caption_html(greedy), views.numbers(greedy, penalty))
        yield _cards(first, card(BEAM, LOOKING, writing=True)), gr.skip(), gr.skip()
        found = inference.describe(photograph, loaded, **options)
        below = views.numbers(found, penalty) + alternatives(found)
        cards = [first, card(f"{BEAM} {options['beam']}", views.caption_html(found), below)]
        strange = views.strangeness(found)
        figures = views.result(photograph, loaded, greedy, found)
        waiting = [card(both("Samples", "표본"), LOOKING, writing=True)] if count else []
        yield _cards(*cards, *waiting) + strange, figures, gr.skip()
        if count:
            drawn = inference.draw_samples(photograph, loaded, count, temperature, drawn_with)
            cards.append(views.samples(drawn, temperature, seeds.shown(seed, drawn_with)))
    # Gradio copies the finished file to its own folder; this one is gone at the end.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        attention_image.sheet(photograph, loaded, found).save(path)
        yield _cards(*cards) + strange, gr.skip(), gr.DownloadButton(value=str(path), visible=True)


def _cards(*found: str) -> str:
    return side_by_side(found, "rnn-captions")


# The picture, and the tab "Describe" -----------------------------------------------------------------


def _build_picture() -> tuple[gr.Image, gr.Textbox, gr.HTML]:
    """One picture for all tabs, its name if it is an example, and the examples."""
    suited = examples.examples_for(inference.is_scene_model(models.first(PAGE)))
    picture = pictures.picture_box(
        value=str(suited[0].path),
        label=f"{label('Picture', '사진')} (≤ {pictures.BYTES_LIMIT // 1_000_000} MB)",
        sources=["upload", "webcam", "clipboard"],
        webcam_options=gr.WebcamOptions(mirror=False),
        buttons=["fullscreen"],
        height=280,
        elem_id="picture",
    )
    chosen = gr.HTML(
        views.thumbnails(suited),
        js_on_load=assets.asset("shared", "choice_buttons.js"),
        apply_default_css=False,
        elem_id="picture-examples",
    )
    name = gr.Textbox(suited[0].file, visible=False)
    chosen.click(_path_and_name, None, [picture, name], **SMALL)
    picture.input(None, None, name, js="() => ''", **SMALL)
    return picture, name, chosen


def _linked(picture: gr.Image, name: gr.Textbox) -> link_settings.Setting:
    """The picture as links hold it."""
    paths = {example.file: example.path for example in examples.EXAMPLES}
    needed = "Your own picture is not in the link.", "직접 올린 사진은 링크에 담기지 않습니다."
    return link_settings.file(picture, name, paths, name.value, needed)


def _build_describing(names: list[str], picture: gr.Image, chosen: gr.HTML, linked: link_settings.Setting) -> None:
    first = models.first(PAGE)
    with gr.Row(elem_classes="rnn-controls"):
        model = components.model_choice(PAGE, inference.choices(names), "describe-model")
        beam = components.beam_choice("describe-beam")
        with gr.Row():
            start = gr.Button(label("Describe", "설명하기"), variant="primary", min_width=120, elem_id="describe-start")
            stop = run.stop_button("describe")
    with gr.Accordion(label("More settings", "추가 설정"), open=False):
        penalty = components.length_penalty_choice(
            beam_search.PENALTY_LIMIT, label("higher: longer captions", "높을수록 긴 설명"), "describe-penalty"
        )
        samples = gr.Slider(
            0, inference.SAMPLES_LIMIT, 4, step=1, label=label("Samples", "표본 수"), elem_id="describe-samples"
        )
        temperature = gr.Slider(
            *inference.TEMPERATURES,
            inference.TEMPERATURE,
            step=0.1,
            label=label("Temperature", "온도"),
            info=label("higher: more varied, and more often wrong", "높을수록 다양하지만 더 자주 틀림"),
            elem_id="describe-temperature",
        )
        seed = seeds.field("describe-seed")
    cards = gr.HTML(
        EMPTY,
        js_on_load=assets.asset("shared", "choice_buttons.js"),
        apply_default_css=False,
        elem_id="describe-cards",
    )
    figures = attention_map.view(elem_id="describe-figures")
    save = gr.DownloadButton(
        f"{label('Save the maps', '주의 지도 저장')} (PNG)", visible=False, size="sm", elem_id="describe-save"
    )
    with gr.Accordion(label("About this model", "모델 소개"), open=False):
        about = gr.Markdown(models.card(first, TASK), elem_classes="rnn-model-card", elem_id="describe-card")
    links.register(
        start,
        picture=linked,
        model=model,
        beam=beam,
        penalty=penalty,
        samples=samples,
        temperature=temperature,
        seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True),
    )
    seeds.keep_from(cards, seed, start)
    asked = [model, beam, penalty, samples, temperature, seed]
    running = run.connect(
        start,
        show_caption,
        [picture, *asked],
        [cards, figures, save],
        stop=stop,
        doing=tabs.LOOKING,
        others=[chosen],
        api_name="show_caption",
        **SHOWING,
    )
    running.also(picture.input, _show_new, [picture, *asked], api_name="show_caption_of_new")
    running.also(chosen.click, _show_example, asked, api_name="show_caption_of_example")
    model.change(lambda name: models.card(name, TASK), model, about, **SMALL)


def _show_new(picture: str | None, *asked: Any) -> Iterator[tuple]:
    """What a visitor chose is described at once; a picture that was taken away leaves an empty page."""
    if picture is None:
        yield EMPTY, "", gr.DownloadButton(visible=False)
    else:
        yield from show_caption(picture, *asked)


def _show_example(
    model: str,
    beam: float,
    length_penalty: float,
    samples: float,
    temperature: float,
    seed: float | None,
    event: gr.EventData,
) -> Iterator[tuple]:
    yield from show_caption(str(_chosen(event).path), model, beam, length_penalty, samples, temperature, seed)


def _path_and_name(event: gr.EventData) -> tuple[str, str]:
    return str(_chosen(event).path), _chosen(event).file


def _chosen(event: gr.EventData) -> examples.Example:
    """The example that was clicked."""
    suited = examples.examples_for(inference.is_scene_model(models.first(PAGE)))
    n = validation.clicked(event, "n")
    return suited[validation.whole_number(n, 0, len(suited) - 1, "The number of the example", "예시의 번호")]


# For programs ----------------------------------------------------------------------------------------


def _build_api() -> None:
    """The endpoints that take a picture: `gr.api` knows no files, so parts that nobody sees stand for the types."""
    with gr.Row(visible=False):
        picture, model, answer = pictures.picture_box(), gr.Textbox(""), gr.JSON()
        beam, samples = (gr.Number(value, precision=0) for value in (5, 0))
        at, place = gr.Number(precision=0), gr.Number(precision=0)  # without a value: they must be given
        penalty, temperature = gr.Number(1.0), gr.Number(inference.TEMPERATURE)
        inputs = [picture, model, beam, penalty, samples, temperature]
        gr.Button().click(inference.caption_image, inputs, answer, api_name="caption_image", **inference.CONCURRENCY)
        gr.Button().click(
            inference.steer_caption,
            [picture, at, place, model],
            answer,
            api_name="steer_caption",
            **inference.CONCURRENCY,
        )
