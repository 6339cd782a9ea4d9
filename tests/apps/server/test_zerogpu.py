"""Spaces with a shared GPU: which handlers it is lent to, what goes there and back, and pages on PyTorch alone."""

import importlib.util
import os
import pickle
import sys
import tempfile
import types
from pathlib import Path

import gradio as gr
import pytest

from apps import __main__ as front_door
from apps.server import zerogpu
from tests.support.browser import ENGLISH, ROOT, answering, free_port, visitor

# Handlers that wait in the queue, and use no model. A new one that does belongs to the queue of its task.
WITHOUT_A_MODEL = {
    *("models", "char_lm_models", "sentiment_models", "translation_models", "list_captioners"),
    *("captioning_models", "describe_table", "cells_models", "digits_models", "draw_models", "video_models"),
    *("vqa_models", "scene"),
    *("unroll", "unroll_show", "unroll_wiring", "unroll_play", "unroll_start_over"),
    *("unroll_train_1", "unroll_train_10", "unroll_train"),
}

# A stand-in for the package `spaces`: as there, a forked process does the work, and all goes through pickles.
SPACES = """
import inspect, multiprocessing, os
if os.environ.get("SPACES_ZERO_GPU"):
    import torch  # as there
fork = multiprocessing.get_context("fork")

def _worker(pipe, task):
    arguments = pipe.recv()
    os.environ["IN_THE_WORKER"] = "1"
    try:
        results = task(*arguments)
        for result in results if inspect.isgenerator(results) else [results]:
            pipe.send(("result", result))
        pipe.send(("end", None))
    except Exception as error:
        pipe.send(("error", error))

def _results(task, arguments):
    here, there = fork.Pipe()
    process = fork.Process(target=_worker, args=(there, task), daemon=True)
    process.start()
    here.send(arguments)
    while True:
        kind, value = here.recv()
        if kind == "error":
            raise value
        if kind == "end":
            process.join()
            return
        yield value

def GPU(task):
    if inspect.isgeneratorfunction(task):
        def wrapped(*arguments):
            yield from _results(task, arguments)
    else:
        def wrapped(*arguments):
            return list(_results(task, arguments))[-1]
    return wrapped

def gradio_auto_wrap(task):
    return task
"""
# Read by Python when it starts: TensorFlow is nowhere, and models are used in the worker only, where there is one.
GUARD = """
import os
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec

def guarded(name, path=None, target=None):
    if name == "keras" and "SPACES_ZERO_GPU" in os.environ and "IN_THE_WORKER" not in os.environ:
        raise RuntimeError("Keras is imported outside the worker that has the GPU")
    return None if name == "tensorflow" else find_spec(name, path, target)

PathFinder.find_spec = staticmethod(guarded)
"""


@pytest.fixture
def shared_gpu(monkeypatch):
    """A Space with a shared GPU, where calls go through pickles, in this process."""

    def gpu(task):
        import inspect

        if inspect.isgeneratorfunction(task):

            def streamed(*arguments):
                # All is made before anything is looked at: the worker does not wait.
                made = [pickle.dumps(result) for result in task(*pickle.loads(pickle.dumps(arguments)))]
                yield from map(pickle.loads, made)

            return streamed
        return lambda *arguments: pickle.loads(pickle.dumps(task(*pickle.loads(pickle.dumps(arguments)))))

    spaces = types.ModuleType("spaces")
    spaces.GPU = gpu
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")


@pytest.fixture
def demo(only_tiny_models):
    return front_door.build()


def handlers(demo):
    return {number: event.fn for number, event in demo.fns.items()}


def named(demo, name):
    return next(event.fn for event in demo.fns.values() if event.api_name == name)


# Who gets it -----------------------------------------------------------------------------------------


def test_elsewhere_nothing_changes(demo, shared_gpu, monkeypatch):
    before = handlers(demo)
    monkeypatch.delenv("SPACES_ZERO_GPU")
    assert zerogpu.decorate_handlers(demo) == 0 and handlers(demo) == before


def test_without_the_package_nothing_changes(demo, monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)
    before = handlers(demo)
    assert zerogpu.decorate_handlers(demo) == 0 and handlers(demo) == before


