"""SMTP into the real Kafka: what is accepted is published, what cannot be is refused with the right code."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from nitka.events import MessageReceived
from nitka.events.topics import INBOUND_MESSAGES
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.runtime.blobs import Blobs

pytestmark = pytest.mark.stack

Run = Callable[[IngestEmailSettings], Any]


def mail(inbox: str, **fields: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Ann Nowak <ann@customer.example>"
    message["To"] = inbox
    message["Subject"] = "Where is my parcel?"
    message["Message-ID"] = "<q1@customer.example>"
    for name, value in fields.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content("It was due on Monday.\n.\n..and a line with dots\n")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    return message.as_bytes().replace(b"\n", b"\r\n")


async def send(
    settings: IngestEmailSettings, raw: bytes, *recipients: str, sender: str = "ann@customer.example"
) -> tuple[int, str]:
    """(code, text) of the server's last answer."""

    def talk() -> tuple[int, str]:
        with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=30) as client:
            client.ehlo()
            code, text = client.mail(sender)
            for recipient in recipients or settings.inboxes:
                if code < 300:
                    code, text = client.rcpt(recipient)
            if code < 300:
                code, text = client.data(raw)
            return code, text.decode()

    return await asyncio.to_thread(talk)


async def test_a_mail_is_published_whole_and_once_however_often_it_comes(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str
) -> None:
    raw = mail(inbox)
    async with run(settings):
        first = await send(settings, b"Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000\r\n" + raw)
        again = await send(settings, b"Received: from c by d; Mon, 2 Nov 2026 11:00:00 +0000\r\n" + raw)
        other = await send(settings, raw.replace(b"Monday", b"Friday"))
        assert first[0] == again[0] == other[0] == 250
    events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert len(events) == 3
    ids = [e.envelope.event_id for e in events]
    assert ids[0] == ids[1] != ids[2], "a stranger who repeats a Message-ID suppresses nothing"
    message = events[0].payload
    assert isinstance(message, MessageReceived)
    assert message.sender.value == "ann@customer.example"
    assert message.text.splitlines() == ["It was due on Monday.", ".", "..and a line with dots"]
    blobs = Blobs(settings.blobs)
    assert await blobs.get(message.attachments[0].blob) == b"%PDF"
    assert message.raw_blob is not None
    assert raw in await blobs.get(message.raw_blob)


async def test_recipients_decide_the_inbox_and_carry_the_token(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str
) -> None:
    token = "a" * 38 + "7"
    local, _, domain = inbox.partition("@")
    async with run(settings):
        assert (await send(settings, mail(inbox), f"{local}+{token}@{domain}"))[0] == 250
        assert (await send(settings, mail(inbox), "someone@elsewhere.example"))[0] == 550
    (event,) = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert event.payload.thread.tokens == (token,)


async def test_what_is_too_big_gets_552_and_the_session_goes_on(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str
) -> None:
    small = settings.model_copy(update={"smtp_max_bytes": 20_000})
    async with run(small):

        def talk() -> list[int]:
            with smtplib.SMTP("127.0.0.1", small.smtp_port, timeout=30) as client:
                client.ehlo()
                announced = client.mail("a@b.example", ["SIZE=20001"])[0]
                client.mail("a@b.example")
                client.rcpt(inbox)
                sent = client.data(b"Subject: x\r\n\r\n" + b"y" * 30_000)[0]
                client.mail("a@b.example")
                client.rcpt(inbox)
                return [announced, sent, client.data(mail(inbox))[0]]

        assert await asyncio.to_thread(talk) == [552, 552, 250]
    assert len(await published(INBOUND_MESSAGES, lambda p: p.account == inbox)) == 1


async def test_long_lines_and_foreign_addresses_are_taken(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str
) -> None:
    long = b"Subject: long\r\nFrom: ann@customer.example\r\n\r\n" + b"z" * 200_000 + b"\r\n"
    async with run(settings):
        assert (await send(settings, long))[0] == 250

        def talk() -> int:
            with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=30) as client:
                client.ehlo()
                client.command_encoding = "utf-8"
                client.mail("zażółć@przykład.example", ["SMTPUTF8", "BODY=8BITMIME"])
                client.rcpt(inbox)
                return client.data("From: zażółć@przykład.example\r\n\r\ngęś\r\n".encode())[0]

        assert await asyncio.to_thread(talk) == 250
    events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert {len(e.payload.text) for e in events} == {200_000, 3}
    assert "zażółć@przykład.example" in {e.payload.sender.value for e in events}


