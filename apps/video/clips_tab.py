"""The tab "Clips": a clip with the labels of each network under it; backwards, shuffled, frozen."""

import html
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from apps.shared import link_settings, links, models, run, seeds, validation
from apps.shared.assets import asset
from apps.shared.components import SMALL
from apps.shared.languages import both, label, markdown, sentences
from apps.video import changes, examples, frames_view, inference, strip_view

CLIPS = markdown(
    """
The same clip, read by networks that differ in what they may remember. Change the order of its frames and see whose
labels change. Of points a frame is the step from the one before, so that shuffling makes other steps; poses and
pictures stay what they are, and a network without memory says the same of each, wherever it stands.
""",
    """
같은 영상을 무엇을 기억할 수 있는지가 다른 신경망들이 읽습니다. 프레임의 순서를 바꾸고 누구의 레이블이
달라지는지 보세요. 점에서는 한 프레임이 바로 앞에서 옮겨 온 걸음이라 뒤섞으면 걸음도 달라집니다. 자세와 그림은
그대로이므로, 기억이 없는 신경망은 어디에 놓여도 같은 답을 합니다.
""",
)
MARK = "name => { (window.rnnGallery ??= {}).name = name; window.rnnGallery.mark?.(name); return [] }"
LABELLING = label("Labelling…", "읽는 중…")
SHOWING: dict[str, Any] = {"api_visibility": "undocumented", **inference.CONCURRENCY}
CHOOSE = f'<p class="rnn-empty">{sentences("Choose a clip.", "영상을 고르세요.")}</p>'


def offered() -> list[examples.Example]:
    """The examples whose model is there."""
    there = models.available(inference.TASK)
    return [one for one in examples.EXAMPLES if one.model in there]


# What the buttons do ---------------------------------------------------------------------------------


def show_clip(name: str | None, change: str = changes.AS_IT_IS, seed: float | None = 1) -> Iterator[str]:
    """The clip and the strips of its networks, as they come; HTML. Seed 0 draws a new one."""
    example, drawn_with = _example(name), seeds.used(seed)
    if not isinstance(change, str) or change not in changes.CHANGES:
        raise validation.refusal(
            f"The change is none of: {', '.join(changes.CHANGES)}.", "없는 방법입니다. 목록에서 골라 주세요.", "change"
        )
    yield run.LOADING
    with validation.user_errors():
        _, loaded = inference.get_model(example.model)
        made = changes.changed(examples.clip(example.name), change, loaded.classes, drawn_with)
        told = _told(example, change, seed, drawn_with)
        found: list[Any] = []
        for result in inference.label_all(loaded, made.clip.frames):
            found.append(result)
            yield _figure(example, loaded, made.clip, found, told)


def _figure(example: examples.Example, loaded: Any, clip: examples.LabelledClip, found: Sequence, told: str) -> str:
    return strip_view.figure(loaded.inputs_kind, loaded.rate, loaded.networks, clip, found) + told


def show_chosen(change: str, seed: float | None, event: gr.EventData) -> Iterator[tuple[str, str]]:
    """As `show_clip`, of the example that was clicked; before it the example's name."""
    name = validation.clicked(event, "name")
    for shown in show_clip(name, change, seed):
        yield name, shown


def _example(name: str | None) -> examples.Example:
    names = [one.name for one in offered()]
    if not isinstance(name, str) or name not in names:
        raise validation.refusal(
            f"There is no such clip; expected one of: {', '.join(names)}.", "없는 영상입니다. 골라 주세요.", "name"
        )
    return examples.BY_NAME[name]


def _told(example: examples.Example, change: str, asked: float | None, seed: int) -> str:
    """Where the clip comes from, and the seed where one was drawn with."""
    credit = sentences(*examples.CREDITS[example.inputs])
    drawn = f'<p class="rnn-total">{seeds.shown(asked, seed)}</p>' if change == "shuffled" else ""
    return f'{drawn}<p class="rnn-caption rnn-credit">{credit}</p>'


# The tab ---------------------------------------------------------------------------------------------


def build() -> None:
    """Put the tab into the page."""
    gr.Markdown(CLIPS)
    there = offered()
    opening = examples.OPENING if examples.OPENING in [one.name for one in there] else there[0].name if there else ""
    with gr.Row(elem_classes="rnn-asking"):
        with gr.Column(elem_classes="rnn-ask"):
            name = gr.Textbox(opening, visible="hidden", elem_id="clip-name")
            gallery = gr.HTML(
                _gallery(there, opening),
                js_on_load=asset("video", "gallery.js"),
                apply_default_css=False,
                elem_id="clip-gallery",
            )
            change = gr.Radio(
                [(title, key) for key, title in changes.CHANGES.items()],
                value=changes.AS_IT_IS,
                label=label("Played", "재생 방법"),
                elem_id="clip-change",
            )
            seed = seeds.field("clip-seed")
            seed.value = 1
            with gr.Row():
                start = gr.Button(
                    label("Label", "레이블 달기"),
                    variant="primary",
                    min_width=140,
                    elem_id="clip-start",
                )
                stop = run.stop_button("clip")
        with gr.Column(elem_classes="rnn-answers"):
            shown = strip_view.view(elem_id="clip-shown")
            shown.value = CHOOSE
    links.register(
        start, clip=_linked(name), change=change, seed=link_settings.number(seed, 0, seeds.LIMIT, whole=True)
    )
    seeds.keep_from(shown, seed, start)
    name.change(None, name, None, js=MARK, **SMALL)
    asked = [name, change, seed]
    running = run.connect(
        start,
        show_clip,
        asked,
        shown,
        stop=stop,
        doing=LABELLING,
        fields={"name": gallery},
        api_name="show_clip",
        **SHOWING,
    )
    running.also(
        gallery.click,
        show_chosen,
        [change, seed],
        [name, shown],
        api_name="show_chosen_clip",
        trigger_mode="always_last",
    )
    running.also(change.input, show_clip, asked, api_name="show_changed_clip", trigger_mode="always_last")


def _linked(name: gr.Textbox) -> link_settings.Setting:
    names = [one.name for one in offered()]

    def read(value: str) -> list[Any]:
        if value not in names:
            raise link_settings.UnfitError.choice(names)
        return [value]

    return link_settings.Setting(name, [name], read)


def _gallery(there: Sequence[examples.Example], opening: str) -> str:
    """The examples as buttons, a group for each kind of input."""
    groups = "".join(
        f'<p class="rnn-caption">{both(*title)}</p><div class="rnn-thumbs">{"".join(map(_choice, mine))}</div>'
        for inputs, title in examples.GROUPS.items()
        if (mine := [one for one in there if one.inputs == inputs])
    )
    return f'<div class="rnn-gallery" data-opening="{opening}">{groups or CHOOSE}</div>'


def _choice(example: examples.Example) -> str:
    told = both(html.escape(example.told), html.escape(example.told_ko))
    return (
        f'<button type="button" data-name="{example.name}" aria-pressed="false">'
        f"{frames_view.thumbnail(example.name)}<span>{told}</span></button>"
    )
