"""What is counted and written down: every call and how it ended, and nothing of what a visitor wrote or where from."""

import asyncio
import json
import threading
import time
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio.exceptions import InvalidPathError
from gradio.server_messages import ProcessCompletedMessage, ProcessGeneratingMessage
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from apps.server import harden, input_checks, launch, queue_cleanup, telemetry
from apps.shared import models
from tests.support.asynchronous import finished

SECRET = "my diary, 비밀"


@pytest.fixture
def log(tmp_path):
    """A log in a file, and `lines()` of it."""
    path = tmp_path / "log.jsonl"
    made = telemetry.JsonLog(path)
    made.lines = lambda: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return made


def demo_of(*functions):
    with gr.Blocks() as demo:
        for function in functions:
            box = gr.Textbox()
            gr.Button().click(function, box, box, api_name=function.__name__)
    return demo.queue(max_size=7)


@pytest.fixture
def measured(log):
    return telemetry.Telemetry(demo_of(), log)


def counted(measured, name, **labels):
    return measured.registry.get_sample_value(name, labels)


# Functions -------------------------------------------------------------------------------------------


def answer(text):
    return text


def refuse(text):
    raise gr.Error(text)


def fail(text):
    raise ValueError(text)


def stream(text):
    yield text
    yield text


def stream_and_fail(text):
    yield text
    raise KeyError(text)


@pytest.mark.parametrize(
    ("function", "outcome", "error"),
    [
        (answer, "answered", None),
        (refuse, "refused", None),
        (fail, "failed", "ValueError"),
        (stream, "answered", None),
        (stream_and_fail, "failed", "KeyError"),
    ],
)
def test_how_a_call_ends_is_counted_timed_and_logged(measured, log, function, outcome, error):
    wrapped = measured.instrumented(function, "an_endpoint")
    for _ in range(2):
        try:
            list(wrapped(SECRET))
        except Exception as raised:
            assert str(raised.message if isinstance(raised, gr.Error) else raised).strip("'") == SECRET
    assert counted(measured, "rnn_calls_total", endpoint="an_endpoint", outcome=outcome) == 2
    assert counted(measured, "rnn_call_seconds_count", endpoint="an_endpoint") == 2
    assert counted(measured, "rnn_calls_running") == 0
    first, second = log.lines()
    assert (first["event"], first["endpoint"], first["status"], first.get("error")) == (
        *("call", "an_endpoint"),
        outcome,
        error,
    )
    assert (
        first["ms"] >= 0
        and first["time"].endswith("Z")
        and len(first["time"]) == 24
        and first["time"] <= second["time"]
    )
    assert "diary" not in json.dumps([first, second]) and "비밀" not in json.dumps([first, second], ensure_ascii=False)


def test_a_generator_that_is_closed_was_cancelled_and_stops(measured, log):
    closed = []

    def long(text):
        try:
            while True:
                yield text
        finally:
            closed.append(text)

    running = measured.instrumented(long, "long")("a")
    next(running)
    assert counted(measured, "rnn_calls_running") == 1
    running.close()
    assert closed == ["a"] and counted(measured, "rnn_calls_running") == 0
    assert counted(measured, "rnn_calls_total", endpoint="long", outcome="cancelled") == 1
    assert log.lines()[-1]["status"] == "cancelled"


def test_what_is_watched_is_called_as_before(measured):
    import inspect

    def shown(text: str, more: int = 3) -> str:
        """What it says."""
        return text * more

    wrapped = measured.instrumented(shown, "shown")
    assert wrapped("a", more=2) == "aa" and inspect.signature(wrapped) == inspect.signature(shown)
    assert wrapped.__doc__ == shown.__doc__ and not inspect.isgeneratorfunction(wrapped)
    assert inspect.isgeneratorfunction(measured.instrumented(stream, "stream"))


def test_a_function_that_would_not_be_timed_is_refused(measured):
    async def waits():
        """Nothing."""

    with pytest.raises(TypeError, match="waits is asynchronous; expected a function that runs in a thread"):
        measured.instrumented(waits, "waits")


