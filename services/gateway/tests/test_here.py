"""Who is here: the rules, and the way between two gateways on one PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from nitka.api.personal import HereAgent
from nitka.gateway.domain import HERE_PER_AGENT, STAY, TABS_MAX, Here, Limit, Pace, Role
from nitka.gateway.store.streams import Stream

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
CONVERSATIONS = tuple(UUID(int=n) for n in range(1, 4))
DEADLINE = 30.0


def test_an_agent_is_there_once_and_types_when_one_of_their_tabs_does() -> None:
    first, second, _ = CONVERSATIONS
    here = Here().said("ola", "1", first, False, NOW).said("ola", "2", first, True, NOW)
    here = here.said("demo", "1", first, False, NOW)
    assert here.agents({first, second}) == {
        first: (HereAgent(agent_id="demo", typing=False), HereAgent(agent_id="ola", typing=True)),
        second: (),
    }
    here = here.said("ola", "2", None, False, NOW)
    assert here.agents({first})[first][1] == HereAgent(agent_id="ola", typing=False)


def test_a_tab_is_in_one_conversation_until_it_falls_silent() -> None:
    first, second, _ = CONVERSATIONS
    here = Here().said("ola", "1", first, True, NOW).said("ola", "1", second, False, NOW)
    assert here.conversations() == {second} and here.open_in("ola", "1") == second
    here = here.said("ola", "1", second, False, NOW + timedelta(seconds=10))
    assert here.at(NOW + STAY).conversations() == {second}
    assert here.at(NOW + STAY + timedelta(seconds=10)).conversations() == set()


def test_an_agent_who_makes_up_tabs_fills_no_memory() -> None:
    here = Here().said("demo", "1", CONVERSATIONS[0], False, NOW)
    for number in range(50):
        here = here.said("ola", str(number), uuid4(), False, NOW + timedelta(milliseconds=number))
    assert len(here.seats) == TABS_MAX + 1
    assert here.open_in("ola", "49") and not here.open_in("ola", "0") and here.open_in("demo", "1")


_WORDS = st.tuples(
    st.sampled_from(["ola", "demo"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from([None, *CONVERSATIONS]),
    st.booleans(),
    st.integers(min_value=0, max_value=20),
)


@given(st.lists(_WORDS, max_size=30))
def test_only_the_last_word_of_a_tab_counts(words: list[tuple[str, str, UUID | None, bool, int]]) -> None:
    here, now, last = Here(), NOW, {}
    for agent, tab, conversation, typing, pause in words:
        now += timedelta(seconds=pause)
        here = here.at(now).said(agent, tab, conversation, typing, now)
        last[agent, tab] = (conversation, typing, now)
    for conversation, agents in here.at(now).agents(set(CONVERSATIONS)).items():
        fresh = [(a, t) for (a, _), (c, t, at) in last.items() if c == conversation and at + STAY > now]
        expected = {agent: any(t for a, t in fresh if a == agent) for agent, _ in fresh}
        assert {a.agent_id: a.typing for a in agents} == expected


def test_what_comes_too_often_waits_for_the_next_window() -> None:
    pace = Pace(Limit(2, timedelta(seconds=10)))
    assert [pace.count("ola", NOW) for _ in range(4)] == [0, 0, 10, 10]
    assert pace.count("demo", NOW) == 0
    assert pace.count("ola", NOW + timedelta(seconds=10)) == 0


def stream_at(app: FastAPI, agent_id: str, role: Role = Role.AGENT, tab: str = "") -> Stream:
    """A stream that is open in this gateway."""
    stream = Stream(b"key", agent_id, role, tab)
    app.state.parts.streams.add(stream)
    return stream


async def heard(stream: Stream, event: str = "here") -> Any:
    """The next word of this kind that the stream is told."""
    async with asyncio.timeout(DEADLINE):
        while True:
            for frame in (await stream.said()).split("\n\n"):
                if frame.startswith(f"event: {event}\n"):
                    return json.loads(frame.split("data: ", 1)[1])


@pytest.mark.stack
async def test_another_gateway_tells_who_is_here(
    gateway: Any, sign_in: Any, hears: Any, postgres_dsn: str
) -> None:
    conversation = str(uuid4())
    async with gateway() as one, gateway() as two, sign_in(one) as client:
        await hears(one)
        await hears(two)
        me = (await client.get("/api/session")).json()["id"]
        ola, mine = stream_at(two, "ola"), stream_at(two, me)
        analyst = stream_at(two, "eva", Role.ANALYST)

        async def say(conversation_id: str | None, typing: bool = False) -> None:
            body = {"conversation_id": conversation_id, "typing": typing}
            answer = await client.post("/api/here", json=body, headers={"x-nitka-tab": "tab-1"})
            assert answer.status_code == 204

        await say(conversation)
        state = {"conversation_id": conversation, "agents": [{"agent_id": me, "typing": False}]}
        assert await heard(ola) == state
        await say(conversation, typing=True)
        assert (await heard(ola))["agents"] == [{"agent_id": me, "typing": True}]
        # Whoever asks when PostgreSQL has cut the line is told again by the next renewal.
        async with await psycopg.AsyncConnection.connect(postgres_dsn, autocommit=True) as c:
            await c.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
        await hears(two)
        await say(None)
        assert await heard(ola) == {"conversation_id": conversation, "agents": []}
        assert not mine.waits() and not analyst.waits()


@pytest.mark.stack
async def test_where_somebody_is_needs_a_session_a_role_and_restraint(
    gateway: Any, sign_in: Any, visit: Any
) -> None:
    body = {"conversation_id": str(uuid4())}
    async with gateway() as app:
        async with visit(app) as stranger:
            assert (await stranger.post("/api/here", json=body)).status_code == 401
        await app.state.parts.accounts.put("eva@nitka.example", "Eva", Role.ANALYST, "correct horse battery")
        async with sign_in(app, "eva@nitka.example") as eva:
            assert (await eva.post("/api/here", json=body)).status_code == 403
        async with sign_in(app) as client:
            assert (await client.post("/api/here", json={"conversation_id": "x"})).status_code == 422
            answers = [await client.post("/api/here", json={}) for _ in range(HERE_PER_AGENT.attempts + 1)]
            assert [a.status_code for a in answers[:-1]] == [204] * HERE_PER_AGENT.attempts
            assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
