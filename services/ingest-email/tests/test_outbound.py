"""From Kafka through a real relay and back as receipts: at most once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from nitka.events import (
    SYSTEM,
    Attachment,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    MessageReceipt,
    MessageRequested,
    envelope,
)
from nitka.events.topics import OUTBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.ingest_email.store import SCHEMA, Attempts, Task
from nitka.runtime import postgres
from nitka.runtime.blobs import Blobs
from nitka.runtime.publisher import Publisher, record
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.stack

Run = Callable[[IngestEmailSettings], Any]


def requested(inbox: str, *to: str, **changes: Any) -> MessageRequested:
    message_id = uuid4()
    fields: dict[str, Any] = {
        "conversation_id": uuid4(),
        "message_id": message_id,
        "channel": Channel.EMAIL,
        "account": inbox,
        "author_name": "Zofia",
        "to": tuple(ContactPoint(kind=ContactKind.EMAIL, value=t) for t in to or ("ann@customer.example",)),
        "subject": "Re: parcel",
        "text": "It is on its way.",
        "external_id": f"{message_id}@shop.example",
        "reply_token": "a" * 39,
    }
    return MessageRequested(**fields | changes)


def after(message: MessageRequested) -> MessageRequested:
    """One of the same conversation: when it has left, all that was asked before it was seen."""
    return requested(message.account, "last@customer.example", conversation_id=message.conversation_id)


async def ask(kafka: str, *messages: MessageRequested, again: int = 1, days_ago: int = 0) -> None:
    publisher = Publisher(kafka, "test-conversation")
    await publisher.start()
    now = datetime.now(UTC) - timedelta(days=days_ago)
    for message in messages * again:
        event = envelope(message, event_id=uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
        await publisher.publish(record(OUTBOUND_MESSAGES, str(message.conversation_id), event))
    await publisher.stop()


@pytest.fixture
def finished(settings: IngestEmailSettings) -> Callable[..., Any]:
    """Waits until these messages have an outcome that is told."""

    async def wait(*ids: UUID) -> None:
        deadline = asyncio.get_running_loop().time() + 30
        async with await psycopg.AsyncConnection.connect(settings.postgres, autocommit=True) as connection:
            while True:
                cursor = await connection.execute(
                    "SELECT count(*) FROM ingest_email.attempt WHERE told AND message_id = ANY(%s)", (list(ids),)
                )
                row = await cursor.fetchone()
                if row and row[0] == len(ids):
                    return
                assert asyncio.get_running_loop().time() < deadline, "no outcome in time"
                await asyncio.sleep(0.05)

    return wait


async def half_sent(
    settings: IngestEmailSettings, message: MessageRequested, instance: str, *, lease: int = 600
) -> None:
    """Leave behind what a copy of the service was sending when it ended; `lease` in seconds from now."""
    now = datetime.now(UTC)
    event = envelope(message, event_id=uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
    async with await psycopg.AsyncConnection.connect(settings.postgres) as connection:
        await connection.execute(
            """
            INSERT INTO ingest_email.attempt (message_id, attempt, request, state, instance, lease_ends)
            VALUES (%s, 1, %s, 'sending', %s, %s)
            """,
            (message.message_id, event.model_dump_json(), instance, now + timedelta(seconds=lease)),
        )


async def receipts(published: Any, inbox: str) -> list[MessageReceipt]:
    return [e.payload for e in await published(OUTBOUND_RECEIPTS, lambda p: p.account == inbox)]


async def test_a_mail_leaves_once_with_its_files_and_a_receipt(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    blob = await Blobs(settings.blobs).put(b"%PDF")
    file = Attachment(blob=blob, filename="bill.pdf", media_type="application/pdf", size=4)
    message = requested(inbox, attachments=(file,))
    other_channel = requested(inbox, channel=Channel.WHATSAPP)
    async with run(settings):
        await ask(kafka, message, other_channel, again=3)
        await ask(kafka, last := after(message))
        await finished(message.message_id, last.message_id)
    (sender, recipients, raw), (_, [of_last], _) = sorted(sink.mails, key=itemgetter(1))
    assert of_last == "last@customer.example"
    local, _, domain = inbox.partition("@")
    assert sender == f"{local}+{'a' * 39}@{domain}"
    assert recipients == ["ann@customer.example"]
    mail = message_from_bytes(raw)
    assert mail["Message-ID"] == f"<{message.external_id}>"
    assert [p.get_filename() for p in mail.walk() if p.get_filename()] == ["bill.pdf"]
    found = [(r.message_id, r.state, r.attempt) for r in await receipts(published, inbox)]
    assert sorted(found) == sorted((m.message_id, DeliveryState.SENT, 1) for m in (message, last))
    async with await psycopg.AsyncConnection.connect(settings.postgres) as connection:
        kept = "SELECT request, outcome, recipients_left FROM ingest_email.attempt"
        row = await (await connection.execute(kept)).fetchone()
    assert row == (None, None, None), "neither content nor addresses are kept longer than needed"


async def test_a_replay_from_before_the_memory_of_attempts_sends_nothing(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    old = requested(inbox, "old@customer.example")
    new = after(old)
    async with run(settings):
        await ask(kafka, old, days_ago=31)
        await ask(kafka, new, days_ago=29)
        await finished(new.message_id)
    assert [recipients for _, recipients, _ in sink.mails] == [["last@customer.example"]]
    assert [r.message_id for r in await receipts(published, inbox)] == [new.message_id]


async def test_old_attempts_are_forgotten_and_open_ones_are_not(settings: IngestEmailSettings, inbox: str) -> None:
    now = datetime.now(UTC)
    messages = [requested(inbox) for _ in range(5)]
    for message in messages:
        await half_sent(settings, message, "another copy")
    async with postgres.pool(settings.postgres, SCHEMA) as pool, pool.connection() as connection:
        attempts = Attempts(pool, "tests")
        for message, days in zip(messages[:4], (40, 35, 32, 30), strict=True):
            await connection.execute(
                "UPDATE attempt SET told = true, finished_at = %s WHERE message_id = %s",
                (now - timedelta(days=days), message.message_id),
            )
        await connection.commit()
        await attempts.forget(now - timedelta(days=31), at_once=2)
        rows = await (await connection.execute("SELECT message_id FROM attempt")).fetchall()
    assert {row[0] for row in rows} == {m.message_id for m in messages[3:]}


async def test_refusals(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    sink.rcpt_replies = {
        "gone@customer.example": "550 5.1.1 user unknown",
        "spam@customer.example": "554 5.7.1 blocked as spam",
    }
    hard = requested(inbox, "gone@customer.example")
    some = requested(inbox, "ann@customer.example", "spam@customer.example")
    impossible = requested(inbox, "no address")
    lost = requested(
        inbox,
        attachments=(Attachment(blob="sha256/" + "0" * 64, filename="a", media_type="text/plain", size=1),),
    )
    async with run(settings):
        await ask(kafka, hard, some, impossible, lost)
        await finished(*(m.message_id for m in (hard, some, impossible, lost)))
    got = {(r.message_id, r.recipient): r for r in await receipts(published, inbox)}
    assert (got[hard.message_id, None].state, got[hard.message_id, None].hard) == (DeliveryState.FAILED, True)
    assert got[some.message_id, None].state == DeliveryState.SENT
    one = got[some.message_id, "spam@customer.example"]
    assert (one.state, one.hard) == (DeliveryState.FAILED, False)
    assert got[impossible.message_id, None].state == DeliveryState.FAILED
    assert got[lost.message_id, None].state == DeliveryState.FAILED
    assert [m[1] for m in sink.mails] == [["ann@customer.example"]]


async def test_a_forward_a_redirection_and_a_hidden_copy_leave_as_they_should(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    blobs = Blobs(settings.blobs)
    original = b"From: ann@customer.example\r\nSubject: lamp\r\nMessage-ID: <q@c>\r\n\r\nIt is broken.\r\n.\r\n"
    raw, picture = await blobs.put(original), await blobs.put(b"\x89PNG")
    redirected = requested(inbox, "lab@repairs.example", redirect_of=raw, text="", subject=None)
    forwarded = requested(
        inbox,
        "lab@repairs.example",
        bcc=(ContactPoint(kind=ContactKind.EMAIL, value="archive@shop.example"),),
        html='<p>See <img src="cid:p1"></p><script>x()</script>',
        attachments=(
            Attachment(blob=picture, filename="p.png", media_type="image/png", size=4, content_id="p1"),
            Attachment(blob=raw, filename="original.eml", media_type="message/rfc822", size=len(original)),
        ),
    )
    gone = requested(inbox, redirect_of="sha256/" + "0" * 64)
    async with run(settings):
        await ask(kafka, redirected, forwarded, gone)
        await finished(redirected.message_id, forwarded.message_id, gone.message_id)
    by_id = {message_from_bytes(m[2])["Resent-Message-ID"]: m for m in sink.mails}
    sender, recipients, content = by_id[f"<{redirected.external_id}>"]
    assert (recipients, content.endswith(original)) == (["lab@repairs.example"], True)
    assert sender.startswith(inbox.partition("@")[0] + "+")
    _, recipients, content = by_id[None]
    assert recipients == ["lab@repairs.example", "archive@shop.example"]
    assert b"archive" not in content
    kinds = [p.get_content_type() for p in message_from_bytes(content).walk()]
    assert kinds[:6] == [f"multipart/{k}" for k in ("mixed", "alternative")] + [
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert kinds[6] == "message/rfc822"
    assert b"script" not in content
    states = {r.message_id: r for r in await receipts(published, inbox)}
    assert states[redirected.message_id].provider_id == redirected.external_id
    assert states[gone.message_id].reason == "Not sent: the original mail is no longer there."


async def test_when_all_are_refused_each_is_told_and_a_new_attempt_may_go_to_one(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    sink.rcpt_replies = {
        "gone@customer.example": "550 5.1.1 user unknown",
        "full@customer.example": "552 5.2.2 mailbox full",
    }
    message = requested(inbox, "gone@customer.example", "full@customer.example")
    async with run(settings):
        await ask(kafka, message)
        await finished(message.message_id)
        first = {r.recipient: r for r in await receipts(published, inbox)}
        assert {name: (r.state, r.hard) for name, r in first.items()} == {
            None: (DeliveryState.FAILED, False),
            "gone@customer.example": (DeliveryState.FAILED, True),
            "full@customer.example": (DeliveryState.FAILED, False),
        }
        sink.rcpt_replies = {}
        await ask(kafka, message.model_copy(update={"attempt": 2, "only": ("full@customer.example",)}))
        async with asyncio.timeout(20):
            while not sink.mails:
                await asyncio.sleep(0.05)
    ((_, recipients, content),) = sink.mails
    assert recipients == ["full@customer.example"]
    assert b"gone@customer.example" in content, "the header shows whom it was written to"


async def test_a_temporary_refusal_is_tried_again_and_not_for_ever(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    sink.data_replies = ["451 4.7.1 greylisted"]
    sink.rcpt_replies = {"busy@customer.example": "450 4.2.1 busy"}
    later, never = requested(inbox), requested(inbox, "busy@customer.example")
    async with run(settings):
        await ask(kafka, later)
        await finished(later.message_id)
        await ask(kafka, never)
        await finished(never.message_id)
    states = {r.message_id: (r.state, r.hard) for r in await receipts(published, inbox)}
    assert states == {
        later.message_id: (DeliveryState.SENT, False),
        never.message_id: (DeliveryState.FAILED, False),
    }
    assert len(sink.mails) == 1


async def test_who_is_refused_for_now_gets_it_later_and_the_others_once(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    sink.rcpt_once = {"busy@customer.example": ["450 4.2.1 greylisted"]}
    sink.rcpt_replies = {"gone@customer.example": "550 5.1.1 user unknown"}
    message = requested(inbox, "ann@customer.example", "busy@customer.example", "gone@customer.example")
    async with run(settings):
        await ask(kafka, message)
        await finished(message.message_id)
    assert [recipients for _, recipients, _ in sink.mails] == [["ann@customer.example"], ["busy@customer.example"]]
    told = {(r.state, r.recipient) for r in await receipts(published, inbox)}
    assert told == {(DeliveryState.SENT, None), (DeliveryState.FAILED, "gone@customer.example")}


async def test_sending_again_to_all_takes_over_who_was_left(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    sink.rcpt_once = {"busy@customer.example": ["450 4.2.1 greylisted"]}
    message = requested(inbox, "ann@customer.example", "busy@customer.example")
    async with run(settings.model_copy(update={"relay_backoff_seconds": 600})):
        await ask(kafka, message)
        async with asyncio.timeout(20):
            while not await receipts(published, inbox):
                await asyncio.sleep(0.05)
        await ask(kafka, message.model_copy(update={"attempt": 2}))
        await finished(message.message_id, message.message_id)
    everybody = ["ann@customer.example", "busy@customer.example"]
    assert [recipients for _, recipients, _ in sink.mails] == [everybody[:1], everybody]
    assert {(r.attempt, r.state) for r in await receipts(published, inbox)} == {
        (1, DeliveryState.SENT),
        (2, DeliveryState.SENT),
    }


async def test_who_is_refused_for_now_again_and_again_is_told_by_name(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    sink.rcpt_replies = {"busy@customer.example": "450 4.2.1 greylisted"}
    message = requested(inbox, "ann@customer.example", "busy@customer.example")
    async with run(settings):
        await ask(kafka, message)
        await finished(message.message_id)
    assert [recipients for _, recipients, _ in sink.mails] == [["ann@customer.example"]]
    events = await published(OUTBOUND_RECEIPTS, lambda p: p.account == inbox)
    told = {e.envelope.event_id: (e.payload.state, e.payload.recipient, e.payload.reason) for e in events}
    assert sorted(told.values(), key=str) == [
        (DeliveryState.FAILED, "busy@customer.example", "450 4.2.1 greylisted"),
        (DeliveryState.SENT, None, None),
    ]


@pytest.mark.parametrize("lost", [False, True])
async def test_an_attempt_for_one_of_several_tells_its_name(
    run: Run,
    settings: IngestEmailSettings,
    kafka: str,
    inbox: str,
    sink: Any,
    published: Any,
    finished: Any,
    lost: bool,
) -> None:
    if lost:
        sink.drop_after_data = True
    else:
        sink.rcpt_replies = {"ben@customer.example": "550 5.1.1 user unknown"}
    message = requested(
        inbox, "ann@customer.example", "ben@customer.example", attempt=2, only=("ben@customer.example",)
    )
    async with run(settings):
        await ask(kafka, message)
        await finished(message.message_id)
    state = DeliveryState.UNCONFIRMED if lost else DeliveryState.FAILED
    told = [(r.state, r.recipient, r.hard) for r in await receipts(published, inbox)]
    assert told == [(state, None, not lost), (state, "ben@customer.example", not lost)]


async def test_a_connection_lost_after_the_mail_is_unconfirmed_and_a_new_attempt_is_the_agents(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    message = requested(inbox)
    sink.drop_after_data = True
    async with run(settings):
        await ask(kafka, message, again=2)
        await finished(message.message_id)
        sink.drop_after_data = False
        assert len(sink.mails) == 1
        again = message.model_copy(update={"attempt": 2})
        await ask(kafka, again)
        deadline = asyncio.get_running_loop().time() + 20
        while len(sink.mails) < 2:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        found: list[MessageReceipt] = []
        while len(found) < 2:
            found = await receipts(published, inbox)
    assert [(r.attempt, r.state) for r in found] == [(1, DeliveryState.UNCONFIRMED), (2, DeliveryState.SENT)]


async def test_what_a_crash_left_half_sent_is_never_sent_again(
    run: Run, settings: IngestEmailSettings, kafka: str, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    message = requested(inbox)
    await half_sent(settings, message, settings.instance)
    async with run(settings):
        await ask(kafka, message, last := after(message))
        await finished(message.message_id, last.message_id)
    states = {r.message_id: r.state for r in await receipts(published, inbox)}
    assert states == {message.message_id: DeliveryState.UNCONFIRMED, last.message_id: DeliveryState.SENT}
    assert [recipients for _, recipients, _ in sink.mails] == [["last@customer.example"]]


async def test_a_hiccup_of_the_database_loses_neither_the_outcome_nor_the_mail(
    run: Run,
    settings: IngestEmailSettings,
    kafka: str,
    inbox: str,
    sink: Any,
    published: Any,
    finished: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = {"finish", "postpone"}

    def breaks_once(name: str) -> Any:
        whole = getattr(Attempts, name)

        async def write(*given: Any, **named: Any) -> Any:
            if name in broken:
                broken.remove(name)
                raise psycopg.OperationalError("the server closed the connection")
            return await whole(*given, **named)

        return write

    for name in tuple(broken):
        monkeypatch.setattr(Attempts, name, breaks_once(name))
    sink.data_replies = ["451 4.7.1 greylisted"]
    message = requested(inbox)
    async with run(settings):
        await ask(kafka, message)
        await finished(message.message_id)
    assert not broken, "both were tried"
    assert len(sink.mails) == 1
    assert [r.state for r in await receipts(published, inbox)] == [DeliveryState.SENT]


async def test_what_was_claimed_on_a_connection_that_broke_is_told_without_a_restart(
    run: Run,
    settings: IngestEmailSettings,
    kafka: str,
    inbox: str,
    published: Any,
    finished: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, claimed = Attempts.claim, asyncio.Event()

    async def claim(attempts: Attempts, limit: int) -> list[Task]:
        tasks = await whole(attempts, limit)
        if tasks and not claimed.is_set():
            claimed.set()
            raise psycopg.OperationalError("the server closed the connection")
        return tasks

    monkeypatch.setattr(Attempts, "claim", claim)
    message = requested(inbox)
    async with run(settings):
        await ask(kafka, message)
        await finished(message.message_id)
    assert [r.state for r in await receipts(published, inbox)] == [DeliveryState.UNCONFIRMED]


async def test_what_another_copy_left_half_sent_is_told_when_its_time_is_over(
    run: Run, settings: IngestEmailSettings, inbox: str, sink: Any, published: Any, finished: Any
) -> None:
    ended, running = requested(inbox), requested(inbox)
    for message, seconds in ((ended, -1), (running, 600)):
        await half_sent(settings, message, "another copy", lease=seconds)
    async with run(settings):
        await finished(ended.message_id)
    (receipt,) = await receipts(published, inbox)
    assert (receipt.message_id, receipt.state) == (ended.message_id, DeliveryState.UNCONFIRMED)
    assert sink.mails == []


async def test_a_relay_that_is_away_is_waited_for(
    run: Run,
    settings: IngestEmailSettings,
    kafka: str,
    inbox: str,
    relay: Callable[..., Any],
    published: Any,
    finished: Any,
    until: Any,
) -> None:
    message = requested(inbox)
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))
    async with run(settings.model_copy(update={"relay_tries": 1})) as service:

        async def tried() -> bool:
            answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
            return bool(answer.json()["relay"]["failures"] >= 2)

        await ask(kafka, message)
        await until(tried)
        async with relay(settings.relay_port) as sink:
            sink.rcpt_once = {"ann@customer.example": ["421 4.3.2 going down"]}
            await finished(message.message_id)
    assert [r.state for r in await receipts(published, inbox)] == [DeliveryState.SENT]
    assert len(sink.mails) == 1


async def test_a_relay_that_is_away_is_not_waited_for_for_ever(
    run: Run, settings: IngestEmailSettings, inbox: str, published: Any, finished: Any
) -> None:
    message = requested(inbox)
    await half_sent(settings, message, settings.instance)
    async with await psycopg.AsyncConnection.connect(settings.postgres) as connection:
        await connection.execute(
            """
            UPDATE ingest_email.attempt SET state = 'waiting', queued_at = now() - interval '3 days'
            WHERE message_id = %s
            """,
            (message.message_id,),
        )
    async with run(settings):
        await finished(message.message_id)
    (receipt,) = await receipts(published, inbox)
    assert receipt.state == DeliveryState.FAILED
    assert receipt.reason is not None
    assert receipt.reason.startswith("The mail relay does not answer")


async def test_an_address_that_the_relay_cannot_take_is_no_trouble_of_the_relay(
    run: Run,
    settings: IngestEmailSettings,
    kafka: str,
    inbox: str,
    relay: Callable[..., Any],
    published: Any,
    finished: Any,
) -> None:
    message = requested(inbox, "józef@customer.example")
    async with run(settings), relay(settings.relay_port, smtputf8=False):
        await ask(kafka, message)
        await finished(message.message_id)
    (receipt,) = await receipts(published, inbox)
    assert (receipt.state, receipt.hard) == (DeliveryState.FAILED, False)
    assert receipt.reason == "553 The mail relay takes no addresses outside ASCII."
