"""An agent's message as a mail: right headers, and no way to smuggle one in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitka.events import Attachment, Automatic, Channel, ContactKind, ContactPoint, DeliveryState, MessageRequested
from nitka.ingest_email.domain.charsets import clean
from nitka.ingest_email.domain.delivery import Outcome, Refusal, backoff, joined, pause, refusal
from nitka.ingest_email.domain.fields import CannotSend
from nitka.ingest_email.domain.message import Envelope, read
from nitka.ingest_email.domain.outgoing import compose, envelope

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
TOKEN = "a" * 38 + "7"


def contact(value: str, name: str | None = None) -> ContactPoint:
    return ContactPoint(kind=ContactKind.EMAIL, value=value, name=name)


def request(**changes: Any) -> MessageRequested:
    fields: dict[str, Any] = {
        "conversation_id": UUID(int=1),
        "message_id": UUID(int=2),
        "channel": Channel.EMAIL,
        "account": "support@shop.example",
        "author_name": "Zofia",
        "to": (contact("ann@customer.example", "Ann, Łódź"),),
        "subject": "Re: Zażółć gęślą jaźń",
        "text": "Dzień dobry",
        "external_id": "m2@shop.example",
        "in_reply_to": "q1@customer.example",
        "references": ("q0@customer.example", "q1@customer.example"),
        "reply_token": TOKEN,
    }
    return MessageRequested(**fields | changes)


def composed(message: MessageRequested, *files: tuple[Attachment, bytes]) -> EmailMessage:
    raw = compose(message, files, sender_name="Shop", now=NOW)
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_headers() -> None:
    mail = composed(request(cc=(contact("bob@b.example"),)))
    assert mail["From"] == "Zofia via Shop <support@shop.example>"
    assert mail["To"].addresses[0].display_name == "Ann, Łódź"
    assert mail["Cc"] == "bob@b.example"
    assert mail["Reply-To"] == f"support+{TOKEN}@shop.example"
    assert mail["Subject"] == "Re: Zażółć gęślą jaźń"
    assert mail["Message-ID"] == "<m2@shop.example>"
    assert mail["In-Reply-To"] == "<q1@customer.example>"
    assert str(mail["References"]).split() == ["<q0@customer.example>", "<q1@customer.example>"]
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().strip() == "Dzień dobry"
    assert envelope(request(bcc=(contact("eve@e.example"),))) == (
        f"support+{TOKEN}@shop.example",
        ["ann@customer.example", "eve@e.example"],
    )


def test_text_html_pictures_and_files_come_back_as_they_went() -> None:
    picture = Attachment(
        blob="b1", filename="p.png", media_type="image/png", size=4, content_id="p1@x", inline=True
    )
    nested = Attachment(blob="b2", filename="stara wiadomość.eml", media_type="message/rfc822", size=5)
    message = request(html='<p>Dzień dobry <img src="cid:p1@x"></p>')
    raw = compose(message, [(picture, b"\x89PNG"), (nested, b"A: b\n")], sender_name="", now=NOW)
    got = read(raw, Envelope("", (), NOW))
    assert got.body.text == "Dzień dobry"
    assert got.body.html is not None and "cid:p1@x" in got.body.html
    assert [(f.filename, f.content, f.inline) for f in got.files] == [
        ("p.png", b"\x89PNG", True),
        ("stara wiadomość.eml", b"A: b\r\n", False),
    ]
    assert b'From: "Zofia via shop.example" <support@shop.example>' in raw


def test_a_mail_as_a_file_goes_readable_where_it_can() -> None:
    ascii_mail, wide = b"From: a@b.example\n\nhello\n", "From: a@b.example\n\nzażółć\n".encode()
    file = Attachment(blob="b", filename="original.eml", media_type="message/rfc822", size=1)
    mail = composed(request(), (file, ascii_mail), (file, wide))
    first, second = mail.iter_attachments()
    assert (first.get_content_type(), first["Content-Transfer-Encoding"]) == ("message/rfc822", "7bit")
    assert first.get_content()["From"] == "a@b.example"
    assert (second.get_content_type(), second.get_content()) == ("application/octet-stream", wide)


def test_only_what_the_html_shows_is_part_of_it() -> None:
    files = [
        (Attachment(blob=cid, filename=f"{cid}.png", media_type=kind, size=1, content_id=cid), b"x")
        for cid, kind in (("shown", "image/png"), ("other", "image/png"), ("page", "text/html"))
    ]
    mail = composed(request(html='<p>a<img src="cid:shown"><img src="cid:page"></p>'), *files)
    assert mail.get_content_type() == "multipart/mixed"
    assert [f.get_filename() for f in mail.iter_attachments()] == ["other.png", "page.png"]
    alternative = next(mail.iter_parts())
    assert [p.get_content_type() for p in alternative.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert mail.get_body(("plain",)).get_content().strip() == "Dzień dobry"  # type: ignore[union-attr]


def test_our_html_is_cleaned_on_the_way_out() -> None:
    html = (
        '<p style="color:red;background:url(http://x)" onclick="a()">Hi <b>Ann</b></p><script>a()</script>'
        '<a href="javascript:a()">x</a><a href="https://shop.example/?a=1&amp;b=2">shop</a><form><input></form>'
        '<img src="data:image/png;base64,AA=="><img src="https://shop.example/logo.png"><img src="//e.example/t">'
        '<iframe src="https://e.example"></iframe><table width="100%"><tr><td bgcolor="#eee">t</td></tr></table>'
        '<p style="col\\6fr:red">k</p><svg><style>*{}</style></svg><base href="https://e.example">'
    )
    got = composed(request(html=html)).get_body(("html",)).get_content()  # type: ignore[union-attr]
    for bad in ("script", "onclick", "url(", "javascript", "form", "iframe", "data:", "//e.example", "svg", "\\"):
        assert bad not in got, bad
    for good in (
        "<b>Ann</b>",
        'href="https://shop.example/?a=1&amp;b=2"',
        "https://shop.example/logo.png",
        "#eee",
    ):
        assert good in got, good


def test_what_says_that_something_is_a_quote_goes_along() -> None:
    html = (
        '<p class="mine">It left.</p><div class="gmail_quote"><div class="gmail_attr">On 3 Nov, Ann wrote:</div>'
        '<blockquote type="cite" style="border-left:1px solid #cccccc">Where is it?</blockquote></div>'
    )
    got = composed(request(html=html)).get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert got.strip() == html.replace(' class="mine"', "")


@pytest.mark.parametrize("html", ["", "  \n", "<script>x</script>", "<b>" * 30_000])
def test_html_that_shows_nothing_leaves_the_text_alone(html: str) -> None:
    assert composed(request(html=html)).get_content_type() == "text/plain"


def test_an_automatic_reply_says_so_and_is_known_when_it_comes_back() -> None:
    message = request(author_name=None, automatic=True, html="<p>We are closed.</p>")
    mail = composed(message)
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"], mail["Precedence"]) == (
        "auto-replied",
        "All",
        "bulk",
    )
    assert mail["From"] == "Shop <support@shop.example>"
    assert mail["Reply-To"] == f"support+{TOKEN}@shop.example", "a person may answer it"
    assert envelope(message)[0] == f"support+{TOKEN}@shop.example", "a bounce tells that the address is bad"
    raw = compose(message, [], sender_name="Shop", now=NOW)
    for sender in (None, "", "support@shop.example"):
        assert read(raw, Envelope(sender, (), NOW)).automatic is Automatic.AUTO_REPLY
    assert read(b"Received: by x\r\nPrecedence: list\r\n" + raw, Envelope("a@b.example", (), NOW)).automatic


def test_bcc_is_in_the_envelope_alone() -> None:
    message = request(bcc=(contact("eve@e.example", "Eve"), contact("ann@customer.example")), html="<p>x</p>")
    assert envelope(message)[1] == ["ann@customer.example", "eve@e.example"]
    raw = compose(message, [], sender_name="Shop", now=NOW).lower()
    assert b"bcc" not in raw
    assert b"eve" not in raw


def test_a_new_attempt_goes_only_to_those_who_are_meant() -> None:
    message = request(cc=(contact("bob@b.example"), contact("żółw@ż.example")), attempt=2)
    meant = message.model_copy(update={"only": ("bob@b.example", "żółw@ż.example")})
    assert envelope(meant)[1] == ["bob@b.example", "żółw@xn--hha.example"]
    assert "ann@customer.example" in str(composed(meant)["To"])
    with pytest.raises(CannotSend):
        envelope(message.model_copy(update={"only": ("stranger@s.example",)}))


HOSTILE = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        [
            "x\r\nBcc: all@world.example",
            "x\nBcc: all@world.example\n\nbody",
            "=?utf-8?q?x=0D=0ABcc:_all@world.example?=",
            "x\u2028Bcc: all@world.example",
            "x\x85\x0b\x0cBcc: a@b.example",
            '"quoted" <evil@e.example>, x',
            "a" * 500,
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(
    subject=HOSTILE, author=HOSTILE, name=HOSTILE, filename=HOSTILE, media_type=HOSTILE, cid=HOSTILE, text=HOSTILE
)
def test_no_value_becomes_a_header(
    subject: str, author: str, name: str, filename: str, media_type: str, cid: str, text: str
) -> None:
    file = Attachment(blob="b", filename=filename, media_type=media_type, size=1, content_id=cid, inline=True)
    message = request(
        subject=subject, author_name=author, to=(contact("ann@customer.example", name[:200]),), html=text
    )
    raw = compose(message, [(file, b"x")], sender_name="Shop", now=NOW)
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert sorted(names) == sorted(
        b"from to reply-to subject date message-id in-reply-to references content-type mime-version".split()
    )
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    mail = message_from_bytes(raw, policy=default)
    assert [a.addr_spec for a in mail["From"].addresses] == ["support@shop.example"]
    assert [a.addr_spec for a in mail["To"].addresses] == ["ann@customer.example"]


@settings(max_examples=200, deadline=None)
@given(
    subject=st.text(max_size=150), name=st.text(max_size=60), text=st.text(max_size=400), formatted=st.booleans()
)
def test_what_was_written_is_what_is_read(subject: str, name: str, text: str, formatted: bool) -> None:
    """Through the standard library and through our own reader, with or without HTML that says the same."""
    html = f"<p>{escape(text)}</p>" if formatted else ""
    message = request(subject=subject, to=(contact("ann@customer.example", name),), text=text, html=html)
    raw = compose(message, [], sender_name="Shop", now=NOW)
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    plain = mail.get_body(("plain",))
    assert plain is not None
    written = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == written.rstrip("\n")
    assert str(mail["Subject"]) == " ".join(clean(subject).split())
    got = read(raw, Envelope("", (), NOW))
    assert got.body.text == written.strip("\n")
    assert got.mail.headers.text("subject") == " ".join(clean(subject).split())
    # Not by the standard library, which may put a space between the encoded words of a long name.
    (to,) = got.mail.headers.addresses("to")
    assert (to.name or "") == " ".join(clean(name).split()).strip("'\" ")


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "support@shop.example\r\nBcc: a@b.example"},
        {"to": (contact("a@b.example>\r\nRCPT TO:<x@y.example"),)},
        {"to": (contact("a b@c.example"),)},
        {"external_id": "x>\r\nBcc: <a@b.example"},
        {"reply_token": "x\r\ny"},
    ],
)
def test_what_cannot_be_a_mail_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(CannotSend):
        envelope(request(**changes))
        compose(request(**changes), [], sender_name="Shop", now=NOW)


def test_an_international_domain_goes_as_ascii() -> None:
    assert envelope(request(to=(contact("ann@przykład.example"),)))[1] == ["ann@xn--przykad-rjb.example"]


def test_replies_of_a_relay() -> None:
    assert refusal("a@b", 550, "5.1.1 user unknown").hard
    assert not refusal("a@b", 554, "5.7.1 spam").hard
    assert refusal("a@b", 451, "greylisted").temporary
    assert [backoff(n, 30) for n in (1, 2, 3, 9)] == [30, 60, 120, 3600]


def test_trouble_with_the_relay_waits_by_age_and_a_refusal_by_its_number() -> None:
    away, later = Refusal(None, 0, "away", hard=False), Refusal(None, 451, "greylisted", hard=False)
    going = Refusal(None, 421, "going down", hard=False)
    old, new = timedelta(days=2), timedelta(minutes=1)

    def seconds(refused: Refusal, age: timedelta, tries: int) -> float | None:
        return pause(refused, age, tries, first=30, most=9)

    assert [seconds(away, timedelta(seconds=s), 99) for s in (0, 45, 90, 9000)] == [30, 45, 90, 300]
    assert [seconds(r, old, 0) for r in (away, going)] == [None, None]
    assert [seconds(later, new, n) for n in (1, 2, 8, 9)] == [30, 60, 3600, None]
    assert seconds(later, old, 1) == 30, "it may have waited for the relay before"


def test_what_a_try_for_some_adds_is_told_by_name() -> None:
    gone = Refusal("gone@c.example", 550, "unknown", hard=True)
    busy = Refusal("busy@c.example", 450, "later", hard=False)
    first = joined(None, Outcome(DeliveryState.SENT, refused=(gone, busy)), ())
    assert first.later == (busy,)
    known = first.without(first.later)
    assert joined(known, Outcome(DeliveryState.SENT), ("busy@c.example",)) == known
    unclear = joined(known, Outcome(DeliveryState.UNCONFIRMED, "lost"), ("busy@c.example",))
    assert (unclear.state, unclear.later) == (DeliveryState.SENT, ())
    assert [(r.recipient, r.state) for r in unclear.refused] == [
        ("gone@c.example", DeliveryState.FAILED),
        ("busy@c.example", DeliveryState.UNCONFIRMED),
    ]
    assert joined(None, Outcome(DeliveryState.UNCONFIRMED, refused=(busy,)), ()).later == ()
