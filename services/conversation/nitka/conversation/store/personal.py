"""What belongs to one agent: read marks and drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from nitka.conversation.store.drafts import Body

MARK_UNREAD = """
    INSERT INTO read_mark (agent_id, conversation_id, seen, unread) VALUES (%s, %s, 0, true)
    ON CONFLICT (agent_id, conversation_id) DO UPDATE SET unread = true"""


class Personal:
    """Reads and writes outside of the event log: nobody else is concerned."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def mark_read(self, agent_id: str, conversation_id: UUID, seen: int) -> None:
        """This agent has seen the conversation up to this version."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO read_mark (agent_id, conversation_id, seen, unread) VALUES (%s, %s, %s, false) "
                "ON CONFLICT (agent_id, conversation_id) DO UPDATE "
                "SET seen = greatest(read_mark.seen, excluded.seen), unread = false",
                (agent_id, conversation_id, seen),
            )

    async def mark_unread(self, agent_id: str, conversation_id: UUID) -> None:
        """This agent wants to come back to it."""
        async with self._pool.connection() as connection:
            await connection.execute(MARK_UNREAD, (agent_id, conversation_id))

    async def drafts(self, agent_id: str) -> list[dict[str, Any]]:
        """All drafts of an agent, the newest first."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "SELECT key, body, updated_at FROM draft WHERE agent_id = %s ORDER BY updated_at DESC", (agent_id,)
            )
            return await cursor.fetchall()

    async def draft(self, agent_id: str, key: str) -> dict[str, Any] | None:
        """One draft."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "SELECT key, body, updated_at FROM draft WHERE agent_id = %s AND key = %s", (agent_id, key)
            )
            return await cursor.fetchone()

    async def merged(self, conversation_id: UUID) -> bool:
        """Whether a conversation goes on in another one."""
        async with self._pool.connection() as connection:
            found = await connection.execute(
                "SELECT FROM conversation WHERE id = %s AND merged_into IS NOT NULL", (conversation_id,)
            )
            return await found.fetchone() is not None

    async def change_draft(self, agent_id: str, key: str, body: Body, now: datetime, since: datetime) -> bool:
        """Keep a draft in place of the version of `since`; returns whether that was the newest."""
        async with self._pool.connection() as connection:
            changed = await connection.execute(
                "UPDATE draft SET body = %s, updated_at = %s WHERE agent_id = %s AND key = %s AND updated_at = %s",
                (Jsonb(body), now, agent_id, key, since),
            )
            return changed.rowcount > 0

    async def add_draft(self, agent_id: str, key: str, body: Body, now: datetime) -> bool:
        """Keep a draft where there is none; returns whether there was none."""
        async with self._pool.connection() as connection:
            added = await connection.execute(
                "INSERT INTO draft (agent_id, key, body, updated_at) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                (agent_id, key, Jsonb(body), now),
            )
            return added.rowcount > 0

    async def put_draft(self, agent_id: str, key: str, body: Body, now: datetime) -> None:
        """Keep a draft, in place of the one before if there is one."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO draft (agent_id, key, body, updated_at) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (agent_id, key) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
                (agent_id, key, Jsonb(body), now),
            )

    async def delete_draft(self, agent_id: str, key: str, since: datetime | None) -> bool:
        """Forget a draft, if it is still the version of `since` (None: whatever it is). There may be none; returns
        whether there is none now."""
        async with self._pool.connection() as connection:
            found = await connection.execute(
                "WITH gone AS (DELETE FROM draft WHERE agent_id = %(agent)s AND key = %(key)s "
                "AND updated_at = coalesce(%(since)s, updated_at) RETURNING key) "
                "SELECT FROM draft WHERE agent_id = %(agent)s AND key = %(key)s AND NOT EXISTS (SELECT FROM gone)",
                {"agent": agent_id, "key": key, "since": since},
            )
            return await found.fetchone() is None
