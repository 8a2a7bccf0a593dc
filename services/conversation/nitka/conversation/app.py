"""The composition root: the only place where the parts of the conversation service are wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from nitka.api import images
from nitka.conversation import consumers
from nitka.conversation.api import routes
from nitka.conversation.api.access import Context
from nitka.conversation.handlers.background import BATCH, do_what_is_due, forget_old
from nitka.conversation.handlers.erasure import forget_files
from nitka.conversation.handlers.language import detect
from nitka.conversation.outbox import Outbox, Relay
from nitka.conversation.outbox.words import WORDS
from nitka.conversation.settings import ConversationSettings
from nitka.conversation.store.events import EventLog, open_log
from nitka.conversation.store.personal import Personal
from nitka.conversation.store.queries import Queries
from nitka.conversation.store.schema import SCHEMA
from nitka.conversation.store.search_index import SearchIndex
from nitka.conversation.store.settings import meet_inbox
from nitka.conversation.store.settings_changes import Settings
from nitka.events import Channel
from nitka.events.topics import CUSTOMER_EVENTS, INBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.runtime import consumer, http, logs, postgres
from nitka.runtime.blobs import Blobs
from nitka.runtime.consumer import Consumer
from nitka.runtime.publisher import Publisher
from nitka.runtime.tokens import derived_key

SERVICE = "conversation"
_CLOCK_SECONDS, _TIDY_SECONDS = 0.5, 600.0
_log = logs.get("app")


def create_app(settings: ConversationSettings) -> FastAPI:
    """The service: consumers, relay, snooze timer and HTTP API over one event log."""
    token_key = derived_key(settings.secret, "conversation-token")
    images_key = derived_key(settings.secret, images.PURPOSE)
    pool = postgres.pool(settings.postgres, SCHEMA)
    publisher = Publisher(settings.kafka, f"nitka-{SERVICE}")
    broker = consumer.create_broker(settings.kafka, SERVICE)
    blobs = Blobs(settings.blobs)
    consuming: list[Consumer] = []
    relaying: list[Relay] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        with open_log(settings.postgres) as log:
            with log.writing() as cursor:
                for address in settings.inboxes:
                    meet_inbox(cursor, address, Channel.EMAIL)
            async with pool:
                await publisher.start()
                for topic, handler, max_delay in (
                    (INBOUND_MESSAGES, consumers.on_inbound(log, token_key), 0.03),
                    (OUTBOUND_RECEIPTS, consumers.on_receipts(log), 0.1),
                    (CUSTOMER_EVENTS, consumers.on_customers(log), 0.5),
                ):
                    consuming.append(
                        Consumer(
                            broker,
                            topic,
                            handler,
                            group=SERVICE,
                            instance=settings.instance,
                            publisher=publisher,
                            servers=settings.kafka,
                            max_delay=max_delay,
                        )
                    )
                await asyncio.gather(*(c.load() for c in consuming))
                await consumer.start(broker)
                rating_url = f"{settings.public_url or settings.gateway_url}/rate/"
                outbox = Outbox(token_key, rating_url, WORDS[settings.language], detect)
                relaying.append(Relay(settings.postgres, log, publisher, outbox))
                tasks = [
                    asyncio.create_task(relaying[0].run()),
                    asyncio.create_task(_watch_the_clock(log)),
                    asyncio.create_task(_tidy(log, blobs)),
                    asyncio.create_task(SearchIndex(settings.postgres).run()),
                ]
                app.state.context = Context(
                    log, Queries(pool), Personal(pool), Settings(pool), blobs, token_key, images_key
                )
                try:
                    yield
                finally:
                    await broker.stop()
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
                    await publisher.stop()

    async def ready_streams() -> None:
        for check in (*(c.ready for c in consuming), *(r.ready for r in relaying)):
            await check()

    app = http.create_api(
        SERVICE,
        settings.secret,
        lifespan=lifespan,
        checks={
            "postgres": lambda: postgres.check(pool),
            "kafka": publisher.ready,
            "streams": ready_streams,
        },
    )
    app.include_router(routes.router)
    return app


async def _watch_the_clock(log: EventLog) -> None:
    """Look every half second for snoozes and holds that have ended, and for questions that are to be asked; what
    was due while we were down is due at the next look."""
    while True:
        done = 0
        try:
            done = await asyncio.to_thread(do_what_is_due, log, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - the clock must outlive any trouble
            _log.error("the clock failed; trying again", exc_info=error)
        if done < BATCH:
            await asyncio.sleep(_CLOCK_SECONDS)


async def _tidy(log: EventLog, blobs: Blobs) -> None:
    """Forget every ten minutes what is old enough, in batches between which others write."""
    while True:
        now, done = datetime.now(UTC), 0
        try:
            done = await asyncio.to_thread(forget_old, log, now)
            done = max(done, await forget_files(log, blobs, now, BATCH))
        except Exception as error:  # noqa: BLE001 - it is tidied later
            _log.error("nothing could be tidied; trying again", exc_info=error)
        await asyncio.sleep(_CLOCK_SECONDS if done >= BATCH else _TIDY_SECONDS)
