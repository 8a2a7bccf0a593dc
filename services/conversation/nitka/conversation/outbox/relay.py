"""The relay: one process tails the event log and publishes it, in order, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg.rows import dict_row

from nitka.conversation.domain.events import DeliveryChanged
from nitka.conversation.outbox.public import Material, contact_ids, message_ids
from nitka.conversation.outbox.requests import Outbox, leaving
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.events import SCHEMA, TABLE, EventLog
from nitka.conversation.store.mapping import Recorded
from nitka.conversation.store.recent import Recent
from nitka.events import ContactPoint
from nitka.runtime import logs, telemetry
from nitka.runtime.consumer import TRANSIENT
from nitka.runtime.publisher import Publisher, Record

BATCH = 1000
_LOCK = 7_215_101
"""Advisory lock: whoever holds it is the active relay; the others wait to take over."""
_TAKE_OVER_SECONDS, _WAKE_SECONDS, _RETRY_SECONDS = 1.0, 0.5, 5.0
_log = logs.get("relay")

Connection = psycopg.AsyncConnection[dict[str, Any]]
Known = TypeVar("Known", Content, ContactPoint)


class Relay:
    """Publishes stored events. The position is stored after Kafka's acknowledgement, so a crash repeats a batch
    and never skips one."""

    def __init__(self, dsn: str, log: EventLog, publisher: Publisher, outbox: Outbox) -> None:
        self._dsn, self._log, self._publisher, self._outbox = dsn, log, publisher, outbox
        self._trouble: str | None = None

    async def ready(self) -> None:
        """A readiness check: raises while an event cannot be mapped; a dependency's own check tells the rest."""
        if self._trouble:
            raise RuntimeError(self._trouble)

    async def run(self) -> None:
        """Relay until cancelled. Trouble with Kafka or PostgreSQL is waited out; an event that cannot be mapped
        stops the relay where it stands, visibly, because to skip it would be to lose it."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, row_factory=dict_row, options=f"-c search_path={SCHEMA}"
                )
                async with connection:
                    await self._relay(connection)
            except TRANSIENT as error:
                _log.warning("waiting for a dependency", error=type(error).__name__)
                await asyncio.sleep(_WAKE_SECONDS)
            except Exception as error:  # noqa: BLE001 - reported by `ready` and tried again
                self._trouble = type(error).__name__
                _log.error("relay stands still", exc_info=error)
                await asyncio.sleep(_RETRY_SECONDS)

    @staticmethod
    async def _is_active(connection: Connection) -> bool:
        return bool((await _one(connection, "SELECT pg_try_advisory_lock(%s) AS got", _LOCK))["got"])

    async def _relay(self, connection: Connection) -> None:
        while not await self._is_active(connection):  # noqa: ASYNC110 - the lock is the database's
            await asyncio.sleep(_TAKE_OVER_SECONDS)
        await connection.execute(f"LISTEN {TABLE}".encode())
        await connection.execute("INSERT INTO relay VALUES ('public', 0) ON CONFLICT DO NOTHING")
        position = (await _one(connection, "SELECT position FROM relay WHERE name = %s", "public"))["position"]
        while True:
            last, recorded = await self._read(connection, position)
            if not recorded:
                async for _ in connection.notifies(timeout=_WAKE_SECONDS, stop_after=1):
                    pass
                continue
            material = await gather(connection, self._log.recent, recorded)
            with telemetry.spans("conversation.publish", [one.meta.traceparent for one in recorded]):
                # In a thread: the first language that is told loads a model for a second or two.
                records = await asyncio.to_thread(self._records, recorded, material)
                await self._publisher.publish(*records)
            position, self._trouble = last, None
            await connection.execute("UPDATE relay SET position = %s WHERE name = 'public'", (position,))

    def _records(self, recorded: Sequence[Recorded], material: Material) -> list[Record]:
        return [r for one in recorded for r in self._outbox.records(one, material)]

    async def _read(self, connection: Connection, position: int) -> tuple[int, list[Recorded]]:
        """The next events after a position of the log, in its order, and the position of the last one."""
        found = await connection.execute(
            "SELECT notification_id, originator_id, originator_version FROM stored_events "
            "WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
            (position, BATCH),
        )
        rows = await found.fetchall()
        if not rows:
            return position, []
        known = [self._log.recent.take(row["originator_id"], row["originator_version"]) for row in rows]
        missing = [row["notification_id"] for row, event in zip(rows, known, strict=True) if event is None]
        parsed = await _stored(connection, missing)
        events = [event or parsed[row["notification_id"]] for row, event in zip(rows, known, strict=True)]
        return rows[-1]["notification_id"], events


async def gather(connection: Connection, recent: Recent, recorded: Sequence[Recorded]) -> Material:
    """The content that these events speak of: what this process remembers of it, the rest from the tables.

    Another process may have changed or erased what is remembered here, so only what an event itself wrote is taken
    from memory: what is said of the delivery of an older message has the tables asked.
    """
    messages, asked_messages = _remembered(
        [(i, recent.content(i, r)) for r in recorded for i in message_ids(r.event)]
    )
    contacts, asked_contacts = _remembered(
        [
            (i, None if isinstance(r.event, DeliveryChanged) else recent.contact(i))
            for r in recorded
            for i in contact_ids(r.event)
        ]
    )
    messages |= await _messages(connection, asked_messages)
    sent = [messages[i] for r in recorded if (i := leaving(r.event)) in messages]
    answered = await _messages(connection, [m.answers for m in sent if m.answers])
    asked_contacts += [m.contact_id for m in answered.values() if m.contact_id]
    return Material(
        contacts | await _contacts(connection, asked_contacts),
        messages | answered,
        await _zone(connection) if answered else None,
    )


def _remembered(found: Sequence[tuple[UUID, Known | None]]) -> tuple[dict[UUID, Known], list[UUID]]:
    """What memory is good enough for, and the ids that the tables have to be asked for."""
    asked = {i for i, known in found if known is None}
    return {i: known for i, known in found if known is not None and i not in asked}, list(asked)


async def _stored(connection: Connection, positions: Sequence[int]) -> dict[int, Recorded]:
    if not positions:
        return {}
    found = await connection.execute(
        "SELECT * FROM stored_events WHERE notification_id = ANY(%s)", (list(positions),)
    )
    return {
        row["notification_id"]: mapping.from_stored(
            StoredEvent(row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))
        )
        async for row in found
    }


async def _messages(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Content]:
    if not ids:
        return {}
    found = await connection.execute("SELECT * FROM message WHERE id = ANY(%s)", (list(ids),))
    return {row["id"]: contents.read(row) async for row in found}


async def _contacts(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, ContactPoint]:
    if not ids:
        return {}
    found = await connection.execute("SELECT * FROM contact WHERE id = ANY(%s)", (list(ids),))
    return {row["id"]: ContactPoint(kind=row["kind"], value=row["value"], name=row["name"]) async for row in found}


async def _zone(connection: Connection) -> ZoneInfo | None:
    found = await connection.execute("SELECT body ->> 'time_zone' AS zone FROM shop_setting")
    row = await found.fetchone()
    return ZoneInfo(row["zone"]) if row and row["zone"] else None


async def _one(connection: Connection, query: LiteralString, *values: object) -> dict[str, Any]:
    row = await (await connection.execute(query, values)).fetchone()
    assert row is not None
    return row
