"""What routes work with, and who may call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from nitka.conversation.store.events import EventLog
from nitka.conversation.store.personal import Personal
from nitka.conversation.store.queries import Queries
from nitka.conversation.store.settings_changes import Settings
from nitka.runtime.blobs import Blobs
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, CurrentCaller, Role

SUPERVISORS = {Role.SUPERVISOR, Role.ADMIN}
_AGENTS = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.SERVICE}


@dataclass(frozen=True, slots=True)
class Context:
    """What routes work with; set by the composition root."""

    log: EventLog
    queries: Queries
    personal: Personal
    settings: Settings
    blobs: Blobs
    token_key: bytes
    images_key: bytes


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _agent(caller: CurrentCaller) -> Caller:
    if caller.role not in _AGENTS:
        raise Problem(403, "forbidden", "Conversations are for agents.")
    return caller


def _supervisor(caller: CurrentCaller) -> Caller:
    if caller.role not in SUPERVISORS:
        raise Problem(403, "forbidden", "Supervisors and administrators change the shop's settings.")
    return caller


Here = Annotated[Context, Depends(_context)]
Agent = Annotated[Caller, Depends(_agent)]
Supervisor = Annotated[Caller, Depends(_supervisor)]


async def row_of(here: Context, conversation_id: UUID, agent_id: str | None = None) -> dict[str, Any]:
    """The list's row of a conversation, as `agent_id` sees it. Raises Problem 404."""
    row = await here.queries.summary(conversation_id, agent_id)
    if row is None:
        raise Problem(404, "not_found", "There is no such conversation.")
    return row