def test_every_function_of_an_app_is_watched(log):
    demo = demo_of(answer, stream)
    measured = telemetry.Telemetry(demo, log)
    measured.instrument_functions()
    for function in demo.fns.values():
        list(function.fn("ab"))
    assert counted(measured, "rnn_calls_total", endpoint="answer", outcome="answered") == 1
    assert counted(measured, "rnn_calls_total", endpoint="stream", outcome="answered") == 1


def test_many_at_once_are_all_counted(measured, log):
    wrapped = measured.instrumented(answer, "answer")
    threads = [threading.Thread(target=lambda: [wrapped("a") for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(measured, "rnn_calls_total", endpoint="answer", outcome="answered") == 400
    assert len(log.lines()) == 400 and counted(measured, "rnn_calls_running") == 0


# Requests, health and metrics ------------------------------------------------------------------------


def app_of(demo, *options):
    """The demo as it is served, in this process; `ask(method, path)` asks it."""
    chosen = launch.options("", list(options))
    served = gr.routes.App.create_app(demo, app_kwargs=harden.protect(demo, chosen)["app_kwargs"])

    def ask(method, path, **more):
        async def once():
            transport = httpx.ASGITransport(served, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.request(method, path, **more)

        return finished(once())

    return ask


@pytest.fixture
def ask(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path / "none"))
    monkeypatch.setattr(models, "_loaded", {})
    monkeypatch.setattr(models, "_refused", {})
    return app_of(demo_of(answer), "--log", str(tmp_path / "log.jsonl"))


def test_health(ask, monkeypatch):
    told = ask("GET", "/health")
    assert told.status_code == 200 and told.headers["cache-control"] == "no-store"
    content = told.json()
    assert content.pop("uptime_seconds") >= 0
    assert content == {
        "status": "ok",
        "models": {"found": [], "loaded": [], "refused": []},
        "queue": {"length": 0, "limit": 7},
    }
    monkeypatch.setattr(models, "_loaded", {"char_lm/a": object()})
    monkeypatch.setattr(models, "_refused", {"char_lm/b": "damaged"})
    content = ask("GET", "/health").json()
    assert content["status"] == "degraded"
    assert content["models"] == {"found": [], "loaded": ["char_lm/a"], "refused": ["char_lm/b"]}
    assert ask("HEAD", "/health").status_code == 200 and ask("POST", "/health").status_code == 405


def test_metrics_are_what_prometheus_reads(ask):
    from prometheus_client.parser import text_string_to_metric_families

    ask("GET", "/gradio_api/deep_link")
    ask("POST", "/gradio_api/queue/join", json={"data": [SECRET], "fn_index": 99, "session_hash": SECRET})
    told = ask("GET", "/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(told.text)}
    assert {"rnn_http_requests", "rnn_http_seconds", "rnn_calls", "rnn_call_seconds", "rnn_refusals"} <= set(families)
    gauges = {name: families[name].samples[0].value for name in families if name.startswith("rnn_queue")}
    assert gauges == {"rnn_queue_length": 0, "rnn_queue_limit": 7, "rnn_queue_working": 0}
    assert families["rnn_uptime_seconds"].samples[0].value >= 0
    refused = {
        sample.labels["reason"]: sample.value for sample in families["rnn_refusals"].samples if "_total" in sample.name
    }
    assert refused == {"closed": 1, "endpoint": 1}
    asked = {tuple(s.labels.values()): s.value for s in families["rnn_http_requests"].samples if "_total" in s.name}
    assert asked == {("closed", "404"): 1, ("join", "404"): 1}
    assert "diary" not in told.text and "127.0.0.1" not in told.text


def test_the_log_names_neither_texts_nor_addresses(ask, tmp_path):
    ask("POST", "/gradio_api/queue/join", json={"data": [SECRET], "fn_index": 99, "session_hash": SECRET})
    ask("GET", f"/gradio_api/call/generate/{SECRET}")
    ask("GET", f"/{SECRET}?{SECRET}", headers={"user-agent": "my diary", "referer": "my diary"})
    ask("GET", "/health")
    text = (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["event"], line["endpoint"], line["status"]) for line in lines] == [
        ("http", "join", 404),
        ("http", "answers", 404),
        ("http", "page", 404),
    ]
    assert all(set(line) == {"time", "event", "endpoint", "status", "ms", "visitor"} for line in lines)
    assert "diary" not in text and "127.0.0.1" not in text and "\\u" not in text
    assert len({line["visitor"] for line in lines}) == 1


def test_what_a_mounted_app_answers_is_logged_as_what_was_asked_for(measured, log):
    async def plain(scope, receive, send):
        await PlainTextResponse("here")(scope, receive, send)

    async def once():
        tools = Starlette(routes=[Mount("/gradio_api/mcp", plain)])
        transport = httpx.ASGITransport(telemetry.TelemetryMiddleware(tools, measured))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post("/gradio_api/mcp/")

    assert finished(once()).text == "here"
    assert [(line["event"], line["endpoint"]) for line in log.lines()] == [("http", "mcp")]


def test_a_log_file_may_be_moved_away(log, tmp_path):
    log.write(event="a")
    (tmp_path / "log.jsonl").rename(tmp_path / "old.jsonl")
    log.write(event="b")
    assert [line["event"] for line in log.lines()] == ["b"]


def test_without_a_file_lines_go_to_standard_error(capsys):
    telemetry.JsonLog().write(event="a", endpoint="b")
    out, err = capsys.readouterr()
    assert out == "" and json.loads(err)["endpoint"] == "b"


def test_health_answers_while_a_function_is_at_work(tmp_path):
    """Functions run in threads: the loop that answers is free."""
    release = threading.Event()

    def slow(text):
        release.wait(100)
        return text

    demo = demo_of(slow)
    chosen = launch.options("", ["--log", str(tmp_path / "log.jsonl")])
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **harden.protect(demo, chosen))
    try:
        with httpx.Client(base_url=address, timeout=100) as client:
            called = client.post("gradio_api/call/slow", json={"data": ["a"]}).json()["event_id"]
            while "rnn_calls_running 1.0" not in client.get("metrics").text:
                time.sleep(0.05)
            assert client.get("health").json()["status"] == "ok"
            release.set()
            assert '"a"' in client.get(f"gradio_api/call/slow/{called}").text
    finally:
        release.set()
        demo.close()


# Options ---------------------------------------------------------------------------------------------


def test_options(monkeypatch):
    for name in ("SPACE_ID", "RNN_PROXIES"):
        monkeypatch.delenv(name, raising=False)
    chosen = launch.options("", [])
    assert (chosen.log, chosen.rate, chosen.proxies) == (None, 20.0, 0)
    chosen = launch.options("", ["--log", "x", "--rate", "0", "--proxies", "2"])
    assert (chosen.log, chosen.rate, chosen.proxies) == ("x", 0.0, 2)
    monkeypatch.setenv("SPACE_ID", "someone/something")
    assert launch.options("", []).proxies == 1
    monkeypatch.setenv("RNN_PROXIES", "3")
    assert launch.options("", []).proxies == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rate", "-1"], "is no rate; expected a number"),
        (["--rate", "nan"], "is no rate"),
        (["--rate", "x"], "is no rate"),
        (["--proxies", "-1"], "is no number of proxies; expected a whole number"),
        (["--proxies", "99"], "is no number of proxies"),
    ],
)
def test_options_that_are_none(arguments, told, capsys):
    with pytest.raises(SystemExit):
        launch.options("", arguments)
    assert told in capsys.readouterr().err


