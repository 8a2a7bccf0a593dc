"""The relay: one process tails the event log and publishes it, in order, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from nitka.conversation.outbox.public import Material, Outbox, contact_ids, message_ids
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.events import SCHEMA, TABLE, EventLog
from nitka.conversation.store.mapping import Recorded
from nitka.events import ContactPoint
from nitka.runtime import logs
from nitka.runtime.consumer import TRANSIENT
from nitka.runtime.publisher import Publisher

BATCH = 1000
_LOCK = 7_215_101
"""Advisory lock: whoever holds it is the active relay; the others wait to take over."""
_TAKE_OVER_SECONDS, _WAKE_SECONDS, _RETRY_SECONDS = 1.0, 0.5, 5.0
_log = logs.get("relay")


class Relay:
    """Publishes stored events. The position is stored after Kafka's acknowledgement, so a crash repeats a batch
    and never skips one."""

    def __init__(self, dsn: str, log: EventLog, publisher: Publisher, outbox: Outbox) -> None:
        self._dsn, self._events, self._publisher, self._outbox = dsn, log, publisher, outbox
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
    async def _is_active(connection: psycopg.AsyncConnection[dict[str, Any]]) -> bool:
        return bool((await _one(connection, "SELECT pg_try_advisory_lock(%s) AS got", _LOCK))["got"])

    async def _relay(self, connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
        while not await self._is_active(connection):  # noqa: ASYNC110 - the lock is the database's
            await asyncio.sleep(_TAKE_OVER_SECONDS)
        await connection.execute(f"LISTEN {TABLE}".encode())
        await connection.execute("INSERT INTO relay VALUES ('public', 0) ON CONFLICT DO NOTHING")
        position = (await _one(connection, "SELECT position FROM relay WHERE name = %s", "public"))["position"]
        while True:
            stored = await asyncio.to_thread(
                self._events.select_notifications, position, BATCH, inclusive_of_start=False
            )
            if not stored:
                async for _ in connection.notifies(timeout=_WAKE_SECONDS, stop_after=1):
                    pass
                continue
            recorded = [mapping.from_stored(s) for s in stored]
            material = await _material(connection, recorded)
            await self._publisher.publish(*(r for one in recorded for r in self._outbox.records(one, material)))
            position, self._trouble = stored[-1].id, None
            await connection.execute("UPDATE relay SET position = %s WHERE name = 'public'", (position,))


async def _one(
    connection: psycopg.AsyncConnection[dict[str, Any]], query: LiteralString, *values: object
) -> dict[str, Any]:
    row = await (await connection.execute(query, values)).fetchone()
    assert row is not None
    return row


async def _material(connection: psycopg.AsyncConnection[dict[str, Any]], recorded: Sequence[Recorded]) -> Material:
    messages = {i for r in recorded for i in message_ids(r.event)}
    contacts = {i for r in recorded for i in contact_ids(r.event)}
    found = await connection.execute("SELECT * FROM message WHERE id = ANY(%s)", (list(messages),))
    rows = [contents.read(row) async for row in found]
    points = await connection.execute("SELECT * FROM contact WHERE id = ANY(%s)", (list(contacts),))
    return Material(
        {row["id"]: ContactPoint(kind=row["kind"], value=row["value"], name=row["name"]) async for row in points},
        {content.id: content for content in rows},
    )
