"""The live stream: server-sent events whose id is the exact place where the next connection goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from nitka.api.gateway import LiveEvent
from nitka.gateway.api.access import CurrentParts, CurrentSession, Parts
from nitka.gateway.domain import BadPosition, Position, may_see
from nitka.gateway.store.accounts import Session
from nitka.gateway.store.live import Entry, Lost, Reader
from nitka.runtime import logs, telemetry
from nitka.runtime.http import Problem

HEARTBEAT = 15.0
"""Seconds without an event after which a comment shows that the connection lives."""
SEND_SECONDS = 30.0
"""A client that takes nothing for so long is dropped; it comes back with its place."""

_log = logs.get("live")
router = APIRouter(tags=["live"])


class EventStream(Response):
    """Streams what `reader` gives until the client leaves, the session ends or the process stops."""

    media_type = "text/event-stream"

    def __init__(self, parts: Parts, session: Session, reader: Reader, *, lost: bool) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._parts, self._session, self._reader, self._lost = parts, session, reader, lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ended = self._parts.streams.add(self._session.key)
        tasks = {
            asyncio.create_task(self._write(send)),
            asyncio.create_task(_disconnected(receive)),
            asyncio.create_task(ended.wait()),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._parts.streams.remove(self._session.key, ended)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        first = "reset" if self._lost else "ready"
        await _send(send, "retry: 1000\n" + _frame("{}", self._reader.seen, first))
        while True:
            try:
                found = await self._reader.read(HEARTBEAT)
            except Lost:
                self._reader = self._parts.log.reader_from_now()
                await _send(send, _frame("{}", self._reader.seen, "reset"))
                continue
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("stream broken off", error=type(error).__name__)
                return
            visible = [(e, p) for e, p in found if may_see(self._session.agent.role, e.event)]
            if visible:
                await self._deliver(send, visible)
            elif not found:
                await _send(send, f": alive\nid: {self._reader.seen.text()}\n\n")

    async def _deliver(self, send: Send, visible: Iterable[tuple[Entry, Position]]) -> None:
        if not telemetry.enabled():
            await _send(send, "".join(_frame(e.data, p) for e, p in visible))
            return
        for entry, position in visible:
            parent, kind = entry.event.traceparent, SpanKind.PRODUCER
            with telemetry.span("live.deliver", parent=parent, kind=kind, type=entry.event.type):
                await _send(send, _frame(entry.data, position))


@router.get("/live", status_code=200, response_class=EventStream, responses={200: {"model": LiveEvent}})
async def live(
    request: Request,
    session: CurrentSession,
    parts: CurrentParts,
    last_event_id: Annotated[str | None, Header(max_length=20_000)] = None,
    after: Annotated[str | None, Query(max_length=20_000)] = None,
) -> Response:
    """Server-sent events: what changes from now on, or exactly what came after the given id.

    `data` of a message is a LiveEvent. First comes the event `ready` (its id is the place where the stream
    begins: read lists after it and nothing is missed) or `reset`: what lies between is not to be had, so read
    everything anew. `after` is for clients that cannot set the header Last-Event-ID, which wins.
    """
    if not parts.log.ring.head.offsets:
        raise Problem(503, "unavailable", "The live stream is starting; try again.", headers={"retry-after": "1"})
    try:
        return EventStream(parts, session, await parts.log.reader(last_event_id or after), lost=False)
    except (BadPosition, Lost):
        return EventStream(parts, session, parts.log.reader_from_now(), lost=True)
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
