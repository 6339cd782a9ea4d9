"""The tabs of the page: their fields, and what their buttons do."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from apps.cells import PAGE, examples, finding_view, gallery, gates_view, inference, names, stretches, text_view
from apps.shared import components, link_settings, links, models, run, validation
from apps.shared.components import SMALL
from apps.shared.languages import both, html_of, label, markdown
from rnn_models.checks import is_integer

SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}
READING, UNTRAINED = label("Reading…", "읽는 중…"), label("untrained, same size", "학습하지 않은 같은 크기")
TRAINED = label("trained", "학습됨")
READING_NOW = run.waiting(both("The network reads the text…", "신경망이 글을 읽는 중…"))
SCORING = run.waiting(both("Scoring all units…", "모든 유닛의 점수를 매기는 중…"))
SEARCH = markdown(
    """
Name something that a unit might follow, or write a regular expression: all units of all layers are searched for the one
that does. The dashed lines show what would have been found anyway: with the labels shifted in a circle, and in an
untrained network of the same size.
""",
    """
유닛이 따라갈 만한 것을 고르거나 정규식을 쓰면 모든 층의 모든 유닛 가운데 그것을 따라가는 유닛을 찾습니다. 점선은
아무것도 배우지 않아도 나왔을 점수입니다. 하나는 가설 값을 원형으로 밀었을 때, 하나는 학습하지 않은 같은 크기의
신경망에서입니다.
""",
)
COLOUR = markdown(
    """
The text, coloured by one unit: orange above zero, blue below. A cell's state c is its memory, h = o ⊙ tanh c is what it
shows. Beside it the same unit of an untrained network, or another network on the same text.
""",
    """
글을 유닛 하나의 값으로 칠합니다. 0보다 크면 주황, 작으면 파랑입니다. 셀 상태 c는 기억이고 h = o ⊙ tanh c는 내보이는
값입니다. 학습하지 않은 신경망의 같은 유닛이나 같은 글을 읽은 다른 신경망과 나란히 볼 수 있습니다.
""",
)
STRETCH = markdown(
    """
Mark a stretch of the text with the mouse, or give its first and last character: which units are on in it and off around
it, and where else are the same ones on?
""",
    """
글의 한 구간을 마우스로 고르거나 첫 글자와 끝 글자의 번호를 쓰세요. 그 구간에서 켜지고 주변에서 꺼진 유닛과, 같은
유닛이 켜지는 다른 곳을 보여 줍니다.
""",
)
ABLATION = markdown(
    """
The unit is set to zero after every step. How much worse does the network guess the next character, where the hypothesis
holds and elsewhere? Orange: more surprised without the unit.
""",
    """
단계마다 유닛을 0으로 만듭니다. 가설이 맞는 곳과 그 밖의 곳에서 다음 글자를 얼마나 더 못 맞힐까요? 주황색은 유닛이
없을 때 더 놀란 곳입니다.
""",
)
GATES = markdown(
    """
Each dot is a gate of one unit (after Karpathy et al. 2015): to the right, the share of steps in which it was nearly
open; up, in which it was nearly shut. A forget gate at the lower right always remembers.
""",
    """
점 하나가 유닛 하나의 게이트입니다(Karpathy 등, 2015를 따름). 오른쪽일수록 거의 열린 단계가, 위일수록 거의 닫힌 단계가
많습니다. 오른쪽 아래의 망각 게이트는 늘 기억합니다.
""",
)
WHAT = "layer_0 c[17]"


# What the buttons do ---------------------------------------------------------------------------------


def show_search(model: str, text: str, hypothesis: str, pattern: str) -> Iterator[tuple[Any, Any, Any]]:
    """The finding, the text coloured by its best unit, and the finding's units for who presses one."""
    inference.wanted(hypothesis, pattern)
    yield run.LOADING, gr.skip(), gr.skip()
    with validation.user_errors():
        inference.load(model)
    yield READING_NOW, gr.skip(), gr.skip()
    reading = inference.read(text, model)
    inference.read(text, model, untrained=True)
    yield SCORING, gr.skip(), gr.skip()
    found = inference.search(text, hypothesis, pattern, model)
    units = [str(one.unit) for one in found.units]
    coloured = coloured_by(reading, units[0])
    yield finding_view.finding(found), coloured, {"text": text, "model": model, "units": units}


def show_unit_of(event: gr.EventData, kept: dict | None) -> Any:
    """The text coloured by the unit that was pressed in a finding."""
    place = validation.clicked(event, "n")
    units = (kept or {}).get("units", [])
    if not isinstance(place, int) or not 0 <= place < len(units):
        return gr.skip()
    return coloured_by(inference.read(kept["text"], kept["model"]), units[place])


