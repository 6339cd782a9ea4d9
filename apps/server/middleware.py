"""The guard at the door: who asks too much, sends too much or knocks at a closed door is told so, and no more is done.

It is plain ASGI: what passes it is handed on as it is, so that streamed answers go on streaming.
"""

import json
import math
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from apps.server import routes
from apps.server.rate_limit import OpenRequests, TokenBuckets, client_key

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

RATE = 20.0  # requests a second of one visitor in the long run; whoever clicks by hand makes one or two
BURST_SECONDS = 15  # so many seconds' worth may come at once, e.g. when a class opens a page
BODY_LIMIT = 200_000  # bytes of a request that is no upload; two texts of 5,000 characters are 60,000 at most
UPLOAD_BODY_LIMIT = 21_000_000  # a file of 20 MB and what stands around it
NAME_LIMIT = 100  # characters of a visitor's session; Gradio's own have 11 to 36
HOUR = 3600.0
UPLOADED = 1e9  # bytes of one visitor an hour; files are deleted after an hour
UPLOADED_BY_ALL = 4e9
OPEN_LIMIT = 300  # requests of one visitor under way at once; every open page has one or two
QUEUE_SHARE = 0.5  # of the places in the queue for one visitor

TOO_MANY = (
    "These are too many requests at a time. Wait {seconds} s and try again.",
    "요청이 너무 많습니다. {seconds}초 뒤에 다시 시도해 주세요.",
)
TOO_MUCH = (
    "These are too many uploads. Wait {seconds} s and try again.",
    "올린 파일이 너무 많습니다. {seconds}초 뒤에 다시 시도해 주세요.",
)
BUSY = (
    "Many visitors are waiting. Try again in {seconds} s.",
    "지금 기다리는 분이 많습니다. {seconds}초 뒤에 다시 시도해 주세요.",
)
TOO_LARGE = (
    "This is larger than {limit:,} bytes. Send less.",
    "{limit:,}바이트보다 큽니다. 줄여서 보내 주세요.",
)
NO_JSON = (
    'The body is no JSON object as it is asked for here. See "Use via API" on the page.',
    "본문이 여기서 받는 JSON 객체가 아닙니다. 페이지의 ‘API로 사용’을 참고해 주세요.",
)
ELSEWHERE = (
    "Files are not fetched from other addresses. Upload the file.",
    "다른 주소의 파일은 가져오지 않습니다. 파일을 올려 주세요.",
)
GONE = (
    "There is no answer here any more, perhaps because the server was started again. Load the page again.",
    "더 받을 답이 없습니다. 서버가 다시 시작되었을 수 있으니 페이지를 새로 고침해 주세요.",
)
CLOSED = ("There is nothing here.", "여기에는 아무것도 없습니다.")
BUSY_SECONDS = 5


class RefusedError(Exception):
    """A request that is not let in: status, words in English and Korean, why (for counting), seconds to wait."""

    def __init__(self, status: int, words: tuple[str, str], reason: str, seconds: float = 0, **values: Any) -> None:
        self.status, self.reason = status, reason
        self.seconds = None if not seconds or math.isinf(seconds) else math.ceil(seconds)
        self.words = [text.format(seconds=self.seconds, **values) for text in words]


@dataclass(frozen=True)
class Rules:
    """How much is let in.

    Attributes:
        rate: requests a second of one visitor, in the long run; 0: as many as they like.
        proxies: how many proxies stand in front, see `rate_limit.client_key`.
    """

    rate: float = RATE
    proxies: int = 0


