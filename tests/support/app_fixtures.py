"""Fixtures for the pages' tests: tiny models, one server, headless Chromium, visitors.

The models are made once a run, and there is one server a run, however many workers it has.
"""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import browser as support
from tests.support.browser import (
    CAPTIONING,
    CHROMIUM,
    DESKTOP,
    DIGITS,
    DRAW,
    ENGLISH,
    KOREAN,
    ROOT,
    SENTIMENT,
    TRANSLATION,
    VIDEO,
    VQA,
)

SHIPPED_FINGER = ROOT / "pretrained/video/finger"
_tiny_loaded: dict[str, Any] = {}

# Gradio's own script says so of the streams that it gives up where a page is left before all its answers are in.
SAID_ON_LEAVING = ("AbortError: signal is aborted", "Unexpected error Connection errored out")


def run_folder(base: Path) -> Path:
    """The folder that all workers of a run share, from a process's base folder for temporary files."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def pytest_sessionfinish(session: pytest.Session) -> None:
    """When all workers are done, the server of the run ends."""
    if not hasattr(session.config, "workerinput"):
        support.stop_shared_server(session.config._tmp_path_factory.getbasetemp() / "server.json")


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with untrained models, which no test changes.

    Character models: one of printable ASCII, one of Korean in jamo. Sentiment models under the shipped ones'
    names, one Korean and one English, and one with other labels, which hold markup, and without attention.
    Translators: English to Korean with and without attention, German to English, and digits. Captioners: soft and
    hard attention, on grids of two sizes, and two without. Readers of digits in each order, painters of digits with and
    without attention. Networks that are asked pictures, with hops of attention, a look before each word, and without.
    Labelers of video: the shipped one of the fingertip, and untrained ones of poses and pictures.
    """
    return support.made_once(run_folder(tmp_path_factory.getbasetemp()) / "models", save_models)


def save_models(folder: Path) -> None:
    """Untrained models of all tasks."""
    import keras

    keras.utils.set_random_seed(7)
    ascii_text = "\n" + "".join(map(chr, range(32, 127)))
    korean_text = "\n .,!?정말 재미있는 영화였다. 배우들의 연기도 좋았다. 시간이 아깝지 않은 최고의 작품!"
    save_char_lm(folder / ENGLISH, ascii_text, None)
    save_char_lm(folder / KOREAN, korean_text, "NFD")
    for name, options in SENTIMENT.items():
        save_sentiment(folder / name, **options)
    for name, options in TRANSLATION.items():
        save_translator(folder / name, **options)
    for name, options in CAPTIONING.items():
        save_captioner(folder / name, **options)
    for name, options in DRAW.items():
        save_draw(folder / name, **options)
    for name, options in DIGITS.items():
        save_reader(folder / name, **options)
    for name, options in VQA.items():
        save_answerer(folder / name, **options)
    for name, options in VIDEO.items():
        save_labeler(folder / name, **options)
    if SHIPPED_FINGER.is_dir():  # a mouse that draws a circle asks for a trained one
        shutil.rmtree(folder / "video/finger")
        shutil.copytree(SHIPPED_FINGER, folder / "video/finger")


def save_char_lm(folder: Path, text: str, normalization: str | None) -> None:
    """An untrained model of the characters of `text`."""
    from rnn_models import CharLM, CharVocabulary, save_bundle

    model = CharLM(CharVocabulary.build(text, normalization), cell="gru", units=24, layers=1)
    model.build((None, None))
    save_bundle(model, folder, {"nats": 4.5}, f"# char_lm/{folder.name}\n\nUntrained, for tests.\n")


def save_sentiment(folder: Path, text: str, **options: Any) -> None:
    """An untrained sentiment model that reads the characters of `text`."""
    import numpy as np

    from rnn_models import CharTokenizer, SentimentClassifier, save_bundle

    sizes = {"units": 40, "embedding": 12, "attention_units": 8, "max_tokens": 64}
    model = SentimentClassifier(CharTokenizer.build([text], 500), **sizes | options)
    model.build((None, None))
    # Untrained, every answer would be 50 %.
    model.head.kernel.assign(4 * np.asarray(model.head.kernel))
    save_bundle(model, folder, {"test": {"accuracy": 0.5}}, f"# {folder.name}\n\nUntrained, for tests.\n")


