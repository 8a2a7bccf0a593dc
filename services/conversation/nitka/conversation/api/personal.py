"""Routes for what belongs to the calling agent: read marks and drafts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from nitka.api import personal as api
from nitka.conversation.api.access import Agent, Here
from nitka.runtime.http import Problem

Key = Annotated[str, Path(pattern=r"^(new|[0-9a-f-]{36}(\.(note|forward))?)$")]
"""A conversation's id for the answer that is written in it, with `.note` or `.forward` for those; or "new"."""

router = APIRouter()


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def read(conversation_id: UUID, body: api.Seen, here: Here, agent: Agent) -> None:
    """The caller has seen the conversation up to this sequence."""
    await here.personal.mark_read(agent.id, conversation_id, body.sequence)


@router.post("/conversations/{conversation_id}/unread", status_code=204)
async def unread(conversation_id: UUID, here: Here, agent: Agent) -> None:
    """The caller wants to come back to it."""
    await here.personal.mark_unread(agent.id, conversation_id)


@router.get("/drafts")
async def drafts(here: Here, agent: Agent) -> list[api.Draft]:
    """The caller's drafts, the newest first."""
    return [api.Draft.model_validate(row) for row in await here.personal.drafts(agent.id)]


@router.get("/drafts/{key}")
async def draft(key: Key, here: Here, agent: Agent) -> api.Draft:
    """One draft of the caller's."""
    row = await here.personal.draft(agent.id, key)
    if row is None:
        raise Problem(404, "not_found", "There is no draft.")
    return api.Draft.model_validate(row)


@router.put("/drafts/{key}", status_code=204)
async def put_draft(key: Key, body: api.SaveDraft, here: Here, agent: Agent, known: bool = False) -> None:
    """Keep a draft; one without content is forgotten. `known`: it goes on with one that the caller knows of, and
    is refused when that has been sent or dropped elsewhere meanwhile."""
    if not (body.text.strip() or body.attachments or body.to or body.subject):
        await here.personal.delete_draft(agent.id, key)
        return
    kept, now = body.model_dump(mode="json"), datetime.now(UTC)
    if not known:
        await here.personal.put_draft(agent.id, key, kept, now)
    elif not await here.personal.change_draft(agent.id, key, kept, now):
        raise Problem(409, "draft_finished", "This draft was sent or dropped elsewhere.")


@router.delete("/drafts/{key}", status_code=204)
async def delete_draft(key: Key, here: Here, agent: Agent) -> None:
    """Forget a draft."""
    await here.personal.delete_draft(agent.id, key)
