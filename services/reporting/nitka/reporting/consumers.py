"""From topics to fact tables: thin, and repeatable."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.kafka import KafkaBroker

from nitka.events import CustomerErased
from nitka.events.conversation import ConversationPayload
from nitka.events.topics import AGENT_EVENTS, CONVERSATION_EVENTS, CUSTOMER_EVENTS
from nitka.reporting.domain.facts import Pseudonyms, agent_fact, conversation_fact, customer_fact, erasure
from nitka.reporting.store.tables import Facts
from nitka.runtime.consumer import Consumer, Delivery, Handler
from nitka.runtime.publisher import Publisher

GROUP = "reporting"
BATCH = 5000
MAX_DELAY = 0.5
"""Seconds that rows wait for others: every insert is a file that ClickHouse has to merge later."""


def consumers(
    broker: KafkaBroker, publisher: Publisher, servers: str, instance: str, facts: Facts, pseudonyms: Pseudonyms
) -> list[Consumer]:
    """One consumer per topic. Offsets are committed after the rows are on disk."""
    handlers = (
        (CONVERSATION_EVENTS, _conversations(facts, pseudonyms)),
        (AGENT_EVENTS, _agents(facts)),
        (CUSTOMER_EVENTS, _customers(facts, pseudonyms)),
    )
    return [
        Consumer(
            broker,
            topic,
            handler,
            group=GROUP,
            instance=instance,
            publisher=publisher,
            servers=servers,
            max_records=BATCH,
            max_delay=MAX_DELAY,
        )
        for topic, handler in handlers
    ]


def _conversations(facts: Facts, pseudonyms: Pseudonyms) -> Handler:
    async def handle(batch: Sequence[Delivery]) -> None:
        found = [(d.event.envelope, d.event.payload) for d in batch]
        await facts.add_conversations(
            [conversation_fact(e, p, pseudonyms) for e, p in found if isinstance(p, ConversationPayload)]
        )

    return handle


def _agents(facts: Facts) -> Handler:
    async def handle(batch: Sequence[Delivery]) -> None:
        found = [(d.event.envelope, d.event.payload) for d in batch]
        await facts.add_agents([f for e, p in found if p and (f := agent_fact(e, p))])

    return handle


def _customers(facts: Facts, pseudonyms: Pseudonyms) -> Handler:
    async def handle(batch: Sequence[Delivery]) -> None:
        found = [(d.event.envelope, d.event.payload) for d in batch]
        await facts.add_customers([f for e, p in found if p and (f := customer_fact(e, p))])
        for envelope, payload in found:
            if isinstance(payload, CustomerErased):
                await facts.erase(erasure(envelope, payload, pseudonyms))

    return handle
