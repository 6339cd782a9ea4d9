"""The translation page: a sentence translated, where the model looked, its beam, and the model steered.

`python -m apps.translation` serves this page alone; `python -m apps` serves it among the others.
"""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps.shared import beam_search, cards, components, links, models, run, validation
from apps.shared.components import SMALL
from apps.shared.hints import hints_html
from apps.shared.languages import both, label, markdown, sentences
from apps.translation import PAGE, attention_view, examples, inference, tabs, views
from apps.translation.inference import TASK

INTRODUCTION = markdown(
    """
One recurrent network reads a sentence, another writes it in a second language, and looks back at the first one's
words while it writes: *attention*. *Greedy* takes the likeliest token at every step; *beam search* keeps several
beginnings and finds sentences that are likelier as a whole.
""",
    """
순환 신경망 하나가 문장을 읽고 다른 하나가 다른 언어로 씁니다. 쓰는 동안 원문의 낱말을 돌아보는 방법이
*주의*(어텐션)입니다. *그리디 탐색*은 단계마다 가장 확률이 높은 토큰을 고르고, *빔 탐색*은 후보를 여럿 남겨 전체
확률이 더 높은 문장을 찾습니다.
""",
)
NO_MODEL = markdown(
    """
No trained model was found. Make one with `python -m training.translation train`, or in a minute or two a toy:
`python -m training.translation train --dataset reverse --export pretrained/translation/reverse`.
""",
    """
학습된 모델이 없습니다. `python -m training.translation train`으로 만드세요. 장난감 모델은 1~2분이면 됩니다:
`python -m training.translation train --dataset reverse --export pretrained/translation/reverse`.
""",
)
EMPTY_TEXT = sentences(
    "Write a sentence, or choose an example.",
    "문장을 쓰거나 예시를 골라 보세요.",
)
EMPTY = f'<p class="rnn-empty">{EMPTY_TEXT}</p>'
SEARCHING = both("Searching…", "탐색 중…")

FRAME = 0.05  # seconds between two updates of the page


def build() -> None:
    """Put the page into the Blocks that is open."""
    names = models.available(TASK)
    if not names:
        gr.Markdown(NO_MODEL)
        return
    with gr.Tabs():
        with gr.Tab(label("Translate", "번역"), id="translate"):
            _build_translating(names)
        with gr.Tab(label("Steer", "주의 돌리기"), id="steer"):
            tabs.build_steering([name for name in names if inference.has_attention(name)])
        with gr.Tab(label("Without attention", "주의 없이"), id="without"):
            tabs.build_comparison(names)
        with gr.Tab(label("Hard sentences", "어려운 문장"), id="gallery"):
            tabs.build_gallery([name for name in names if not inference.reads_digits(name)])
        with gr.Tab(label("Digits", "숫자"), id="digits"):
            tabs.build_digits([name for name in names if inference.reads_digits(name)])
    for function in (inference.translate, inference.align, inference.steer):
        gr.api(function, api_name=function.__name__, **inference.CONCURRENCY)
    components.add_models_endpoint(PAGE, inference.list_models)


def warm_up() -> None:
    """Load Keras and the first model, and compile, so that the first visitor need not wait."""
    if models.available(TASK):
        name = models.first(PAGE)
        for _ in show_translation(examples.sources(inference.languages(name))[0], name, 5, 1.0):
            pass


# What the buttons do ---------------------------------------------------------------------------------


def show_translation(
    text: str, model: str, beam: float, length_penalty: float
) -> Iterator[tuple[str, str, str | dict[str, Any]]]:
    """The greedy translation as it is written, then the beam's beside it, then the reasons; HTML."""
    text, chosen = inference.checked(text), beam_search.search_options(beam, length_penalty)
    card, penalty = cards.card, chosen["length_penalty"]
    yield card(cards.GREEDY, cards.LOADING, writing=True), card(cards.BEAM, cards.WAITING), ""
    with validation.user_errors():
        name, loaded = inference.get_model(model)
        shown = 0.0
        for so_far in loaded.stream(text):
            if time.monotonic() - shown >= FRAME:
                yield card(cards.GREEDY, cards.text_of(so_far), writing=True), gr.skip(), gr.skip()
                shown = time.monotonic()
        greedy = loaded.translate(text, beam=1)
        figures = views.numbers(greedy, penalty)
        first = card(cards.GREEDY, cards.text_of(greedy.text), figures)
        yield first, card(cards.BEAM, SEARCHING, writing=True), gr.skip()
        found = loaded.translate(text, **chosen)
    below = views.numbers(found, penalty) + hints_html(inference.hints(name, found)) + cards.alternatives(found)
    second = card(f"{cards.BEAM} {chosen['beam']}", cards.text_of(found.text), below)
    reason = views.reason_of(examples.example_of(text, inference.languages(name)))
    yield first, second, reason + views.reasons(loaded, greedy, found)


