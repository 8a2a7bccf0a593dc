"""The live stream over real connections to a real gateway process: nothing missing, nothing twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from nitka.events import SYSTEM, CustomerUpdated, Payload, Presence, PresenceChanged, Topic, envelope
from nitka.events.conversation import LabelAdded
from nitka.events.topics import AGENT_EVENTS, CONVERSATION_EVENTS, CUSTOMER_EVENTS
from nitka.gateway.consumers import Feed
from nitka.gateway.domain import Role
from nitka.gateway.store import SCHEMA, migrate
from nitka.gateway.store.accounts import Accounts
from nitka.gateway.store.live import LiveLog, Lost, Ring
from nitka.gateway.store.passwords import Passwords
from nitka.gateway.store.streams import OpenStreams
from nitka.local.testing import LocalStack
from nitka.runtime import postgres
from nitka.runtime.publisher import Publisher, record

pytestmark = pytest.mark.stack

PASSWORD = "correct horse battery"
DEADLINE = 60.0


def some_event(key: UUID, number: int) -> tuple[Topic, Payload]:
    """The `number`th event of a conversation, a customer or an agent."""
    kind = key.int % 3
    if kind == 0:
        return CUSTOMER_EVENTS, CustomerUpdated(customer_id=key)
    if kind == 1:
        return AGENT_EVENTS, PresenceChanged(agent_id=str(key), presence=Presence.ONLINE)
    return CONVERSATION_EVENTS, LabelAdded(conversation_id=key, sequence=number, label="vip")


@dataclass
class World:
    """Publishes events and remembers which, by key, in order."""

    publisher: Publisher
    keys: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(30)])
    published: list[UUID] = field(default_factory=list)
    by_key: dict[UUID, list[UUID]] = field(default_factory=dict)

    async def publish(self, how_many: int, pause: Callable[[], float] = lambda: 0) -> None:
        for _ in range(how_many):
            key, event_id = random.choice(self.keys), uuid4()
            so_far = self.by_key.setdefault(key, [])
            topic, payload = some_event(key, len(so_far) + 1)
            now = datetime.now(UTC)
            event = envelope(payload, event_id=event_id, actor=SYSTEM, occurred_at=now, recorded_at=now)
            # Every tenth comes twice, as after a publisher's retry.
            await self.publisher.publish(*[record(topic, str(key), event)] * (2 if random.random() < 0.1 else 1))
            so_far.append(event_id)
            self.published.append(event_id)
            await asyncio.sleep(pause())

    def check(self, got: list[UUID]) -> None:
        """Exactly what was published, each once, each key in its order."""
        ours = set(self.published)
        mine = [e for e in got if e in ours]
        assert len(mine) == len(set(mine)), "something came twice"
        assert set(mine) == ours, f"{len(ours - set(mine))} are missing"
        place = {e: n for n, e in enumerate(mine)}
        for events in self.by_key.values():
            assert [place[e] for e in events] == sorted(place[e] for e in events)


@pytest.fixture
async def world(kafka: str) -> AsyncIterator[World]:
    publisher = Publisher(kafka, "test")
    await publisher.start()
    yield World(publisher)
    await publisher.stop()


@pytest.fixture(scope="module")
def dsn(new_database: Callable[[], str]) -> str:
    found = new_database()
    migrate(found)
    return found


@pytest.fixture(scope="module")
def process(stack: LocalStack, dsn: str) -> Iterator[LocalStack]:
    """A gateway process; `process.kill("gateway")`."""
    demo = {"NITKA_DEMO_EMAIL": "demo@nitka.example", "NITKA_DEMO_PASSWORD": PASSWORD}
    stack.start("gateway", env={"NITKA_POSTGRES": dsn, **demo})
    yield stack
    stack.stop("gateway")


@dataclass
class Browser:
    """An EventSource: takes complete events only, and comes back with the id of the last one.

    `names` are the named events that frame the stream, `pings` the places that pings told, `here` the last word on
    who has which conversation open.
    """

    base: str
    cookies: httpx.Cookies
    tab: str = ""
    last_id: str | None = None
    names: list[str] = field(default_factory=list)
    got: list[UUID] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)
    here: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[httpx.Response]:
        headers = {"last-event-id": self.last_id} if self.last_id else {}
        async with (
            httpx.AsyncClient(base_url=self.base, cookies=self.cookies, timeout=30) as client,
            client.stream("GET", "/api/live", headers=headers, params={"tab": self.tab}) as response,
        ):
            assert response.status_code == 200, response.status_code
            yield response

    async def listen(self, until: Callable[[], bool], drop_after_bytes: int | None = None) -> None:
        """Read until the condition holds, or the connection breaks, or so many bytes have come."""
        text, total = "", 0
        async with self.connection() as response:
            async for chunk in response.aiter_raw():
                total += len(chunk)
                keep = len(chunk) if drop_after_bytes is None else max(0, drop_after_bytes - (total - len(chunk)))
                text += chunk[:keep].decode("utf-8")
                *frames, text = text.split("\n\n")
                for frame in frames:
                    self._take(frame)
                if until() or (drop_after_bytes is not None and total >= drop_after_bytes):
                    return

    def _take(self, frame: str) -> None:
        fields = dict(line.split(": ", 1) for line in frame.split("\n") if not line.startswith(":"))
        self.last_id = fields.get("id", self.last_id)
        if fields.get("event") == "here":
            assert "id" not in fields
            state = json.loads(fields["data"])
            self.here[state["conversation_id"]] = state["agents"]
        elif fields.get("event") == "ping":
            self.pings.append(fields["id"])
        elif "event" in fields:
            self.names.append(fields["event"])
        elif "data" in fields:
            self.got.append(UUID(json.loads(fields["data"])["event_id"]))


async def enter(process: LocalStack, email: str = "demo@nitka.example", password: str = PASSWORD) -> Browser:
    base = process.url("gateway")
    async with httpx.AsyncClient(base_url=base, headers={"x-nitka-request": "1"}) as client:
        answer = await client.post("/api/session", json={"email": email, "password": password})
        assert answer.status_code == 200
        return Browser(base, client.cookies)


async def in_time(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def test_connections_and_the_gateway_break_at_random_places(process: LocalStack, world: World) -> None:
    chance = random.Random(11)
    browsers = [await enter(process) for _ in range(3)]
    for browser in browsers:
        await browser.listen(lambda b=browser: b.names == ["ready"])  # type: ignore[misc]
    publishing = asyncio.create_task(world.publish(500, lambda: random.random() * 0.02))

    async def stay(browser: Browser) -> None:
        while not (publishing.done() and set(world.published) <= set(browser.got)):
            try:
                await browser.listen(
                    lambda: publishing.done() and set(world.published) <= set(browser.got),
                    drop_after_bytes=chance.randrange(300, 20_000),
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.05)

    async def crash() -> None:
        for _ in range(2):
            await asyncio.sleep(1.5)
            process.kill("gateway")
            await asyncio.sleep(0.5)
            process.restart("gateway")

    listening = asyncio.gather(*(stay(b) for b in browsers))
    await asyncio.wait_for(asyncio.gather(publishing, crash(), listening), DEADLINE * 2)
    for browser in browsers:
        world.check(browser.got)
        assert set(browser.names) == {"ready"}


@asynccontextmanager
async def live_log(kafka: str, capacity: int) -> AsyncIterator[LiveLog]:
    log = LiveLog(kafka, Ring(capacity))
    feed = Feed(log, OpenStreams())
    running = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.started.wait(), DEADLINE)
    await feed.ready()
    yield log
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_the_memory_has_forgotten_comes_from_kafka(kafka: str, world: World) -> None:
    async with live_log(kafka, capacity=7) as log:
        got: list[UUID] = []
        seen = log.ring.head
        publishing = asyncio.create_task(world.publish(300, lambda: random.random() * 0.004))
        while not (publishing.done() and set(world.published) <= set(got)):
            reader = await log.reader(seen.text())
            for _ in range(random.randrange(1, 4)):
                found = await asyncio.wait_for(reader.read(0.2), DEADLINE)
                for entry, position in found[: random.randrange(1, 100)]:
                    got.append(entry.event.event_id)
                    seen = position
                if len(found) and position != found[-1][1]:
                    break  # the connection was lost in the middle
            await asyncio.sleep(random.random() * 0.1)
        world.check(got)


async def test_a_reader_that_is_slower_than_the_stream_misses_nothing(kafka: str, world: World) -> None:
    async with live_log(kafka, capacity=5) as log:
        reader = log.reader_from_now()
        got: list[UUID] = []
        for _ in range(10):
            await world.publish(30)
            got += [e.event.event_id for e, _ in await reader.read(1)]
        while set(world.published) - set(got):
            found = await asyncio.wait_for(reader.read(5), DEADLINE)
            got += [e.event.event_id for e, _ in found]
        world.check(got)


async def test_what_kafka_has_forgotten_makes_the_client_start_anew(kafka: str, world: World) -> None:
    async with live_log(kafka, capacity=3) as log:
        seen = log.ring.head
        await world.publish(60)
        partitions = [p for p in log.history.layout if p.topic == AGENT_EVENTS.name]
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
        await consumer.start()
        ends = await consumer.end_offsets(partitions)
        await consumer.stop()
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        await admin.delete_records({p: RecordsToDelete(before_offset=end) for p, end in ends.items()})
        await admin.close()
        with pytest.raises(Lost):
            await (await log.reader(seen.text())).read(1)


@pytest.mark.parametrize("what", ["nonsense", "1.2.3", "far"])
async def test_an_id_that_is_none_of_ours_starts_anew(process: LocalStack, world: World, what: str) -> None:
    browser = await enter(process)
    await browser.listen(lambda: bool(browser.names))
    assert browser.last_id is not None
    browser.last_id = ".".join(["ffffffff"] * (browser.last_id.count(".") + 1)) if what == "far" else what
    listening = asyncio.create_task(browser.listen(lambda: len(browser.got) == 5))
    await in_time(lambda: len(browser.names) == 2, "no answer")
    assert browser.names == ["ready", "reset"]
    await world.publish(5)
    await asyncio.wait_for(listening, DEADLINE)
    world.check(browser.got)


async def test_a_stream_needs_a_session_and_ends_with_it(process: LocalStack) -> None:
    async with httpx.AsyncClient(base_url=process.url("gateway")) as stranger:
        assert (await stranger.get("/api/live")).status_code == 401
    browser = await enter(process)
    listening = asyncio.create_task(browser.listen(lambda: False))
    await in_time(lambda: browser.names == ["ready"], "no stream")
    headers = {"x-nitka-request": "1"}
    async with httpx.AsyncClient(base_url=browser.base, cookies=browser.cookies, headers=headers) as client:
        assert (await client.delete("/api/session")).status_code == 204
    await asyncio.wait_for(listening, DEADLINE)


async def test_an_analysts_stream_says_nothing_of_conversations(
    process: LocalStack, dsn: str, world: World
) -> None:
    async with postgres.pool(dsn, SCHEMA) as pool:
        await Accounts(pool, Passwords()).put("eva@nitka.example", "Eva", Role.ANALYST, PASSWORD)
    browser = await enter(process, "eva@nitka.example")
    listening = asyncio.create_task(browser.listen(lambda: False))
    await in_time(lambda: browser.names == ["ready"], "no stream")
    await world.publish(100)
    allowed = {e for key, events in world.by_key.items() for e in events if key.int % 3 == 1}
    await in_time(lambda: allowed <= set(browser.got), "presence is missing")
    listening.cancel()
    assert set(browser.got) == allowed


async def test_others_see_who_is_here_until_the_tabs_stream_ends(process: LocalStack) -> None:
    demo, ola = await enter(process), await enter(process, "ola@nitka.example")
    ola.tab, conversation = "ola-1", str(uuid4())
    watching = asyncio.create_task(demo.listen(lambda: False))
    leaving = asyncio.create_task(ola.listen(lambda: False))
    await in_time(lambda: demo.names == ola.names == ["ready"], "no streams")
    headers = {"x-nitka-request": "1", "x-nitka-tab": "ola-1"}
    async with httpx.AsyncClient(base_url=ola.base, cookies=ola.cookies, headers=headers) as client:
        me = (await client.get("/api/session")).json()["id"]
        body = {"conversation_id": conversation, "typing": True}

        async def seen(agents: list[dict[str, object]], what: str) -> None:
            await in_time(lambda: demo.here.get(conversation) == agents, what)

        assert (await client.post("/api/here", json=body)).status_code == 204
        await seen([{"agent_id": me, "typing": True}], "Ola is not seen")
        late = await enter(process)
        await asyncio.wait_for(late.listen(lambda: conversation in late.here), DEADLINE)
        leaving.cancel()
        await seen([], "Ola is still there")
    assert ola.here == {}
    watching.cancel()


async def test_a_quiet_stream_pings_with_its_place(process: LocalStack) -> None:
    browser = await enter(process)
    await asyncio.wait_for(browser.listen(lambda: len(browser.pings) == 2), DEADLINE)
    assert browser.last_id == browser.pings[-1]
