"""How a stream ends, and what it says while nothing happens; without a broker, since the ring is all it reads."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from nitka.api.gateway import LiveEvent
from nitka.gateway.api import live
from nitka.gateway.api.access import Parts
from nitka.gateway.api.live import EventStream
from nitka.gateway.domain import Agent, Position, Role
from nitka.gateway.store.accounts import Session
from nitka.gateway.store.live import Entry, LiveLog, OpenStreams, Ring
from nitka.runtime import telemetry

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
SESSION = Session(b"key", Agent("a1", "Ola", "ola@nitka.example", Role.AGENT))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Connection:
    """The server's side of a connection: what was sent; a client that `takes` only so many messages."""

    def __init__(self, takes: int = 1000) -> None:
        ring = Ring(10)
        ring.begin(Position((0, 0)))
        self.log, self.streams = LiveLog("unused", ring), OpenStreams()
        nothing: Any = None
        parts = Parts(settings=nothing, accounts=nothing, services={}, log=self.log, streams=self.streams)
        self.response = EventStream(parts, SESSION, self.log.reader_from_now(), lost=False)
        self.sent: list[str] = []
        self.closed = False
        self.left = asyncio.Event()
        self._takes = takes

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] != "http.response.body":
            return
        if len(self.sent) == self._takes:
            await asyncio.Event().wait()
        self.closed = not message["more_body"]
        self.sent.append(message["body"].decode())

    def start(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.response({"type": "http"}, self.receive, self.send))

    def happens(self, offset: int) -> None:
        event = LiveEvent(
            event_id=uuid4(), type="conversation.closed", at=NOW, actor_kind="agent", traceparent=TRACE
        )
        self.log.ring.append([Entry(1, offset, event, event.model_dump_json())], Position((0, offset + 1)))

    async def said(self, how_many: int) -> None:
        async with asyncio.timeout(10):
            while len(self.sent) < how_many:
                await asyncio.sleep(0.005)


async def test_silence_is_filled_and_moves_the_clients_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.01)
    connection = Connection()
    running = connection.start()
    await connection.said(2)
    connection.log.ring.append([], Position((7, 0)))  # something that this client is not told of
    await connection.said(len(connection.sent) + 2)
    assert connection.sent[0].startswith("retry: 1000\nid: 0.0\nevent: ready\n")
    assert connection.sent[-1] == ": alive\nid: 7.0\n\n"
    connection.left.set()
    await asyncio.wait_for(running, 10)
    assert connection.streams.keys() == []


async def test_a_client_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.05)
    connection = Connection(takes=2)
    running = connection.start()
    await connection.said(1)
    connection.happens(0)
    await connection.said(2)
    connection.happens(1)
    await asyncio.wait_for(running, 10)
    assert len(connection.sent) == 2 and connection.streams.keys() == []


async def test_an_ended_session_closes_the_stream_in_order() -> None:
    connection = Connection()
    running = connection.start()
    await connection.said(1)
    connection.streams.end([b"another"])
    connection.happens(0)
    await connection.said(2)
    connection.streams.end([b"key"])
    await asyncio.wait_for(running, 10)
    assert connection.closed and connection.sent[1].startswith("id: 0.1\ndata: {")


async def test_a_delivery_is_a_span_of_the_trace_that_the_event_belongs_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("nitka"))
    monkeypatch.setattr(telemetry, "enabled", lambda: True)
    connection = Connection()
    running = connection.start()
    await connection.said(1)
    connection.happens(0)
    await connection.said(2)
    connection.left.set()
    await asyncio.wait_for(running, 10)
    [span] = exporter.get_finished_spans()
    assert span.name == "live.deliver" and span.parent is not None
    assert f"{span.context.trace_id:032x}" in TRACE and f"{span.parent.span_id:016x}" in TRACE
