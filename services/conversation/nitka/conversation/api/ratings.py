"""Routes behind the rating link that customers get."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from nitka.conversation.api.access import Context, Here, row_of
from nitka.conversation.api.commands import refusable
from nitka.conversation.domain import threading
from nitka.conversation.handlers import command as handle
from nitka.conversation.handlers import rating as ratings
from nitka.events import Actor, ActorKind, derived_id
from nitka.runtime import telemetry
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, CurrentCaller, Role

router = APIRouter()


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
    state = await here.queries.state(conversation_id)
    if state is None:
        raise Problem(404, "not_found", "This link is not valid any more.")
    return RatingState(number=state.number, rated=state.rated_closing >= closing)


@router.post("/ratings/{token}", status_code=204)
async def rate(token: str, body: Rating, here: Here, caller: CurrentCaller) -> None:
    """Take a customer's rating; once per closing."""
    _service(caller)
    conversation_id, closing = _rated(here, token)
    row = await row_of(here, conversation_id)
    request = handle.Request(
        conversation_id=conversation_id,
        command_id=derived_id("rating", token),
        actor=Actor(kind=ActorKind.CUSTOMER, id=str(row["contact_id"])),
        now=datetime.now(UTC),
        traceparent=telemetry.current_traceparent(),
    )
    await refusable(lambda r: ratings.rate(here.log, r, body.score, closing, body.comment), request)
