"""From Kafka through a real relay and back as receipts: each mail once, as it should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from operator import itemgetter
from typing import Any

import psycopg
import pytest

from nitka.events import Attachment, Channel, ContactKind, ContactPoint, DeliveryState
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.ingest_email.store import SCHEMA, Attempts
from nitka.runtime import postgres
from nitka.runtime.blobs import Blobs

pytestmark = pytest.mark.stack

Run = Callable[[IngestEmailSettings], Any]


async def test_a_mail_leaves_once_with_its_files_and_a_receipt(
    run: Run, settings: IngestEmailSettings, inbox: str, sink: Any, post: Any
) -> None:
    blob = await Blobs(settings.blobs).put(b"%PDF")
    file = Attachment(blob=blob, filename="bill.pdf", media_type="application/pdf", size=4)
    message = post.requested(attachments=(file,))
    other_channel = post.requested(channel=Channel.WHATSAPP)
    async with run(settings):
        await post.ask(message, other_channel, again=3)
        await post.ask(last := post.after(message))
        await post.finished(message.message_id, last.message_id)
    (sender, recipients, raw), (_, [of_last], _) = sorted(sink.mails, key=itemgetter(1))
    assert of_last == "last@customer.example"
    local, _, domain = inbox.partition("@")
    assert sender == f"{local}+{'a' * 39}@{domain}"
    assert recipients == ["ann@customer.example"]
    mail = message_from_bytes(raw)
    assert mail["Message-ID"] == f"<{message.external_id}>"
    assert [p.get_filename() for p in mail.walk() if p.get_filename()] == ["bill.pdf"]
    found = [(r.message_id, r.state, r.attempt) for r in await post.receipts()]
    assert sorted(found) == sorted((m.message_id, DeliveryState.SENT, 1) for m in (message, last))
    async with await psycopg.AsyncConnection.connect(settings.postgres) as connection:
        kept = "SELECT request, outcome, recipients_left FROM ingest_email.attempt"
        row = await (await connection.execute(kept)).fetchone()
    assert row == (None, None, None), "neither content nor addresses are kept longer than needed"


async def test_a_replay_from_before_the_memory_of_attempts_sends_nothing(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    old = post.requested("old@customer.example")
    new = post.after(old)
    async with run(settings):
        await post.ask(old, days_ago=31)
        await post.ask(new, days_ago=29)
        await post.finished(new.message_id)
    assert [recipients for _, recipients, _ in sink.mails] == [["last@customer.example"]]
    assert [r.message_id for r in await post.receipts()] == [new.message_id]


async def test_old_attempts_are_forgotten_and_open_ones_are_not(settings: IngestEmailSettings, post: Any) -> None:
    now = datetime.now(UTC)
    messages = [post.requested() for _ in range(5)]
    for message in messages:
        await post.half_sent(message, "another copy")
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


async def test_refusals(run: Run, settings: IngestEmailSettings, sink: Any, post: Any) -> None:
    sink.rcpt_replies = {
        "gone@customer.example": "550 5.1.1 user unknown",
        "spam@customer.example": "554 5.7.1 blocked as spam",
    }
    hard = post.requested("gone@customer.example")
    some = post.requested("ann@customer.example", "spam@customer.example")
    impossible = post.requested("no address")
    lost = post.requested(
        attachments=(Attachment(blob="sha256/" + "0" * 64, filename="a", media_type="text/plain", size=1),),
    )
    async with run(settings):
        await post.ask(hard, some, impossible, lost)
        await post.finished(*(m.message_id for m in (hard, some, impossible, lost)))
    got = {(r.message_id, r.recipient): r for r in await post.receipts()}
    assert (got[hard.message_id, None].state, got[hard.message_id, None].hard) == (DeliveryState.FAILED, True)
    assert got[some.message_id, None].state == DeliveryState.SENT
    one = got[some.message_id, "spam@customer.example"]
    assert (one.state, one.hard) == (DeliveryState.FAILED, False)
    assert got[impossible.message_id, None].state == DeliveryState.FAILED
    assert got[lost.message_id, None].state == DeliveryState.FAILED
    assert [m[1] for m in sink.mails] == [["ann@customer.example"]]


async def test_a_forward_a_redirection_and_a_hidden_copy_leave_as_they_should(
    run: Run, settings: IngestEmailSettings, inbox: str, sink: Any, post: Any
) -> None:
    blobs = Blobs(settings.blobs)
    original = b"From: ann@customer.example\r\nSubject: lamp\r\nMessage-ID: <q@c>\r\n\r\nIt is broken.\r\n.\r\n"
    raw, picture = await blobs.put(original), await blobs.put(b"\x89PNG")
    redirected = post.requested("lab@repairs.example", redirect_of=raw, text="", subject=None)
    forwarded = post.requested(
        "lab@repairs.example",
        bcc=(ContactPoint(kind=ContactKind.EMAIL, value="archive@shop.example"),),
        html='<p>See <img src="cid:p1"></p><script>x()</script>',
        attachments=(
            Attachment(blob=picture, filename="p.png", media_type="image/png", size=4, content_id="p1"),
            Attachment(blob=raw, filename="original.eml", media_type="message/rfc822", size=len(original)),
        ),
    )
    gone = post.requested(redirect_of="sha256/" + "0" * 64)
    async with run(settings):
        await post.ask(redirected, forwarded, gone)
        await post.finished(redirected.message_id, forwarded.message_id, gone.message_id)
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
    states = {r.message_id: r for r in await post.receipts()}
    assert states[redirected.message_id].provider_id == redirected.external_id
    assert states[gone.message_id].reason == "Not sent: the original mail is no longer there."
