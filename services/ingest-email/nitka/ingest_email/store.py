"""What must survive a restart: how far each mailbox was read, and what became of every outbound mail."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter

from nitka.events import DeliveryState, Event, MessageRequested, parse, serialize
from nitka.events.topics import OUTBOUND_MESSAGES
from nitka.ingest_email.domain.delivery import Outcome, joined
from nitka.runtime import postgres

SCHEMA = "ingest_email"
_OUTCOME = TypeAdapter(Outcome)

_STEPS = (
    """
    CREATE TABLE mailbox (
        name text PRIMARY KEY,
        uid_validity bigint NOT NULL,
        last_uid bigint NOT NULL,
        last_received timestamptz NOT NULL
    );
    CREATE TABLE attempt (
        message_id uuid NOT NULL,
        attempt int NOT NULL,
        place bigint GENERATED ALWAYS AS IDENTITY,
        request jsonb,
        state text NOT NULL DEFAULT 'waiting'
            CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unconfirmed')),
        tries int NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        instance text,
        outcome jsonb,
        told boolean NOT NULL DEFAULT false,
        finished_at timestamptz,
        PRIMARY KEY (message_id, attempt)
    );
    CREATE INDEX attempt_open ON attempt (due_at, place) WHERE NOT told;
    """,
    """
    ALTER TABLE attempt ADD COLUMN lease_ends timestamptz;
    UPDATE attempt SET lease_ends = now() + interval '1 hour' WHERE state = 'sending';
    """,
    """
    ALTER TABLE attempt ADD COLUMN recipients_left text[];
    """,
    """
    ALTER TABLE attempt ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now();
    """,
    """
    CREATE TABLE set_aside (
        name text NOT NULL,
        uid_validity bigint NOT NULL,
        uid bigint NOT NULL,
        received_at timestamptz NOT NULL,
        PRIMARY KEY (name, uid_validity, uid)
    );
    """,
    """
    UPDATE attempt SET outcome = NULL WHERE told;
    CREATE INDEX attempt_told ON attempt (finished_at) WHERE told;
    """,
)

_LEASE = "1 hour"
"""Longer than any attempt takes: a mail that is still being sent then was given up by whoever had it."""


def migrate(dsn: str) -> None:
    """Create or update the tables."""
    postgres.migrate(dsn, SCHEMA, _STEPS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a folder was read. Unique ids count only under their `uid_validity`."""

    uid_validity: int
    last_uid: int
    last_received: datetime


@dataclass(frozen=True, slots=True)
class Aside:
    """A mail that could not be processed."""

    uid_validity: int
    uid: int
    received_at: datetime


