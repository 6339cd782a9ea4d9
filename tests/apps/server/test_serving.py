"""The running server under attack, with real clients: it refuses, goes on answering, and works for nobody in vain."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid

import httpx
import pytest

from apps.server import middleware
from rnn_models.files import sha256
from tests.support.browser import ENGLISH, KOREAN, ROOT, free_port, visitor

SOON = 300  # seconds for what takes a few at most; a test machine may be busy
SECRET = "a visitor’s diary, 비밀"
LONG = [ENGLISH, SECRET[:9], 2_000, 0.8, 0, 1.0, 1, "Readable · 읽기 좋게", True]  # 50 s of writing


class Server:
    """`python -m apps` in a process of its own, which can be killed and started again."""

    def __init__(self, folder, models):
        self.folder, self.models = folder, models
        self.process = None
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.log = folder / "log.jsonl"
        self.output = folder / "output.txt"
        self.http = httpx.Client(timeout=SOON)

    def start(self):
        command = [sys.executable, "-m", "apps", "--port", str(self.port), "--log", str(self.log)]
        environment = {**os.environ, "RNN_MODELS_DIR": str(self.models), "GRADIO_TEMP_DIR": str(self.folder / "files")}
        with self.output.open("a") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        until(lambda: self.answers("health"), self.said)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def said(self):
        return self.output.read_text()[-3000:]

    def answers(self, path):
        with contextlib.suppress(httpx.HTTPError):
            return self.http.get(self.address + path, timeout=5).status_code == 200

    def get(self, path, **more):
        return self.http.get(self.address + path, **more)

    def post(self, path, **more):
        return self.http.post(f"{self.address}gradio_api/{path}", **more)

    def call(self, name, *data):
        """What an endpoint says, as the text of events; or the refusal to call it."""
        asked = self.post(f"call/{name}", json={"data": data})
        if asked.status_code != 200:
            return f"{asked.status_code} {asked.json()['detail']}"
        return self.get(f"gradio_api/call/{name}/{asked.json()['event_id']}").text

    def number(self, name):
        """One number of /metrics, such as 'rnn_calls_total{endpoint="write",outcome="cancelled"}'."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def upload(self, name, content):
        return self.post("upload", files={"files": (name, content)}).json()[0]


def until(happened, told=lambda: ""):
    """Wait until something has happened."""
    end = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < end, told()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tiny_models, tmp_path_factory):
    """A server of all pages, whose models have been woken."""
    made = Server(tmp_path_factory.mktemp("served"), tiny_models)
    made.start()
    assert "complete" in made.call("generate", "a", ENGLISH, 5, 1.0, 0, 1.0, 1)
    yield made
    made.process.terminate()
    made.process.wait(30)
    assert "ASGI application" not in made.said(), made.said()


def cancelled(server, endpoint="write"):
    return server.number(f'rnn_calls_total{{endpoint="{endpoint}",outcome="cancelled"}}')


def index_of(server, name):
    """The number of an endpoint, as a page's script knows it."""
    (number,) = [entry["id"] for entry in server.get("config").json()["dependencies"] if entry["api_name"] == name]
    return number


# Visitors who go away --------------------------------------------------------------------------------


def test_who_closes_the_tab_stops_the_work(server):
    before, session = cancelled(server), uuid.uuid4().hex
    body = {"data": LONG, "fn_index": index_of(server, "write"), "session_hash": session}
    assert server.post("queue/join", json=body).status_code == 200
    url = f"{server.address}gradio_api/queue/data?session_hash={session}"
    with httpx.stream("GET", url, timeout=SOON) as answers:
        for line in answers.iter_lines():
            if "process_generating" in line:
                assert server.number("rnn_calls_running") == 1
                break
    until(lambda: cancelled(server) == before + 1 and server.number("rnn_calls_running") == 0)


def test_a_program_that_goes_away_stops_the_work(server):
    before = cancelled(server)
    called = server.post("call/write", json={"data": LONG}).json()["event_id"]
    with httpx.stream("GET", f"{server.address}gradio_api/call/write/{called}", timeout=SOON) as answers:
        for line in answers.iter_lines():
            if line == "event: generating":
                break
    until(lambda: cancelled(server) == before + 1 and server.number("rnn_calls_running") == 0)