def save_translator(folder: Path, **options: Any) -> None:
    """An untrained translator; what it writes is made of Korean and English words."""
    import numpy as np

    from rnn_models import SubwordTokenizer, Translator, save_bundle

    korean, english = (
        "나는 삼촌과 함께 살았다 파란 셔츠 개 두 마리 눈 속에서",
        "I lived with my uncle two dogs in the snow",
    )
    how: dict[str, Any] = {"lowercase": False, "normalization": "NFC", "byte_fallback": True}
    tokenizer = SubwordTokenizer.build([korean, english, "0123456789"] * 2, 400, specials=("<s>", "</s>"), **how)
    sizes = {"units": 24, "embedding": 16, "attention_units": 12, "max_tokens": 60}
    model = Translator(tokenizer, **sizes | options)
    model.build()
    # Untrained, all tokens would be alike. Bytes are to be rare.
    model.embed.embeddings.assign(4 * np.asarray(model.embed.embeddings))
    model.head_bias.assign(np.where(np.arange(len(tokenizer)) < 259, -9.0, 0.0))
    save_bundle(model, folder, {}, f"# {folder.name}\n\nUntrained, for tests.\n")


def save_captioner(folder: Path, album: bool = False, **options: Any) -> None:
    """An untrained captioner, whose captions are short; with an album, to which every picture is strange."""
    import numpy as np

    from rnn_models import Captioner, WordTokenizer, save_bundle
    from rnn_models.tasks.reference_set import ReferenceSet

    words = ["a", "two", "dog", "dogs", "man", "runs", "sits", "in", "on", "snow", "grass", "red", "with", "ball"]
    sizes = {"units": 24, "embedding": 16, "attention_units": 12, "features": 20, "max_words": 8, "fit": "crop"}
    config = {"tokenizer": WordTokenizer(words, ("<s>", "</s>")), **sizes, **options}
    kept = ReferenceSet.of(np.random.default_rng(3).random((6, 1280)), [f"{word} & <b>" for word in words[:6]], axes=4)
    kept.limit = -1e6
    model = Captioner(**config, album=kept.get_config() if album else None)
    model.build()
    for own, variable in zip(model.reference_set.weights, kept.weights, strict=True) if album else ():
        own.assign(variable)
    # Untrained, all words would be alike, and attention would be nearly even.
    model.embed.embeddings.assign(4 * np.asarray(model.embed.embeddings))
    if model.decoder.attention is not None:
        for variable in model.decoder.attention.weights:
            variable.assign(4 * np.asarray(variable))
    measured = {"cider_d": 0.5, "bleu_4": 0.2}
    save_bundle(model, folder, {"validation": measured}, f"# {folder.name}\n\nUntrained, for tests.\n")


def save_draw(folder: Path, **options: Any) -> None:
    """An untrained painter of digits."""
    from rnn_models import DRAW, save_bundle

    sizes = {"steps": 3, "latent": 4, "units": 8, "read_size": 2, "write_size": 3, "cell": "gru"}
    model = DRAW(labels=[str(n) for n in range(10)], **sizes | options)
    model.build()
    save_bundle(model, folder, {"test": {"nats": 543.4}}, f"# {folder.name}\n\nUntrained, for tests.\n")


def save_reader(folder: Path, order: str) -> None:
    """An untrained reader of digits."""
    import numpy as np

    from rnn_models import DigitReader, GlimpseReader, save_bundle

    permutation = np.random.RandomState(0).permutation(784).tolist() if order == "permuted" else None
    if order == "glimpses":
        model = GlimpseReader(glimpses=3, glimpse_size=4, scales=2, units=8, glimpse_units=6)
    else:
        model = DigitReader(order, permutation, cell="gru", units=6)
    model.build((None, 28, 28))
    # Untrained, all classes would be alike, and all places near the middle.
    model.head.kernel.assign(4 * np.asarray(model.head.kernel))
    if order == "glimpses":
        model.place.kernel.assign(4 * np.asarray(model.place.kernel))
    save_bundle(model, folder, {"test": {"accuracy": 0.5}}, f"# {folder.name}\n\nUntrained, for tests.\n")


