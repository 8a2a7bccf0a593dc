"""The e-mail service, wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from nitka.events.topics import OUTBOUND_MESSAGES
from nitka.ingest_email import api
from nitka.ingest_email.consumers import on_outbound
from nitka.ingest_email.domain.addresses import Inboxes
from nitka.ingest_email.imap import Poller
from nitka.ingest_email.outbound import Sender, forget_old
from nitka.ingest_email.reception import Reception
from nitka.ingest_email.relay import Relay
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.ingest_email.smtp import SmtpServer
from nitka.ingest_email.store import SCHEMA, Attempts, Mailboxes
from nitka.runtime import consumer, http, postgres
from nitka.runtime.blobs import Blobs
from nitka.runtime.consumer import Consumer
from nitka.runtime.publisher import Publisher

SERVICE = "ingest-email"


def create_app(settings: IngestEmailSettings) -> FastAPI:
    """The application. SMTP listens from the first moment: without Kafka it answers 451."""
    pool = postgres.pool(settings.postgres, SCHEMA, max_size=8 + 2 * len(settings.imap_accounts))
    publisher = Publisher(settings.kafka, f"nitka-{SERVICE}-{settings.instance}")
    blobs = Blobs(settings.blobs)
    reception = Reception(blobs, publisher, Inboxes(settings.inboxes, settings.unknown_recipients), _now)
    smtp = SmtpServer(settings, reception, _now)
    attempts = Attempts(pool, settings.instance)
    relay = Relay(settings, _now)
    sender = Sender(settings, attempts, blobs, publisher, relay, _now)
    pollers = [
        Poller(
            account,
            Mailboxes(pool),
            reception,
            _now,
            every=settings.imap_poll_seconds,
            max_bytes=settings.smtp_max_bytes,
        )
        for account in settings.imap_accounts
    ]
    broker = consumer.create_broker(settings.kafka, SERVICE)
    outbound = Consumer(
        broker,
        OUTBOUND_MESSAGES,
        on_outbound(attempts, sender.wake, _now),
        group=SERVICE,
        instance=settings.instance,
        publisher=publisher,
        servers=settings.kafka,
    )
    consuming = asyncio.Event()

    async def work() -> None:
        await publisher.start()
        await outbound.load()
        await consumer.start(broker)
        consuming.set()
        await asyncio.gather(sender.run(), forget_old(attempts, _now), *(p.run() for p in pollers))

    async def outbound_ready() -> None:
        if not consuming.is_set() or background.done():
            raise RuntimeError("not consuming")
        await outbound.ready()

    background: asyncio.Task[None]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        nonlocal background
        await pool.open()
        await smtp.start()
        background = asyncio.create_task(work())
        try:
            yield
        finally:
            await smtp.stop()
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            await broker.stop()
            await publisher.stop()
            await pool.close()

    async def database() -> None:
        await postgres.check(pool)

    app = http.create_api(
        SERVICE,
        settings.secret,
        lifespan=lifespan,
        checks={"kafka": publisher.ready, "postgres": database, "smtp": smtp.ready, "outbound": outbound_ready},
        description="E-mail in (SMTP, IMAP) and out (SMTP relay).",
    )
    app.include_router(api.router(pollers, relay, attempts))
    return app


def _now() -> datetime:
    return datetime.now(UTC)
