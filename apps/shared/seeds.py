"""Seeds of what is drawn at random: a field, in which 0 draws a new one each time, and a button that keeps it."""

import secrets
from typing import Any

import gradio as gr

from apps.shared import validation
from apps.shared.events import SMALL
from apps.shared.languages import both, label

LIMIT = 2**32 - 1


def field(name: str) -> gr.Number:
    """The field of a seed."""
    info = label("0: new each time", "0이면 매번 새로")
    return gr.Number(0, precision=0, label=label("Seed", "시드"), info=info, min_width=120, elem_id=name)


def used(seed: float | None) -> int:
    """The seed to draw with: that of the field, or for 0, or an empty field, a new one."""
    return checked(seed or 1 + secrets.randbelow(LIMIT))


def checked(seed: float | None) -> int:
    """`seed`, if it is a whole number from 0 to `LIMIT`."""
    return validation.whole_number(seed, 0, LIMIT, "The seed", "시드")


def shown(asked: float | None, seed: int) -> str:
    """A seed as HTML; with the button that keeps it, where the field asked for a new one."""
    keep = both("Keep this seed", "이 시드 고정")
    button = "" if asked else f' <button type="button" class="rnn-keep-seed" data-n="{seed}">{keep}</button>'
    return f"{both('seed', '시드')} <b>{seed}</b>{button}"


def keep_from(result: gr.HTML, seed: gr.Number, start: gr.Button) -> None:
    """Let the button in a result of `start` put its seed into the field; the result needs `choice_buttons.js`."""

    def kept(event: gr.EventData) -> Any:
        if validation.clicked(event, "model") is not None:
            return gr.skip()  # another button of the same result: it chooses a model
        return checked(validation.clicked(event, "n"))

    # The result that is shown was drawn with this seed: it does not become an old one.
    script = f"() => {{ rnnRun.adopt({start.elem_id!r}); return [] }}"
    result.click(kept, None, seed, js=script, **SMALL)