def save_answerer(folder: Path, **options: Any) -> None:
    """An untrained network that answers questions about scenes in English and Korean."""
    import numpy as np

    from rnn_models import VisualQuestionAnswerer, WordTokenizer, save_bundle
    from rnn_models.text.words import words_of
    from rnn_models.vision.scenes.question_texts import answers_in, texts
    from rnn_models.vision.scenes.questions import KINDS, queries
    from rnn_models.vision.scenes.scene import make_scenes

    asked = [query for scene in make_scenes(12, 5) for kind in KINDS for query in queries(scene, kind)]
    said = (text for query in asked for language in ("en", "ko") for text in texts(query, language))
    words = sorted({word for text in said for word in words_of(text)})
    sizes = {"side": 32, "channels": (4, 6, 8), "features": 8, "units": 12, "embedding": 8, "cell": "gru"}
    widths = {"attention_units": 6, "joint": 12}
    model = VisualQuestionAnswerer(WordTokenizer(words), answers_in(("en", "ko")), **sizes, **widths, **options)
    model.build()
    # Untrained, all answers would be alike, and attention would be even.
    for variable in model.trainable_variables:
        variable.assign(1.5 * np.asarray(variable))
    measured = dict.fromkeys(("accuracy", "picture_hidden", "question_hidden", "bag_of_words"), 0.5)
    scores = {"dataset": "scenes", "language": "both", "test": {**measured, "kinds": {"relate": measured}}}
    save_bundle(model, folder, scores, f"# {folder.name}\n\nUntrained, for tests.\n")


def save_labeler(folder: Path, inputs: str, **options: Any) -> None:
    """An untrained labeler of video, with the classes of the shipped ones."""
    from rnn_models import VideoLabeler, save_bundle

    classes = {
        "points": ("stop", "clockwise", "counter_clockwise", "move"),
        "joints": ("rest", "rising", "up", "falling"),
        "pixels": ("still", "left", "right", "up", "down"),
    }[inputs]
    clips = ("<b>one</b>", "other") if inputs != "points" else classes
    model = VideoLabeler(inputs, classes=classes, clip_classes=clips, units=6, encoder_units=8, **options)
    model.build()
    for part in model.parts:  # untrained, all classes would be alike
        part.frame_head.kernel.assign(4 * part.frame_head.kernel)
    save_bundle(model, folder, {"test": {"accuracy": 0.5}}, f"# {folder.name}\n\nUntrained, for tests.\n")


@pytest.fixture
def shipped_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models of `pretrained/`; the test is skipped without them. Nothing is compiled for them."""
    import rnn_models

    if len(rnn_models.available()) < 10:
        pytest.skip("the shipped models are not in pretrained/")
    monkeypatch.setenv("RNN_XLA", "0")


@pytest.fixture
def only_tiny_models(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, too, the tiny models are those that there are; a shipped one may have the same name.

    All tests share them and what was compiled for them: each new size of an input costs a third of a second.
    """
    with_tiny_models(monkeypatch, tiny_models)


