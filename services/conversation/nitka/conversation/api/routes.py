"""Routes: check the caller, call a handler or a query, shape the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nitka.api import conversations as api
from nitka.conversation.api import views
from nitka.conversation.domain import Refused, threading
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command as handle
from nitka.conversation.store.content import Content
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.queries import BadCursor, Filter, Queries
from nitka.events import Actor, ActorKind, Attachment, Channel, ConversationStatus, derived_id
from nitka.events.conversation import AssignReason
from nitka.runtime import telemetry
from nitka.runtime.blobs import BlobMissing, Blobs
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, CurrentCaller, Role

ATTACHMENT_MAX = 20 * 1024 * 1024
"""Bytes of one file that an agent attaches."""

_AGENTS = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.SERVICE}


@dataclass(frozen=True, slots=True)
class Context:
    """What routes work with; set by the composition root."""

    log: EventLog
    queries: Queries
    blobs: Blobs
    token_key: bytes


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _agent(caller: CurrentCaller) -> Caller:
    if caller.role not in _AGENTS:
        raise Problem(403, "forbidden", "Conversations are for agents.")
    return caller


Here = Annotated[Context, Depends(_context)]
Agent = Annotated[Caller, Depends(_agent)]
router = APIRouter()


@router.get("/conversations")
async def conversations(
    here: Here,
    agent: Agent,
    status: ConversationStatus | None = None,
    assignee: Annotated[str | None, Query(max_length=200)] = None,
    label: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    channel: Annotated[list[Channel], Query(max_length=20)] = [],  # noqa: B006
    account: Annotated[str | None, Query(max_length=320)] = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    sort: api.Sort = api.Sort.NEWEST,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> api.ConversationPage:
    """A page of the list."""
    found = {"me": agent.id, "any": None}.get(assignee or "any", assignee)
    wanted = Filter(status=status, assignee=found, labels=label, channels=channel, account=account, q=q)
    try:
        rows, following = await here.queries.page(wanted, sort, cursor, limit)
    except BadCursor:
        raise Problem(422, "bad_cursor", "The list has changed; start again from the top.") from None
    return api.ConversationPage(items=tuple(map(views.summary, rows)), next=following)


@router.get("/conversations/counts")
async def counts(here: Here, agent: Agent) -> api.Counts:
    """The sizes of the standard views."""
    return api.Counts(**await here.queries.counts(agent.id))


@router.get("/labels")
async def labels(here: Here, agent: Agent) -> list[api.LabelCount]:
    """Labels in use."""
    return [api.LabelCount(**row) for row in await here.queries.labels()]


@router.get("/inboxes")
async def inboxes(here: Here, agent: Agent) -> list[api.InboxCount]:
    """Accounts that have conversations."""
    return [api.InboxCount(**row) for row in await here.queries.inboxes()]


@router.get("/conversations/{conversation_id}")
async def conversation(conversation_id: UUID, here: Here, agent: Agent) -> api.ConversationSummary:
    """One row of the list."""
    return views.summary(await _row(here, conversation_id))


@router.get("/conversations/{conversation_id}/timeline")
async def timeline(
    conversation_id: UUID,
    here: Here,
    agent: Agent,
    before: Annotated[int | None, Query(ge=0, le=10**16)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> api.Timeline:
    """The thread, newest page first, each page oldest first."""
    row = await _row(here, conversation_id)
    moment = views.moment(before)
    messages, history = await asyncio.gather(
        here.queries.thread(conversation_id, moment, limit), here.queries.history(conversation_id)
    )
    contacts = await here.queries.contacts([m.contact_id for m in messages if m.contact_id])
    # In a thread: a hundred hostile mails take the sanitiser seconds.
    return await asyncio.to_thread(views.timeline, row, messages, history, contacts, moment, limit)


async def _row(here: Context, conversation_id: UUID) -> dict[str, Any]:
    row = await here.queries.summary(conversation_id)
    if row is None:
        raise Problem(404, "not_found", "There is no such conversation.")
    return row


# --- commands ----------------------------------------------------------------------------------------------------


async def _run(
    here: Context,
    conversation_id: UUID,
    caller: Caller,
    command: api.Command,
    work: Callable[[handle.Request], None],
) -> api.CommandResult:
    kind = ActorKind.SYSTEM if caller.role is Role.SERVICE else ActorKind.AGENT
    request = handle.Request(
        conversation_id=conversation_id,
        # Two agents' clients may draw the same id: the caller is part of it.
        command_id=derived_id("command", caller.id, str(command.command_id)),
        actor=Actor(kind=kind, id=caller.id),
        now=datetime.now(UTC),
        agent_name=caller.name,
        traceparent=telemetry.current_traceparent(),
    )
    await _refusable(work, request)
    return api.CommandResult(conversation=views.summary(await _row(here, conversation_id)))


async def _refusable(work: Callable[[handle.Request], None], request: handle.Request) -> None:
    try:
        await asyncio.to_thread(work, request)
    except Refused as refused:
        status = 404 if refused.code == "not_found" else 409
        raise Problem(status, refused.code, refused.reason) from None


@router.post("/conversations/{conversation_id}/reply")
async def reply(conversation_id: UUID, body: api.Reply, here: Here, agent: Agent) -> api.CommandResult:
    """Answer the customer."""
    return await _run(here, conversation_id, agent, body, lambda r: handle.reply(here.log, r, body))


@router.post("/conversations/{conversation_id}/notes")
async def add_note(conversation_id: UUID, body: api.AddNote, here: Here, agent: Agent) -> api.CommandResult:
    """Add an internal note."""
    return await _run(here, conversation_id, agent, body, lambda r: handle.add_note(here.log, r, body.text))


@router.post("/conversations/{conversation_id}/assign")
async def assign(conversation_id: UUID, body: api.Assign, here: Here, agent: Agent) -> api.CommandResult:
    """Give it to an agent or back to the queue."""
    wanted = c.Assign(body.assignee, AssignReason(body.reason), body.only_if_unassigned)
    return await _simple(here, conversation_id, agent, body, wanted)


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
    return await _simple(here, conversation_id, agent, body, c.Close())


@router.post("/conversations/{conversation_id}/reopen")
async def reopen(conversation_id: UUID, body: api.Reopen, here: Here, agent: Agent) -> api.CommandResult:
    """Open it again."""
    return await _simple(here, conversation_id, agent, body, c.Reopen())


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


# --- files -------------------------------------------------------------------------------------------------------


@router.get("/messages/{message_id}/attachments/{index}")
async def attachment(message_id: UUID, index: int, here: Here, agent: Agent, inline: bool = False) -> Response:
    """A file of a message, as a download; harmless pictures may be shown in place."""
    content = await _content(here, message_id)
    if not 0 <= index < len(content.attachments):
        raise Problem(404, "not_found", "There is no such file.")
    found = content.attachments[index]
    shown = inline and found.media_type in views.INLINE_TYPES
    media_type = found.media_type if shown else "application/octet-stream"
    return await _file(here, found.blob, media_type, None if shown else found.filename)


@router.get("/messages/{message_id}/raw")
async def raw(message_id: UUID, here: Here, agent: Agent) -> Response:
    """The untouched source of a received mail."""
    content = await _content(here, message_id)
    if content.raw_blob is None:
        raise Problem(404, "not_found", "There is no source kept of this message.")
    return await _file(here, content.raw_blob, "message/rfc822", f"{message_id}.eml")


async def _content(here: Context, message_id: UUID) -> Content:
    content = await here.queries.message(message_id)
    if content is None:
        raise Problem(404, "not_found", "There is no such message.")
    return content


async def _file(here: Context, blob: str, media_type: str, download_as: str | None) -> Response:
    try:
        body = await here.blobs.get(blob)
    except BlobMissing:
        raise Problem(404, "gone", "The file is not there any more.") from None
    disposition = f"attachment; filename*=UTF-8''{quote(download_as, safe='')}" if download_as else "inline"
    headers = {
        "content-disposition": disposition,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, max-age=86400, immutable",
    }
    return Response(body, media_type=media_type, headers=headers)


@router.post("/attachments")
async def upload(
    request: Request,
    here: Here,
    agent: Agent,
    filename: Annotated[str, Query(min_length=1, max_length=255)],
) -> Attachment:
    """Keep a file that a reply will carry."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > ATTACHMENT_MAX:
            raise Problem(413, "too_large", f"A file may have {ATTACHMENT_MAX // 1024 // 1024} MiB at most.")
    media_type = request.headers.get("content-type", "application/octet-stream")[:200]
    name = filename.replace("\x00", "").replace("/", "_").replace("\\", "_")
    return Attachment(blob=await here.blobs.put(bytes(body)), filename=name, media_type=media_type, size=len(body))


