"""The character model at work: its text as a stream of frames for the page, or all at once for the API."""

from typing import Any

from apps.char_lm import PAGE
from apps.shared import models, seeds, validation

TASK = PAGE.task
PROMPT_LIMIT = 1_000
LENGTH_LIMIT = 2_000
CANDIDATES = 5

CONCURRENCY = PAGE.concurrency


def generate(
    prompt: str = "",
    model: str = "",
    length: int = 200,
    temperature: float = 0.8,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int = 1,
) -> str:
    """Continue a prompt, character by character.

    Args:
        prompt: what the text begins with, at most 1,000 characters.
        model: a name that `char_lm_models` gives; "" takes the first of them.
        length: how many characters to write, 1 to 2,000.
        temperature: 0 or more; lower is safer, higher is wilder, 1 is the model's own distribution.
        top_k: draw among this many likeliest characters only; 0 for all.
        top_p: draw among the likeliest that have this probability together; 1 for all.
        seed: the same seed gives the same text.

    Returns:
        The continuation, without the prompt.
    """
    prompt, length = checked(prompt, length)
    with validation.user_errors():
        loaded = models.get(model or models.first(PAGE), TASK)
        return loaded.generate(prompt, length, **sampling_from(temperature, top_k, top_p, seed))


def checked(prompt: str | None, length: float | None) -> tuple[str, int]:
    """The prompt and the length, if they are within what the page offers."""
    return (
        validation.text_within(prompt, PROMPT_LIMIT, "The prompt", "시작 글", "prompt"),
        validation.whole_number(length, 1, LENGTH_LIMIT, "The length", "길이", "length"),
    )


def sampling_from(temperature: float, top_k: float, top_p: float, seed: float) -> dict[str, Any]:
    """The library's arguments from the page's dials (0 and 1 turn top-k and top-p off)."""
    return {
        "temperature": validation.number(temperature, 0, 100, "The temperature", "온도", "temperature"),
        "top_k": validation.whole_number(top_k, 0, 10_000, "Top-k", "상위 k", "top_k") or None,
        "top_p": None if top_p == 1 else validation.number(top_p, 0.001, 1, "Top-p", "누적 확률 p", "top_p"),
        "seed": seeds.checked(seed),
    }


def _greedy() -> Any:
    from rnn_models.decoding.decoder import Greedy

    return Greedy()
