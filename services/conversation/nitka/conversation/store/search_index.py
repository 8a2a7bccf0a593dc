"""What search looks at: the words of contact points and of messages, kept up to date from the event log.

Not in the transaction that stores a message: the index costs as much as all the rest of it. What follows the log
misses nothing, can begin again from the start, and is behind by less than a second unless a flood comes in.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import Cursor
from psycopg.rows import dict_row

from nitka.conversation.domain.events import Absorbed, DeliveryChanged
from nitka.conversation.store import mapping
from nitka.conversation.store.events import TABLE
from nitka.conversation.store.schema import SCHEMA
from nitka.runtime import logs
from nitka.runtime.consumer import TRANSIENT
from nitka.runtime.words import address_words, vector, words

BATCH = 300
"""Events at a time."""

_REST = 2
"""In a flood, rest so many times as long as a batch took: messages that come in go first."""

_GATHER_SECONDS, _LOOK_SECONDS, _RETRY_SECONDS = 0.2, 1.0, 1.0
"""After news, to take more at once; to look without news; after trouble."""

_DELIVERY = mapping.topic(DeliveryChanged)
"""The one kind that names a message and changes none of its words."""

_ABSORBED = mapping.topic(Absorbed)

_log = logs.get("search")

Connection = psycopg.AsyncConnection[dict[str, Any]]


class SearchIndex:
    """Follows the log. Any number of processes may run one: a row lock lets them take turns."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def run(self) -> None:
        """Index until cancelled. Trouble is waited out; the index is then only older."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, row_factory=dict_row, options=f"-c search_path={SCHEMA}"
                )
                async with connection:
                    await _follow(connection)
            except TRANSIENT as error:
                _log.warning("waiting for a dependency", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 - logged and tried again; the rest of the service goes on
                _log.error("search index stands still", exc_info=error)
                await asyncio.sleep(_RETRY_SECONDS)


async def _follow(connection: Connection) -> None:
    await connection.execute(f"LISTEN {TABLE}".encode())
    await connection.execute("INSERT INTO relay VALUES ('search', 0) ON CONFLICT DO NOTHING")
    while True:
        begun = time.monotonic()
        if await step(connection) == BATCH:
            await asyncio.sleep(_REST * (time.monotonic() - begun))
            continue
        async for _ in connection.notifies(timeout=_LOOK_SECONDS, stop_after=1):
            await asyncio.sleep(_GATHER_SECONDS)


async def step(connection: Connection) -> int:
    """Index what the next events name; returns how many events those were."""
    found = await connection.execute(
        "SELECT EXISTS (SELECT FROM stored_events WHERE notification_id > "
        "coalesce((SELECT position FROM relay WHERE name = 'search'), 0)) AS more"
    )
    if not (await found.fetchall())[0]["more"]:
        return 0
    async with connection.transaction():
        # Read every time: to build everything anew, set it to 0.
        found = await connection.execute("SELECT position FROM relay WHERE name = 'search' FOR UPDATE")
        position = (await found.fetchall())[0]["position"]
        found = await connection.execute(
            "SELECT notification_id, topic, state FROM stored_events WHERE notification_id > %s "
            "ORDER BY notification_id LIMIT %s",
            (position, BATCH),
        )
        rows = await found.fetchall()
        told = [(row["topic"], json.loads(row["state"])["event"]) for row in rows if row["topic"] != _DELIVERY]
        events = [event for _, event in told]
        await _contacts(connection, _named(events, "contact_id"))
        await _messages(connection, _named(events, "message_id", "message_ids", "comment_id"))
        await _moves(connection, _named((e for topic, e in told if topic == _ABSORBED), "conversation_id"))
        if rows:
            await connection.execute(
                "UPDATE relay SET position = %s WHERE name = 'search'", (rows[-1]["notification_id"],)
            )
    return len(rows)


def _named(events: Iterable[Mapping[str, Any]], *fields: str) -> list[UUID]:
    """The ids in these fields of events, each once."""
    found: dict[str, None] = {}
    for event in events:
        for field in fields:
            value = event.get(field) or ()
            found.update(dict.fromkeys([value] if isinstance(value, str) else value))
    return [UUID(text) for text in found]


async def _contacts(connection: Connection, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    found = await connection.execute("SELECT id, value, name FROM contact WHERE id = ANY(%s)", (list(ids),))
    rows = await found.fetchall()
    await connection.execute(
        "INSERT INTO contact_search AS old (id, words) "
        "SELECT id, words::tsvector FROM unnest(%s::uuid[], %s::text[]) AS new (id, words) "
        "ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE old.words <> excluded.words",
        ([row["id"] for row in rows], [vector(_of_contact(row["name"], row["value"])) for row in rows]),
    )


_MESSAGES: LiteralString = (
    "SELECT m.id, m.conversation_id, m.account, m.subject, m.text, m.recipients, m.cc, k.value, k.name "
    "FROM message m LEFT JOIN contact k ON k.id = m.contact_id WHERE m.id = ANY(%s)"
)


def reindex(cursor: Cursor[Any], ids: Collection[UUID]) -> None:
    """Make the words of these messages anew, inside a writer's transaction."""
    with cursor.connection.cursor(row_factory=dict_row) as reader:
        rows = reader.execute(_MESSAGES, (list(ids),)).fetchall()
    cursor.executemany(
        "UPDATE message_search SET words = %s::tsvector WHERE id = %s",
        [(vector(_of_message(row)), row["id"]) for row in rows],
    )


async def _messages(connection: Connection, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    found = await connection.execute(_MESSAGES, (list(ids),))
    rows = await found.fetchall()
    # In a thread: the words of a large batch take tens of milliseconds.
    vectors = await asyncio.to_thread(lambda: [vector(_of_message(row)) for row in rows])
    await connection.execute(
        "INSERT INTO message_search AS old (id, conversation_id, words) "
        "SELECT id, conversation_id, words::tsvector "
        "FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS new (id, conversation_id, words) "
        "ON CONFLICT (id) DO UPDATE SET conversation_id = excluded.conversation_id, words = excluded.words "
        "WHERE (old.conversation_id, old.words) <> (excluded.conversation_id, excluded.words)",
        ([row["id"] for row in rows], [row["conversation_id"] for row in rows], vectors),
    )


async def _moves(connection: Connection, left: Sequence[UUID]) -> None:
    """Notes and comments move with the messages of these conversations; no event names them."""
    if not left:
        return
    await connection.execute(
        "UPDATE message_search AS old SET conversation_id = m.conversation_id FROM message m "
        "WHERE m.id = old.id AND old.conversation_id = ANY(%s) AND old.conversation_id <> m.conversation_id",
        (list(left),),
    )


def _of_contact(name: str | None, value: str) -> list[str]:
    return [*words(name or ""), *address_words(value)]


def _of_message(row: Mapping[str, Any]) -> list[str]:
    """Its words, and everybody's who takes part: copies are found by name, though they are no contact points."""
    found = [*words(row["subject"] or ""), *words(row["text"])]
    if row["value"]:
        found += _of_contact(row["name"], row["value"])
    for point in (*(row["recipients"] or ()), *(row["cc"] or ())):
        if point["value"] != row["account"]:
            found += _of_contact(point.get("name"), point["value"])
    return found
