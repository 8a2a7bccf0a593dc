"""Publishing: acknowledged, or an error in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer

from nitka.local.testing import LocalStack
from nitka.runtime import publisher as module
from nitka.runtime.publisher import Publisher, PublishError, Record

pytestmark = pytest.mark.stack
TOPIC = "agent.events.v1"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A broker that may be frozen."""
    running = LocalStack(tmp_path_factory.mktemp("publisher"))
    try:
        running.start_infrastructure()
        yield running
    finally:
        running.close()


async def _values(servers: str) -> list[bytes | None]:
    reader = AIOKafkaConsumer(TOPIC, bootstrap_servers=servers, auto_offset_reset="earliest")
    await reader.start()
    try:
        found = await reader.getmany(timeout_ms=3000)
        return [r.value for records in found.values() for r in records]
    finally:
        await reader.stop()


@pytest.mark.faults
async def test_a_frozen_broker_is_an_error_in_time_and_no_end(
    own: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 2.0)
    publisher = Publisher(own.kafka, "test")
    await publisher.start()
    await publisher.publish(Record(TOPIC, "a", b"before"))
    own.pause("kafka")
    try:
        with pytest.raises(PublishError) as refused:
            async with asyncio.timeout(60):  # it must end, however slow the machine is
                await publisher.publish(Record(TOPIC, "a", b"during"))
    finally:
        own.resume("kafka")
    assert "during" not in str(refused.value)
    for _ in range(20):  # the connection that hung is given up first
        try:
            await publisher.publish(Record(TOPIC, "a", b"after"))
        except PublishError:
            continue
        break
    await publisher.stop()
    values = await _values(own.kafka)
    assert values[0] == b"before"
    assert b"after" in values


async def test_what_the_broker_refuses_is_an_error(kafka: str) -> None:
    publisher = Publisher(kafka, "test")
    await publisher.start()
    with pytest.raises(PublishError):
        await publisher.publish(Record(TOPIC, "a", b"x" * (9 << 20)))
    await publisher.publish(Record(TOPIC, "a", b"small"))
    await publisher.stop()


async def test_a_publisher_that_is_not_connected_says_so(kafka: str) -> None:
    publisher = Publisher(kafka, "test")
    with pytest.raises(PublishError):
        await publisher.publish(Record(TOPIC, "a", b"x"))
    with pytest.raises(PublishError):
        await publisher.ready()
    await publisher.start()
    await publisher.ready()
    await publisher.publish()
    await publisher.stop()
