"""From bytes to a message: real shapes of mail, hostile ones, and anything at all."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitka.events import Automatic, MessageReceived
from nitka.ingest_email.domain import body, mime
from nitka.ingest_email.domain.addresses import Inboxes, Unknown
from nitka.ingest_email.domain.headers import addresses, message_ids, parameters, words
from nitka.ingest_email.domain.html import to_text
from nitka.ingest_email.domain.message import Envelope, read

INBOX = "support@shop.example"
INBOXES = Inboxes((INBOX,))
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def message(raw: bytes, sender: str | None = "ann@customer.example") -> MessageReceived:
    incoming = read(raw, Envelope(sender, (INBOX,), NOW))
    files = [f.stored(f"sha256/{i:064x}") for i, f in enumerate(incoming.files)]
    return incoming.message(INBOX, INBOXES, "sha256/" + "0" * 64, files)


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


PICTURE_MAIL = crlf("""\
From: =?utf-8?q?Ann_Nowak=2C_=C5=81=C3=B3d=C5=BA?= <Ann@Customer.Example>
To: "Shop; support" <support@shop.example>, team: bob@b.example, eve@e.example;
Subject: =?utf-8?b?WmHFvMOzxYLEhw==?= =?utf-8?q?_g=C4=99=C5=9Bl=C4=85?= [#42]
Message-ID: <m1@customer.example>
In-Reply-To: <b@shop.example>
References: <a@shop.example>
 <b@shop.example>
Date: Mon, 2 Nov 2026 12:30:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/related; boundary=inner

--inner
Content-Type: text/html; charset=iso-8859-2
Content-Transfer-Encoding: quoted-printable

<html><head><title>no</title><style>p {}</style></head><body><p>Dzie=F1 dobry</p>=
<p>broken: <img src=3D"cid:p1"></p>
<script>alert(1)</script></body></html>
--inner
Content-Type: image/png; name="p.png"
Content-ID: <p1>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--inner--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename*0*=utf-8''rachu; filename*1*=nek%20%E2%84%961; filename*2=.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--outer
Content-Type: message/rfc822

From: c@c.example
Subject: the older one

older text
--outer--
""")


def test_a_mail_with_everything() -> None:
    got = message(PICTURE_MAIL)
    assert (got.sender.value, got.sender.name) == ("ann@customer.example", "Ann Nowak, Łódź")
    assert [c.value for c in got.to] == [INBOX, "bob@b.example", "eve@e.example"]
    assert got.subject == "Zażółć gęślą [#42]"
    assert got.text == "Dzień dobry\n\nbroken:"
    assert got.html is not None and "<script>" in got.html, "kept as sent; who shows it makes it safe"
    assert [(a.filename, a.media_type, a.inline) for a in got.attachments] == [
        ("p.png", "image/png", True),
        ("rachunek №1.pdf", "application/pdf", False),
        ("the older one.eml", "message/rfc822", False),
    ]
    assert got.attachments[0].content_id == "p1"
    assert got.thread.external_thread == "a@shop.example"
    assert got.thread.references == ("a@shop.example", "b@shop.example")
    assert got.thread.subject_tokens == ("42",)
    assert got.automatic is None


def alternative(plain: str, html: str) -> bytes:
    return f"""\
From: ann@customer.example
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8

{plain}
--x
Content-Type: text/html; charset=utf-8

{html}
--x--
""".encode(errors="replace")


ASKED = "<p>Where is my order <b>1234</b>? I&rsquo;d like to return it &amp; get my money.</p>"
STUB = "This message needs an HTML-capable mail program. Please use one to read it."


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [
        (STUB, ASKED, "Where is my order 1234? I’d like to return it & get my money."),
        (" ", ASKED, "Where is my order 1234? I’d like to return it & get my money."),
        ("[cid:a1] https://x.example/a/b", ASKED, "Where is my order 1234? I’d like to return it & get my money."),
        ("*Where* is my\norder 1234?", ASKED, "*Where* is my\norder 1234?"),
        (
            "ŻÓŁW https://x.example/long/way",
            "<a href='https://x.example'>&Zdot;ółw</a>",
            "ŻÓŁW https://x.example/long/way",
        ),
        (STUB, '<img src="cid:p1">', STUB),
        ("hello", "<p>" + "words before " * 30_000 + "hello</p>", "hello"),
    ],
)
def test_what_is_searched_is_what_is_shown(plain: str, html: str, text: str) -> None:
    assert message(alternative(plain, html)).text == text


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_two_versions_of_anything_are_a_message(plain: str, html: str) -> None:
    got = message(alternative(plain, html))
    assert MessageReceived.model_validate_json(got.model_dump_json()) == got


def test_time_is_the_authors_unless_it_cannot_be() -> None:
    def occurred(date: str) -> datetime:
        return read(f"Date: {date}\r\n\r\nx".encode(), Envelope(None, (), NOW)).occurred_at

    end_of_second = timedelta(microseconds=999_999)
    assert occurred("Mon, 2 Nov 2026 12:30:00 +0100") == NOW - timedelta(minutes=30) + end_of_second
    assert occurred("Mon, 2 Nov 2026 13:00:00 +0100") == NOW
    for wrong in ("Mon, 2 Nov 2037 12:30:00 +0100", "Tue, 1 Jan 1980 00:00:00 +0000", "yesterday", "9" * 5000):
        assert occurred(wrong) == NOW


@pytest.mark.parametrize(
    "raw",
    [
        b" starts with a space: 1\r\nSubject: odd\r\nFrom: ann@customer.example\r\n\r\nhello there\r\n",
        b"Subject: odd\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8gdGhlcmU$=\r\n",
        b"Subject: odd\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nhello there\r\n",
        b"Subject: odd\r\n\r\nhello there",
        b"Subject: odd\n\nhello there\n",
        b"Subject: odd\rX: y\r\rhello there",
    ],
)
def test_broken_mails_keep_their_text(raw: bytes) -> None:
    got = message(raw)
    assert got.text.strip() == "hello there"
    assert got.subject == "odd"


def test_what_no_parser_takes_is_a_message_with_its_source() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000))
    got = message(b"From: ann@customer.example\r\nSubject: deep\r\n" + deep)
    assert (got.subject, got.sender.value) == ("deep", "ann@customer.example")
    assert [a.filename for a in got.attachments] == ["message.eml"]
    assert got.truncated


def test_caps_hold_and_say_so() -> None:
    head = b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    got = message(head + "<p>żółw</p>".encode() * 200_000)
    assert got.html is not None
    assert (len(got.html), len(got.text)) <= (body.HTML_CAP, body.TEXT_CAP)
    assert got.truncated
    many = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\nhi\r\n" * 5_000 + b"--x--"
    got = message(many)
    assert len(got.attachments) <= mime.PARTS_CAP
    assert got.truncated
    lists = b"To: " + b",".join(b"u%d@x.example" % i for i in range(3000)) + b"\r\nReferences: "
    got = message(lists + b" ".join(b"<r%d@x>" % i for i in range(2000)) + b"\r\n\r\nx")
    assert len(got.to) <= 500
    assert len(got.thread.references) == 200
    assert got.thread.references[0] == "r0@x"


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 200_000 + b"\r\n\r\nx",
        b"From: " + b'"a' * 100_000 + b"\r\nTo: " + b"(" * 100_000 + b"\r\n\r\nx",
        b"References: " + b"<" * 200_000 + b"a@" * 100_000 + b"\r\n\r\nx",
        b"A: b\r\n" * 300_000 + b"\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<!--" * 100_000 + b"<b> " * 100_000,
        b"Content-Type: text/html\r\n\r\n" + b"<script>" * 60_000,
        b"From: mailer-daemon@x\r\n\r\n" + b"to " * 60_000 + b" " * 60_000 + b"@" * 60_000,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 100_000,
        b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
        alternative("https://" * 60_000 + "[cid:" * 60_000, "<p>" * 100_000 + "a " * 100_000),
        b" x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n a: b\r\n\r\n" * 20_000,
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_nothing_makes_it_hang(raw: bytes) -> None:
    started = time.process_time()
    message(raw)
    # No measure of speed: quadratic work on these sizes takes minutes.
    assert time.process_time() - started < 20


_line = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"Content-Type: multipart/mixed; boundary=x",
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=x",
            b"Content-Type: message/rfc822",
            b"Content-Type: message/delivery-status",
            b"Content-Type: text/html; charset=unicode_escape",
            b"Content-Type: text/plain; charset=idna",
            b"Content-Transfer-Encoding: base64",
            b"Content-Transfer-Encoding: quoted-printable",
            b"Subject: =?utf-7?b?////?= =?x?q?=ff?=",
            b"From: mailer-daemon@x.example",
            b"Date: Mon, 32 Nov 99999 25:61:00 +9999",
            b'{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [{"status": 3}, 7]}}',
            b"Final-Recipient: rfc822; a@b",
            b"Action: failed",
            b"--x",
            b"--x--",
            b"",
            b"<b>&#xffffffff;</b>",
        ]
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_line, max_size=30), st.sampled_from([b"\r\n", b"\n", b"\r"]), st.none() | st.text(max_size=30))
def test_anything_at_all_is_a_message(lines: list[bytes], end: bytes, sender: str | None) -> None:
    got = message(end.join(lines), sender)
    assert MessageReceived.model_validate_json(got.model_dump_json()) == got
    assert "\x00" not in got.model_dump_json()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_header_readers_take_any_text(text: str) -> None:
    words(text), list(addresses(text)), list(message_ids(text)), parameters(text), to_text(text)


def test_one_mail_is_one_event_whatever_the_relays_added() -> None:
    raw = crlf("From: a@b.example\nMessage-ID: <1@b>\nSubject: x\n\nhello\n")
    relayed = crlf("Received: by relay\nX-Spam-Score: 1\nDKIM-Signature: v=1\n") + raw.replace(b"\r\n", b"\n")
    changed = raw.replace(b"hello", b"hullo")
    ids = [read(r, Envelope(None, (), NOW)).event_id(INBOX) for r in (raw, relayed, changed)]
    assert ids[0] == ids[1] != ids[2]


def test_a_mail_without_an_id_gets_one_of_its_content() -> None:
    first, again, other = (read(r, Envelope(None, (), NOW)).message_id for r in (b"\r\na", b"\r\na", b"\r\nb"))
    assert first == again != other
    assert first.endswith(".invalid")


def test_addresses_inside_encoded_words_are_no_addresses() -> None:
    (only,) = addresses("=?utf-8?q?boss=40bank=2Eexample=3E=2C?= <thief@evil.example>")
    assert (only.value, only.name) == ("thief@evil.example", "boss@bank.example>,")
    found = [a.value for a in addresses('"x, y" <A@b.example> (c, d), <>, junk, e@f.example (Eve)')]
    assert found == ["a@b.example", "e@f.example"]


def test_inboxes() -> None:
    two = Inboxes(("help@a.example", "shop@b.example"))
    assert two.account("Help+x@A.example") == "help@a.example"
    assert two.account("other@b.example") is None
    assert Inboxes(two.addresses, Unknown.DOMAIN).account("other@b.example") == "shop@b.example"
    assert Inboxes(two.addresses, Unknown.DOMAIN).account("other@c.example") is None
    assert Inboxes(two.addresses, Unknown.ANY).account("other@c.example") == "help@a.example"
    token = "abcdefghijklmnopqrstuvwxyz234567abcdefg"
    named = [f"Help+{token}@a.example", f"x+{token}@c.example", "help+no@a.example"]
    assert two.tokens(named, "help@a.example") == (token,)
    assert two.tokens(named, "shop@b.example") == (), "that conversation is another inbox's"
    assert Inboxes(two.addresses, Unknown.ANY).tokens(named[1:], "help@a.example") == (token,)
    assert two.tokens([f"own+{token}@d.example"], "own@d.example") == (token,), "a polled mailbox is an inbox, too"


def test_a_mail_to_two_inboxes_has_the_token_for_the_one_that_it_names() -> None:
    token = "a" * 38 + "7"
    raw = f"From: ann@c.example\nTo: support+{token}@shop.example\nCc: sales@shop.example\n\ntext\n"
    incoming = read(crlf(raw), Envelope(None, (), NOW))
    both = Inboxes(("support@shop.example", "sales@shop.example"))
    tokens = {a: incoming.message(a, both, "sha256/0", []).thread.tokens for a in both.addresses}
    assert tokens == {"support@shop.example": (token,), "sales@shop.example": ()}


def test_null_sender_is_a_machine() -> None:
    assert message(b"From: a@b.example\r\nSubject: hi\r\n\r\nthere", sender="").automatic is Automatic.AUTO_REPLY


def test_recipients_of_a_group_message_have_their_names_and_we_one_address() -> None:
    token = "a" * 38 + "7"
    got = message(
        crlf(f"""\
From: ann@customer.example
Reply-To: support+{token}@shop.example
To: "Nowak, Jan" <jan@customer.example>, Shop <support+{token}@shop.example>, support@shop.example
Cc: =?utf-8?q?=C5=81ucja?= <lucja+shop@customer.example>, support+old@shop.example, bob+x@shop.example

text
""")
    )
    assert [(c.name, c.value) for c in got.to] == [
        ("Nowak, Jan", "jan@customer.example"),
        ("Shop", "support@shop.example"),
    ]
    assert [(c.name, c.value) for c in got.cc] == [
        ("Łucja", "lucja+shop@customer.example"),
        (None, "support@shop.example"),
        (None, "bob+x@shop.example"),
    ]
    assert got.reply_to is not None and got.reply_to.value == "support@shop.example"
    assert got.thread.tokens == (token,), "what the conversation is known by stays"