# Wrong values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (TypeError(SECRET), "Use via API"),
        (InvalidPathError(f"Cannot move /home/x/{SECRET}"), "not what is asked for here.<br>"),
        (FileNotFoundError(f"/home/x/{SECRET}"), "not what is asked for here.<br>"),
        (gr.Error("Value: <b> is not in the list" + "x" * 999), "Value: &lt;b&gt; is not in the list"),
    ],
)
def test_wrong_values_are_refused_in_words(raised, told):
    async def preprocess(*_):
        raise raised

    names = []
    demo = SimpleNamespace(preprocess_data=preprocess)
    input_checks.refuse_invalid(demo, names.append)
    with pytest.raises(gr.Error) as error:
        finished(demo.preprocess_data(SimpleNamespace(api_name="generate"), [], None))
    assert told in error.value.message and "API로 사용" in error.value.message and not error.value.print_exception
    assert "diary" not in error.value.message and "/home" not in error.value.message
    assert len(error.value.message) < 600 and names == ["generate"]


# Tidying ---------------------------------------------------------------------------------------------


def event_of(session, simple):
    return SimpleNamespace(
        _id=f"event of {session}", session_hash=session, alive=True, data=SimpleNamespace(simple_format=simple)
    )


def yields(queue, event, count):
    for n in range(count):
        queue.send_message(event, ProcessGeneratingMessage(output={"data": [n]}, success=True))
    queue.send_message(event, ProcessCompletedMessage(output={"data": ["end"]}, success=True))
    waiting = queue.pending_messages_per_session[event.session_hash]
    return [waiting.get_nowait().output["data"][0] for _ in range(waiting.qsize())]


