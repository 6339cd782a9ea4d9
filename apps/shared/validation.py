"""What a visitor may send, and how a page says no: in English and Korean, with the way to mend it."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

NAME_LIMIT = 200  # characters of a model's name
IN_ENGLISH = "이 요청은 처리할 수 없습니다. 자세한 설명은 영어 화면에 나옵니다."
SHOWN_VALUE = 40  # characters of a value that is no number


class Refusal(gr.Error):
    """An error for a visitor; `field` names the parameter that it is about, or is ""."""

    field = ""


def refusal(english: str, korean: str, field: str = "") -> Refusal:
    """The error to raise for a visitor; both sentences may hold what the visitor typed.

    Args:
        field: the parameter that is wrong: the page shows the error beside its field, see `apps.shared.run`.
    """
    # Programs get this, too; what the page shows is marked there.
    error = Refusal(f"{html.escape(english)}<br>{html.escape(korean)}", print_exception=False)
    error.field = field
    return error


@contextmanager
def about(field: str) -> Iterator[None]:
    """What is refused in here is refused because of this field, where the error names none."""
    try:
        yield
    except Refusal as error:
        error.field = error.field or field
        raise


def plain(error: gr.Error) -> str:
    """The English half of a refusal as plain text, for where no page shows it."""
    return html.unescape(str(error.message).split("<br>")[0])  # what a visitor typed has no <br>: it is escaped


@contextmanager
def user_errors() -> Iterator[None]:
    """Show the library's ValueErrors, which say what was wrong and how to mend it, to the visitor."""
    try:
        yield
    except gr.Error:  # a refusal, which is a ValueError, too
        raise
    except ValueError as error:
        raise refusal(str(error), getattr(error, "korean", IN_ENGLISH)) from error


def text_within(text: str | None, limit: int, what: str, what_ko: str, field: str = "text") -> str:
    """`text` if it is short enough, with half surrogate pairs (no characters at all) as �."""
    text = "" if text is None else text
    if not isinstance(text, str):
        raise refusal(
            f"{what} is no text; send a string.",
            f"{what_ko} 자리에 글이 아닌 값이 있습니다. 문자열을 보내 주세요.",
            field,
        )
    if len(text) > limit:
        raise refusal(
            f"{what} has {len(text):,} characters; at most {limit:,} fit. Shorten it.",
            f"{what_ko}의 길이가 {len(text):,}자입니다. {limit:,}자까지 되니 줄여 주세요.",
            field,
        )
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def clicked(event: gr.EventData, name: str) -> Any:
    """What a click says of its place, or None; a program may send anything in place of a click."""
    return event._data.get(name) if isinstance(event._data, dict) else None


def no_text(field: str = "text") -> gr.Error:
    """The error to raise where a visitor gave no text."""
    return refusal(
        "There is no text yet: type or paste one.", "글이 비어 있습니다. 입력하거나 붙여 넣어 주세요.", field
    )


def no_attention(model: str) -> gr.Error:
    """The error to raise where a model without attention is to be steered."""
    return refusal(
        f"The model {model} has no attention that could be steered; choose one that has.",
        f"{model} 모델에는 돌릴 주의(어텐션)가 없습니다. 주의가 있는 모델을 골라 주세요.",
    )


def number(value: float | None, least: float, most: float, what: str, what_ko: str, field: str = "") -> float:
    """`value`, if it is a number between two bounds, both included."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        shown = _shown(value)
        raise refusal(
            f"{what} is {shown}; choose a number from {least:,} to {most:,}.",
            f"{what_ko} 값이 {shown}입니다. {least:,}부터 {most:,}까지의 수를 써 주세요.",
            field,
        )
    return float(value)


def _shown(value: Any) -> str:
    """What stands in place of a number, cut short. (Python refuses to write down integers of thousands of digits.)"""
    if isinstance(value, int) and value.bit_length() > 100:
        return "too large" if value > 0 else "too small"
    return str(value)[:SHOWN_VALUE]


def whole_number(value: float | None, least: int, most: int, what: str, what_ko: str, field: str = "") -> int:
    """`value`, if it is a whole number between two bounds, both included."""
    if int(number(value, least, most, what, what_ko, field)) != value:
        raise refusal(
            f"{what} is {value}; choose a whole number from {least:,} to {most:,}.",
            f"{what_ko} 값이 {value}입니다. {least:,}부터 {most:,}까지의 정수를 써 주세요.",
            field,
        )
    return int(value)
