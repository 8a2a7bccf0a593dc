"""Mirrored routes of the conversation service."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field, TypeAdapter

from nitka.api.commands import (
    AddLabel,
    AddNote,
    AddParticipant,
    Archive,
    Assign,
    Close,
    CommandResult,
    Follow,
    Forward,
    Merge,
    RemoveLabel,
    RemoveParticipant,
    Reopen,
    Reply,
    RetryDelivery,
    SendNow,
    SetPriority,
    SetQueue,
    Snooze,
    Split,
    StartConversation,
    Unfollow,
    Withdraw,
)
from nitka.api.conversations import (
    ConversationPage,
    ConversationSummary,
    Counts,
    CustomerNote,
    InboxCount,
    Label,
    Sort,
    Timeline,
)
from nitka.api.personal import Draft, SavedDraft, SaveDraft, Seen
from nitka.events import Attachment, Channel, ConversationStatus
from nitka.events.conversation import Priority
from nitka.gateway.api.access import CurrentParts, check_workers
from nitka.gateway.api.mirror import Mirror, mirror_of
from nitka.gateway.api.personal import What, tell_mine
from nitka.runtime.http import Problem

router = APIRouter(tags=["conversations"])

Owner = Annotated[Mirror, Depends(mirror_of("conversation"))]
Profile = Annotated[Mirror, Depends(mirror_of("customer_profile"))]

SEARCH_MIN, PROFILE_SECONDS = 2, 0.3
"""Characters from which on the customer profile is asked, and how long its answer is waited for."""


DraftKey = Annotated[str, Path(pattern=r"^(new|[0-9a-f-]{36}(\.(note|forward))?)$")]
"""A conversation's id for the answer that is written in it, with `.note` or `.forward` for those; or "new"."""


class ListQuery(BaseModel):
    """Filters of the list; those that are lists may be repeated. `assignee`: me, none, any or an agent's id."""

    status: ConversationStatus | None = None
    assignee: str | None = Field(default=None, max_length=100)
    label: list[Label] = Field(default=[], max_length=20)
    channel: list[Channel] = Field(default=[], max_length=10)
    account: list[str] = Field(default=[], max_length=50)
    store: str | None = Field(default=None, max_length=200)
    rating: list[int] = Field(default=[], max_length=5)
    priority: Priority | None = None
    customer: list[UUID] = Field(default=[], max_length=200)
    unread: bool = False
    followed: bool = False
    mentioned: bool = False
    undelivered: bool = False
    q: str | None = Field(default=None, max_length=200)
    sort: Sort = Sort.NEWEST
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


class SearchQuery(ListQuery):
    """A search with the customers whom the customer profile has found for it."""

    found: list[UUID]


class TimelineQuery(BaseModel):
    before: str | None = Field(default=None, max_length=100)
    limit: int = Field(default=100, ge=1, le=200)


class DownloadQuery(BaseModel):
    """`inline` 1: show it if it is a picture of a safe type."""

    inline: int = Field(default=0, ge=0, le=1)


class UploadQuery(BaseModel):
    filename: str = Field(min_length=1, max_length=255)


@router.get("/conversations", response_model=ConversationPage)
async def conversations(owner: Owner, profile: Profile, query: Annotated[ListQuery, Query()]) -> Response:
    """A page of the list. A search also finds conversations by what the customer profile knows: orders, and all
    contact points of a person."""
    asked = (query.q or "").strip()
    if len(asked) < SEARCH_MIN:
        return await owner.get("/conversations", query)
    found = await _customers(profile, asked)
    search = SearchQuery(**query.model_dump(exclude_unset=True), found=found or [])
    answer = await owner.get("/conversations", search)
    if found is None and answer.status_code == 200:
        page = ConversationPage.model_validate_json(bytes(answer.body)).model_copy(update={"incomplete": True})
        return Response(
            page.model_dump_json(), headers={"cache-control": "no-store"}, media_type="application/json"
        )
    return answer