async def test_nothing_hides_behind_the_end_of_a_mail(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str
) -> None:
    smuggled = b"\n.\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<%b>\r\nDATA\r\nsecond\r\n" % inbox.encode()
    async with run(settings):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.smtp_port)
        begin = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<%b>\r\nDATA\r\n" % inbox.encode()
        writer.write(begin)
        while b"354" not in await reader.readline():
            pass
        writer.write(b"Subject: one\r\n\r\nfirst" + smuggled + b"\r\n.\r\n")
        assert (await reader.readline()).startswith(b"250 ")
        writer.write(begin[8:] + b"Subject: early\r\n")
        lines = [await reader.readline() for _ in range(3)]
        assert lines[-1].startswith(b"554 ")
        assert await reader.read() == b""
        writer.close()
    events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert len(events) == 1


async def test_an_empty_mail_is_a_message(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str
) -> None:
    async with run(settings):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.smtp_port)
        writer.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<%b>\r\nDATA\r\n" % inbox.encode())
        while b"354" not in await reader.readline():
            pass
        writer.write(b".\r\n")
        assert (await reader.readline()).startswith(b"250 ")
        writer.close()
    (event,) = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert event.payload.sender.value == "a@b.example"


async def test_too_many_connections_are_asked_to_come_later(run: Run, settings: IngestEmailSettings) -> None:
    async with run(settings.model_copy(update={"smtp_max_connections": 2})):
        opened = [await asyncio.open_connection("127.0.0.1", settings.smtp_port) for _ in range(3)]
        greetings = [await reader.readline() for reader, _ in opened]
        assert [g[:3] for g in greetings] == [b"220", b"220", b"421"]
        opened[0][1].write(b"QUIT\r\n")
        await opened[0][0].read()
        opened.append(await asyncio.open_connection("127.0.0.1", settings.smtp_port))
        assert (await opened[-1][0].readline())[:3] == b"220"
        for _, writer in opened:
            writer.close()


async def test_a_blob_store_that_is_away_means_451(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str, tmp_path: Path
) -> None:
    async with run(settings):
        folder = tmp_path / "blobs"
        folder.rename(tmp_path / "gone")
        folder.write_text("no folder")
        assert (await send(settings, mail(inbox)))[0] == 451
        folder.unlink()
        (tmp_path / "gone").rename(folder)
        assert (await send(settings, mail(inbox)))[0] == 250
    assert len(await published(INBOUND_MESSAGES, lambda p: p.account == inbox)) == 1


async def test_every_real_mail_is_accepted(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str, fixtures: Path
) -> None:
    raws = [p.read_bytes() for p in sorted(fixtures.rglob("*.eml"))]
    async with run(settings):

        def talk() -> set[int]:
            codes = set()
            with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=60) as client:
                client.ehlo()
                for raw in raws:
                    client.mail("a@b.example")
                    client.rcpt(inbox)
                    codes.add(client.data(raw)[0])
            return codes

        assert await asyncio.to_thread(talk) == {250}
    events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert len(events) == len(raws)


async def test_kafka_away_means_451_and_the_next_try_is_taken(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str, stack: Any
) -> None:
    if "kafka" not in stack.running:
        pytest.skip("the broker runs elsewhere and cannot be paused")
    async with run(settings):
        stack.pause("kafka")
        try:
            assert (await send(settings, mail(inbox)))[0] == 451
        finally:
            stack.resume("kafka")
        assert (await send(settings, mail(inbox)))[0] == 250
    events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert len({e.envelope.event_id for e in events}) == 1, "what may have landed twice has one event id"


async def test_a_mail_starts_a_trace(
    run: Run, settings: IngestEmailSettings, published: Any, inbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from nitka.runtime import telemetry

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("nitka"))
    async with run(settings):
        await send(settings, mail(inbox))
    (span,) = [s for s in exporter.get_finished_spans() if s.name == "smtp.receive"]
    (event,) = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    assert span.context is not None
    assert event.envelope.traceparent.split("-")[1] == trace.format_trace_id(span.context.trace_id)
    assert "customer.example" not in str(dict(span.attributes or {}))
