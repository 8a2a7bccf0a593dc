"""What belongs to one agent: preferences, saved views, and where they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response

from nitka.api.personal import Mine, Preferences, SavedView, SaveView, SetHere
from nitka.gateway.api.access import CurrentParts, CurrentSession, WorkerSession, parts_of, tab_of
from nitka.gateway.store.personal import NotTheirs, TooManyViews
from nitka.gateway.store.signals import HereSignal, MineSignal
from nitka.runtime.http import Problem

What = Literal["read", "draft", "preferences", "views"]

router = APIRouter(tags=["personal"])


async def tell_mine(request: Request, what: What, key: str = "") -> None:
    """Tell the other browser tabs of the agent who asks that this was changed. Call it after it was."""
    await _tell(request, what, key, request.state.agent_id)


async def _tell(request: Request, what: What, key: str, agent_id: str | None) -> None:
    mine = Mine(what=what, key=key[:200], tab=tab_of(request))
    await parts_of(request).signals.send(MineSignal(agent_id=agent_id, mine=mine))


@router.get("/preferences", response_model=Preferences)
async def preferences(session: CurrentSession, parts: CurrentParts) -> Preferences:
    """How the caller likes to work."""
    return await parts.personal.preferences(session.agent.id)


@router.put("/preferences", response_model=Preferences)
async def set_preferences(
    chosen: Preferences, request: Request, session: CurrentSession, parts: CurrentParts
) -> Preferences:
    """Replace them all; what is left out has its default."""
    await parts.personal.prefer(session.agent.id, chosen)
    await tell_mine(request, "preferences")
    return chosen


@router.get("/views", response_model=list[SavedView])
async def views(session: WorkerSession, parts: CurrentParts) -> list[SavedView]:
    """The caller's saved views and the shared ones, by name."""
    return await parts.personal.views(session.agent.id)


@router.post("/views", response_model=SavedView, status_code=201)
async def add_view(view: SaveView, request: Request, session: WorkerSession, parts: CurrentParts) -> SavedView:
    """Save a view. 409 too_many_views."""
    try:
        saved = await parts.personal.add_view(uuid4(), session.agent.id, view)
    except TooManyViews:
        raise Problem(409, "too_many_views", "You have as many views as there can be; delete one first.") from None
    await _tell_views(request, saved)
    return saved


@router.put("/views/{id}", response_model=SavedView)
async def change_view(
    id: UUID, view: SaveView, request: Request, session: WorkerSession, parts: CurrentParts
) -> SavedView:
    """Give a view another name, content or audience."""
    try:
        before, after = await parts.personal.change_view(id, session.agent, view)
    except (LookupError, NotTheirs) as error:
        raise _refusal(error) from None
    await _tell_views(request, before, after)
    return after


@router.delete("/views/{id}", status_code=204)
async def delete_view(id: UUID, request: Request, session: WorkerSession, parts: CurrentParts) -> None:
    try:
        before = await parts.personal.delete_view(id, session.agent)
    except (LookupError, NotTheirs) as error:
        raise _refusal(error) from None
    await _tell_views(request, before)


def _refusal(error: LookupError | NotTheirs) -> Problem:
    if isinstance(error, NotTheirs):
        return Problem(403, "forbidden", "This view belongs to somebody else.")
    return Problem(404, "not_found", "There is no such view.")


async def _tell_views(request: Request, *states: SavedView) -> None:
    """A view concerns everybody when it is or was shared, else its owner."""
    everybody = any(view.shared for view in states)
    await _tell(request, "views", str(states[0].id), None if everybody else states[0].owner)


@router.post("/here", status_code=204)
async def set_here(here: SetHere, request: Request, session: WorkerSession, parts: CurrentParts) -> Response:
    """Say what this tab shows: at once when it changes, and again every ten seconds. 429 when said too often."""
    wait = parts.here_pace.count(session.agent.id, datetime.now(UTC))
    if wait:
        raise Problem(429, "too_many_attempts", "Too often.", headers={"retry-after": str(wait)})
    await parts.signals.send(
        HereSignal(
            agent_id=session.agent.id,
            tab=tab_of(request),
            conversation_id=here.conversation_id,
            typing=here.typing and here.conversation_id is not None,
        )
    )
    return Response(status_code=204)
