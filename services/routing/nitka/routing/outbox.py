"""What routing tells the world: `agent.events.v1`, keyed by the agent. Ids are derived: a repetition is known."""

from __future__ import annotations

from datetime import datetime

from nitka.events import (
    Actor,
    ActorKind,
    ConversationServed,
    Envelope,
    Presence,
    PresenceChanged,
    derived_id,
    envelope,
)
from nitka.events.conversation import Assigned
from nitka.events.topics import AGENT_EVENTS
from nitka.routing.domain import AgentPresence
from nitka.runtime.publisher import Record, record


def conversation_served(cause: Envelope, assigned: Assigned, waited_seconds: float, now: datetime) -> Record:
    """The record of a conversation given by "serve next"; `cause` is the event that assigned it."""
    agent_id = str(assigned.assignee)
    payload = ConversationServed(
        agent_id=agent_id, conversation_id=assigned.conversation_id, waited_seconds=waited_seconds
    )
    event = envelope(
        payload,
        event_id=derived_id("served", str(cause.event_id)),
        actor=Actor(kind=ActorKind.AGENT, id=agent_id),
        occurred_at=cause.occurred_at,
        recorded_at=now,
        correlation_id=cause.correlation_id,
        causation_id=cause.event_id,
        traceparent=cause.traceparent,
    )
    return record(AGENT_EVENTS, agent_id, event)


def presence_changed(after: AgentPresence, previous: Presence | None, traceparent: str | None) -> Record:
    """The record of a change of presence."""
    change = (
        after.agent_id,
        str(after.version),
        after.presence.value,
        after.reason or "",
        after.since.isoformat(),
    )
    event = envelope(
        PresenceChanged(agent_id=after.agent_id, presence=after.presence, previous=previous, reason=after.reason),
        event_id=derived_id("presence", *change),
        actor=Actor(kind=ActorKind.AGENT, id=after.agent_id),
        occurred_at=after.since,
        recorded_at=after.since,
        traceparent=traceparent,
    )
    return record(AGENT_EVENTS, after.agent_id, event)
