"""Every example of every topic passes through every consumer of its topic, and none becomes a dead letter.

The consumers are the running services, so that this holds for what they store and answer as well as for what
they parse. An example that stops passing is a broken promise to everybody who subscribes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from nitka.events import TOPICS, Topic, headers, parse
from nitka.events.examples import Example, examples
from nitka.events.topics import INBOUND_MESSAGES
from nitka.local.stack import SERVICES
from nitka.local.testing import LocalStack
from nitka.runtime.blobs import Blobs
from nitka.runtime.dead_letters import DeadLetter, Reason, read
from nitka.runtime.publisher import Publisher, Record

pytestmark = pytest.mark.stack

ATTACHED = (b"Lumo Lamps: return form\n", b"\x89PNG\r\n\x1a\n", b"the mail as it came")
"""What the blobs that the examples name hold."""

WITHOUT_A_GROUP = "gateway"
"""Reads live from places of its own, so that every copy of it sees every event."""

PATIENCE = 120


class _Graph(BaseHTTPRequestHandler):
    """Stands for Meta's API: takes every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps({"messages": [{"id": f"wamid.{time.monotonic_ns()}"}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def graph() -> Iterator[str]:
    """Address of the stand-in for Meta's API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Graph)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def running(services: LocalStack, graph: str) -> LocalStack:
    """Every service, serving the shop of the examples."""
    shop = {
        "NITKA_INBOXES": "help@lumo.example",
        "NITKA_WHATSAPP_GRAPH_URL": graph,
        "NITKA_WHATSAPP_TOKEN": "token",
        "NITKA_WHATSAPP_APP_SECRET": "secret",
        "NITKA_WHATSAPP_VERIFY_TOKEN": "verify",
        "NITKA_ANALYST_PASSWORD": "analyst",
    }
    services.start("mailbox", env=shop)
    services.start(*SERVICES, env=shop)
    return services


async def test_every_example_passes_every_consumer_of_its_topic(running: LocalStack) -> None:
    blobs = Blobs(running.blobs)
    for content in ATTACHED:
        assert await blobs.put(content) == f"sha256/{hashlib.sha256(content).hexdigest()}"
    published = await _publish_all(running.kafka)
    assert published >= sum(len(topic.payloads) for topic in TOPICS)

    groups = {
        f"{name}.{topic.name}": topic for topic in TOPICS for name in topic.consumers if name != WITHOUT_A_GROUP
    }
    await _reach_the_end(running.kafka, groups)
    letters = [letter for topic in TOPICS for letter in await read(running.kafka, topic)]
    assert [_told(letter) for letter in letters] == []
    await _still_ready(running)


async def test_a_broken_record_would_have_been_seen(running: LocalStack) -> None:
    publisher = Publisher(running.kafka, "contract-test")
    await publisher.start()
    await publisher.publish(Record(INBOUND_MESSAGES.name, "broken", b'{"type": "inbound.message_received"}'))
    await publisher.stop()
    await _reach_the_end(running.kafka, {f"conversation.{INBOUND_MESSAGES.name}": INBOUND_MESSAGES})
    letters = await read(running.kafka, INBOUND_MESSAGES)
    assert [(letter.group, letter.reason) for letter in letters] == [("conversation", Reason.INVALID)]


async def test_there_is_no_consumer_that_the_topics_do_not_name(running: LocalStack) -> None:
    """AsyncAPI is made from these names: a group of another name is a consumer that the contract does not know."""
    admin = AIOKafkaAdminClient(bootstrap_servers=running.kafka)
    await admin.start()
    try:
        found = {str(group[0]) for group in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    named = {f"{name}.{topic.name}" for topic in TOPICS for name in topic.consumers}
    assert found <= named


async def _publish_all(servers: str) -> int:
    publisher = Publisher(servers, "contract-test")
    await publisher.start()
    try:
        records = [_record(topic, example) for topic in TOPICS for example in examples(topic)]
        for record in records:
            await publisher.publish(record)
    finally:
        await publisher.stop()
    return len(records)


def _record(topic: Topic, example: Example) -> Record:
    return Record(topic.name, _key(topic, example), example.raw, headers(parse(topic, example.raw).envelope))


def _key(topic: Topic, example: Example) -> str:
    """The record's key, as the topic's description says."""
    payload = json.loads(example.raw)["payload"]
    match topic.key:
        case "channel account + external thread":
            return f"{payload['account']}|{payload['thread']['external_thread']}"
        case "shop + customer key":
            return f"{payload['shop']}|{payload['customer_key']}"
        case key:
            # A receipt that only names the channel's own id has no conversation to be keyed by.
            return str(payload.get(key.replace(" ", "_")) or payload["account"])


async def _reach_the_end(servers: str, groups: dict[str, Topic]) -> None:
    """Returns when every group has committed the end of its topic, with what the services published meanwhile."""
    admin, reader = AIOKafkaAdminClient(bootstrap_servers=servers), AIOKafkaConsumer(bootstrap_servers=servers)
    await admin.start()
    await reader.start()
    deadline = time.monotonic() + PATIENCE
    try:
        while behind := [
            name for name, topic in groups.items() if not await _at_the_end(admin, reader, name, topic)
        ]:
            assert time.monotonic() < deadline, f"stuck: {behind}"
            await asyncio.sleep(0.5)
    finally:
        await reader.stop()
        await admin.close()


async def _at_the_end(admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer, group: str, topic: Topic) -> bool:
    partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
    ends = await reader.end_offsets(partitions)
    offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
    return all(max(offsets[p].offset, 0) >= ends[p] for p in partitions)


async def _still_ready(running: LocalStack) -> None:
    async with httpx.AsyncClient() as client:
        for name in SERVICES:
            answer = await client.get(f"{running.url(name)}/readyz")
            assert answer.status_code == 200, (name, answer.text)


def _told(letter: DeadLetter) -> str:
    what = json.loads(letter.value or b"{}").get("type")
    return f"{letter.group}: {what} {letter.reason.value} {letter.error}\n{letter.stack}"