def test_stop_stops_the_work(server):
    before = cancelled(server)
    client = visitor(server.address)
    job = client.submit(*LONG, api_name="/write")
    until(job.outputs)  # before its first answer a client may forget that it was told to cancel
    assert server.number("rnn_calls_running") == 1
    job.cancel()
    until(lambda: cancelled(server) == before + 1 and server.number("rnn_calls_running") == 0)


@pytest.mark.browser
def test_a_browser_that_is_closed_stops_the_work(server, browser):
    before = cancelled(server)
    page = browser.new_context().new_page()
    page.set_default_timeout(1000 * SOON)
    page.goto(f"{server.address}char_lm")
    page.locator("#write-start").click()
    page.wait_for_function("document.querySelectorAll('#write-sampled .rnn-written *').length > 5")
    page.context.close()
    until(lambda: cancelled(server) == before + 1 and server.number("rnn_calls_running") == 0)


@pytest.mark.browser
def test_a_refusal_at_the_door_is_read_on_the_page_in_both_languages(server, browser):
    english, korean = (text.format(seconds=5) for text in middleware.BUSY)
    body = json.dumps({"detail": f"{english}<br>{korean}"})
    page = browser.new_context().new_page()
    page.set_default_timeout(1000 * SOON)
    page.goto(f"{server.address}char_lm")
    page.route("**/queue/join*", lambda route: route.fulfill(status=429, content_type="application/json", body=body))
    page.locator("#write-start").click()
    for text in (english, korean):
        page.locator(".rnn-error").get_by_text(text).wait_for()
    page.context.close()


# Files -----------------------------------------------------------------------------------------------

ELSEWHERE = [
    "/etc/passwd",
    "/etc/hostname",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
    "/proc/self/environ",
    "/dev/zero",
    "README.md",
    str(ROOT / "README.md"),
    str(ROOT / "apps" / "sentiment" / "assets" / "reviews.csv"),
    "file:///etc/passwd",
    "http://127.0.0.1:{port}/health",
    "https://127.0.0.1:{port}/health",
    "HTTP://127.0.0.1:{port}/health",
    "%68ttp://127.0.0.1:{port}/health",
    "http://169.254.169.254/latest/meta-data",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_file_of_the_server_and_no_other_address_is_fetched(server, path):
    path = path.format(port=server.port)
    answer = server.get(f"gradio_api/file={path}")
    assert answer.status_code in (403, 404), answer.text[:200]
    assert "root:" not in answer.text and "uptime" not in answer.text
    for file in ({"path": path, "meta": {"_type": "gradio.FileData"}}, {"path": path}, path):
        for name, more in (("classify_table", ("", "auto")), ("caption_image", ("", 1, 1.0, 0, 0.8))):
            told = server.call(name, file, *more)
            assert "event: error" in told or told.startswith("400 "), told[:300]
            assert "root:" not in told and str(ROOT) not in told


def test_an_upload_is_one_file_in_the_folder_of_uploads(server):
    path = server.upload("../../evil.csv", b"text\ngood\n")
    assert path.startswith(str(server.folder / "files")) and path.endswith("/evil.csv")
    assert "event: complete" in server.call(
        "classify_table", {"path": path, "meta": {"_type": "gradio.FileData"}}, "", "auto"
    )
    for worse in (f"{path}/../../../../../../../etc/passwd", f"{path}\0.png", path[:-3] + "xyz"):
        told = server.call("classify_table", {"path": worse, "meta": {"_type": "gradio.FileData"}}, "", "auto")
        assert "event: error" in told and str(server.folder) not in told


def test_a_file_that_could_run_in_a_browser_is_a_download(server):
    path = server.upload("x.html", b"<script>alert(1)</script>")
    answer = server.get(f"gradio_api/file={path}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "html" not in answer.headers["content-type"]


def test_uploads_are_small(server):
    for content in (b"x" * 20_980_000, b"x" * 22_000_000):
        assert server.post("upload", files={"files": ("x.csv", content)}).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        *("gradio_api/proxy=https://example.com", "gradio_api/deep_link", "gradio_api/component_server"),
        *("gradio_api/run-history/buckets", "gradio_api/custom_component/a/client/b/c", "gradio_api/dev/reload"),
        *("monitoring", "monitoring/summary", "openapi.json", "docs", "static/%2e%2e/%2e%2e/%2e%2e/routes.py"),
    ],
)
def test_what_the_pages_do_not_use_is_closed(server, path):
    assert server.get(path).status_code in (403, 404)


