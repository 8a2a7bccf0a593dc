"""Reading the live topics, all partitions outside of any group, and hearing what the processes tell each other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import psycopg
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from nitka.gateway.domain import Position
from nitka.gateway.store.here import Whereabouts
from nitka.gateway.store.live import LiveLog, entries_in_order
from nitka.gateway.store.signals import Signals
from nitka.gateway.store.streams import OpenStreams
from nitka.runtime import logs

REWIND = 500
"""Records per partition read again at the start, so that clients of the process before find their place."""

_log = logs.get("feed")


class Feed:
    """Fills the ring."""

    def __init__(self, log: LiveLog, streams: OpenStreams) -> None:
        self._log, self._streams = log, streams
        self._consumer: AIOKafkaConsumer[bytes, bytes] | None = None
        self.started = asyncio.Event()

    async def run(self) -> None:
        """Read for ever; Kafka's absence is waited out and leaves no gap."""
        while True:
            try:
                await self._follow()
            except OffsetOutOfRangeError:
                # The broker lost or deleted what was to come next: no stream can go on from where it is.
                _log.error("the live topics have a gap")
                self._log.ring.begin(Position(()))
                self._streams.end(self._streams.keys())
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("waiting for Kafka", error=type(error).__name__)
            self._consumer = None
            self.started.clear()
            await asyncio.sleep(0.5)

    async def ready(self) -> None:
        """A readiness check: raises unless the ring is up to date and Kafka answers."""
        consumer = self._consumer
        if consumer is None or not self.started.is_set():
            raise RuntimeError("not reading yet")
        await consumer.end_offsets(self._log.history.layout[:1])

    async def _follow(self) -> None:
        history, ring = self._log.history, self._log.ring
        await history.load_layout()
        async with history.consumer(history.layout) as consumer:
            end = await self._place(consumer)
            for partition, offset in zip(history.layout, ring.head.offsets, strict=True):
                consumer.seek(partition, offset)
            self._consumer = consumer
            while True:
                if ring.head.reached(end):
                    self.started.set()
                records = await consumer.getmany(timeout_ms=1000, max_records=2000)
                if records:
                    ends = {p: batch[-1].offset + 1 for p, batch in records.items() if batch}
                    ring.append(
                        entries_in_order(history.layout, records.values()),
                        Position(tuple(ends.get(p, 0) for p in history.layout)),
                    )

    async def _place(self, consumer: AIOKafkaConsumer[bytes, bytes]) -> Position:
        """Where Kafka ends now; the ring begins a little before it unless it holds something already."""
        layout, ring = self._log.history.layout, self._log.ring
        ends = await consumer.end_offsets(layout)
        if len(ring.head.offsets) != len(layout):
            beginnings = await consumer.beginning_offsets(layout)
            ring.begin(Position(tuple(max(beginnings[p], ends[p] - REWIND) for p in layout)))
        return Position(tuple(ends[p] for p in layout))


class Ear:
    """Hears the passing words of all processes."""

    def __init__(self, signals: Signals, whereabouts: Whereabouts) -> None:
        self._signals, self._whereabouts = signals, whereabouts

    async def run(self) -> None:
        """Hear for ever. While PostgreSQL is away nothing is heard; renewals make good for it."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            both.create_task(self._forget())

    async def _listen(self) -> None:
        while True:
            try:
                async for signal in self._signals.heard():
                    self._whereabouts.hear(signal, datetime.now(UTC))
            except psycopg.Error as error:
                _log.warning("waiting for PostgreSQL", error=type(error).__name__)
            await asyncio.sleep(0.5)

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._whereabouts.forget_the_silent(datetime.now(UTC))
