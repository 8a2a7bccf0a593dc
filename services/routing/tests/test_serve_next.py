"""Serve next against the real conversation service: no conversation is ever given twice, none is forgotten."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from nitka.events import (
    Actor,
    ActorKind,
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    MessageReceived,
    ThreadRefs,
    envelope,
    parse,
)
from nitka.events.conversation import Assigned
from nitka.events.topics import AGENT_EVENTS, CONVERSATION_EVENTS, INBOUND_MESSAGES
from nitka.local.testing import LocalStack
from nitka.routing.domain import AWAY
from nitka.routing.handlers import let_go
from nitka.routing.store import SCHEMA, Presences
from nitka.runtime import postgres
from nitka.runtime.http import ServiceClient
from nitka.runtime.publisher import Publisher, record
from nitka.runtime.tokens import Caller, Role

pytestmark = pytest.mark.stack
DEADLINE = 90.0


@pytest.fixture(scope="module")
def office(services: LocalStack) -> LocalStack:
    """A conversation service and a routing service on a broker of their own: nobody else's mails wait here."""
    services.start("conversation", "routing")
    return services


@pytest.fixture
async def routing(office: LocalStack) -> AsyncIterator[ServiceClient]:
    client = ServiceClient(office.url("routing"), SecretStr(office.env["NITKA_SECRET"]), timeout=30)
    yield client
    await client.close()


@pytest.fixture
async def conversations(office: LocalStack) -> AsyncIterator[ServiceClient]:
    client = ServiceClient(office.url("conversation"), SecretStr(office.env["NITKA_SECRET"]), timeout=30)
    yield client
    await client.close()


def agent(n: int) -> Caller:
    return Caller(id=f"agent-{n}", role=Role.AGENT, name=f"Agent {n}")


async def write(office: LocalStack, how_many: int, automatic: Automatic | None = None) -> None:
    """Customers write, one mail each, a minute apart."""
    publisher = Publisher(office.kafka, "test")
    await publisher.start()
    now = datetime.now(UTC)
    records = []
    for n in range(how_many):
        sender = ContactPoint(kind=ContactKind.EMAIL, value=f"{uuid4().hex}@example.com")
        message_id = f"{uuid4().hex}@example.com"
        payload = MessageReceived(
            channel=Channel.EMAIL,
            account="shop@example.com",
            external_id=message_id,
            thread=ThreadRefs(external_thread=message_id, message_id=message_id),
            sender=sender,
            text="Where is my order?",
            automatic=automatic,
        )
        at = now - timedelta(minutes=how_many - n)
        actor = Actor(kind=ActorKind.CUSTOMER, id=sender.key)
        event = envelope(payload, event_id=uuid4(), actor=actor, occurred_at=at, recorded_at=now)
        records.append(record(INBOUND_MESSAGES, f"shop@example.com|{message_id}", event))
    await publisher.publish(*records)
    await publisher.stop()


