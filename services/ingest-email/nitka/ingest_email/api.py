"""HTTP of the e-mail service: how the polled mailboxes and the relay are doing."""

from __future__ import annotations

from fastapi import APIRouter

from nitka.ingest_email.imap import AccountState, Poller
from nitka.ingest_email.relay import Relay, RelayState
from nitka.ingest_email.store import Attempts
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, CurrentCaller, Role


class Outgoing(RelayState):
    """`waiting` mails are to leave: now, or when the relay is tried again."""

    waiting: int


def router(pollers: list[Poller], relay: Relay, attempts: Attempts) -> APIRouter:
    """The routes, over what is running."""
    routes = APIRouter()

    @routes.get("/accounts")
    async def accounts(caller: CurrentCaller) -> list[AccountState]:
        """Every polled mailbox: last look, last success, last error."""
        _operator(caller)
        return [poller.state for poller in pollers]

    @routes.get("/relay")
    async def outgoing(caller: CurrentCaller) -> Outgoing:
        """The relay: last success, last error, how often it failed in a row, and what waits for it."""
        _operator(caller)
        return Outgoing(**relay.state.model_dump(), waiting=await attempts.waiting())

    return routes


def _operator(caller: Caller) -> None:
    if caller.role not in (Role.ADMIN, Role.SUPERVISOR, Role.SERVICE):
        raise Problem(403, "forbidden", "Only supervisors and administrators see the mailboxes.")
