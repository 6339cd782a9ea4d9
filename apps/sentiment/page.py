"""The sentiment page: a review's verdict and its reasons, two reviews compared, a whole table labelled.

`python -m apps.sentiment` serves this page alone; `python -m apps` serves it among the others.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import gradio as gr

from apps.sentiment import PAGE, attribution_view, examples, inference, prediction_view, state_heatmap, table_tab
from apps.sentiment.explained_text import changed_words
from apps.sentiment.language import AUTO, TASK
from apps.shared import assets, cards, components, link_settings, links, model_titles, models, run, tables, validation
from apps.shared.components import SMALL
from apps.shared.languages import both, label, markdown, sentences
from apps.shared.text_language import language

INTRODUCTION = markdown(
    """
A recurrent network reads a review word by word, and at the end says whether it is good or bad. Here it also
says why: what it believed after every word, where it looked, and what each word added.
""",
    """
순환 신경망이 리뷰를 낱말 단위로 읽고, 긍정인지 부정인지 판정합니다. 그 이유도 보여 줍니다. 낱말마다 판단이 어떻게
바뀌었는지, 어디에 주의를 두었는지, 낱말 하나하나가 점수에 얼마를 더했는지 볼 수 있습니다.
""",
)
COMPARISON = markdown(
    """
Change one word of a review and see what becomes of the verdict: both versions side by side, the words that
differ underlined.
""",
    """
리뷰에서 낱말 하나를 바꾸면 판정이 어떻게 달라지는지 나란히 비교합니다. 서로 다른 낱말에는 밑줄을
표시했습니다.
""",
)
TABLE = markdown(
    f"""
