"""TLS on every way in and out, with real handshakes: what is not trusted gets neither a password nor a mail."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pydantic import SecretStr

from nitka.events import DeliveryState, MessageReceipt, MessageRequested, envelope
from nitka.events.common import Channel, ContactKind, ContactPoint
from nitka.events.envelope import SYSTEM
from nitka.events.topics import INBOUND_MESSAGES, OUTBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.ingest_email.relay import NotNow, Relay
from nitka.ingest_email.settings import IngestEmailSettings, Security
from nitka.runtime.publisher import Publisher, record
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

Run = Callable[[IngestEmailSettings], Any]
MAIL = b"From: a@shop.example\r\nSubject: x\r\n\r\nsecret text\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """This process trusts the authority, as a deployment with one of its own would let it."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


def server_side(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    return context


class Provider:
    """A relay that takes mail only by TLS and after a login, and remembers whatever it heard in clear."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.logins: list[tuple[str, bool]] = []
        self.password = b"right"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        assert encrypted(server)
        assert session.authenticated
        self.mails.append(envelope.content)
        return "250 OK"

    def authenticate(self, server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), encrypted(server)))
        return AuthResult(success=data.password == self.password, handled=False)


def encrypted(server: Any) -> bool:
    return server.transport.get_extra_info("ssl_object") is not None


@asynccontextmanager
async def serving(
    provider: Provider, security: Security, context: ssl.SSLContext | None, port: int = 0
) -> AsyncIterator[int]:
    """A running provider; its port."""
    loop = asyncio.get_running_loop()
    starttls = security is Security.STARTTLS

    def session() -> SMTP:
        return SMTP(
            provider,
            hostname="relay.example",
            loop=loop,
            tls_context=context if starttls else None,
            require_starttls=starttls and context is not None,
            authenticator=provider.authenticate,
            auth_required=starttls and context is not None,
            auth_require_tls=starttls,
        )

    server = await loop.create_server(session, "127.0.0.1", port, ssl=context if not starttls else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def settings_for(port: int, security: Security, **changes: Any) -> IngestEmailSettings:
    fields: dict[str, Any] = {
        "secret": SecretStr("x" * 32),
        "relay_host": "127.0.0.1",
        "relay_port": port,
        "relay_security": security,
        "relay_user": "shop",
        "relay_password": SecretStr("right"),
        "relay_timeout": 10,
    }
    return IngestEmailSettings(**fields | changes)


def relay(settings: IngestEmailSettings) -> Relay:
    return Relay(settings, lambda: datetime(2026, 11, 2, tzinfo=UTC))


BOTH = pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])


class TestRelay:
    @BOTH
    async def test_a_trusted_relay_gets_login_and_mail_encrypted(
        self, trusted: trustme.CA, security: Security
    ) -> None:
        provider = Provider()
        async with serving(provider, security, server_side(trusted)) as port:
            client = relay(settings_for(port, security))
            outcome = await client.send("a@shop.example", ["ann@customer.example"], MAIL)
        assert outcome.state is DeliveryState.SENT
        assert provider.mails == [MAIL]
        assert set(provider.logins) == {("shop", True)}
        assert client.state.last_error is None and client.state.last_success is not None

    @BOTH
    @pytest.mark.parametrize(
        ("known", "name", "said"),
        [(False, "127.0.0.1", "not trusted: "), (True, "mail.elsewhere.example", "IP address mismatch")],
    )
    async def test_a_wrong_certificate_gets_nothing(
        self, request: pytest.FixtureRequest, security: Security, known: bool, name: str, said: str
    ) -> None:
        authority: trustme.CA = request.getfixturevalue("trusted" if known else "authority")
        provider = Provider()
        async with serving(provider, security, server_side(authority, name)) as port:
            client = relay(settings_for(port, security))
            with pytest.raises(NotNow, match=said):
                await client.send("a@shop.example", ["ann@customer.example"], MAIL)
        assert (provider.mails, provider.logins) == ([], [])
        assert client.state.failures == 1
        assert client.state.last_error is not None and "certificate is not trusted" in client.state.last_error

    async def test_without_starttls_there_is_no_falling_back_to_clear_text(self) -> None:
        provider = Provider()
        async with serving(provider, Security.STARTTLS, None) as port:
            with pytest.raises(NotNow, match="offers no STARTTLS"):
                await relay(settings_for(port, Security.STARTTLS)).send("a@shop.example", ["b@b.example"], MAIL)
        assert (provider.mails, provider.logins) == ([], [])

    @BOTH
    async def test_a_wrong_password_is_named_and_nothing_is_lost(
        self, trusted: trustme.CA, security: Security
    ) -> None:
        provider = Provider()
        async with serving(provider, security, server_side(trusted)) as port:
            client = relay(settings_for(port, security, relay_password=SecretStr("wrong")))
            with pytest.raises(NotNow, match=r"refuses our login \(535\)"):
                await client.send("a@shop.example", ["ann@customer.example"], MAIL)
        assert provider.mails == []

    async def test_implicit_tls_towards_a_plain_server_ends_clearly(self) -> None:
        async with serving(Provider(), Security.STARTTLS, None) as port:
            with pytest.raises(NotNow, match="does not answer as it should"):
                await relay(settings_for(port, Security.TLS)).send("a@shop.example", ["b@b.example"], MAIL)


@pytest.mark.stack
async def test_mail_waits_for_a_relay_whose_login_is_wrong_and_leaves_when_it_is_right(
    run: Run,
    settings: IngestEmailSettings,
    trusted: trustme.CA,
    kafka: str,
    inbox: str,
    published: Any,
    until: Any,
) -> None:
    provider = Provider()
    provider.password = b"changed"
    own = settings.model_copy(
        update={
            "relay_security": Security.STARTTLS,
            "relay_user": "shop",
            "relay_password": SecretStr("right"),
        }
    )
    message = MessageRequested(
        conversation_id=uuid4(),
        message_id=uuid4(),
        channel=Channel.EMAIL,
        account=inbox,
        to=(ContactPoint(kind=ContactKind.EMAIL, value="ann@customer.example"),),
        text="On its way.",
        external_id=f"{uuid4()}@shop.example",
    )
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))

    async with (
        serving(provider, Security.STARTTLS, server_side(trusted), settings.relay_port),
        run(own) as service,
    ):

        async def state() -> dict[str, Any]:
            answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
            found: dict[str, Any] = answer.json()["relay"]
            return found

        async def refused() -> bool:
            return (await state())["failures"] >= 2

        async def sent() -> bool:
            return bool(provider.mails)

        await ask(kafka, message)
        await until(refused)
        found = await state()
        assert (found["waiting"], found["last_error"]) == (1, "The mail relay refuses our login (535).")
        assert found["last_success"] is None
        provider.password = b"right"
        await until(sent)
        receipts: list[MessageReceipt] = []
        while not receipts:
            receipts = [e.payload for e in await published(OUTBOUND_RECEIPTS, lambda p: p.account == inbox)]
        assert (await state())["last_error"] is None
        agent = issue(settings.secret, Caller(id="a", role=Role.AGENT))
        refused = await service.http.get("/accounts", headers={"authorization": f"Bearer {agent}"})
        assert refused.status_code == 403
    assert [r.state for r in receipts] == [DeliveryState.SENT]
    assert len(provider.mails) == 1


async def ask(kafka: str, message: MessageRequested) -> None:
    publisher = Publisher(kafka, "test-conversation")
    await publisher.start()
    now = datetime.now(UTC)
    event = envelope(message, event_id=uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
    await publisher.publish(record(OUTBOUND_MESSAGES, str(message.conversation_id), event))
    await publisher.stop()


@pytest.mark.stack
class TestInboundSmtp:
    @pytest.fixture
    def settings(
        self, settings: IngestEmailSettings, authority: trustme.CA, tmp_path: Path
    ) -> IngestEmailSettings:
        certificate = authority.issue_cert("127.0.0.1", "mail.shop.example")
        certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
        for part in certificate.cert_chain_pems:
            part.write_to_path(tmp_path / "certificate.pem", append=True)
        files = {
            "smtp_tls_certificate": str(tmp_path / "certificate.pem"),
            "smtp_tls_key": str(tmp_path / "key.pem"),
        }
        return settings.model_copy(update=files)

    async def test_starttls_is_offered_and_a_mail_comes_through(
        self, run: Run, settings: IngestEmailSettings, authority: trustme.CA, published: Any, inbox: str
    ) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        big = MAIL + b"z" * 200_000 + b"\r\n"

        def talk() -> list[int]:
            with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=30) as client:
                client.ehlo()
                assert client.has_extn("starttls")
                codes = [client.starttls(context=context)[0], client.ehlo()[0]]
                assert isinstance(client.sock, ssl.SSLSocket)
                assert not client.has_extn("starttls")
                for _ in range(2):
                    client.mail("ann@customer.example")
                    client.rcpt(inbox)
                    codes.append(client.data(big)[0])
                return codes

        async with run(settings.model_copy(update={"smtp_max_connections": 2})):
            for _ in range(3):  # a connection that ended has ended, also after it changed to TLS
                assert await asyncio.to_thread(talk) == [220, 250, 250, 250]
            # A sender that cannot do better is still heard: mail between servers has always been like that.
            assert await asyncio.to_thread(in_clear, settings.smtp_port, inbox) == 250
        events = await published(INBOUND_MESSAGES, lambda p: p.account == inbox)
        assert sorted(len(e.payload.text) for e in events) == [11, *[200_012] * 6]

    async def test_what_was_sent_before_the_handshake_is_not_heard_after_it(
        self, run: Run, settings: IngestEmailSettings, authority: trustme.CA, published: Any, inbox: str
    ) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        smuggled = b"STARTTLS\r\nMAIL FROM:<evil@e.example>\r\nRCPT TO:<%b>\r\n" % inbox.encode()

        def talk() -> int:
            with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=30) as client:
                client.ehlo()
                assert client.sock is not None
                client.sock.sendall(smuggled)
                try:
                    assert client.getreply()[0] == 220
                    client.sock = context.wrap_socket(client.sock, server_hostname="127.0.0.1")
                    client.file = None
                    client.ehlo()
                    return client.docmd("DATA")[0]
                except (ssl.SSLError, ConnectionError, smtplib.SMTPServerDisconnected):
                    return 0

        async with run(settings):
            assert await asyncio.to_thread(talk) in (0, 503)
        assert await published(INBOUND_MESSAGES, lambda p: p.account == inbox) == []


def in_clear(port: int, inbox: str) -> int:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo()
        client.mail("ann@customer.example")
        client.rcpt(inbox)
        return client.data(MAIL)[0]
