"""HTTP of the e-mail service: how the polled mailboxes are doing."""

from __future__ import annotations

from fastapi import APIRouter

from nitka.ingest_email.imap import AccountState, Poller
from nitka.runtime.http import Problem
from nitka.runtime.tokens import CurrentCaller, Role


def router(pollers: list[Poller]) -> APIRouter:
    """The routes, over the running pollers."""
    routes = APIRouter()

    @routes.get("/accounts")
    async def accounts(caller: CurrentCaller) -> list[AccountState]:
        """Every polled mailbox: last look, last success, last error."""
        if caller.role not in (Role.ADMIN, Role.SUPERVISOR, Role.SERVICE):
            raise Problem(403, "forbidden", "Only supervisors and administrators see the mailboxes.")
        return [poller.state for poller in pollers]

    return routes
