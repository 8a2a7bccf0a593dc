"""Mail by SMTP: 250 only after Kafka has it, 451 when that cannot be had now, 552 when it is too big."""

from __future__ import annotations

import asyncio
import re
import ssl
from asyncio import IncompleteReadError, LimitOverrunError
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from nitka.ingest_email.domain.message import Envelope
from nitka.ingest_email.reception import Reception
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.runtime import logs
from nitka.runtime.blobs import BlobsAway
from nitka.runtime.publisher import PublishError

_LATER = "451 4.3.0 Cannot take mail right now, try again later"
_CHUNK = 64 * 1024
_PATH = re.compile(r"\s*<([A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]{1,255})>(.*)")
_log = logs.get("smtp")


class SmtpServer:
    """The listening server. `start` raises OSError when the port is taken."""

    def __init__(self, settings: IngestEmailSettings, reception: Reception, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._handler = _Handler(settings, reception, clock)
        self._server: asyncio.Server | None = None
        self._sessions: set[_Session] = set()

    async def start(self) -> None:
        settings, tls = self._settings, _tls(self._settings)
        loop = asyncio.get_running_loop()

        def session() -> _Session:
            return _Session(
                self._handler,
                self._sessions,
                settings.smtp_max_connections,
                settings.smtp_max_bytes,
                enable_SMTPUTF8=True,
                hostname=settings.smtp_hostname,
                ident="Nitka",
                timeout=settings.smtp_timeout,
                tls_context=tls,
                loop=loop,
            )

        self._server = await loop.create_server(
            session,
            settings.host,
            settings.smtp_port,
            backlog=1024,
            reuse_port=settings.smtp_reuse_port or None,
        )

    async def ready(self) -> None:
        """A readiness check: raises unless the server listens."""
        if self._server is None or not self._server.is_serving():
            raise RuntimeError("not listening")

    async def stop(self) -> None:
        """Stop listening and end the sessions; a mail without its 250 is sent again by its relay."""
        if self._server is None:
            return
        self._server.close()
        for session in list(self._sessions):
            session.end()
        await self._server.wait_closed()


def _tls(settings: IngestEmailSettings) -> ssl.SSLContext | None:
    if settings.smtp_tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.smtp_tls_certificate, settings.smtp_tls_key)
    return context


class _Handler:
    """aiosmtpd's hooks."""

    def __init__(self, settings: IngestEmailSettings, reception: Reception, clock: Callable[[], datetime]) -> None:
        self._reception, self._clock = reception, clock
        self._max_recipients = settings.smtp_max_recipients

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: SmtpEnvelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self._max_recipients:
            return "452 4.5.3 Too many recipients"
        if self._reception.inboxes.account(address) is None:
            return "550 5.1.1 No such inbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        inboxes = self._reception.inboxes
        accounts = [a for r in envelope.rcpt_tos if (a := inboxes.account(r)) is not None]
        assert isinstance(envelope.content, bytes)
        arrived = Envelope(envelope.mail_from or "", tuple(envelope.rcpt_tos), self._clock())
        try:
            ids = await self._reception.take(envelope.content, arrived, accounts, via="smtp")
        except (BlobsAway, PublishError) as error:
            _log.warning("mail refused for now", error=type(error).__name__)
            return _LATER
        return f"250 2.0.0 Accepted {ids[0]}"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong, the relay keeps the mail; it learns nothing about us."""
        _log.error("session failed", exc_info=error)
        return _LATER


class _Session(SMTP):
    """aiosmtpd's protocol with a cap on connections, and with DATA read in blocks.

    Its own DATA reads line by line and refuses lines over 1,000 bytes, which real mails have.
    """

    line_length_limit = _CHUNK

    def __init__(
        self, handler: _Handler, sessions: set[_Session], most: int, max_bytes: int, **options: Any
    ) -> None:
        super().__init__(handler, data_size_limit=max_bytes, **options)
        self._max_bytes, self._held = max_bytes, b""
        self._sessions, self._most, self._refused = sessions, most, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._sessions) >= self._most and self not in self._sessions:
            self._refused = True
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        if not self._refused:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return False if self._refused else super().eof_received()

    def end(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def push(self, status: str | bytes) -> None:
        """The lines of one answer leave together: a system call each is what EHLO costs otherwise."""
        line = status.encode("utf-8") if isinstance(status, str) else status
        if line[3:4] == b"-":
            self._held += line + b"\r\n"
            return
        held, self._held = self._held, b""
        await super().push(held + line)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """aiosmtpd asks the standard library's full grammar, which is slow for the plain addresses of life."""
        plain = _PATH.fullmatch(arg)
        return (plain.group(1), plain.group(2)) if plain else super()._getaddr(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        # What follows DATA before the 354 could be read as commands or as a mail.
        if self._reader._buffer:  # type: ignore[attr-defined]
            await self.push("554 5.5.0 Nothing may follow DATA before its answer")
            self.end()
            return
        # The end of a mail is a line of its own with a dot: the line end of DATA itself may be its first half.
        self._reader.feed_data(b"\r\n")
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        if content is None:
            status = f"552 5.3.4 Mail is larger than {self._max_bytes} bytes"
        else:
            self.envelope.content = content
            status = await self.event_handler.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _content(self) -> bytes | None:
        """Everything up to the lone dot, dots unstuffed; None when it is too big."""
        chunks: list[bytes] = []
        size = 0
        most = self._max_bytes + 5  # the line end before and the lone dot after
        while True:
            try:
                chunk = await self._reader.readuntil(b"\r\n.\r\n")
                done = True
            except LimitOverrunError as error:
                chunk = await self._reader.read(error.consumed)
                done = False
                self._reset_timeout()
            except IncompleteReadError:
                raise ConnectionResetError from None
            size += len(chunk)
            if size <= most:
                chunks.append(chunk)
            else:
                chunks.clear()
            if done:
                break
        if size > most:
            return None
        return b"".join(chunks).replace(b"\r\n..", b"\r\n.")[2:-3]
