"""`agent.events.v1`: what agents did in the routing service."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from nitka.events.envelope import Payload


class Presence(StrEnum):
    ONLINE = "online"
    PAUSED = "paused"
    OFFLINE = "offline"


class PresenceChanged(Payload):
    """An agent came, paused or left. `reason` is a word of the agent's own for a pause."""

    TYPE: ClassVar[str] = "agent.presence_changed"

    agent_id: str
    presence: Presence
    previous: Presence | None = None
    reason: str | None = None


class ConversationServed(Payload):
    """ "Serve next" gave this conversation to this agent. `waited_seconds`: since the customer began to wait."""

    TYPE: ClassVar[str] = "agent.conversation_served"

    agent_id: str
    conversation_id: UUID
    waited_seconds: float
