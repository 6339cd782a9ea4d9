"""The character model's page: watch it write, and see its surprise.

`python -m apps.char_lm` serves this page alone; `python -m apps` serves it among the others.
"""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import numpy as np

from apps.char_lm import (
    PAGE,
    adaptation,
    adaptation_view,
    character_view,
    examples,
    inference,
    stream,
    surprisal,
    surprisal_view,
    unknown_characters,
)
from apps.shared import assets, components, link_settings, links, model_titles, models, run, seeds, validation
from apps.shared.components import SMALL
from apps.shared.languages import both, label, markdown

TASK = inference.TASK
INTRODUCTION = markdown(
    """
A recurrent network reads one character at a time and gives every character a probability of coming next.
One is taken, written, and read in turn. *Sampling* draws it by those probabilities; *argmax* always takes
the likeliest, and soon goes round in circles.
""",
    """
순환 신경망은 글자를 하나씩 읽고 다음 글자의 확률을 냅니다. 그중 하나를 골라 쓰고, 쓴 글자를 다시
읽습니다. *표본추출*은 확률에 따라 뽑고, *argmax*는 늘 확률이 가장 높은 글자만 골라 곧 같은 말을
되풀이합니다.
""",
)
BARS = markdown(
    """
Point at a character: the bars are the model's own probabilities at that place (temperature 1), the written
one outlined. The warmer its colour, the less likely it was. In Hangul every jamo has its own bars; ↓ marks a
final consonant.
""",
    """
글자를 가리키면 그 자리에 올 글자들의 확률(온도 1)이 막대로 보이고, 실제로 쓴 글자에는
테두리가 있습니다. 색이 짙을수록 확률이 낮은 뜻밖의 글자입니다. 한글은 자모마다 막대가 있고 ↓는 받침입니다.
""",
)
SURPRISE = markdown(
    """
Paste a text: each character is coloured by how surprised the model was, −ln of the probability that it gave
to this character after all those before it. Try a sentence in the style of its training text, then put in a
typing error.
""",
    """
글을 붙여 넣으면 글자마다 모델이 얼마나 놀랐는지를 색으로 보여 줍니다. 앞의 글을 모두 읽은
뒤 그 글자에 부여한 확률에 −ln을 취한 값입니다. 학습한 글과 비슷한 문장을 넣어 보고, 일부러 오타도 넣어 보세요.
""",
)
NO_MODEL = markdown(
    """
No trained model was found. Make one with `python -m training.char_lm train`.
""",
    """
학습된 모델이 없습니다. `python -m training.char_lm train`으로 만드세요.
""",
)
CHOICES = assets.asset("shared", "choice_buttons.js")
SHOWN_SEGMENTS = 5
"""The curves of the adapted reading are drawn anew after so many segments."""


def build() -> None:
    """Put the page into the Blocks that is open."""
    names = models.available(TASK)
    if not names:
        gr.Markdown(NO_MODEL)
    with gr.Tabs(visible=bool(names)):
        if names:
            with gr.Tab(label("Write", "쓰기"), id="write"):
                _build_writing(names)
            with gr.Tab(label("Surprise", "놀람"), id="surprise"):
                _build_surprise(names)
    gr.api(inference.generate, api_name="generate", **inference.CONCURRENCY)
    gr.api(surprisal.score, api_name="score", **inference.CONCURRENCY)
    gr.api(adaptation.dynamic_evaluation, api_name="dynamic_evaluation", **inference.CONCURRENCY)
    components.add_models_endpoint(PAGE, list_models, "models")


def list_models() -> list[str]:
    """The names of the trained character models."""
    return models.available(TASK)


def warm_up() -> None:
    """Load Keras and the first model, and compile, so that the first visitor need not wait."""
    if models.available(TASK):
        model = models.first(PAGE)
        for _ in stream.write(model, "a", 2, 1.0, 0, 1.0, 1, stream.FULL_SPEED, beside=True):
            pass


