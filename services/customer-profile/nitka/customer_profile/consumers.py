"""Events in, customers out: one transaction a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from nitka.customer_profile import outbox, store
from nitka.customer_profile.domain import (
    Book,
    Change,
    Fact,
    Linked,
    Merged,
    evolve,
    fact_of,
    next_change,
    passed,
    tell,
)
from nitka.customer_profile.projections import ActivityRow, AddressFailed, OrderRow, Row, rows, write
from nitka.events import CustomerUpdated, Envelope, Event, SegmentChanged
from nitka.runtime.consumer import Delivery

DUE_BATCH = 500


class Profiles:
    """Keeps the customers."""

    def __init__(self, pool: AsyncConnectionPool, relay: outbox.Relay) -> None:
        self._pool, self._relay = pool, relay

    async def handle(self, batch: Sequence[Delivery]) -> None:
        """Take a batch of `conversation.events.v1` or `commerce.events.v1`."""
        events = [d.event for d in batch if fact_of(d.event) or rows(d.event)]
        if not events:
            return
        now = datetime.now(UTC)
        async with store.unit(self._pool) as unit:
            fresh = await unit.fresh([e.envelope.event_id for e in events])
            telling = Telling(await unit.load(_keys(events)), now)
            for event in events:
                if event.envelope.event_id in fresh:
                    fresh.discard(event.envelope.event_id)
                    telling.hear(event)
            await telling.save(unit)
        self._relay.notify()

    async def pass_time(self, now: datetime) -> int:
        """Announce segments that ended by the passing of time alone; returns how many were due."""
        async with store.unit(self._pool) as unit:
            before = after = await unit.load_due(now, DUE_BATCH)
            events: list[tuple[UUID, Envelope]] = []
            for customer in before.customers.values():
                if moved := passed(customer, now):
                    after = evolve(after, moved)
                    due = next_change(customer.last_visit, customer.segment) or now
                    change = SegmentChanged(
                        customer_id=customer.id, segment=moved.segment, previous=moved.previous
                    )
                    events.append((customer.id, outbox.passing(change, due, now)))
            await unit.save_customers(before, after)
            await unit.announce(events)
        if events:
            self._relay.notify()
        return len(events)

    async def forget_seen(self, now: datetime) -> int:
        """Drop what is remembered of events that the broker no longer has."""
        async with store.unit(self._pool) as unit:
            await unit.forget_seen(now)
        return 0


class Telling:
    """Events of one batch, told one after another to the book."""

    def __init__(self, book: Book, now: datetime) -> None:
        self._before = self._book = book
        self._now = now
        self._links: list[Linked] = []
        self._merges: list[tuple[Merged, UUID, list[str]]] = []
        self._rows: list[Row] = []
        self._events: list[tuple[UUID, Envelope]] = []

    def hear(self, event: Event) -> None:
        """Take in one event."""
        fact, found = fact_of(event), rows(event)
        changes = self._tell(fact) if fact else ()
        self._rows += found
        for payload in outbox.announcements(self._book, changes, self._book.owners.get(_shown(found))):
            self._events.append((payload.customer_id, outbox.event(payload, event.envelope, self._now)))

    def _tell(self, fact: Fact) -> tuple[Change, ...]:
        before = self._book
        self._book, changes = tell(before, fact, self._now)
        for change in changes:
            if isinstance(change, Linked):
                self._links.append(change)
            elif isinstance(change, Merged):
                contacts = [c.key for c in before.customers[change.merged_id].contacts]
                self._merges.append((change, fact.event_id, contacts))
        return changes

    async def save(self, unit: store.Unit) -> None:
        """Write everything that was heard."""
        await unit.save_customers(self._before, self._book)
        await unit.save_links(self._book, self._links)
        for merge, event_id, contacts in self._merges:
            await unit.save_merge(merge, event_id, self._now, contacts)
        await write(unit, self._book.owners, self._rows)
        await unit.announce(await self._with_figures(unit))

    async def _with_figures(self, unit: store.Unit) -> list[tuple[UUID, Envelope]]:
        """The events, with what is true of the updated customers after the whole batch."""
        updated = {e.payload.customer_id for _, e in self._events if isinstance(e.payload, CustomerUpdated)}
        orders = await unit.last_orders(updated) if updated else {}
        found = []
        for key, event in self._events:
            if isinstance(event.payload, CustomerUpdated):
                count, number, status = orders.get(key, (0, None, None))
                figures = {"orders": count, "last_order_number": number, "last_order_status": status}
                segment = self._book.customers[key].segment
                payload = event.payload.model_copy(update={**figures, "segment": segment})
                found.append((key, event.model_copy(update={"payload": payload})))
            else:
                found.append((key, event))
        return found


def _shown(found: Sequence[Row]) -> str:
    """The contact point whose customer's figures the rows change; a message changes none."""
    visits = (r for r in found if isinstance(r, ActivityRow) and r.kind != "message")
    others = (r for r in found if isinstance(r, OrderRow | AddressFailed))
    return next((r.contact for r in (*visits, *others)), "")


def _keys(events: Sequence[Event]) -> set[str]:
    """Every contact point that the events are about."""
    facts = (fact_of(e) for e in events)
    failed = {r.contact for e in events for r in rows(e) if isinstance(r, AddressFailed)}
    return failed | {c.key for f in facts if f for c in f.contacts}
