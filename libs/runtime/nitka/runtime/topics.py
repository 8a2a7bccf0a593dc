"""`python -m nitka.runtime.topics`: create every topic and its dead-letter topic where missing."""

from __future__ import annotations

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from nitka.events import TOPICS, Topic
from nitka.events.topics import CONTENT_RETENTION_MS

MAX_RECORD_BYTES = 8 * 1024 * 1024


def new_topics(topic: Topic, replication: int) -> list[NewTopic]:
    """Broker definitions of a topic and its dead-letter topic (one partition: read rarely, order matters)."""
    size = {"max.message.bytes": str(MAX_RECORD_BYTES)}
    return [
        NewTopic(topic.name, topic.partitions, replication, topic_configs={**size, **topic.config}),
        NewTopic(topic.dlq, 1, replication, topic_configs={**size, "retention.ms": str(CONTENT_RETENTION_MS)}),
    ]


async def ensure(servers: str, replication: int = 1) -> None:
    """Create what is missing; existing topics are left as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        wanted = [n for t in TOPICS for n in new_topics(t, replication) if n.name not in existing]
        if wanted:
            await admin.create_topics(wanted)
    finally:
        await admin.close()


if __name__ == "__main__":
    import os

    asyncio.run(
        ensure(os.environ.get("NITKA_KAFKA", "127.0.0.1:19092"), int(os.environ.get("NITKA_REPLICATION", "1")))
    )