# Strange requests ------------------------------------------------------------------------------------


def test_calls_do_not_go_past_the_queue(server):
    for name in ("write", "generate", "predict"):
        answer = server.post(f"run/{name}", json={"data": LONG, "fn_index": index_of(server, "write")})
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    "data",
    [
        [],
        [None] * 7,
        [[1], {"a": 1}, "x", None, True, [], {}],
        ["a", "sentiment/nsmc", 5, 1.0, 0, 1.0, 1],
        ["a", "../../etc", 5, 1.0, 0, 1.0, 1],
        ["a" * 1_001, ENGLISH, 5, 1.0, 0, 1.0, 1],
        ["a", ENGLISH, 10**9, 1.0, 0, 1.0, 1],
        ["a", ENGLISH, 5, -1, 0, 1.0, 1],
        ["a", ENGLISH, 5, 1.0, 0, 1.0, 2**64],
    ],
)
def test_wrong_values_are_refused_in_words(server, data):
    told = server.call("generate", *data)
    assert "event: error" in told and '"error": "' in told, told


def test_strange_requests_break_nothing(server):
    number, answers = index_of(server, "write"), []
    for body in (
        b"",
        b"[" * 100_000,
        b'{"data":' + b"[" * 900 + b"]" * 900 + b',"fn_index":%d,"session_hash":"x"}' % number,
        json.dumps({"data": [], "fn_index": number, "session_hash": ["x"]}).encode(),
        json.dumps({"data": {}, "fn_index": number, "session_hash": "x"}).encode(),
        json.dumps({"data": [], "fn_index": -1, "session_hash": "x"}).encode(),
        json.dumps({"data": [], "fn_index": number, "session_hash": "x", "trigger_id": "y"}).encode(),
        json.dumps({"data": [], "fn_index": number, "session_hash": "x", "batched": True}).encode(),
    ):
        for path in ("queue/join", "call/write", "call/v2/write", "run/predict", "cancel", "upload"):
            answers.append(server.post(path, content=body, headers={"content-type": "application/json"}).status_code)
    assert set(answers) <= {200, 400, 404, 422}, answers
    assert server.get("gradio_api/queue/data?session_hash=nobody").status_code == 404
    assert "event: complete" in server.call("models")


def test_the_log_holds_no_texts_and_no_addresses(server):
    server.call("generate", SECRET, KOREAN, 5, 1.0, 0, 1.0, 1)
    server.get(f"gradio_api/file={SECRET}")
    text = server.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"call", "http"} == {line["event"] for line in lines}
    assert {"time", "event", "endpoint", "status", "ms"} <= set(lines[-1])
    assert "diary" not in text and "127.0.0.1" not in text
    assert "diary" not in server.said()


# The end ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_flood_is_told_to_wait_and_after_a_kill_in_the_middle_of_it_it_answers_as_before(server, tiny_models):
    before = {path: sha256(path) for path in tiny_models.rglob("*") if path.is_file()}
    ask = ("generate", "ab", ENGLISH, 20, 0.8, 0, 1.0, 3)
    expected = server.call(*ask)
    assert "event: complete" in expected
    told = [server.post("call/write", json={"data": LONG}) for _ in range(45)]
    late = [answer for answer in told if answer.status_code == 429]
    assert told[0].status_code == 200 and late and int(late[-1].headers["retry-after"]) >= 1
    assert "초 뒤에" in late[-1].json()["detail"]
    started = time.monotonic()
    health = server.get("health").json()
    assert time.monotonic() - started < SOON / 4 and health["status"] == "ok"
    refused = [f'rnn_refusals_total{{reason="{reason}"}}' for reason in ("rate", "share")]
    assert sum(map(server.number, refused)) >= len(late) and server.number("rnn_calls_running") > 0

    server.kill()
    assert not server.answers("health")
    server.start()
    assert server.call(*ask).split("event: complete")[1] == expected.split("event: complete")[1]
    assert {path: sha256(path) for path in tiny_models.rglob("*") if path.is_file()} == before
    for line in server.log.read_text().splitlines():
        json.loads(line)
