"""What the app does, in numbers and lines: `/metrics` for Prometheus, `/health`, and a log of JSON objects.

Nothing here holds what a visitor wrote, nor a visitor's address: endpoints are named by the pages, requests by kind.
"""

import functools
import inspect
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import gradio as gr
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from apps.server import routes as server_routes
from apps.server.middleware import App, Message, Receive, Scope, Send
from apps.server.rate_limit import client_key, pseudonym
from apps.shared import models

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_UNLOGGED = server_routes.UNMETERED | {"heartbeat", "answers", "info"}  # unless they fail
_STREAMS = {"answers", "heartbeat"}  # as long as the visitor stays: their durations say nothing

# How the work on a request may end.
ANSWERED, REFUSED, FAILED, CANCELLED = "answered", "refused", "failed", "cancelled"


class JsonLog:
    """JSON objects, one a line, on standard error or at the end of a file (which may be moved away meanwhile)."""

    def __init__(self, path: str | Path | None = None) -> None:
        handler = WatchedFileHandler(path, encoding="utf-8") if path else logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        self._logger = logging.Logger("apps.server.telemetry")  # of no family: no other settings change what it writes
        self._logger.addHandler(handler)

    def write(self, **fields: Any) -> None:
        """One line: the time in UTC, and the fields."""
        now = time.time()
        stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
        self._logger.info(json.dumps({"time": stamp, **fields}, ensure_ascii=True))


class Telemetry:
    """All that is counted of one app.

    Args:
        demo: the app.
        log: where lines are written.
        proxies: how many proxies stand in front, see `rate_limit.client_key`.
    """

    def __init__(self, demo: gr.Blocks, log: JsonLog, proxies: int = 0) -> None:
        self._demo, self._log, self._proxies = demo, log, proxies
        self._started = time.monotonic()
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        common: dict[str, Any] = {"registry": self.registry}
        self._requests = Counter("rnn_http_requests", "HTTP requests.", ["kind", "status"], **common)
        self._request_seconds = Histogram(
            "rnn_http_seconds", "From request to the end of the answer.", ["kind"], buckets=SECONDS, **common
        )
        self._refusals = Counter("rnn_refusals", "Requests that the guard did not let in.", ["reason"], **common)
        self._calls = Counter("rnn_calls", "Runs of an endpoint's function.", ["endpoint", "outcome"], **common)
        self._call_seconds = Histogram(
            "rnn_call_seconds", "From a function's start to its end.", ["endpoint"], buckets=SECONDS, **common
        )
        self._running = Gauge("rnn_calls_running", "Functions that run now.", **common)
        self._gauges()

    def _gauges(self) -> None:
        """What is measured when it is asked for."""
        measured: dict[str, tuple[str, Callable[[], float]]] = {
            "rnn_queue_length": ("Visitors' events that wait.", lambda: len(self._demo._queue)),
            "rnn_queue_limit": ("So many may wait.", lambda: self._demo._queue.max_size or float("inf")),
            "rnn_queue_working": ("Events at work.", lambda: self._demo._queue.get_active_worker_count()),
            "rnn_models_found": ("Trained models that there are.", lambda: len(models.found())),
            "rnn_models_loaded": ("Trained models in memory.", lambda: len(models.loaded())),
            "rnn_models_refused": ("Trained models that could not be loaded.", lambda: len(models.refused())),
            "rnn_uptime_seconds": ("Since the start.", lambda: time.monotonic() - self._started),
        }
        for name, (description, measure) in measured.items():
            Gauge(name, description, registry=self.registry).set_function(measure)

    # The functions ---------------------------------------------------------------------------------------

    def instrument_functions(self) -> None:
        """Count and time every function of the app's endpoints, those included that are added by and by."""
        for function in self._demo.fns.values():
            if function.fn is not None:
                function.fn = self.instrumented(function.fn, str(function.api_name))

    def instrumented(self, function: Callable, endpoint: str) -> Callable:
        """The same function, counted and timed under a name. Of a generator, from its first step to its end."""
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def steps(*arguments: Any, **options: Any) -> Iterator[Any]:
                with _CallTimer(self, endpoint):
                    yield from function(*arguments, **options)

            return steps
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{endpoint}: {function.__name__} is asynchronous; expected a function that runs in a thread."
            )

        @functools.wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            with _CallTimer(self, endpoint):
                return function(*arguments, **options)

        return call

    def input_refused(self, endpoint: str) -> None:
        """An endpoint was called with values that its function was not even given."""
        self._calls.labels(endpoint, REFUSED).inc()
        self._log.write(event="call", endpoint=endpoint, status=REFUSED, ms=0)

    def call_started(self) -> None:
        """A function has begun."""
        self._running.inc()

    def call_ended(self, endpoint: str, outcome: str, seconds: float, error: BaseException | None) -> None:
        """A function has ended."""
        self._running.dec()
        self._calls.labels(endpoint, outcome).inc()
        self._call_seconds.labels(endpoint).observe(seconds)
        # The kind of an error, never its words: they may hold what a visitor wrote.
        kind = {"error": type(error).__name__} if outcome == FAILED else {}
        self._log.write(event="call", endpoint=endpoint, status=outcome, ms=round(1000 * seconds, 1), **kind)

    # Requests --------------------------------------------------------------------------------------------

    def request_refused(self, reason: str) -> None:
        """The guard did not let somebody in."""
        self._refusals.labels(reason).inc()

    def request_answered(self, scope: Scope, status: int, seconds: float) -> None:
        """A request has been answered. Status 0: the visitor had gone before the answer began."""
        kind = server_routes.request_kind(scope)
        self._requests.labels(kind, str(status)).inc()
        if kind not in _STREAMS:
            self._request_seconds.labels(kind).observe(seconds)
        if status >= 400 or kind not in _UNLOGGED:
            visitor = pseudonym(client_key(scope, self._proxies))
            self._log.write(event="http", endpoint=kind, status=status, ms=round(1000 * seconds, 1), visitor=visitor)

    # For machines ----------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        """`/health` and `/metrics`."""
        return [Route("/health", self._health), Route("/metrics", self._metrics)]

    async def _health(self, _: Request) -> Response:
        refused = models.refused()
        state = {
            "status": "degraded" if refused else "ok",
            "uptime_seconds": round(time.monotonic() - self._started, 1),
            "models": {"found": models.found(), "loaded": models.loaded(), "refused": refused},
            "queue": {"length": len(self._demo._queue), "limit": self._demo._queue.max_size},
        }
        return JSONResponse(state, headers={"cache-control": "no-store"})

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self.registry), media_type=METRICS_TYPE)


class _CallTimer:
    """The time from entering to leaving, and how it ended."""

    def __init__(self, telemetry: Telemetry, endpoint: str) -> None:
        self._telemetry, self._endpoint = telemetry, endpoint

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._telemetry.call_started()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: Any) -> None:
        outcome = ANSWERED
        if error is not None:
            outcome = REFUSED if isinstance(error, gr.Error) else FAILED
        if isinstance(error, GeneratorExit):
            outcome = CANCELLED
        self._telemetry.call_ended(self._endpoint, outcome, time.monotonic() - self._started, error)


class TelemetryMiddleware:
    """ASGI middleware that tells a `Telemetry` of every request; it changes nothing on the way."""

    def __init__(self, app: App, telemetry: Telemetry) -> None:
        self.app, self._telemetry = app, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note how it was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = dict(scope)  # an app that is mounted below this one takes its own prefix out of the address
        started, status = time.monotonic(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            status = status or 500
            raise
        finally:
            self._telemetry.request_answered(asked, status, time.monotonic() - started)
