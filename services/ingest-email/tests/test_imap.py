"""Polling a real IMAP server (GreenMail, fetched like the broker's jars and run on the same Java)."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trustme

from nitka.events.topics import INBOUND_MESSAGES
from nitka.ingest_email.reception import Reception
from nitka.ingest_email.settings import ImapAccount, IngestEmailSettings, Security
from nitka.local.kafka import java
from nitka.local.testing import free_port
from nitka.runtime.blobs import Blobs
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.stack

Run = Callable[[IngestEmailSettings], Any]
GREENMAIL = "com.icegreen:greenmail-standalone:2.1.8"


@dataclass
class Server:
    """A mail server with a user of its own per test; any password goes."""

    port: int
    user: str = ""

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(self.user, "secret")
        client.select("INBOX")
        return client

    def put(self, *raws: bytes, folder: str = "INBOX") -> None:
        client = self.client()
        for raw in raws:
            client.append(folder, "", "", raw)
        client.logout()

    def unseen(self) -> int:
        client = self.client()
        _, found = client.search(None, "UNSEEN")
        client.logout()
        return len(found[0].split())


@pytest.fixture(scope="module")
def greenmail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The IMAP port of a running GreenMail."""
    port, log = free_port(), tmp_path_factory.mktemp("greenmail") / "log"
    command = [*java_command(), f"-Dgreenmail.imap.port={port}", "-Dgreenmail.imap.hostname=127.0.0.1"]
    command += ["-Dgreenmail.auth.disabled", "-Xmx128m", "-XX:TieredStopAtLevel=1"]
    command += ["com.icegreen.greenmail.standalone.GreenMailStandaloneRunner"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while b"Starting GreenMail" not in log.read_bytes() or not answers(port):
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    try:
        imaplib.IMAP4("127.0.0.1", port, timeout=5).logout()
    except (OSError, imaplib.IMAP4.error):
        return False
    return True


def java_command() -> list[str]:
    """Java with GreenMail on its class path."""
    import jgo

    (jar,) = [artifact.resolve() for artifact in jgo.resolve(GREENMAIL)]
    return [java(), "-cp", str(jar)]


@pytest.fixture
def server(greenmail: int, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("TEST_IMAP_PASSWORD", "secret")
    return Server(greenmail, f"user-{uuid4().hex[:10]}@shop.example")


def polling(settings: IngestEmailSettings, server: Server, **changes: Any) -> IngestEmailSettings:
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": Security.PLAIN,
        "user": server.user,
        "password_env": "TEST_IMAP_PASSWORD",
        "inbox": settings.inboxes[0],
        "backfill": True,
    }
    account = ImapAccount(**fields | changes)
    return settings.model_copy(update={"imap_accounts": (account,), "imap_poll_seconds": 0.2})


def mail(number: int) -> bytes:
    return f"From: ann@customer.example\r\nMessage-ID: <{number}@x>\r\nSubject: {number}\r\n\r\ntext\r\n".encode()


async def test_polled_mail_is_published_then_seen_and_a_restart_goes_on_where_it_was(
    run: Run, settings: IngestEmailSettings, server: Server, published: Any, until: Any
) -> None:
    inbox = settings.inboxes[0]
    server.put(*(mail(n) for n in range(45)))
    polled = polling(settings, server)
    async with run(polled):
        await until(lambda: server.unseen() == 0)
    server.put(mail(45))
    async with run(polled) as service:
        await until(lambda: server.unseen() == 0)
        token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))
        answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
        (state,) = answer.json()["mailboxes"]
        # What was seen just before the stop may be read once more; it is the same event.
        assert (state["inbox"], state["last_error"]) == (inbox, None)
        assert state["received"] >= 1
        assert (await service.http.get("/accounts")).status_code == 401
        agent = issue(settings.secret, Caller(id="a", role=Role.AGENT))
        refused = await service.http.get("/accounts", headers={"authorization": f"Bearer {agent}"})
        assert refused.status_code == 403
    events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
    once = {e.envelope.event_id: int(e.payload.subject) for e in events}
    assert sorted(once.values()) == list(range(46))


