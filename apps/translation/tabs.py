"""The translation page's tabs beside "Translate": attention steered, left out, hard sentences, digits."""

import html
import re
from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps.shared import beam_search, cards, components, link_settings, links, models, run, validation
from apps.shared.components import SMALL
from apps.shared.hints import Hint, hints_html
from apps.shared.languages import both, label, markdown
from apps.translation import PAGE, attention_view, examples, inference, views
from apps.translation.inference import TASK

STEERING = markdown(
    """
Translate one sentence, then choose a token of the translation and another source token: the model is made to look
there, and there only, while it writes this token. What follows is its own. A click on a cell of the heat-map does
the same.
""",
    """
한 문장을 번역한 뒤 번역의 토큰 하나와 원문의 다른 토큰을 고르세요. 그 토큰을 쓰는 동안 모델은 그곳만 보게
되고, 그 뒤는 스스로 씁니다. 히트맵의 칸을 눌러도 됩니다.
""",
)
WITHOUT = markdown(
    """
The same model without attention, the lecture's many-to-one followed by one-to-many: all that the decoder knows of
the source is one state. Try a short sentence, then a long one.
""",
    """
주의가 없는 같은 모델, 즉 강의에 나오는 다대일과 일대다를 이은 구조입니다. 디코더가 원문에 대해 아는 것은 상태
하나뿐입니다. 짧은 문장과 긴 문장을 비교해 보세요.
""",
)
GALLERY = markdown(
    """
Sentences that are hard, and why. Nothing is prepared: the model that you choose translates them now.
""",
    """
어려운 문장과 그 이유입니다. 미리 준비한 답은 없습니다. 고른 모델이 지금 번역합니다.
""",
)
TOY = markdown(
    """
Strings of digits, copied or reversed: what the attention has to learn can be seen at a glance, a diagonal or an
anti-diagonal. It was trained on 1 to 12 digits; try more.
""",
    """
숫자열을 복사하거나 뒤집습니다. 주의가 무엇을 배워야 하는지 한눈에 보입니다. 대각선 아니면 반대
대각선입니다. 1~12자리로 학습했으니 더 길게도 넣어 보세요.
""",
)
NO_OTHER = markdown(
    """
There is no model for this yet. Train one: `python -m training.translation train`
""",
    """
여기에 쓸 모델이 아직 없습니다. 다음 명령으로 학습하세요: `python -m training.translation train`
""",
)
NO_COUNTERPART = markdown(
    """
There is no model without attention of the same languages yet. Train one: `{command}`
""",
    """
같은 언어의 주의 없는 모델이 아직 없습니다. 다음 명령으로 학습하세요: `{command}`
""",
)
NO_DIGITS = markdown(
    """
There is no toy model yet. Train one, in a minute or two: `python -m training.translation train --dataset reverse
--export pretrained/translation/reverse`
""",
    """
장난감 모델이 아직 없습니다. 다음 명령으로 1~2분이면 학습합니다: `python -m training.translation train --dataset
reverse --export pretrained/translation/reverse`
""",
)

DIGITS_LIMIT = 24
TRANSLATING = label("Translating…", "번역 중…")
BEAM_INFO = label("beginnings kept at a time", "한 번에 유지하는 후보의 수")

SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}


# What the buttons do ---------------------------------------------------------------------------------


def show_sentence(text: str, model: str) -> tuple[str, str, gr.Dropdown, gr.Dropdown]:
    """A sentence that can be steered: its translation, the heat-map, and the tokens to choose from."""
    with validation.user_errors():
        _, _, found = inference.greedy_of_one(text, model)
    menus = [
        gr.Dropdown(choices=[(_numbered(n, token), n) for n, token in enumerate(tokens)], value=0, interactive=True)
        for tokens in (found.tokens, found.source_tokens)
    ]
    figure = cards.looked("the greedy translation", "그리디 번역을") + attention_view.figure(found, picked=True)
    return cards.card(both("Greedy", "그리디"), cards.text_of(found.text)) + figure, "", *menus


def show_steered(text: str, model: str, at: float | None, position: float | None) -> str:
    """The sentence before and after, with the first difference marked."""
    if at is None or position is None:
        raise validation.refusal(
            "First translate a sentence, then choose a token of it.", "먼저 문장을 번역하고 토큰을 골라 주세요."
        )
    _, before, after = inference.greedy_and_steered(text, model, at, position)
    return views.steered(before, after, int(at), int(position))


def show_picked(text: str, model: str, event: gr.EventData) -> tuple[str, int, int]:
    """As `show_steered`, for a click on a cell of the heat-map."""
    at, position = (validation.clicked(event, name) for name in ("at", "position"))
    return show_steered(text, model, at, position), int(at), int(position)


