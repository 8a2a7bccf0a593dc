"""Who wrote a mail: a person, or a machine that expects no answer. And what a failure report says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nitka.events import Automatic, MessageReceived
from nitka.ingest_email.domain.addresses import Inboxes
from nitka.ingest_email.domain.message import Envelope, read

INBOXES = Inboxes(("support@shop.example",))


def message(raw: str | bytes) -> MessageReceived:
    source = raw.replace("\n", "\r\n").encode() if isinstance(raw, str) else raw
    incoming = read(source, Envelope(None, (), datetime(2026, 11, 2, tzinfo=UTC)))
    return incoming.message("support@shop.example", INBOXES, "sha256/" + "0" * 64, [])


REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>
To: support@shop.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

I could not deliver your mail.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; Ann@customer.example
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; 550 5.1.1 <ann@customer.example>: user unknown

Final-Recipient: rfc822; bob@customer.example
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox full

Final-Recipient: rfc822; eve@customer.example
Action: delayed
Status: 4.4.1

--b
Content-Type: message/rfc822

From: support@shop.example
Message-ID: <answer-1@shop.example>
Subject: Re: parcel

text
--b--
"""


def test_a_standard_report_names_each_failure() -> None:
    got = message(REPORT)
    assert got.automatic is Automatic.BOUNCE
    assert [(b.recipient, b.status, b.hard) for b in got.bounces] == [
        ("ann@customer.example", "5.1.1", True),
        ("bob@customer.example", "5.2.2", False),
    ]
    assert {b.original_message_id for b in got.bounces} == {"answer-1@shop.example"}


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_a_delay_or_success_is_no_failure(action: str) -> None:
    got = message(REPORT.replace("Action: failed", f"Action: {action}"))
    assert (got.automatic, got.bounces) == (Automatic.BOUNCE, ())


FREE_FORM = """\
From: postmaster@old.example
Return-Path: <>
Subject: Undeliverable: your order
To: support@shop.example

Your message did not reach the following recipient.

  ann@customer.example:
    host mx.customer.example said: 550 No such user here

--- Below this line is a copy of the message.

Received: from shop
Message-ID: <answer-2@shop.example>
To: ann@customer.example
Subject: your order

text
"""


def test_a_free_form_report() -> None:
    (bounce,) = message(FREE_FORM).bounces
    assert (bounce.recipient, bounce.hard) == ("ann@customer.example", True)
    assert bounce.original_message_id == "answer-2@shop.example"


def test_a_spam_complaint() -> None:
    raw = REPORT.replace("delivery-status", "feedback-report")
    assert message(raw).automatic is Automatic.COMPLAINT


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; type=x",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Return-Path: <>",
        "Subject: Automatyczna odpowiedź: zamówienie",
        "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A?= x",
        "Subject: Out of Office: back on Monday",
        "Subject: 自動返信：ありがとう",
        "Subject: Abwesenheitsnotiz: Bestellung",
    ],
)
def test_machines_that_answer(fields: str) -> None:
    assert message(f"From: ann@customer.example\n{fields}\n\nI am away.\n").automatic is Automatic.AUTO_REPLY


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: no",
        "List-Id: <talk.lists.example>\nPrecedence: bulk\nList-Unsubscribe: <mailto:x@y>\nList-Post: <mailto:z@y>",
        "List-Id: <talk.lists.example>\nPrecedence: list",
        "X-Auto-Response-Suppress: All",
        "Subject: Re: Automatic reply: my order",
        "Subject: Undeliverable parcel",
        "Subject: Delivery failed, where is my parcel?",
        "Subject: The delivery notice came back: returned to sender",
        "Subject: Vacation rental booking",
        "Subject: I was out of office when the courier came",
    ],
)
def test_people_are_people(fields: str) -> None:
    text = "The courier could not deliver my parcel 550. It was returned. Please deliver again."
    assert message(f"From: ann@customer.example\n{fields}\n\n{text}\n").automatic is None


def test_a_customer_who_forwards_a_report_is_a_person() -> None:
    inner = REPORT.replace("boundary=b", "boundary=i").replace("--b", "--i")
    raw = "From: ann@customer.example\nSubject: look\nContent-Type: multipart/mixed; boundary=o\n\n"
    raw += f"--o\n\nWhat is this?\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    assert message(raw).automatic is None


def test_a_newsletter_is_bulk_and_an_answer_to_one_of_ours_is_not() -> None:
    raw = "From: no-reply@news.example\nSubject: Sale\n"
    raw += "List-Unsubscribe: <https://news.example/u>\nPrecedence: bulk\n"
    assert message(raw + "\nbuy\n").automatic is Automatic.BULK
    assert message(raw + "In-Reply-To: <answer-1@shop.example>\n\nbuy\n").automatic is None


def test_reports_of_real_servers(fixtures: Path) -> None:
    """Every report, vacation note and complaint is recognised; whom it concerns is found where it says so."""
    folder = fixtures / "bounce_sisimai"
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    seen = {case["id"]: message((folder / case["input"]).read_bytes()) for case in cases}
    assert [name for name, got in seen.items() if got.automatic is None] == []
    failed = [got for got in seen.values() if got.automatic is Automatic.BOUNCE and got.bounces]
    assert len(failed) >= 0.9 * sum(got.automatic is Automatic.BOUNCE for got in seen.values())
    assert sum(got.bounces[0].recipient is not None for got in failed) >= 0.98 * len(failed)
    soft = {"mailboxfull", "spamdetected", "blocked", "authfailure", "badreputation", "mesgtoobig", "expired"}
    for case in cases:
        if all(e["reason"] in soft for e in case["expected"]):
            assert not any(b.hard for b in seen[case["id"]].bounces), case["id"]


def test_real_conversations_are_people(fixtures: Path) -> None:
    mails = sorted((fixtures / "spamassassin_threads").rglob("*.eml"))
    assert [p.name for p in mails if message(p.read_bytes()).automatic is not None] == []
