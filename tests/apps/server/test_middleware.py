"""Who asks too much or sends too much is told so, and nothing is done for them; who asks by hand notices nothing."""

import asyncio
import json
from types import SimpleNamespace

import httpx
import pytest
from starlette.middleware import Middleware

from apps.server import middleware, routes
from apps.server.middleware import Admission, Rules
from apps.server.rate_limit import OpenRequests, TokenBuckets, client_key, pseudonym
from tests.support.asynchronous import finished


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


# Buckets --------------------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_and_then_its_rate():
    clock = Clock()
    buckets = TokenBuckets(rate=2, burst=10, clock=clock)
    assert [buckets.take("a") for _ in range(10)] == [0] * 10
    assert buckets.take("a") == 0.5 and buckets.take("a") == 0.5  # who is refused loses nothing
    assert buckets.take("b") == 0
    clock.now += 0.5
    assert buckets.take("a") == 0 and buckets.take("a") == 0.5
    clock.now += 1e6
    assert [buckets.take("a") for _ in range(10)] == [0] * 10 and buckets.take("a") > 0


def test_what_never_fits_is_refused_for_ever():
    assert TokenBuckets(rate=1, burst=10).take("a", 11) == float("inf")


def test_idle_visitors_are_forgotten_and_memory_is_bounded():
    clock = Clock()
    buckets = TokenBuckets(rate=1, burst=10, most=100, clock=clock)
    for n in range(1000):
        buckets.take(f"visitor {n}")
        assert len(buckets) <= 100
    clock.now += 10
    for _ in range(60):  # each call takes two old ones away
        buckets.take("one who stays")
        clock.now += 0.01
    assert len(buckets) == 1


def test_who_is_still_served_is_not_forgotten():
    clock = Clock()
    buckets = TokenBuckets(rate=1, burst=10, most=100, clock=clock)
    for _ in range(10):
        buckets.take("greedy")
    for n in range(50):
        buckets.take(f"visitor {n}")
    assert buckets.take("greedy") == 1


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (float("nan"), 1, 1)])
def test_a_bucket_that_is_none_is_refused(numbers):
    with pytest.raises(ValueError, match="expected more than 0"):
        TokenBuckets(*numbers)


def test_the_requests_keeps_only_who_is_inside():
    requests = OpenRequests(2)
    assert [requests.enter("a") for _ in range(3)] == [True, True, False] and requests.enter("b")
    requests.leave("a")
    assert requests.enter("a") and len(requests) == 2
    for who in "aab":
        requests.leave(who)
    assert len(requests) == 0


# Visitors --------------------------------------------------------------------------------------------


def request(address="192.0.2.1", forwarded=(), **more):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    client = (address, 1234) if address else None
    return {"type": "http", "client": client, "headers": headers, "query_string": b"", "method": "GET", **more}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, ["203.0.113.9"], "192.0.2.1"),  # nobody said that a proxy stands there: the header is a lie
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),  # what stands before may be invented
        (1, ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        (2, ["6.6.6.6, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        (2, ["203.0.113.9"], "192.0.2.1"),
        (1, [], "192.0.2.1"),
        (1, ["<script>"], "unknown"),
        (1, ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (1, ["::ffff:203.0.113.9"], "203.0.113.9"),
    ],
)
def test_whom_a_request_counts_for(proxies, forwarded, expected):
    assert client_key(request(forwarded=forwarded), proxies) == expected


def test_one_household_is_one_visitor():
    first, second = (client_key(request(f"2001:db8:1:2::{n}")) for n in (1, 2))
    assert first == second != client_key(request("2001:db8:1:3::1"))
    assert client_key(request(None)) == "unknown"


def test_a_mark_is_no_address():
    assert pseudonym("192.0.2.1") == pseudonym("192.0.2.1") != pseudonym("192.0.2.2")
    assert "192" not in pseudonym("192.0.2.1") or len(pseudonym("192.0.2.1")) == 8


# Doors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"),
        ("/char_lm", "page"),
        ("/config", "page"),
        ("/health", "health"),
        ("/metrics", "metrics"),
        ("/assets/index.js", "asset"),
        ("/gradio_api/queue/join", "join"),
        ("/gradio_api/queue/data", "answers"),
        ("/gradio_api/call/generate/abc", "answers"),
        ("/gradio_api/upload", "upload"),
        ("/gradio_api/upload_progress", "answers"),
        ("/gradio_api/file=/tmp/gradio/a/x.png", "file"),
        ("/gradio_api/file=http://169.254.169.254/latest", "closed"),
        ("/gradio_api/file=HTTPS://example.com", "closed"),
        ("/gradio_api/file= file:///etc/passwd", "closed"),
        ("/gradio_api/proxy=https://x.hf.space/", "closed"),
        ("/gradio_api/deep_link", "closed"),
        ("/gradio_api/component_server", "closed"),
        ("/gradio_api/process_recording", "closed"),
        ("/gradio_api/something/new", "closed"),
        ("/gradio_api/", "closed"),
        ("/monitoring/summary", "closed"),
        ("/login", "closed"),
    ],
)
def test_what_an_address_is_for(path, kind):
    assert routes.request_kind(request(path=path)) == kind and kind in routes.KINDS
    assert routes.request_kind(request(path=f"/below{path}", root_path="/below")) == kind


