"""One ClickHouse client and the one thread that uses it (the client is synchronous).

The address is `chdb:///path` (the engine inside this process, which alone owns the path) or a server's DSN.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver import Client
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError

from nitka.reporting.domain.sql import DATABASE
from nitka.runtime import logs

T = TypeVar("T")
_log = logs.get("clickhouse")

PINNED = {
    # An insert returns when the rows are in the table, and nothing but our keys decides what a duplicate is.
    "async_insert": "0",
    "insert_deduplicate": "0",
    # A report reads millions of rows at most; it must not take the machine.
    "max_memory_usage": str(1 << 30),
    "max_threads": "2",
}


class ClickHouseUnavailable(ConnectionError):
    """ClickHouse did not do what it was asked; the message holds no data. Try again later."""


def database_of(dsn: str) -> str:
    """The database that holds the reports: the one a server's DSN names, else our own."""
    return DATABASE if dsn.startswith("chdb:") else urlsplit(dsn).path.strip("/") or DATABASE


def create_database(dsn: str) -> None:
    """Create the database of the reports where it is missing. Blocks."""
    client = clickhouse_connect.get_client(dsn=dsn, database="default")
    try:
        client.command(f"CREATE DATABASE IF NOT EXISTS {quote_identifier(database_of(dsn))}")
    finally:
        client.close()


def connect(dsn: str) -> Client:
    """A client of the reports' database with the settings pinned. Blocks. Raises ClickHouseUnavailable."""
    try:
        return clickhouse_connect.get_client(dsn=dsn, database=database_of(dsn), settings=dict(PINNED))
    except ClickHouseError as error:
        raise ClickHouseUnavailable(f"ClickHouse: {type(error).__name__}") from error


class ClickHouse:
    """A client in its own thread. `open` before use, `close` at the end."""

    def __init__(self, dsn: str, name: str) -> None:
        self._dsn = dsn
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"clickhouse-{name}")
        self._client: Client | None = None

    async def open(self) -> None:
        """Connect; retried until ClickHouse answers, since a service may start before it."""
        while self._client is None:
            try:
                self._client = await asyncio.get_running_loop().run_in_executor(self._thread, connect, self._dsn)
            except OSError as error:
                _log.warning("waiting for ClickHouse", error=type(error).__name__)
                await asyncio.sleep(1)

    async def run(self, work: Callable[[Client], T]) -> T:
        """Do `work` in the client's thread. Raises ClickHouseUnavailable when ClickHouse refuses or is away,
        and DataError for a value that does not fit its column."""
        client = self._client
        if client is None:
            raise ClickHouseUnavailable("not connected to ClickHouse")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, client)
        except DataError:
            raise
        except ClickHouseError as error:
            raise ClickHouseUnavailable(f"ClickHouse: {type(error).__name__}") from error

    async def ready(self) -> None:
        """A readiness check: raises unless ClickHouse answers and `migrate` has been run."""
        await self.run(lambda client: client.query("SELECT count() FROM segments WHERE 0"))

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, client.close)
        self._thread.shutdown()