Upload a CSV or TSV (UTF-8, a header row, at most {tables.BYTES_LIMIT // 1_000_000} MB and
{tables.ROWS_LIMIT:,} rows). It comes back with the columns *label*, *probability* and *note*; all
other cells stay as they are, except that an apostrophe is put before those that begin like a formula
(= + − @), so that no spreadsheet runs them. Files are deleted after an hour.
""",
    f"""
CSV나 TSV(UTF-8, 첫 행은 열 이름, {tables.BYTES_LIMIT // 1_000_000} MB와
{tables.ROWS_LIMIT:,}행까지)를 올리면 *label*, *probability*, *note* 열을 붙여 돌려줍니다. 다른
칸은 그대로이고, 수식처럼 시작하는 칸(= + − @) 앞에만 실행되지 않도록 작은따옴표를 붙입니다. 파일은 한 시간 뒤
지워집니다.
""",
)
NO_MODEL = markdown(
    """
No trained model was found. Make one with `python -m training.sentiment train`.
""",
    """
학습된 모델이 없습니다. `python -m training.sentiment train`으로 만드세요.
""",
)
EMPTY_TEXT = sentences(
    "Write a review, or choose an example.",
    "리뷰를 쓰거나 예시를 골라 보세요.",
)
EMPTY = f'<p class="rnn-empty">{EMPTY_TEXT}</p>'
READING = label("Reading…", "읽는 중…")
PREPARING = run.waiting(both("Compiling the network for this length…", "이 길이에 맞게 신경망을 컴파일하는 중…"))
READ = both("Versions of the text that were read", "읽은 변형 글")

SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}
EXAMPLE_TABLE = assets.assets("sentiment") / "reviews.csv"


def build() -> None:
    """Put the page into the Blocks that is open."""
    names = models.available(TASK)
    if not names:
        gr.Markdown(NO_MODEL)
        return
    with gr.Tabs():
        with gr.Tab(label("Review", "리뷰"), id="review"):
            _build_review(names)
        with gr.Tab(label("Compare", "비교"), id="compare"):
            _build_comparison(names)
        with gr.Tab(label("Table", "표"), id="table"):
            _build_table(names)
    for function in (inference.classify, inference.explain, inference.compare):
        gr.api(function, api_name=function.__name__, **inference.CONCURRENCY)
    components.add_models_endpoint(PAGE, inference.list_models)


def warm_up() -> None:
    """Load Keras and the first model, and compile, so that the first visitor need not wait."""
    if models.available(TASK):
        for example in examples.EXAMPLES[:2]:
            inference.explain_text(example.text, models.first(PAGE))


# What the buttons do ---------------------------------------------------------------------------------


def show_review(text: str, model: str) -> Iterator[tuple[str, Any, Any]]:
    """The verdict on a text, its words with all that is under them, and a table of the numbers; HTML."""
    given = yield from _explained(inference.explain_text_in_steps(text, model), (gr.skip(), gr.skip()))
    scale = attribution_view.Scale.over(given)
    expected = examples.expected(text)
    note = prediction_view.expectation(given, expected) if expected in given.labels else ""
    words = attribution_view.legend(given, scale) + attribution_view.attributions(
        given, scale, below=state_heatmap.figure(given)
    )
    yield (
        prediction_view.card(given, note=note),
        words,
        prediction_view.arithmetic(given) + attribution_view.table(given),
    )


def show_comparison(a: str, b: str, model: str) -> Iterator[str]:
    """Two texts side by side, as HTML."""
    both = yield from _explained(inference.explain_both_in_steps(a, b, model))
    scale = attribution_view.Scale.over(*both)
    sides = (
        f"<div>{prediction_view.card(given, title=f'<i>{name}</i>')}"
        f"{attribution_view.attributions(given, scale, changed)}</div>"
        for name, given, changed in zip("AB", both, changed_words(*both), strict=True)
    )
    meanings = attribution_view.legend(both[0], scale)
    yield f"{prediction_view.change(*both)}{meanings}{cards.side_by_side(sides)}"


def _explained(steps: Generator, others: tuple = ()) -> Generator[Any, None, Any]:
    """What comes of an explanation, and until then how far it is, before the values of other outputs."""
    yield (run.LOADING, *others) if others else run.LOADING
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            return end.value
        shown = run.progress(done, total, READ) if done else PREPARING
        yield (shown, *others) if others else shown


# The tab "Review" ------------------------------------------------------------------------------------


def _build_review(names: list[str]) -> None:
    gr.Markdown(INTRODUCTION)
    right, wrong = (examples.examples(names, wrong) for wrong in (False, True))
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model = _model_choice(names, "review-model")
            text = components.text_box(label("Review", "리뷰"), inference.TEXT_LIMIT, 4, "review-text")
            text.value = right[0].text if right else ""
            with gr.Row():
                start = gr.Button(
                    label("What does it say?", "어떤 리뷰일까?"), variant="primary", scale=2, elem_id="review-start"
                )
                stop = run.stop_button("review")
            datasets = [_examples(text, right, "review-examples", label("Examples", "예시"))]
            if wrong:
                datasets.append(
                    _examples(text, wrong, "review-failures", label("The model gets these wrong", "모델이 틀리는 예시"))
                )
            _build_card(names, model)
        with gr.Column(elem_classes="rnn-answers"):
            verdict = gr.HTML(EMPTY, apply_default_css=False, elem_id="review-verdict")
            colour = attribution_view.colour_choice("review-words", "review-colour")
            words = attribution_view.view(elem_id="review-words")
            with gr.Accordion(label("All numbers", "모든 숫자"), open=False):
                numbers = gr.HTML(apply_default_css=False, elem_id="review-numbers", elem_classes="rnn-scroll")
    with ask:
        links.register(start, model=model, text=text, colour=colour)
    components.begin_in_language(text, **_first_of_each_language(right, lambda example: example.text))
    running = run.connect(
        start,
        show_review,
        [text, model],
        [verdict, words, numbers],
        stop=stop,
        doing=READING,
        others=datasets,
        api_name="show_review",
        **SHOWING,
    )
    for n, dataset in enumerate(datasets):
        running.also(dataset.click, _show_example, [dataset, model], api_name=f"show_example_{n}")


def _show_example(sample: list[str], model: str) -> Iterator[tuple[str, Any, Any]]:
    yield from show_review(sample[0], model)


def _first_of_each_language(samples: list[Any], text_of: Callable[[Any], str]) -> dict[str, str]:
    """The text of the first sample in English, and of the first in Korean, as far as there are such."""
    return {language(text_of(sample)): text_of(sample) for sample in reversed(samples)}


def _examples(text: gr.Textbox, given: list[examples.Example], name: str, label: str) -> gr.Dataset:
    dataset = components.examples(text, [example.text for example in given], name, label)
    dataset.sample_labels = [examples.caption(example) for example in given]
    return dataset


def _build_card(names: list[str], model: gr.Dropdown) -> None:
    """What the chosen model's bundle says about it."""

    def cards(chosen: str) -> str:
        return "\n\n---\n\n".join(models.card(name, TASK) for name in (names if chosen == AUTO else [chosen]))

    with gr.Accordion(label("About the models", "모델 소개"), open=False):
        card = gr.Markdown(cards(AUTO), elem_classes="rnn-model-card", elem_id="review-card")
    model.change(cards, model, card, **SMALL)


# The tab "Compare" -----------------------------------------------------------------------------------


def _build_comparison(names: list[str]) -> None:
    gr.Markdown(COMPARISON)
    pairs = examples.pairs(names)
    with gr.Row(elem_classes="rnn-sides"):
        with gr.Column():
            a = components.text_box("A", inference.TEXT_LIMIT, 3, "compare-a")
        with gr.Column():
            b = components.text_box("B", inference.TEXT_LIMIT, 3, "compare-b")
    a.value, b.value = pairs[0] if pairs else ("", "")
    with gr.Row(elem_classes="rnn-controls"):
        model = _model_choice(names, "compare-model")
        copy = gr.Button(label("Copy A to B", "A를 B에 복사"), min_width=120, elem_id="compare-copy")
        with gr.Row():
            start = gr.Button(label("Compare", "비교"), variant="primary", min_width=120, elem_id="compare-start")
            stop = run.stop_button("compare")
    dataset = components.examples([a, b], pairs, "compare-examples")
    colour = attribution_view.colour_choice("compare-view", "compare-colour")
    links.register(start, model=model, a=a, b=b, colour=colour)
    view = attribution_view.view(elem_id="compare-view")
    for n, box in enumerate((a, b)):
        components.begin_in_language(box, **_first_of_each_language(pairs, lambda pair, n=n: pair[n]))
    copy.click(None, a, b, js="text => text", **SMALL)
    running = run.connect(
        start,
        show_comparison,
        [a, b, model],
        view,
        stop=stop,
        doing=READING,
        others=[dataset],
        api_name="show_comparison",
        **SHOWING,
    )
    running.also(dataset.click, _show_example_pair, [dataset, model], api_name="show_example_pair")


def _show_example_pair(sample: list[str], model: str) -> Iterator[str]:
    yield from show_comparison(*sample, model)


# The tab "Table" -------------------------------------------------------------------------------------


def _build_table(names: list[str]) -> None:
    gr.Markdown(TABLE)
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask"):
            file = gr.File(
                label=label("Table", "표 (CSV, TSV)"),
                file_types=[".csv", ".tsv", ".tab", ".txt"],
                height=120,
                elem_id="table-file",
            )
            example = gr.Button(label("An example table", "예제 표"), size="sm", elem_id="table-example")
            column = gr.Dropdown(
                [],
                value="",
                label=label("Column with the texts", "글이 든 열"),
                info=label("empty: guessed", "비우면 추정"),
                allow_custom_value=True,
                elem_id="table-column",
            )
            model = _model_choice(names, "table-model")
            with gr.Row():
                start = gr.Button(label("Label", "분류"), variant="primary", min_width=80, elem_id="table-start")
                stop = run.stop_button("table")
            links.register(
                start,
                apart=("Your table is not in the link.", "올린 표는 링크에 담기지 않습니다."),
                model=model,
                column=link_settings.text(column, validation.NAME_LIMIT),
            )
        with gr.Column(elem_classes="rnn-answers"):
            summary = gr.HTML(apply_default_css=False, elem_id="table-summary")
            result = gr.File(label=label("Labelled table", "분류한 표"), interactive=False, elem_id="table-result")
            preview = gr.HTML(apply_default_css=False, elem_id="table-preview")
    # through the queue, which alone brings an error's words to the page
    quiet: dict[str, Any] = {**SMALL, "queue": True, "concurrency_limit": None}
    file.change(run.told_beside(table_tab.describe_table, file), file, [column, summary], **quiet)
    example.click(lambda: str(EXAMPLE_TABLE), None, file, **SMALL)
    run.connect(
        start,
        table_tab.classify_table,
        [file, column, model],
        [result, summary, preview],
        stop=stop,
        doing=READING,
        api_name="classify_table",
        **table_tab.CONCURRENCY,
    )


# What all have ---------------------------------------------------------------------------------------


def _model_choice(names: list[str], name: str) -> gr.Dropdown:
    choices = [(label("auto", "자동"), AUTO), *model_titles.choices(PAGE, names)]
    info = label("auto: by the text’s language", "자동: 글의 언어에 따라")
    return gr.Dropdown(choices, value=AUTO, label=label("Model", "모델"), info=info, elem_id=name)
