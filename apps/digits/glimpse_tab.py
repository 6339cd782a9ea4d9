"""The tab "Glimpses": where a network looks, step by step, and its gaze turned by hand."""

from typing import Any

import gradio as gr

from apps.digits import belief_view, glimpse_view, inference, places, sketch
from apps.shared import link_settings, links, run, validation
from apps.shared.languages import label, markdown

GLIMPSES = markdown(
    """
This network never gets the whole picture. It looks at a few small squares, one after the other, and chooses after each
where to look next (Mnih et al. 2014). To choose a place has no gradient: that was learnt by REINFORCE.
""",
    """
이 신경망은 그림 전체를 받지 않습니다. 작은 사각형 몇 개를 차례로 보고, 볼 때마다 다음에 볼 곳을 고릅니다(Mnih 외,
2014). 자리를 고르는 일에는 그래디언트가 없어서 REINFORCE로 배웠습니다.
""",
)
LOOKING = label("Looking…", "보는 중…")

SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}


# What the buttons do ---------------------------------------------------------------------------------


def show_glimpses(source: str | None, given: str | None, at: int = 0) -> str:
    """Where the network looks, with the places that were set by hand; HTML that opens at a glimpse, 0: the last."""
    by_hand, digit = places.checked(given), sketch.digit(source)
    with validation.user_errors():
        own = inference.look(digit.picture)
        found = own if by_hand is None else inference.look(digit.picture, by_hand)
    return glimpse_view.figure(found, own, by_hand, at)


def show_own(source: str | None) -> tuple[str, str]:
    """No place set by hand, and what `show_glimpses` gives."""
    return places.OWN, show_glimpses(source, places.OWN)


def show_placed(source: str | None, given: str | None, event: gr.EventData) -> tuple[str, str]:
    """As `show_glimpses`, with the place that was clicked; before it the places as a text."""
    count = inference.glimpses()
    at = validation.whole_number(validation.clicked(event, "at"), 1, count, "The glimpse", "글림프스")
    x, y = (validation.number(validation.clicked(event, axis), -1, 1, f"The place {axis}", "자리") for axis in "xy")
    before = places.checked(given)
    before = before if before is not None and len(before) == count else None
    text = places.written(places.replaced(before, count, at - 1, (x, y)))
    return text, show_glimpses(source, text, at)


def show_sketched(event: gr.EventData) -> tuple[str, str]:
    """As `show_own`, of what was just drawn or chosen."""
    source = validation.clicked(event, "source")
    return (places.OWN, "") if source == "" else show_own(source)


# The tab ---------------------------------------------------------------------------------------------


def build(source: gr.Textbox, board: gr.HTML, linked: link_settings.Setting) -> None:
    """Put the tab into the page; `linked` is the digit as links hold it."""
    gr.Markdown(GLIMPSES)
    given = gr.Textbox(places.OWN, visible="hidden", elem_id="look-places")
    with gr.Row(elem_classes="rnn-controls"):
        start = gr.Button(label("Look", "보기"), variant="primary", min_width=120, elem_id="look-start")
        own = gr.Button(label("Its own places again", "다시 스스로 고르게"), min_width=120, elem_id="look-own")
    shown = belief_view.view(elem_id="look-shown")
    links.register(start, digit=linked, places=_linked(given))
    asked, both = [source, given], [given, shown]
    running = run.connect(
        start,
        lambda source, given: show_glimpses(source, given),
        asked,
        shown,
        doing=LOOKING,
        fields={"source": board, "places": own},
        aside=[given],  # who sets a place sees its result at once
        api_name="show_glimpses",
        **SHOWING,
    )
    running.also(own.click, show_own, source, both, api_name="show_own_glimpses")
    running.also(shown.click, show_placed, asked, both, api_name="show_placed", trigger_mode="always_last")
    running.also(board.click, show_sketched, None, both, api_name="show_sketched_glimpses", trigger_mode="always_last")


def _linked(given: gr.Textbox) -> link_settings.Setting:
    """The places as links hold them."""

    def read(value: str) -> list[Any]:
        try:
            places.read(value)
        except ValueError as error:
            raise link_settings.UnfitError(
                "expected - or, for each glimpse, - or x,y from -1 to 1",
                "- 하나이거나, 글림프스마다 - 또는 x,y",
            ) from error
        return [value]

    return link_settings.Setting(given, [given], read)
