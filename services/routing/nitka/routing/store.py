"""The waiting table, claims and presence in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from nitka.events import ConversationStatus, Presence
from nitka.events.conversation import Priority
from nitka.routing.domain import CLAIM_LIFETIME, AgentPresence, Claim, Known
from nitka.runtime import postgres

SCHEMA = "routing"

_STEPS = (
    """
    -- One row per conversation. `state` columns are written by the consumer only, `claim` columns by "serve next"
    -- only, so that neither overwrites the other.
    CREATE TABLE conversation (
        conversation_id uuid PRIMARY KEY,
        sequence int NOT NULL,
        status text NOT NULL,
        assignee text,
        waiting_since timestamptz,
        outdated_through int NOT NULL DEFAULT 0,
        claimed_by text,
        claimed_at timestamptz
    );
    CREATE INDEX conversation_waiting ON conversation (waiting_since, conversation_id)
        WHERE status = 'open' AND assignee IS NULL AND waiting_since IS NOT NULL;
    CREATE INDEX conversation_claim ON conversation (claimed_by) WHERE claimed_by IS NOT NULL;
    CREATE TABLE presence (
        agent_id text PRIMARY KEY,
        presence text NOT NULL,
        reason text,
        since timestamptz NOT NULL,
        version int NOT NULL
    );
    """,
    """
    -- 0 low to 3 urgent.
    ALTER TABLE conversation ADD priority smallint NOT NULL DEFAULT 1;
    DROP INDEX conversation_waiting;
    CREATE INDEX conversation_waiting ON conversation (priority DESC, waiting_since, conversation_id)
        WHERE status = 'open' AND assignee IS NULL AND waiting_since IS NOT NULL;
    """,
    """
    -- `chosen`: the agent has said that they are not there; `seen_at`: when they last had the app open.
    ALTER TABLE presence ADD chosen boolean NOT NULL DEFAULT false, ADD seen_at timestamptz;
    UPDATE presence SET chosen = presence = 'paused';
    """,
)
_PRIORITIES = tuple(Priority)
_PRESENCE = "agent_id, presence, reason, since, version, chosen, seen_at"

# Known.waits in SQL, without what is known to be outdated.
_WAITING = """status = 'open' AND assignee IS NULL AND waiting_since IS NOT NULL AND sequence > outdated_through"""
_UNCLAIMED = "(claimed_at IS NULL OR claimed_at <= %(cutoff)s)"


def migrate(dsn: str) -> None:
    """Bring the routing tables up to date."""
    postgres.migrate(dsn, SCHEMA, _STEPS)


class Queue:
    """Who waits, and for whom a conversation is held."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction for a batch of events."""
        async with self._pool.connection() as connection, connection.transaction():
            yield connection

    async def load(self, connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Known]:
        """What is known of these conversations; unknown ones are missing."""
        cursor = await connection.execute(
            """SELECT conversation_id, sequence, status, assignee, waiting_since, priority
            FROM conversation WHERE conversation_id = ANY(%s)""",
            (list(ids),),
        )
        rows = await cursor.fetchall()
        return {r[0]: Known(r[0], r[1], ConversationStatus(r[2]), r[3], r[4], _PRIORITIES[r[5]]) for r in rows}

    async def save(self, connection: AsyncConnection, known: Iterable[Known]) -> None:
        """Write what is known now; never back to an older state."""
        # In the order of ids, so that two writers cannot wait for each other.
        rows = [
            (
                k.conversation_id,
                k.sequence,
                k.status.value,
                k.assignee,
                k.waiting_since,
                _PRIORITIES.index(k.priority),
            )
            for k in sorted(known, key=lambda k: k.conversation_id)
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany(
                """INSERT INTO conversation AS old
                    (conversation_id, sequence, status, assignee, waiting_since, priority)
                VALUES (%s, %s, %s, %s, %s, %s)
                ON CONFLICT (conversation_id) DO UPDATE
                SET sequence = excluded.sequence, status = excluded.status, assignee = excluded.assignee,
                    waiting_since = excluded.waiting_since, priority = excluded.priority
                WHERE old.sequence < excluded.sequence""",
                rows,
            )

    async def claim(self, agent_id: str, now: datetime) -> Claim | None:
        """Hold the most urgent conversation that nobody holds, of equally urgent ones the longest-waiting; first
        the one that this agent holds already.

        None when there is none, or only ones that another transaction has in its hands at this moment.
        """
        async with self._pool.connection() as c:
            # One agent's calls one after the other: a double click must not be given two conversations.
            await c.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (agent_id,))
            cursor = await c.execute(
                f"""UPDATE conversation SET claimed_by = %(agent)s,
                    claimed_at = CASE WHEN claimed_by = %(agent)s AND NOT {_UNCLAIMED} THEN claimed_at
                        ELSE %(now)s END
                WHERE conversation_id = coalesce(
                    (SELECT conversation_id FROM conversation
                        WHERE {_WAITING} AND claimed_by = %(agent)s AND NOT {_UNCLAIMED} LIMIT 1 FOR UPDATE),
                    (SELECT conversation_id FROM conversation
                        WHERE {_WAITING} AND {_UNCLAIMED}
                        ORDER BY priority DESC, waiting_since, conversation_id LIMIT 1 FOR UPDATE SKIP LOCKED)
                )
                RETURNING conversation_id, sequence, waiting_since""",  # noqa: S608 - constants
                {"agent": agent_id, "now": now, "cutoff": now - CLAIM_LIFETIME},
            )
            row = await cursor.fetchone()
        return Claim(row[0], agent_id, row[1], row[2]) if row else None

    async def set_aside(self, claim: Claim, now: datetime) -> None:
        """Hold a conversation for nobody as long as a claim lives: something is wrong with it, others go first."""
        async with self._pool.connection() as c:
            await c.execute(
                "UPDATE conversation SET claimed_by = NULL, claimed_at = %s WHERE conversation_id = %s",
                (now, claim.conversation_id),
            )

    async def settle(self, claim: Claim, outdated_through: int) -> None:
        """Let go of a claim; the conversation stays out of the queue until more than this of it is known."""
        async with self._pool.connection() as c:
            await c.execute(
                """UPDATE conversation SET outdated_through = greatest(outdated_through, %s)
                WHERE conversation_id = %s""",
                (outdated_through, claim.conversation_id),
            )
            await c.execute(
                """UPDATE conversation SET claimed_by = NULL, claimed_at = NULL
                WHERE conversation_id = %s AND claimed_by = %s""",
                (claim.conversation_id, claim.agent_id),
            )

    async def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """How many wait to be given to somebody, and since when the longest-waiting one."""
        async with self._pool.connection() as c:
            query = f"SELECT count(*), min(waiting_since) FROM conversation WHERE {_WAITING} AND {_UNCLAIMED}"  # noqa: S608 - constants
            row: Any = await (await c.execute(query, {"cutoff": now - CLAIM_LIFETIME})).fetchone()
        return row[0], row[1]


