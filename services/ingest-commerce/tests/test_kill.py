"""Real processes: what was answered 202 arrives, though Kafka hung and the service was killed."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from nitka.events.topics import COMMERCE_EVENTS
from nitka.events.wire import parse

pytestmark = [pytest.mark.stack, pytest.mark.faults]

KEY = "commerce-key-0123456789"


def send(client: httpx.Client, count: int) -> list[str]:
    """Event ids of visits that were accepted."""
    ids: list[str] = []
    for _ in range(count):
        visit = {"visit_id": uuid4().hex, "customer": {"id": "7"}, "at": "2026-03-01T09:00:00Z"}
        response = client.post("/v1/shops/main/visits", json=visit)
        assert response.status_code == 202
        ids += response.json()["event_ids"]
    return ids


async def published(kafka: str, wanted: set[str]) -> list[str]:
    """Wanted ids in the order in which they first appear, once all are there."""
    consumer = AIOKafkaConsumer(COMMERCE_EVENTS.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: dict[str, None] = {}
    try:
        async with asyncio.timeout(60):
            while not wanted <= found.keys():
                found[str(parse(COMMERCE_EVENTS, (await consumer.getone()).value).envelope.event_id)] = None
    finally:
        await consumer.stop()
    return [i for i in found if i in wanted]


def test_a_kill_while_kafka_hangs_loses_nothing(services: Any) -> None:
    services.start("ingest_commerce", env={"NITKA_COMMERCE_KEY": KEY})
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=services.url("ingest_commerce"), headers=headers, timeout=10) as client:
        accepted = send(client, 5)
        services.pause("kafka")
        try:
            accepted += send(client, 5)
            services.kill("ingest_commerce")
        finally:
            services.resume("kafka")
        services.restart("ingest_commerce")
        accepted += send(client, 5)
    assert asyncio.run(published(services.kafka, set(accepted))) == accepted
    spool = services.home / "spool" / "ingest-commerce-0"
    deadline = time.monotonic() + 20
    while list(spool.glob("*.entry")):
        assert time.monotonic() < deadline, "a delivered entry stays in the spool"
        time.sleep(0.1)
