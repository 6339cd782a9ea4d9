"""What the pages' tests share: a server as visitors get it, and texts that a page must survive.

The fixtures are in `tests/support/app_fixtures.py`.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from gradio_client import Client
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ENGLISH, KOREAN = "char_lm/tiny", "char_lm/tiny-korean"
_REVIEWS = " .,!?'정말재미있는영화였다배우들의연기도좋았별로지루하고뻔한전개에시간만아까웠기대했던것보다훨씬없다이는"
_LETTERS = " .,!?'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SENTIMENT = {
    "sentiment/nsmc": {"text": _REVIEWS + _LETTERS},
    "sentiment/imdb": {"text": _LETTERS, "cell": "gru"},
    "sentiment/stars": {
        "text": _LETTERS + _REVIEWS,
        "labels": ("<b>bad</b>", "fair", "good"),
        "cell": "gru",
        "units": 12,
        "bidirectional": False,
        "pooling": "last",
    },
}
TRANSLATION = {
    "translation/en-ko": {"source_language": "en", "target_language": "ko"},
    "translation/en-ko-no-attention": {"source_language": "en", "target_language": "ko", "attention": "none"},
    "translation/de-en": {"source_language": "de", "target_language": "en", "cell": "gru", "attention": "general"},
    "translation/reverse": {"source_language": "digits", "target_language": "digits", "cell": "gru"},
}
_FINE = {"depth": 112, "places": (14, 14), "grid": "14x14", "fit": "squash"}
CAPTIONING = {
    "captioning/flickr8k-soft": {"album": True},
    "captioning/flickr8k-hard": {"attention": "hard", "gate": False, **_FINE},
    "captioning/flickr8k-h0": {"attention": "none"},
    "captioning/flickr8k-merge": {"attention": "none", "inject": "merge", "cell": "gru"},
}
DRAW = {"draw/mnist": {}, "draw/mnist-whole": {"attention": False}}
_ORDERS = ("rows", "pixels", "permuted", "whole", "glimpses")
DIGITS = {f"digits/{order}": {"order": order} for order in _ORDERS}
VIDEO = {
    "video/finger": {"inputs": "points", "frame_shape": (2,)},
    "video/motion": {"inputs": "joints", "frame_shape": (18, 3), "across": (4, 7), "rate": 15},
    "video/scenes": {"inputs": "pixels", "frame_shape": (64, 64, 3), "rate": 8},
}
VQA = {"vqa/scenes": {"join": "attention"}, "vqa/look": {"join": "look"}, "vqa/product": {"join": "product"}}
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
# What a page must show as text, and what it must survive.
MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>&amp;\''
HOSTILE = [
    "",
    "\x00\x07\x1b[31m",
    "\ud800 half a pair \udfff",
    "漢字 عربى עברית 🙂👩‍👩‍👧 Ω≈ç",
    "\u202eback",
    MARKUP,
]

START_LIMIT = 300  # seconds; a page is up in a few, but a test machine may be busy


def result_of(stream: Callable, *arguments: object) -> Any:
    """What a handler that works in steps shows in the end."""
    *_, result = stream(*arguments)
    return result


def plain_pairs(shown: str) -> str:
    """HTML in which the two languages stand as plain text, "English · 한국어"."""
    return re.sub(
        r'<span class="rnn-both"><span lang="en">(.*?)</span><i>(.*?)</i><span lang="ko">(.*?)</span></span>',
        r"\1\2\3",
        shown,
    )


def free_port() -> int:
    """A port that nobody listens on just now."""
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def made_once(path: Path, make: Callable[[Path], None]) -> Path:
    """A file or folder that the workers of a run share: the first one that asks makes it, the others wait."""
    with FileLock(path.with_name(f"{path.name}.lock")):
        if not path.exists():
            part = path.with_name(f"{path.name}.part")
            make(part)
            part.rename(path)
    return path


def start_shared_server(record: Path, models: Path, *options: str) -> None:
    """`python -m apps` with these options, which goes on after this process; `record` says where and which it is."""
    log = record.with_name("server.log")
    process, address = _started("apps", models, log, *options)
    try:
        _wait_for(address, process, log)
    except BaseException:
        process.terminate()
        raise
    record.write_text(json.dumps({"address": address, "pid": process.pid, "log": str(log)}), encoding="utf-8")


def stop_shared_server(record: Path) -> None:
    """End the server of a record, if there is one."""
    if not record.is_file():
        return
    pid = json.loads(record.read_text(encoding="utf-8"))["pid"]
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):  # it is a child only where no workers were
        os.waitpid(pid, 0)


@contextlib.contextmanager
def serving(module: str, models: Path, log: Path, *options: str) -> Iterator[str]:
    """`python -m module` with its options in a process of its own; gives its address once it answers."""
    process, address = _started(module, models, log, *options)
    with _ended(process):
        _wait_for(address, process, log)
        yield address


@contextlib.contextmanager
def answering(command: list[str], port: int, folder: Path, environment: dict[str, str], log: Path) -> Iterator[str]:
    """A server that `command` starts in `folder`, and that listens on `port`; gives its address once it answers."""
    process, address = _run(command, folder, environment, log), f"http://127.0.0.1:{port}/"
    with _ended(process):
        _wait_for(address, process, log)
        yield address


def _started(module: str, models: Path, log: Path, *options: str) -> tuple[subprocess.Popen, str]:
    port = free_port()
    command = [sys.executable, "-m", module, "--port", str(port), *options]
    environment = {**os.environ, "RNN_MODELS_DIR": str(models), "RNN_XLA": "0"}
    return _run(command, ROOT, environment, log), f"http://127.0.0.1:{port}/"


def _run(command: list[str], folder: Path, environment: dict[str, str], log: Path) -> subprocess.Popen:
    with log.open("w") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@contextlib.contextmanager
def _ended(process: subprocess.Popen) -> Iterator[None]:
    """The process ends when the block does."""
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def visitor(address: str) -> "Client":
    """A program that asks the server, with more patience than the five seconds of httpx."""
    from gradio_client import Client

    return Client(address, verbose=False, httpx_kwargs={"timeout": 120})


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.1)
    pytest.fail(f"no answer from {address} within {START_LIMIT} s:\n{log.read_text()[-3000:]}")


SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200))))"
"""A script that waits until the browser has drawn twice, and a little longer."""


def tab(page: "Page", name: str) -> None:
    """Open a tab of a page, and wait until Gradio, which builds it only now, has put its values in."""
    page.get_by_role("tab", name=name).click()
    page.evaluate(SETTLED)


def pick(page: "Page", name: str, option: str) -> None:
    """Choose an entry of the menu with this id."""
    page.locator(f"#{name} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def type_in(box: "Locator", text: str) -> None:
    """Put a text into a box as it is, half pairs and control characters too, which no keyboard has."""
    box.evaluate(
        """(box, codes) => {
            box.value = String.fromCharCode(...codes);
            box.dispatchEvent(new Event("input"));
        }""",
        list(memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")),
    )


def fits(page: "Page") -> None:
    """Nothing reaches beyond a phone's screen, but inside what scrolls by itself: neither in light nor in dark."""
    dark = []
    for _ in range(2):
        width, overflowing, is_dark = page.evaluate(
            """() => [
                document.documentElement.scrollWidth,
                [...document.querySelectorAll("[class^=rnn-]")]
                    .filter(node => node.getBoundingClientRect().right > innerWidth + 1)
                    .filter(node => !node.parentElement.closest(".rnn-scroll"))
                    .map(node => node.className),
                document.body.classList.contains("dark"),
            ]"""
        )
        assert width <= PHONE["width"] and overflowing == []
        dark.append(is_dark)
        page.evaluate("document.querySelector('#rnn-switches [data-theme]').click()")
    assert sorted(dark) == [False, True]
