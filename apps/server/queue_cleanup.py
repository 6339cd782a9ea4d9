"""Answers that nobody reads and copies that nobody needs are forgotten, so that memory stays bounded.

Gradio keeps what a run has yielded until the visitor's browser has fetched it. A program that asks and never fetches
would fill the memory, and its runs would go on for nobody. And Gradio keeps for every visitor, and for every call of a
program, a copy of the whole page with all that was sent and answered, for links that these pages do not offer. So:

    drop_superseded     of whole values that wait, only the newest are kept: each holds all that those before it held
    Sweeper             a visitor's answers of which none has been fetched for a minute are dropped; the run stops
    use_lean_sessions   no copies of pages: a new visitor costs one millisecond in place of 57, in which all waited

What is touched here are insides of Gradio, which may change: tests/apps/server/test_serving.py runs it on a real
server.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder
from gradio.server_messages import ProcessGeneratingMessage

SWEEP_SECONDS = 10.0  # between two sweeps
UNREAD_SECONDS = 60.0  # without a reader
KEPT = 2  # whole values of one run that wait


def drop_superseded(demo: gr.Blocks) -> None:
    """From now on the queue of `demo`, which must not be replaced any more, keeps no superseded values."""
    queue = demo._queue
    send = queue.send_message

    def send_newest(event: Any, message: Any) -> None:
        if isinstance(message, ProcessGeneratingMessage) and getattr(event.data, "simple_format", False):
            _drop_older(queue.pending_messages_per_session.get(event.session_hash), event._id)
        send(event, message)

    queue.send_message = send_newest


def _drop_older(messages: asyncio.Queue | None, event_id: str) -> None:
    if messages is None:
        return
    waiting = [messages.get_nowait() for _ in range(messages.qsize())]
    values = [m for m in waiting if isinstance(m, ProcessGeneratingMessage) and m.event_id == event_id]
    superseded = set(map(id, values[: -KEPT + 1]))
    for message in waiting:
        if id(message) not in superseded:
            messages.put_nowait(message)


class LeanSession(state_holder.SessionState):
    """What Gradio keeps of a visitor, without a copy of the pages and of what was sent to them."""

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))

    def _update_config(self, key: int) -> None:
        """Nothing is copied."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nothing is copied."""


def use_lean_sessions() -> None:
    """From now on every new visitor of every app in this process has a `LeanSession`."""
    state_holder.SessionState = LeanSession


class Sweeper:
    """Finds the visitors whose answers nobody fetches.

    Args:
        demo: the app.
        unread_seconds: so long an answer may wait.
        clock: tells the time in seconds.
    """

    def __init__(
        self, demo: gr.Blocks, unread_seconds: float = UNREAD_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._demo, self._unread_seconds, self._clock = demo, unread_seconds, clock
        self._seen: dict[str, tuple[int, float]] = {}  # of each visitor: the answer at the head, and since when

    async def sweep(self) -> int:
        """Stop and forget what nobody fetches; gives how many visitors that were."""
        queue, now = self._demo._queue, self._clock()
        heads = {
            session: id(messages._queue[0])
            for session, messages in list(queue.pending_messages_per_session.items())
            if messages.qsize()
        }
        self._seen = {
            s: self._seen[s] if self._seen.get(s, (0,))[0] == head else (head, now) for s, head in heads.items()
        }
        gone = [session for session, (_, since) in self._seen.items() if now - since >= self._unread_seconds]
        for session in gone:
            del self._seen[session]
            queue.pending_messages_per_session.pop(session, None)
            await queue.clean_events(session_hash=session)
            queue.pending_event_ids_session.pop(session, None)
        self._forget_finished()
        return len(gone)

    def _forget_finished(self) -> None:
        """Visitors of whom nothing is under way and nothing waits."""
        queue = self._demo._queue
        for session, events in list(queue.pending_event_ids_session.items()):
            messages = queue.pending_messages_per_session.get(session)
            # A reader who waits holds on to the queue of messages: that one is left alone.
            if not events and (messages is None or not (messages.qsize() or messages._getters)):
                queue.pending_event_ids_session.pop(session, None)
                queue.pending_messages_per_session.pop(session, None)

    @contextlib.asynccontextmanager
    async def running(self, _: Any = None) -> AsyncIterator[None]:
        """Sweeps every few seconds while it is open; to be given to an app as its lifespan."""

        async def forever() -> None:
            while True:
                await asyncio.sleep(SWEEP_SECONDS)
                await self.sweep()

        task = asyncio.create_task(forever())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
