"""`POST /check` and `GET /state`, for agents."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends

from nitka.api.writing import CheckedText, CheckText, CorrectorState, WritingState
from nitka.runtime.http import Problem
from nitka.runtime.tokens import CurrentCaller, Role
from nitka.writing.correctors import Corrector, Question, not_configured
from nitka.writing.domain import marks

AT_ONCE = 4
"""Checks that run side by side; more wait their turn."""

_AGENTS = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}


def _agent(caller: CurrentCaller) -> None:
    if caller.role not in _AGENTS:
        raise Problem(403, "forbidden", "Texts are corrected for agents.")


def router(corrector: Corrector | None) -> APIRouter:
    """Routes that answer with what `corrector` finds."""
    routes = APIRouter(dependencies=[Depends(_agent)])
    turn = asyncio.Semaphore(AT_ONCE)

    @routes.post("/check")
    async def check(asked: CheckText) -> CheckedText:
        """What would be changed in a text. 503 `starting` with Retry-After while the corrector is started."""
        if corrector is None:
            raise not_configured()
        if not asked.text.strip():
            return CheckedText(language=asked.language or "und", corrections=())
        async with turn:
            found = await corrector.check(Question(asked.text, asked.language, asked.own_language))
        corrections = await asyncio.to_thread(marks, asked.text, found.changes, asked.keep)
        return CheckedText(language=found.language, corrections=corrections)

    @routes.get("/state")
    async def state() -> WritingState:
        """Whether a check would be answered now."""
        return corrector.state() if corrector else WritingState(state=CorrectorState.NOT_CONFIGURED)

    return routes
