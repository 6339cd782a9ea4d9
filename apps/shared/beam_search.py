"""What a visitor may ask of a beam search, for all pages that have one."""

from typing import Any

from apps.shared import validation

WIDTH_LIMIT = 10
PENALTY_LIMIT = 2.0


def search_options(beam: float | None, length_penalty: float | None = 1.0) -> dict[str, Any]:
    """The library's arguments for a beam search.

    Raises:
        gr.Error: a number out of its bounds.
    """
    return {
        "beam": validation.whole_number(beam, 1, WIDTH_LIMIT, "The beam", "빔", "beam"),
        "length_penalty": validation.number(
            length_penalty, 0, PENALTY_LIMIT, "The length penalty", "길이 벌점", "length_penalty"
        ),
    }