# --- ratings -----------------------------------------------------------------------------------------------------


class Rating(BaseModel):
    score: int = Field(ge=1, le=5)
    comment: str | None = Field(default=None, max_length=4000)


class RatingState(BaseModel):
    number: int
    rated: bool


def _rated(here: Context, token: str) -> tuple[UUID, int]:
    found = threading.read_rating_token(here.token_key, token) if len(token) < 100 else None
    if found is None:
        raise Problem(404, "not_found", "This link is not valid.")
    return found


def _service(caller: Caller) -> None:
    if caller.role is not Role.SERVICE:
        raise Problem(403, "forbidden", "Ratings come from customers.")


@router.get("/ratings/{token}")
async def rating(token: str, here: Here, caller: CurrentCaller) -> RatingState:
    """What a rating link is about."""
    _service(caller)
    conversation_id, closing = _rated(here, token)
    row = await _row(here, conversation_id)
    history = await here.queries.history(conversation_id)
    return RatingState(number=row["number"], rated=views.is_rated(history, closing))


@router.post("/ratings/{token}", status_code=204)
async def rate(token: str, body: Rating, here: Here, caller: CurrentCaller) -> None:
    """Take a customer's rating; once per closing."""
    _service(caller)
    conversation_id, closing = _rated(here, token)
    row = await _row(here, conversation_id)
    request = handle.Request(
        conversation_id=conversation_id,
        command_id=derived_id("rating", token),
        actor=Actor(kind=ActorKind.CUSTOMER, id=str(row["contact_id"])),
        now=datetime.now(UTC),
        traceparent=telemetry.current_traceparent(),
    )
    await _refusable(lambda r: handle.rate(here.log, r, body.score, closing, body.comment), request)
