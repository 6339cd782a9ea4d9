"""Every endpoint of the app, given anything: what comes back is an answer or a refusal in words, soon and not too long.

The endpoints are those that the app has: a new one is tried without being named here. Each is given values as its
components take them, and values that no page would send. Files of the server are not read, whatever is asked.
"""

import json
import time
from pathlib import Path

import gradio as gr
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from apps import __main__ as front_door
from apps.catalogue import NAMES
from apps.char_lm import inference, stream
from apps.gradients import race
from apps.server import input_checks, queue_cleanup
from apps.shared import models
from apps.translation import page
from apps.unroller import page as unroller_page
from tests.support.app_fixtures import with_tiny_models
from tests.support.asynchronous import finished
from tests.support.browser import HOSTILE, ROOT

SECONDS = 60  # of work for one call; most take milliseconds, but the first of its kind compiles a program
STEPS = inference.LENGTH_LIMIT + 10  # the most values that a generator may yield: one for each character
BYTES = 8_000_000  # of an answer

TEXTS = ["a", "정말 재미있다", "I lived with my uncle", "0123", *HOSTILE, "x " * 2_500, "나" * 5_001, "a\n" * 300]
NUMBERS = [0, 1, 2, -1, 0.5, 8, 2_000, 2**31, 2**64, -(2**64), 1e308, float("nan"), float("inf"), 10**4_000]
PATHS = [
    "/etc/passwd",
    "../../etc/passwd",
    str(ROOT / "README.md"),
    "/dev/zero",
    "/proc/self/environ",
    "",
    "\0",
    "x" * 5_000,
]

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(NUMBERS)
    | st.integers()
    | st.floats()
    | st.sampled_from(TEXTS)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def demo(tiny_models, tmp_path_factory):
    """The app with the tiny models, put together as it is served, and the files that a visitor may have uploaded."""
    with pytest.MonkeyPatch.context() as patch:
        with_tiny_models(patch, tiny_models)
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        for module in (stream, unroller_page, page):  # nobody looks: the pages need not wait
            patch.setattr(module, "FRAME", 0.0)
        patch.setattr(race, "SECONDS", 0.0)  # one step is as good as a thousand
        app = front_door.build()
        input_checks.refuse_invalid(app, lambda endpoint: None)
        app.has_launched = app.is_running = True  # from now on only what was uploaded is read
        yield app


def uploads():
    """Files that a visitor has uploaded; good ones, and ones that are neither tables nor pictures."""
    folder = Path(gr.utils.get_upload_folder()) / "mine"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / "good.csv").write_text("text\ngood\n정말\n", encoding="utf-8")
        (folder / "broken.csv").write_bytes(b'a,"\xff\n')
        (folder / "empty.png").write_bytes(b"")
        (folder / "text.png").write_bytes(b"<svg onload=alert(1)>")
        Image.new("RGB", (40, 30)).save(folder / "good.png")
    return [str(path) for path in sorted(folder.iterdir())]


def files():
    """What a program may send in place of a file."""
    mark = st.sampled_from([{"_type": "gradio.FileData"}, None, "x", {}])
    path = st.sampled_from(uploads() * 2 + PATHS)
    return st.fixed_dictionaries({"path": path}, optional={"meta": mark, "orig_name": st.text(), "url": st.text()})


def right(component):
    """Values as a component takes them."""
    kind, value = type(component).__name__, component.value
    if kind in ("Dropdown", "Radio"):
        return st.sampled_from([value, *(choice for _, choice in component.choices[:2])])
    if kind == "Slider":
        return st.sampled_from([component.minimum, value, component.maximum])
    if kind in ("File", "Image"):
        return files()
    if kind == "Dataset":
        return st.integers(0, max(0, len(component.samples) - 1))
    if kind == "Api":
        return of_type(component.api_info(), value)
    return {
        "Textbox": st.sampled_from(TEXTS),
        "Number": st.sampled_from([value, 0, 1, 3]),
        "Checkbox": st.booleans(),
        "State": st.none(),
    }.get(kind, ANYTHING)


def of_type(info, value):
    """Values of a parameter of `gr.api`; names of models are texts, too."""
    if "enum" in info:
        return st.sampled_from(info["enum"])
    named = ["", "auto", *models.found(), "../../etc", "char_lm"]
    return {
        "string": st.sampled_from([*TEXTS, *named]) if value is None else st.sampled_from([value, *named]),
        "integer": st.sampled_from([value, 0, 1, 2]),
        "number": st.sampled_from([value, 0, 0.5, 1]),
    }.get(info.get("type"), ANYTHING)


