"""The front door as strangers meet it: `python -m apps` with the bundled models, in a process of its own.

    start-up    seconds to the first page, then to the first answer of each task, and to the second
    memory      resident, when the first page has come, after every model was used, and over 1,000 requests
    load        32 visitors at once, for two minutes, each with questions of their own; then the queue is overfilled
    batches     what running waiting requests together would save

Every answer under load is held against the answer to the same question when nobody else was there. Another answer, or
an error, ends the measurement.
"""

import contextlib
import functools
import itertools
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import side_by_side

ROOT = Path(__file__).resolve().parents[1]
VISITORS, SECONDS, REQUESTS = 32, 120, 1000
WAIT = 300


@dataclass(frozen=True)
class Question:
    """What a visitor asks, and what of the answer must be the same again."""

    name: str
    values: dict[str, Any]
    told: Callable[[Any], Any]

    def ask(self, visitor: Any) -> Any:
        """The answer, without what may differ in the last digit."""
        return self.told(visitor.predict(api_name=self.name, **self.values))


@dataclass(frozen=True)
class Hub:
    """A server that answers, and the seconds from its start to its first page."""

    address: str
    seconds: float

    def visitor(self) -> Any:
        """A new visitor, with more patience than the five seconds of httpx."""
        from gradio_client import Client

        return Client(self.address, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": WAIT})

    def resident(self) -> float:
        """Megabytes in memory."""
        with urllib.request.urlopen(self.address + "metrics", timeout=WAIT) as page:
            found = re.search(r"^process_resident_memory_bytes (\S+)$", page.read().decode(), re.MULTILINE)
        if not found:
            raise RuntimeError("The server does not know its own memory; measure this on Linux.")
        return float(found[1]) / 2**20


@contextlib.contextmanager
def serving() -> Iterator[Hub]:
    """`python -m apps`, once its first page has come."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "apps", "--port", str(port), "--rate", "0", "--log", os.devnull]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}/"
        while not _answers(address):
            if process.poll() is not None or time.perf_counter() - start > WAIT:
                raise RuntimeError(f"{' '.join(command)} does not answer.")
            time.sleep(0.02)
        yield Hub(address, time.perf_counter() - start)
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=WAIT) as page:
            return bool(page.read())
    except OSError:
        return False


def run() -> list[dict]:
    """Measure all: rows of {what, value, unit, note}."""
    with serving() as hub:
        rows = _start(hub)
    with serving() as hub:
        visitor = hub.visitor()
        rows += _memory(hub, visitor)
        questions, expected = alone(hub, visitor)
        rows += load(hub, questions, expected)
        rows += _growth(hub, visitor, [question for own in questions for question in own])
        rows += crowd_of(hub)
    return rows + _together()


# ------------------------------------------------------------------------------------------------ questions


def questions_of(number: int, tasks: set[str]) -> list[Question]:
    """What visitor `number` asks: one question of each task that has a model, like nobody else's."""
    words = random.Random(number).sample(_WORDS, 3)
    sentence = f"The {words[0]} saw the {words[1]} behind the {words[2]}."
    found = [
        Question("/generate", {"prompt": sentence, "length": 60, "seed": number}, str),
        Question("/score", {"text": sentence}, lambda answer: "".join(answer["characters"])),
        Question("/explain", {"text": sentence}, lambda answer: [word["text"] for word in answer["words"]]),
        Question("/translate", {"text": sentence}, lambda answer: (answer["sentences"][0]["source"], answer["text"])),
    ]
    if "captioning" in tasks:
        found.append(Question("/caption_image", {"picture": _picture(number)}, _caption))
    return found


_WORDS = (
    "dog",
    "cat",
    "boy",
    "girl",
    "man",
    "woman",
    "child",
    "bird",
    "house",
    "tree",
    "car",
    "ball",
    "river",
    "horse",
)


def _caption(answer: dict) -> tuple[str, float]:
    return answer["text"], round(answer["score"], 2)


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """Deleted when the program ends."""
    return tempfile.TemporaryDirectory(prefix="pictures-")


def _picture(number: int) -> Any:
    """One of the pages' photographs, cut and turned as for nobody else."""
    from gradio_client import handle_file
    from PIL import Image

    from apps.captioning.examples import PICTURES

    files = sorted(PICTURES.glob("*.jpg"))
    path = Path(_folder().name) / f"{number}.png"
    with Image.open(files[number % len(files)]) as picture:
        width, height = picture.size
        cut = picture.crop((number, number, width - number, height - number))
        cut.rotate(90 * (number // len(files))).save(path)
    return handle_file(path)


LISTS = {
    "char_lm": "/char_lm_models",
    "sentiment": "/sentiment_models",
    "translation": "/translation_models",
    "captioning": "/captioning_models",
}
"""The endpoint of each task that names its models; a task without one has none."""


def tasks_of(visitor: Any) -> set[str]:
    """The tasks that have a model."""
    names = visitor.view_api(return_format="dict", print_info=False)["named_endpoints"]
    return {task for task, name in LISTS.items() if name in names}


def _timed(question: Question, visitor: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    return question.ask(visitor), time.perf_counter() - start


# ---------------------------------------------------------------------------------------------- start, memory


def _start(hub: Hub) -> list[dict]:
    rows = [_row("hub, first page", hub.seconds, "s", "from the start of the process to the whole page")]
    visitor = hub.visitor()
    for question in questions_of(0, tasks_of(visitor)):
        (_, first), (_, second) = _timed(question, visitor), _timed(question, visitor)
        rows.append(_row(f"hub, first answer of {question.name}", first, "s", f"the same again {second:.2f} s"))
    return rows


def _memory(hub: Hub, visitor: Any) -> list[dict]:
    rows = [_row("hub, resident after the first page", hub.resident(), "MB", "")]
    used, tasks = 0, tasks_of(visitor)
    for task, name, value in (
        ("char_lm", "/generate", {"prompt": "The ", "length": 30}),
        ("sentiment", "/explain", {"text": "A good film."}),
        ("translation", "/translate", {"text": "A dog runs."}),
        ("captioning", "/caption_image", {"picture": _picture(0)}),
    ):
        for model in visitor.predict(api_name=LISTS[task]) if task in tasks else ():
            visitor.predict(api_name=name, model=model, **value)
            used += 1
    return [*rows, _row("hub, resident after every model was used", hub.resident(), "MB", f"{used} models")]


def _growth(hub: Hub, visitor: Any, questions: list[Question]) -> list[dict]:
    """Resident memory over many requests, after all of them have been asked before."""
    asked, found = itertools.cycle(questions), [hub.resident()]
    for _ in range(10):
        for question in itertools.islice(asked, REQUESTS // 10):
            question.ask(visitor)
        found.append(hub.resident())
    note = f"{REQUESTS:,} requests; every hundred: {', '.join(f'{value:,.0f}' for value in found)}"
    return [_row("hub, growth of resident memory", found[-1] - found[0], "MB", note)]


# ------------------------------------------------------------------------------------------------------ load


def alone(hub: Hub, visitor: Any) -> tuple[list[list[Question]], list[list[Any]]]:
    """Each visitor's questions, and the answers when nobody else is there."""
    tasks = tasks_of(visitor)
    questions = [questions_of(number, tasks) for number in range(VISITORS)]
    return questions, [[question.ask(visitor) for question in own] for own in questions]


def load(hub: Hub, questions: list[list[Question]], expected: list[list[Any]]) -> list[dict]:
    visitors = [hub.visitor() for _ in range(VISITORS)]
    times: dict[str, list[float]] = defaultdict(list)
    start = time.perf_counter()

    def visit(number: int) -> None:
        chosen = random.Random(number)
        while time.perf_counter() - start < SECONDS:
            n = chosen.randrange(len(questions[number]))
            question = questions[number][n]
            answer, seconds = _timed(question, visitors[number])
            if answer != expected[number][n]:
                raise RuntimeError(f"{question} was answered {answer!r} under load; alone {expected[number][n]!r}.")
            times[question.name].append(seconds)

    with ThreadPoolExecutor(VISITORS) as pool:
        list(pool.map(visit, range(VISITORS)))
    seconds = time.perf_counter() - start
    every = [value for found in times.values() for value in found]
    note = f"{len(every):,} requests of {VISITORS} visitors in {seconds:.0f} s, none wrong, none refused"
    rows = [_row("load, all", len(every) / seconds, "requests/s", f"{note}; {_percentiles(every)}")]
    return rows + [
        _row(f"load, {name}", len(found) / seconds, "requests/s", _percentiles(found))
        for name, found in sorted(times.items())
    ]


def crowd_of(hub: Hub) -> list[dict]:
    """Far more at once than the queue holds: whoever does not fit is told so, and the others are answered."""
    import httpx

    question = questions_of(0, set())[3]
    visitors = [hub.visitor() for _ in range(4)]  # each of which asks 40 at a time, no more
    jobs = [visitors[n % 4].submit(api_name=question.name, **question.values) for n in range(160)]
    refused = 0
    for job in jobs:
        try:
            job.result(timeout=WAIT)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 429 or "try again" not in error.response.text.lower():
                raise
            refused += 1
    note = "from one address, which may fill half of the queue; the others were answered"
    return [_row("load, refused of a crowd", refused, f"of {len(jobs)}", note)]


# ----------------------------------------------------------------------------------------------------- batches


def _together() -> list[dict]:
    """What it would save to run waiting requests together: eight as one, and each alone, four at a time as they run."""
    import rnn_models
    from apps import catalogue
    from apps.shared import models

    texts = [questions_of(number, set())[1].values["text"] for number in range(8)]
    pictures = [_picture(number)["path"] for number in range(8)]
    rows = []
    for task, verb, asked in (
        ("sentiment", "predict", texts),
        ("translation", "translate", texts),
        ("captioning", "caption", pictures),
    ):
        if not models.available(task):
            continue
        name = models.first(catalogue.selected(task)[0])
        act = getattr(rnn_models.load(name), verb)
        with ThreadPoolExecutor(4) as pool:
            rivals = {
                "alone": lambda act=act, asked=asked, pool=pool: list(pool.map(act, [[one] for one in asked])),
                "together": lambda act=act, asked=asked: act(asked),
            }
            for rival in rivals.values():
                rival()
            seconds = side_by_side(rivals)
        apart, as_one = (1000 * float(np.median(seconds[key])) / len(asked) for key in rivals)
        rows.append(_row(f"{name}, each alone", apart, "ms", f"{len(asked)} as one: {as_one:.1f} ms each"))
    return rows


def _percentiles(seconds: list[float]) -> str:
    half, most = np.percentile(seconds, [50, 95])
    return f"p50 {half:.2f} s, p95 {most:.2f} s"


def _row(what: str, value: float, unit: str, note: str) -> dict:
    return {"what": what, "value": float(value), "unit": unit, "note": note}