class Admission:
    """ASGI middleware for an app of Gradio.

    Args:
        app: what is guarded.
        demo: whose queue may be full, and whose endpoints there are.
        rules: how much is let in.
        count: is called with the reason of each refusal.
    """

    def __init__(self, app: App, demo: gr.Blocks, rules: Rules, count: Callable[[str], None]) -> None:
        self.app, self._demo, self._rules, self._count = app, demo, rules, count
        self._requests = TokenBuckets(rules.rate, rules.rate * BURST_SECONDS) if rules.rate else None
        self._bytes = TokenBuckets(UPLOADED / HOUR, UPLOADED)
        self._all_bytes = TokenBuckets(UPLOADED_BY_ALL / HOUR, UPLOADED_BY_ALL)
        self._open = OpenRequests(OPEN_LIMIT)
        self._joining = OpenRequests(OPEN_LIMIT)  # who is let in, but does not stand in the queue yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._admit(scope, receive, noted)
        except RefusedError as refused:
            self._count(refused.reason)
            if not begun:
                await _answer(refused, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = routes.request_kind(scope)
        if kind == "closed":
            raise RefusedError(404, CLOSED, "closed")
        if kind in routes.UNMETERED:
            await self.app(scope, receive, send)
            return
        visitor = client_key(scope, self._rules.proxies)
        wait = 0.0 if self._requests is None else self._requests.take(visitor)
        if wait:
            raise RefusedError(429, TOO_MANY, "rate", wait)
        if not self._open.enter(visitor):
            raise RefusedError(429, TOO_MANY, "open", BUSY_SECONDS)
        joins = False
        try:
            if kind == "answers":
                self._check_session(scope)
            if kind in ("join", "call"):
                self._check_queue(visitor)
                joins = self._joining.enter(visitor)
            await self.app(scope, await self._checked(scope, receive, kind, visitor), send)
        except (KeyError, TypeError) as error:
            if kind != "call":
                raise
            # Of a call by name and keywords, which Gradio puts together before anything else.
            raise RefusedError(400, NO_JSON, "keywords") from error
        finally:
            self._open.leave(visitor)
            if joins:
                self._joining.leave(visitor)

    def _check_session(self, scope: Scope) -> None:
        """Whether there are answers for somebody; Gradio would begin to answer, and then break off."""
        session, event = routes.session_and_event(scope)
        queue = self._demo._queue
        if session and session not in queue.pending_messages_per_session:
            raise RefusedError(404, GONE, "session")
        if event and event not in queue.event_ids_to_events:
            owners = (name for name, events in queue.pending_event_ids_session.items() if event in events)
            if next(owners, event) not in queue.pending_messages_per_session:
                raise RefusedError(404, GONE, "session")

    async def _checked(self, scope: Scope, receive: Receive, kind: str, visitor: str) -> Receive:
        """The body of a request that may be read; one of JSON has been read, and is given again."""
        limit = UPLOAD_BODY_LIMIT if kind in ("upload", "mcp") else BODY_LIMIT
        length = _length(scope)
        if length is not None and length > limit:
            raise RefusedError(413, TOO_LARGE, "size", limit=limit)
        limited = _limited(receive, limit)
        if scope["method"] != "POST":
            return limited
        if kind == "upload":
            self._count_bytes(visitor, limit if length is None else length)
        if kind not in routes.WITH_JSON_BODY:
            return limited
        body = await _read(limited)
        self._check_body(body, scope, kind)
        return _replayed(body, receive)

    def _count_bytes(self, visitor: str, length: int) -> None:
        for buckets, name in ((self._bytes, visitor), (self._all_bytes, "")):
            wait = buckets.take(name, length)
            if wait:
                raise RefusedError(429, TOO_MUCH, "uploads", wait)

    def _check_queue(self, visitor: str) -> None:
        queue = self._demo._queue
        if not queue.max_size:
            return
        if len(queue) + self._joining.all >= queue.max_size:
            # Gradio would say so with 503, which its page shows in English only.
            raise RefusedError(429, BUSY, "queue", BUSY_SECONDS)
        waiting = [event for line in queue.event_queue_per_concurrency_id.values() for event in line.queue]
        if len(waiting) + self._joining.all < QUEUE_SHARE * queue.max_size:
            return
        own = self._joining.inside(visitor)
        own += sum(client_key(event.request.scope, self._rules.proxies) == visitor for event in waiting)
        if own >= QUEUE_SHARE * queue.max_size:
            raise RefusedError(429, TOO_MANY, "share", BUSY_SECONDS)

    def _check_body(self, body: bytes, scope: Scope, kind: str) -> None:
        try:
            asked = json.loads(body) if body else {}
        except (ValueError, RecursionError) as error:
            raise RefusedError(400, NO_JSON, "json") from error
        if not isinstance(asked, dict) or asked.get("batched") or len(str(asked.get("session_hash"))) > NAME_LIMIT:
            raise RefusedError(400, NO_JSON, "json")
        if kind != "cancel" and not self._known(asked.get("fn_index"), scope, kind):
            raise RefusedError(404, CLOSED, "endpoint")
        if routes.has_remote_file(asked):
            raise RefusedError(400, ELSEWHERE, "elsewhere")

    def _known(self, number: Any, scope: Scope, kind: str) -> bool:
        """Whether there is such an endpoint, and it runs here (some run in the browser only)."""
        functions = self._demo.fns
        if number is None and kind != "join":
            name = routes.endpoint_name(scope)
            return any(name == function.api_name and function.fn for function in functions.values())
        if isinstance(number, bool) or not isinstance(number, int) or number not in functions:
            return False
        return bool(functions[number].fn or functions[number].cancels)


def _length(scope: Scope) -> int | None:
    """What `Content-Length` says; None without one."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def _limited(receive: Receive, limit: int) -> Receive:
    """The same body; where it turns out to be longer than the limit, `RefusedError` is raised."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise RefusedError(413, TOO_LARGE, "size", limit=limit)
        return message

    return counted


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""  # nobody waits for an answer; an empty body asks for nothing
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, and then whatever comes after it: that the visitor has gone."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


async def _answer(refused: RefusedError, send: Send) -> None:
    # The page shows "detail"; Gradio's client in Python, "error".
    content = json.dumps({"detail": "<br>".join(refused.words), "error": "\n".join(refused.words)}, ensure_ascii=False)
    content = content.encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if refused.seconds:
        headers.append((b"retry-after", str(refused.seconds).encode()))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
