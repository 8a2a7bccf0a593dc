"""HTTP models of the routing service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from nitka.api.conversations import View
from nitka.events import Presence


class Served(View):
    """What "serve next" gave: `conversation_id` None when nothing waits. `waiting` is what is left."""

    conversation_id: UUID | None
    waited_seconds: float | None
    waiting: int


class QueueState(View):
    waiting: int
    longest_wait_seconds: float | None


class PresenceView(View):
    agent_id: str
    presence: Presence
    reason: str | None
    since: datetime


class SetPresence(BaseModel):
    """`reason` of a pause: "break", "lunch", "meeting", "training", which the app says in the reader's language,
    or words of the agent's own."""

    presence: Presence
    reason: str | None = Field(default=None, max_length=100)


class Seen(BaseModel):
    """Agents who have the app open."""

    agents: list[str] = Field(max_length=10_000)