def show_surprisal(
    model: str, text: str, adapt: bool = False, rate: float = adaptation.RATE
) -> Iterator[tuple[Any, Any, Any]]:
    """Score a text: the value of the view (see `apps.char_lm.character_view`), a summary, and the adapted reading."""
    text, rate = surprisal.checked(text), adaptation.checked_rate(rate)
    yield gr.skip(), run.LOADING, ""
    measured: list[surprisal.Character] = []
    with validation.user_errors():
        loaded = models.get(model, TASK)
        count = len(loaded.vocabulary.normalize(text))
        for character in surprisal.measure(loaded, text):
            measured.append(character)
            if len(measured) % surprisal.CHUNK == 0:
                yield gr.skip(), run.progress(len(measured), count, both("Characters", "글자")), ""
    note = unknown_characters.note(loaded.vocabulary, text)
    lines = (character_view.character_line(character.text, character.symbols) for character in measured)
    summary = surprisal_view.summary(measured, len(loaded.vocabulary))
    yield character_view.prompt_line() + "".join(lines), note + summary, ""
    if adapt:
        for learning in _show_adapted(loaded, text, measured, rate):
            yield gr.skip(), gr.skip(), learning


def _show_adapted(loaded: Any, text: str, measured: list[surprisal.Character], rate: float) -> Iterator[str]:
    """The second reading, by weights that go on learning, as it comes; HTML."""
    plain, adapted = np.array([character.nats for character in measured]), np.zeros(0)
    yield adaptation_view.progress(plain, adapted)
    for segment, adapted in enumerate(adaptation.read(loaded, text, rate), 1):
        if segment % SHOWN_SEGMENTS == 0:
            yield adaptation_view.progress(plain, adapted)
    yield adaptation_view.shown(loaded.vocabulary.normalize(text), plain, adapted)


# The tab "Write" -------------------------------------------------------------------------------------


def _build_writing(names: list[str]) -> None:
    gr.Markdown(INTRODUCTION)
    first = models.first(PAGE)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model = components.model_choice(PAGE, model_titles.choices(PAGE, names), "write-model")
            prompt = components.text_box(label("Prompt", "시작 글"), inference.PROMPT_LIMIT, 2, "write-prompt")
            prompt.value = examples.prompts(first)[0]
            samples = components.examples(prompt, examples.prompts(first), "write-examples")
            with gr.Row():
                start = gr.Button(label("Write", "쓰기"), variant="primary", min_width=80, elem_id="write-start")
                stop = run.stop_button("write")
        with gr.Column(elem_classes="rnn-panes"):
            gr.Markdown(BARS, elem_classes="rnn-small")
            gr.HTML(surprisal_view.legend(), apply_default_css=False)
            with gr.Row(elem_classes="rnn-views"):
                sampled = character_view.view(label("Sampled", "표본추출"), elem_id="write-sampled")
                greedy = character_view.view(label("Argmax", "최댓값 선택"), elem_id="write-greedy")
            status = gr.HTML(
                js_on_load=CHOICES, apply_default_css=False, elem_id="write-status", elem_classes="rnn-status"
            )
            with gr.Accordion(label("About this model", "모델 소개"), open=False):
                card = gr.Markdown(models.card(first, TASK), elem_classes="rnn-model-card", elem_id="write-card")
        with gr.Column(elem_classes="rnn-dials"):
            dials = _build_dials()
    with ask:
        _register_writing(start, model, prompt, dials)
    seeds.keep_from(status, dials[4], start)
    run.connect(
        start,
        stream.write,
        [model, prompt, *dials],
        [sampled, greedy, status],
        stop=stop,
        doing=label("Writing…", "쓰는 중…"),
        aside=dials[-2:],
        api_name="write",
        api_visibility="undocumented",
        **inference.CONCURRENCY,
    )
    _begin_in_language(model, prompt, names, examples.prompts)
    dials[-1].change(lambda beside: gr.update(visible=beside), dials[-1], greedy, **SMALL)
    status.click(unknown_characters.chosen, None, model, **SMALL)
    model.input(lambda name, text: _suited(text, examples.prompts(name)), [model, prompt], prompt, **SMALL)
    model.change(_suit_writing, model, [samples, card], **SMALL)


def _build_dials() -> list[gr.components.Component]:
    """The dials, in the order of `writing.write`'s arguments."""
    length = gr.Slider(
        1,
        inference.LENGTH_LIMIT,
        300,
        step=1,
        label=label("Length", "길이"),
        info=label("characters, in Korean jamo", "글자 수, 한글은 자모 수"),
        elem_id="write-length",
    )
    temperature = gr.Slider(
        0.05,
        2.0,
        0.8,
        step=0.05,
        label=label("Temperature", "온도"),
        info=label("low: safe, high: wild", "낮으면 안전하고 높으면 대담하게"),
        elem_id="write-temperature",
    )
    top_k = gr.Slider(
        0,
        50,
        0,
        step=1,
        label=label("Top-k", "상위 k"),
        info=label("draw among the k likeliest; 0: all", "상위 k개 중에서, 0은 모두"),
    )
    top_p = gr.Slider(
        0.05,
        1.0,
        1.0,
        step=0.05,
        label=label("Top-p", "누적 확률 p"),
        info=label("draw among the likeliest that sum to p", "누적 확률이 p가 될 때까지의 글자 중에서"),
    )
    with gr.Row():
        seed = seeds.field("write-seed")
        pace = gr.Radio(
            [stream.READABLE, stream.FULL_SPEED],
            value=stream.READABLE,
            label=label("Pace", "속도"),
            min_width=120,
            elem_id="write-pace",
        )
    beside = gr.Checkbox(True, label=label("Argmax beside it", "argmax와 나란히"), elem_id="write-beside")
    return [length, temperature, top_k, top_p, seed, pace, beside]


