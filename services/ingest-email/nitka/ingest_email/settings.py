"""What the e-mail service is told by its environment."""

from __future__ import annotations

import os
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from nitka.ingest_email.domain.addresses import Unknown
from nitka.runtime.settings import Settings


class Security(StrEnum):
    """How a connection is protected. `plain` is for a server on this machine."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class ImapAccount(BaseModel):
    """One mailbox that is polled.

    `inbox` is the address under which its mails appear. `password_env` names the environment variable that
    holds the password. `backfill` takes what is in the folder already; otherwise only what comes later.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = 993
    security: Security = Security.TLS
    user: str
    password_env: str
    inbox: str
    folder: str = "INBOX"
    backfill: bool = False

    @field_validator("inbox")
    @classmethod
    def _lower(cls, value: str) -> str:
        return value.strip().lower()

    @property
    def key(self) -> str:
        """The name of this folder in our own tables."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @property
    def password(self) -> SecretStr:
        """Raises KeyError when the variable is not set."""
        return SecretStr(os.environ[self.password_env])


class IngestEmailSettings(Settings):
    """Settings of the e-mail service.

    `unknown_recipients`: whom the first inbox takes mail for besides. `smtp_max_bytes` is the largest mail.
    Seconds: `smtp_timeout` of silence end a connection, `imap_poll_seconds` lie between two looks into a mailbox,
    `relay_backoff_seconds` before the first new try after a temporary refusal (doubled each time, at most an
    hour), `relay_tries` in all; while the relay itself is in trouble they are not counted.
    `sender_name` follows the agent's name: "Ann via Shop"; without it the inbox's domain does.
    """

    port: int = 18105
    unknown_recipients: Unknown = Unknown.DOMAIN
    sender_name: str = ""

    smtp_port: int = 18587
    smtp_max_bytes: int = Field(default=25 * 1024 * 1024, ge=1024, le=60 * 1024 * 1024)
    smtp_max_recipients: int = 100
    smtp_max_connections: int = 200
    smtp_timeout: float = 120
    smtp_reuse_port: bool = False
    smtp_hostname: str = "localhost"
    smtp_tls_certificate: str | None = None
    smtp_tls_key: str | None = None

    imap_accounts: tuple[ImapAccount, ...] = ()
    imap_poll_seconds: float = Field(default=15, gt=0)

    relay_host: str = "127.0.0.1"
    relay_port: int = 18026
    relay_security: Security = Security.PLAIN
    relay_user: str | None = None
    relay_password: SecretStr | None = None
    relay_timeout: float = 60
    relay_tries: int = Field(default=9, ge=1)
    relay_backoff_seconds: float = 30
