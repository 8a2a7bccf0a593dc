"""The fixtures that every other test relies on."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from nitka.events import TOPICS

pytestmark = pytest.mark.stack


async def test_every_topic_and_its_dead_letter_topic_exist(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        found = set(await admin.list_topics())
    finally:
        await admin.close()
    assert {t.name for t in TOPICS} | {t.dlq for t in TOPICS} <= found


def test_every_test_has_a_database_of_its_own(postgres_dsn: str, new_database: Callable[[], str]) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("CREATE TABLE mine ()")
    with psycopg.connect(new_database()) as connection:
        row = connection.execute("SELECT to_regclass('mine')").fetchone()
    assert row == (None,)
