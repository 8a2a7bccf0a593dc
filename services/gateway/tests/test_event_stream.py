"""How a stream ends, and what it says while nothing happens; without a broker, since the ring is all it reads."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from nitka.api.gateway import LiveEvent
from nitka.api.personal import Mine
from nitka.gateway.api import live
from nitka.gateway.api.access import Parts
from nitka.gateway.api.live import EventStream
from nitka.gateway.domain import STAY, Position, Role
from nitka.gateway.store.here import Whereabouts
from nitka.gateway.store.live import Entry, LiveLog, Ring
from nitka.gateway.store.signals import HereSignal, MineSignal
from nitka.gateway.store.streams import OpenStreams, Stream
from nitka.runtime import telemetry

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Connection:
    """The server's side of a connection: what was sent; a client that `takes` only so many messages."""

    def __init__(self, takes: int = 1000) -> None:
        ring = Ring(10)
        ring.begin(Position((0, 0)))
        self.log, self.streams = LiveLog("unused", ring), OpenStreams()
        self.whereabouts = Whereabouts(self.streams)
        used = {"log": self.log, "streams": self.streams, "whereabouts": self.whereabouts}
        parts = Parts(**{each.name: used.get(each.name) for each in fields(Parts)})
        self.stream = Stream(b"key", "a1", Role.AGENT, "tab-1")
        self.response = EventStream(parts, self.stream, self.log.reader_from_now(), lost=False)
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
    assert connection.sent[-1] == "id: 7.0\nevent: ping\ndata: {}\n\n"
    connection.left.set()
    await asyncio.wait_for(running, 10)
    assert connection.streams.keys() == set()


async def test_a_client_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.05)
    connection = Connection(takes=2)
    running = connection.start()
    await connection.said(1)
    connection.happens(0)
    await connection.said(2)
    connection.happens(1)
    await asyncio.wait_for(running, 10)
    assert len(connection.sent) == 2 and connection.streams.keys() == set()


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


async def test_what_others_see_of_an_agent_is_no_event_with_a_place() -> None:
    connection, conversation = Connection(), uuid4()
    hear = connection.whereabouts.hear
    hear(_looks("a2", conversation), NOW)  # before the stream begins
    running = connection.start()
    await connection.said(2)
    assert connection.sent[1] == _here(conversation, '{"agent_id":"a2","typing":false}')
    hear(_looks("a1", conversation), NOW)  # the stream's own agent is no news to them
    hear(_looks("a2", conversation, typing=True), NOW)
    await connection.said(3)
    assert connection.sent[2] == _here(conversation, '{"agent_id":"a2","typing":true}')
    hear(_looks("a2", conversation, typing=True), NOW + STAY / 2)  # a renewal is no news
    connection.whereabouts.forget_the_silent(NOW + STAY)
    connection.happens(0)
    await connection.said(4)
    assert "event: here" not in connection.sent[3]
    connection.whereabouts.forget_the_silent(NOW + STAY * 1.5)
    await connection.said(5)
    assert connection.sent[4] == _here(conversation, "")
    connection.left.set()
    await asyncio.wait_for(running, 10)


async def test_what_an_agent_changes_in_one_tab_is_told_to_their_others() -> None:
    connection = Connection()
    running = connection.start()
    await connection.said(1)
    for agent_id, tab, key in (("a1", "tab-1", "own"), ("a2", "tab-2", "foreign"), ("a1", "tab-2", "right")):
        signal = MineSignal(agent_id=agent_id, mine=Mine(what="draft", key=key, tab=tab))
        connection.whereabouts.hear(signal, NOW)
    connection.whereabouts.hear(MineSignal(agent_id=None, mine=Mine(what="views", key="v", tab="x")), NOW)
    await connection.said(2)
    assert connection.sent[1] == (
        'event: mine\ndata: {"what":"draft","key":"right","tab":"tab-2"}\n\n'
        'event: mine\ndata: {"what":"views","key":"v","tab":"x"}\n\n'
    )
    connection.left.set()
    await asyncio.wait_for(running, 10)


async def test_words_that_wait_for_a_slow_client_are_few_and_new() -> None:
    stream = Stream(b"key", "a1", Role.AGENT, "")
    for number in range(5000):
        stream.say(f"subject {number % 3000}", f"{number} ")
    words = (await asyncio.wait_for(stream.said(), 10)).split()
    assert words == [str(number) for number in range(4000, 5000)]


def _looks(agent: str, conversation: UUID, *, typing: bool = False) -> HereSignal:
    return HereSignal(agent_id=agent, tab="t", conversation_id=conversation, typing=typing)


def _here(conversation: UUID, agents: str) -> str:
    return f'event: here\ndata: {{"conversation_id":"{conversation}","agents":[{agents}]}}\n\n'


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