def show_comparison(text: str, model: str, beam: float) -> Iterator[str]:
    """The translations by a model and by its counterpart without attention, side by side."""
    text, chosen = inference.checked(text), beam_search.search_options(beam, 1.0)
    other = inference.counterparts(models.available(TASK)).get(model)
    if other is None:
        raise validation.refusal(
            f"There is no model without attention beside {model!r}.",
            f"{model!r} 모델과 비교할, 주의가 없는 모델이 없습니다.",
        )
    found = []
    with validation.user_errors():
        for name in (model, other):
            yield run.progress(len(found), 2, both("Models", "모델"))
            found.append(inference.get_model(name)[1].translate(text, **chosen))
    doubts = [hints_html(inference.hints(name, one)) for name, one in zip((model, other), found, strict=True)]
    titles = (both("With attention", "주의 있음"), both("Without", "주의 없음"))
    texts = cards.difference(*(one.text for one in found))
    if found[0].text == found[1].text:
        texts = (cards.text_of(found[0].text),) * 2
    sides = (
        cards.card(f"{title} <small>{html.escape(name)}</small>", text, views.numbers(one, 1.0) + doubt)
        for title, name, text, one, doubt in zip(titles, (model, other), texts, found, doubts, strict=True)
    )
    looked = cards.looked("the translation with attention", "주의가 있는 모델의 번역을")
    figures = looked + "".join(attention_view.figure(sentence) for sentence in found[0].sentences[: views.SHOWN])
    yield cards.side_by_side(sides) + figures


def show_gallery(model: str, beam: float) -> Iterator[str]:
    """All hard sentences, one after the other as they are translated."""
    chosen = beam_search.search_options(beam, 1.0)
    languages = inference.languages(model)
    hard = examples.for_languages(languages, hard=True)
    found: list[Any] = [None] * len(hard)
    hints: list[list[Hint]] = []
    yield views.gallery(hard, found, *languages)
    with validation.user_errors():
        name, loaded = inference.get_model(model)
        for n, example in enumerate(hard):
            found[n] = loaded.translate(example.text(languages[0]), **chosen)
            hints.append(inference.hints(name, found[n]))
            yield views.gallery(hard, found, *languages, hints)


def show_digits(text: str, model: str) -> str:
    """Digits copied or reversed, with the attention."""
    given = re.sub(r"\s", "", validation.text_within(text, DIGITS_LIMIT, "The number", "숫자"))
    if not re.fullmatch("[0-9]+", given):
        raise validation.refusal("Only digits 0 to 9 are read here.", "여기서는 0부터 9까지의 숫자만 읽습니다.", "text")
    with validation.user_errors():
        name, loaded = inference.get_model(model)
        found = loaded.translate(given, beam=1)
    return views.digits(given, found, inference.hints(name, found))


def _numbered(n: int, token: str) -> str:
    return f"{n + 1} · {token.removeprefix('▁') or '␣'}"


# The tabs --------------------------------------------------------------------------------------------


def build_steering(names: list[str]) -> None:
    """Put the tab "Steer" into the page."""
    gr.Markdown(STEERING)
    if not names:
        gr.Markdown(NO_OTHER)
        return
    first = models.first(PAGE, names)
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask"):
            model = components.model_choice(PAGE, inference.choices(names), "steer-model")
            text = components.text_box(label("Sentence", "문장"), inference.SENTENCE_LIMIT, 2, "steer-text")
            text.value = examples.sources(inference.languages(first))[0]
            with gr.Row():
                start = gr.Button(label("Translate", "번역"), variant="primary", scale=2, elem_id="steer-start")
                stop = run.stop_button("steer")
            # Off until there is a sentence to steer.
            at, position = (
                gr.Dropdown([], label=title, interactive=False, elem_id=name)
                for title, name in (
                    (label("While it writes", "이 토큰을 쓸 때"), "steer-at"),
                    (label("it must look at", "볼 곳"), "steer-position"),
                )
            )
            turn = gr.Button(label("Steer", "주의 돌리기"), variant="primary", interactive=False, elem_id="steer-turn")
            tokens = {
                name: link_settings.number(menu, 0, inference.SENTENCE_LIMIT, whole=True)
                for name, menu in (("at", at), ("position", position))
            }
            links.register(start, links.Second(turn, "#steer-before table", tokens), model=model, text=text)
        with gr.Column(elem_classes="rnn-answers"):
            before = attention_view.view(elem_id="steer-before")
            after = attention_view.view(elem_id="steer-after")
    # The numbers of the tokens are those of the sentence that was translated.
    text.change(_forget_tokens, None, [before, after, at, position], **SMALL)
    model.input(_first_source, model, text, **SMALL)
    model.change(_forget_tokens, None, [before, after, at, position], **SMALL)
    run.connect(
        start,
        show_sentence,
        [text, model],
        [before, after, at, position],
        stop=stop,
        doing=TRANSLATING,
        others=[turn],
        api_name="show_sentence",
        **SHOWING,
    )
    before.change(None, before, turn, js="shown => ({ __type__: 'update', interactive: !!shown })", **SMALL)
    turning = run.connect(
        turn,
        show_steered,
        [text, model, at, position],
        after,
        stop=stop,
        doing=TRANSLATING,
        others=[start, before],
        api_name="show_steered",
        **SHOWING,
    )
    turning.also(before.click, show_picked, [text, model], [after, at, position], api_name="show_picked")


