"""What all reads share: the pool, and how a query is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool

Condition = SQL | Composed


class Reads:
    """Runs queries on a pool."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def _all(
        self, query: Condition, values: Mapping[str, Any], *, patience_ms: int = 0, memory_mb: int = 4
    ) -> list[dict[str, Any]]:
        """All rows of a query. It is broken off (QueryCanceled) after `patience_ms`; 0 is never."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            if patience_ms:
                await cursor.execute(
                    f"SET LOCAL statement_timeout = {patience_ms}; SET LOCAL work_mem = '{memory_mb}MB'".encode()
                )
            # Never prepared: the best plan depends on the values (a rare label, a busy agent).
            await cursor.execute(query, values, prepare=False)
            return await cursor.fetchall()
