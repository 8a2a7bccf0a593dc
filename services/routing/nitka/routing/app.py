"""The routing service, wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from nitka.events.topics import CONVERSATION_EVENTS
from nitka.routing.api import Parts, router
from nitka.routing.consumers import on_conversations
from nitka.routing.domain import AWAY
from nitka.routing.handlers import let_go
from nitka.routing.settings import RoutingSettings
from nitka.routing.store import SCHEMA, Presences, Queue
from nitka.runtime import consumer, http, logs, postgres
from nitka.runtime.consumer import Consumer
from nitka.runtime.publisher import Publisher

SERVICE = "routing"
_ASSIGN_SECONDS = 5.0
"""Less than a claim lives: what was not answered by then is asked again under the same claim."""
_LOOK_SECONDS = 5.0
_log = logs.get("app")


def create_app(settings: RoutingSettings) -> FastAPI:
    """The application; it connects when it starts."""
    pool = postgres.pool(settings.postgres, SCHEMA, max_size=16)
    publisher = Publisher(settings.kafka, f"nitka-{SERVICE}")
    broker = consumer.create_broker(settings.kafka, SERVICE)
    conversations = http.ServiceClient(settings.conversation_url, settings.secret, timeout=_ASSIGN_SECONDS)
    queue, presences = Queue(pool), Presences(pool)
    events = Consumer(
        broker,
        CONVERSATION_EVENTS,
        on_conversations(queue, publisher),
        group=SERVICE,
        instance=settings.instance,
        publisher=publisher,
        servers=settings.kafka,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with pool:
            await publisher.start()
            await events.load()
            await consumer.start(broker)
            watch = asyncio.create_task(_watch_who_leaves(presences, publisher))
            try:
                yield
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
                await broker.stop()
                await publisher.stop()
                await conversations.close()

    async def database() -> None:
        await postgres.check(pool)

    app = http.create_api(
        SERVICE,
        settings.secret,
        lifespan=lifespan,
        checks={"postgres": database, "kafka": publisher.ready, "consumer": events.ready},
    )
    app.state.parts = Parts(queue, presences, publisher, conversations)
    app.include_router(router)
    return app


async def _watch_who_leaves(presences: Presences, publisher: Publisher) -> None:
    """Not before everybody could be seen: while we were down, nobody was."""
    await asyncio.sleep(AWAY.total_seconds())
    while True:
        try:
            await let_go(presences, publisher, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - looked at again in a moment
            _log.error("who has left could not be recorded; trying again", exc_info=error)
        await asyncio.sleep(_LOOK_SECONDS)
