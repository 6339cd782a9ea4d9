"""Options of Gradio's events that the pages share."""

from typing import Any

# What only rearranges the page waits for no model.
SMALL: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
