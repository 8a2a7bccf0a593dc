"""What an event says about a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from nitka.events import ContactKind, ContactPoint, Event, OrderPlaced, ShopVisited
from nitka.events.conversation import ConversationOpened, CustomerMessageReceived

_PHONE_DIGITS = 5
"""Fewer are no number but a word such as "anonymous", which stays as it is."""


class NameSource(IntEnum):
    """Where a name comes from; a higher one is believed rather than a lower one."""

    NONE = 0
    SHOP = 1
    MESSAGE = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """A person did something. `contacts`, at least one, are all of that one person; `visited`: was in the shop."""

    event_id: UUID
    at: datetime
    contacts: tuple[ContactPoint, ...]
    source: NameSource
    visited: bool = False


def fact_of(event: Event) -> Fact | None:
    """The fact in an event; None when it is about no person, or when a machine wrote it."""
    payload, envelope = event.payload, event.envelope
    contacts: tuple[ContactPoint, ...]
    match payload:
        case ConversationOpened(automatic=None):
            contacts, source = (payload.contact,), NameSource.MESSAGE
        case CustomerMessageReceived(automatic=None):
            contacts, source = (payload.sender,), NameSource.MESSAGE
        case OrderPlaced() | ShopVisited():
            contacts, source = payload.contacts, NameSource.SHOP
        case _:
            return None
    unique = {c.key: c for c in map(normal, contacts)}
    visited = isinstance(payload, ShopVisited)
    return Fact(envelope.event_id, envelope.occurred_at, tuple(unique.values()), source, visited)


def normal(contact: ContactPoint) -> ContactPoint:
    """The one spelling of a contact point, and a name only if it says more than the address does."""
    value, name = clean(contact.value), clean(contact.name or "").strip()
    if contact.kind is ContactKind.EMAIL:
        value = value.strip().lower()
    elif contact.kind is ContactKind.PHONE and len(digits := re.sub(r"[^0-9]", "", value)) >= _PHONE_DIGITS:
        value = f"+{digits}"
    named = name if name.lower() != value.lower() else ""
    return ContactPoint(kind=contact.kind, value=value, name=named or None)


def clean(text: str) -> str:
    """Text that PostgreSQL takes."""
    return text.replace("\x00", "")