@pytest.mark.parametrize(
    "path", ["http://x", "HTTPS://x", "file:///etc", "ftp:x", " http://x", "data:,x", "gopher://x"]
)
def test_files_elsewhere_are_found_wherever_they_are(path):
    deep = {"path": path}
    for _ in range(500):
        deep = [{"a": deep}]
    assert routes.has_remote_file({"data": [deep]}) and routes.has_remote_file([{"path": path, "meta": {}}])


def test_own_files_are_none_elsewhere():
    assert not routes.has_remote_file(
        {"data": [{"path": "/tmp/gradio/a/b.png"}, {"path": None}, {"path": 3}, "http://x", 1]}
    )


# The guard -------------------------------------------------------------------------------------------


class House:
    """An app of which everything that it was given is noted; in place of Gradio's."""

    def __init__(self, rules=None, waiting=0, limit=64):
        self.bodies, self.reasons = [], []
        event = SimpleNamespace(request=SimpleNamespace(scope=request("127.0.0.1")))
        lines = {"a": SimpleNamespace(queue=[event] * waiting)}
        self.queue = type("Queue", (), {"__len__": lambda _: waiting})()
        self.queue.max_size, self.queue.event_queue_per_concurrency_id = limit, lines
        self.queue.pending_messages_per_session, self.queue.pending_event_ids_session = {"mine": 1, "by-name": 1}, {}
        self.queue.event_ids_to_events = {}
        function = SimpleNamespace(fn=print, cancels=[], api_name="generate")
        browser_only = SimpleNamespace(fn=None, cancels=[], api_name="js")
        demo = SimpleNamespace(_queue=self.queue, fns={3: function, 4: browser_only})
        self.admission = Admission(self.app, demo, rules or Rules(), self.reasons.append)

    async def app(self, scope, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    def ask(self, method, path, **more):
        async def once():
            transport = httpx.ASGITransport(self.admission, client=(more.pop("address", "127.0.0.1"), 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.request(method, path, **more)

        return finished(once())

    def join(self, body=None, **more):
        body = {"data": ["글"], "fn_index": 3, "session_hash": "mine"} if body is None else body
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", "/gradio_api/queue/join", content=content, **more)


def assert_refused(house, answer, status, reason):
    assert answer.status_code == status and house.reasons[-1] == reason and house.bodies == []
    told = answer.json()
    assert told["detail"].split("<br>") == told["error"].split("\n") and any(
        "가" <= letter <= "힣" for letter in told["detail"]
    )
    assert "{" not in told["detail"]


def test_a_body_arrives_as_it_was_sent():
    house = House()
    body = json.dumps({"data": ["글" * 5_000], "fn_index": 3, "session_hash": "mine"}).encode()
    assert house.join(body).status_code == 200 and house.bodies == [body] and house.reasons == []


def test_who_asks_by_hand_notices_nothing_and_who_floods_is_told_when_to_come_back():
    house = House(Rules(rate=2))
    house.admission._requests._clock = Clock()
    for _ in range(2 * middleware.BURST_SECONDS):
        assert house.join().status_code == 200
    house.bodies.clear()
    answer = house.join()
    assert_refused(house, answer, 429, "rate")
    assert answer.headers["retry-after"] == "1"
    assert house.join(address="203.0.113.5").status_code == 200  # others do not pay for it
    assert house.ask("GET", "/health").status_code == 200
    assert house.ask("GET", "/assets/index.js").status_code == 200


def test_the_rate_can_be_turned_off():
    house = House(Rules(rate=0))
    assert all(house.join().status_code == 200 for _ in range(300))


def test_by_default_a_class_behind_one_address_may_open_the_page_at_once():
    assert middleware.RATE * middleware.BURST_SECONDS >= 30 * 8


@pytest.mark.parametrize("waiting", [64, 70])
def test_a_full_queue_is_told_in_both_languages(waiting):
    house = House(waiting=waiting)
    answer = house.join(address="203.0.113.5")
    assert_refused(house, answer, 429, "queue")
    assert answer.headers["retry-after"] == "5"
    assert house.ask("GET", "/char_lm").status_code == 200


def test_no_visitor_holds_more_than_half_of_the_queue():
    house = House(waiting=32)
    assert_refused(house, house.join(), 429, "share")
    assert house.join(address="203.0.113.5").status_code == 200
    assert House(waiting=31).join().status_code == 200


def test_who_is_on_the_way_into_the_queue_has_a_place_in_it():
    """Gradio takes a moment to put a request into its queue; in that moment others come."""
    house, release = House(limit=8), asyncio.Event()

    async def slow(scope, receive, send):
        await release.wait()
        await House.app(house, scope, receive, send)

    house.admission.app = slow

    async def crowd():
        transport = httpx.ASGITransport(house.admission, client=("127.0.0.1", 1))
        body = {"data": ["글"], "fn_index": 3, "session_hash": "mine"}
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            asked = [asyncio.ensure_future(client.post("/gradio_api/queue/join", json=body)) for _ in range(10)]
            await asyncio.sleep(0.05)
            release.set()
            return [(await answer).status_code for answer in asked]

    assert sorted(finished(crowd())) == [200] * 4 + [429] * 6  # no visitor holds more than half
    assert house.reasons == ["share"] * 6 and house.admission._joining.all == 0
    assert house.join().status_code == 200


def test_no_visitor_has_too_many_requests_open(monkeypatch):
    monkeypatch.setattr(middleware, "OPEN_LIMIT", 3)
    house = House()
    opened, release = [], asyncio.Event()

    async def slow(scope, receive, send):
        opened.append(1)
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    house.admission.app = slow

    async def crowd():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(house.admission), base_url="http://x") as client:
            asked = [asyncio.create_task(client.get("/gradio_api/heartbeat/x")) for _ in range(5)]
            while len(opened) + len(house.reasons) < 5:
                await asyncio.sleep(0)
            release.set()
            first = sorted(answer.status_code for answer in await asyncio.gather(*asked))
            return first, (await client.get("/gradio_api/heartbeat/x")).status_code

    assert finished(crowd()) == ([200, 200, 200, 429, 429], 200)
    assert house.reasons == ["open"] * 2


async def endless(chunk, sent):
    while True:
        sent.append(len(chunk))
        yield chunk


@pytest.mark.parametrize(
    ("path", "limit"), [("queue/join", middleware.BODY_LIMIT), ("upload", middleware.UPLOAD_BODY_LIMIT)]
)
def test_what_is_too_large_is_refused_before_it_is_read(path, limit):
    house = House()
    answer = house.ask("POST", f"/gradio_api/{path}", content=b"x" * (limit + 1))
    assert_refused(house, answer, 413, "size")
    sent = []
    answer = house.ask("POST", f"/gradio_api/{path}", content=endless(b"x" * 65_536, sent))
    assert_refused(house, answer, 413, "size")
    assert sum(sent) <= limit + 2 * 65_536


def test_uploads_are_weighed(monkeypatch):
    house = House()
    house.admission._bytes = TokenBuckets(1, 50_000_000)
    content = b"x" * 20_000_000
    assert [house.ask("POST", "/gradio_api/upload", content=content).status_code for _ in range(2)] == [200, 200]
    house.bodies.clear()
    assert_refused(house, house.ask("POST", "/gradio_api/upload", content=content), 429, "uploads")
    assert house.ask("POST", "/gradio_api/upload", content=content, address="203.0.113.5").status_code == 200


def test_all_together_fill_no_disk():
    house = House()
    house.admission._all_bytes = TokenBuckets(1, 50_000_000)
    content = b"x" * 20_000_000
    told = [
        house.ask("POST", "/gradio_api/upload", content=content, address=f"203.0.113.{n}").status_code for n in range(4)
    ]
    assert told == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"no json", 400, "json"),
        (b"[1]", 400, "json"),
        (b"[" * 100_000, 400, "json"),
        (b'{"fn_index": ' + b"9" * 5_000 + b"}", 400, "json"),
        (b"\xff\xfe", 400, "json"),
        ({"fn_index": 3, "batched": True}, 400, "json"),
        ({"fn_index": 3, "session_hash": "x" * 200}, 400, "json"),
        ({}, 404, "endpoint"),
        (b"", 404, "endpoint"),
        ({"fn_index": 99}, 404, "endpoint"),
        ({"fn_index": 4}, 404, "endpoint"),  # runs in the browser only
        ({"fn_index": True}, 404, "endpoint"),
        ({"fn_index": "3"}, 404, "endpoint"),
        ({"fn_index": [3]}, 404, "endpoint"),
        ({"fn_index": 3, "data": [{"path": "http://127.0.0.1/"}]}, 400, "elsewhere"),
        ({"fn_index": 3, "data": [[{"a": {"path": "file:///etc/passwd"}}]]}, 400, "elsewhere"),
    ],
)
def test_bodies_that_no_page_sends_are_refused(body, status, reason):
    house = House()
    assert_refused(house, house.join(body), status, reason)


