"""`python -m nitka.local.prepare [service ...]`: database, topics and the services' tables, in one process."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

from nitka.local import postgres
from nitka.runtime import topics


def migrate(service: str, dsn: str) -> None:
    """Bring a service's tables up to date; a service without a `store.migrate` keeps none in PostgreSQL."""
    name = f"nitka.{service}.store"
    if importlib.util.find_spec(name) is None:
        return
    step = getattr(importlib.import_module(name), "migrate", None)
    if step is not None:
        step(dsn)


def main(services: Sequence[str]) -> None:
    dsn = os.environ["NITKA_POSTGRES"]
    postgres.create_database(dsn)
    asyncio.run(topics.ensure(os.environ["NITKA_KAFKA"]))
    for service in services:
        migrate(service, dsn)


if __name__ == "__main__":
    main(sys.argv[1:])