def with_tiny_models(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """What `only_tiny_models` does, for as long as `patch` lasts."""
    from apps.shared import models

    patch.setenv("RNN_XLA", "0")
    patch.setenv("RNN_MODELS_DIR", str(folder))
    patch.setattr(models, "_loaded", _tiny_loaded)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list:
    """A quick encoder in place of the real one; gives the list of all that was encoded."""
    from types import SimpleNamespace

    import numpy as np

    from rnn_models import Captioner

    pictures: list = []

    def encode(settings: dict, given: list) -> SimpleNamespace:
        pictures.extend(given)
        places = int(np.prod(settings["places"]))
        seeds = [int(picture.sum()) % 2**32 for picture in given]
        grids = [np.random.default_rng(seed).random((places, settings["depth"]), np.float32) for seed in seeds]
        pooled = [np.random.default_rng(seed + 1).random(1280, np.float32) for seed in seeds]
        return SimpleNamespace(grid=np.stack(grids), pooled=np.stack(pooled))

    def encoder(model: Captioner) -> SimpleNamespace:
        return SimpleNamespace(encode=lambda given: encode(model.settings, given), prepare=lambda given: given)

    monkeypatch.setattr(Captioner, "encoder", encoder)
    return pictures


@pytest.fixture(scope="session")
def server(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `python -m apps --mcp` with the tiny models; all tests have one address: the rate is off."""

    def start(record: Path) -> None:
        support.start_shared_server(record, tiny_models, "--mcp", "--rate", "0")

    record = support.made_once(run_folder(tmp_path_factory.getbasetemp()) / "server.json", start)
    told = json.loads(record.read_text(encoding="utf-8"))
    yield told["address"]
    log = Path(told["log"]).read_text(encoding="utf-8")
    assert "Traceback" not in log, log[-3000:]


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Headless Chromium; the test is skipped where none is installed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def idle_contexts(browser) -> dict[str, list]:
    """Contexts of visitors who have left, by their options: what is in their cache need not be loaded again."""
    return {}


@pytest.fixture
def open_page(browser, idle_contexts, request: pytest.FixtureRequest) -> Iterator[Callable]:
    """`open_page(address, viewport=DESKTOP, scheme="light")`: a page of a visitor of its own.

    Afterwards no page may have logged an error or asked another host for anything. With RNN_SCREENSHOTS=FOLDER each
    is kept there as it looked in the end.
    """
    contexts: list[tuple[str, Any]] = []
    complaints, visited = [], Counter()

    def note(page, said: str) -> None:
        complaints.append((page, said))

    def note_request(page, asked) -> None:
        if not asked.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            note(page, f"asked for {asked.url}")
        visited[page] += asked.is_navigation_request() and asked.frame == page.main_frame

    def open_one(address: str, viewport: dict | None = None, scheme: str = "light", **options):
        options |= {"viewport": viewport or DESKTOP, "color_scheme": scheme}
        idle = idle_contexts.setdefault(key := json.dumps(options, sort_keys=True), [])
        context = idle.pop() if idle else browser.new_context(**options)
        contexts.append((key, context))
        page = context.new_page()
        page.set_default_timeout(180_000)
        page.on("console", lambda message: message.type == "error" and note(page, message.text))
        page.on("pageerror", lambda error: note(page, str(error)))
        page.on("request", lambda request: note_request(page, request))
        page.goto(f"{address}{'&' if '?' in address else '?'}__theme={scheme}")
        return page

    yield open_one
    if folder := os.environ.get("RNN_SCREENSHOTS"):
        _photograph([c for _, c in contexts], Path(folder), f"{request.module.__name__}-{request.node.name}")
    for key, context in contexts:
        _leave(context)
        idle_contexts[key].append(context)
    # A page that was left has had more than one address.
    assert [said for page, said in complaints if visited[page] < 2 or not said.startswith(SAID_ON_LEAVING)] == []


def _leave(context: Any) -> None:
    """Close the pages of a context, and forget what they have put into the browser."""
    for page in context.pages:
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.close()
    context.clear_cookies()


def _photograph(contexts: list, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        file = re.sub(r"[^\w.-]+", "-", f"{name}-{number}").strip("-")
        page.screenshot(path=folder / f"{file[:150]}.png", full_page=True)


@pytest.fixture
def visit(request: pytest.FixtureRequest, server: str, open_page: Callable) -> Callable:
    """`visit(**options)`: a visitor on the page of the file's `PAGE`: its path, and what shows that it is ready."""
    path, ready = request.module.PAGE

    def arrive(**options: Any) -> Any:
        page = open_page(server + path, **options)
        page.locator(ready).wait_for()
        return page

    return arrive