class Presences:
    """Who is here."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def all(self) -> list[AgentPresence]:
        async with self._pool.connection() as c:
            query = f"SELECT {_PRESENCE} FROM presence ORDER BY agent_id"  # noqa: S608 - constants
            rows = await (await c.execute(query)).fetchall()
        return [_presence(row) for row in rows]

    @asynccontextmanager
    async def changing(self, agent_id: str) -> AsyncGenerator[tuple[AsyncConnection, AgentPresence | None]]:
        """A transaction in which this agent's presence is ours alone to change."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (agent_id,))
            query = f"SELECT {_PRESENCE} FROM presence WHERE agent_id = %s"  # noqa: S608 - constants
            row = await (await connection.execute(query, (agent_id,))).fetchone()
            yield connection, _presence(row) if row else None

    async def save(self, connection: AsyncConnection, p: AgentPresence) -> None:
        await connection.execute(
            f"""INSERT INTO presence ({_PRESENCE}) VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (agent_id) DO UPDATE SET presence = excluded.presence, reason = excluded.reason,
                since = excluded.since, version = excluded.version, chosen = excluded.chosen,
                seen_at = excluded.seen_at""",  # noqa: S608 - constants
            (p.agent_id, p.presence.value, p.reason, p.since, p.version, p.chosen, p.seen_at),
        )

    async def seen(self, agents: Collection[str], now: datetime) -> set[str]:
        """These have the app open now; returns those of them whose presence stays what it is."""
        async with self._pool.connection() as c:
            cursor = await c.execute(
                """UPDATE presence SET seen_at = %s
                WHERE agent_id = ANY(%s) AND (presence <> 'offline' OR chosen) RETURNING agent_id""",
                (now, list(agents)),
            )
            return {row[0] for row in await cursor.fetchall()}

    async def unseen(self, since: datetime) -> list[str]:
        """Who is online and has not had the app open since then."""
        async with self._pool.connection() as c:
            cursor = await c.execute(
                """SELECT agent_id FROM presence
                WHERE presence = 'online' AND (seen_at IS NULL OR seen_at <= %s) ORDER BY agent_id""",
                (since,),
            )
            return [row[0] for row in await cursor.fetchall()]


def _presence(row: tuple[Any, ...]) -> AgentPresence:
    agent_id, presence, *rest = row
    return AgentPresence(agent_id, Presence(presence), *rest)
