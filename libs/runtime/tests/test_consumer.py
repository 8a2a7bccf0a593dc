"""Consuming: what is good goes on, what is broken is set aside in order, what waits is waited for."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from nitka.runtime.consumer import POISON_LIMIT
from nitka.runtime.dead_letters import Reason, replay
from nitka.runtime.publisher import PublishError

pytestmark = pytest.mark.stack


async def until(condition: Any, seconds: float = 30) -> None:
    """Wait for another task's effect."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.05)


async def test_a_batch_arrives_whole_and_in_order(reading: Any) -> None:
    await reading.send("a", *(f"{n}" for n in range(100)))
    await reading.start()
    await until(lambda: len(reading.handled) == 100)
    assert reading.handled == [f"{n}" for n in range(100)]
    assert len(reading.batches) < 20


async def test_what_is_no_event_is_set_aside_and_the_rest_goes_on(reading: Any) -> None:
    await reading.send("a", "one")
    for junk in (b"", b"{", b"null", b'{"type": "agent.presence_changed"}', b"\xff\xfe", b"[" * 10_000):
        await reading.send_raw("a", junk)
    await reading.send("a", "two")
    await reading.start()
    await until(lambda: reading.handled == ["one", "two"])
    letters = await reading.letters()
    assert [letter.reason for letter in letters] == [Reason.INVALID] * 6
    assert [letter.source_offset for letter in letters] == [1, 2, 3, 4, 5, 6]
    assert {(letter.group, letter.key) for letter in letters} == {("reader", b"a")}


async def test_an_event_type_of_the_future_is_no_dead_letter(reading: Any) -> None:
    event = reading.event("a", "one")
    newer = event.value.replace(b"agent.presence_changed", b"agent.teleported")
    await reading.send_raw("a", newer)
    await reading.send("a", "two")
    await reading.start()
    await until(lambda: reading.handled == ["two"])
    assert await reading.letters() == []


async def test_headers_that_are_no_text_do_not_stop_the_consumer(reading: Any) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=reading.servers)
    await producer.start()
    value = reading.event("a", "one").value
    hostile = [("ce_id", b"\xff\xfe"), ("content-type", b"\x80"), ("x", b"")]
    await producer.send_and_wait(reading.topic.name, value=value, key=b"a", headers=hostile)
    await producer.send_and_wait(reading.topic.name, value=b"junk", key=b"\xff\xfe", headers=hostile)
    await producer.send_and_wait(reading.topic.name, value=None, key=b"", headers=[("y", None)])
    await producer.stop()
    await reading.send("a", "two")
    await reading.start()
    await until(lambda: reading.handled == ["one", "two"])
    assert [letter.reason for letter in await reading.letters()] == [Reason.INVALID] * 2


async def test_one_poisoned_event_parks_its_key_and_nothing_else(reading: Any) -> None:
    reading.broken = {"bad"}
    await reading.send("a", "a1", "bad", "a2")
    await reading.send("b", "b1", "b2")
    await reading.send("a", "a3")
    await reading.send("b", "b3")
    await reading.start()
    await until(lambda: "b3" in reading.handled)
    assert sorted(reading.handled) == ["a1", "b1", "b2", "b3"]
    assert await reading.told() == [("poison", "bad"), ("parked", "a2"), ("parked", "a3")]
    # What comes later is parked too, also by a consumer that starts anew.
    await reading.stop()
    await reading.send("a", "a4")
    await reading.send("b", "b4")
    await reading.start()
    await until(lambda: "b4" in reading.handled)
    assert (await reading.told())[-1] == ("parked", "a4")


async def test_a_dead_letter_says_where_it_failed_and_quotes_nobody(reading: Any) -> None:
    reading.broken = {"bad"}
    await reading.send("a", "bad")
    await reading.start()
    await until(lambda: reading.attempts >= 3)
    while not (letters := await reading.letters()):
        await asyncio.sleep(0.05)
    assert letters[0].error == "Trouble"
    assert "_handle" in letters[0].stack
    assert "customer.example" not in letters[0].error + letters[0].stack


async def test_a_replay_after_the_repair_keeps_the_order(reading: Any) -> None:
    reading.broken = {"bad"}
    await reading.send("a", "bad", "a2", "a3")
    await reading.send("b", "b1")
    await reading.start()
    await until(lambda: reading.handled == ["b1"])
    reading.broken = set()
    await replay(reading.publisher, reading.topic, await reading.letters())
    await until(lambda: reading.handled == ["b1", "bad", "a2", "a3"])
    assert await reading.letters() == []
    await reading.send("a", "a4")
    await until(lambda: reading.handled[-1] == "a4")


