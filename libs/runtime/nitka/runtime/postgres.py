"""PostgreSQL for every service: one pool, one schema of its own, plain SQL migrations."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

_MIGRATION_LOCK = 7_215_003


def migrate(dsn: str, schema: str, steps: Sequence[str]) -> None:
    """Bring `schema` up to date: run the steps that it has not seen, each once, in order, in one transaction.

    A step is SQL; unqualified names mean `schema`. Steps are append-only: never edit one that has shipped.
    """
    with psycopg.connect(dsn) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (step int PRIMARY KEY, at timestamptz DEFAULT now())"
        )
        row = connection.execute("SELECT coalesce(max(step), 0) FROM migration").fetchone()
        done = row[0] if row else 0
        for number, step in enumerate(steps[done:], done + 1):
            connection.execute(step.encode())
            connection.execute("INSERT INTO migration (step) VALUES (%s)", (number,))


def pool(dsn: str, schema: str, *, max_size: int = 8) -> AsyncConnectionPool:
    """A pool whose connections see `schema` first. Open it with `async with`; it reconnects by itself."""
    return AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=max_size,
        open=False,
        timeout=10,
        check=AsyncConnectionPool.check_connection,
        kwargs={"options": f"-c search_path={schema}", "autocommit": False},
    )


async def check(connections: AsyncConnectionPool) -> None:
    """A readiness check: raises unless PostgreSQL answers."""
    async with connections.connection(timeout=2) as connection:
        await connection.execute("SELECT 1")
