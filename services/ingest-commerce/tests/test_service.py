"""The whole service against the real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from nitka.events.topics import COMMERCE_EVENTS
from nitka.events.wire import parse
from nitka.ingest_commerce.app import create_app
from nitka.ingest_commerce.settings import IngestCommerceSettings

pytestmark = pytest.mark.stack

KEY = "commerce-key-0123456789"


@asynccontextmanager
async def running(settings: IngestCommerceSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    headers = {"authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client,
    ):
        yield client


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> IngestCommerceSettings:
    return IngestCommerceSettings(
        secret=SecretStr("x" * 32), kafka=kafka, data=tmp_path, commerce_key=SecretStr(KEY)
    )


def visit() -> dict[str, object]:
    return {"visit_id": uuid4().hex, "customer": {"id": "7"}, "at": "2026-03-01T09:00:00Z"}


async def published(kafka: str, wanted: set[UUID]) -> list[UUID]:
    """Ids of the wanted events in the order of the topic, once all are there."""
    consumer = AIOKafkaConsumer(COMMERCE_EVENTS.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[UUID] = []
    try:
        async with asyncio.timeout(40):
            while not wanted <= set(found):
                event_id = parse(COMMERCE_EVENTS, (await consumer.getone()).value).envelope.event_id
                found += [event_id] if event_id in wanted else []
    finally:
        await consumer.stop()
    return found


async def test_accepted_means_published(settings: IngestCommerceSettings) -> None:
    async with running(settings) as client:
        async with asyncio.timeout(40):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        response = await client.post("/v1/shops/main/visits", json=[visit() for _ in range(20)])
    ids = [UUID(i) for i in response.json()["event_ids"]]
    assert await published(settings.kafka, set(ids)) == ids


async def test_what_came_while_kafka_was_away_follows_after_a_restart(
    settings: IngestCommerceSettings,
) -> None:
    ids = []
    async with running(settings.model_copy(update={"kafka": "127.0.0.1:9"})) as client:
        for _ in range(3):
            response = await client.post("/v1/shops/main/visits", json=visit())
            assert response.status_code == 202
            ids += [UUID(i) for i in response.json()["event_ids"]]
    async with running(settings):
        assert await published(settings.kafka, set(ids)) == ids
