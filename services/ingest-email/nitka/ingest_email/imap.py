"""Mail by polling IMAP mailboxes: \\Seen only after Kafka has it, and a mailbox in trouble says so.

A folder is read by unique id from where the last look ended. When the server renumbers it (UIDVALIDITY), it is
read again from shortly before the newest mail that was taken: what comes twice has the same event id. A mail that
cannot be processed is set aside, so that it stops none behind it, and tried again later.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError, MailboxLoginError
from pydantic import BaseModel

from nitka.api.mail import MailboxState, SetAside
from nitka.ingest_email.domain.message import Envelope
from nitka.ingest_email.reception import Reception
from nitka.ingest_email.settings import ImapAccount, Security
from nitka.ingest_email.store import Aside, Mailboxes, Progress
from nitka.runtime import logs
from nitka.runtime.consumer import TRANSIENT

CHUNK = 10
"""Mails fetched at once."""

_TIMEOUT = 60.0
_MAX_WAIT = 300.0
_RENUMBERED_OVERLAP = timedelta(days=2)
_RETRY = timedelta(hours=1)
_UID = re.compile(rb"UID (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_log = logs.get("imap")


class Poller:
    """Polls one mailbox until it is stopped; reconnects by itself, more slowly the longer it fails."""

    def __init__(
        self,
        account: ImapAccount,
        mailboxes: Mailboxes,
        reception: Reception,
        clock: Callable[[], datetime],
        *,
        every: float,
        max_bytes: int,
    ) -> None:
        self._account, self._mailboxes, self._reception = account, mailboxes, reception
        self._clock, self._every, self._max_bytes = clock, every, max_bytes
        self._state = MailboxState(inbox=account.inbox, host=account.host, folder=account.folder)
        self._retried_at: datetime | None = None

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            slower = 2.0 ** min(self._state.failures, 10)
            await asyncio.sleep(min(self._every * slower, max(_MAX_WAIT, self._every)))

    async def current_state(self) -> MailboxState:
        """How the mailbox is doing; what was set aside survives a restart."""
        aside = await self._mailboxes.set_aside(self._account.key)
        shown = tuple(SetAside(uid=a.uid, received_at=a.received_at) for a in aside)
        return self._state.model_copy(update={"set_aside": shown})

    def _note(self, **changes: object) -> None:
        self._state = self._state.model_copy(update=changes)

    async def look(self) -> None:
        """One look into the mailbox. Never raises: trouble is in its state."""
        self._note(last_poll=self._clock())
        try:
            async with self._mailboxes.turn(self._account.key) as ours:
                if ours:
                    await self._fetch_new()
        except (*TRANSIENT, imaplib.IMAP4.error, ImapToolsError, ssl.SSLError, KeyError) as error:
            self._note(failures=self._state.failures + 1, last_error=_trouble(error))
            _log.warning("mailbox fails", inbox_host=self._account.host, error=self._state.last_error)
        except Exception as error:  # noqa: BLE001 - one mailbox must not end the others, nor fall silent
            self._note(failures=self._state.failures + 1, last_error=type(error).__name__)
            _log.error("mailbox fails unexpectedly", inbox_host=self._account.host, exc_info=error)
        else:
            self._note(failures=0, last_error=None, last_success=self._clock())

    async def _fetch_new(self) -> None:
        folder = await asyncio.to_thread(_Folder.open, self._account, self._max_bytes)
        try:
            progress = await self._start(folder)
            uids = await asyncio.to_thread(folder.uids, progress)
            for start in range(0, len(uids), CHUNK):
                chunk = uids[start : start + CHUNK]
                mails = await asyncio.to_thread(folder.fetch, chunk)
                aside = [Aside(folder.uid_validity, m.uid, m.received_at) for m in await self._take(folder, mails)]
                received = [min(m.received_at, self._clock()) for m in mails]
                progress = Progress(folder.uid_validity, chunk[-1], max([progress.last_received, *received]))
                await self._mailboxes.save(self._account.key, progress, aside)
            await self._retry(folder)
        finally:
            await asyncio.to_thread(folder.close)

    async def _start(self, folder: _Folder) -> Progress:
        """Where to go on: after the last mail taken, or where a new or renumbered folder begins for us."""
        known = await self._mailboxes.progress(self._account.key)
        if known is not None and known.uid_validity == folder.uid_validity:
            return known
        if known is not None:
            _log.warning("mailbox was renumbered", inbox_host=self._account.host)
            aside = await self._mailboxes.set_aside(self._account.key)
            since = min([known.last_received, *(a.received_at for a in aside)])
            progress = Progress(folder.uid_validity, 0, since)
        elif self._account.backfill:
            progress = Progress(folder.uid_validity, 0, datetime(1970, 1, 1, tzinfo=UTC))
        else:
            progress = Progress(folder.uid_validity, folder.uid_next - 1, self._clock())
            await self._mailboxes.save(self._account.key, progress)
        return progress

    async def _retry(self, folder: _Folder) -> None:
        """Try again what was set aside: a newer version may understand it, or somebody moved it away."""
        now = self._clock()
        if self._retried_at is not None and now < self._retried_at + _RETRY:
            return
        aside = await self._mailboxes.set_aside(self._account.key)
        uids = [a.uid for a in aside if a.uid_validity == folder.uid_validity]
        failed: set[int] = set()
        for start in range(0, len(uids), CHUNK):
            mails = await asyncio.to_thread(folder.fetch, uids[start : start + CHUNK])
            failed |= {m.uid for m in await self._take(folder, mails)}
        await self._mailboxes.settle(self._account.key, folder.uid_validity, [u for u in uids if u not in failed])
        self._retried_at = now

    async def _take(self, folder: _Folder, mails: list[Fetched]) -> list[Fetched]:
        """Publish some mails and mark them; returns those that could not be processed.

        Raises when a dependency is away: then all of them come again, with the same event ids.
        """
        results = await asyncio.gather(*(self._publish(m) for m in mails), return_exceptions=True)
        for result in results:
            if isinstance(result, TRANSIENT) or (result is not None and not isinstance(result, Exception)):
                raise result
        taken = [m for m, result in zip(mails, results, strict=True) if result is None]
        for mail, result in zip(mails, results, strict=True):
            if isinstance(result, Exception):  # a mail that fails must not stop the ones behind it
                _log.error("mail set aside", uid=mail.uid, exc_info=result)
        if taken:
            await asyncio.to_thread(folder.mark_seen, [m.uid for m in taken])
        self._note(received=self._state.received + len(taken))
        return [m for m, result in zip(mails, results, strict=True) if result is not None]

    async def _publish(self, mail: Fetched) -> None:
        received_at = min(mail.received_at, self._clock())
        arrived = Envelope(sender=None, recipients=(), received_at=received_at, cut=mail.cut)
        await self._reception.take(mail.raw, arrived, [self._account.inbox], via="imap")


class Fetched(BaseModel):
    """A mail as the server holds it; `cut`: not to its end."""

    uid: int
    received_at: datetime
    raw: bytes
    cut: bool


class _Folder:
    """An open folder; every method blocks."""

    def __init__(self, box: BaseMailBox, account: ImapAccount, max_bytes: int) -> None:
        self._box, self._account, self._max_bytes = box, account, max_bytes
        status = box.folder.status(account.folder, ["UIDVALIDITY", "UIDNEXT"])
        self.uid_validity, self.uid_next = status["UIDVALIDITY"], status["UIDNEXT"]

    @classmethod
    def open(cls, account: ImapAccount, max_bytes: int) -> _Folder:
        """Connect, log in and select. Raises KeyError when the password's variable is not set."""
        password = account.password.get_secret_value()
        box = _connect(account)
        try:
            box.login(account.user, password, initial_folder=account.folder)
            return cls(box, account, max_bytes)
        except BaseException:
            box.client.shutdown()
            raise

    def close(self) -> None:
        try:
            self._box.logout()
        except (OSError, imaplib.IMAP4.error, ImapToolsError):
            self._box.client.shutdown()

    def uids(self, progress: Progress) -> list[int]:
        """New unique ids in order. A renumbered folder is searched from shortly before the newest known mail."""
        criteria = f"UID {progress.last_uid + 1}:*"
        if progress.last_uid == 0 and progress.last_received.year > 1970:
            since = progress.last_received - _RENUMBERED_OVERLAP
            criteria = f"SINCE {since:%d-%b-%Y}"
        found = sorted(int(u) for u in self._box.uids(criteria))
        return [u for u in found if u > progress.last_uid]

    def fetch(self, uids: list[int]) -> list[Fetched]:
        """Mails in order, each at most `max_bytes` of it; one that is gone meanwhile is left out.

        A byte more tells whether that is all: what servers say of a mail's size is not always right.
        """
        wanted = ",".join(map(str, uids))
        parts = f"(UID INTERNALDATE BODY.PEEK[]<0.{self._max_bytes + 1}>)"
        status, data = self._box.client.uid("FETCH", wanted, parts)
        if status != "OK":
            raise imaplib.IMAP4.error("FETCH refused")
        return sorted(_fetched(data, self._max_bytes), key=lambda m: m.uid)

    def mark_seen(self, uids: list[int]) -> None:
        self._box.flag([str(u) for u in uids], [MailMessageFlags.SEEN], True)


