"""The service as a process, on the real broker: figures within seconds, exact after a replay and after a crash."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import clickhouse_connect
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr

from nitka.events import Envelope, Presence, PresenceChanged, Topic
from nitka.events.topics import AGENT_EVENTS, CONVERSATION_EVENTS
from nitka.local.testing import LocalStack
from nitka.runtime.publisher import Publisher, record
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.stack
PASSWORD = "let-the-analyst-in"
DAYS = {"since": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, containers: Any) -> Iterator[LocalStack]:
    """A broker and the reporting service, of their own."""
    local = LocalStack(tmp_path_factory.mktemp("reporting"), containers.settings() if containers else None)
    try:
        local.start_infrastructure(["reporting"])
        local.start("reporting", env={"NITKA_ANALYST_PASSWORD": PASSWORD})
        yield local
    finally:
        local.close()


@pytest.fixture
async def publisher(running: LocalStack) -> AsyncIterator[Publisher]:
    opened = Publisher(running.kafka, "test")
    await opened.start()
    yield opened
    await opened.stop()


def get(running: LocalStack, path: str, role: Role | None = Role.AGENT, **query: str) -> httpx.Response:
    headers = {}
    if role is not None:
        token = issue(SecretStr(running.env["NITKA_SECRET"]), Caller(id="agent-1", role=role))
        headers = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{running.url('reporting')}/reports/{path}", params=query, headers=headers, timeout=30)


def cards(running: LocalStack) -> dict[str, Any]:
    found: dict[str, Any] = get(running, "cards", **DAYS).raise_for_status().json()
    return {name: found[name] for name in ("new_threads", "messages", "new_users", "labelled_threads", "ratings")}


async def publish(publisher: Publisher, topic: Topic, events: list[Envelope], key: str) -> None:
    await publisher.publish(*(record(topic, str(getattr(e.payload, key)), e) for e in events))


async def consumed(running: LocalStack, topic: Topic) -> None:
    """Returns when the service has committed everything that is in the topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=running.kafka)
    reader = AIOKafkaConsumer(bootstrap_servers=running.kafka)
    await admin.start()
    await reader.start()
    try:
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        ends = await reader.end_offsets(partitions)
        deadline = time.monotonic() + 60
        while True:
            offsets = await admin.list_consumer_group_offsets(f"reporting.{topic.name}", partitions=partitions)
            if all(max(offsets[p].offset, 0) >= ends[p] for p in partitions):
                return
            assert time.monotonic() < deadline, (offsets, ends)
            await asyncio.sleep(0.2)
    finally:
        await reader.stop()
        await admin.close()


async def test_figures_follow_the_events_and_stay_through_replay_and_crash(
    running: LocalStack, publisher: Publisher, story: Any
) -> None:
    before = cards(running)
    for n in range(300):
        story.opens(f"conversation {n}", f"2026-11-{1 + n % 30:02} 10:00", f"person{n}")
        story.replies(f"conversation {n}", f"2026-11-{1 + n % 30:02} 11:00")
    told = [*story.events]
    expected = {**before, "new_threads": 300, "messages": 600, "new_users": 300}
    await publish(publisher, CONVERSATION_EVENTS, told, "conversation_id")
    await consumed(running, CONVERSATION_EVENTS)
    assert cards(running) == expected

    for _ in range(2):  # the whole topic again, twice
        await publish(publisher, CONVERSATION_EVENTS, told, "conversation_id")
    await consumed(running, CONVERSATION_EVENTS)
    assert cards(running) == expected

    running.kill("reporting")  # everything is committed, nothing was shut down
    running.restart("reporting")
    assert cards(running) == expected

    for n in range(300, 2300):
        story.opens(f"conversation {n}", "2026-11-12 10:00", f"person{n}")
    publishing = asyncio.create_task(
        publish(publisher, CONVERSATION_EVENTS, story.events[len(told) :], "conversation_id")
    )
    deadline = time.monotonic() + 60
    while cards(running)["new_threads"] == 300:
        assert time.monotonic() < deadline
        await asyncio.sleep(0)
    running.kill("reporting")  # somewhere in the middle
    await publishing
    running.restart("reporting")
    await consumed(running, CONVERSATION_EVENTS)
    assert cards(running) == {**expected, "new_threads": 2300, "messages": 2600, "new_users": 2300}


async def test_an_analysts_client_sees_the_same_figures(
    running: LocalStack, publisher: Publisher, story: Any
) -> None:
    changed = PresenceChanged(
        agent_id="agent-1", presence=Presence.PAUSED, previous=Presence.ONLINE, reason="lunch"
    )
    story.add(changed, "2026-11-03 12:00", "lunch")
    await publish(publisher, AGENT_EVENTS, story.events, "agent_id")
    await consumed(running, AGENT_EVENTS)

    def read() -> tuple[dict[str, Any], list[Any]]:
        client = clickhouse_connect.get_client(
            host="127.0.0.1",
            port=running.settings.ports["clickhouse"],
            username="analyst",
            password=PASSWORD,
            database="nitka",
        )
        sql = "SELECT * EXCEPT average_rating FROM cards(since={since:Date}, until={until:Date}, zone='UTC')"
        found = next(iter(client.query(sql, parameters=DAYS).named_results()))
        presence = client.query("SELECT agent_id, presence, previous, reason FROM presence").result_rows
        client.close()
        return dict(found), list(presence)

    if running.settings.clickhouse is not None:
        pytest.skip("a server has a door of its own")
    figures, presence = await asyncio.to_thread(read)
    assert figures == cards(running)
    assert presence == [("agent-1", "paused", "online", "lunch")]


async def test_the_series_adds_up_to_the_cards(running: LocalStack) -> None:
    days = get(running, "series", **DAYS).raise_for_status().json()["days"]
    assert len(days) == 30
    assert sum(d["new_threads"] for d in days) == cards(running)["new_threads"]


@pytest.mark.parametrize(
    ("role", "query", "status"),
    [
        (None, {}, 401),
        (Role.SERVICE, {}, 403),
        (Role.ANALYST, {}, 200),
        (Role.AGENT, {}, 200),
        (Role.AGENT, {"zone": "Europe/Warsaw"}, 200),
        (Role.AGENT, {"zone": "Mars/Olympus"}, 422),
        (Role.AGENT, {"zone": "../../etc/passwd"}, 422),
        (Role.AGENT, {"since": "2026-11-30", "until": "2026-11-01"}, 422),
        (Role.AGENT, {"since": "1969-12-31", "until": "1970-01-02"}, 422),
        (Role.AGENT, {"since": "2000-01-01", "until": "2026-01-01"}, 422),
        (Role.AGENT, {"since": "yesterday"}, 422),
    ],
)
async def test_who_may_ask_for_what(
    running: LocalStack, role: Role | None, query: dict[str, str], status: int
) -> None:
    for path in ("cards", "series"):
        assert get(running, path, role, **query).status_code == status


async def test_every_zone_that_the_api_takes_is_known_to_clickhouse(running: LocalStack) -> None:
    for zone in ("UTC", "Europe/Warsaw", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "Europe/Istanbul"):
        assert get(running, "cards", zone=zone).status_code == 200