async def test_a_mail_that_is_too_large_says_that_it_was_cut(
    run: Run, settings: IngestEmailSettings, server: Server, published: Any, until: Any
) -> None:
    most = 2048
    small = settings.model_copy(update={"smtp_max_bytes": most})
    whole, larger = (mail(n) + b"y" * (most + n - len(mail(n)) - 2) + b"\r\n" for n in (0, 1))
    assert (len(whole), len(larger)) == (most, most + 1)
    server.put(whole, larger)
    async with run(polling(small, server)):
        await until(lambda: server.unseen() == 0)
    events = await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0])
    assert {e.payload.subject: e.payload.truncated for e in events} == {"0": False, "1": True}
    raws = [await Blobs(settings.blobs).get(e.payload.raw_blob) for e in events]
    assert sorted(len(r) for r in raws) == [most, most]


async def test_what_cannot_be_processed_is_remembered_and_taken_when_it_can(
    run: Run,
    settings: IngestEmailSettings,
    server: Server,
    published: Any,
    until: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Reception.take

    async def take(reception: Reception, raw: bytes, *given: Any, **named: Any) -> Any:
        if b"Subject: 1" in raw:
            raise ValueError("a defect")
        return await whole(reception, raw, *given, **named)

    polled = polling(settings, server)
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))

    async def aside(service: Any) -> list[int]:
        answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
        return [a["uid"] for a in answer.json()["mailboxes"][0]["set_aside"]]

    server.put(mail(0), mail(1), mail(2))
    with monkeypatch.context() as broken:
        broken.setattr(Reception, "take", take)
        async with run(polled) as service:
            await until(lambda: server.unseen() == 1)
            (uid,) = await until(lambda: aside(service))
        async with run(polled) as service:
            await until(lambda: looked(service, settings))
            assert await aside(service) == [uid], "neither forgotten nor counted twice"
    async with run(polled) as service:
        await until(lambda: server.unseen() == 0)
        await until(lambda: looked(service, settings))
        assert await aside(service) == []
    events = await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0])
    assert sorted(e.payload.subject for e in events) == ["0", "1", "2"]


async def test_without_backfill_only_what_comes_later(
    run: Run, settings: IngestEmailSettings, server: Server, published: Any, until: Any
) -> None:
    server.put(mail(1))
    async with run(polling(settings, server, backfill=False)) as service:
        await until(lambda: looked(service, settings))
        server.put(mail(2))
        await until(lambda: server.unseen() == 1)
    events = await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0])
    assert [e.payload.subject for e in events] == ["2"]


async def looked(service: Any, settings: IngestEmailSettings) -> bool:
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))
    answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
    (state,) = answer.json()["mailboxes"]
    return state["last_success"] is not None


async def test_a_renumbered_folder_loses_and_repeats_nothing(
    run: Run, settings: IngestEmailSettings, server: Server, published: Any, until: Any
) -> None:
    client = server.client()
    client.create("Shop")
    server.put(mail(1), mail(2), folder="Shop")

    async def count() -> int:
        return len(await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0]))

    async def has(wanted: int) -> bool:
        return await count() >= wanted

    async with run(polling(settings, server, folder="Shop")):
        await until(lambda: has(2))
        before = numbering(client)
        while numbering(client) == before:  # the server numbers folders by its clock
            # Not deleted: GreenMail then trips over sessions that ended while they had the folder selected.
            client.rename("Shop", f"Shop-{uuid4().hex}")
            client.create("Shop")
        server.put(mail(1), mail(3), folder="Shop")
        await until(lambda: has(4))
    events = await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0])
    ids = {e.envelope.event_id for e in events}
    assert sorted(e.payload.subject for e in events) == ["1", "1", "2", "3"]
    assert len(ids) == 3, "what came twice has the same event id"


