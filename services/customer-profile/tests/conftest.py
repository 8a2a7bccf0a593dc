"""Events to tell the service, and the service's parts on a real database."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest
from psycopg_pool import AsyncConnectionPool

from nitka.customer_profile import store
from nitka.customer_profile.consumers import Profiles
from nitka.customer_profile.outbox import Relay
from nitka.events import (
    SYSTEM,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    OrderPlaced,
    Payload,
    ShopVisited,
    envelope,
)
from nitka.events.conversation import ConversationOpened, CustomerMessageReceived, DeliveryChanged, SplitOff
from nitka.events.topics import CUSTOMER_EVENTS
from nitka.events.wire import Event, parse
from nitka.runtime import postgres
from nitka.runtime.consumer import Delivery


class Told:
    """Makes deliveries."""

    def __init__(self) -> None:
        self._sequence = itertools.count(1)

    @staticmethod
    def contact(text: str, name: str | None = None) -> ContactPoint:
        """`kind:value`."""
        kind, _, value = text.partition(":")
        return ContactPoint(kind=ContactKind(kind), value=value, name=name)

    def event(self, payload: Payload, at: datetime) -> Delivery:
        wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=at)
        return Delivery(Event(wrapped, payload), "", 0, next(self._sequence))

    def opened(self, number: int, contact: str, at: datetime, **more: Any) -> Delivery:
        payload = ConversationOpened(
            conversation_id=uuid5(NAMESPACE_URL, str(number)),
            sequence=1,
            number=number,
            channel=Channel.EMAIL,
            account="help@shop.example",
            contact=self.contact(contact),
            **more,
        )
        return self.event(payload, at)

    def message(self, number: int, sender: str, at: datetime, name: str | None = None, **more: Any) -> Delivery:
        payload = CustomerMessageReceived(
            conversation_id=uuid5(NAMESPACE_URL, str(number)),
            sequence=next(self._sequence),
            message_id=uuid4(),
            channel=Channel.EMAIL,
            account="help@shop.example",
            sender=self.contact(sender, name),
            external_id=uuid4().hex,
            **more,
        )
        return self.event(payload, at)

    def split(self, number: int, into: int, message: Delivery, at: datetime) -> Delivery:
        """A message goes from one conversation to another."""
        said = message.event.payload
        assert isinstance(said, CustomerMessageReceived)
        payload = SplitOff(
            conversation_id=uuid5(NAMESPACE_URL, str(number)),
            sequence=next(self._sequence),
            into=uuid5(NAMESPACE_URL, str(into)),
            message_ids=(said.message_id,),
        )
        return self.event(payload, at)

    def bounced(
        self, recipient: str, at: datetime, *, hard: bool = True, state: DeliveryState = DeliveryState.BOUNCED
    ) -> Delivery:
        payload = DeliveryChanged(
            conversation_id=uuid4(),
            sequence=1,
            message_id=uuid4(),
            state=state,
            recipient=self.contact(recipient),
            hard=hard,
        )
        return self.event(payload, at)

    def order(self, order_id: str, total: str, at: datetime, *contacts: str, **more: Any) -> Delivery:
        fields: dict[str, Any] = {"currency": "PLN", "customer_key": contacts[0], "placed_at": at}
        payload = OrderPlaced(
            shop="main",
            contacts=tuple(map(self.contact, contacts)),
            order_id=order_id,
            total=Decimal(total),
            **(fields | more),
        )
        return self.event(payload, at)

    def visit(self, at: datetime, *contacts: str, product: str | None = None) -> Delivery:
        payload = ShopVisited(
            shop="main",
            customer_key=contacts[0],
            contacts=tuple(map(self.contact, contacts)),
            visit_id=uuid4().hex,
            product=product,
            url="https://shop.example/",
        )
        return self.event(payload, at)


@pytest.fixture
def told() -> Told:
    return Told()


class NoBroker:
    """Collects what would be published."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    async def publish(self, *records: Any) -> None:
        self.values += [r.value for r in records]


@dataclass
class Parts:
    """The service without broker and HTTP."""

    pool: AsyncConnectionPool
    relay: Relay
    profiles: Profiles
    cards: store.Cards
    broker: NoBroker

    async def published(self) -> list[Event]:
        """Everything that the outbox held until now, in order."""
        while await self.relay.relay():
            pass
        found = [parse(CUSTOMER_EVENTS, v) for v in self.broker.values]
        self.broker.values.clear()
        return found

    async def restarted(self) -> Parts:
        """The same database, new parts: whatever lived in memory is gone."""
        return make_parts(self.pool)


def make_parts(pool: AsyncConnectionPool) -> Parts:
    broker = NoBroker()
    relay = Relay(pool, broker)  # type: ignore[arg-type]
    return Parts(pool, relay, Profiles(pool, relay), store.Cards(pool), broker)


@pytest.fixture
async def parts(postgres_dsn: str) -> AsyncIterator[Parts]:
    store.migrate(postgres_dsn)
    store.migrate(postgres_dsn)
    async with postgres.pool(postgres_dsn, store.SCHEMA) as pool:
        yield make_parts(pool)
