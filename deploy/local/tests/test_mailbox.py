"""The relay takes a real mail by SMTP; the customer's answer reaches a real SMTP server with the right headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import example, given
from hypothesis import strategies as st

from nitka.local.mailbox.app import MailboxSettings, create_app
from nitka.local.mailbox.letters import NewMail, compose, html, read
from nitka.local.mailbox.store import Letters
from nitka.local.testing import free_port

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Inbound:
    """What Nitka's SMTP port would have received."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.original_content or b"")))
        return "250 OK"


@pytest.fixture
async def inbound() -> AsyncGenerator[tuple[Inbound, int]]:
    handler, port = Inbound(), free_port()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", port)
    yield handler, port
    server.close()


@pytest.fixture
async def page(tmp_path: Path, inbound: tuple[Inbound, int]) -> AsyncGenerator[tuple[httpx.AsyncClient, int]]:
    settings = MailboxSettings(home=tmp_path, mailbox_relay_port=free_port(), smtp_port=inbound[1])
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client, settings.mailbox_relay_port


def agents_answer() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Shop <help@shop.example>", "Anna <anna@customer.example>"
    message["Reply-To"] = "help+c.token@shop.example"
    message["Subject"] = "Re: Zażółć"
    message["Message-ID"], message["References"] = "<2@shop.example>", "<0@customer.example> <1@shop.example>"
    message.set_content("It is on its way.")
    message.add_alternative("<script>alert(1)</script><b>It is on its way.</b>", subtype="html")
    return message


async def test_an_answer_goes_to_reply_to_and_extends_the_thread(
    page: tuple[httpx.AsyncClient, int], inbound: tuple[Inbound, int]
) -> None:
    client, relay_port = page
    await aiosmtplib.send(agents_answer(), hostname="127.0.0.1", port=relay_port, start_tls=False)
    [head] = (await client.get("/api/mails", params={"to": "ANNA@customer.example"})).json()
    assert head["subject"] == "Re: Zażółć"

    sent = await client.post("/api/mails", json={"text": "Danke schön", "in_reply_to": head["id"]})

    assert sent.status_code == 201
    [(recipients, answer)] = inbound[0].mails
    assert recipients == ["help+c.token@shop.example"]
    assert answer["From"] == "anna@customer.example"
    assert answer["In-Reply-To"] == "<2@shop.example>"
    assert answer["References"].split() == ["<0@customer.example>", "<1@shop.example>", "<2@shop.example>"]
    assert answer["Message-ID"] == sent.json()["message_id"]
    both = (await client.get("/api/mails")).json()
    assert [mail["sent"] for mail in both] == [True, False]


async def test_the_page_shows_html_only_in_a_sandbox(page: tuple[httpx.AsyncClient, int]) -> None:
    client, relay_port = page
    await aiosmtplib.send(agents_answer(), hostname="127.0.0.1", port=relay_port, start_tls=False)
    [head] = (await client.get("/api/mails")).json()
    body = await client.get(f"/api/mails/{head['id']}/html")
    sandbox, rest = body.headers["content-security-policy"].split("; ", 1)
    assert sandbox == "sandbox allow-popups allow-popups-to-escape-sandbox"
    assert rest.startswith("default-src 'none'")
    assert body.text.endswith('<base target="_blank">')
    assert "'unsafe-inline'" not in (await client.get("/")).headers["content-security-policy"]


async def test_refusals_of_a_relay_can_be_tried(page: tuple[httpx.AsyncClient, int]) -> None:
    message = agents_answer()
    message.replace_header("To", "gone@refused.example")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await aiosmtplib.send(message, hostname="127.0.0.1", port=page[1], start_tls=False)


async def test_a_mail_that_nitka_does_not_take_is_told_and_not_kept(tmp_path: Path) -> None:
    app = create_app(MailboxSettings(home=tmp_path, mailbox_relay_port=free_port(), smtp_port=free_port()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        new = {"from": "a@customer.example", "to": "help@shop.example", "text": "hello"}
        assert (await client.post("/api/mails", json=new)).status_code == 502
        assert (await client.post("/api/mails", json={**new, "from": "a@b\r\nBcc: c@d"})).status_code == 422
        assert (await client.get("/api/mails")).json() == []
        foreign = await client.get("/api/mails", headers={"host": "evil.example"})
        assert foreign.status_code == 400


def test_mails_survive_a_restart_and_are_listed_newest_first(tmp_path: Path) -> None:
    letters = Letters(tmp_path / "mailbox")
    ids = [letters.deliver("Anna <anna@customer.example>", b"Subject: %d\r\n\r\n" % n) for n in range(12)]
    again = list(Letters(tmp_path / "mailbox").newest_first())
    assert [mail.id for mail in again] == ids[::-1]
    assert {mail.mailbox for mail in again} == {"anna@customer.example"}


def test_an_inline_image_becomes_data() -> None:
    message = agents_answer()
    page = message.get_payload()[1]  # type: ignore[index]
    page.set_content('<img src="cid:logo"><img src="cid:other">', subtype="html")  # type: ignore[union-attr]
    page.add_related(b"PNG", "image", "png", cid="<logo>")  # type: ignore[union-attr]
    assert html(bytes(message)) == '<img src="data:image/png;base64,UE5H"><img src="cid:other">\n'


def test_an_answer_needs_no_second_re() -> None:
    original = read("1", bytes(agents_answer()))
    assert compose(NewMail(**{"from": "a@b.example"}, text="x"), original, NOW)["Subject"] == "Re: Zażółć"


@given(st.binary(max_size=500))
def test_reading_never_fails(raw: bytes) -> None:
    mail = read("1", raw)
    html(raw)
    assert mail.id == "1"


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
@example("", "\x00", "")
@example("", "idna", "\xff")
def test_reading_hostile_headers_never_fails(name: str, charset: str, content: str) -> None:
    raw = (
        f"Subject: =?{charset}?b?{content}?=\r\nReferences: {name}\r\n"
        f"Content-Disposition: x; filename*={name}''{content}\r\n"
        f"Content-Type: text/plain; charset={charset}\r\n\r\n{content}"
    ).encode("utf-8", "surrogatepass")
    assert read("1", raw).raw
