from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

from aiokafka import TopicPartition

from nitka.api.gateway import LiveEvent
from nitka.gateway.domain import Position
from nitka.gateway.store.live import Entry, LiveLog, Ring

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
PARTITIONS = 3


def entry(place: int, offset: int, event_id: UUID | None = None) -> Entry:
    event = LiveEvent(event_id=event_id or uuid4(), type="conversation.closed", at=NOW, actor_kind="system")
    return Entry(place, offset, event, "{}")


def begun(capacity: int = 100) -> Ring:
    ring = Ring(capacity)
    ring.begin(Position((0,) * PARTITIONS))
    return ring


def add(ring: Ring, *entries: Entry) -> None:
    for e in entries:
        ring.append([e], ring.head.passing(e.place, e.offset))


def test_a_fact_that_was_published_twice_is_told_once() -> None:
    ring, twice = begun(), uuid4()
    add(ring, entry(0, 0, twice), entry(1, 0), entry(0, 1, twice))
    assert [(e.place, e.offset) for e in ring.since(ring.first, 10)] == [(0, 0), (1, 0)]
    assert ring.head == Position((2, 1, 0))


def test_a_full_ring_says_from_where_on_it_is_complete() -> None:
    ring = begun(capacity=2)
    add(ring, entry(0, 0), entry(0, 1), entry(1, 0), entry(2, 0))
    assert ring.start == Position((2, 0, 0))
    assert [(e.place, e.offset) for e in ring.since(ring.first, 10)] == [(1, 0), (2, 0)]


def test_since_is_the_same_from_both_ends() -> None:
    ring = begun()
    entries = [entry(0, n) for n in range(40)]
    add(ring, *entries)
    for number in range(40):
        assert ring.since(ring.first + number, 5) == entries[number : number + 5]


async def test_a_reader_waits_for_the_next_event_and_gets_it_at_once() -> None:
    log = LiveLog("unused", begun())
    reader = log.reader_from_now()
    waiting = asyncio.create_task(reader.read(30))
    await asyncio.sleep(0)
    assert not waiting.done()
    add(log.ring, entry(1, 0))
    [(found, position)] = await asyncio.wait_for(waiting, 5)
    assert (found.place, found.offset) == (1, 0)
    assert position == Position((0, 1, 0))


async def test_readers_that_come_back_at_random_places_get_everything_once() -> None:
    """Two gateways read the partitions in different orders; a client moves between them."""
    chance = random.Random(7)
    entries = [[entry(p, n) for n in range(60)] for p in range(PARTITIONS)]
    logs = []
    for _ in range(2):
        ring = begun(1000)
        left = [list(of_partition) for of_partition in entries]
        while any(left):
            add(ring, chance.choice([p for p in left if p]).pop(0))
        logs.append(LiveLog("unused", ring))
    got: list[tuple[int, int]] = []
    seen = Position((0,) * PARTITIONS)
    while len(got) < 60 * PARTITIONS:
        log = chance.choice(logs)
        log.history.layout = tuple(TopicPartition("any", n) for n in range(PARTITIONS))
        found = await (await log.reader(seen.text())).read(0.01)
        for e, position in found[: chance.randrange(1, 30)]:
            got.append((e.place, e.offset))
            seen = position
    assert len(set(got)) == len(got) == 60 * PARTITIONS
    for place in range(PARTITIONS):
        assert [o for p, o in got if p == place] == list(range(60))
