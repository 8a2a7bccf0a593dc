"""The read model: events → rows, pure, and their writer.

A row names its customer by contact point, since a later event of the same batch may still merge customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from psycopg.types.json import Jsonb

from nitka.customer_profile.domain import normal
from nitka.customer_profile.domain.facts import clean
from nitka.customer_profile.store import Unit
from nitka.events import DeliveryState, Event, OrderPlaced, ShopVisited
from nitka.events.conversation import ConversationOpened, CustomerMessageReceived, DeliveryChanged, SplitOff


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A line of the history. A message's text is its conversation's number, looked up when it is read."""

    event_id: UUID
    contact: str
    at: datetime
    kind: str
    text: str
    url: str | None = None
    conversation_id: UUID | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it stood at `at`; an older row never replaces a newer one."""

    contact: str
    at: datetime
    placed_at: datetime
    order: OrderPlaced


@dataclass(frozen=True, slots=True)
class ConversationRow:
    id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class MessagesMoved:
    """These messages are in another conversation now."""

    into: UUID
    message_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class AddressFailed:
    """Nothing reaches this contact point."""

    contact: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AddressAnswered:
    """A person wrote from this contact point, so it works again."""

    contact: str
    at: datetime


Row: TypeAlias = ActivityRow | OrderRow | ConversationRow | MessagesMoved | AddressFailed | AddressAnswered


def rows(event: Event) -> tuple[Row, ...]:
    """The rows of one event; none for what this service does not show."""
    envelope, payload = event.envelope, event.payload
    at, found = envelope.occurred_at, tuple[Row, ...]()
    match payload:
        case ConversationOpened():
            found = (ConversationRow(payload.conversation_id, payload.number),)
        case CustomerMessageReceived(automatic=None):
            contact, place = normal(payload.sender).key, (payload.conversation_id, payload.message_id)
            said = ActivityRow(envelope.event_id, contact, at, "message", "", None, *place)
            found = said, AddressAnswered(contact, at)
        case SplitOff():
            found = (MessagesMoved(payload.into, payload.message_ids),)
        case DeliveryChanged(
            state=DeliveryState.BOUNCED | DeliveryState.FAILED, hard=True, recipient=recipient
        ) if recipient:
            found = (AddressFailed(normal(recipient).key, at),)
        case ShopVisited():
            kind, text = ("product_view", payload.product) if payload.product else ("visit", payload.shop)
            contact = normal(payload.contacts[0]).key
            found = (ActivityRow(envelope.event_id, contact, at, kind, clean(text), payload.url),)
        case OrderPlaced():
            found = (OrderRow(normal(payload.contacts[0]).key, at, payload.placed_at or at, payload),)
    return found


async def write(unit: Unit, owners: Mapping[str, UUID], rows: Sequence[Row]) -> None:
    """Write rows. `owners`: contact point's key → the customer who has it after the batch."""
    await unit.many(
        "INSERT INTO conversation (id, number) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [(r.id, r.number) for r in rows if isinstance(r, ConversationRow)],
    )
    await unit.many(
        """
        INSERT INTO activity (event_id, customer_id, at, kind, text, url, conversation_id, message_id)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        [
            (r.event_id, owners[r.contact], r.at, r.kind, r.text, r.url, r.conversation_id, r.message_id)
            for r in rows
            if isinstance(r, ActivityRow)
        ],
    )
    await unit.many(
        "UPDATE activity SET conversation_id = %s WHERE message_id = ANY(%s)",
        [(r.into, list(r.message_ids)) for r in rows if isinstance(r, MessagesMoved)],
    )
    await unit.many(
        """
        INSERT INTO shop_order (shop, order_id, customer_id, changed_at, placed_at, total, currency, status,
            payment, shipment, cancelled, lines)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (shop, order_id) DO UPDATE SET customer_id = EXCLUDED.customer_id,
            changed_at = EXCLUDED.changed_at, placed_at = EXCLUDED.placed_at, total = EXCLUDED.total,
            currency = EXCLUDED.currency, status = EXCLUDED.status, payment = EXCLUDED.payment,
            shipment = EXCLUDED.shipment, cancelled = EXCLUDED.cancelled, lines = EXCLUDED.lines
        WHERE shop_order.changed_at <= EXCLUDED.changed_at
        """,
        [_order_row(r, owners[r.contact]) for r in rows if isinstance(r, OrderRow)],
    )
    await unit.many(
        """
        INSERT INTO undeliverable (key, since) VALUES (%s, %s)
        ON CONFLICT (key) DO UPDATE SET since = greatest(undeliverable.since, EXCLUDED.since)
        """,
        [(r.contact, r.at) for r in rows if isinstance(r, AddressFailed)],
    )
    await unit.many(
        "DELETE FROM undeliverable WHERE key = %s AND since < %s",
        [(r.contact, r.at) for r in rows if isinstance(r, AddressAnswered)],
    )


def _order_row(row: OrderRow, customer_id: UUID) -> tuple[Any, ...]:
    order = row.order
    lines = Jsonb([line.model_dump(mode="json") for line in order.lines])
    place = (order.shop, order.order_id, customer_id, row.at, row.placed_at)
    said = (order.total, order.currency, order.status, order.payment, order.shipment, order.cancelled)
    return (*place, *said, lines)
