"""A running e-mail service, a relay to send to, and a reader of what was published."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from aiosmtpd.smtp import SMTP
from pydantic import SecretStr

from nitka.events import (
    SYSTEM,
    Channel,
    ContactKind,
    ContactPoint,
    Envelope,
    Event,
    MessageReceipt,
    MessageRequested,
    Topic,
    envelope,
    parse,
)
from nitka.events.topics import OUTBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.ingest_email import store
from nitka.ingest_email.app import create_app
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.local.testing import free_port
from nitka.runtime.publisher import Publisher, record

SECRET = SecretStr("x" * 32)
FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "email"


@pytest.fixture
def fixtures() -> Path:
    """The folder of real mails by others; the test is skipped where it is absent."""
    if not FIXTURES.is_dir():
        pytest.skip("no fixtures by others here")
    return FIXTURES


async def _until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Poll until the condition holds and return its value; fails when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.05)


@pytest.fixture
def until() -> Callable[..., Awaitable[Any]]:
    """`await until(condition)`: polls until it holds."""
    return _until


@dataclass
class Service:
    """A running service: its settings and an HTTP client."""

    settings: IngestEmailSettings
    http: httpx.AsyncClient

    async def ready(self) -> bool:
        return (await self.http.get("/readyz")).status_code == 200


@asynccontextmanager
async def running(settings: IngestEmailSettings) -> AsyncIterator[Service]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        service = Service(settings, client)
        await _until(service.ready)
        yield service


@pytest.fixture
def run() -> Callable[[IngestEmailSettings], Any]:
    """Starts a service with given settings (an async context manager)."""
    return running


@pytest.fixture
def inbox() -> str:
    """An inbox of this test alone: the topics are shared."""
    return f"support-{uuid4().hex[:12]}@shop.example"


@pytest.fixture
def settings(kafka: str, postgres_dsn: str, tmp_path: Path, inbox: str) -> IngestEmailSettings:
    """Settings of a service on the real broker and database, on free ports."""
    store.migrate(postgres_dsn)
    return IngestEmailSettings(
        secret=SECRET,
        kafka=kafka,
        postgres=postgres_dsn,
        blobs=f"file://{tmp_path}/blobs",
        instance="tests",  # always the same: Kafka waits for a static member that left
        inboxes=(inbox,),
        smtp_port=free_port(),
        relay_port=free_port(),
        relay_backoff_seconds=0.2,
        relay_tries=3,
    )


@pytest.fixture
def published(kafka: str) -> Callable[..., Awaitable[list[Event]]]:
    """`await published(topic, wanted)`: the events of a topic, from its beginning, for which `wanted` holds."""

    async def read(topic: Topic, wanted: Callable[[Any], bool]) -> list[Event]:
        consumer = AIOKafkaConsumer(topic.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            found = []
            ends = await consumer.end_offsets(consumer.assignment())
            while any([await consumer.position(p) < end for p, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += [parse(topic, r.value) for r in records]
            return [e for e in found if wanted(e.payload)]
        finally:
            await consumer.stop()

    return read


class Post:
    """The conversation service: it asks for mails, and is told what became of them."""

    def __init__(
        self,
        kafka: str,
        settings: IngestEmailSettings,
        inbox: str,
        published: Callable[..., Awaitable[list[Event]]],
    ) -> None:
        self._kafka, self._settings, self._inbox, self._published = kafka, settings, inbox, published

    def requested(self, *to: str, **changes: Any) -> MessageRequested:
        """A mail that is to leave, to a customer if to nobody else."""
        message_id = uuid4()
        fields: dict[str, Any] = {
            "conversation_id": uuid4(),
            "message_id": message_id,
            "channel": Channel.EMAIL,
            "account": self._inbox,
            "author_name": "Zofia",
            "to": tuple(ContactPoint(kind=ContactKind.EMAIL, value=t) for t in to or ("ann@customer.example",)),
            "subject": "Re: parcel",
            "text": "It is on its way.",
            "external_id": f"{message_id}@shop.example",
            "reply_token": "a" * 39,
        }
        return MessageRequested(**fields | changes)

    def after(self, message: MessageRequested) -> MessageRequested:
        """One of the same conversation: when it has left, all that was asked before it was seen."""
        return self.requested("last@customer.example", conversation_id=message.conversation_id)

    async def ask(self, *messages: MessageRequested, again: int = 1, days_ago: int = 0) -> None:
        """Ask for mails."""
        publisher = Publisher(self._kafka, "test-conversation")
        await publisher.start()
        for message in messages * again:
            event = _asked(message, datetime.now(UTC) - timedelta(days=days_ago))
            await publisher.publish(record(OUTBOUND_MESSAGES, str(message.conversation_id), event))
        await publisher.stop()

    async def half_sent(self, message: MessageRequested, instance: str, *, lease: int = 600) -> None:
        """Leave behind what a copy of the service was sending when it ended; `lease` in seconds from now."""
        now = datetime.now(UTC)
        async with await psycopg.AsyncConnection.connect(self._settings.postgres) as connection:
            await connection.execute(
                """
                INSERT INTO ingest_email.attempt (message_id, attempt, request, state, instance, lease_ends)
                VALUES (%s, 1, %s, 'sending', %s, %s)
                """,
                (
                    message.message_id,
                    _asked(message, now).model_dump_json(),
                    instance,
                    now + timedelta(seconds=lease),
                ),
            )

    async def finished(self, *ids: UUID) -> None:
        """Wait until these messages have an outcome that is told."""
        async with await psycopg.AsyncConnection.connect(self._settings.postgres, autocommit=True) as connection:

            async def told() -> bool:
                cursor = await connection.execute(
                    "SELECT count(*) FROM ingest_email.attempt WHERE told AND message_id = ANY(%s)", (list(ids),)
                )
                row = await cursor.fetchone()
                return row is not None and row[0] == len(ids)

            await _until(told, 30)

    async def receipts(self) -> list[MessageReceipt]:
        """What the service has told of this test's mails."""
        events = await self._published(OUTBOUND_RECEIPTS, lambda p: p.account == self._inbox)
        return [e.payload for e in events if isinstance(e.payload, MessageReceipt)]