def test_calls_by_name():
    house = House()
    for name, status in (("generate", 200), ("v2/generate", 200), ("generate/", 200), ("nope", 404), ("js", 404)):
        house.bodies.clear()
        assert house.ask("POST", f"/gradio_api/call/{name}", json={"data": []}).status_code == status, name


def test_answers_that_there_are_not():
    house = House()
    house.queue.pending_event_ids_session["mine"] = {"an-event"}
    for path, status in (
        ("queue/data?session_hash=mine", 200),
        ("queue/data?session_hash=other", 404),
        ("call/generate/an-event", 200),
        ("call/generate/by-name", 200),
        ("call/generate/other", 404),
    ):
        assert house.ask("GET", f"/gradio_api/{path}").status_code == status, path


def test_keywords_that_an_endpoint_has_not(monkeypatch):
    house = House()

    async def gradio(scope, receive, send):
        raise TypeError("Parameter `nope` is not a valid key-word argument")

    house.admission.app = gradio
    assert_refused(house, house.ask("POST", "/gradio_api/call/v2/generate", json={"nope": 1}), 400, "keywords")
    with pytest.raises(TypeError):
        house.join()


def test_what_passes_goes_on_streaming():
    """A part of an answer is there before the next one is made: nothing is gathered on the way."""
    arrived = []

    async def streaming(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for n in range(3):
            await send({"type": "http.response.body", "body": b"%d" % n, "more_body": True})
            assert arrived[-1] == b"%d" % n
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        arrived.append(message.get("body"))

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    house = House()
    house.admission.app = streaming
    scope = request(path="/gradio_api/queue/data", query_string=b"session_hash=mine")
    finished(house.admission(scope, receive, send))
    assert arrived == [None, b"0", b"1", b"2", b""]


def test_the_guard_is_no_http_middleware_of_starlette():
    from starlette.middleware.base import BaseHTTPMiddleware

    assert not issubclass(Admission, BaseHTTPMiddleware) and Middleware(Admission).cls is Admission
