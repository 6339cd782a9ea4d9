"""Values that no page would send, but a program may: too few, of another kind, of another choice. They are refused.

Gradio takes values apart before a page's function sees them. What it cannot take it answers with an error without
words, and writes a page of its own insides, the values among them, into the log.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from apps.shared import validation

SHOWN = 200  # characters of what was wrong


def refuse_invalid(demo: gr.Blocks, count: Callable[[str], None]) -> None:
    """From now on `demo` refuses wrong values in words; `count` is told the endpoint's name of each."""
    preprocess = demo.preprocess_data

    async def checked(block_fn: Any, *arguments: Any, **options: Any) -> list[Any]:
        try:
            given = await preprocess(block_fn, *arguments, **options)
            _refuse_nothing(block_fn.inputs, given)
        except Exception as error:  # components refuse in many ways
            count(str(block_fn.api_name))
            raise _refusal(error) from error
        return given

    demo.preprocess_data = checked


def _refuse_nothing(components: list[Any], given: list[Any]) -> None:
    """A menu that has a choice from the start, or an example that was clicked, is never empty on a page."""
    for component, value in zip(components, given, strict=False):
        chosen = isinstance(component, gr.Dropdown | gr.Radio) and component.value is not None
        if chosen and not isinstance(value, str | int | float) or value is None and isinstance(component, gr.Dataset):
            raise ValueError("nothing was chosen")


def _refusal(error: Exception) -> gr.Error:
    # What is said of paths would tell where on the server files lie.
    details = "" if isinstance(error, OSError | gr.exceptions.InvalidPathError) else _words(error)
    return validation.refusal(
        f"These values are not what is asked for here. {details}".rstrip(),
        "여기서 받는 값이 아닙니다. 페이지의 ‘API로 사용’을 참고해 주세요.",
    )


def _words(error: Exception) -> str:
    if isinstance(error, gr.Error):  # of a component, for visitors
        text = str(error.message)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return 'See "Use via API" on the page.'
