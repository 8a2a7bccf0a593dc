"""The event log: the eventsourcing library's PostgreSQL recorder with a batch insert of our own.

The recorder's own insert handles about 11,000 events/s in batches; a binary COPY under the same table lock does
three times that. The lock keeps the notification log free of gaps, so a reader that tails it loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from nitka.conversation.store.kept import Kept
from nitka.conversation.store.recent import Recent
from nitka.conversation.store.settings import Shelf

SCHEMA, TABLE = "conversation", "stored_events"
MAY_BE_LINES = "topic <> 'conversation.MessageReceived'"
"""The events among which the lines of a thread are; what is stored most often is none of them."""
_LINES = (
    "CREATE INDEX IF NOT EXISTS stored_events_lines ON stored_events (originator_id, event_at(state)) "
    f"WHERE {MAY_BE_LINES}"
)
"""For the lines of one page: a long conversation has thousands of events, and their times stand in JSON."""
LOCK_TIMEOUT = 10
"""Seconds that a writer waits for the others."""


class EventLog(PostgresApplicationRecorder):
    """The notification log of all conversations; `recent` is what this process has just added to it, `kept` how
    messages look, `shelf` what it knows of the shop's settings."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self.recent = Recent()
        self.kept = Kept()
        self.shelf = Shelf()

    def create_table(self) -> None:
        """Create the table and its indexes where they are missing."""
        super().create_table()
        with self.reading() as cursor:
            cursor.execute(_LINES)

    @contextmanager
    def reading(self) -> Iterator[Cursor[Any]]:
        """A transaction that waits for no writer and holds up none."""
        self.datastore.pool.open()
        with (
            self.datastore.pool.connection() as connection,
            connection.transaction(),
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            cursor.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(SCHEMA)))
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[Cursor[Any]]:
        """A transaction that is alone in writing until it ends: what it reads stays true.

        Taking the lock first makes thread resolution and numbering race-free across processes, at no cost for
        throughput, which comes from batches. The library offers the lock only around its own insert.
        """
        with self.reading() as cursor:
            self._lock_table(cursor)
            yield cursor

    def append(self, cursor: Cursor[Any], events: Sequence[StoredEvent]) -> None:
        """Add events in the order given, inside `writing`, and wake whoever tails the log."""
        self._notify_channel(cursor)
        with cursor.copy(
            "COPY stored_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["uuid", "int8", "text", "bytea"])
            for event in events:
                copy.write_row((event.originator_id, event.originator_version, event.topic, event.state))


@contextmanager
def open_log(dsn: str, pool_size: int = 4) -> Iterator[EventLog]:
    """The log behind `dsn`, a TCP address: psycopg's pipelines have hung on large values over Unix sockets."""
    found = conninfo_to_dict(dsn)
    datastore = PostgresDatastore(
        dbname=str(found.get("dbname") or "nitka"),
        host=str(found.get("host") or "127.0.0.1"),
        port=str(found.get("port") or 5432),
        user=str(found.get("user") or "nitka"),
        password=str(found.get("password") or ""),
        pool_size=1,
        max_overflow=pool_size - 1,
        pre_ping=True,
        lock_timeout=LOCK_TIMEOUT,
        schema=SCHEMA,
    )
    # POSTGRES_ENABLE_DB_FUNCTIONS stays off: that path skips the lock, and a tailing reader loses events.
    with datastore:
        yield EventLog(datastore, events_table_name=TABLE)
