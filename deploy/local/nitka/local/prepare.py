"""`python -m nitka.local.prepare [service ...]`: the database, the topics and the services' tables.

One process for all, and one that may start before Kafka and PostgreSQL have: what takes long here is importing.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import runpy
import sys
import time
from collections.abc import Callable, Sequence

import psycopg

from nitka.local import checks, postgres
from nitka.runtime import topics

WAIT = 120.0


def wait(ready: Callable[[str], None], address: str) -> None:
    """Return when `ready(address)` does. Raises what it raised when the time is up."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            return ready(address)
        except (OSError, psycopg.Error):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def migrate(service: str) -> None:
    """Do what `python -m nitka.<service> migrate` does. Raises SystemExit when it fails."""
    sys.argv = [service, "migrate"]
    try:
        runpy.run_module(f"nitka.{service}", run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise


def main(services: Sequence[str]) -> None:
    for service in services:
        importlib.import_module(f"nitka.{service}.app")
    dsn, servers = os.environ["NITKA_POSTGRES"], os.environ["NITKA_KAFKA"]
    wait(checks.postgres, psycopg.conninfo.make_conninfo(dsn, dbname="postgres"))
    postgres.create_database(dsn)
    for service in services:
        migrate(service)
    wait(checks.kafka, servers)
    asyncio.run(topics.ensure(servers))


if __name__ == "__main__":
    main(sys.argv[1:])
