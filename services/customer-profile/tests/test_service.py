"""The whole service on the real broker and database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from nitka.customer_profile import store
from nitka.customer_profile.app import create_app
from nitka.customer_profile.settings import CustomerProfileSettings
from nitka.events import CustomerIdentified, SegmentChanged
from nitka.events.topics import COMMERCE_EVENTS, CONVERSATION_EVENTS, CUSTOMER_EVENTS
from nitka.events.wire import parse
from nitka.runtime.publisher import Publisher, record
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.stack

SECRET = SecretStr("x" * 32)


@asynccontextmanager
async def running(kafka: str, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(CustomerProfileSettings(secret=SECRET, kafka=kafka, postgres=dsn, instance=uuid4().hex))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


def acting(role: Role = Role.AGENT) -> dict[str, str]:
    return {"authorization": f"Bearer {issue(SECRET, Caller(id='a', role=role))}"}


async def test_from_kafka_to_the_panel_and_back_to_kafka(kafka: str, postgres_dsn: str, told: Any) -> None:
    store.migrate(postgres_dsn)
    address = f"email:{uuid4().hex}@example.com"
    now = datetime.now(UTC)
    publisher = Publisher(kafka, "test")
    await publisher.start()
    await publisher.publish(
        record(CONVERSATION_EVENTS, "1", told.message(1, address, now, name="Ann").event.envelope),
        record(COMMERCE_EVENTS, "1", told.order("1", "129.90", now, address).event.envelope),
        record(COMMERCE_EVENTS, "1", told.visit(now, address).event.envelope),
    )
    await publisher.stop()
    async with running(kafka, postgres_dsn) as client:
        assert (await client.get("/readyz")).status_code == 200
        async with asyncio.timeout(40):
            while not complete(card := await lookup(client, address)):
                await asyncio.sleep(0.05)
        assert card["order_value"] == [{"amount": "129.90", "currency": "PLN"}]
        customer_id = UUID(card["id"])
        found = await announced(kafka, customer_id)
        by_id = await client.get(f"/customers/{customer_id}", headers=acting(Role.SERVICE))
        assert by_id.json()["id"] == str(customer_id)
        (hit,) = (await client.get("/customers", params={"q": address[6:20]}, headers=acting())).json()
        assert hit["id"] == str(customer_id)
    assert any(isinstance(p, CustomerIdentified) and p.contacts[0].key == address for p in found)


async def lookup(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    response = await client.get("/customers/lookup", params={"contact": address}, headers=acting())
    return response.json() if response.status_code == 200 else {}


def complete(card: dict[str, Any]) -> bool:
    return bool(card) and (card["name"], card["orders"], card["segment"]) == ("Ann", 1, "active")


async def announced(kafka: str, customer_id: UUID) -> list[Any]:
    """What was published of a customer, up to the change of segment."""
    consumer = AIOKafkaConsumer(CUSTOMER_EVENTS.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(40):
            while not any(isinstance(p, SegmentChanged) for p in found):
                got = await consumer.getone()
                if got.key == str(customer_id).encode():
                    found.append(parse(CUSTOMER_EVENTS, got.value).payload)
    finally:
        await consumer.stop()
    return found


async def test_who_may_read_what(kafka: str, postgres_dsn: str) -> None:
    store.migrate(postgres_dsn)
    async with running(kafka, postgres_dsn) as client:
        paths = ["/customers/lookup?contact=email:a@b.c", f"/customers/{uuid4()}", "/customers?q=ann"]
        for path in paths:
            assert (await client.get(path)).status_code == 401
            assert (await client.get(path, headers=acting(Role.ANALYST))).status_code == 403
        for path in paths[:2]:
            assert (await client.get(path, headers=acting())).status_code == 404
        bad = await client.get("/customers/lookup?contact=pigeon:7", headers=acting())
        assert (bad.status_code, bad.json()["code"]) == (422, "invalid_contact")
        for text in ("\x00\x00", "a\x00"):
            found = await client.get("/customers", params={"q": text}, headers=acting())
            assert found.status_code == 200
