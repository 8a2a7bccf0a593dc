"""Events as rows of the fact tables: ids, times and words of the team, never an address, a name or a text."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from nitka.events import ContactPoint, CustomerErased, CustomerUpdated, Envelope, Payload
from nitka.events.agent import ConversationServed, PresenceChanged
from nitka.events.conversation import ConversationPayload, MergedInto
from nitka.events.customer import CustomerIdentified, CustomersMerged, SegmentChanged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ConversationFact(NamedTuple):
    """One event of a conversation. `contact` is a pseudonym; columns that an event does not have are None."""

    conversation_id: UUID
    sequence: int
    event_id: UUID
    type: str
    at: datetime
    recorded_at: datetime
    actor: str
    agent_id: str | None
    channel: str | None
    account: str | None
    contact: str | None
    customer_id: UUID | None
    message_id: UUID | None
    number: int | None
    automatic: str | None
    label: str | None
    score: int | None
    status: str | None
    assignee: str | None
    reason: str | None
    merged_into: UUID | None


class AgentFact(NamedTuple):
    """One event of an agent."""

    agent_id: str
    event_id: UUID
    type: str
    at: datetime
    presence: str | None
    previous: str | None
    reason: str | None
    conversation_id: UUID | None
    waited_seconds: float | None


class CustomerFact(NamedTuple):
    """One event of a customer. `merged_id` turned out to be the same person."""

    customer_id: UUID
    event_id: UUID
    type: str
    at: datetime
    segment: str | None
    previous: str | None
    merged_id: UUID | None


class Erasure(NamedTuple):
    """Forget these contact points (pseudonyms) and this customer, as of `at`."""

    contacts: tuple[str, ...]
    customer_id: UUID
    at: datetime


class Pseudonyms:
    """Contact points as keyed hashes: the same person is counted once, and nobody can guess the address back."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, contact: ContactPoint) -> str:
        """32 hexadecimal characters."""
        return hmac.new(self._key, contact.key.encode(), hashlib.sha256).hexdigest()[:32]


def counted_at(envelope: Envelope) -> datetime:
    """When a fact counts: at its source's time, but never after it was recorded (a mail may claim any date)."""
    return max(_EPOCH, min(envelope.occurred_at, envelope.recorded_at))


def conversation_fact(
    envelope: Envelope, payload: ConversationPayload, pseudonyms: Pseudonyms
) -> ConversationFact:
    """The row of any event of `conversation.events.v1`."""

    def field(*names: str) -> Any:
        found = (getattr(payload, name, None) for name in names)
        return next((v.value if isinstance(v, Enum) else v for v in found if v is not None), None)

    contact: ContactPoint | None = field("contact", "sender")
    agent = envelope.actor.id if envelope.actor.kind == "agent" else None
    return ConversationFact(
        conversation_id=payload.conversation_id,
        sequence=payload.sequence,
        event_id=envelope.event_id,
        type=payload.TYPE,
        at=counted_at(envelope),
        recorded_at=envelope.recorded_at,
        actor=envelope.actor.kind.value,
        agent_id=field("agent_id") or agent,
        channel=field("channel"),
        account=field("account"),
        contact=pseudonyms.of(contact) if contact else None,
        customer_id=field("customer_id"),
        message_id=field("message_id"),
        number=field("number"),
        automatic=field("automatic"),
        label=field("label"),
        score=field("score"),
        status=field("status", "state"),
        assignee=field("assignee"),
        # A delivery's reason quotes the remote server and may name the recipient.
        reason=None if payload.TYPE == "conversation.delivery_changed" else field("reason"),
        merged_into=field("into") if isinstance(payload, MergedInto) else None,
    )


def agent_fact(envelope: Envelope, payload: Payload) -> AgentFact | None:
    """The row of an event of `agent.events.v1`; None for a type that is not counted."""
    at = counted_at(envelope)
    match payload:
        case PresenceChanged(agent_id=agent, presence=presence, previous=previous, reason=reason):
            was = previous.value if previous else None
            return AgentFact(agent, envelope.event_id, payload.TYPE, at, presence.value, was, reason, None, None)
        case ConversationServed(agent_id=agent, conversation_id=conversation, waited_seconds=waited):
            return AgentFact(agent, envelope.event_id, payload.TYPE, at, None, None, None, conversation, waited)
    return None


def customer_fact(envelope: Envelope, payload: Payload) -> CustomerFact | None:
    """The row of an event of `customer.events.v1`; None for one that says nothing countable."""
    at = counted_at(envelope)
    match payload:
        case SegmentChanged(customer_id=customer, segment=segment, previous=previous):
            words = (segment.value, previous.value)
            return CustomerFact(customer, envelope.event_id, payload.TYPE, at, *words, None)
        case CustomersMerged(customer_id=customer, merged_id=merged):
            return CustomerFact(customer, envelope.event_id, payload.TYPE, at, None, None, merged)
        case CustomerIdentified(customer_id=customer) | CustomerErased(customer_id=customer):
            return CustomerFact(customer, envelope.event_id, payload.TYPE, at, None, None, None)
        case CustomerUpdated():
            return None
    return None


def erasure(envelope: Envelope, payload: CustomerErased, pseudonyms: Pseudonyms) -> Erasure:
    """What a `customer.erased` asks for."""
    return Erasure(tuple(pseudonyms.of(c) for c in payload.contacts), payload.customer_id, counted_at(envelope))
