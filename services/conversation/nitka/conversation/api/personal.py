"""Routes for what belongs to the calling agent: read marks and drafts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from nitka.api import personal as api
from nitka.conversation.api.access import Agent, Here
from nitka.runtime.http import Problem

Key = Annotated[str, Path(pattern=r"^(new|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.(note|forward))?)$")]
"""A conversation's id for the answer that is written in it, with `.note` or `.forward` for those; or "new"."""

router = APIRouter()


async def _here_still(key: Key, here: Here) -> None:
    """Drafts go on where their conversation does."""
    if key != "new" and await here.personal.merged(UUID(key.partition(".")[0])):
        raise Problem(409, "merged", "This conversation was merged into another one; go on there.")


HERE_STILL = [Depends(_here_still)]


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


@router.get("/drafts/{key}", dependencies=HERE_STILL)
async def draft(key: Key, here: Here, agent: Agent) -> api.Draft:
    """One draft of the caller's."""
    row = await here.personal.draft(agent.id, key)
    if row is None:
        raise Problem(404, "not_found", "There is no draft.")
    return api.Draft.model_validate(row)


@router.put("/drafts/{key}", dependencies=HERE_STILL)
async def put_draft(
    key: Key, body: api.SaveDraft, here: Here, agent: Agent, since: datetime | None = None, anew: bool = False
) -> api.SavedDraft:
    """Keep a draft; one without content is forgotten. `since`: the version that it goes on with; refused when that
    has been changed, sent or dropped elsewhere meanwhile. `anew`: the caller knows of none; refused when there is
    one. Neither: in place of whatever there is."""
    if not (body.text.strip() or body.attachments or body.to or body.subject):
        await delete_draft(key, here, agent, since)
        return api.SavedDraft(updated_at=None)
    kept, now = body.model_dump(mode="json"), datetime.now(UTC)
    if since is not None:
        if not await here.personal.change_draft(agent.id, key, kept, now, since):
            raise _changed() if await here.personal.draft(agent.id, key) else _finished()
    elif anew:
        if not await here.personal.add_draft(agent.id, key, kept, now):
            raise _changed()
    else:
        await here.personal.put_draft(agent.id, key, kept, now)
    return api.SavedDraft(updated_at=now)


@router.delete("/drafts/{key}", status_code=204, dependencies=HERE_STILL)
async def delete_draft(key: Key, here: Here, agent: Agent, since: datetime | None = None) -> None:
    """Forget a draft. `since`: the version that the caller knows; refused when it has been changed meanwhile."""
    if not await here.personal.delete_draft(agent.id, key, since):
        raise _changed()


def _changed() -> Problem:
    return Problem(409, "draft_changed", "This draft was changed elsewhere.")


def _finished() -> Problem:
    return Problem(409, "draft_finished", "This draft was sent or dropped elsewhere.")
