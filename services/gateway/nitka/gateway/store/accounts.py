"""Accounts, sessions and counted attempts in PostgreSQL."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg_pool import AsyncConnectionPool

from nitka.gateway.domain import SESSION_LIFETIME, Agent, Limit, Role, agent_id, needs_renewal, normal_email
from nitka.gateway.store.passwords import Passwords, needs_rehash

_AGENT = "agent.id, agent.name, agent.email, agent.role"


@dataclass(frozen=True, slots=True)
class Session:
    """A valid session. `key` is the hash under which it is stored."""

    key: bytes
    agent: Agent


class Accounts:
    """Who may come in. Times are passed in."""

    def __init__(self, pool: AsyncConnectionPool, passwords: Passwords) -> None:
        self._pool, self._passwords = pool, passwords

    async def authenticate(self, email: str, password: str) -> Agent | None:
        """The agent, or None; an unknown address takes as long as a wrong password."""
        async with self._pool.connection() as c:
            query = f"SELECT {_AGENT}, password_hash FROM agent WHERE email = %s"  # noqa: S608 - constant
            row = await (await c.execute(query, (normal_email(email),))).fetchone()
        stored = row[4] if row else None
        if not await self._passwords.verify(stored, password) or row is None:
            return None
        if needs_rehash(row[4]):
            await self._store_hash(row[0], await self._passwords.hash(password))
        return _agent(row)

    async def put(self, email: str, name: str, role: Role, password: str) -> Agent:
        """Create an account or bring it up to date; a new password ends the account's sessions."""
        email = normal_email(email)
        async with self._pool.connection() as c:
            row = await (await c.execute("SELECT password_hash FROM agent WHERE email = %s", (email,))).fetchone()
        if row is not None and await self._passwords.verify(row[0], password):
            return await self._write(email, name, role, row[0])
        agent = await self._write(email, name, role, await self._passwords.hash(password))
        async with self._pool.connection() as c:
            await c.execute("DELETE FROM session WHERE agent_id = %s", (agent.id,))
        return agent

    async def _write(self, email: str, name: str, role: Role, password_hash: str) -> Agent:
        async with self._pool.connection() as c:
            query = f"""
                INSERT INTO agent (id, email, name, role, password_hash) VALUES (%s, %s, %s, %s, %s)
                ON CONFLICT (email) DO UPDATE
                SET name = excluded.name, role = excluded.role, password_hash = excluded.password_hash
                RETURNING {_AGENT}"""  # noqa: S608 - constant
            values = (agent_id(email), email, name, role.value, password_hash)
            row = await (await c.execute(query, values)).fetchone()
        assert row is not None
        return _agent(row)

    async def _store_hash(self, agent: str, password_hash: str) -> None:
        async with self._pool.connection() as c:
            await c.execute("UPDATE agent SET password_hash = %s WHERE id = %s", (password_hash, agent))

    async def all(self) -> list[Agent]:
        """Every account, by name."""
        async with self._pool.connection() as c:
            query = f"SELECT {_AGENT} FROM agent ORDER BY name, id"  # noqa: S608 - constant
            rows = await (await c.execute(query)).fetchall()
        return [_agent(row) for row in rows]

    async def begin_session(self, agent: Agent, now: datetime) -> str:
        """A new session's token; only its hash is kept. Sweeps out what has expired."""
        token = secrets.token_urlsafe(32)
        async with self._pool.connection() as c:
            await c.execute("DELETE FROM session WHERE expires_at <= %s", (now,))
            await c.execute("DELETE FROM attempt WHERE window_ends <= %s", (now,))
            await c.execute(
                "INSERT INTO session (token_hash, agent_id, created_at, expires_at) VALUES (%s, %s, %s, %s)",
                (session_key(token), agent.id, now, now + SESSION_LIFETIME),
            )
        return token

    async def session(self, token: str, now: datetime) -> Session | None:
        """The session of a token, its end moved ahead; None when there is none or it has expired."""
        key = session_key(token)
        async with self._pool.connection() as c:
            query = f"""
                SELECT {_AGENT}, session.expires_at FROM session JOIN agent ON agent.id = session.agent_id
                WHERE token_hash = %s AND expires_at > %s"""  # noqa: S608 - constant
            row = await (await c.execute(query, (key, now))).fetchone()
            if row is None:
                return None
            if needs_renewal(row[4], now):
                await c.execute(
                    "UPDATE session SET expires_at = %s WHERE token_hash = %s", (now + SESSION_LIFETIME, key)
                )
        return Session(key, _agent(row))

    async def end_session(self, key: bytes) -> None:
        async with self._pool.connection() as c:
            await c.execute("DELETE FROM session WHERE token_hash = %s", (key,))

    async def ended(self, keys: Iterable[bytes], now: datetime) -> set[bytes]:
        """Those of the sessions that are over."""
        asked = list(keys)
        if not asked:
            return set()
        async with self._pool.connection() as c:
            rows = await c.execute(
                "SELECT token_hash FROM session WHERE token_hash = ANY(%s) AND expires_at > %s", (asked, now)
            )
            return set(asked) - {row[0] for row in await rows.fetchall()}

    async def count_attempt(self, limit: Limit, what: str, now: datetime) -> int:
        """Count one attempt at `what`: 0 when it may go on, else the seconds to wait."""
        async with self._pool.connection() as c:
            cursor = await c.execute(
                """INSERT INTO attempt AS known (key, hits, window_ends) VALUES (%(key)s, 1, %(ends)s)
                ON CONFLICT (key) DO UPDATE SET
                    hits = CASE WHEN known.window_ends <= %(now)s THEN 1 ELSE known.hits + 1 END,
                    window_ends = CASE WHEN known.window_ends <= %(now)s THEN %(ends)s ELSE known.window_ends END
                RETURNING hits, window_ends""",
                {"key": _attempt_key(what), "ends": now + limit.window, "now": now},
            )
            row = await cursor.fetchone()
        assert row is not None
        return 0 if row[0] <= limit.attempts else max(1, int((row[1] - now).total_seconds()))

    async def forget_attempts(self, what: str) -> None:
        """Begin to count anew."""
        async with self._pool.connection() as c:
            await c.execute("DELETE FROM attempt WHERE key = %s", (_attempt_key(what),))

    async def take_back_attempt(self, what: str) -> None:
        """The last attempt was none: many agents of one office share a network address."""
        async with self._pool.connection() as c:
            await c.execute(
                "UPDATE attempt SET hits = hits - 1 WHERE key = %s AND hits > 0", (_attempt_key(what),)
            )


def session_key(token: str) -> bytes:
    """Where a session is stored: a hash, so that a copy of the database opens nothing."""
    return hashlib.sha256(token.encode()).digest()


def _attempt_key(what: str) -> bytes:
    return hashlib.sha256(what.encode()).digest()


def _agent(row: tuple[str, ...]) -> Agent:
    return Agent(id=row[0], name=row[1], email=row[2], role=Role(row[3]))
