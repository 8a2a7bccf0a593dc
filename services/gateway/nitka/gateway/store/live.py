"""The recent events of the live topics, and every client's exact place in them.

One ring in memory holds what this process has read lately. A client has a position (offsets of all partitions);
what it misses comes from the ring, or from Kafka when the ring does not reach back that far, and then it follows
the ring. There is no queue per client: a slow one costs nothing but its own delay.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from nitka.api.gateway import LiveEvent
from nitka.events import InvalidEvent, parse
from nitka.gateway.domain import LIVE_TOPICS, Position, live_event
from nitka.runtime import logs

RING = 20_000
"""Events kept in memory."""
REPLAY_MAX = 20_000
"""Records that a client may have missed; beyond that it is told to read everything anew."""
LOOK_BACK = 500
"""A publisher's repetition lies at most so many records of its partition behind the first copy."""
_REMEMBERED = 50_000
_BATCH = 200
_REPLAYS_AT_ONCE = 4
_REPLAY_SECONDS = 30
_TOPICS = {t.name: t for t in LIVE_TOPICS}
_log = logs.get("live")


class Lost(LookupError):
    """What the client missed cannot be given: it must read everything anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the stream. `place` numbers its partition; `data` is the event as JSON."""

    place: int
    offset: int
    event: LiveEvent
    data: str


Layout = tuple[TopicPartition, ...]
"""All partitions of the live topics in their order; its index is the `place` of an entry."""


def entries_in_order(layout: Layout, records: Iterable[list[ConsumerRecord[Any, Any]]]) -> list[Entry]:
    """The entries of several partitions' records, by time, each partition in its own order."""
    merged = heapq.merge(*records, key=lambda r: r.timestamp)
    return [entry for record in merged if (entry := _entry(layout, record)) is not None]


def _entry(layout: Layout, record: ConsumerRecord[Any, Any]) -> Entry | None:
    """The entry of a record; None for what is no event or of an unknown type."""
    try:
        event = live_event(parse(_TOPICS[record.topic], record.value))
    except InvalidEvent:
        _log.warning("skipped", topic=record.topic, partition=record.partition, offset=record.offset)
        return None
    if event is None:
        return None
    place = layout.index(TopicPartition(record.topic, record.partition))
    return Entry(place, record.offset, event, event.model_dump_json(exclude_none=True))


class Ring:
    """The last events in the order in which they were read. Entries are numbered; `first` and `next` bound them.

    `start` is the position from which on nothing is missing here, `head` the position after the newest.
    """

    def __init__(self, capacity: int = RING) -> None:
        self._capacity = capacity
        self._entries: deque[Entry] = deque()
        self._told: OrderedDict[UUID, None] = OrderedDict()  # reaches further back than the entries
        self._changed = asyncio.Event()
        self.first = self.next = 0
        self.start = self.head = Position(())

    def begin(self, position: Position) -> None:
        """Forget everything and go on from `position`."""
        self._entries.clear()
        self._told.clear()
        self.first = self.next = self.next + 1
        self.start = self.head = position
        self._wake()

    def append(self, entries: Iterable[Entry], head: Position) -> None:
        """Add what was read up to `head`. A fact that was published twice is one entry."""
        for entry in entries:
            if entry.event.event_id not in self._told:
                self._told[entry.event.event_id] = None
                self._entries.append(entry)
                self.next += 1
        self.head = self.head.merged(head)
        while len(self._entries) > self._capacity:
            oldest = self._entries.popleft()
            self.start = self.start.passing(oldest.place, oldest.offset)
            self.first += 1
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        self._wake()

    def since(self, number: int, limit: int) -> list[Entry]:
        """Entries from `number` on."""
        skip = number - self.first
        if skip * 2 > len(self._entries):  # a deque is quick at its ends only
            newest = list(islice(reversed(self._entries), len(self._entries) - skip))
            return newest[::-1][:limit]
        return list(islice(self._entries, skip, skip + limit))

    async def wait(self, number: int, seconds: float) -> None:
        """Return when there is an entry `number`, or the ring began anew, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self.first <= number == self.next:
                    await self._changed.wait()
        except TimeoutError:
            return

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class History:
    """What Kafka still has."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._turn = asyncio.Semaphore(_REPLAYS_AT_ONCE)
        self.layout: Layout = ()

    async def load_layout(self) -> None:
        """Learn which partitions there are. Raises KafkaError."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        try:
            await admin.start()
            described = await admin.describe_topics(list(_TOPICS))
        finally:
            await admin.close()
        found = {(t["topic"], p["partition"]) for t in described for p in t["partitions"]}
        if {topic for topic, _ in found} != set(_TOPICS):
            raise KafkaError("the live topics do not exist yet")
        self.layout = tuple(TopicPartition(t, p) for t, p in sorted(found))

    @asynccontextmanager
    async def consumer(self, partitions: Sequence[TopicPartition]) -> AsyncIterator[AIOKafkaConsumer[Any, Any]]:
        """A reader of these partitions outside of any group."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=8 * 1024 * 1024,
            fetch_max_wait_ms=500,
        )
        try:
            await consumer.start()
            consumer.assign(partitions)
            yield consumer
        finally:
            await consumer.stop()

    async def end(self) -> Position:
        """The position after the newest record that Kafka has."""
        async with self.consumer(self.layout) as consumer:
            ends = await consumer.end_offsets(self.layout)
        return Position(tuple(ends[p] for p in self.layout))

    async def between(self, seen: Position, until: Position) -> list[Entry]:
        """The entries from `seen` up to `until`, each partition in its order.

        Raises Lost, KafkaError, TimeoutError.
        """
        missing = {self.layout[place]: (low, high) for place, low, high in seen.behind(until)}
        if sum(high - low for low, high in missing.values()) > REPLAY_MAX:
            raise Lost("too much was missed")
        if not missing:
            return []
        async with self._turn, self.consumer(list(missing)) as consumer:
            beginnings = await consumer.beginning_offsets(list(missing))
            if any(beginnings[p] > low for p, (low, _) in missing.items()):
                raise Lost("Kafka does not keep it any more")
            for partition, (low, _) in missing.items():
                consumer.seek(partition, max(beginnings[partition], low - LOOK_BACK))
            async with asyncio.timeout(_REPLAY_SECONDS):
                records = await _read(consumer, {p: high for p, (_, high) in missing.items()})
        return await asyncio.to_thread(self._told_first, records, {p: low for p, (low, _) in missing.items()})

    def _told_first(
        self, records: dict[TopicPartition, list[ConsumerRecord[Any, Any]]], since: dict[TopicPartition, int]
    ) -> list[Entry]:
        """The entries from `since` on, without facts that were published before, there or further back."""
        before = [r for p, found in records.items() for r in found if r.offset < since[p]]
        wanted = [[r for r in found if r.offset >= since[p]] for p, found in records.items()]
        told = {value.decode("ascii", "replace") for r in before for key, value in r.headers if key == "ce_id"}
        entries = []
        for entry in entries_in_order(self.layout, wanted):
            event_id = str(entry.event.event_id)
            if event_id not in told:
                told.add(event_id)
                entries.append(entry)
        return entries


