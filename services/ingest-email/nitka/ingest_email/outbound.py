"""Sending: queued mails leave by the relay at most once, and what became of each is told.

An attempt is marked as being sent before the relay hears of it. A refusal means that nothing left, so it may
be tried again; a connection lost after DATA began means that nobody knows, and it never is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from opentelemetry.trace import SpanKind

from nitka.events import DeliveryState, MessageRequested
from nitka.events.topics import OUTBOUND_RECEIPTS
from nitka.ingest_email.domain.delivery import MEMORY, Outcome, Refusal, failed, joined, pause, receipts
from nitka.ingest_email.domain.fields import CannotSend
from nitka.ingest_email.domain.outgoing import compose, envelope, redirect
from nitka.ingest_email.relay import NotNow, Relay
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.ingest_email.store import Attempts, Task
from nitka.runtime import logs, telemetry
from nitka.runtime.blobs import BlobMissing, Blobs, BlobsAway
from nitka.runtime.consumer import TRANSIENT
from nitka.runtime.publisher import Publisher, record

AT_ONCE = 8
IDLE_SECONDS = 5.0
"""How often due retries are looked for when nothing wakes the sender."""

FORGET_SECONDS = 3600.0

_log = logs.get("outbound")


class Sender:
    """Works through the queue of attempts until it is stopped."""

    def __init__(
        self,
        settings: IngestEmailSettings,
        attempts: Attempts,
        blobs: Blobs,
        publisher: Publisher,
        relay: Relay,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings, self._attempts, self._blobs = settings, attempts, blobs
        self._publisher, self._relay, self._clock = publisher, relay, clock
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
                recovered = False
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
        try:
            async with asyncio.timeout(min(IDLE_SECONDS, self._settings.relay_backoff_seconds)):
                await self._news.wait()
        except TimeoutError:
            return

    async def _round(self) -> bool:
        await self._attempts.expire()
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
        only = task.message.only
        with telemetry.span("smtp.send", parent=task.event.envelope.traceparent, kind=SpanKind.CLIENT):
            try:
                found = await self._send(task)
            except NotNow as error:
                if await self._postponed(task, error.refused, task.outcome, only):
                    return
                found = failed(error.refused)
            outcome = joined(task.outcome, found, only)
            if later := outcome.later:
                left = [r.recipient for r in later if r.recipient]
                if await self._postponed(task, later[0], outcome.without(later), left):
                    return
            await _kept(lambda: self._attempts.finish(task.message, outcome))
            await self._tell(replace(task, outcome=outcome))

    async def _postponed(self, task: Task, refused: Refusal, known: Outcome | None, left: Sequence[str]) -> bool:
        """Put the mail off for those who are left (none: for all), if it may be tried again.

        What is `known` of the others is told at once, and again after every try: a crash may come between.
        """
        tries = task.tries if refused.of_relay else task.tries + 1
        first, most = self._settings.relay_backoff_seconds, self._settings.relay_tries
        seconds = pause(refused, self._clock() - task.queued_at, tries, first=first, most=most)
        if seconds is None:
            return False
        await _kept(lambda: self._attempts.postpone(task.message, seconds, tries, known, left))
        _log.info("tried again later", message_id=str(task.message.message_id), tries=tries)
        if known is not None:
            await self._publish(task, known)
        return True

    async def _send(self, task: Task) -> Outcome:
        message = task.message
        try:
            sender, recipients = envelope(message)
            content = await self._content(message)
        except CannotSend as error:
            return Outcome(DeliveryState.FAILED, f"Not sent: {error}.")
        except BlobMissing:
            what = "the original mail" if message.redirect_of else "an attachment"
            return Outcome(DeliveryState.FAILED, f"Not sent: {what} is no longer there.")
        except BlobsAway:
            raise NotNow(Refusal(None, 0, "The store of attachments does not answer.", hard=False)) from None
        return await self._relay.send(sender, recipients, content)

    async def _content(self, message: MessageRequested) -> bytes:
        """The bytes for DATA. Raises CannotSend, BlobMissing, BlobsAway."""
        name, now = self._settings.sender_name, self._clock()
        if message.redirect_of is not None:
            original = await self._blobs.get(message.redirect_of)
            return await asyncio.to_thread(redirect, message, original, sender_name=name, now=now)
        files = [(a, await self._blobs.get(a.blob)) for a in message.attachments]
        return await asyncio.to_thread(compose, message, files, sender_name=name, now=now)

    async def _tell(self, task: Task) -> None:
        assert task.outcome is not None
        await self._publish(task, task.outcome)
        await self._attempts.told(task.message)

    async def _publish(self, task: Task, outcome: Outcome) -> None:
        events = receipts(task.event.envelope, task.message, outcome, self._clock())
        key = str(task.message.conversation_id)
        await self._publisher.publish(*(record(OUTBOUND_RECEIPTS, key, e) for e in events))


async def forget_old(attempts: Attempts, clock: Callable[[], datetime]) -> None:
    """Remove attempts that are older than any request that would still be sent; with a day to spare."""
    while True:
        try:
            await attempts.forget(clock() - MEMORY - timedelta(days=1))
        except TRANSIENT as error:
            _log.warning("waiting for a dependency", error=type(error).__name__)
        await asyncio.sleep(FORGET_SECONDS)


async def _kept(write: Callable[[], Awaitable[None]]) -> None:
    """Write down what became of a mail; waits for the database as long as it takes, since nobody else knows."""
    while True:
        try:
            return await write()
        except TRANSIENT as error:
            _log.warning("waiting to write down an outcome", error=type(error).__name__)
            await asyncio.sleep(1)
