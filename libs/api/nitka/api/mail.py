"""HTTP models of how mail is doing: the mailboxes that are polled, and the relay that takes what leaves."""

from __future__ import annotations

from datetime import datetime

from nitka.api.conversations import View


class SetAside(View):
    """A mail that could not be processed; it is still unread in its mailbox. `uid` is its unique id there."""

    uid: int
    received_at: datetime


class MailboxState(View):
    """How a polled mailbox is doing. `last_error` names the kind of trouble, None when all is well.

    `failures`: looks in a row that failed. `received` counts mails since the service started. What was `set_aside`
    is tried again at every start and every hour.
    """

    inbox: str
    host: str
    folder: str
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    received: int = 0
    set_aside: tuple[SetAside, ...] = ()


class RelayState(View):
    """How the relay is doing. `last_error` says what was wrong with it the last time, None when all is well.

    `failures`: tries in a row that failed. `waiting` mails are to leave: now, or when it is tried again.
    """

    host: str
    port: int
    security: str
    last_success: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    waiting: int = 0


class MailState(View):
    """Mail in and out, as this copy of the service sees it since it was started."""

    mailboxes: tuple[MailboxState, ...]
    relay: RelayState
