"""The writing of a model as frames for the page: at a reader's pace, or as fast as it goes."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from apps.char_lm import character_view, unknown_characters
from apps.char_lm.inference import CANDIDATES, TASK, _greedy, checked, sampling_from
from apps.shared import models, seeds, validation
from apps.shared.languages import both, label

FRAME = 0.05  # seconds between two updates of the page
READING_PACE = 2  # symbols a frame, what an eye can follow
READABLE = label("Readable", "읽기 좋게")
FULL_SPEED = label("Full speed", "최고 속도")


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
        The values of the two views (see `apps.char_lm.character_view`) and a line of HTML about the run.
    """
    prompt, length = checked(prompt, length)
    sampling = sampling_from(temperature, top_k, top_p, seeds.used(seed))
    head = character_view.prompt_line(prompt)
    yield head, head if beside else "", both("Loading the model…", "모델을 불러오는 중…")
    with validation.user_errors():
        loaded = models.get(model, TASK)
        note = unknown_characters.note(loaded.vocabulary, prompt)
        streams = [_symbols(loaded, prompt, length, **sampling)]
        if beside:
            streams.append(_symbols(loaded, prompt, length, strategy=_greedy()))
        started, count = time.monotonic(), 0
        for texts, count in _frames(streams, head, paced=pace != FULL_SPEED):
            yield texts[0], texts[1] if beside else "", f"{note}{count:,} / {length:,}"
    seconds = time.monotonic() - started
    done = f"<b>{count:,}</b> {both('symbols', '기호')}, {seconds:.1f} s, {seeds.shown(seed, sampling['seed'])}"
    yield gr.skip(), gr.skip(), note + done


def _symbols(loaded: Any, prompt: str, length: int, **how: Any) -> Iterator[str]:
    """One line of the view for each symbol that the model writes."""
    for piece in loaded.steps(prompt, length, candidates=CANDIDATES, **how):
        for symbol in piece.symbols:
            nats = character_view.nats(symbol.probability)
            yield character_view.symbol_line(character_view.Symbol(symbol.text, nats, symbol.candidates))


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
