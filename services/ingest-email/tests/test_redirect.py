"""A received mail is passed on as it came, and what comes back of it finds its way."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitka.events import Automatic, Channel, ContactKind, ContactPoint, MessageRequested
from nitka.ingest_email.domain.addresses import Inboxes
from nitka.ingest_email.domain.fields import CannotSend
from nitka.ingest_email.domain.message import Envelope, read
from nitka.ingest_email.domain.outgoing import envelope, redirect

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
TOKEN = "a" * 38 + "7"
ORIGINAL = (
    b"Return-Path: <ann@customer.example>\r\n"
    b"Received: from mx\r\n\tby shop\r\n"
    b"DKIM-Signature: v=1; d=customer.example;\r\n b=abc\r\n"
    b"From: Ann <ann@customer.example>\r\n"
    b"Reply-To: ann.private@customer.example\r\n"
    b"Bcc: secret@customer.example,\r\n\tother@customer.example\r\n"
    b"To: support@shop.example\r\n"
    b"Subject: =?utf-8?q?za=C5=BC=C3=B3=C5=82=C4=87?=\r\n"
    b"Message-ID: <q1@customer.example>\r\n"
    b"\r\n"
    b"Return-Path: is a word of the text\r\n.\r\n\r\n\xc5\xbc\r\n"
)


def request(**changes: Any) -> MessageRequested:
    fields: dict[str, Any] = {
        "conversation_id": UUID(int=1),
        "message_id": UUID(int=2),
        "channel": Channel.EMAIL,
        "account": "support@shop.example",
        "author_name": "Zofia",
        "to": (ContactPoint(kind=ContactKind.EMAIL, value="lab@repairs.example", name="Żaneta"),),
        "text": "",
        "external_id": "m2@shop.example",
        "reply_token": TOKEN,
        "redirect_of": "sha256/0",
    }
    return MessageRequested(**fields | changes)


def redirected(original: bytes, **changes: Any) -> bytes:
    return redirect(request(**changes), original, sender_name="Shop", now=NOW)


@pytest.mark.parametrize("original", [ORIGINAL, ORIGINAL.replace(b"\r\n", b"\n"), b"From x Mon\n" + ORIGINAL])
def test_it_leaves_as_it_came_with_the_resent_fields_in_front(original: bytes) -> None:
    raw = redirected(original)
    expected = ORIGINAL.replace(b"Return-Path: <ann@customer.example>\r\n", b"")
    expected = expected.replace(b"Bcc: secret@customer.example,\r\n\tother@customer.example\r\n", b"")
    assert raw.endswith(expected)
    mail = message_from_bytes(raw, policy=default)
    assert mail.keys()[:4] == ["Resent-Date", "Resent-From", "Resent-To", "Resent-Message-ID"]
    assert mail["Resent-From"] == "Zofia via Shop <support@shop.example>"
    assert mail["Resent-To"] == "Żaneta <lab@repairs.example>"
    assert mail["Resent-Message-ID"] == "<m2@shop.example>"
    assert mail["Resent-Date"].datetime == NOW
    assert (mail["From"], mail["Reply-To"]) == ("Ann <ann@customer.example>", "ann.private@customer.example")
    assert envelope(request()) == (f"support+{TOKEN}@shop.example", ["lab@repairs.example"])


def test_redirected_to_one_of_our_own_inboxes_it_is_the_customers_mail_there() -> None:
    inboxes = Inboxes(("support@shop.example", "orders@shop.example"))
    raw = redirected(ORIGINAL)
    got = read(raw, Envelope(f"support+{TOKEN}@shop.example", ("orders@shop.example",), NOW))
    message = got.message("orders@shop.example", inboxes, "sha256/0", [])
    assert (message.sender.value, message.automatic) == ("ann@customer.example", None)
    before = read(ORIGINAL, Envelope("ann@customer.example", (), NOW))
    assert got.event_id("support@shop.example") == before.event_id("support@shop.example"), "a loop ends here"


@pytest.mark.parametrize(
    "original",
    [
        b"",
        b"no header at all",
        b" folded: from the start\nFrom: a@b.example\n\nx",
        b"Subject: nobody wrote this\n\nx",
        b'{"object": "whatsapp_business_account"}',
    ],
)
def test_what_is_no_mail_is_not_redirected(original: bytes) -> None:
    with pytest.raises(CannotSend, match="forward it instead"):
        redirected(original)


@settings(max_examples=200, deadline=None)
@given(head=st.binary(max_size=200), name=st.text(max_size=80), author=st.text(max_size=80))
def test_nothing_gets_before_the_resent_fields_or_into_them(head: bytes, name: str, author: str) -> None:
    to = (ContactPoint(kind=ContactKind.EMAIL, value="lab@repairs.example", name=name),)
    raw = redirected(b"From: ann@customer.example\r\n" + head, to=to, author_name=author)
    ours = raw[: raw.index(b"From: ann@customer.example\r\n")]
    names = [line.partition(b":")[0] for line in ours.split(b"\r\n")[:-1] if line[:1] != b" "]
    assert names == [b"Resent-Date", b"Resent-From", b"Resent-To", b"Resent-Message-ID"]
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


REPORT = b"""From: MAILER-DAEMON@mx.repairs.example
To: support@shop.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.repairs.example

Final-Recipient: rfc822; lab@repairs.example
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

%b
--b--
"""


def test_the_bounce_of_a_redirected_mail_names_the_redirection() -> None:
    raw = REPORT.replace(b"\n", b"\r\n") % redirected(ORIGINAL)
    got = read(raw, Envelope("", (), NOW))
    message = got.message("support@shop.example", Inboxes(("support@shop.example",)), "sha256/0", [])
    assert message.automatic is Automatic.BOUNCE
    assert [(b.recipient, b.hard, b.original_message_id) for b in message.bounces] == [
        ("lab@repairs.example", True, "m2@shop.example"),
        ("lab@repairs.example", True, "q1@customer.example"),
    ]