class Mailboxes:
    """How far each polled folder was read, and what could not be."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncGenerator[bool]:
        """Hold this folder against other copies of the service; False when another one has it."""
        async with self._pool.connection() as connection:
            await connection.set_autocommit(True)
            try:
                row = await (
                    await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", (name,))
                ).fetchone()
                held = bool(row and row[0])
                yield held
                if held:
                    await connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", (name,))
            except BaseException:
                await connection.close()  # ends the lock with the session, whatever state it is in
                raise
            await connection.set_autocommit(False)

    async def progress(self, name: str) -> Progress | None:
        async with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Progress)) as c:
            await c.execute("SELECT uid_validity, last_uid, last_received FROM mailbox WHERE name = %s", (name,))
            return await c.fetchone()

    async def save(self, name: str, progress: Progress, aside: Sequence[Aside] = ()) -> None:
        """A folder was read up to here, all but what was set aside."""
        async with self._pool.connection() as connection, connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO set_aside VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [(name, a.uid_validity, a.uid, a.received_at) for a in aside],
            )
            await cursor.execute(
                """
                INSERT INTO mailbox (name, uid_validity, last_uid, last_received) VALUES (%s, %s, %s, %s)
                ON CONFLICT (name) DO UPDATE SET uid_validity = excluded.uid_validity,
                    last_uid = excluded.last_uid, last_received = excluded.last_received
                """,
                (name, progress.uid_validity, progress.last_uid, progress.last_received),
            )

    async def set_aside(self, name: str) -> list[Aside]:
        """What of a folder could not be processed, oldest first."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Aside)) as c:
            await c.execute(
                "SELECT uid_validity, uid, received_at FROM set_aside WHERE name = %s ORDER BY received_at, uid",
                (name,),
            )
            return await c.fetchall()

    async def settle(self, name: str, uid_validity: int, uids: Sequence[int]) -> None:
        """These need no second look any more; nor does what the folder does not number so any more."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "DELETE FROM set_aside WHERE name = %s AND (uid_validity <> %s OR uid = ANY(%s))",
                (name, uid_validity, list(uids)),
            )


@dataclass(frozen=True, slots=True)
class Task:
    """A mail to send, or one whose outcome is still to be told.

    `tries` counts how often it was refused, for reasons of its own. `outcome` of a mail to send is what is known
    already, when it left for some; `message.only` are the others.
    """

    event: Event
    message: MessageRequested
    queued_at: datetime
    tries: int
    outcome: Outcome | None


class Attempts:
    """Outbound mails: written down before they are sent, so that each leaves at most once."""

    def __init__(self, pool: AsyncConnectionPool, instance: str) -> None:
        self._pool, self._instance = pool, instance

    async def add(self, events: Sequence[tuple[MessageRequested, Event]]) -> None:
        """Queue mails; one that is known already stays as it is.

        An attempt for all takes over who was left by those before it.
        """
        async with self._pool.connection() as connection, connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO attempt (message_id, attempt, request) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [(m.message_id, m.attempt, serialize(e.envelope).decode()) for m, e in events],
            )
            await cursor.executemany(
                """
                UPDATE attempt SET state = outcome->>'state', finished_at = now()
                WHERE message_id = %s AND attempt < %s AND state = 'waiting' AND outcome IS NOT NULL
                """,
                [(m.message_id, m.attempt) for m, _ in events if m.attempt > 1 and not m.only],
            )

    async def recover(self) -> None:
        """After a crash of this copy: what it was sending may or may not have left, and must not leave again."""
        await self._give_up(self._instance)

    async def expire(self) -> None:
        """The same for what any copy has been sending for too long: it may have ended for ever."""
        await self._give_up(None)

    async def _give_up(self, instance: str | None) -> None:
        lost = Outcome(DeliveryState.UNCONFIRMED, reason="Interrupted while sending; the customer may have it.")
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                """
                SELECT request::text, queued_at, tries, outcome, recipients_left FROM attempt
                WHERE NOT told AND state = 'sending' AND (instance = %s OR lease_ends <= now())
                FOR UPDATE SKIP LOCKED
                """,
                (instance,),
            )
            for task in [_task(*row) for row in await cursor.fetchall()]:
                outcome = joined(task.outcome, lost, task.message.only)
                await connection.execute(_FINISH, _finished(task.message, outcome))

    async def claim(self, limit: int) -> list[Task]:
        """Take what is due: from here on it counts as being sent."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                """
                UPDATE attempt SET state = 'sending', instance = %s, lease_ends = now() + %s::interval
                WHERE (message_id, attempt) IN (
                    SELECT message_id, attempt FROM attempt
                    WHERE NOT told AND state = 'waiting' AND due_at <= now()
                    ORDER BY place LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING place, request::text, queued_at, tries, outcome, recipients_left
                """,
                (self._instance, _LEASE, limit),
            )
            rows = sorted(await cursor.fetchall(), key=itemgetter(0))
        return [_task(*row) for _, *row in rows]

    async def waiting(self) -> int:
        """How many mails are still to leave."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT count(*) FROM attempt WHERE NOT told AND state IN ('waiting', 'sending')"
            )
            row = await cursor.fetchone()
        return row[0] if row else 0

    async def untold(self, limit: int) -> list[Task]:
        """Finished mails whose receipt nobody has seen acknowledged."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                """
                SELECT request::text, queued_at, tries, outcome, recipients_left FROM attempt
                WHERE NOT told AND state IN ('sent', 'failed', 'unconfirmed') ORDER BY place LIMIT %s
                """,
                (limit,),
            )
            rows = await cursor.fetchall()
        return [_task(*row) for row in rows]

    async def finish(self, message: MessageRequested, outcome: Outcome) -> None:
        await self._execute(_FINISH, _finished(message, outcome))

    async def postpone(
        self, message: MessageRequested, seconds: float, tries: int, known: Outcome | None, left: Sequence[str]
    ) -> None:
        """Back into the queue for those who are `left` (none: for all): the relay refused for now, so nothing has
        left for them. `known` is what became of the others.

        May be repeated. Nothing changes when the attempt was given up meanwhile: an agent may have sent it again.
        """
        await self._execute(
            """
            UPDATE attempt SET state = 'waiting', due_at = now() + %s * interval '1 second',
                tries = %s, outcome = %s, recipients_left = %s
            WHERE message_id = %s AND attempt = %s AND state = 'sending' AND instance = %s
            """,
            (
                seconds,
                tries,
                known and _outcome_json(known),
                list(left) or None,
                message.message_id,
                message.attempt,
                self._instance,
            ),
        )

    async def told(self, message: MessageRequested) -> None:
        """The receipt is out: what remains is that there was an attempt, without content, addresses or replies."""
        await self._execute(
            """
            UPDATE attempt SET told = true, request = NULL, outcome = NULL, recipients_left = NULL
            WHERE message_id = %s AND attempt = %s
            """,
            (message.message_id, message.attempt),
        )

    async def forget(self, before: datetime, at_once: int = 1000) -> None:
        """Remove attempts that ended and were told before a time, some at once."""
        removed = at_once
        while removed == at_once:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(
                    """
                    DELETE FROM attempt WHERE (message_id, attempt) IN (
                        SELECT message_id, attempt FROM attempt WHERE told AND finished_at < %s LIMIT %s)
                    """,
                    (before, at_once),
                )
                removed = cursor.rowcount

    async def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(statement.encode(), values)


_FINISH = """
    UPDATE attempt SET state = %s, outcome = %s, finished_at = now()
    WHERE message_id = %s AND attempt = %s AND NOT told
"""


def _task(request: str, queued_at: datetime, tries: int, outcome: object, left: list[str] | None) -> Task:
    event = parse(OUTBOUND_MESSAGES, request.encode())
    message = event.payload
    assert isinstance(message, MessageRequested)
    if left:
        message = message.model_copy(update={"only": tuple(left)})
    return Task(event, message, queued_at, tries, _OUTCOME.validate_python(outcome) if outcome else None)


def _finished(message: MessageRequested, outcome: Outcome) -> tuple[object, ...]:
    return outcome.state.value, _outcome_json(outcome), message.message_id, message.attempt


def _outcome_json(outcome: Outcome) -> str:
    return _OUTCOME.dump_json(outcome).decode()
