"""Changes → the public events of `customer.events.v1`, and their way to Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from nitka.customer_profile.domain import Book, Change, Created, Linked, Merged, Renamed, SegmentMoved
from nitka.events import (
    SYSTEM,
    CustomerIdentified,
    CustomersMerged,
    CustomerUpdated,
    Envelope,
    SegmentChanged,
    derived_id,
    envelope,
)
from nitka.events.topics import CUSTOMER_EVENTS
from nitka.runtime import logs
from nitka.runtime.consumer import TRANSIENT
from nitka.runtime.publisher import Publisher, Record

CustomerEvent: TypeAlias = CustomerIdentified | CustomersMerged | SegmentChanged | CustomerUpdated

_RELAY_LOCK = 7_215_031
_BATCH = 500
_log = logs.get("outbox")


def announcements(book: Book, changes: Iterable[Change], updated: UUID | None = None) -> list[CustomerEvent]:
    """What the world learns of one fact's changes; `updated` is a customer whose panel changed."""
    found = list(dict.fromkeys(_announce(book, changes)))
    return [*found, *([CustomerUpdated(customer_id=updated)] if updated else [])]


def _announce(book: Book, changes: Iterable[Change]) -> Iterator[CustomerEvent]:
    changes = tuple(changes)
    for change in changes:
        if isinstance(change, Merged):
            yield CustomersMerged(customer_id=change.customer_id, merged_id=change.merged_id)
    for change in changes:
        if isinstance(change, Created | Linked | Merged | Renamed):
            customer = book.customers[change.customer_id]
            yield CustomerIdentified(customer_id=customer.id, name=customer.name, contacts=customer.contacts)
    for change in changes:
        if isinstance(change, SegmentMoved):
            yield SegmentChanged(customer_id=change.customer_id, segment=change.segment, previous=change.previous)


def event(payload: CustomerEvent, cause: Envelope, now: datetime) -> Envelope:
    """What follows from `cause`; the same event whenever it follows from it again."""
    return envelope(
        payload,
        event_id=derived_id("customer-event", str(cause.event_id), payload.TYPE, payload.model_dump_json()),
        actor=SYSTEM,
        occurred_at=now,
        recorded_at=now,
        correlation_id=cause.correlation_id,
        causation_id=cause.event_id,
        traceparent=cause.traceparent,
    )


def passing(payload: SegmentChanged, due: datetime, now: datetime) -> Envelope:
    """The event of a segment that ended by itself at `due`."""
    parts = ("segment", str(payload.customer_id), payload.segment.value, due.isoformat())
    return envelope(payload, event_id=derived_id(*parts), actor=SYSTEM, occurred_at=due, recorded_at=now)


class Relay:
    """Moves the outbox table to Kafka: one process at a time, in order, a row removed after Kafka has it."""

    def __init__(self, pool: AsyncConnectionPool, publisher: Publisher) -> None:
        self._pool, self._publisher = pool, publisher
        self._filled = asyncio.Event()

    def notify(self) -> None:
        """Something was put into the outbox."""
        self._filled.set()

    async def run(self) -> None:
        """Relay until cancelled; looks by itself every second, for what another process left behind."""
        while True:
            self._filled.clear()
            try:
                while await self.relay():
                    pass
            except TRANSIENT as error:
                _log.warning("waiting for a dependency", error=type(error).__name__)
            try:
                async with asyncio.timeout(1):
                    await self._filled.wait()
            except TimeoutError:
                continue

    async def relay(self) -> int:
        """Publish one batch; returns how many events it had."""
        async with self._pool.connection() as connection:
            locked = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_RELAY_LOCK,))
            if not (await locked.fetchone() or (False,))[0]:
                return 0
            found = await connection.execute(
                "SELECT position, key, value, headers FROM outbox ORDER BY position LIMIT %s", (_BATCH,)
            )
            waiting = await found.fetchall()
            if waiting:
                topic = CUSTOMER_EVENTS.name
                await self._publisher.publish(*(Record(topic, key, v, h) for _, key, v, h in waiting))
                await connection.execute("DELETE FROM outbox WHERE position = ANY(%s)", ([w[0] for w in waiting],))
        return len(waiting)
