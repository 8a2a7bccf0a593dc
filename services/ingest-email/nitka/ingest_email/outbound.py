"""Sending: queued mails leave by the relay at most once, and what became of each is told.

An attempt is marked as being sent before the relay hears of it. A refusal means that nothing left, so it may
be tried again; a connection lost after DATA began means that nobody knows, and it never is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)
from opentelemetry.trace import SpanKind

from nitka.events import DeliveryState
from nitka.events.topics import OUTBOUND_RECEIPTS
from nitka.ingest_email.domain.delivery import Outcome, Refusal, backoff, failed, receipts, refusal
from nitka.ingest_email.domain.outgoing import CannotSend, compose, envelope
from nitka.ingest_email.settings import IngestEmailSettings, Security
from nitka.ingest_email.store import Attempts, Task
from nitka.runtime import logs, telemetry
from nitka.runtime.blobs import BlobMissing, Blobs, BlobsAway
from nitka.runtime.consumer import TRANSIENT
from nitka.runtime.publisher import Publisher, record

AT_ONCE = 8
IDLE_SECONDS = 5.0
"""How often due retries are looked for when nothing wakes the sender."""

_log = logs.get("outbound")


class NotNow(Exception):
    """Nothing has left; the same mail may be tried again."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.reason)
        self.refused = refused


class Relay:
    """The SMTP server that takes our mail."""

    def __init__(self, settings: IngestEmailSettings) -> None:
        self._settings = settings

    async def send(self, sender: str, recipients: list[str], content: bytes) -> Outcome:
        """Hand over one mail. Raises NotNow when it surely has not left and may later."""
        client = self._client()
        try:
            try:
                refused = await self._begin(client, sender, recipients, content)
            except (SMTPException, OSError, TimeoutError) as error:
                raise NotNow(Refusal(None, 0, f"The mail relay: {type(error).__name__}", hard=False)) from None
            if len(refused) == len(recipients):
                return _all_refused(refused)
            return replace(await _data(client, content), refused=tuple(refused))
        finally:
            client.close()

    def _client(self) -> SMTP:
        s = self._settings
        return SMTP(
            hostname=s.relay_host,
            port=s.relay_port,
            use_tls=s.relay_security is Security.TLS,
            start_tls=s.relay_security is Security.STARTTLS,
            username=s.relay_user,
            password=s.relay_password.get_secret_value() if s.relay_password else None,
            timeout=s.relay_timeout,
            local_hostname=s.smtp_hostname,
        )

    async def _begin(self, client: SMTP, sender: str, recipients: list[str], content: bytes) -> list[Refusal]:
        """Connect and announce the mail; returns the recipients that the relay refuses."""
        await client.connect()
        await client.ehlo()
        wide = not all(a.isascii() for a in (sender, *recipients))
        if wide and not client.supports_extension("smtputf8"):
            raise SMTPNotSupported("SMTPUTF8")
        options = [f"SIZE={len(content)}"] if client.supports_extension("size") else []
        options += ["BODY=8BITMIME"] if client.supports_extension("8bitmime") else []
        encoding = "utf-8" if wide else "ascii"
        try:
            await client.mail(sender, options=[*options, *(["SMTPUTF8"] if wide else [])], encoding=encoding)
        except SMTPResponseException as error:
            return [refusal(r, error.code, error.message) for r in recipients]
        refused = []
        for recipient in recipients:
            try:
                await client.rcpt(recipient, encoding=encoding)
            except SMTPRecipientRefused as error:
                refused.append(refusal(recipient, error.code, error.message))
        return refused


async def _data(client: SMTP, content: bytes) -> Outcome:
    try:
        await client.data(content)
    except SMTPDataError as error:
        refused = refusal(None, error.code, error.message)
        if refused.temporary:
            raise NotNow(refused) from None
        return failed(refused)
    except (SMTPException, OSError, TimeoutError) as error:
        reason = f"The connection to the mail relay was lost while sending ({type(error).__name__})."
        return Outcome(DeliveryState.UNCONFIRMED, reason)
    return Outcome(DeliveryState.SENT)


def _all_refused(refused: list[Refusal]) -> Outcome:
    temporary = next((r for r in refused if r.temporary), None)
    if temporary is not None:
        raise NotNow(temporary)
    return replace(failed(refused[0]), hard=all(r.hard for r in refused))


class Sender:
    """Works through the queue of attempts until it is stopped."""

    def __init__(
        self,
        settings: IngestEmailSettings,
        attempts: Attempts,
        blobs: Blobs,
        publisher: Publisher,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings, self._attempts, self._blobs = settings, attempts, blobs
        self._publisher, self._clock = publisher, clock
        self._relay = Relay(settings)
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._news.set()

    async def run(self) -> None:
        """Send what is due and tell what became of it; waits for dependencies that are away."""
        recovered = False
        while True:
            self._news.clear()
            try:
                if not recovered:
                    await self._attempts.recover()
                    recovered = True
                busy = await self._round()
            except TRANSIENT as error:
                _log.warning("waiting for a dependency", error=type(error).__name__)
                await asyncio.sleep(1)
                continue
            except Exception as error:  # noqa: BLE001 - a defect met by one mail must not keep the others
                _log.error("an attempt failed unexpectedly", exc_info=error)
                recovered = False
                await asyncio.sleep(1)
                continue
            if not busy:
                await self._rest()

    async def _rest(self) -> None:
        pause = min(IDLE_SECONDS, self._settings.relay_backoff_seconds)
        try:
            async with asyncio.timeout(pause):
                await self._news.wait()
        except TimeoutError:
            return

    async def _round(self) -> bool:
        for task in await self._attempts.untold(AT_ONCE * 4):
            await self._tell(task)
        tasks = await self._attempts.claim(AT_ONCE)
        # Every one ends before an error is raised: a cancelled one could not tell whether it had sent.
        results = await asyncio.gather(*(self._attempt(t) for t in tasks), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return bool(tasks)

    async def _attempt(self, task: Task) -> None:
        message = task.message
        with telemetry.span("smtp.send", parent=task.event.envelope.traceparent, kind=SpanKind.CLIENT):
            try:
                outcome = await self._send(task)
            except NotNow as later:
                if task.tries < self._settings.relay_tries:
                    wait = backoff(task.tries, self._settings.relay_backoff_seconds)
                    await self._attempts.postpone(message, wait)
                    _log.info("tried again later", message_id=str(message.message_id), tries=task.tries)
                    return
                outcome = failed(later.refused)
            await self._attempts.finish(message, outcome)
            await self._tell(replace(task, outcome=outcome))

    async def _send(self, task: Task) -> Outcome:
        message = task.message
        try:
            sender, recipients = envelope(message)
            files = [(a, await self._blobs.get(a.blob)) for a in message.attachments]
            content = compose(message, files, sender_name=self._settings.sender_name, now=self._clock())
        except CannotSend as error:
            return Outcome(DeliveryState.FAILED, f"Not sent: {error}.")
        except BlobMissing:
            return Outcome(DeliveryState.FAILED, "Not sent: an attachment is no longer there.")
        except BlobsAway:
            raise NotNow(Refusal(None, 0, "The store of attachments does not answer.", hard=False)) from None
        return await self._relay.send(sender, recipients, content)

    async def _tell(self, task: Task) -> None:
        assert task.outcome is not None
        events = receipts(task.event.envelope, task.message, task.outcome, self._clock())
        key = str(task.message.conversation_id)
        await self._publisher.publish(*(record(OUTBOUND_RECEIPTS, key, e) for e in events))
        await self._attempts.told(task.message)
