"""The queue on the real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from psycopg_pool import AsyncConnectionPool

from nitka.routing.store import SCHEMA, Queue, migrate
from nitka.runtime import postgres


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[AsyncConnectionPool]:
    migrate(postgres_dsn)
    async with postgres.pool(postgres_dsn, SCHEMA, max_size=16) as connections:
        yield connections


@pytest.fixture
def queue(pool: AsyncConnectionPool) -> Queue:
    return Queue(pool)
