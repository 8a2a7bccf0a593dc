"""One transaction that reads the people concerned and writes everything that a batch of events changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from nitka.customer_profile.domain import Book, Customer, Linked, Merged, NameSource, next_change
from nitka.customer_profile.store.schema import customer_vector
from nitka.events import ContactKind, ContactPoint, Envelope, Segment, headers, serialize

_WRITE_LOCK = 7_215_030
"""One writer at a time: identities are joined across events of any partition, and batches make it quick."""

SEEN_FOR = timedelta(days=60)
"""How long a processed event is remembered: longer than the broker keeps it."""

_CUSTOMER = "id, number, first_seen, name, name_source, name_at, visits, last_visit, segment, merged_into"


@asynccontextmanager
async def unit(pool: AsyncConnectionPool) -> AsyncIterator[Unit]:
    """A transaction; committed when the block ends without an error."""
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))
        yield Unit(connection)


class Unit:
    """The writer's view of the tables. Get one from `unit`."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._db = connection

    async def fresh(self, event_ids: Sequence[UUID]) -> set[UUID]:
        """Those that were never processed; from now on they were."""
        found = await self._db.execute(
            """
            INSERT INTO seen (event_id) SELECT DISTINCT unnest(%s::uuid[])
            ON CONFLICT DO NOTHING RETURNING event_id
            """,
            (list(event_ids),),
        )
        return {row[0] for row in await found.fetchall()}

    async def forget_seen(self, now: datetime) -> None:
        """Drop memories older than SEEN_FOR."""
        await self._db.execute("DELETE FROM seen WHERE at < %s", (now - SEEN_FOR,))

    async def load(self, keys: Collection[str]) -> Book:
        """The customers who have one of these contact points."""
        return await self._book(
            f"SELECT {_CUSTOMER} FROM customer WHERE id IN (SELECT customer_id FROM contact WHERE key = ANY(%s))",  # noqa: S608
            (list(keys),),
        )

    async def load_due(self, now: datetime, limit: int) -> Book:
        """The customers whose segment ended by the passing of time, the longest overdue first."""
        return await self._book(
            f"""
            SELECT {_CUSTOMER} FROM customer
            WHERE segment_due <= %s AND merged_into IS NULL ORDER BY segment_due LIMIT %s
            """,  # noqa: S608
            (now, limit),
        )

    async def _book(self, query: str, parameters: tuple[Any, ...]) -> Book:
        rows = await (await self._db.execute(query.encode(), parameters)).fetchall()
        contacts: dict[UUID, list[ContactPoint]] = {row[0]: [] for row in rows}
        found = await self._db.execute(
            "SELECT customer_id, kind, value FROM contact WHERE customer_id = ANY(%s) ORDER BY position",
            (list(contacts),),
        )
        for owner, kind, value in await found.fetchall():
            contacts[owner].append(ContactPoint(kind=ContactKind(kind), value=value))
        last = await (await self._db.execute("SELECT coalesce(max(number), 0) FROM customer")).fetchone()
        return Book(
            next_number=(last[0] if last else 0) + 1,
            customers={row[0]: _customer(row, contacts[row[0]]) for row in rows},
            owners={c.key: owner for owner, points in contacts.items() for c in points},
        )

    async def save_customers(self, before: Book, after: Book) -> None:
        """Write the customers that changed between two states of the book."""
        changed = [c for i, c in after.customers.items() if before.customers.get(i) is not c]
        # The older first: a merged one refers to the one who stays.
        await self.many(
            """
            INSERT INTO customer (id, number, first_seen, name, name_source, name_at, visits, last_visit, segment,
                segment_due, merged_into, words)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::tsvector)
            ON CONFLICT (id) DO UPDATE SET first_seen = EXCLUDED.first_seen, name = EXCLUDED.name,
                name_source = EXCLUDED.name_source, name_at = EXCLUDED.name_at, visits = EXCLUDED.visits,
                last_visit = EXCLUDED.last_visit, segment = EXCLUDED.segment, segment_due = EXCLUDED.segment_due,
                merged_into = EXCLUDED.merged_into, words = EXCLUDED.words
            """,
            [_customer_row(c) for c in sorted(changed, key=lambda c: c.number)],
        )

    async def save_links(self, book: Book, links: Iterable[Linked]) -> None:
        """Write new contact points with the owner they have in the end."""
        await self.many(
            "INSERT INTO contact (key, kind, value, customer_id) VALUES (%s, %s, %s, %s)",
            [(c.key, c.kind.value, c.value, book.owners[c.key]) for c in (link.contact for link in links)],
        )

    async def save_merge(self, merge: Merged, event_id: UUID, now: datetime, contacts: Sequence[str]) -> None:
        """Move everything of the merged customer to the one who stays, and remember what was moved."""
        both = (merge.customer_id, merge.merged_id)
        await self._db.execute("UPDATE contact SET customer_id = %s WHERE customer_id = %s", both)
        await self._db.execute("UPDATE shop_order SET customer_id = %s WHERE customer_id = %s", both)
        await self._db.execute("UPDATE activity SET customer_id = %s WHERE customer_id = %s", both)
        await self._db.execute("UPDATE customer SET merged_into = %s WHERE merged_into = %s", both)
        await self._db.execute(
            "INSERT INTO merge (customer_id, merged_id, event_id, at, contacts) VALUES (%s, %s, %s, %s, %s)",
            (*both, event_id, now, list(contacts)),
        )

    async def last_orders(self, customers: Collection[UUID]) -> dict[UUID, tuple[int, str | None, str | None]]:
        """How many orders each of these customers has (without cancelled ones), and number and status of the
        last one, cancelled or not. Those without orders are missing."""
        found = await self._db.execute(
            """
            SELECT DISTINCT ON (customer_id) customer_id,
                count(*) FILTER (WHERE NOT cancelled) OVER (PARTITION BY customer_id), order_id, status
            FROM shop_order WHERE customer_id = ANY(%s) ORDER BY customer_id, placed_at DESC, order_id DESC
            """,
            (list(customers),),
        )
        return {owner: (orders, number, status) for owner, orders, number, status in await found.fetchall()}

    async def announce(self, events: Iterable[tuple[UUID, Envelope]]) -> None:
        """Put events about customers into the outbox, in order."""
        await self.many(
            "INSERT INTO outbox (key, value, headers) VALUES (%s, %s, %s)",
            [(str(customer), serialize(event), Jsonb(headers(event))) for customer, event in events],
        )

    async def many(self, statement: str, parameters: Sequence[tuple[Any, ...]]) -> None:
        """Run one statement for each of the parameters in this transaction."""
        if parameters:
            async with self._db.cursor() as cursor:
                await cursor.executemany(statement.encode(), parameters)


def _customer(row: tuple[Any, ...], contacts: Sequence[ContactPoint]) -> Customer:
    key, number, first_seen, name, name_source, name_at, visits, last_visit, segment, merged_into = row
    return Customer(
        id=key,
        number=number,
        first_seen=first_seen,
        contacts=tuple(contacts),
        name=name,
        name_source=NameSource(name_source),
        name_at=name_at,
        visits=visits,
        last_visit=last_visit,
        segment=Segment(segment),
        merged_into=merged_into,
    )


def _customer_row(c: Customer) -> tuple[Any, ...]:
    due = next_change(c.last_visit, c.segment)
    known = (c.id, c.number, c.first_seen, c.name, c.name_source.value, c.name_at, c.visits, c.last_visit)
    found_by = customer_vector(c.name, (point.value for point in c.contacts))
    return (*known, c.segment.value, due, c.merged_into, found_by)
