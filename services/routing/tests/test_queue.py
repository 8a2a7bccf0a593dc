from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from nitka.events import ConversationStatus
from nitka.events.conversation import Priority
from nitka.routing.domain import CLAIM_LIFETIME, Claim, Known
from nitka.routing.store import Queue

pytestmark = pytest.mark.stack
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


async def fill(queue: Queue, *minutes: int) -> list[UUID]:
    """Conversations that wait since so many minutes after eleven."""
    found = [Known(uuid4(), 2, waiting_since=NOON + timedelta(minutes=m - 60)) for m in minutes]
    await save(queue, *found)
    return [k.conversation_id for k in found]


async def save(queue: Queue, *known: Known) -> None:
    async with queue.transaction() as connection:
        await queue.save(connection, known)


async def claim(queue: Queue, agent: str, now: datetime = NOON) -> Claim:
    found = await queue.claim(agent, now)
    assert found is not None
    return found


async def test_the_longest_waiting_is_first_and_nobody_gets_anothers(queue: Queue) -> None:
    late, first, second = await fill(queue, 30, 1, 2)
    assert [(await claim(queue, a)).conversation_id for a in ("a1", "a2", "a3")] == [first, second, late]
    assert await queue.claim("a4", NOON) is None
    assert await queue.waiting(NOON) == (0, None)


async def test_the_urgent_go_before_those_who_wait_longer(queue: Queue) -> None:
    (long,) = await fill(queue, 1)
    low, urgent = (
        Known(uuid4(), 2, waiting_since=NOON - timedelta(minutes=m), priority=priority)
        for m, priority in ((90, Priority.LOW), (5, Priority.URGENT))
    )
    await save(queue, low, urgent)
    given = [(await claim(queue, a)).conversation_id for a in ("a1", "a2", "a3")]
    assert given == [urgent.conversation_id, long, low.conversation_id]


async def test_who_does_not_wait_is_never_given(queue: Queue) -> None:
    waits = Known(uuid4(), 1, waiting_since=NOON)
    await save(
        queue,
        replace(waits, conversation_id=uuid4(), assignee="a9"),
        replace(waits, conversation_id=uuid4(), status=ConversationStatus.SNOOZED),
        replace(waits, conversation_id=uuid4(), waiting_since=None),
        waits,
    )
    assert (await claim(queue, "a1")).conversation_id == waits.conversation_id
    assert await queue.claim("a2", NOON) is None


async def test_an_agent_who_asks_again_is_given_the_same_until_it_is_settled(queue: Queue) -> None:
    first, second = await fill(queue, 1, 2)
    found = await claim(queue, "a1")
    assert await claim(queue, "a1", NOON + timedelta(seconds=5)) == found
    await queue.settle(found, outdated_through=2)
    assert (await claim(queue, "a1")).conversation_id == second
    assert found.conversation_id == first


async def test_a_claim_that_a_crash_left_behind_ends(queue: Queue) -> None:
    [only] = await fill(queue, 1)
    lost = await claim(queue, "a1")
    await claim(queue, "a1", NOON + timedelta(seconds=9))  # asking again does not prolong it
    assert await queue.claim("a2", NOON + timedelta(seconds=9)) is None
    assert await queue.waiting(NOON + CLAIM_LIFETIME) == (1, NOON - timedelta(minutes=59))
    found = await claim(queue, "a2", NOON + CLAIM_LIFETIME)
    assert found.conversation_id == only
    await queue.settle(lost, outdated_through=0)  # the first call wakes up late and takes nothing away
    assert await queue.claim("a3", NOON + CLAIM_LIFETIME) is None


async def test_what_is_outdated_comes_back_with_the_next_event_only(queue: Queue) -> None:
    [only] = await fill(queue, 1)
    await queue.settle(await claim(queue, "a1"), outdated_through=4)
    assert await queue.claim("a2", NOON) is None
    waits = Known(only, 4, waiting_since=NOON)
    await save(queue, waits)
    assert await queue.claim("a2", NOON) is None
    await save(queue, replace(waits, sequence=5))
    assert (await claim(queue, "a2")).sequence == 5


async def test_one_that_fails_lets_others_go_first(queue: Queue) -> None:
    broken, whole = await fill(queue, 1, 2)
    await queue.set_aside(await claim(queue, "a1"), NOON)
    assert (await claim(queue, "a1")).conversation_id == whole
    assert await queue.claim("a2", NOON) is None
    assert (await claim(queue, "a2", NOON + CLAIM_LIFETIME)).conversation_id == broken


async def test_older_knowledge_never_overwrites_newer(queue: Queue) -> None:
    [only] = await fill(queue, 1)
    await save(queue, Known(only, 9, assignee="a1"))
    await save(queue, Known(only, 3, waiting_since=NOON))
    async with queue.transaction() as connection:
        assert await queue.load(connection, [only]) == {only: Known(only, 9, assignee="a1")}


async def test_many_at_once_each_get_their_own_and_a_double_click_gets_one(queue: Queue) -> None:
    await fill(queue, *range(30))
    agents = [f"a{n}" for n in range(20)]
    found = await asyncio.gather(*(claim(queue, a) for a in agents for _ in range(2)))
    given = {agent: {c.conversation_id for c in found if c.agent_id == agent} for agent in agents}
    assert all(len(ids) == 1 for ids in given.values())
    assert len(set().union(*given.values())) == 20
