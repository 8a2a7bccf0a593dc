"""Routes that change a conversation: check the caller, call a handler, show the result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from nitka.api import commands as api
from nitka.conversation.api import views
from nitka.conversation.api.access import Agent, Context, Here, row_of
from nitka.conversation.domain import Refused
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command as handle
from nitka.conversation.handlers import joining, rating, writing
from nitka.events import Actor, ActorKind, derived_id
from nitka.events.conversation import AssignReason
from nitka.runtime import telemetry
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, Role

router = APIRouter()

_WRITES = (api.Reply, api.AddNote, api.StartConversation, api.Forward)
"""Commands whose id is the id of what they write."""


async def _run(
    here: Context,
    conversation_id: UUID,
    caller: Caller,
    command: api.Command,
    work: Callable[[handle.Request], object],
    *,
    shown: UUID | None = None,
) -> api.CommandResult:
    """Carry out a command and show the conversation after it, or another one that it made (`shown`)."""
    request = _request(conversation_id, caller, command)
    await refusable(work, request)
    return api.CommandResult(
        conversation=views.summary(await row_of(here, shown or conversation_id, caller.id)),
        message_id=request.command_id if isinstance(command, _WRITES) else None,
    )


def _request(conversation_id: UUID, caller: Caller, command: api.Command) -> handle.Request:
    kind = ActorKind.SYSTEM if caller.role is Role.SERVICE else ActorKind.AGENT
    return handle.Request(
        conversation_id=conversation_id,
        # Two agents' clients may draw the same id: the caller is part of it.
        command_id=derived_id("command", caller.id, str(command.command_id)),
        actor=Actor(kind=kind, id=caller.id),
        now=datetime.now(UTC),
        agent_name=caller.name,
        traceparent=telemetry.current_traceparent(),
    )


async def refusable(work: Callable[[handle.Request], object], request: handle.Request) -> None:
    """Carry out work of the handlers; a refusal becomes a Problem 409, or 404."""
    try:
        await asyncio.to_thread(work, request)
    except Refused as refused:
        status = 404 if refused.code == "not_found" else 409
        raise Problem(status, refused.code, refused.reason) from None


@router.post("/conversations/{conversation_id}/reply")
async def reply(conversation_id: UUID, body: api.Reply, here: Here, agent: Agent) -> api.CommandResult:
    """Answer the customer."""
    return await _run(here, conversation_id, agent, body, lambda r: writing.reply(here.log, r, body))


@router.post("/conversations/{conversation_id}/notes")
async def add_note(conversation_id: UUID, body: api.AddNote, here: Here, agent: Agent) -> api.CommandResult:
    """Add an internal note."""
    return await _run(
        here,
        conversation_id,
        agent,
        body,
        lambda r: handle.add_note(here.log, r, body.text, body.mentions, body.attachments),
    )


@router.post("/conversations")
async def start(body: api.StartConversation, here: Here, agent: Agent) -> api.CommandResult:
    """Write to somebody first."""
    conversation_id = derived_id("conversation", agent.id, str(body.command_id))
    return await _run(here, conversation_id, agent, body, lambda r: writing.start(here.log, r, body))


@router.post("/conversations/{conversation_id}/withdraw")
async def withdraw(conversation_id: UUID, body: api.Withdraw, here: Here, agent: Agent) -> api.CommandResult:
    """Take a held answer back."""
    return await _run(here, conversation_id, agent, body, lambda r: writing.withdraw(here.log, r, body.message_id))


@router.post("/conversations/{conversation_id}/send-now")
async def send_now(conversation_id: UUID, body: api.SendNow, here: Here, agent: Agent) -> api.CommandResult:
    """Let a held answer leave at once."""
    return await _run(here, conversation_id, agent, body, lambda r: writing.send_now(here.log, r, body.message_id))


@router.post("/conversations/{conversation_id}/forward")
async def forward(conversation_id: UUID, body: api.Forward, here: Here, agent: Agent) -> api.CommandResult:
    """Pass a message on to somebody else."""
    return await _run(here, conversation_id, agent, body, lambda r: writing.forward(here.log, r, body))


@router.post("/conversations/{conversation_id}/follow")
async def follow(conversation_id: UUID, body: api.Follow, here: Here, agent: Agent) -> api.CommandResult:
    """Be told of what happens here, or let a colleague be told."""
    return await _simple(here, conversation_id, agent, body, c.Follow(body.agent_id or agent.id))


@router.post("/conversations/{conversation_id}/unfollow")
async def unfollow(conversation_id: UUID, body: api.Unfollow, here: Here, agent: Agent) -> api.CommandResult:
    """Not be told any more."""
    return await _simple(here, conversation_id, agent, body, c.Unfollow(body.agent_id or agent.id))


@router.post("/conversations/{conversation_id}/participants/add")
async def add_participant(
    conversation_id: UUID, body: api.AddParticipant, here: Here, agent: Agent
) -> api.CommandResult:
    """Send answers to this address as well."""
    return await _run(
        here, conversation_id, agent, body, lambda r: handle.add_participant(here.log, r, body.contact)
    )


@router.post("/conversations/{conversation_id}/participants/remove")
async def remove_participant(
    conversation_id: UUID, body: api.RemoveParticipant, here: Here, agent: Agent
) -> api.CommandResult:
    """Send this address nothing more."""
    return await _run(
        here, conversation_id, agent, body, lambda r: handle.remove_participant(here.log, r, body.contact)
    )


@router.post("/conversations/{conversation_id}/priority")
async def set_priority(
    conversation_id: UUID, body: api.SetPriority, here: Here, agent: Agent
) -> api.CommandResult:
    """Say how urgent it is."""
    return await _simple(here, conversation_id, agent, body, c.SetPriority(body.priority))


@router.post("/conversations/{conversation_id}/queue")
async def set_queue(conversation_id: UUID, body: api.SetQueue, here: Here, agent: Agent) -> api.CommandResult:
    """Give it to another queue."""
    return await _simple(here, conversation_id, agent, body, c.SetQueue(body.queue))


@router.post("/conversations/{conversation_id}/merge")
async def merge(conversation_id: UUID, body: api.Merge, here: Here, agent: Agent) -> api.CommandResult:
    """Let it go on in another conversation."""
    return await _run(
        here, conversation_id, agent, body, lambda r: joining.merge(here.log, r, body.into), shown=body.into
    )


@router.post("/conversations/{conversation_id}/split")
async def split(conversation_id: UUID, body: api.Split, here: Here, agent: Agent) -> api.CommandResult:
    """Give messages a conversation of their own."""
    into = joining.split_id(_request(conversation_id, agent, body))
    return await _run(
        here, conversation_id, agent, body, lambda r: joining.split(here.log, r, body.message_ids), shown=into
    )


@router.post("/conversations/{conversation_id}/assign")
async def assign(conversation_id: UUID, body: api.Assign, here: Here, agent: Agent) -> api.CommandResult:
    """Give it to an agent or back to the queue."""
    wanted = c.Assign(body.assignee, AssignReason(body.reason), body.only_if_unassigned)
    return await _run(here, conversation_id, agent, body, lambda r: handle.assign(here.log, r, wanted))


@router.post("/conversations/{conversation_id}/labels/add")
async def add_label(conversation_id: UUID, body: api.AddLabel, here: Here, agent: Agent) -> api.CommandResult:
    """Add a label."""
    return await _simple(here, conversation_id, agent, body, c.AddLabel(body.label))


@router.post("/conversations/{conversation_id}/labels/remove")
async def remove_label(
    conversation_id: UUID, body: api.RemoveLabel, here: Here, agent: Agent
) -> api.CommandResult:
    """Take a label off."""
    return await _simple(here, conversation_id, agent, body, c.RemoveLabel(body.label))


@router.post("/conversations/{conversation_id}/snooze")
async def snooze(conversation_id: UUID, body: api.Snooze, here: Here, agent: Agent) -> api.CommandResult:
    """Put it aside until a time."""
    return await _simple(here, conversation_id, agent, body, c.Snooze(body.until))


@router.post("/conversations/{conversation_id}/close")
async def close(conversation_id: UUID, body: api.Close, here: Here, agent: Agent) -> api.CommandResult:
    """Close it."""
    return await _run(here, conversation_id, agent, body, lambda r: rating.close(here.log, r, undo=body.undo))


@router.post("/conversations/{conversation_id}/reopen")
async def reopen(conversation_id: UUID, body: api.Reopen, here: Here, agent: Agent) -> api.CommandResult:
    """Open it again, or undo that it was closed or archived."""
    return await _simple(here, conversation_id, agent, body, c.Reopen(body.undo))


@router.post("/conversations/{conversation_id}/archive")
async def archive(conversation_id: UUID, body: api.Archive, here: Here, agent: Agent) -> api.CommandResult:
    """Put it into the archive."""
    return await _simple(here, conversation_id, agent, body, c.Archive())


@router.post("/conversations/{conversation_id}/retry-delivery")
async def retry(conversation_id: UUID, body: api.RetryDelivery, here: Here, agent: Agent) -> api.CommandResult:
    """Send a message again."""
    return await _run(
        here, conversation_id, agent, body, lambda r: handle.retry_delivery(here.log, r, body.message_id)
    )


async def _simple(
    here: Context, conversation_id: UUID, caller: Caller, body: api.Command, wanted: c.Command
) -> api.CommandResult:
    return await _run(here, conversation_id, caller, body, lambda r: handle.carry_out(here.log, r, wanted))