def show_colour(model: str, text: str, unit: str, beside: str) -> Iterator[str]:
    """The text coloured by a unit, and beside it by that of another network."""
    inference.unit_of(unit)
    yield run.LOADING
    with validation.user_errors():
        inference.load(model)
    yield READING_NOW
    given = [track_of(inference.read(text, model), unit, title_of(model))]
    if beside == model:
        given.append(track_of(inference.read(text, model, untrained=True), unit, html_of(UNTRAINED)))
    elif beside:
        with validation.about("beside"):
            given.append(track_of(inference.read(text, beside), unit, title_of(beside)))
    yield text_view.tracks(given, unit)


def show_stretch(model: str, text: str, first: float, last: float) -> Iterator[tuple[Any, Any, Any]]:
    """The units that are on in a stretch, the text with the stretch and its likes, and the units."""
    text = inference.checked(text)
    first = validation.whole_number(first, 1, len(text), "The first character", "첫 글자", "first")
    last = validation.whole_number(last, first, len(text), "The last character", "끝 글자", "last")
    yield run.LOADING, gr.skip(), gr.skip()
    with validation.user_errors():
        inference.load(model)
    yield READING_NOW, gr.skip(), gr.skip()
    reading = inference.read(text, model)
    start, end = steps_of(reading, first - 1, last)
    chosen = stretches.units_on(reading, start, end)
    units = [str(one.unit) for one in chosen]
    listed = finding_view.on_units(chosen)
    listed += finding_view.alike(reading, stretches.others(reading, chosen, start, end), finding_view.HERE)
    if not examples.is_example(text):
        corpus = inference.read(examples.text(model), model)
        alike = stretches.others(corpus, chosen, 0, 0, end - start)
        listed += finding_view.alike(corpus, alike, finding_view.EXAMPLE)
    share = np.mean([one.sign * reading.values(one.unit) > one.threshold for one in chosen], axis=0)
    marked = range(first - 1, last) if reading.nats is not None else range(start, end)
    what = both("share of these units that are on", "이 유닛들 가운데 켜진 비율")
    shown = text_view.tracks([text_view.Track(title_of(model), text_view.pieces_of(reading, share), marked)], what, 1.0)
    yield listed, shown, {"text": text, "model": model, "units": units}


def show_ablation(model: str, text: str, unit: str, hypothesis: str, pattern: str) -> Iterator[tuple[str, Any]]:
    """The losses inside and outside, and the text coloured by what the unit is worth at each step."""
    inference.unit_of(unit)
    inference.wanted(hypothesis, pattern)
    yield run.LOADING, gr.skip()
    with validation.user_errors():
        inference.load(model)
    yield READING_NOW, gr.skip()
    reading, found = inference.ablate(text, unit, hypothesis, pattern, model)
    lost = np.nan_to_num(np.concatenate([[0.0], found.per_step[:-1]]))  # the loss after step t is of character t + 1
    what = both("nats lost without the unit at this character", "유닛이 없을 때 이 글자에서 늘어난 내트")
    track = text_view.Track(html_of(unit), text_view.pieces_of(reading, lost, 3))
    yield finding_view.losses(found), text_view.tracks([track], what)


def show_gates(model: str, text: str) -> Iterator[str]:
    """The saturation of all gates, trained and untrained."""
    yield run.LOADING
    with validation.user_errors():
        inference.load(model)
    yield READING_NOW
    trained = inference.read(text, model).saturation
    if not trained:
        raise validation.refusal(
            "This network has no gates to count; choose one of LSTM or GRU cells.",
            "이 신경망에는 셀 게이트가 없습니다. LSTM이나 GRU 모델을 골라 주세요.",
            "model",
        )
    other = inference.read(text, model, untrained=True).saturation
    yield gates_view.legend(TRAINED, UNTRAINED) + gates_view.scatters(trained, other)


def coloured_by(reading: Any, unit: str) -> str:
    """A text coloured by one unit."""
    return text_view.tracks([track_of(reading, unit, html_of(unit))], both("the unit", "유닛의 값"))


def track_of(reading: Any, unit: str, title: str) -> text_view.Track:
    """One colouring of a text."""
    return text_view.Track(title, text_view.pieces_of(reading, inference.values_of(reading, unit)))


def title_of(model: str) -> str:
    """A model's title as HTML."""
    return html_of(names.MODELS.get(model, model))


