"""What the tests of this service share: a story of events as the other services publish them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from nitka.events import (
    Actor,
    ActorKind,
    Channel,
    ContactKind,
    ContactPoint,
    Envelope,
    Payload,
    derived_id,
    envelope,
)
from nitka.events import conversation as c
from nitka.reporting.domain.facts import Pseudonyms
from nitka.reporting.store.clickhouse import ClickHouse
from nitka.reporting.store.tables import migrate

CUSTOMER, AGENT = Actor(kind=ActorKind.CUSTOMER), Actor(kind=ActorKind.AGENT, id="agent-1")
ACCOUNT = "help@shop.example"


def at(text: str) -> datetime:
    """A moment from `2026-11-03 10:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def email(name: str) -> ContactPoint:
    return ContactPoint(kind=ContactKind.EMAIL, value=f"{name}@customer.example", name=name.title())


class Story:
    """Conversation events with correct sequences and stable ids. Conversations are told apart by a word."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self._sequences: Counter[str] = Counter()

    def id(self, name: str) -> UUID:
        return derived_id("story", name)

    def tell(
        self, name: str, when: str, kind: type[c.ConversationPayload], by: Actor = AGENT, **facts: Any
    ) -> Envelope:
        """One event of the conversation `name`."""
        self._sequences[name] += 1
        sequence = self._sequences[name]
        payload = kind(conversation_id=self.id(name), sequence=sequence, **facts)
        return self.add(payload, when, f"{name} {sequence}", by)

    def add(self, payload: Payload, when: str, key: str, by: Actor = CUSTOMER) -> Envelope:
        """Any event; `key` tells it from others of its type."""
        told = envelope(
            payload,
            event_id=derived_id("story", key, payload.TYPE),
            actor=by,
            occurred_at=at(when),
            recorded_at=at(when),
        )
        self.events.append(told)
        return told

    def opens(self, name: str, when: str, who: str, **facts: Any) -> None:
        """A customer's first message."""
        self.tell(
            name, when, c.ConversationOpened, CUSTOMER,
            number=len(self._sequences), channel=Channel.EMAIL, account=ACCOUNT, contact=email(who), **facts,
        )  # fmt: skip
        self.writes(name, when, who, automatic=facts.get("automatic"))

    def writes(self, name: str, when: str, who: str, **facts: Any) -> None:
        key = f"{name}-{self._sequences[name]}"
        self.tell(
            name, when, c.CustomerMessageReceived, CUSTOMER,
            message_id=derived_id(key), channel=Channel.EMAIL, account=ACCOUNT, sender=email(who),
            subject="Where is my parcel", text="It should be here by now.", external_id=key, **facts,
        )  # fmt: skip

    def replies(self, name: str, when: str) -> None:
        self.tell(
            name, when, c.AgentReplied,
            message_id=derived_id("reply", name, when), channel=Channel.EMAIL, account=ACCOUNT, agent_id="agent-1",
            to=(email("ann"),), text="It is on its way.",
        )  # fmt: skip


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def pseudonyms() -> Pseudonyms:
    return Pseudonyms(b"key of these tests")


@pytest.fixture
async def clickhouse(clickhouse_dsn: str) -> AsyncIterator[ClickHouse]:
    """A migrated, empty report store."""
    migrate(clickhouse_dsn)
    opened = ClickHouse(clickhouse_dsn, "test")
    await opened.open()
    yield opened
    await opened.close()
