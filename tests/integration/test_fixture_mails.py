"""Real mails by others: all are taken, threads stay together in any order of arrival, bounces wait for nobody.

The mails are not part of the project; without them these tests are skipped.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import smtplib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from tests.people import until

from nitka.events import TOPICS
from nitka.local.testing import LocalStack
from nitka.runtime import dead_letters

MAILS = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "email"
ACCOUNTS = {name: f"{name}@shop.example" for name in ("all", "bounces", "first", "second", "third")}
CONNECTIONS = 6

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(not MAILS.is_dir(), reason="the collection of real mails is not here"),
]


@pytest.fixture(scope="module")
def intake(services: LocalStack) -> LocalStack:
    services.start("ingest_email", "conversation", env={"NITKA_INBOXES": ",".join(ACCOUNTS.values())})
    return services


def _deliver(stack: LocalStack, account: str, paths: Sequence[Path]) -> dict[Path, str]:
    """Send mails over a few connections; returns their event ids once all are stored."""

    def send(share: Iterable[Path]) -> dict[Path, str]:
        with smtplib.SMTP(stack.settings.host, stack.settings.ports["smtp"], timeout=60) as connection:
            connection.ehlo()
            return {path: _accepted(connection, account, path) for path in share}

    with ThreadPoolExecutor(CONNECTIONS) as senders:
        found = {
            k: v
            for each in senders.map(send, [paths[n::CONNECTIONS] for n in range(CONNECTIONS)])
            for k, v in each.items()
        }
    wanted = sorted(set(found.values()))
    with psycopg.connect(stack.postgres_dsn, autocommit=True) as connection:

        def stored() -> bool:
            query = "SELECT count(*) FROM conversation.processed WHERE event_id = ANY(%s::uuid[])"
            row = connection.execute(query, (wanted,)).fetchone()
            return row == (len(wanted),)

        until(stored, f"{len(wanted)} stored mails")
    return found


def _accepted(connection: smtplib.SMTP, account: str, path: Path) -> str:
    raw = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
    connection.mail("relay@relay.example")
    connection.rcpt(account)
    code, answer = connection.data(raw)
    assert code == 250, f"{path.name}: {code} {answer!r}"
    return answer.decode().rsplit(" ", 1)[-1]


def _conversations(stack: LocalStack, ids: Iterable[str]) -> dict[str, list[str]]:
    """Conversation → the messages among `ids` that it holds."""
    query = (
        "SELECT conversation_id::text, array_agg(id::text) FROM conversation.message "
        "WHERE id = ANY(%s::uuid[]) GROUP BY 1"
    )
    with psycopg.connect(stack.postgres_dsn) as connection:
        return dict(connection.execute(query, (list(ids),)).fetchall())


@pytest.fixture(scope="module", autouse=True)
def nothing_breaks(intake: LocalStack) -> Iterable[None]:
    """Whatever comes, the same processes go on and nothing is set aside."""
    before = {name: intake.pid(name) for name in ("ingest_email", "conversation")}
    yield
    for name, pid in before.items():
        assert (intake.pid(name), intake.running[name].exit_code) == (pid, None)
    letters = [letter for topic in TOPICS for letter in asyncio.run(dead_letters.read(intake.kafka, topic))]
    assert letters == []


def test_every_mail_is_taken(intake: LocalStack) -> None:
    paths = sorted(MAILS.rglob("*.eml"))
    assert paths
    taken = _deliver(intake, ACCOUNTS["all"], paths)
    stored = _conversations(intake, taken.values())
    assert {message for messages in stored.values() for message in messages} == set(taken.values())


@pytest.mark.parametrize(("account", "seed"), [("first", 1), ("second", 2), ("third", 3)])
def test_threads_are_conversations_whatever_the_order(intake: LocalStack, account: str, seed: int) -> None:
    folder = MAILS / "spamassassin_threads"
    lines = (folder / "threads.jsonl").read_text().splitlines()
    threads = [[folder / m["file"] for m in json.loads(line)["messages"]] for line in lines]
    paths = [path for thread in threads for path in thread]
    random.Random(seed).shuffle(paths)
    ids = _deliver(intake, ACCOUNTS[account], paths)
    found = _conversations(intake, ids.values())
    expected = {frozenset(ids[path] for path in thread) for thread in threads}
    assert len(expected) == len(threads)
    assert {frozenset(messages) for messages in found.values()} == expected
    query = "SELECT count(*) FROM conversation.conversation WHERE account = %s AND merged_into IS NULL"
    with psycopg.connect(intake.postgres_dsn) as connection:
        assert connection.execute(query, (ACCOUNTS[account],)).fetchone() == (len(threads),)


def test_no_bounce_waits_for_an_answer(intake: LocalStack) -> None:
    _deliver(intake, ACCOUNTS["bounces"], sorted((MAILS / "bounce_sisimai").rglob("*.eml")))
    query = "SELECT count(*) FROM conversation.conversation WHERE account = %s AND status = 'open'"
    with psycopg.connect(intake.postgres_dsn) as connection:
        assert connection.execute(query, (ACCOUNTS["bounces"],)).fetchone() == (0,)
