"""The way of a received mail, whatever brought it: raw source and files into the blob store, then Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from opentelemetry.trace import SpanKind

from nitka.events import Actor, ActorKind, MessageReceived, envelope
from nitka.events.topics import INBOUND_MESSAGES
from nitka.ingest_email.domain.addresses import Inboxes
from nitka.ingest_email.domain.message import Envelope, Incoming, read
from nitka.runtime import telemetry
from nitka.runtime.blobs import Blobs
from nitka.runtime.publisher import Publisher, Record, record

THREAD_FROM = 128 * 1024
"""Bytes from which on reading a mail is worth a thread; below, the hop costs more than the work."""


class Reception:
    """Takes mails in. When `take` returns, blob store and Kafka have everything of the mail."""

    def __init__(
        self, blobs: Blobs, publisher: Publisher, inboxes: Inboxes, clock: Callable[[], datetime]
    ) -> None:
        self._blobs, self._publisher, self._clock = blobs, publisher, clock
        self.inboxes = inboxes

    async def take(self, raw: bytes, arrived: Envelope, accounts: Iterable[str], *, via: str) -> list[UUID]:
        """Store and publish a mail for each of these inboxes; repeatable, the event ids stay the same.

        Raises BlobsAway or PublishError when it could not be made durable.
        """
        with telemetry.span(f"{via}.receive", kind=SpanKind.SERVER, size=len(raw)):
            raw_blob = await self._blobs.put(raw)
            incoming = await self._read(raw, arrived)
            stored = await asyncio.gather(*(self._blobs.put(f.content) for f in incoming.files))
            attachments = [f.stored(blob) for f, blob in zip(incoming.files, stored, strict=True)]
            events = [
                self._record(incoming, incoming.message(a, self.inboxes, raw_blob, attachments), a)
                for a in dict.fromkeys(accounts)
            ]
            await self._publisher.publish(*(r for _, r in events))
            return [event_id for event_id, _ in events]

    async def _read(self, raw: bytes, arrived: Envelope) -> Incoming:
        if len(raw) < THREAD_FROM:
            return read(raw, arrived)
        return await asyncio.to_thread(read, raw, arrived)

    def _record(self, incoming: Incoming, message: MessageReceived, account: str) -> tuple[UUID, Record]:
        event = envelope(
            message,
            event_id=incoming.event_id(account),
            actor=Actor(kind=ActorKind.CUSTOMER, id=message.sender.key),
            occurred_at=incoming.occurred_at,
            recorded_at=self._clock(),
            traceparent=telemetry.current_traceparent(),
        )
        key = f"{account}|{message.thread.external_thread}"
        return event.event_id, record(INBOUND_MESSAGES, key, event)
