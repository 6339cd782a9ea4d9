"""The tabs beside "Ask": two words swapped, twenty questions at once, where it fails, the models and their scores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from apps.shared import assets, components, link_settings, links, models, run, validation
from apps.shared.components import SMALL
from apps.shared.languages import label, markdown
from apps.vqa import PAGE, examples, failures, inference, views
from apps.vqa.inference import TASK
from rnn_models.text.words import words_of
from rnn_models.vision.scenes.question_texts import KOREAN_ANSWERS
from rnn_models.vision.scenes.scene import COLOURS, SHAPES

SWAPPING = markdown(
    """
Choose two words of the question; they change places. The words stay the same, only their order is another one: what
reads a *bag of words* cannot notice.
""",
    """
질문에서 낱말 두 개를 골라 자리를 바꿉니다. 낱말은 그대로이고 순서만 달라지므로, *단어 가방*으로 읽는 모델은 알아채지
못합니다.
""",
)
TWENTY = markdown(
    """
Twenty questions about this picture at once. Of a drawn scene every right answer is known; beside each answer stands
what the same network says with the picture hidden, and with the question hidden.
""",
    """
이 그림에 대해 질문 스무 개를 한꺼번에 합니다. 도형 그림은 정답을 모두 압니다. 답마다 같은 신경망이 그림을 가렸을 때와
질문을 가렸을 때의 답을 나란히 놓았습니다.
""",
)
FAILING = markdown(
    """
What a network of drawn scenes cannot answer, and why. It always answers: softmax shares 100 % among what it knows, and
"I do not know" is not among it. Nothing is prepared: the network answers now.
""",
    """