def steps_of(reading: Any, first: int, end: int) -> tuple[int, int]:
    """The steps that read the characters `first` up to and without `end` of a text as visitors count them."""
    counts = [0]
    for piece in text_view.pieces_of(reading, np.zeros(len(reading))):
        counts.append(counts[-1] + len(piece.detail.split()))
    if reading.nats is not None:  # a piece is a character, of one or several symbols
        return counts[min(first, len(counts) - 2)], counts[min(end, len(counts) - 1)]
    inside = np.flatnonzero((reading.ends > first) & (reading.begins < end))
    return (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 1)


# The tabs --------------------------------------------------------------------------------------------


def build_search() -> None:
    """Search all units for a hypothesis."""
    gr.Markdown(SEARCH)
    first = models.first(PAGE, names.available())
    kept = gr.State()
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model, text = _model_and_text("search")
            hypothesis, pattern = _hypothesis("search", examples.hypothesis(first))
            start, stop = _buttons("search", label("Which cell knows it?", "어느 셀이 알까?"))
        with gr.Column(elem_classes="rnn-panes"):
            found = text_view.view(elem_id="search-found")
            coloured = text_view.view(elem_id="search-text")
    with ask:
        links.register(start, model=model, text=text, hypothesis=hypothesis, pattern=pattern)
    _connect(start, stop, show_search, [model, text, hypothesis, pattern], [found, coloured, kept], "show_cell_search")
    _recolour(found, kept, coloured)
    model.input(examples.hypothesis, model, hypothesis, **SMALL)


def build_colour() -> None:
    """A text coloured by one unit, and by another network's."""
    gr.Markdown(COLOUR)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model, text = _model_and_text("colour")
            unit, samples = _unit("colour")
            beside = gr.Dropdown(
                [(label("nothing", "없음"), ""), *names.model_choices()],
                value="",
                label=label("Beside it", "나란히"),
                info=label("the same model: untrained", "같은 모델이면 학습 전"),
                elem_id="colour-beside",
            )
            start, stop = _buttons("colour", label("Colour", "색칠"))
        with gr.Column(elem_classes="rnn-panes"):
            coloured = text_view.view(elem_id="colour-text-shown")
    with ask:
        links.register(start, model=model, text=text, unit=unit, beside=beside)
    _connect(start, stop, show_colour, [model, text, unit, beside], coloured, "show_cell_colour")
    model.change(_suit_units, model, samples, **SMALL)


def build_stretch() -> None:
    """A stretch of a text, the units that are on in it, and where else they are on."""
    gr.Markdown(STRETCH)
    kept = gr.State()
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model, text = _model_and_text("stretch")
            with gr.Row():
                numbers = {"precision": 0, "min_width": 90, "minimum": 1, "maximum": inference.TEXT_LIMIT}
                first = gr.Number(1, label=label("First", "첫 글자"), elem_id="stretch-first", **numbers)
                last = gr.Number(11, label=label("Last", "끝 글자"), elem_id="stretch-last", **numbers)
            start, stop = _buttons("stretch", label("Which units are on?", "어느 유닛이 켜질까?"))
        with gr.Column(elem_classes="rnn-panes"):
            found = text_view.view(elem_id="stretch-found")
            coloured = text_view.view(elem_id="stretch-text-shown")
    with ask:
        bounds = {"least": 1, "most": inference.TEXT_LIMIT, "whole": True}
        links.register(
            start,
            model=model,
            text=text,
            first=link_settings.number(first, **bounds),
            last=link_settings.number(last, **bounds),
        )
    text.select(_selected, None, [first, last], **SMALL)
    _connect(start, stop, show_stretch, [model, text, first, last], [found, coloured, kept], "show_cell_stretch")
    _recolour(found, kept, coloured)


def build_ablation() -> None:
    """A unit taken away."""
    gr.Markdown(ABLATION)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model, text = _model_and_text("ablation")
            unit, samples = _unit("ablation")
            hypothesis, pattern = _hypothesis("ablation", _first_known(model.value))
            start, stop = _buttons("ablation", label("Take it away", "빼 보기"))
        with gr.Column(elem_classes="rnn-panes"):
            losses = gr.HTML(apply_default_css=False, elem_id="ablation-losses")
            coloured = text_view.view(elem_id="ablation-text-shown")
    with ask:
        links.register(start, model=model, text=text, unit=unit, hypothesis=hypothesis, pattern=pattern)
    inputs = [model, text, unit, hypothesis, pattern]
    _connect(start, stop, show_ablation, inputs, [losses, coloured], "show_cell_ablation")
    model.change(_suit_units, model, samples, **SMALL)