async def _read(
    consumer: AIOKafkaConsumer[Any, Any], until: dict[TopicPartition, int]
) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
    found: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = {p: [] for p in until}
    left = set(until)
    while left:
        for partition, records in (await consumer.getmany(*left, timeout_ms=1000)).items():
            found[partition] += [r for r in records if r.offset < until[partition]]
        left = {p for p in left if await consumer.position(p) < until[p]}
    return found


class LiveLog:
    """The ring and what lies before it."""

    def __init__(self, servers: str, ring: Ring | None = None) -> None:
        self.ring = ring or Ring()
        self.history = History(servers)

    async def reader(self, last_id: str | None) -> Reader:
        """A client's reader behind the event with this id, or from now on.

        Raises BadPosition, Lost, KafkaError.
        """
        if last_id is None:
            return self.reader_from_now()
        seen = Position.parse(last_id, len(self.history.layout))
        if not self.ring.head.reached(seen) and not (await self.history.end()).reached(seen):
            raise Lost("the position lies beyond the end")  # another cluster's, or topics made anew
        return Reader(self, seen)

    def reader_from_now(self) -> Reader:
        return Reader(self, self.ring.head)


class Reader:
    """One client's place in the log. `seen` is how far it has been given everything."""

    def __init__(self, log: LiveLog, seen: Position) -> None:
        self._log, self.seen = log, seen
        self._number = -1  # of the next entry in the ring; -1: not there yet

    async def read(self, seconds: float) -> list[tuple[Entry, Position]]:
        """The next entries, each with the position after it; empty when none came within `seconds`.

        Raises Lost when they are not to be had any more, KafkaError, TimeoutError.
        """
        ring = self._log.ring
        if self._number < ring.first:  # new here, or so slow that the ring has moved on
            if not self.seen.reached(ring.start):
                until = ring.head
                found = self._advance(await self._log.history.between(self.seen, until))
                self.seen = self.seen.merged(until)
                return found
            self._number = ring.first
        await ring.wait(self._number, seconds)
        if self._number < ring.first:
            return []
        entries = ring.since(self._number, _BATCH)
        self._number += len(entries)
        found = self._advance(e for e in entries if e.offset >= self.seen.offsets[e.place])
        if self._number == ring.next:
            self.seen = self.seen.merged(ring.head)
        return found

    def _advance(self, entries: Iterable[Entry]) -> list[tuple[Entry, Position]]:
        found = []
        for entry in entries:
            self.seen = self.seen.passing(entry.place, entry.offset)
            found.append((entry, self.seen))
        return found
