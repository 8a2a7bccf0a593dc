"""The composition root of the reporting service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from nitka.reporting.api import reports as reports_api
from nitka.reporting.api.door import create_door
from nitka.reporting.consumers import consumers
from nitka.reporting.domain.facts import Pseudonyms
from nitka.reporting.settings import ReportingSettings
from nitka.reporting.store.clickhouse import ClickHouse
from nitka.reporting.store.door import Door
from nitka.reporting.store.reports import Reports
from nitka.reporting.store.tables import Facts
from nitka.runtime.consumer import create_broker, start
from nitka.runtime.http import create_api
from nitka.runtime.publisher import Publisher
from nitka.runtime.tokens import derived_key


def create_app(settings: ReportingSettings) -> FastAPI:
    """Consumers, report API and, with the embedded engine, the analysts' door."""
    writer, reader = ClickHouse(settings.clickhouse, "writer"), ClickHouse(settings.clickhouse, "reader")
    publisher = Publisher(settings.kafka, "nitka-reporting")
    broker = create_broker(settings.kafka, "reporting")
    pseudonyms = Pseudonyms(derived_key(settings.secret, "reporting-pseudonyms"))
    reading = consumers(broker, publisher, settings.kafka, settings.instance, Facts(writer), pseudonyms)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await writer.open()
        await reader.open()
        async with _door(settings):
            await publisher.start()
            for consumer in reading:
                await consumer.load()
            await start(broker)
            yield
            await broker.stop()
            await publisher.stop()
        await reader.close()
        await writer.close()

    checks = {
        "clickhouse": reader.ready,
        "kafka": publisher.ready,
        **{f"consumer {c.topic.name}": c.ready for c in reading},
    }
    app = create_api("reporting", settings.secret, lifespan=lifespan, checks=checks)
    app.state.reports = Reports(reader)
    app.include_router(reports_api.router)
    return app


class _Server(uvicorn.Server):
    """A second HTTP server of this process: the first one alone listens to signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def _door(settings: ReportingSettings) -> AsyncGenerator[None]:
    """Keep the analysts' door open, when there is one. Raises OSError when its port is taken."""
    if settings.analyst_password is None or not settings.embedded:
        yield
        return
    door = Door(settings.clickhouse)
    await door.open()
    server = _Server(
        uvicorn.Config(
            create_door(door, settings.analyst_password),
            host=settings.host,
            port=settings.clickhouse_port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        await door.close()