def _first_source(model: str) -> str:
    """An example of the model that was chosen."""
    return examples.sources(inference.languages(model))[0]


def _forget_tokens() -> tuple[str, str, gr.Dropdown, gr.Dropdown]:
    """No sentence, and no token of it to choose."""
    return "", "", *(gr.Dropdown(choices=[], value=None, interactive=False) for _ in range(2))


def build_comparison(names: list[str]) -> None:
    """Put the tab "Without attention" into the page."""
    gr.Markdown(WITHOUT)
    paired = [name for name in names if name in inference.counterparts(names)]
    if not paired:
        looking = [name for name in names if inference.has_attention(name)]
        gr.Markdown(NO_COUNTERPART.format(command=inference.training_command(models.first(PAGE, looking or names))))
        return
    languages = inference.languages(models.first(PAGE, paired))
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask"):
            model = components.model_choice(PAGE, inference.choices(paired), "without-model")
            text = components.text_box(label("Text", "글"), inference.TEXT_LIMIT, 3, "without-text")
            text.value = examples.sources(languages)[0]
            with gr.Row():
                start = gr.Button(label("Compare", "비교"), variant="primary", scale=2, elem_id="without-start")
                stop = run.stop_button("without")
            beam = components.beam_choice("without-beam", BEAM_INFO)
            samples = [*examples.sources(languages), *examples.sources(languages, hard=True)[:2]]
            dataset = components.examples(text, samples, "without-examples")
            links.register(start, model=model, text=text, beam=beam)
        with gr.Column(elem_classes="rnn-answers"):
            view = attention_view.view(elem_id="without-view")
    model.input(_first_source, model, text, **SMALL)
    model.change(_suit_comparison, model, dataset, **SMALL)
    run.connect(
        start,
        show_comparison,
        [text, model, beam],
        view,
        stop=stop,
        doing=TRANSLATING,
        api_name="show_without",
        **SHOWING,
    )


def _suit_comparison(model: str) -> gr.Dataset:
    languages = inference.languages(model)
    samples = [*examples.sources(languages), *examples.sources(languages, hard=True)[:2]]
    return gr.Dataset(samples=[[text] for text in samples])


def build_gallery(names: list[str]) -> None:
    """Put the tab "Hard sentences" into the page."""
    gr.Markdown(GALLERY)
    if not names:
        gr.Markdown(NO_OTHER)
        return
    with gr.Row(elem_classes="rnn-controls"):
        model = components.model_choice(PAGE, inference.choices(names), "gallery-model")
        beam = components.beam_choice("gallery-beam", BEAM_INFO)
        with gr.Row():
            start = gr.Button(
                label("Translate all", "모두 번역"), variant="primary", min_width=120, elem_id="gallery-start"
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
        doing=TRANSLATING,
        api_name="show_gallery",
        **SHOWING,
    )


def _waiting_gallery(model: str) -> str:
    """The gallery of a model that has not been asked yet."""
    languages = inference.languages(model)
    hard = examples.for_languages(languages, hard=True)
    return views.gallery(hard, [None] * len(hard), *languages)


def build_digits(names: list[str]) -> None:
    """Put the tab "Digits" into the page."""
    gr.Markdown(TOY)
    if not names:
        gr.Markdown(NO_DIGITS)
        return
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask"):
            model = components.model_choice(PAGE, inference.choices(names), "digits-model")
            text = components.text_box(label("Digits", "숫자"), DIGITS_LIMIT, 1, "digits-text")
            text.value = examples.DIGITS[0]
            with gr.Row():
                start = gr.Button(label("Go", "시작"), variant="primary", scale=2, elem_id="digits-start")
                stop = run.stop_button("digits")
            components.examples(text, examples.DIGITS, "digits-examples")
            links.register(start, model=model, text=link_settings.text(text, DIGITS_LIMIT))
        with gr.Column(elem_classes="rnn-answers"):
            view = attention_view.view(elem_id="digits-view")
    running = run.connect(
        start, show_digits, [text, model], view, stop=stop, doing=TRANSLATING, api_name="show_digits", **SHOWING
    )
    running.also(text.submit, show_digits, [text, model], api_name="show_digits")
