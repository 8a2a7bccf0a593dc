"""Where the parts of the customer profile are put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from nitka.customer_profile import api, store
from nitka.customer_profile.consumers import Profiles
from nitka.customer_profile.outbox import Relay
from nitka.customer_profile.settings import CustomerProfileSettings
from nitka.events.topics import COMMERCE_EVENTS, CONVERSATION_EVENTS
from nitka.runtime import consumer, logs, postgres
from nitka.runtime.http import create_api
from nitka.runtime.publisher import Publisher

NAME = "customer-profile"

_TIMER, _HOUR = 5.0, 3600.0
_log = logs.get("app")


def create_app(settings: CustomerProfileSettings) -> FastAPI:
    """The application."""
    pool = postgres.pool(settings.postgres, store.SCHEMA)
    publisher = Publisher(settings.kafka, f"nitka-{NAME}-{settings.instance}")
    relay = Relay(pool, publisher)
    profiles = Profiles(pool, relay)
    broker = consumer.create_broker(settings.kafka, NAME)
    consumers = [
        consumer.Consumer(
            broker,
            topic,
            profiles.handle,
            group=NAME,
            instance=settings.instance,
            publisher=publisher,
            servers=settings.kafka,
            max_delay=0.25,
        )
        for topic in (CONVERSATION_EVENTS, COMMERCE_EVENTS)
    ]
    background: list[asyncio.Task[None]] = []

    async def working() -> None:
        for task in background:
            if task.done():
                raise RuntimeError(f"{task.get_name()} has ended")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await pool.open()
        await publisher.start()
        for one in consumers:
            await one.load()
        await consumer.start(broker)
        background.extend(
            [
                asyncio.create_task(relay.run(), name="relay"),
                asyncio.create_task(_forever(profiles.pass_time, _TIMER), name="timer"),
                asyncio.create_task(_forever(profiles.forget_seen, _HOUR), name="memory"),
            ]
        )
        try:
            yield
        finally:
            await broker.stop()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await publisher.stop()
            await pool.close()

    app = create_api(
        NAME,
        settings.secret,
        lifespan=lifespan,
        checks={
            "kafka": publisher.ready,
            "postgres": lambda: postgres.check(pool),
            "background": working,
            **{one.topic.name: one.ready for one in consumers},
        },
        description="Who wrote: contact points, orders and activity of one customer.",
    )
    app.include_router(api.router(store.Cards(pool)))
    return app


async def _forever(step: Callable[[datetime], Awaitable[int]], pause: float) -> None:
    """Do a step again and again; at once while it has something to do, else after `pause` seconds."""
    while True:
        try:
            while await step(datetime.now(UTC)):
                pass
        except consumer.TRANSIENT as error:
            _log.warning("waiting for a dependency", error=type(error).__name__)
        await asyncio.sleep(pause)