# The tab "Translate" ---------------------------------------------------------------------------------


def _build_translating(names: list[str]) -> None:
    gr.Markdown(INTRODUCTION)
    if inference.reads(names) and "ko" not in inference.reads(names):
        gr.Markdown(_no_korean(inference.reads(names)))
    first = models.first(PAGE)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model = components.model_choice(PAGE, inference.choices(names), "translate-model")
            text = components.text_box(label("Text", "글"), inference.TEXT_LIMIT, 3, "translate-text")
            with gr.Row():
                start = gr.Button(
                    label("Translate", "번역"), variant="primary", scale=2, min_width=80, elem_id="translate-start"
                )
                stop = run.stop_button("translate")
            easy = _examples(text, first, False, "translate-examples", label("Examples", "예시"))
            text.value = examples.sources(inference.languages(first))[0]
        with gr.Column(elem_classes="rnn-panes"):
            with gr.Row(elem_classes="rnn-sides"):
                greedy = gr.HTML(EMPTY, apply_default_css=False, elem_id="translate-greedy")
                found = gr.HTML(apply_default_css=False, elem_id="translate-found")
            reasons = attention_view.view(elem_id="translate-reasons")
        with gr.Column(elem_classes="rnn-dials"):
            beam = components.beam_choice("translate-beam", tabs.BEAM_INFO)
            penalty = components.length_penalty_choice(
                beam_search.PENALTY_LIMIT, label("higher: longer sentences", "높을수록 긴 문장"), "translate-penalty"
            )
            hard = _examples(text, first, True, "translate-hard", label("Hard ones", "어려운 예시"))
            with gr.Accordion(label("About this model", "모델 소개"), open=False):
                card = gr.Markdown(models.card(first, TASK), elem_classes="rnn-model-card", elem_id="translate-card")
    with ask:
        links.register(start, model=model, text=text, beam=beam, penalty=penalty)
    datasets = [easy, hard]
    asked = [model, beam, penalty]
    running = run.connect(
        start,
        show_translation,
        [text, *asked],
        [greedy, found, reasons],
        stop=stop,
        doing=tabs.TRANSLATING,
        others=datasets,
        api_name="show_translation",
        **tabs.SHOWING,
    )
    for n, dataset in enumerate(datasets):
        running.also(dataset.click, _show_example, [dataset, *asked], api_name=f"show_translation_{n}")
    model.input(lambda name: examples.sources(inference.languages(name))[0], model, text, **SMALL)
    model.change(_suit, model, [*datasets, card], **SMALL)


def _no_korean(read: list[str]) -> str:
    """Which languages the models read, where Korean is none of them: the examples are in these, too."""
    names, names_ko = zip(*(inference.LANGUAGES.get(code, (code, code)) for code in read), strict=True)
    return markdown(
        f"The models here read {' and '.join(names)}; none of them reads Korean.",
        f"여기 있는 모델이 읽는 언어는 {', '.join(names_ko)}입니다. 한국어를 읽는 모델은 없어 예시도 그 언어로 되어 "
        "있습니다.",
    )


def _show_example(sample: list[str], model: str, beam: float, length_penalty: float) -> Iterator[tuple]:
    yield from show_translation(sample[0], model, beam, length_penalty)


def _examples(text: gr.Textbox, model: str, hard: bool, name: str, label: str) -> gr.Dataset:
    dataset = components.examples(text, examples.sources(inference.languages(model), hard), name, label)
    dataset.sample_labels = examples.captions(inference.languages(model), hard)
    dataset.visible = bool(dataset.samples)
    return dataset


def _suit(model: str) -> tuple[gr.Dataset, gr.Dataset, str]:
    """All examples, and the card of a model that was chosen."""
    languages = inference.languages(model)
    sets = [
        gr.Dataset(
            samples=[[text] for text in examples.sources(languages, hard)],
            sample_labels=examples.captions(languages, hard),
            visible=bool(examples.sources(languages, hard)),
        )
        for hard in (False, True)
    ]
    return *sets, models.card(model, TASK)
