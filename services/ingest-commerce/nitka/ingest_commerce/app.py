"""Where the parts of the shops' endpoint are put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from nitka.channel.intake import Intake
from nitka.channel.spool import Spool
from nitka.ingest_commerce import api
from nitka.ingest_commerce.outbox import Commerce
from nitka.ingest_commerce.settings import IngestCommerceSettings
from nitka.runtime.http import create_api
from nitka.runtime.publisher import Publisher

NAME = "ingest-commerce"


def create_app(settings: IngestCommerceSettings) -> FastAPI:
    """The application. Orders and visits are accepted from the first moment, whether Kafka answers or not."""
    publisher = Publisher(settings.kafka, f"nitka-{NAME}-{settings.instance}")
    spool = Spool(settings.data / "spool" / f"{NAME}-{settings.instance}", max_bytes=settings.spool_bytes)
    intake = Intake(spool, Commerce(publisher).deliver)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        background = [asyncio.create_task(publisher.start()), asyncio.create_task(intake.run())]
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await publisher.stop()
            spool.close()

    app = create_api(
        NAME,
        settings.secret,
        lifespan=lifespan,
        checks={"kafka": publisher.ready},
        description="Orders and visits from any shop.",
        docs=True,
    )
    app.include_router(api.router(intake, settings.commerce_key))
    api.describe_bodies(app)
    return app
