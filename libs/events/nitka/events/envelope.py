"""The envelope that every event on every public topic wears.

Source: the project's contract rules (docs/reference/events.md); attribute names in the Kafka headers are those
of CloudEvents 1.0, so that any subscriber's tools understand them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid5

from pydantic import AfterValidator, BaseModel, ConfigDict


def _as_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(_as_utc)]
"""A moment in UTC; a value without a zone is taken as UTC."""

NAMESPACE = UUID("6f1c2f9e-7a35-5b7e-9f0a-3f6d6d0c5a11")
"""Namespace of every UUIDv5 that Nitka derives."""


def derived_id(*parts: str) -> UUID:
    """The same UUID for the same parts, on every machine and after every restart."""
    return uuid5(NAMESPACE, "\x1f".join(parts))


class Public(BaseModel):
    """Base of public models: frozen, and tolerant of fields that a newer producer adds."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class ActorKind(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"
    RULE = "rule"


class Actor(Public):
    """Who made it happen. `id` is the agent's id, the rule's id or the contact point; None for the system."""

    kind: ActorKind
    id: str | None = None


SYSTEM = Actor(kind=ActorKind.SYSTEM)


class Payload(Public):
    """Base of every event payload. A subclass names its public type and version."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1


class Envelope(Public):
    """One public event.

    `event_id` is unique per fact and stable across redeliveries; `occurred_at` is the source's time,
    `recorded_at` ours. `payload` is the typed payload where the event was made, and plain data where it was read:
    `nitka.events.parse` gives the typed one.
    """

    event_id: UUID
    type: str
    version: int = 1
    occurred_at: UtcDatetime
    recorded_at: UtcDatetime
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None
    actor: Actor
    payload: Any = None


def envelope(
    payload: Payload,
    *,
    event_id: UUID,
    actor: Actor,
    occurred_at: datetime,
    recorded_at: datetime,
    correlation_id: UUID | None = None,
    causation_id: UUID | None = None,
    traceparent: str | None = None,
) -> Envelope:
    """Wrap a payload. A fact that starts a story correlates with itself."""
    return Envelope(
        event_id=event_id,
        type=payload.TYPE,
        version=payload.VERSION,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        correlation_id=correlation_id or event_id,
        causation_id=causation_id,
        traceparent=traceparent,
        actor=actor,
        payload=payload,
    )