def _connect(account: ImapAccount) -> BaseMailBox:
    """Without a context of ours the library would take any certificate, and tell anybody the password."""
    if account.security is Security.PLAIN:
        return MailBoxUnencrypted(account.host, account.port, timeout=_TIMEOUT)
    kind = MailBox if account.security is Security.TLS else MailBoxStartTls
    return kind(account.host, account.port, timeout=_TIMEOUT, ssl_context=ssl.create_default_context())


def _trouble(error: Exception) -> str:
    """What is wrong with a mailbox, for the operator; nothing of what the server said about mails or people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate is not trusted: {error.verify_message}"
    if isinstance(error, MailboxLoginError):
        return "login refused"
    if isinstance(error, imaplib.IMAP4.error) and "TLS not supported" in str(error):
        return "server offers no STARTTLS"
    return type(error).__name__


def _fetched(data: list[object], max_bytes: int) -> Iterator[Fetched]:
    """imaplib's answer: (what precedes the literal, the literal) for each mail, then what follows it."""
    for index, item in enumerate(data):
        if not isinstance(item, tuple) or len(item) < 2:
            continue
        after = data[index + 1] if index + 1 < len(data) else b""
        said = bytes(item[0]) + b" " + (after if isinstance(after, bytes) else b"")
        uid = _UID.search(said)
        if uid is not None:
            raw = bytes(item[1])
            yield Fetched(
                uid=int(uid.group(1)),
                received_at=_received_at(said),
                raw=raw[:max_bytes],
                cut=len(raw) > max_bytes,
            )


def _received_at(said: bytes) -> datetime:
    found = _DATE.search(said)
    try:
        text = found.group(1).decode("ascii").strip() if found else ""
        return datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