async def in_time(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not await condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


async def waiting(routing: ServiceClient) -> int:
    return int((await routing.request(agent(0), "GET", "/queue")).json()["waiting"])


async def read_all(servers: str, topic: Any) -> list[Any]:
    """Every event of a topic so far."""
    consumer = AIOKafkaConsumer(topic.name, bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    ends = await consumer.end_offsets(list(consumer.assignment()))
    found = []
    while any([await consumer.position(p) < end for p, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            found += [parse(topic, r.value) for r in records]
    await consumer.stop()
    return found


async def test_twenty_agents_at_once_never_share_a_conversation(
    office: LocalStack, routing: ServiceClient, conversations: ServiceClient
) -> None:
    await write(office, 100)
    await write(office, 5, Automatic.BULK)

    async def all_wait() -> bool:
        return await waiting(routing) == 100

    await in_time(all_wait, "the queue does not fill")
    state = (await routing.request(agent(0), "GET", "/queue")).json()
    assert 99 * 60 < state["longest_wait_seconds"] < 102 * 60

    async def work(n: int) -> list[UUID]:
        mine: list[UUID] = []
        while True:
            answer = await routing.request(agent(n), "POST", "/serve-next")
            assert answer.status_code == 200, answer.text
            served = answer.json()
            if served["conversation_id"] is None:
                return mine
            assert served["waited_seconds"] >= 60
            mine.append(UUID(served["conversation_id"]))
            if random.random() < 0.3:
                await asyncio.sleep(random.random() * 0.05)

    given = await asyncio.gather(*(work(n) for n in range(20)))
    counted = Counter(c for mine in given for c in mine)
    assert len(counted) == 100 and set(counted.values()) == {1}
    for n, mine in enumerate(given):
        for conversation_id in mine:
            answer = await conversations.request(agent(n), "GET", f"/conversations/{conversation_id}")
            assert answer.json()["assignee"] == agent(n).id

    async def all_told() -> bool:
        events = await read_all(office.kafka, AGENT_EVENTS)
        told = {
            (e.payload.conversation_id, e.payload.agent_id)
            for e in events
            if hasattr(e.payload, "conversation_id")
        }
        return {(c, agent(n).id) for n, mine in enumerate(given) for c in mine} <= told

    await in_time(all_told, "not every serving was published")


async def test_a_crash_in_the_middle_gives_nothing_twice_and_forgets_nothing(
    office: LocalStack, routing: ServiceClient, conversations: ServiceClient
) -> None:
    await write(office, 60)

    async def all_wait() -> bool:
        return await waiting(routing) == 60

    await in_time(all_wait, "the queue does not fill")
    done = asyncio.Event()

    async def work(n: int) -> None:
        while not done.is_set():
            with_answer = None
            try:
                with_answer = await routing.request(agent(n), "POST", "/serve-next")
            except Exception:  # noqa: BLE001 - the service is down: any failure is expected
                await asyncio.sleep(0.05)
                continue
            if with_answer.status_code == 200 and with_answer.json()["conversation_id"] is None:
                await asyncio.sleep(0.2)

    working = asyncio.gather(*(work(n) for n in range(8)))
    for _ in range(2):
        await asyncio.sleep(0.15)
        office.kill("routing")
        office.restart("routing")

    async def all_assigned() -> bool:
        page = await conversations.request(agent(0), "GET", "/conversations?assignee=none&status=open&limit=200")
        return not page.json()["items"]

    await in_time(all_assigned, "something was forgotten")
    done.set()
    await working
    assert await waiting(routing) == 0
    events = [
        e.payload for e in await read_all(office.kafka, CONVERSATION_EVENTS) if isinstance(e.payload, Assigned)
    ]
    assert set(Counter(p.conversation_id for p in events).values()) == {1}


async def test_what_came_back_is_given_again_also_to_the_same_agent(
    office: LocalStack, routing: ServiceClient, conversations: ServiceClient
) -> None:
    await write(office, 1)

    async def one_waits() -> bool:
        return await waiting(routing) == 1

    for _ in range(2):
        await in_time(one_waits, "it does not wait")
        served = (await routing.request(agent(1), "POST", "/serve-next")).json()
        assert served["conversation_id"] is not None and served["waiting"] == 0
        body = {"command_id": str(uuid4()), "assignee": None}
        path = f"/conversations/{served['conversation_id']}/assign"
        assert (await conversations.request(agent(1), "POST", path, json=body)).status_code == 200
    await in_time(one_waits, "it does not come back")
    body = {"command_id": str(uuid4()), "text": "It is on its way."}
    path = f"/conversations/{served['conversation_id']}/reply"
    assert (await conversations.request(agent(1), "POST", path, json=body)).status_code == 200

    async def none_waits() -> bool:
        return await waiting(routing) == 0

    await in_time(none_waits, "an answered one still waits")
    served = (await routing.request(agent(1), "POST", "/serve-next")).json()
    assert served == {"conversation_id": None, "waited_seconds": None, "waiting": 0}


async def test_presence_is_kept_and_published(office: LocalStack, routing: ServiceClient) -> None:
    for body in (
        {"presence": "online"},
        {"presence": "paused", "reason": "lunch"},
        {"presence": "paused", "reason": "lunch"},
    ):
        answer = await routing.request(agent(7), "PUT", "/presence", json=body)
        assert answer.status_code == 200 and answer.json()["presence"] == body["presence"]
    [mine] = [
        p for p in (await routing.request(agent(1), "GET", "/presence")).json() if p["agent_id"] == "agent-7"
    ]
    assert (mine["presence"], mine["reason"]) == ("paused", "lunch")
    events = [e.payload for e in await read_all(office.kafka, AGENT_EVENTS)]
    changes = [p for p in events if p.agent_id == "agent-7" and hasattr(p, "presence")]
    assert [(p.presence, p.previous, p.reason) for p in changes] == [
        ("online", None, None),
        ("paused", "online", "lunch"),
    ]


async def test_whoever_has_the_app_open_is_online_and_then_offline(
    office: LocalStack, routing: ServiceClient
) -> None:
    gateway = Caller(id="gateway", role=Role.SERVICE)

    async def seen(*agents: str) -> None:
        answer = await routing.request(gateway, "POST", "/presence/seen", json={"agents": agents})
        assert answer.status_code == 204

    async def presences() -> dict[str, str]:
        found = (await routing.request(agent(1), "GET", "/presence")).json()
        return {p["agent_id"]: p["presence"] for p in found}

    await routing.request(agent(11), "PUT", "/presence", json={"presence": "paused"})
    await seen("agent-10", "agent-11")
    await seen("agent-10", "agent-11")
    now = await presences()
    assert (now["agent-10"], now["agent-11"]) == ("online", "paused")

    publisher = Publisher(office.kafka, "test")
    await publisher.start()
    async with postgres.pool(office.env["NITKA_POSTGRES"], SCHEMA) as pool:
        await let_go(Presences(pool), publisher, datetime.now(UTC))
        assert (await presences())["agent-10"] == "online", "a moment ago they were there"
        await let_go(Presences(pool), publisher, datetime.now(UTC) + AWAY)
    await publisher.stop()
    now = await presences()
    assert (now["agent-10"], now["agent-11"]) == ("offline", "paused")
    await seen("agent-10")
    events = [e.payload for e in await read_all(office.kafka, AGENT_EVENTS)]
    changes = [p.presence for p in events if p.agent_id == "agent-10" and hasattr(p, "presence")]
    assert changes == ["online", "offline", "online"]


async def test_only_a_part_of_nitka_says_who_has_the_app_open(routing: ServiceClient) -> None:
    answer = await routing.request(agent(1), "POST", "/presence/seen", json={"agents": ["agent-2"]})
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), [("POST", "/serve-next"), ("PUT", "/presence")])
async def test_only_agents_work_on_the_queue(
    office: LocalStack, routing: ServiceClient, method: str, path: str
) -> None:
    async with httpx.AsyncClient(base_url=office.url("routing")) as stranger:
        assert (await stranger.request(method, path, json={"presence": "online"})).status_code == 401
    analyst = Caller(id="eva", role=Role.ANALYST)
    assert (await routing.request(analyst, method, path, json={"presence": "online"})).status_code == 403