def test_of_whole_values_only_the_newest_wait_and_of_changes_all():
    demo = demo_of(answer)
    queue_cleanup.drop_superseded(demo)
    for name in "ab":
        demo._queue.pending_messages_per_session[name] = asyncio.Queue()
    assert yields(demo._queue, event_of("a", simple=True), 100) == [98, 99, "end"]
    assert yields(demo._queue, event_of("b", simple=False), 100) == [*range(100), "end"]


def test_answers_that_nobody_fetches_are_dropped_and_their_work_stops():
    now = [0.0]
    demo = demo_of(answer)
    queue = demo._queue
    sweeper = queue_cleanup.Sweeper(demo, unread_seconds=60, clock=lambda: now[0])

    async def days():
        gone, reading = event_of("gone", True), event_of("reading", True)
        queue.active_jobs = [[gone], [reading]]
        for event in (gone, reading):
            queue.pending_messages_per_session[event.session_hash] = asyncio.Queue()
            queue.pending_event_ids_session[event.session_hash] = {event._id}
        told = []
        for _ in range(8):
            for event in (gone, reading):
                queue.send_message(event, ProcessGeneratingMessage(output={}, success=True))
            told.append(await sweeper.sweep())
            queue.pending_messages_per_session["reading"].get_nowait()
            now[0] += 10
        assert told == [0, 0, 0, 0, 0, 0, 1, 0]
        assert not gone.alive and reading.alive
        assert set(queue.pending_messages_per_session) == set(queue.pending_event_ids_session) == {"reading"}

    finished(days())


def test_visitors_of_whom_nothing_is_left_are_forgotten():
    demo = demo_of(answer)
    queue = demo._queue
    for name, events in (("done", set()), ("at work", {"an event"})):
        queue.pending_messages_per_session[name] = asyncio.Queue()
        queue.pending_event_ids_session[name] = events
    finished(queue_cleanup.Sweeper(demo).sweep())
    assert set(queue.pending_event_ids_session) == set(queue.pending_messages_per_session) == {"at work"}


def test_a_visitor_costs_little():
    demo = demo_of(answer)
    session = queue_cleanup.LeanSession(demo)
    box = next(block for block in demo.blocks.values() if isinstance(block, gr.Textbox))
    session._update_value_in_config(box._id, "x" * 1_000_000)
    session._update_config(box._id)
    assert session.config_values == {} and session[box._id] is box


def test_the_sweeper_runs_as_long_as_the_app(monkeypatch):
    monkeypatch.setattr(queue_cleanup, "SWEEP_SECONDS", 0.001)
    sweeper, swept = queue_cleanup.Sweeper(demo_of(answer)), []

    async def sweep():
        swept.append(1)

    sweeper.sweep = sweep

    async def live():
        async with sweeper.running():
            while len(swept) < 3:
                await asyncio.sleep(0.001)
        return len(asyncio.all_tasks())

    assert finished(live()) == 1
