"""Signing in and out; who works here."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from nitka.api.gateway import AgentView, Login
from nitka.gateway.api.access import CurrentParts, CurrentSession, address_of, count_attempt
from nitka.gateway.domain import LOGINS_PER_ADDRESS, LOGINS_PER_EMAIL, normal_email
from nitka.runtime.http import Problem

_COOKIE_SECONDS = 30 * 24 * 3600  # the session in the database ends earlier, and its end moves

router = APIRouter(tags=["session"])


@router.post("/session", response_model=AgentView)
async def sign_in(login: Login, request: Request, response: Response, parts: CurrentParts) -> AgentView:
    """Sign in: 401 for a wrong address or password (which of them is not said), 429 after too many tries."""
    by_email = f"login email {normal_email(login.email)}"
    by_address = f"login address {address_of(request)}"
    waits = (
        await count_attempt(parts, LOGINS_PER_EMAIL, by_email),
        await count_attempt(parts, LOGINS_PER_ADDRESS, by_address),
    )
    if any(waits):
        headers = {"retry-after": str(max(waits))}
        raise Problem(429, "too_many_attempts", "Too many attempts; wait a while.", headers=headers)
    agent = await parts.accounts.authenticate(login.email, login.password)
    if agent is None:
        raise Problem(401, "wrong_login", "This e-mail address and password do not belong together.")
    await parts.accounts.forget_attempts(by_email)
    await parts.accounts.take_back_attempt(by_address)
    token = await parts.accounts.begin_session(agent, datetime.now(UTC))
    response.set_cookie(
        parts.cookie,
        token,
        max_age=_COOKIE_SECONDS,
        httponly=True,
        secure=parts.secure,
        samesite="strict",
        path="/",
    )
    return agent.view()


@router.get("/session", response_model=AgentView)
async def who_am_i(session: CurrentSession) -> AgentView:
    return session.agent.view()


@router.delete("/session", status_code=204)
async def sign_out(session: CurrentSession, response: Response, parts: CurrentParts) -> None:
    """Sign out; the session's live streams end within seconds."""
    await parts.accounts.end_session(session.key)
    response.delete_cookie(parts.cookie, path="/", secure=parts.secure, httponly=True, samesite="strict")


@router.get("/agents", response_model=list[AgentView])
async def agents(_: CurrentSession, parts: CurrentParts) -> list[AgentView]:
    """Everybody who has an account, by name."""
    return [agent.view() for agent in await parts.accounts.all()]