def _asked(message: MessageRequested, at: datetime) -> Envelope:
    return envelope(message, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=at)


@pytest.fixture
def post(kafka: str, settings: IngestEmailSettings, inbox: str, published: Any) -> Post:
    """Who asks for this test's mails."""
    return Post(kafka, settings, inbox, published)


class Sink:
    """A relay that keeps what it gets.

    `data_replies` are given to the next DATA commands first, `rcpt_once` to the next RCPT commands for an address,
    `rcpt_replies` to all of them.
    """

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.data_replies: list[str] = []
        self.rcpt_replies: dict[str, str] = {}
        self.rcpt_once: dict[str, list[str]] = {}
        self.drop_after_data = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if once := self.rcpt_once.get(address):
            return once.pop(0)
        if reply := self.rcpt_replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_replies:
            return self.data_replies.pop(0)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if self.drop_after_data:
            server.transport.abort()
        return "250 OK"


@asynccontextmanager
async def relaying(port: int, *, smtputf8: bool = True) -> AsyncIterator[Sink]:
    kept = Sink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, hostname="relay.example", enable_SMTPUTF8=smtputf8, loop=loop), "127.0.0.1", port
    )
    try:
        yield kept
    finally:
        server.close()


@pytest.fixture
def relay() -> Callable[..., Any]:
    """Starts a relay on a port (an async context manager)."""
    return relaying


@pytest.fixture
async def sink(settings: IngestEmailSettings) -> AsyncIterator[Sink]:
    """The relay that the service of this test sends to."""
    async with relaying(settings.relay_port) as kept:
        yield kept
