"""The mailbox page and its JSON for tests: `GET/POST/DELETE /api/mails`, `GET /api/mails/{id}`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import aiosmtplib
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.middleware.trustedhost import TrustedHostMiddleware

from nitka.local.mailbox import letters, relay
from nitka.local.mailbox.letters import Mail, NewMail
from nitka.local.mailbox.store import Letters

# A mail's HTML is hostile: an opaque origin, no scripts, nothing fetched from anywhere. Its links open beside it.
_SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_LINKS = '<base target="_blank">'
_PAGE = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class MailboxSettings(BaseSettings):
    """Environment with the prefix NITKA_: where the page and the relay listen, where Nitka takes mail."""

    model_config = SettingsConfigDict(env_prefix="NITKA_", extra="ignore")

    home: Path
    host: str = "127.0.0.1"
    mailbox_port: int = 18025
    mailbox_relay_port: int = 18026
    smtp_port: int = 18587


class MailHead(BaseModel):
    """A line of the list."""

    id: str
    mailbox: str
    sent: bool
    sender: str = Field(serialization_alias="from")
    to: list[str]
    subject: str
    date: str
    message_id: str


def create_app(settings: MailboxSettings) -> FastAPI:
    """The page, its API and, as long as the application runs, the relay."""
    stored = Letters(settings.home / "mailbox")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        server = await relay.listen(stored, settings.host, settings.mailbox_relay_port)
        try:
            yield
        finally:
            server.close()

    app = FastAPI(title="Nitka mailbox", lifespan=lifespan, docs_url=None, redoc_url=None)
    # Without this, a foreign page could reach us under a name of its own that resolves to this machine.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[settings.host, "localhost", "127.0.0.1"])
    _add_page(app)
    _add_api(app, stored, settings)
    return app


def _add_page(app: FastAPI) -> None:
    def asset(name: str, content_type: str) -> Response:
        content = files(__package__).joinpath("page", name).read_bytes()
        return Response(content, media_type=content_type, headers={"content-security-policy": _PAGE})

    @app.get("/")
    def page() -> Response:
        return asset("index.html", "text/html; charset=utf-8")

    @app.get("/page.js")
    def script() -> Response:
        return asset("page.js", "text/javascript; charset=utf-8")

    @app.get("/page.css")
    def style() -> Response:
        return asset("page.css", "text/css; charset=utf-8")

    @app.get("/readyz")
    def readyz() -> dict[str, bool]:
        return {"ready": True}


def _add_api(app: FastAPI, stored: Letters, settings: MailboxSettings) -> None:
    def found(mail_id: str) -> Mail:
        try:
            return stored.mail(mail_id)
        except KeyError:
            raise HTTPException(404, "There is no such mail.") from None

    @app.get("/api/mails")
    def mails(to: str | None = None, sent: bool | None = None, limit: int = 200) -> list[MailHead]:
        """The newest mails, of the mailbox `to` if given."""
        chosen: list[MailHead] = []
        for mail in stored.newest_first():
            if len(chosen) >= limit:
                break
            if (to is None or mail.mailbox.lower() == to.lower()) and (sent is None or mail.sent == sent):
                chosen.append(MailHead(**mail.model_dump()))
        return chosen

    @app.get("/api/mails/{mail_id}")
    def one(mail_id: str) -> Mail:
        return found(mail_id)

    @app.get("/api/mails/{mail_id}/html")
    def body(mail_id: str) -> Response:
        found(mail_id)
        return Response(
            letters.html(stored.raw(mail_id)) + _LINKS,
            media_type="text/html; charset=utf-8",
            headers={"content-security-policy": _SANDBOX, "x-content-type-options": "nosniff"},
        )

    @app.post("/api/mails", status_code=201)
    async def send(new: NewMail) -> dict[str, str]:
        """Send a mail to Nitka's SMTP port. 502 with the server's words when it does not take it."""
        try:
            message = letters.compose(new, found(new.in_reply_to) if new.in_reply_to else None, datetime.now(UTC))
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        try:
            await aiosmtplib.send(message, hostname=settings.host, port=settings.smtp_port, start_tls=False)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise HTTPException(502, f"Nitka did not take the mail: {error}") from error
        return {
            "id": stored.keep_sent(str(message["From"]), bytes(message)),
            "message_id": str(message["Message-ID"]),
        }

    @app.delete("/api/mails", status_code=204)
    def clear() -> None:
        stored.clear()
