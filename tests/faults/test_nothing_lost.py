"""Accepted mail is never lost or doubled, and keeps its order, whatever is killed meanwhile."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from threading import Event

import psycopg
import pytest
from tests.topics import everything_on

from nitka.events import conversation
from nitka.events.topics import CONVERSATION_EVENTS
from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.faults]

THREADS, MAILS = 1000, 5
TOTAL = THREADS * MAILS
SENDERS = 16
PATIENCE = 240
"""Seconds after which a sender or the pipeline counts as stuck; no measure of speed."""


@dataclass
class Relay:
    """A mail relay: keeps a mail until it was accepted, however often that takes, and then sends the next."""

    address: tuple[str, int]
    accepted: list[str] = field(default_factory=list)
    retries: int = 0
    stop: Event = field(default_factory=Event)

    def send_threads(self, threads: range) -> None:
        """Send the mails of these threads in order, interleaved, one connection as long as it holds."""
        connection: smtplib.SMTP | None = None
        for position in range(MAILS):
            for thread in threads:
                connection = self._until_accepted(connection, thread, position)
        if connection is not None:
            connection.close()

    def _until_accepted(self, connection: smtplib.SMTP | None, thread: int, position: int) -> smtplib.SMTP | None:
        deadline = time.monotonic() + PATIENCE
        while not self.stop.is_set():
            assert time.monotonic() < deadline, "the ingestor takes no mail"
            try:
                connection = connection or smtplib.SMTP(*self.address, timeout=30)
                connection.send_message(_mail(thread, position))
            except (smtplib.SMTPException, OSError):
                self.retries += 1
                if connection is not None:
                    connection.close()
                connection = None
                self.stop.wait(0.2)
            else:
                self.accepted.append(_message_id(thread, position))
                return connection
        return connection


def _message_id(thread: int, position: int) -> str:
    return f"{thread}.{position}@faults.example"


def _mail(thread: int, position: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Customer {thread} <customer{thread}@faults.example>"
    mail["To"] = "support@shop.example"
    mail["Subject"] = f"Order {thread}"
    mail["Message-ID"] = f"<{_message_id(thread, position)}>"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    if position:
        mail["In-Reply-To"] = f"<{_message_id(thread, position - 1)}>"
        mail["References"] = " ".join(f"<{_message_id(thread, p)}>" for p in range(position))
    mail.set_content(f"Mail {position} of {thread}.")
    return mail


@pytest.fixture(scope="module")
def pipeline(services: LocalStack) -> Iterator[LocalStack]:
    services.start("conversation", "ingest_email")
    yield services
    services.stop()


def _until(reached: int, relay: Relay) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(relay.accepted) < reached:
        assert time.monotonic() < deadline, f"stuck at {len(relay.accepted)} accepted mails"
        time.sleep(0.02)


def test_killing_every_part_in_turn_loses_and_doubles_nothing(pipeline: LocalStack) -> None:
    relay = Relay(("127.0.0.1", pipeline.settings.ports["smtp"]))
    with ThreadPoolExecutor(SENDERS) as senders:
        try:
            share = [range(n, THREADS, SENDERS) for n in range(SENDERS)]
            sending = [senders.submit(relay.send_threads, threads) for threads in share]
            for step, victim in enumerate(("conversation", "ingest_email", "kafka", "postgres"), 1):
                _until(TOTAL * step // 6, relay)
                pipeline.kill(victim)
                pipeline.restart(victim)
            _until(TOTAL * 5 // 6, relay)
            pipeline.pause("kafka")
            time.sleep(1)
            pipeline.resume("kafka")
            for one in sending:
                one.result(PATIENCE)
        finally:
            relay.stop.set()
    assert relay.retries > 0, "no sender noticed anything: nothing was killed while mails came in"
    assert sorted(relay.accepted) == sorted(_message_id(t, p) for t in range(THREADS) for p in range(MAILS))
    _wait_until_published(pipeline)
    _compare_stored(pipeline)
    _compare_published(pipeline)


def _wait_until_published(pipeline: LocalStack) -> None:
    """Until the relay has published everything that is stored, and everything accepted is stored."""
    query = (
        "SELECT (SELECT count(*) FROM conversation.message), "
        "(SELECT max(notification_id) FROM conversation.stored_events) "
        "- (SELECT position FROM conversation.relay WHERE name = 'public')"
    )
    deadline = time.monotonic() + PATIENCE
    with psycopg.connect(pipeline.postgres_dsn, autocommit=True) as connection:
        while True:
            row = connection.execute(query).fetchone()
            if row is not None and row[0] >= TOTAL and row[1] == 0:
                return
            assert time.monotonic() < deadline, f"stuck at {row}"
            time.sleep(0.2)


def _compare_stored(pipeline: LocalStack) -> None:
    with psycopg.connect(pipeline.postgres_dsn) as connection:
        rows = connection.execute(
            "SELECT array_agg(external_id ORDER BY sequence) FROM conversation.message GROUP BY conversation_id"
        ).fetchall()
    stored = sorted(ids for (ids,) in rows)
    assert stored == sorted([_message_id(t, p) for p in range(MAILS)] for t in range(THREADS))


def _compare_published(pipeline: LocalStack) -> None:
    """What a subscriber sees: after leaving out repeats by `event_id`, each message once, sequences unbroken."""
    sequences: dict[str, list[int]] = {}
    messages: dict[str, list[str]] = {}
    seen = set()
    for event in everything_on(pipeline.kafka, CONVERSATION_EVENTS):
        payload = event.payload
        if event.envelope.event_id in seen or not isinstance(payload, conversation.ConversationPayload):
            continue
        seen.add(event.envelope.event_id)
        key = str(payload.conversation_id)
        sequences.setdefault(key, []).append(payload.sequence)
        if isinstance(payload, conversation.CustomerMessageReceived):
            messages.setdefault(key, []).append(payload.external_id)
    assert all(found == list(range(1, len(found) + 1)) for found in sequences.values())
    expected = sorted([_message_id(t, p) for p in range(MAILS)] for t in range(THREADS))
    assert sorted(messages.values()) == expected
