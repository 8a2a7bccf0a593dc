"""The live stream: server-sent events whose id is the exact place where the next connection goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from nitka.api.gateway import LiveEvent
from nitka.api.personal import HereState, Mine
from nitka.gateway.api.access import CurrentParts, CurrentSession, Parts, valid_tab
from nitka.gateway.domain import BadPosition, Position, may_see
from nitka.gateway.store.live import Entry, Lost, Reader
from nitka.gateway.store.signals import HereSignal
from nitka.gateway.store.streams import Stream
from nitka.runtime import logs, telemetry
from nitka.runtime.http import Problem

HEARTBEAT = 10.0
"""Seconds after which a `ping` shows that the connection lives; clients wait for 2.5 times as long."""
SEND_SECONDS = 30.0
"""A client that takes nothing for so long is dropped; it comes back with its place."""

_MODELS: dict[int | str, dict[str, Any]] = {200: {"model": LiveEvent | HereState | Mine}}

_log = logs.get("live")
router = APIRouter(tags=["live"])


class EventStream(Response):
    """Streams what `reader` gives until the client leaves, the session ends or the process stops."""

    media_type = "text/event-stream"

    def __init__(self, parts: Parts, stream: Stream, reader: Reader, *, lost: bool) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._parts, self._stream, self._reader, self._lost = parts, stream, reader, lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._parts.streams.add(self._stream)
        tasks = {
            asyncio.create_task(self._write(send)),
            asyncio.create_task(_disconnected(receive)),
            asyncio.create_task(self._stream.ended.wait()),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._parts.streams.remove(self._stream)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._say_goodbye()
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        first = "reset" if self._lost else "ready"
        await _send(send, "retry: 1000\n" + _frame("{}", self._reader.seen, first))
        self._parts.whereabouts.welcome(self._stream)
        async with asyncio.TaskGroup() as both:
            following = both.create_task(self._follow(send))
            passing = both.create_task(self._pass_on(send))
            following.add_done_callback(lambda _: passing.cancel())

    async def _pass_on(self, send: Send) -> None:
        """What is told beside the log; without ids, so that the client's place stays."""
        while True:
            await _send(send, await self._stream.said())

    async def _follow(self, send: Send) -> None:
        clock = asyncio.get_running_loop()
        ping_at = clock.time() + HEARTBEAT
        while True:
            try:
                found = await self._reader.read(max(0.0, ping_at - clock.time()))
            except Lost:
                self._reader = self._parts.log.reader_from_now()
                await _send(send, _frame("{}", self._reader.seen, "reset"))
                continue
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("stream broken off", error=type(error).__name__)
                return
            visible = [(e, p) for e, p in found if may_see(self._stream.role, e.event)]
            if visible:
                await self._deliver(send, visible)
            if clock.time() >= ping_at:
                await _send(send, _frame("{}", self._reader.seen, "ping"))
                ping_at = clock.time() + HEARTBEAT

    async def _deliver(self, send: Send, visible: Iterable[tuple[Entry, Position]]) -> None:
        if not telemetry.enabled():
            await _send(send, "".join(_frame(e.data, p) for e, p in visible))
            return
        for entry, position in visible:
            parent, kind = entry.event.traceparent, SpanKind.PRODUCER
            with telemetry.span("live.deliver", parent=parent, kind=kind, type=entry.event.type):
                await _send(send, _frame(entry.data, position))

    async def _say_goodbye(self) -> None:
        """A tab whose stream has closed looks at nothing any more, unless it is back already."""
        agent_id, tab = self._stream.agent_id, self._stream.tab
        if self._parts.whereabouts.knows(agent_id, tab) and not self._parts.streams.has(agent_id, tab):
            gone = HereSignal(agent_id=agent_id, tab=tab, conversation_id=None, typing=False)
            await self._parts.signals.send(gone)


@router.get("/live", status_code=200, response_class=EventStream, responses=_MODELS)
async def live(
    request: Request,
    session: CurrentSession,
    parts: CurrentParts,
    last_event_id: Annotated[str | None, Header(max_length=20_000)] = None,
    after: Annotated[str | None, Query(max_length=20_000)] = None,
    tab: Annotated[str | None, Query(max_length=36)] = None,
) -> Response:
    """Server-sent events: what changes from now on, or exactly what came after the given id.

    `data` of a message is a LiveEvent. First comes the event `ready` (its id is the place where the stream
    begins: read lists after it and nothing is missed) or `reset`: what lies between is not to be had, so read
    everything anew. `after` is for clients that cannot set the header Last-Event-ID, which wins.

    Beside the events: `ping` at least every ten seconds, and what is never repeated and has no id: `here`
    (HereState: who else has a conversation open, the present when the stream begins) and `mine` (Mine: the agent
    changed something in another tab). `tab` names who reads the stream, as X-Nitka-Tab does in requests: what was
    changed under this name is not told here, and where somebody is under this name ends with the stream.
    """
    if not parts.log.ring.head.offsets:
        raise Problem(503, "unavailable", "The live stream is starting; try again.", headers={"retry-after": "1"})
    stream = Stream(session.key, session.agent.id, session.agent.role, valid_tab(tab))
    try:
        return EventStream(parts, stream, await parts.log.reader(last_event_id or after), lost=False)
    except (BadPosition, Lost):
        return EventStream(parts, stream, parts.log.reader_from_now(), lost=True)
    except (KafkaError, OSError, TimeoutError):
        raise Problem(503, "unavailable", "The live stream is away; try again.") from None


def _frame(data: str, position: Position, event: str | None = None) -> str:
    name = f"event: {event}\n" if event else ""
    return f"id: {position.text()}\n{name}data: {data}\n\n"


async def _send(send: Send, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