def calls(function):
    """What is sent to an endpoint: mostly as many values as it asks for, right or wrong ones."""
    each = [st.one_of(right(component), right(component), ANYTHING) for component in function.inputs]
    good = st.tuples(*map(right, function.inputs)).map(list)
    clicked = st.dictionaries(st.sampled_from(["n", "at", "index", "place", "position"]), st.integers(0, 3) | ANYTHING)
    sent = st.one_of(good, good, st.tuples(*each).map(list), st.lists(ANYTHING, max_size=4))
    return st.tuples(sent, st.one_of(clicked, ANYTHING))


async def answer(demo, function, sent, event):
    """All that an endpoint yields, as Gradio would send it."""
    session, iterator, yielded = queue_cleanup.LeanSession(demo), None, []
    while len(yielded) <= STEPS + 1:
        step = await demo.process_api(
            function, sent, state=session, iterator=iterator, event_data=gr.EventData(None, event), simple_format=True
        )
        yielded.append(step["data"])
        iterator = step["iterator"]
        if not step["is_generating"]:
            break
    return yielded


def try_one(demo, function, call):
    """One call: an answer or a refusal, within bounds."""
    sent, event = call
    started = time.process_time()
    try:
        yielded = finished(answer(demo, function, sent, event))
    except gr.Error as refused:
        told = str(refused.message)
        assert told and len(told) < 20_000 and not refused.print_exception, told[:300]
        assert "<script" not in told and "<img" not in told, told[:300]
    else:
        assert len(yielded) <= STEPS, len(yielded)
        size = len(json.dumps(yielded[-1], default=str))
        assert size <= BYTES, size
        assert "root:x:0:0" not in json.dumps(yielded, default=str), "a file of the server was read"
    assert time.process_time() - started < SECONDS  # of the processor: other work on the machine does not count


def fuzzed(demo, function, examples):
    """Try an endpoint with so many calls."""
    trying = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],  # no shrinking: what failed is printed as it was
        suppress_health_check=list(HealthCheck),
    )

    @trying
    @given(call=calls(function))
    def every(call):
        try_one(demo, function, call)

    every()


def endpoints(demo):
    """All endpoints that run here; with the name by which a failure is told."""
    return [(str(function.api_name), function) for function in demo.fns.values() if function.fn is not None]


def every_endpoint_survives(demo, examples):
    failures = {}
    for name, function in endpoints(demo):
        try:
            fuzzed(demo, function, examples)
        except Exception as error:  # all are tried, and then told together
            notes = "".join(getattr(error, "__notes__", []))
            failures[name] = f"{type(error).__name__}: {str(error)[:300]}; {notes[:500]}"
    assert not failures, "\n".join(f"{name}: {told}" for name, told in failures.items())


def test_the_walk_finds_the_endpoints_of_every_page(demo):
    names = [name for name, _ in endpoints(demo)]
    assert len(names) == len(demo.fns) - sum(function.fn is None for function in demo.fns.values()) > 50
    assert {"generate", "score", "classify", "translate", "caption_image", "classify_table"} <= set(names)
    assert {"unroll_train", "gradient_flow", "clipping", "train_race", "show_race"} <= set(names)
    assert {"read_digit", "show_reading", "show_placed", "show_harder"} <= set(names)
    assert {"label_clip", "label_points", "label_batch", "show_clip", "show_own_clip"} <= set(names)
    assert len(NAMES) == 11


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_endpoint_answers_or_refuses(demo, encoded):
    every_endpoint_survives(demo, examples=25)


def test_another_exception_would_be_found(demo, monkeypatch):
    name, function = next((name, function) for name, function in endpoints(demo) if name == "models")

    def broken():
        raise KeyError("oops")

    monkeypatch.setattr(function, "fn", broken)
    with pytest.raises(KeyError, match="oops"):
        fuzzed(demo, function, 2)


def test_a_file_of_the_server_would_be_found(demo, monkeypatch):
    name, function = next((name, function) for name, function in endpoints(demo) if name == "models")
    monkeypatch.setattr(function, "fn", lambda: Path("/etc/passwd").read_text())
    with pytest.raises(AssertionError, match="a file of the server was read"):
        fuzzed(demo, function, 2)
