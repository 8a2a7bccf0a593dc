"""Domain events as the store keeps them: JSON under a stable topic name."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from pydantic import BaseModel, ConfigDict

from nitka.conversation.domain.events import EVENTS, DomainEvent
from nitka.events import Envelope


class Meta(BaseModel):
    """Where a stored event came from: what caused it, the story it belongs to, its trace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    causation_id: UUID
    correlation_id: UUID
    traceparent: str | None = None

    @classmethod
    def of(cls, cause: Envelope) -> Meta:
        """The meta of what a public event causes."""
        return cls(causation_id=cause.event_id, correlation_id=cause.correlation_id, traceparent=cause.traceparent)


class Recorded(NamedTuple):
    """A domain event with its place in a conversation's history (versions count from 1)."""

    conversation_id: UUID
    version: int
    event: DomainEvent
    meta: Meta


_TYPES: dict[str, type[DomainEvent]] = {f"conversation.{t.__name__}": t for t in EVENTS}
_NAMES: dict[type[DomainEvent], str] = {t: name for name, t in _TYPES.items()}


def topic(event: type[DomainEvent]) -> str:
    """The stored name of a kind of event."""
    return _NAMES[event]


def to_stored(recorded: Recorded) -> StoredEvent:
    """The stored form of an event."""
    meta = recorded.meta.__pydantic_serializer__.to_json(recorded.meta, exclude_none=True)
    event = recorded.event.__pydantic_serializer__.to_json(recorded.event)
    return StoredEvent(
        originator_id=recorded.conversation_id,
        originator_version=recorded.version,
        topic=_NAMES[type(recorded.event)],
        state=b'{"meta":%b,"event":%b}' % (meta, event),
    )


def from_stored(stored: StoredEvent) -> Recorded:
    """The event of a stored row. Raises ValidationError or KeyError for a row that this code never wrote."""
    model = _STORED[stored.topic]
    parsed: Any = model.model_validate_json(stored.state)
    conversation_id = stored.originator_id
    assert isinstance(conversation_id, UUID)
    return Recorded(conversation_id, stored.originator_version, parsed.event, parsed.meta)


def _stored_model(event: type[DomainEvent]) -> type[BaseModel]:
    fields: dict[str, Any] = {"meta": Meta, "event": event}
    namespace = {"__annotations__": fields, "model_config": ConfigDict(extra="forbid"), "__module__": __name__}
    return type(f"Stored{event.__name__}", (BaseModel,), namespace)


_STORED = {name: _stored_model(t) for name, t in _TYPES.items()}