async def test_a_mailbox_in_trouble_says_so_and_recovers(
    run: Run, settings: IngestEmailSettings, server: Server, published: Any, until: Any
) -> None:
    port = free_port()
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))
    async with run(polling(settings, server, port=port)) as service:

        async def state() -> dict[str, Any]:
            answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
            found: dict[str, Any] = answer.json()["mailboxes"][0]
            return found

        async def failing() -> bool:
            return (await state())["failures"] >= 2

        async def well() -> bool:
            found = await state()
            return found["failures"] == 0 and found["received"] == 1

        await until(failing)
        assert (await state())["last_error"] == "ConnectionRefusedError"
        assert (await service.http.get("/readyz")).status_code == 200, "one mailbox does not take the service down"
        server.put(mail(1))
        async with tunnel(port, server.port):
            await until(well)
    assert len(await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0])) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_mailbox_is_read_over_tls(
    run: Run,
    settings: IngestEmailSettings,
    server: Server,
    published: Any,
    until: Any,
    security: Security,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, port = trustme.CA(), free_port()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    server.put(mail(1))
    door = Door(server.port, security, authority)
    async with door.open(port), run(polling(settings, server, port=port, security=security)):
        await until(lambda: server.unseen() == 0)
    assert door.clear_lines <= {b"CAPABILITY", b"STARTTLS"}, "nothing else is said before the handshake"
    assert len(await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0])) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("fault", ["unknown authority", "another name", "no TLS"])
async def test_a_server_that_cannot_prove_itself_hears_no_password(
    run: Run,
    settings: IngestEmailSettings,
    server: Server,
    published: Any,
    until: Any,
    security: Security,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, port = trustme.CA(), free_port()
    if fault != "unknown authority":
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    server.put(mail(1))
    name = "imap.elsewhere.example" if fault == "another name" else "127.0.0.1"
    door = Door(server.port, Security.PLAIN if fault == "no TLS" else security, authority, name)
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))
    async with door.open(port), run(polling(settings, server, port=port, security=security)) as service:

        async def trouble() -> str | None:
            answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
            found: str | None = answer.json()["mailboxes"][0]["last_error"]
            return found

        said = await until(trouble)
    expected = {
        "unknown authority": "certificate is not trusted: unable to get local issuer certificate",
        "another name": "certificate is not trusted: IP address mismatch",
        "no TLS": "SSLError" if security is Security.TLS else "server offers no STARTTLS",
    }
    assert said.startswith(expected[fault])
    assert not [line for line in door.clear_lines if b"LOGIN" in line or b"secret" in line]
    assert server.unseen() == 1
    assert await published(INBOUND_MESSAGES, lambda p: p.account == settings.inboxes[0]) == []


class Door:
    """Stands before an IMAP server and speaks TLS: from the first byte, or after STARTTLS.

    `clear_lines` are the commands that it heard unencrypted.
    """

    def __init__(self, target: int, security: Security, authority: trustme.CA, name: str = "127.0.0.1") -> None:
        self._target, self._security = target, security
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(self._context)
        self.clear_lines: set[bytes] = set()

    @asynccontextmanager
    async def open(self, port: int) -> AsyncIterator[None]:
        context = self._context if self._security is Security.TLS else None
        server = await asyncio.start_server(self._accept, "127.0.0.1", port, ssl=context)
        try:
            yield
        finally:
            server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._security is not Security.TLS:
                await self._greet(reader, writer)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            if self._security is not Security.TLS:
                await far_reader.readline()  # its greeting: the client has had one
            await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer), return_exceptions=True)
        except OSError:  # a handshake that the client refused
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What a server says before TLS; returns when the connection is encrypted."""
        offered = b" STARTTLS" if self._security is Security.STARTTLS else b""
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.strip().partition(b" ")
            self.clear_lines.add(command)
            if command == b"CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4rev1" + offered + b"\r\n")
            writer.write(tag + (b" OK done\r\n" if command == b"CAPABILITY" or offered else b" BAD no\r\n"))
            if command == b"STARTTLS" and offered:
                await writer.start_tls(self._context)
                return
        raise ConnectionResetError


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()


def numbering(client: imaplib.IMAP4) -> bytes:
    _, answer = client.status("Shop", "(UIDVALIDITY)")
    return bytes(answer[0])


@asynccontextmanager
async def tunnel(port: int, target: int) -> AsyncIterator[None]:
    """Let connections to `port` reach `target`."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    async with server:
        yield
