"""The card of a labeler's bundle."""

from typing import Any


def card(options: Any, scores: dict[str, Any]) -> str:
    """The bundle's README."""
    return ""