async def _customers(profile: Mirror, asked: str) -> list[UUID] | None:
    """Whom the customer profile finds; None when it does not say so in time: a search does not wait for it."""
    try:
        async with asyncio.timeout(PROFILE_SECONDS):
            answer = await profile.client.request(profile.caller, "GET", "/customers/ids", params={"q": asked})
    except (TimeoutError, Problem):
        return None
    return TypeAdapter(list[UUID]).validate_json(answer.content) if answer.status_code == 200 else None


@router.get("/conversations/counts", response_model=Counts)
async def counts(owner: Owner) -> Response:
    return await owner.get("/conversations/counts")


@router.get("/conversations/{id}", response_model=ConversationSummary)
async def conversation(id: UUID, owner: Owner) -> Response:
    return await owner.get(f"/conversations/{id}")


@router.get("/customers/{id}/notes", response_model=list[CustomerNote])
async def customer_notes(id: UUID, owner: Owner) -> Response:
    """The newest internal notes in all conversations of a customer."""
    return await owner.get(f"/customers/{id}/notes")


@router.get("/conversations/{id}/timeline", response_model=Timeline)
async def timeline(id: UUID, owner: Owner, query: Annotated[TimelineQuery, Query()]) -> Response:
    return await owner.get(f"/conversations/{id}/timeline", query)


@router.get("/inboxes", response_model=list[InboxCount])
async def inboxes(owner: Owner) -> Response:
    return await owner.get("/inboxes")