def build_gates() -> None:
    """The saturation of all gates."""
    gr.Markdown(GATES)
    with gr.Row(elem_classes="rnn-write"):
        with gr.Column(elem_classes="rnn-ask") as ask:
            model, text = _model_and_text("gates")
            start, stop = _buttons("gates", label("Count", "세어 보기"))
        with gr.Column(elem_classes="rnn-panes"):
            plots = gr.HTML(apply_default_css=False, elem_id="gates-plots")
    with ask:
        links.register(start, model=model, text=text)
    _connect(start, stop, show_gates, [model, text], plots, "show_cell_gates")


# Their parts -----------------------------------------------------------------------------------------


def _model_and_text(tab: str) -> tuple[gr.Dropdown, gr.Textbox]:
    model = components.model_choice(PAGE, names.model_choices(), f"{tab}-model")
    text = components.text_box(label("Text", "글"), inference.TEXT_LIMIT, 6, f"{tab}-text-given")
    text.value = examples.text(model.value)
    model.input(_suited, [model, text], text, **SMALL)
    return model, text


def _hypothesis(tab: str, value: str) -> tuple[gr.Dropdown, gr.Textbox]:
    title = label("What might it know?", "무엇을 알까?")
    menu = gr.Dropdown(names.hypothesis_choices(), value=value, label=title, elem_id=f"{tab}-hypothesis")
    pattern = gr.Textbox(
        "",
        label=label("My own pattern", "직접 쓴 패턴"),
        info=label("a regular expression, such as \\d+", "정규식, 예: \\d+"),
        elem_id=f"{tab}-pattern",
    )
    pattern.limit = inference.PATTERN_LIMIT
    # Whoever writes a pattern looks for it; a link that holds one beside another hypothesis changes nothing.
    script = f"""(text, now) => text && document.activeElement?.closest("#{tab}-pattern") ? "{names.PATTERN}" : now"""
    pattern.change(None, [pattern, menu], menu, js=script, **SMALL)
    return menu, pattern


def _unit(tab: str) -> tuple[gr.Textbox, gr.Dataset]:
    first = models.first(PAGE, names.available())
    known = gallery.units(first)
    unit = gr.Textbox(
        known[0][1] if known else WHAT,
        label=label("Unit", "유닛"),
        info=label("layer, h, c or tanh c, number", "층, h·c·tanh c, 번호"),
        elem_id=f"{tab}-unit",
    )
    unit.limit = 60
    samples = components.examples(unit, [one[1] for one in known], f"{tab}-units", label("Found here", "찾은 유닛"))
    samples.sample_labels = [one[0] for one in known]
    samples.visible = bool(known)
    return unit, samples


def _first_known(model: str) -> str:
    """The hypothesis of the unit that the field opens with."""
    titles = {title: name for name, title in names.HYPOTHESES.items()}
    known = gallery.units(model)
    return titles.get(known[0][0], "line_position") if known else "line_position"


def _suit_units(model: str) -> gr.Dataset:
    known = gallery.units(model)
    return gr.Dataset(
        samples=[[unit] for _, unit in known], sample_labels=[what for what, _ in known], visible=bool(known)
    )


def _buttons(tab: str, title: str) -> tuple[gr.Button, gr.Button]:
    with gr.Row():
        start = gr.Button(title, variant="primary", scale=2, min_width=120, elem_id=f"{tab}-start")
        return start, run.stop_button(tab)


def _recolour(found: gr.HTML, kept: gr.State, coloured: gr.HTML) -> None:
    """A unit that is pressed in a finding colours the text."""
    options = {"show_progress": "hidden", "api_visibility": "private", **inference.CONCURRENCY}
    found.click(run.told_beside(show_unit_of, found), kept, coloured, **options)


def _connect(start: Any, stop: Any, function: Any, inputs: list, outputs: Any, name: str) -> None:
    run.connect(start, function, inputs, outputs, stop=stop, doing=READING, api_name=name, **SHOWING)


def _suited(model: str, text: str) -> str:
    return examples.text(model) if examples.is_example(text) else text


def _selected(event: gr.EventData) -> tuple[Any, Any]:
    """The first and the last character of what was marked in the text."""
    place = validation.clicked(event, "index")
    if not isinstance(place, list | tuple) or len(place) != 2 or not all(is_integer(one) for one in place):
        return gr.skip(), gr.skip()
    if not 0 <= place[0] < place[1] <= inference.TEXT_LIMIT:
        return gr.skip(), gr.skip()
    return place[0] + 1, place[1]
