"""The whole service against the real broker, database and a Graph API over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from nitka.events import (
    SYSTEM,
    Channel,
    ContactKind,
    ContactPoint,
    Event,
    MessageReceipt,
    MessageReceived,
    MessageRequested,
    RatingAsk,
    RatingReceived,
    Topic,
    envelope,
    parse,
)
from nitka.events.topics import INBOUND_MESSAGES, OUTBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.ingest_social import store
from nitka.ingest_social.app import create_app
from nitka.ingest_social.settings import IngestSocialSettings
from nitka.runtime.blobs import Blobs
from nitka.runtime.publisher import Publisher, record

pytestmark = pytest.mark.stack

SECRET = "app-secret"
Build = Callable[..., bytes]


@asynccontextmanager
async def running(settings: IngestSocialSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def settings(kafka: str, postgres_dsn: str, graph: Any, tmp_path: Path) -> IngestSocialSettings:
    store.migrate(postgres_dsn)
    return IngestSocialSettings(
        secret=SecretStr("x" * 32),
        kafka=kafka,
        postgres=postgres_dsn,
        blobs=f"file://{tmp_path}/blobs",
        data=tmp_path,
        instance=uuid4().hex,
        whatsapp_app_secret=SecretStr(SECRET),
        whatsapp_token=SecretStr("graph-token"),
        whatsapp_graph_url=graph.url,
    )


async def post(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return await client.post(
        "/webhooks/whatsapp", content=body, headers={"x-hub-signature-256": f"sha256={signature}"}
    )


async def events(kafka: str, topic: Topic, wanted: Callable[[Event], bool], count: int = 1) -> list[Event]:
    """The first `count` events of a topic that are wanted."""
    consumer = AIOKafkaConsumer(topic.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Event] = []
    try:
        async with asyncio.timeout(40):
            while len(found) < count:
                event = parse(topic, (await consumer.getone()).value)
                found += [event] if wanted(event) else []
    finally:
        await consumer.stop()
    return found


def text_message(wamid: str) -> dict[str, Any]:
    body = {"from": "48600100200", "timestamp": "1767225600", "type": "text", "text": {"body": wamid}}
    return {"id": wamid, **body}


def from_wamid(*wamids: str) -> Callable[[Event], bool]:
    return lambda e: isinstance(e.payload, MessageReceived) and e.payload.external_id in wamids


async def test_a_message_is_on_kafka_when_200_is_said(settings: IngestSocialSettings, payload: Build) -> None:
    wamid = f"wamid.{uuid4()}"
    body = payload(messages=[text_message(wamid)])
    async with running(settings) as client:
        await until_ready(client)
        assert (await post(client, body)).status_code == 200
        (event,) = await events(settings.kafka, INBOUND_MESSAGES, from_wamid(wamid))
    assert isinstance(event.payload, MessageReceived)
    assert event.payload.raw_blob
    assert await Blobs(settings.blobs).get(event.payload.raw_blob) == body


async def test_while_kafka_is_away_it_answers_and_hands_over_later(
    settings: IngestSocialSettings, payload: Build
) -> None:
    wamids = [f"wamid.{uuid4()}" for _ in range(3)]
    async with running(settings.model_copy(update={"kafka": "127.0.0.1:9"})) as client:
        for wamid in wamids:
            assert (await post(client, payload(messages=[text_message(wamid)]))).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
    async with running(settings):
        found = await events(settings.kafka, INBOUND_MESSAGES, from_wamid(*wamids), len(wamids))
    assert [e.payload.external_id for e in found if isinstance(e.payload, MessageReceived)] == wamids


async def test_an_answer_leaves_and_its_receipts_come_back(
    settings: IngestSocialSettings, graph: Any, payload: Build
) -> None:
    message = MessageRequested(
        conversation_id=uuid4(),
        message_id=uuid4(),
        channel=Channel.WHATSAPP,
        account="555001",
        to=(ContactPoint(kind=ContactKind.PHONE, value="+48600100200"),),
        text="On its way.",
        external_id="unused",
    )
    now = datetime.now(UTC)
    event = envelope(message, event_id=uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
    publisher = Publisher(settings.kafka, "test")
    await publisher.start()
    await publisher.publish(record(OUTBOUND_MESSAGES, str(message.conversation_id), event))
    await publisher.stop()

    def ours(e: Event) -> bool:
        return isinstance(e.payload, MessageReceipt) and e.payload.message_id == message.message_id

    async with running(settings) as client:
        (sent,) = await events(settings.kafka, OUTBOUND_RECEIPTS, ours)
        assert isinstance(sent.payload, MessageReceipt)
        assert (sent.payload.state, sent.payload.provider_id) == ("sent", "wamid.1")
        assert sent.envelope.causation_id == event.event_id
        (asked,) = [r for r in graph.requests if str(message.message_id) in r[2]["biz_opaque_callback_data"]]
        status = {"id": "wamid.1", "status": "delivered", "timestamp": "1767225600"}
        tracked = status | {"biz_opaque_callback_data": asked[2]["biz_opaque_callback_data"]}
        assert (await post(client, payload(statuses=[tracked]))).status_code == 200
        both = await events(settings.kafka, OUTBOUND_RECEIPTS, ours, 2)
    assert [e.payload.state for e in both if isinstance(e.payload, MessageReceipt)] == ["sent", "delivered"]


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(40):
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


async def test_a_blob_store_that_is_away_is_waited_for(
    settings: IngestSocialSettings, payload: Build, tmp_path: Path
) -> None:
    wamid = f"wamid.{uuid4()}"
    blobs = tmp_path / "blobs"
    async with running(settings) as client:
        await until_ready(client)
        blobs.rmdir()
        blobs.write_text("no folder")
        assert (await post(client, payload(messages=[text_message(wamid)]))).status_code == 200
        blobs.unlink()
        blobs.mkdir()
        (event,) = await events(settings.kafka, INBOUND_MESSAGES, from_wamid(wamid))
    assert isinstance(event.payload, MessageReceived)
    assert not list(tmp_path.rglob("*.set-aside"))


async def test_a_rating_is_asked_and_chosen(settings: IngestSocialSettings, graph: Any, payload: Build) -> None:
    """Out as Meta's API wants it, back as its webhook tells it, the same token in both."""
    token = f"t-{uuid4().hex}"
    message = MessageRequested(
        conversation_id=uuid4(),
        message_id=uuid4(),
        channel=Channel.WHATSAPP,
        account="555001",
        to=(ContactPoint(kind=ContactKind.PHONE, value="+48600100200"),),
        text="How did we do?",
        external_id="unused",
        automatic=True,
        rating=RatingAsk(question="How did we do?", token=token),
    )
    now = datetime.now(UTC)
    event = envelope(message, event_id=uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
    publisher = Publisher(settings.kafka, "test")
    await publisher.start()
    await publisher.publish(record(OUTBOUND_MESSAGES, str(message.conversation_id), event))
    await publisher.stop()

    def asked() -> list[Any]:
        return [r[2] for r in graph.requests if token in str(r[2])]

    async with running(settings) as client:
        await until_ready(client)
        async with asyncio.timeout(30):
            while not asked():
                await asyncio.sleep(0.05)
        rows = asked()[0]["interactive"]["action"]["sections"][0]["rows"]
        chosen = {"type": "list_reply", "list_reply": {k: rows[0][k] for k in ("id", "title", "description")}}
        wamid = f"wamid.{uuid4()}"
        answer = {"from": "48600100200", "id": wamid, "timestamp": "1767225600", "type": "interactive"}
        assert (await post(client, payload(messages=[answer | {"interactive": chosen}]))).status_code == 200

        def ours(e: Event) -> bool:
            return getattr(e.payload, "external_id", None) == wamid

        (found,) = await events(settings.kafka, INBOUND_MESSAGES, ours)
    assert isinstance(found.payload, RatingReceived)
    assert (found.payload.score, found.payload.token) == (5, token)
