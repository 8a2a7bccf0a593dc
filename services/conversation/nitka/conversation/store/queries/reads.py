"""What all reads share: the pool, and how a query is run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool

Condition = SQL | Composed


class Reads:
    """Runs queries on a pool, or on one connection of it."""

    def __init__(self, pool: AsyncConnectionPool, connection: AsyncConnection[Any] | None = None) -> None:
        self._pool, self._connection = pool, connection

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[Self]:
        """The same reads on one connection and on one state of the data: nothing changes between them."""
        async with self._pool.connection() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield type(self)(self._pool, connection)

    async def _all(
        self, query: Condition, values: Mapping[str, Any], *, patience_ms: int = 0, memory_mb: int = 4
    ) -> list[dict[str, Any]]:
        """All rows of a query. It is broken off (QueryCanceled) after `patience_ms`; 0 is never."""
        if self._connection is not None:
            return await _rows(self._connection, query, values)
        async with self._pool.connection() as connection:
            if patience_ms:
                await connection.execute(
                    f"SET LOCAL statement_timeout = {patience_ms}; SET LOCAL work_mem = '{memory_mb}MB'".encode()
                )
            return await _rows(connection, query, values)


async def _rows(
    connection: AsyncConnection[Any], query: Condition, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        # Never prepared: the best plan depends on the values (a rare label, a busy agent).
        await cursor.execute(query, values, prepare=False)
        return await cursor.fetchall()
