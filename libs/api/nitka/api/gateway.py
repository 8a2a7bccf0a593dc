"""HTTP models of the gateway's own routes."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from nitka.api.conversations import View
from nitka.events import DeliveryState, UtcDatetime


class Login(BaseModel):
    email: str = Field(max_length=320)
    password: str = Field(max_length=1000)


class AgentView(View):
    """An account. `role`: agent, supervisor, admin or analyst."""

    id: str
    name: str
    email: str
    role: str


class LiveEvent(View):
    """One event of the live stream (the SSE `data`). It says what changed, never the content: the client reads
    that through the API, which authorises. `sequence` is set for conversation events, `assignee` where somebody
    got the conversation, `mentions` where a note calls agents by name, `undelivered` where a message that
    `agent_id` wrote may not have arrived, `settled` where the last of such messages has, `score` where the
    customer rated, `woken_for` where a snooze ended and an agent is to look at it again."""

    event_id: UUID
    type: str
    at: UtcDatetime
    actor_kind: str
    actor_id: str | None = None
    conversation_id: UUID | None = None
    customer_id: UUID | None = None
    agent_id: str | None = None
    assignee: str | None = None
    mentions: tuple[str, ...] | None = None
    undelivered: DeliveryState | None = None
    settled: bool | None = None
    score: int | None = None
    woken_for: str | None = None
    sequence: int | None = None
    traceparent: str | None = None
