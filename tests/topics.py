"""Reading whole topics in tests."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from nitka.events import Event, Topic, parse


def everything_on(servers: str, topic: Topic, key: str | None = None) -> list[Event]:
    """All events of a topic, partition by partition in order; with `key` only those under it."""
    return asyncio.run(_read(servers, topic, key))


async def _read(servers: str, topic: Topic, key: str | None) -> list[Event]:
    # Not "latest": a fresh assignment resets to it in the background and can undo the seek.
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[Event] = []
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                for records in (await consumer.getmany(partition, timeout_ms=500)).values():
                    found += [parse(topic, r.value) for r in records if key is None or r.key == key.encode()]
        return found
    finally:
        await consumer.stop()
