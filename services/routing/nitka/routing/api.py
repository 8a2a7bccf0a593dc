"""HTTP of the routing service."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from nitka.api.commands import Assign, CommandResult
from nitka.api.routing import PresenceView, QueueState, Seen, Served, SetPresence
from nitka.routing import handlers
from nitka.routing.domain import AgentPresence, Answer, Claim, Outcome, decide, set_presence
from nitka.routing.store import Presences, Queue
from nitka.runtime.http import Problem, ServiceClient
from nitka.runtime.publisher import Publisher, PublishError
from nitka.runtime.tokens import Caller, CurrentCaller, Role

_AGENTS = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
_READERS = _AGENTS | {Role.ANALYST, Role.SERVICE}
_TRIES = 200
"""Conversations that one call may find taken before it gives up."""
_FAILED_TRIES = 3
_LOCKED_SECONDS, _LOCKED_TRIES = 0.02, 50


@dataclass(frozen=True)
class Parts:
    """What the routes work with; made in app.py."""

    queue: Queue
    presences: Presences
    publisher: Publisher
    conversations: ServiceClient


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _agent(caller: CurrentCaller) -> Caller:
    if caller.role not in _AGENTS:
        raise Problem(403, "forbidden", "Only agents work on the queue.")
    return caller


def _reader(caller: CurrentCaller) -> Caller:
    if caller.role not in _READERS:
        raise Problem(403, "forbidden", "You may not see this.")
    return caller


CurrentParts = Annotated[Parts, Depends(_parts)]
Agent = Annotated[Caller, Depends(_agent)]
Reader = Annotated[Caller, Depends(_reader)]
router = APIRouter()


@router.post("/serve-next")
async def serve_next(parts: CurrentParts, agent: Agent) -> Served:
    """Give the calling agent the most urgent conversation, of equally urgent ones the one that has waited longest.
    None is given twice.

    The conversation itself decides: it takes the first assignment and refuses the others. 503 when it cannot
    be reached; the same call again then goes on with the same conversation.
    """
    locked = failed = 0
    for _ in range(_TRIES):
        now = datetime.now(UTC)
        claim = await parts.queue.claim(agent.id, now)
        if claim is None:
            waiting, _since = await parts.queue.waiting(now)
            locked += 1
            if waiting and locked < _LOCKED_TRIES:  # in another transaction's hands for a moment
                await asyncio.sleep(_LOCKED_SECONDS)
                continue
            return Served(conversation_id=None, waited_seconds=None, waiting=waiting)
        outcome, outdated_through = decide(claim, await _assign(parts, agent, claim))
        if outcome is Outcome.FAILED:
            await parts.queue.set_aside(claim, now)
            failed += 1
            if failed == _FAILED_TRIES:
                break
            continue
        await parts.queue.settle(claim, outdated_through)
        if outcome is Outcome.SERVED:
            waited = max(0.0, (now - claim.waiting_since).total_seconds())
            waiting, _since = await parts.queue.waiting(now)
            return Served(conversation_id=claim.conversation_id, waited_seconds=waited, waiting=waiting)
    raise Problem(503, "unavailable", "Conversations cannot be assigned right now; try again in a moment.")


async def _assign(parts: Parts, agent: Caller, claim: Claim) -> Answer:
    command = Assign(command_id=claim.command_id, assignee=agent.id, only_if_unassigned=True, reason="serve_next")
    path = f"/conversations/{claim.conversation_id}/assign"
    answer = await parts.conversations.request(agent, "POST", path, json=command.model_dump(mode="json"))
    if answer.status_code != 200:
        return Answer(answer.status_code)
    conversation = CommandResult.model_validate_json(answer.content).conversation
    return Answer(200, conversation.assignee, conversation.sequence)


@router.get("/queue")
async def queue_state(parts: CurrentParts, _: Reader) -> QueueState:
    """How many wait to be served, and how long the first of them has."""
    now = datetime.now(UTC)
    waiting, since = await parts.queue.waiting(now)
    longest = max(0.0, (now - since).total_seconds()) if since else None
    return QueueState(waiting=waiting, longest_wait_seconds=longest)


@router.put("/presence")
async def put_presence(wanted: SetPresence, parts: CurrentParts, agent: Agent) -> PresenceView:
    """Say whether the calling agent is there. A pause, or being offline, holds until they say otherwise."""
    decided = partial(
        set_presence, agent_id=agent.id, presence=wanted.presence, reason=wanted.reason, now=datetime.now(UTC)
    )
    try:
        current = await handlers.change(parts.presences, parts.publisher, agent.id, decided)
    except PublishError:
        raise Problem(503, "unavailable", "This cannot be recorded right now; try again.") from None
    assert current is not None
    return _view(current)


@router.post("/presence/seen", status_code=204)
async def seen(who: Seen, parts: CurrentParts, caller: CurrentCaller) -> None:
    """A gateway says which agents have the app open."""
    if caller.role is not Role.SERVICE:
        raise Problem(403, "forbidden", "Only a part of Nitka may say this.")
    try:
        await handlers.see(parts.presences, parts.publisher, who.agents, datetime.now(UTC))
    except PublishError:
        raise Problem(503, "unavailable", "This cannot be recorded right now; try again.") from None


@router.get("/presence")
async def presence(parts: CurrentParts, _: Reader) -> list[PresenceView]:
    """Everybody who has ever been there."""
    return [_view(p) for p in await parts.presences.all()]


def _view(p: AgentPresence) -> PresenceView:
    return PresenceView(agent_id=p.agent_id, presence=p.presence, reason=p.reason, since=p.since)