async def test_a_replay_that_fails_again_stays_parked_and_can_be_repeated(reading: Any) -> None:
    reading.broken = {"bad"}
    await reading.send("a", "bad", "a2", "a3")
    await reading.send("b", "b1")
    await reading.start()
    await until(lambda: reading.handled == ["b1"])
    for n in (2, 3):
        await replay(reading.publisher, reading.topic, await reading.letters())
        await reading.send("b", f"b{n}")
        await until(lambda n=n: reading.handled[-1] == f"b{n}")
        assert await reading.told() == [("poison", "bad"), ("parked", "a2"), ("parked", "a3")]
    reading.broken = set()
    await replay(reading.publisher, reading.topic, await reading.letters())
    await until(lambda: reading.handled[-1] == "a3")
    assert reading.handled == ["b1", "b2", "b3", "bad", "a2", "a3"]
    assert await reading.letters() == []


async def test_a_replay_is_for_the_group_that_gave_up(reading: Any) -> None:
    reading.broken = {"bad"}
    await reading.send("a", "bad")
    await reading.start()
    other = type(reading)(reading.servers, reading.topic, reading.publisher)
    await other.start(group="other")
    await until(lambda: other.handled == ["bad"])
    while not await reading.letters():
        await asyncio.sleep(0.05)
    reading.broken = set()
    await replay(reading.publisher, reading.topic, await reading.letters())
    await reading.send("b", "b1")
    await until(lambda: reading.handled == ["bad", "b1"] and other.handled[-1] == "b1")
    assert other.handled == ["bad", "b1"]
    await other.stop()


async def test_a_dependency_that_is_away_is_waited_for(reading: Any) -> None:
    reading.away = True
    await reading.send_raw("x", b"junk")
    await reading.send("a", "one", "two")
    await reading.start()
    await until(lambda: reading.attempts >= 3)
    assert reading.handled == []
    reading.away = False
    await until(lambda: reading.handled == ["one", "two"])
    # The junk came with every attempt and is one dead letter all the same.
    assert [d.source_offset for d in await reading.letters()] == [0]


async def test_an_outage_after_poison_does_not_double_the_dead_letters(reading: Any) -> None:
    reading.broken = {"bad"}
    handle = reading._handle

    async def away_after_the_poison(batch: Any) -> None:
        reading.away = reading.attempts > 6 and reading.attempts < 10
        await handle(batch)

    reading._handle = away_after_the_poison
    await reading.send("a", "bad", "a2")
    await reading.send("b", *(f"b{n}" for n in range(20)))
    await reading.start()
    await until(lambda: "b19" in reading.handled)
    assert await reading.told() == [("poison", "bad"), ("parked", "a2")]


async def test_too_much_poison_stops_the_consumer_and_says_so(reading: Any) -> None:
    for n in range(POISON_LIMIT + 20):
        await reading.send_raw(f"{n}", b"junk")
    await reading.start()
    await until(lambda: reading.consumer.halted)
    with pytest.raises(RuntimeError, match="too many dead letters"):
        await reading.consumer.ready()
    await reading.send("a", "one")
    letters = len(await reading.letters())
    assert letters <= POISON_LIMIT + 20
    assert reading.handled == []


async def test_what_was_not_committed_comes_again(reading: Any) -> None:
    await reading.send("a", "one")
    await reading.start()
    await until(lambda: reading.handled == ["one"])
    await reading.stop()
    reading.away = True
    await reading.send("a", "two")
    await reading.start()
    attempts = reading.attempts
    await until(lambda: reading.attempts > attempts)
    await reading.stop()
    reading.away = False
    await reading.start()
    await until(lambda: reading.handled[-1] == "two")
    assert reading.handled == ["one", "two"]


async def test_a_dead_letter_that_cannot_be_written_is_waited_for(reading: Any) -> None:
    publish = reading.publisher.publish
    refused = []

    async def away(*records: Any) -> None:
        if len(refused) < 2:
            refused.append(records)
            raise PublishError("away")
        await publish(*records)

    await reading.send_raw("a", b"junk")
    await reading.send("a", "one")
    reading.publisher.publish = away
    await reading.start()
    await until(lambda: reading.handled == ["one"])
    assert len(await reading.letters()) == 1
