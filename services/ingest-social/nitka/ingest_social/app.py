"""Where the parts of the social channels are put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from nitka.channel.intake import Intake
from nitka.channel.spool import Spool
from nitka.events.topics import OUTBOUND_MESSAGES
from nitka.ingest_social import api, store
from nitka.ingest_social.consumers import BATCH, Sender
from nitka.ingest_social.graph import GraphApi
from nitka.ingest_social.outbox import Inbound
from nitka.ingest_social.settings import IngestSocialSettings
from nitka.runtime import consumer, postgres
from nitka.runtime.blobs import Blobs
from nitka.runtime.http import create_api
from nitka.runtime.publisher import Publisher

NAME = "ingest-social"


def create_app(settings: IngestSocialSettings) -> FastAPI:
    """The application. Webhooks are accepted from the first moment, whether Kafka and PostgreSQL answer or not."""
    pool = postgres.pool(settings.postgres, store.SCHEMA)
    publisher = Publisher(settings.kafka, f"nitka-{NAME}-{settings.instance}")
    graph = GraphApi(settings.whatsapp_graph_url, settings.whatsapp_token)
    spool = Spool(settings.data / "spool" / f"{NAME}-{settings.instance}", max_bytes=settings.spool_bytes)
    intake = Intake(spool, Inbound(publisher, Blobs(settings.blobs)).deliver)
    broker = consumer.create_broker(settings.kafka, NAME)
    outbound = consumer.Consumer(
        broker,
        OUTBOUND_MESSAGES,
        Sender(store.Attempts(pool), graph, publisher).handle,
        group=NAME,
        instance=settings.instance,
        publisher=publisher,
        servers=settings.kafka,
        max_records=BATCH,
    )

    consuming = asyncio.Event()

    async def consume() -> None:
        await publisher.start()
        await outbound.load()
        await consumer.start(broker)
        consuming.set()

    async def outbound_ready() -> None:
        if not consuming.is_set():
            raise RuntimeError("not consuming yet")
        await outbound.ready()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await pool.open()
        background = [asyncio.create_task(consume()), asyncio.create_task(intake.run())]
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await broker.stop()
            await publisher.stop()
            await graph.close()
            await pool.close()
            spool.close()

    app = create_api(
        NAME,
        settings.secret,
        lifespan=lifespan,
        checks={"kafka": publisher.ready, "postgres": lambda: postgres.check(pool), "outbound": outbound_ready},
        description="Social channels by webhook.",
    )
    app.include_router(api.router(intake, settings.whatsapp_app_secret, settings.whatsapp_verify_token))
    return app
