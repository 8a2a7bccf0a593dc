"""The three servers in containers, where Docker exists: other addresses for the same tests."""

from __future__ import annotations

import itertools
import urllib.request
from base64 import b64encode
from contextlib import ExitStack
from types import TracebackType
from typing import Self

KAFKA_IMAGE = "confluentinc/cp-kafka:8.2.0"
POSTGRES_IMAGE = "postgres:18"
CLICKHOUSE_IMAGE = "clickhouse/clickhouse-server:26.9"


class Containers:
    """Kafka, PostgreSQL and ClickHouse, from `with` to its end."""

    def __init__(self) -> None:
        from testcontainers.community.clickhouse import ClickHouseContainer  # noqa: PLC0415 - a tool of tests only
        from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415
        from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415

        self._kafka = KafkaContainer(KAFKA_IMAGE).with_kraft().with_env("KAFKA_MESSAGE_MAX_BYTES", "8388608")
        self._postgres = PostgresContainer(POSTGRES_IMAGE, username="nitka", dbname="nitka", driver=None)
        self._clickhouse = ClickHouseContainer(CLICKHOUSE_IMAGE, username="nitka", password="nitka")  # noqa: S106
        self._stack = ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        for container in (self._kafka, self._postgres, self._clickhouse):
            self._stack.enter_context(container)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def settings(self) -> dict[str, str]:
        """The settings that point a stack to these servers."""
        return {
            "NITKA_KAFKA": self._kafka.get_bootstrap_server(),
            "NITKA_POSTGRES": self._postgres.get_connection_url(),
            "NITKA_CLICKHOUSE": self.new_clickhouse(),
        }

    def new_clickhouse(self) -> str:
        """DSN of an empty database."""
        name = f"test_{next(self._numbers)}"
        address = f"{self._clickhouse.get_container_host_ip()}:{self._clickhouse.get_exposed_port(8123)}"
        request = urllib.request.Request(f"http://{address}/", data=f"CREATE DATABASE {name}".encode())
        request.add_header("authorization", f"Basic {b64encode(b'nitka:nitka').decode()}")
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
        return f"clickhouse://nitka:nitka@{address}/{name}"
