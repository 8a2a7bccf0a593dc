"""The one fixture provider: real Kafka, PostgreSQL and ClickHouse for every test that is marked `stack`.

They are started once for a run, on free ports in a temporary folder; `STACK=containers` takes containers instead.

- `stack`: what runs (`.kafka`, `.postgres_dsn`, `.blobs`, `.home`, `.env` for a process of one's own).
- `kafka`: bootstrap servers, all topics created. The topics are shared: use keys and group ids of your own.
- `postgres_dsn`: an empty database for this test; `new_database()` makes one for a fixture with a wider scope.
- `clickhouse_dsn`: an empty report store for this test. chDB: one process owns the path, so either this
  process uses it or a service does.
- `chromium`: a browser for Playwright.
- `services`: a stack of its own for the tests of one module, to start, pause and kill service processes in;
  `new_stack()` makes one for a fixture with a wider scope.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from nitka.local import postgres
from nitka.local.browser import chromium_path
from nitka.local.containers import Containers
from nitka.local.stack import SERVICES
from nitka.local.testing import LocalStack

CONTAINERS = os.environ.get("STACK") == "containers"


@pytest.fixture(scope="session")
def containers() -> Iterator[Containers | None]:
    """The servers in containers, None for the embedded stack."""
    if not CONTAINERS:
        yield None
        return
    with Containers() as running:
        yield running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, containers: Containers | None) -> Iterator[LocalStack]:
    """Kafka and PostgreSQL for the whole run, topics created."""
    running = LocalStack(tmp_path_factory.mktemp("stack"), containers.settings() if containers else None)
    try:
        running.start_infrastructure()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="session")
def kafka(stack: LocalStack) -> str:
    """Bootstrap servers."""
    return stack.kafka


@pytest.fixture(scope="session")
def new_database(stack: LocalStack) -> Callable[[], str]:
    """Makes an empty database and returns its DSN; all go with the server at the end of the run."""
    numbers = itertools.count(1)

    def new() -> str:
        dsn = f"{stack.postgres_dsn.rpartition('/')[0]}/test_{next(numbers)}"
        postgres.create_database(dsn)
        return dsn

    return new


@pytest.fixture
def postgres_dsn(new_database: Callable[[], str]) -> str:
    """DSN of an empty database."""
    return new_database()


@pytest.fixture
def clickhouse_dsn(tmp_path: Path, containers: Containers | None) -> str:
    """DSN of an empty report store."""
    return containers.new_clickhouse() if containers else f"chdb:///{tmp_path}/clickhouse"


@pytest.fixture(scope="session")
def new_stack(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractContextManager[LocalStack]]:
    """Makes a stack of its own: Kafka and PostgreSQL run and every service's tables exist."""

    @contextmanager
    def new() -> Iterator[LocalStack]:
        with ExitStack() as exits:
            servers = exits.enter_context(Containers()).settings() if CONTAINERS else None
            running = LocalStack(tmp_path_factory.mktemp("services"), servers)
            exits.callback(running.close)
            running.start_infrastructure(SERVICES)
            yield running

    return new


@pytest.fixture(scope="module")
def services(new_stack: Callable[[], AbstractContextManager[LocalStack]]) -> Iterator[LocalStack]:
    """A fresh stack for one module: `services.start("conversation", "ingest_email", env={...})`."""
    with new_stack() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> str:
    """The browser program for Playwright's `executable_path`; fetched on first use where none is installed."""
    return chromium_path(pytestconfig.rootpath / ".nitka")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A fault test kills and freezes the broker and the database, which it can do to its own processes only."""
    if CONTAINERS:
        for item in items:
            if item.get_closest_marker("faults"):
                item.add_marker(pytest.mark.skip(reason="needs the embedded stack"))
