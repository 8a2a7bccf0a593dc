"""Topics of a test's own on the real broker, and consumers that can be told to fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from nitka.events import Topic, derived_id, envelope
from nitka.events.agent import PresenceChanged
from nitka.events.envelope import SYSTEM
from nitka.runtime import consumer
from nitka.runtime.consumer import Consumer, Delivery, create_broker
from nitka.runtime.dead_letters import DeadLetter, read
from nitka.runtime.publisher import Publisher, Record, record
from nitka.runtime.topics import new_topics

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)


class Trouble(Exception):
    """A handler's bug."""


class Reading:
    """A topic with a consumer of it that this test starts, stops and disturbs.

    `handled` are the reasons of the events that the handler took, in order. `broken` are reasons that it raises
    Trouble for; `away` makes it raise ConnectionError for everything.
    """

    def __init__(self, servers: str, topic: Topic, publisher: Publisher) -> None:
        self.servers, self.topic, self.publisher = servers, topic, publisher
        self.handled: list[str] = []
        self.batches: list[list[str]] = []
        self.broken: set[str] = set()
        self.away = False
        self.attempts = 0
        self.consumer: Consumer | None = None

    async def start(self, group: str = "reader", instance: str = "0") -> None:
        self.broker = create_broker(self.servers, "test")
        self.consumer = Consumer(
            self.broker,
            self.topic,
            self._handle,
            group=group,
            instance=instance,
            publisher=self.publisher,
            servers=self.servers,
        )
        await self.consumer.load()
        await consumer.start(self.broker)

    async def stop(self) -> None:
        if self.consumer is not None:
            self.consumer = None
            await self.broker.stop()

    async def _handle(self, batch: Sequence[Delivery]) -> None:
        self.attempts += 1
        reasons = [d.event.payload.reason or "" for d in batch if isinstance(d.event.payload, PresenceChanged)]
        if self.away:
            raise ConnectionError
        if self.broken & set(reasons):
            raise Trouble("content of the mail: ann@customer.example")
        self.handled += reasons
        self.batches.append(reasons)

    async def send(self, key: str, *reasons: str) -> None:
        """Publish events, told apart by `reason`, under one key."""
        await self.publisher.publish(*(self.event(key, reason) for reason in reasons))

    def event(self, key: str, reason: str) -> Record:
        payload = PresenceChanged(agent_id=key, presence="online", reason=reason)
        told = envelope(payload, event_id=derived_id(key, reason), actor=SYSTEM, occurred_at=AT, recorded_at=AT)
        return record(self.topic, key, told)

    async def send_raw(self, key: str, value: bytes) -> None:
        await self.publisher.publish(Record(self.topic.name, key, value))

    async def letters(self) -> list[DeadLetter]:
        """What is unresolved in the dead-letter topic."""
        return await read(self.servers, self.topic)

    async def told(self) -> list[tuple[str, str]]:
        """The dead letters as (reason of the letter, reason in the event)."""
        return [(d.reason.value, self.reason(d)) for d in await self.letters()]

    @staticmethod
    def reason(letter: DeadLetter) -> str:
        text = (letter.value or b"").decode()
        return text.partition('"reason":"')[2].partition('"')[0] or text


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for another task's or process's effect."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.05)


@pytest.fixture
async def publisher(kafka: str) -> AsyncIterator[Publisher]:
    opened = Publisher(kafka, "runtime-test")
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def reading(kafka: str, publisher: Publisher) -> AsyncIterator[Reading]:
    """A topic of this test's own, one partition, and its dead-letter topic; the consumer is not started yet."""
    topic = Topic(
        name=f"test.{uuid4().hex}.v1",
        key="agent id",
        payloads=(PresenceChanged,),
        producers=(),
        consumers=(),
        partitions=1,
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics(new_topics(topic, 1))
    await admin.close()
    found = Reading(kafka, topic, publisher)
    yield found
    await found.stop()