def _register_writing(
    start: gr.Button, model: gr.Dropdown, prompt: gr.Textbox, dials: list[gr.components.Component]
) -> None:
    """What a link to the tab can hold."""
    length, temperature, top_k, top_p, seed, pace, beside = dials
    links.register(
        start,
        model=model,
        prompt=prompt,
        length=length,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True),
        pace=pace,
        argmax=beside,
    )


def _begin_in_language(
    model: gr.Dropdown, text: gr.Textbox, names: list[str], texts: Callable[[str], list[str]]
) -> None:
    """In Korean with a model of Korean text and the first of its texts, if there is one; its examples come along."""
    for name in [name for name in names if "korean" in name][:1]:
        components.begin_in_language(model, ko=name)
        components.begin_in_language(text, ko=texts(name)[0])


def _suited(text: str, samples: list[str]) -> str:
    """The first example of a model that was chosen; a text of the visitor's own stays."""
    return samples[0] if examples.is_example(text) else text


def _suit_writing(model: str) -> tuple[gr.Dataset, str]:
    return gr.Dataset(samples=[[text] for text in examples.prompts(model)]), models.card(model, TASK)


# The tab "Surprise" ----------------------------------------------------------------------------------


def _build_surprise(names: list[str]) -> None:
    gr.Markdown(SURPRISE)
    first = models.first(PAGE)
    with gr.Row(elem_classes="rnn-surprise"):
        with gr.Column():
            model = components.model_choice(PAGE, model_titles.choices(PAGE, names), "surprise-model")
            text = components.text_box(label("Text", "글"), surprisal.TEXT_LIMIT, 5, "surprise-text")
            text.value = examples.texts(first)[0]
            samples = components.examples(text, examples.texts(first), "surprise-examples")
            with gr.Row():
                start = gr.Button(
                    label("How surprised?", "얼마나 놀랐나?"), variant="primary", scale=2, elem_id="surprise-start"
                )
                stop = run.stop_button("surprise")
            adapt = gr.Checkbox(
                False,
                label=label("Go on learning while it reads", "읽으면서 계속 배우기"),
                info=label("a second reading: dynamic evaluation", "한 번 더 읽습니다: 동적 평가"),
                elem_id="surprise-adapt",
            )
            rate = gr.Slider(
                adaptation.LEAST_RATE,
                adaptation.MOST_RATE,
                adaptation.RATE,
                step=0.01,
                label=label("Its learning rate", "학습률"),
                elem_id="surprise-rate",
                visible=False,
            )
            links.register(start, model=model, text=text, adapt=adapt, rate=rate)
        with gr.Column():
            gr.HTML(surprisal_view.legend(), apply_default_css=False)
            view = character_view.view(label("Surprise", "놀람"), elem_id="surprise-view")
            summary = gr.HTML(js_on_load=CHOICES, apply_default_css=False, elem_id="surprise-summary")
            learning = gr.HTML(apply_default_css=False, elem_id="surprise-learning")
    run.connect(
        start,
        show_surprisal,
        [model, text, adapt, rate],
        [view, summary, learning],
        stop=stop,
        doing=label("Reading…", "읽는 중…"),
        api_name="surprise",
        api_visibility="undocumented",
        **inference.CONCURRENCY,
    )
    _begin_in_language(model, text, names, examples.texts)
    adapt.change(lambda adapt: gr.update(visible=adapt), adapt, rate, **SMALL)
    summary.click(unknown_characters.chosen, None, model, **SMALL)
    model.input(lambda name, text: _suited(text, examples.texts(name)), [model, text], text, **SMALL)
    model.change(lambda name: gr.Dataset(samples=[[text] for text in examples.texts(name)]), model, samples, **SMALL)