도형 그림을 배운 신경망이 답할 수 없는 것과 그 이유입니다. 신경망은 언제나 답을 합니다. 소프트맥스가 아는 답들에
100 %를 나누어 줄 뿐이고 ‘모른다’는 답은 없습니다. 미리 준비한 답은 없고 지금 답합니다.
""",
)
ASKING = label("Looking…", "그림을 보는 중…")
SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}


@dataclass(frozen=True)
class Given:
    """What all tabs share: the picture and its name, the question, the model; `links`: as links hold them."""

    name: gr.Textbox
    picture: gr.Image
    question: gr.Textbox
    model: gr.Dropdown
    links: dict[str, Any]

    @property
    def asked(self) -> list[gr.components.Component]:
        """The inputs of a handler."""
        return [self.name, self.picture, self.question, self.model]

    @property
    def fields(self) -> dict[str, gr.components.Component]:
        """The components for the fields that an error may be about."""
        return {"picture": self.picture, "question": self.question, "model": self.model}


# What the buttons do ---------------------------------------------------------------------------------


def show_swapped(
    name: str | None, path: str | None, question: str | None, model: str, one: float | None, other: float | None
) -> str:
    """The answers to a question, and with two of its words swapped."""
    question = inference.checked_question(question)
    count = len(words_of(question))
    first, second = _pair(question) if None in (one, other) or {one, other} == {-1} else (one, other)
    first, second = (
        validation.whole_number(place, 0, count - 1, "The number of the word", "낱말의 번호", "words")
        for place in (first, second)
    )
    if count < 2 or first == second:
        raise validation.refusal(
            "Two different words are needed: choose another one.", "서로 다른 낱말 두 개를 골라 주세요.", "words"
        )
    turned = inference.swapped(words_of(question), first, second)
    _, _, before = inference.ask_one(name, path, question, model)
    _, _, after = inference.ask_one(name, path, turned, model)
    return views.swapped(before, after, first, second)


def show_twenty(name: str | None, path: str | None, model: str, language: str) -> str:
    """Twenty questions about a picture, as a table, and what was measured of the model."""
    if language not in ("en", "ko"):
        raise validation.refusal("The language is neither en nor ko.", "언어는 en이나 ko여야 합니다.", "language")
    about = inference.shown(name, path)
    with validation.user_errors():
        model, loaded = inference.get_model(model)
        asked = examples.twenty(name, model, language)
        texts, kinds = zip(*asked, strict=True)
        found = inference.ask_all(loaded, inference.seen_by(loaded, about.photograph), texts, about)
    return views.table(found, kinds)


def show_failures(model: str) -> Iterator[str]:
    """What a network answers where it cannot know, one after the other."""
    found: list[Any] = [None] * len(failures.FAILURES)
    yield views.gallery(failures.FAILURES, found)
    with validation.user_errors():
        _, loaded = inference.get_model(model)
        for n, failure in enumerate(failures.FAILURES):
            photograph = inference.Photograph(failure.array())
            about = inference.Shown(photograph)
            seen = inference.seen_by(loaded, photograph)
            (found[n],) = inference.ask_all(loaded, seen, [failure.question], about)
            yield views.gallery(failures.FAILURES, found)


def show_words(question: str | None, one: float | None = None, other: float | None = None) -> str:
    """The words of a question as buttons, those marked that are to be swapped."""
    words = words_of((question or "")[: inference.QUESTION_LIMIT])[: inference.WORDS_LIMIT]
    chosen = _pair(question or "") if None in (one, other) or {one, other} == {-1} else (one, other)
    return views.words(words, chosen)


def _pair(question: str) -> tuple[int, int]:
    """Two words whose order is worth a try: two colours, or two shapes, or else the last two."""
    words = words_of(question)
    for known in (SHAPES, COLOURS, _KOREAN_SHAPES, _KOREAN_COLOURS):
        places = [n for n, word in enumerate(words) if word.startswith(tuple(known))]
        if len(places) >= 2:
            return places[0], places[1]
    return max(len(words) - 2, 0), max(len(words) - 1, 0)


_KOREAN_SHAPES = [KOREAN_ANSWERS[shape] for shape in SHAPES]
_KOREAN_COLOURS = ["빨간", "노란", "초록색", "파란", "보라색", "분홍색", "검은"]


def show_card(model: str) -> tuple[str, str]:
    """The scores of a model with their baselines, and its card."""
    return views.scores(models.scores(model, TASK)), models.card(model, TASK)


# The tabs --------------------------------------------------------------------------------------------


def build_swapping(given: Given) -> None:
    """Put the tab "Swap two words" into the page."""
    gr.Markdown(SWAPPING)
    chosen = [gr.Number(-1, precision=0, visible=False) for _ in range(2)]
    words = gr.HTML(
        show_words(given.question.value),
        js_on_load=assets.asset("vqa", "words.js"),
        apply_default_css=False,
        elem_id="swap-words",
    )
    start = gr.Button(label("Swap", "바꾸기"), variant="primary", elem_id="swap-start")
    shown = gr.HTML("", apply_default_css=False, elem_id="swap-shown")
    numbers = [link_settings.number(box, -1, inference.WORDS_LIMIT - 1, whole=True) for box in chosen]
    links.register(start, **given.links, one=numbers[0], other=numbers[1])
    asked = [*given.asked, *chosen]
    running = run.connect(
        start,
        show_swapped,
        asked,
        shown,
        doing=ASKING,
        fields={**given.fields, "words": words},
        api_name="vqa_swapped",
        **SHOWING,
    )
    running.also(words.click, _show_chosen, given.asked, [*chosen, shown], api_name="vqa_chosen")
    # Another question has other words: none of them is chosen yet.
    given.question.input(lambda: (-1, -1), None, chosen, **SMALL)
    gr.on(
        [given.question.change, *(box.change for box in chosen)], show_words, [given.question, *chosen], words, **SMALL
    )


def _show_chosen(
    name: str | None, path: str | None, question: str | None, model: str, event: gr.EventData
) -> tuple[int, int, str]:
    one, other = (validation.clicked(event, key) for key in ("one", "other"))
    one, other = (
        validation.whole_number(place, 0, inference.WORDS_LIMIT - 1, "The number of the word", "낱말의 번호", "words")
        for place in (one, other)
    )
    return one, other, show_swapped(name, path, question, model, one, other)


def build_twenty(given: Given) -> None:
    """Put the tab "Twenty questions" into the page."""
    gr.Markdown(TWENTY)
    with gr.Row(elem_classes="rnn-controls"):
        language = gr.Radio(
            [("English", "en"), ("한국어", "ko")],
            value="en",
            label=label("Language of the questions", "질문의 언어"),
            elem_id="twenty-language",
        )
        start = gr.Button(label("Ask all", "모두 묻기"), variant="primary", min_width=120, elem_id="twenty-start")
    components.begin_in_language(language, ko="ko")
    shown = gr.HTML("", apply_default_css=False, elem_id="twenty-shown")
    beside = gr.HTML(
        views.scores(models.scores(given.model.value, TASK)), apply_default_css=False, elem_id="twenty-scores"
    )
    given.model.change(lambda name: views.scores(models.scores(name, TASK)), given.model, beside, **SMALL)
    shared = {key: one for key, one in given.links.items() if key != "question"}
    links.register(start, **shared, language=language)
    run.connect(
        start,
        show_twenty,
        [given.name, given.picture, given.model, language],
        shown,
        doing=ASKING,
        fields=given.fields,
        api_name="vqa_twenty",
        **SHOWING,
    )


def build_failures(given: Given, names: Sequence[str]) -> None:
    """Put the tab "Where it fails" into the page."""
    gr.Markdown(FAILING)
    with gr.Row(elem_classes="rnn-controls"):
        model = components.model_choice(PAGE, inference.choices(list(names)), "failures-model")
        with gr.Row():
            start = gr.Button(label("Ask", "묻기"), variant="primary", min_width=120, elem_id="failures-start")
            stop = run.stop_button("failures")
    links.register(start, model=model)
    waiting = views.gallery(failures.FAILURES, [None] * len(failures.FAILURES))
    shown = gr.HTML(waiting, apply_default_css=False, elem_id="failures-shown")
    run.connect(start, show_failures, model, shown, stop=stop, doing=ASKING, api_name="vqa_failures", **SHOWING)


def build_models(names: Sequence[str]) -> None:
    """Put the tab "The models" into the page: scores with their baselines, and the card."""
    model = components.model_choice(PAGE, inference.choices(list(names)), "models-model")
    scores, card = show_card(models.first(PAGE))
    shown = gr.HTML(scores, apply_default_css=False, elem_id="models-scores")
    about = gr.Markdown(card, elem_classes="rnn-model-card", elem_id="models-card")
    links.register(model=model)
    model.change(show_card, model, [shown, about], **SMALL)