@router.post("/conversations/{id}/reply", response_model=CommandResult)
async def reply(id: UUID, command: Reply, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/reply")


@router.post("/conversations/{id}/notes", response_model=CommandResult)
async def add_note(id: UUID, command: AddNote, owner: Owner, parts: CurrentParts) -> Response:
    if command.mentions:
        await check_workers(parts, command.mentions)
    return await owner.send(f"/conversations/{id}/notes")


@router.post("/conversations", response_model=CommandResult)
async def start(command: StartConversation, owner: Owner) -> Response:
    """Write to somebody first."""
    return await owner.send("/conversations")


@router.post("/conversations/{id}/withdraw", response_model=CommandResult)
async def withdraw(id: UUID, command: Withdraw, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/withdraw")


@router.post("/conversations/{id}/send-now", response_model=CommandResult)
async def send_now(id: UUID, command: SendNow, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/send-now")


@router.post("/conversations/{id}/forward", response_model=CommandResult)
async def forward(id: UUID, command: Forward, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/forward")


@router.post("/conversations/{id}/follow", response_model=CommandResult)
async def follow(id: UUID, command: Follow, owner: Owner, parts: CurrentParts) -> Response:
    await check_workers(parts, [command.agent_id])
    return await owner.send(f"/conversations/{id}/follow")


@router.post("/conversations/{id}/unfollow", response_model=CommandResult)
async def unfollow(id: UUID, command: Unfollow, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/unfollow")


@router.post("/conversations/{id}/participants/add", response_model=CommandResult)
async def add_participant(id: UUID, command: AddParticipant, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/participants/add")


@router.post("/conversations/{id}/participants/remove", response_model=CommandResult)
async def remove_participant(id: UUID, command: RemoveParticipant, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/participants/remove")


@router.post("/conversations/{id}/priority", response_model=CommandResult)
async def set_priority(id: UUID, command: SetPriority, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/priority")


@router.post("/conversations/{id}/queue", response_model=CommandResult)
async def set_queue(id: UUID, command: SetQueue, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/queue")


@router.post("/conversations/{id}/merge", response_model=CommandResult)
async def merge(id: UUID, command: Merge, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/merge")


@router.post("/conversations/{id}/split", response_model=CommandResult)
async def split(id: UUID, command: Split, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/split")


async def _told(what: What, key: str, owner: Mirror, answer: Response) -> Response:
    """The answer to a change of something of the agent's own, after their other tabs were told."""
    if answer.status_code < 300:
        await tell_mine(owner.request, what, key)
    return answer


@router.post("/conversations/{id}/read", status_code=204, response_class=Response)
async def read(id: UUID, seen: Seen, owner: Owner) -> Response:
    """The caller has seen the conversation up to this sequence."""
    return await _told("read", str(id), owner, await owner.send(f"/conversations/{id}/read"))


@router.post("/conversations/{id}/unread", status_code=204, response_class=Response)
async def unread(id: UUID, owner: Owner) -> Response:
    """The caller wants to come back to it."""
    return await _told("read", str(id), owner, await owner.send(f"/conversations/{id}/unread"))


@router.get("/drafts", response_model=list[Draft])
async def drafts(owner: Owner) -> Response:
    """The caller's drafts, the newest first."""
    return await owner.get("/drafts")


@router.get("/drafts/{key}", response_model=Draft)
async def draft(key: DraftKey, owner: Owner) -> Response:
    return await owner.get(f"/drafts/{key}")


@router.put("/drafts/{key}", response_model=SavedDraft)
async def put_draft(
    key: DraftKey, draft: SaveDraft, owner: Owner, since: datetime | None = None, anew: bool = False
) -> Response:
    """Keep a draft; one without content is forgotten. `since`: the version that it goes on with; refused when that
    has been changed, sent or dropped elsewhere meanwhile. `anew`: the caller knows of none; refused when there is
    one. Neither: in place of whatever there is."""
    answer = await owner.send(f"/drafts/{key}", method="PUT", query=_version(since, anew))
    return await _told("draft", key, owner, answer)


@router.delete("/drafts/{key}", status_code=204, response_class=Response)
async def delete_draft(key: DraftKey, owner: Owner, since: datetime | None = None) -> Response:
    """Forget a draft. `since`: the version that the caller knows; refused when it has been changed meanwhile."""
    answer = await owner.send(f"/drafts/{key}", method="DELETE", query=_version(since))
    return await _told("draft", key, owner, answer)


def _version(since: datetime | None, anew: bool = False) -> dict[str, str]:
    return {"since": since.isoformat()} if since else {"anew": "true"} if anew else {}


@router.post("/conversations/{id}/assign", response_model=CommandResult)
async def assign(id: UUID, command: Assign, owner: Owner, parts: CurrentParts) -> Response:
    await check_workers(parts, [command.assignee])
    return await owner.send(f"/conversations/{id}/assign")


@router.post("/conversations/{id}/labels/add", response_model=CommandResult)
async def add_label(id: UUID, command: AddLabel, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/labels/add")


@router.post("/conversations/{id}/labels/remove", response_model=CommandResult)
async def remove_label(id: UUID, command: RemoveLabel, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/labels/remove")


@router.post("/conversations/{id}/snooze", response_model=CommandResult)
async def snooze(id: UUID, command: Snooze, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/snooze")


@router.post("/conversations/{id}/close", response_model=CommandResult)
async def close(id: UUID, command: Close, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/close")


@router.post("/conversations/{id}/reopen", response_model=CommandResult)
async def reopen(id: UUID, command: Reopen, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/reopen")


@router.post("/conversations/{id}/archive", response_model=CommandResult)
async def archive(id: UUID, command: Archive, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/archive")


@router.post("/conversations/{id}/retry-delivery", response_model=CommandResult)
async def retry_delivery(id: UUID, command: RetryDelivery, owner: Owner) -> Response:
    return await owner.send(f"/conversations/{id}/retry-delivery")


@router.get("/messages/{message_id}/attachments/{index}", response_class=Response)
async def attachment(
    message_id: UUID, index: int, owner: Owner, query: Annotated[DownloadQuery, Query()]
) -> Response:
    """A file of a message, as a download or, with `inline=1`, a picture."""
    return await owner.download(f"/messages/{message_id}/attachments/{index}", query)


@router.get("/messages/{message_id}/raw", response_class=Response)
async def raw_message(message_id: UUID, owner: Owner) -> Response:
    """The untouched source of a mail."""
    return await owner.download(f"/messages/{message_id}/raw")


@router.get("/attachments/pictures/{digest}", response_class=Response)
async def picture(digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], owner: Owner) -> Response:
    """A picture that an agent is writing with, by its blob."""
    return await owner.download(f"/attachments/pictures/{digest}")


@router.post(
    "/attachments",
    response_model=Attachment,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
)
async def upload(owner: Owner, query: Annotated[UploadQuery, Query()]) -> Response:
    """Store a file that a reply will carry: the raw body, at most 20 MiB, with its content type."""
    return await owner.upload("/attachments", query)
