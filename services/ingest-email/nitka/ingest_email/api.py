"""HTTP of the e-mail service: how the polled mailboxes and the relay are doing."""

from __future__ import annotations

from fastapi import APIRouter

from nitka.api.mail import MailState
from nitka.ingest_email.imap import Poller
from nitka.ingest_email.relay import Relay
from nitka.ingest_email.store import Attempts
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, CurrentCaller, Role


def router(pollers: list[Poller], relay: Relay, attempts: Attempts) -> APIRouter:
    """The routes, over what is running."""
    routes = APIRouter()

    @routes.get("/accounts")
    async def accounts(caller: CurrentCaller) -> MailState:
        """Every polled mailbox and the relay: last success, last error, and what needs a look."""
        _operator(caller)
        return MailState(
            mailboxes=tuple([await poller.current_state() for poller in pollers]),
            relay=relay.state.model_copy(update={"waiting": await attempts.waiting()}),
        )

    return routes


def _operator(caller: Caller) -> None:
    if caller.role not in (Role.ADMIN, Role.SUPERVISOR, Role.SERVICE):
        raise Problem(403, "forbidden", "Only supervisors and administrators see the mailboxes.")
