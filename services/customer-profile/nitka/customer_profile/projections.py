"""Events → rows of the read model. Pure; a row names its customer by contact point, since a later event of the
same batch may still merge customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from nitka.customer_profile.domain import normal
from nitka.customer_profile.domain.facts import clean
from nitka.events import DeliveryState, Event, OrderPlaced, ShopVisited
from nitka.events.conversation import ConversationOpened, CustomerMessageReceived, DeliveryChanged


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
class AddressFailed:
    """Nothing reaches this contact point."""

    contact: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AddressAnswered:
    """A person wrote from this contact point, so it works again."""

    contact: str
    at: datetime


Row: TypeAlias = ActivityRow | OrderRow | ConversationRow | AddressFailed | AddressAnswered


def rows(event: Event) -> tuple[Row, ...]:
    """The rows of one event; none for what this service does not show."""
    envelope, payload = event.envelope, event.payload
    at = envelope.occurred_at
    match payload:
        case ConversationOpened():
            return (ConversationRow(payload.conversation_id, payload.number),)
        case CustomerMessageReceived(automatic=None):
            contact = normal(payload.sender).key
            said = ActivityRow(
                envelope.event_id, contact, at, "message", "", conversation_id=payload.conversation_id
            )
            return said, AddressAnswered(contact, at)
        case DeliveryChanged(state=DeliveryState.BOUNCED, hard=True, recipient=recipient) if recipient:
            return (AddressFailed(normal(recipient).key, at),)
        case ShopVisited():
            kind, text = ("product_view", payload.product) if payload.product else ("visit", payload.shop)
            contact = normal(payload.contacts[0]).key
            return (ActivityRow(envelope.event_id, contact, at, kind, clean(text), payload.url),)
        case OrderPlaced():
            return (OrderRow(normal(payload.contacts[0]).key, at, payload.placed_at or at, payload),)
        case _:
            return ()