def test_the_gpu_is_lent_to_what_uses_a_model_and_to_nothing_else(demo, shared_gpu):
    before = handlers(demo)
    count = zerogpu.decorate_handlers(demo)
    lent = {event.api_name for number, event in demo.fns.items() if event.fn is not before[number]}
    assert count == len(lent) > 20
    assert {"write", "generate", "score", "classify_table", "explain", "translate", "caption_image"} <= lent
    queued = {event.api_name for event in demo.fns.values() if event.fn and event.queue}
    assert queued - lent <= WITHOUT_A_MODEL and not lent & WITHOUT_A_MODEL


def test_a_lent_handler_looks_the_same_to_gradio(demo, shared_gpu):
    before = {name: named(demo, name) for name in ("write", "generate", "show_picked", "classify_table")}
    zerogpu.decorate_handlers(demo)
    for name, handler in before.items():
        lent = named(demo, name)
        event = next(event for event in demo.fns.values() if event.fn is lent)
        values = [None] * len(event.inputs)
        assert gr.helpers.special_args(lent, list(values))[1:] == gr.helpers.special_args(handler, list(values))[1:]
        assert lent.__doc__ == handler.__doc__


# What goes there and back ----------------------------------------------------------------------------


def test_an_event_keeps_its_data(shared_gpu):
    import spaces

    def picked(text: str, event: gr.EventData):
        return text, event.n

    with gr.Blocks():
        box = gr.Textbox()
    assert zerogpu._on_gpu(picked, spaces.GPU)("a", gr.EventData(box, {"n": 3})) == ("a", 3)


def test_a_component_becomes_the_update_that_it_stands_for(shared_gpu):
    import spaces

    called = zerogpu._on_gpu(lambda: (gr.Button("go", visible=False), gr.skip(), 3), spaces.GPU)
    assert called() == ({"value": "go", "visible": False, "__type__": "update"}, {"__type__": "update"}, 3)


@pytest.mark.parametrize("wrapped", [str, lambda path: gr.DownloadButton(value=str(path))])
def test_a_temporary_file_outlives_the_worker(shared_gpu, wrapped, tmp_path, monkeypatch):
    import spaces

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def makes_a_file():
        yield "first"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            path.write_text("a,b")
            yield wrapped(path)

    first, result = zerogpu._on_gpu(makes_a_file, spaces.GPU)()
    path = Path(result["value"] if isinstance(result, dict) else result)
    assert first == "first" and path.name == "table.csv" and path.read_text() == "a,b"


def test_a_refusal_comes_back_as_it_was(demo, shared_gpu):
    zerogpu.decorate_handlers(demo)
    with pytest.raises(gr.Error, match="2,000"):
        named(demo, "generate")("a", ENGLISH, 10**6)


# On PyTorch ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("zero", [False, True], ids=["two_cores", "shared_gpu"])
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_the_pages_answer_without_tensorflow(zero, tiny_models, tmp_path):
    from gradio_client import handle_file

    (tmp_path / "sitecustomize.py").write_text(GUARD)
    (tmp_path / "spaces.py").write_text(SPACES)
    table = tmp_path / "reviews.csv"
    table.write_text("text\nvery good\nvery bad\n")
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "SPACES_ZERO_GPU"},
        "RNN_MODELS_DIR": str(tiny_models),
        "KERAS_BACKEND": "torch",
        "PYTHONPATH": str(tmp_path),
        **({"SPACES_ZERO_GPU": "true"} if zero else {}),
    }
    command = [sys.executable, "apps/space.py", "--port", str(port)]
    with answering(command, port, ROOT, environment, tmp_path / "log.txt") as address:
        client = visitor(address)
        ask = {"prompt": "a", "model": ENGLISH, "length": 20, "seed": 4, "api_name": "/generate"}
        assert len(client.predict(**ask)) == 20
        assert client.predict(text="good", model="sentiment/imdb", api_name="/classify")["label"]
        labelled, _, preview = client.predict(handle_file(str(table)), "text", api_name="/classify_table")
        assert "very good" in preview and len(Path(labelled).read_text().splitlines()) == 3
        assert client.predict(text="two dogs", model="", api_name="/translate")["text"]
        picture = handle_file(str(ROOT / "apps/captioning/assets/pictures/cat.jpg"))
        assert client.predict(picture, "", 1, 1.0, 0, 0.8, api_name="/caption_image")["words"]
    assert "Traceback" not in (tmp_path / "log.txt").read_text()
