"""The fact tables, and the only hand that writes them.

Every table is a ReplacingMergeTree over the natural key of its facts: an event that comes twice is one row once
merged, and every reader uses FINAL, so it is one row at once. Nothing is aggregated on the way in: a replay of
the whole topic changes no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

from clickhouse_connect.driver import Client

from nitka.reporting.domain.facts import AgentFact, ConversationFact, CustomerFact, Erasure
from nitka.reporting.store.clickhouse import ClickHouse, connect, create_database
from nitka.reporting.store.views import VIEWS, create_view

_ENGINE = "ENGINE = ReplacingMergeTree"
# Acknowledged means on disk; our keys alone decide what a duplicate is.
_DURABLE = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 0"

TABLES: dict[str, str] = {
    "conversation_events": f"""(
        conversation_id UUID,
        sequence UInt64,
        event_id UUID,
        type LowCardinality(String),
        at DateTime64(3, 'UTC'),
        recorded_at DateTime64(3, 'UTC'),
        actor LowCardinality(String),
        agent_id LowCardinality(Nullable(String)),
        channel LowCardinality(Nullable(String)),
        account LowCardinality(Nullable(String)),
        contact Nullable(String),
        customer_id Nullable(UUID),
        message_id Nullable(UUID),
        number Nullable(UInt64),
        automatic LowCardinality(Nullable(String)),
        label LowCardinality(Nullable(String)),
        score Nullable(UInt8),
        status LowCardinality(Nullable(String)),
        assignee LowCardinality(Nullable(String)),
        reason LowCardinality(Nullable(String)),
        merged_into Nullable(UUID)
    ) {_ENGINE} ORDER BY (conversation_id, sequence) {_DURABLE}""",
    "agent_events": f"""(
        agent_id LowCardinality(String),
        event_id UUID,
        type LowCardinality(String),
        at DateTime64(3, 'UTC'),
        presence LowCardinality(Nullable(String)),
        previous LowCardinality(Nullable(String)),
        reason LowCardinality(Nullable(String)),
        conversation_id Nullable(UUID),
        waited_seconds Nullable(Float64)
    ) {_ENGINE} ORDER BY (agent_id, event_id) {_DURABLE}""",
    "customer_events": f"""(
        customer_id UUID,
        event_id UUID,
        type LowCardinality(String),
        at DateTime64(3, 'UTC'),
        segment LowCardinality(Nullable(String)),
        previous LowCardinality(Nullable(String)),
        merged_id Nullable(UUID)
    ) {_ENGINE} ORDER BY (customer_id, event_id) {_DURABLE}""",
    # Kept a little longer than the topics keep their records, so that a replay cannot bring an erased person back.
    "erased_contacts": f"""(
        contact String,
        pseudonym String,
        erased_at DateTime64(3, 'UTC')
    ) {_ENGINE} ORDER BY contact TTL toDateTime(erased_at) + INTERVAL 45 DAY {_DURABLE}""",
}


def migrate(dsn: str) -> None:
    """Create the database, the tables and the views. Repeatable; run by one process before the service starts."""
    create_database(dsn)
    client = connect(dsn)
    try:
        for name, definition in TABLES.items():
            client.command(f"CREATE TABLE IF NOT EXISTS {name} {definition}")
        for view in VIEWS:
            client.command(create_view(view))
    finally:
        client.close()


class _Erased(NamedTuple):
    pseudonym: str
    erased_at_ms: int


class Facts:
    """Writes facts in batches; a repeated batch changes nothing."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse
        self._erased: dict[str, _Erased] | None = None

    async def add_conversations(self, facts: Sequence[ConversationFact]) -> None:
        """Returns when the rows are on disk."""

        def work(client: Client) -> None:
            erased = self._known_erased(client)
            _insert(client, "conversation_events", [_forgotten(f, erased) for f in facts])

        await self._clickhouse.run(work)

    async def add_agents(self, facts: Sequence[AgentFact]) -> None:
        """Returns when the rows are on disk."""
        await self._clickhouse.run(lambda client: _insert(client, "agent_events", facts))

    async def add_customers(self, facts: Sequence[CustomerFact]) -> None:
        """Returns when the rows are on disk."""
        await self._clickhouse.run(lambda client: _insert(client, "customer_events", facts))

    async def erase(self, erasure: Erasure) -> None:
        """Replace the person's pseudonyms by random ones and forget the customer's id; figures stay."""

        def work(client: Client) -> None:
            erased = self._known_erased(client)
            until = int(erasure.at.timestamp() * 1000)
            for contact in erasure.contacts:
                known = erased.get(contact)
                entry = _Erased(known.pseudonym if known else uuid4().hex, until)
                row = (contact, entry.pseudonym, erasure.at)
                client.insert("erased_contacts", [row], ["contact", "pseudonym", "erased_at"])
                erased[contact] = entry
                _update(client, f"contact = '{entry.pseudonym}'", "contact = {value:String}", contact, until)
            _update(client, "customer_id = NULL", "customer_id = {value:UUID}", str(erasure.customer_id), until)

        await self._clickhouse.run(work)

    def _known_erased(self, client: Client) -> dict[str, _Erased]:
        if self._erased is None:
            rows = client.query(
                "SELECT contact, pseudonym, toUnixTimestamp64Milli(erased_at) FROM erased_contacts FINAL"
            ).result_rows
            self._erased = {contact: _Erased(pseudonym, until) for contact, pseudonym, until in rows}
        return self._erased


def _insert(client: Client, table: str, facts: Sequence[ConversationFact | AgentFact | CustomerFact]) -> None:
    if facts:
        client.insert(table, facts, column_names=facts[0]._fields)


def _forgotten(fact: ConversationFact, erased: dict[str, _Erased]) -> ConversationFact:
    entry = erased.get(fact.contact or "")
    if entry is None or int(fact.at.timestamp() * 1000) > entry.erased_at_ms:
        return fact
    return fact._replace(contact=entry.pseudonym, customer_id=None)


def _update(client: Client, assignment: str, condition: str, value: str, until_ms: int) -> None:
    client.command(
        f"ALTER TABLE conversation_events UPDATE {assignment} "
        f"WHERE {condition} AND at <= fromUnixTimestamp64Milli({{until:Int64}}, 'UTC')",
        parameters={"value": value, "until": until_ms},
        settings={"mutations_sync": "2"},
    )
