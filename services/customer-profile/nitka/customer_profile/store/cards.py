"""The customer panel's queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from nitka.api.customers import ActivityView, CustomerCard, Money, OrderView
from nitka.customer_profile.domain import Purchase, figures, segment
from nitka.events import ContactKind, ContactPoint
from nitka.runtime.words import question

RECENT_ORDERS, RECENT_ACTIVITY, FOUND = 20, 50, 20
FEW = 50
"""Customers up to whom a search counts as narrow."""

CANDIDATES = 1000
"""Customers that are looked at for a search, so that a very common name stays quick."""


class Cards:
    """Reads cards. Figures and segments are as of the `now` that is given."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def by_contact(self, key: str, now: datetime) -> CustomerCard | None:
        """The customer who has this contact point."""
        return await self._one("SELECT customer_id FROM contact WHERE key = %s", key, now)

    async def by_id(self, customer_id: UUID, now: datetime) -> CustomerCard | None:
        """The customer, or the one into whom this one was merged."""
        return await self._one("SELECT coalesce(merged_into, id) FROM customer WHERE id = %s", customer_id, now)

    async def search(self, text: str, now: datetime) -> list[CustomerCard]:
        """Customers with all these words in name and contact points, this order or this id, the latest known
        first; without history."""
        async with self._pool.connection() as connection:
            found = await _found(connection, text, FOUND)
            return await _cards(connection, [customer for customer, _ in found], now)

    async def ids(self, text: str) -> list[UUID]:
        """Those whom `search` finds, if they are few; of more, or with "#", those whose order or id it is to the
        letter."""
        async with self._pool.connection() as connection:
            found = await _found(connection, text, FEW + 1)
        loose = len(found) <= FEW and not text.strip().startswith("#")
        return [customer for customer, exact in found if exact or loose]

    async def _one(self, query: str, parameter: object, now: datetime) -> CustomerCard | None:
        async with self._pool.connection() as connection:
            # One snapshot: a merge between two queries would show a customer without orders.
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            row = await (await connection.execute(query.encode(), (parameter,))).fetchone()
            if row is None:
                return None
            (card,) = await _cards(connection, [row[0]], now)
            return card.model_copy(
                update={
                    "recent_orders": await _orders(connection, row[0]),
                    "activity": await _activity(connection, row[0]),
                }
            )


async def _found(connection: AsyncConnection[Any], text: str, limit: int) -> list[tuple[UUID, bool]]:
    """Customers, and whether it is their order or their id to the letter; those first."""
    order = text.strip().removeprefix("#").lower()
    pattern = order.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = await connection.execute(
        """
        SELECT c.id, bool_or(exact) FROM customer c JOIN (
            SELECT coalesce(merged_into, id), true FROM customer WHERE id = %(id)s
            UNION ALL SELECT customer_id, true FROM shop_order WHERE lower(order_id) = %(order)s
            UNION ALL (SELECT id, false FROM customer WHERE words @@ %(words)s::tsquery LIMIT %(candidates)s)
            UNION ALL (SELECT customer_id, false FROM shop_order WHERE lower(order_id) LIKE %(orders)s
                LIMIT %(candidates)s)
        ) found (id, exact) ON found.id = c.id
        WHERE merged_into IS NULL GROUP BY c.id ORDER BY bool_or(exact) DESC, number DESC LIMIT %(limit)s
        """,
        {
            "id": _id(text),
            "words": question(text),
            "order": order,
            "orders": f"{pattern}%" if pattern else None,
            "candidates": CANDIDATES,
            "limit": limit,
        },
        prepare=False,  # a plan for any text could not use the index of order numbers
    )
    return [(row[0], row[1]) for row in await found.fetchall()]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


async def _cards(connection: AsyncConnection[Any], ids: Sequence[UUID], now: datetime) -> list[CustomerCard]:
    contacts: dict[UUID, list[ContactPoint]] = defaultdict(list)
    failing: dict[UUID, list[str]] = defaultdict(list)
    found = await connection.execute(
        """
        SELECT c.customer_id, c.kind, c.value, u.key IS NOT NULL
        FROM contact c LEFT JOIN undeliverable u USING (key) WHERE c.customer_id = ANY(%s) ORDER BY c.position
        """,
        (list(ids),),
    )
    for owner, kind, value, undeliverable in await found.fetchall():
        contacts[owner].append(ContactPoint(kind=ContactKind(kind), value=value))
        failing[owner] += [value] if undeliverable else []
    purchases: dict[UUID, list[Purchase]] = defaultdict(list)
    found = await connection.execute(
        "SELECT customer_id, placed_at, total, currency, cancelled FROM shop_order WHERE customer_id = ANY(%s)",
        (list(ids),),
    )
    for owner, *purchase in await found.fetchall():
        purchases[owner].append(Purchase(*purchase))
    found = await connection.execute(
        """
        SELECT id, name, first_seen, last_visit, visits FROM customer
        WHERE id = ANY(%s) ORDER BY array_position(%s::uuid[], id)
        """,
        (list(ids), list(ids)),
    )
    return [_card(row, contacts, failing, purchases, now) for row in await found.fetchall()]


def _card(
    row: tuple[Any, ...],
    contacts: dict[UUID, list[ContactPoint]],
    failing: dict[UUID, list[str]],
    purchases: dict[UUID, list[Purchase]],
    now: datetime,
) -> CustomerCard:
    key, name, first_seen, last_visit, visits = row
    counted = figures(purchases[key], now)
    return CustomerCard(
        id=key,
        name=name,
        contacts=tuple(contacts[key]),
        undeliverable=tuple(failing[key]),
        first_seen=first_seen,
        last_visit=last_visit,
        visits=visits,
        orders=counted.orders,
        order_value=tuple(Money(amount=a, currency=c) for a, c in counted.value),
        average_order_value=tuple(Money(amount=a, currency=c) for a, c in counted.average),
        orders_per_month=counted.per_month,
        segment=segment(last_visit, now),
        recent_orders=(),
        activity=(),
    )


async def _orders(connection: AsyncConnection[Any], customer_id: UUID) -> tuple[OrderView, ...]:
    found = await connection.execute(
        """
        SELECT shop, order_id, placed_at, total, currency, status, payment, shipment, cancelled, lines
        FROM shop_order WHERE customer_id = %s ORDER BY placed_at DESC, order_id DESC LIMIT %s
        """,
        (customer_id, RECENT_ORDERS),
    )
    names = [column.name for column in found.description or ()]
    return tuple(OrderView.model_validate(dict(zip(names, row, strict=True))) for row in await found.fetchall())


async def _activity(connection: AsyncConnection[Any], customer_id: UUID) -> tuple[ActivityView, ...]:
    found = await connection.execute(
        """
        SELECT * FROM (
            (SELECT a.at, a.kind, coalesce('#' || c.number, a.text), a.url
             FROM activity a LEFT JOIN conversation c ON c.id = a.conversation_id
             WHERE a.customer_id = %(id)s ORDER BY a.at DESC LIMIT %(limit)s)
            UNION ALL
            (SELECT placed_at, 'order', order_id, NULL FROM shop_order
             WHERE customer_id = %(id)s ORDER BY placed_at DESC LIMIT %(limit)s)
        ) lines (at, kind, text, url) ORDER BY at DESC LIMIT %(limit)s
        """,
        {"id": customer_id, "limit": RECENT_ACTIVITY},
    )
    return tuple(ActivityView(at=a, kind=k, text=t, url=u) for a, k, t, u in await found.fetchall())
