"""The character model at work: its text as a stream of frames for the page, or all at once for the API."""

import itertools
import secrets
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps import characters, limits, models

TASK = "char_lm"
PROMPT_LIMIT = 1_000
LENGTH_LIMIT = 2_000
SEED_LIMIT = 2**32 - 1
CANDIDATES = 5

# How many visitors one model serves at once; the others wait in the queue.
CONCURRENCY = {"concurrency_id": TASK, "concurrency_limit": 8}

FRAME = 0.05  # seconds between two updates of the page
READING_PACE = 2  # symbols a frame, what an eye can follow
READABLE = "Readable · 읽기 좋게"
FULL_SPEED = "Full speed · 최고 속도"


def write(
    model: str,
    prompt: str,
    length: float,
    temperature: float,
    top_k: float,
    top_p: float,
    seed: float | None,
    pace: str,
    beside: bool,
) -> Iterator[tuple[Any, Any, str]]:
    """Write from the prompt, sampled and, if `beside`, argmax next to it. Seed 0 draws a fresh seed.

    Yields:
        The values of the two views (see `apps.characters`) and a line of HTML about the run.
    """
    prompt, length = checked(prompt, length)
    sampling = sampling_from(temperature, top_k, top_p, seed or 1 + secrets.randbelow(SEED_LIMIT))
    head = characters.opening(prompt)
    yield head, head if beside else "", "Waking the model… · 모델을 깨우는 중…"
    with limits.explained():
        loaded = models.get(model, TASK)
        note = limits.stand_ins(loaded.vocabulary, prompt)
        streams = [_symbols(loaded, prompt, length, **sampling)]
        if beside:
            streams.append(_symbols(loaded, prompt, length, strategy=_greedy()))
        started, count = time.monotonic(), 0
        for texts, count in _frames(streams, head, paced=pace != FULL_SPEED):
            yield texts[0], texts[1] if beside else "", f"{note}{count:,} / {length:,}"
    seconds = time.monotonic() - started
    done = f"<b>{count:,}</b> symbols · 기호, {seconds:.1f} s, seed · 시드 <b>{sampling['seed']}</b>"
    yield gr.skip(), gr.skip(), note + done


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
        model: a name that `models` gives; "" takes the first of them.
        length: how many characters to write, 1 to 2,000.
        temperature: 0 or more; lower is safer, higher is wilder, 1 is the model's own distribution.
        top_k: draw among this many likeliest characters only; 0 for all.
        top_p: draw among the likeliest that have this probability together; 1 for all.
        seed: the same seed gives the same text.

    Returns:
        The continuation, without the prompt.
    """
    prompt, length = checked(prompt, length)
    with limits.explained():
        loaded = models.get(model or models.first(TASK), TASK)
        return loaded.generate(prompt, length, **sampling_from(temperature, top_k, top_p, seed))


def checked(prompt: str | None, length: float | None) -> tuple[str, int]:
    """The prompt and the length, if they are within what the page offers."""
    return (
        limits.text_within(prompt, PROMPT_LIMIT, "The prompt", "시작 글"),
        limits.whole_number(length, 1, LENGTH_LIMIT, "The length", "길이"),
    )


def sampling_from(temperature: float, top_k: float, top_p: float, seed: float) -> dict[str, Any]:
    """The library's arguments from the page's dials (0 and 1 turn top-k and top-p off)."""
    return {
        "temperature": limits.number(temperature, 0, 100, "The temperature", "온도"),
        "top_k": limits.whole_number(top_k, 0, 10_000, "Top-k", "상위 k") or None,
        "top_p": None if top_p == 1 else limits.number(top_p, 0.001, 1, "Top-p", "누적 확률 p"),
        "seed": limits.whole_number(seed, 0, SEED_LIMIT, "The seed", "시드"),
    }


def _symbols(loaded: Any, prompt: str, length: int, **how: Any) -> Iterator[str]:
    """One line of the view for each symbol that the model writes."""
    for piece in loaded.steps(prompt, length, candidates=CANDIDATES, **how):
        for symbol in piece.symbols:
            nats = characters.nats(symbol.probability)
            yield characters.line(characters.Symbol(symbol.text, nats, symbol.candidates))


def _frames(streams: list[Iterator[str]], head: str, paced: bool) -> Iterator[tuple[list[str], int]]:
    """The values of the views as they grow, one frame every 50 ms, and how many symbols they hold."""
    texts, count = [head] * len(streams), 0
    rows = itertools.zip_longest(*streams, fillvalue="")
    while True:
        frame_end = time.monotonic() + FRAME
        fresh = list(itertools.islice(rows, READING_PACE) if paced else _within(rows, frame_end))
        if not fresh:
            return
        texts = [text + "".join(lines) for text, lines in zip(texts, zip(*fresh, strict=True), strict=True)]
        count += len(fresh)
        yield texts, count
        if paced:
            time.sleep(max(0.0, frame_end - time.monotonic()))


def _within(rows: Iterator[tuple[str, ...]], end: float) -> Iterator[tuple[str, ...]]:
    """The rows that come before `end`, and the one that was under way."""
    for row in rows:
        yield row
        if time.monotonic() >= end:
            return


def _greedy() -> Any:
    from rnn_models.decoding import Greedy

    return Greedy()
