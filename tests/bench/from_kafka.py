"""Messages a second from Kafka to stored and published, beside a raw batched append of the same rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from uuid import uuid4

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from nitka.events import SYSTEM, Channel, ContactKind, ContactPoint, MessageReceived, ThreadRefs, envelope
from nitka.events.topics import CONVERSATION_EVENTS, INBOUND_MESSAGES
from nitka.local.testing import LocalStack
from nitka.runtime.publisher import Publisher, Record, record

ACCOUNT = "support@shop.example"
TEXT = "Hello, my parcel has not arrived yet and the tracking page shows nothing since Monday. " * 10
"""About 900 characters, the size of a typical customer's mail."""

CHUNK = 500
THREAD = 3
"""Messages of one conversation: a question and two more."""


def messages(count: int) -> Iterator[Record]:
    """`count` messages from as many customers as there are threads."""
    for n in range(count):
        thread, position = divmod(n, THREAD)
        first = f"{thread}.0@bench.example"
        payload = MessageReceived(
            channel=Channel.EMAIL,
            account=ACCOUNT,
            external_id=f"{thread}.{position}@bench.example",
            thread=ThreadRefs(
                external_thread=first,
                message_id=f"{thread}.{position}@bench.example",
                in_reply_to=(f"{thread}.{position - 1}@bench.example",) if position else (),
                references=tuple(f"{thread}.{p}@bench.example" for p in range(position)),
            ),
            sender=ContactPoint(kind=ContactKind.EMAIL, value=f"customer{thread}@bench.example"),
            subject="Where is my parcel?",
            text=TEXT,
        )
        now = datetime.now(UTC)
        wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
        yield record(INBOUND_MESSAGES, f"{ACCOUNT}|{first}", wrapped)


def run(stack: LocalStack, count: int) -> dict[str, float]:
    """Fill the topic while the service is down, start it, and take the time that it needs for the backlog."""
    stack.stop("conversation")
    asyncio.run(_fill(stack.kafka, messages(count)))
    started = asyncio.run(end_offsets(stack.kafka))
    stack.restart("conversation")
    seconds = asyncio.run(published(stack.kafka, started, count))
    behind = _index_behind(stack.postgres_dsn)
    return {
        "messages": count,
        "messages/s": count / seconds,
        "raw append rows/s": _raw_append(stack.postgres_dsn),
        "search behind, s": behind,
    }


def _index_behind(dsn: str) -> float:
    """Seconds that search needs to know everything that was published."""
    begun = time.monotonic()
    with psycopg.connect(dsn, autocommit=True, options="-c search_path=conversation") as connection:
        newest = (
            "SELECT position >= (SELECT max(notification_id) FROM stored_events) FROM relay WHERE name = 'search'"
        )
        while connection.execute(newest).fetchone() != (True,):
            time.sleep(0.1)
    return time.monotonic() - begun


async def _fill(servers: str, records: Iterable[Record]) -> None:
    publisher = Publisher(servers, "bench")
    await publisher.start()
    try:
        todo = iter(records)
        while chunk := list(islice(todo, CHUNK)):
            await publisher.publish(*chunk)
    finally:
        await publisher.stop()


def _partitions() -> list[TopicPartition]:
    return [TopicPartition(CONVERSATION_EVENTS.name, n) for n in range(CONVERSATION_EVENTS.partitions)]


async def end_offsets(servers: str) -> dict[TopicPartition, int]:
    """The ends of `conversation.events.v1` now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers)
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(_partitions())
        return ends
    finally:
        await consumer.stop()


async def published(servers: str, since: dict[TopicPartition, int], count: int) -> float:
    """Seconds between the first and the last published event of `count` messages, by the records' own times."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(since))
        for partition, offset in since.items():
            consumer.seek(partition, offset)
        seen, first, last = 0, float("inf"), 0.0
        deadline = time.monotonic() + 300
        while seen < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{seen} of {count} messages published")
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for found in records:
                    seen += b'"type":"conversation.message_received"' in found.value
                    first, last = min(first, found.timestamp), max(last, found.timestamp)
        return max(last - first, 1) / 1000
    finally:
        await consumer.stop()


def _raw_append(dsn: str) -> float:
    """Rows a second of a plain table that takes the same event rows, CHUNK in a multi-row INSERT and commit."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT originator_id, originator_version, topic, state FROM conversation.stored_events LIMIT 20000"
        ).fetchall()
        connection.execute(
            "CREATE TEMP TABLE raw (originator_id uuid, originator_version bigint, topic text, state bytea, "
            "PRIMARY KEY (originator_id, originator_version))"
        )
        begun = time.perf_counter()
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            marks = ",".join(["(%s,%s,%s,%s)"] * len(part))
            connection.execute(f"INSERT INTO raw VALUES {marks}".encode(), [v for row in part for v in row])
        return len(rows) / (time.perf_counter() - begun)
