"""Settings of the embedded stack: the process environment over one optional `nitka.env` file.

`NITKA_KAFKA`, `NITKA_POSTGRES` and `NITKA_CLICKHOUSE` name a server of your own; the embedded part is then not
started. Every port is a setting (`NITKA_<NAME>_PORT`), and `NITKA_PORT_OFFSET` moves all of them at once, so
that two copies run side by side.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

FILE = "nitka.env"
DEMO_EMAIL = "demo@nitka.example"

PORTS: Mapping[str, int] = {
    "gateway": 18080,
    "conversation": 18101,
    "routing": 18102,
    "customer_profile": 18103,
    "reporting": 18104,
    "ingest_email": 18105,
    "ingest_social": 18106,
    "ingest_commerce": 18107,
    "writing": 18108,
    "languagetool": 18109,
    "mailbox": 18025,
    "mailbox_relay": 18026,
    "smtp": 18587,
    "kafka": 19092,
    "kafka_controller": 19093,
    "postgres": 15432,
    "clickhouse": 18123,
}


class SettingsError(ValueError):
    """A setting cannot be used; the message is one line for a person."""


def port_setting(name: str) -> str:
    """The name of the setting that moves a port."""
    return f"NITKA_{name.upper()}_PORT"


@dataclass(frozen=True)
class LocalSettings:
    """Where the embedded stack lives and listens. `kafka`, `postgres`, `clickhouse` are None when embedded."""

    home: Path
    host: str
    ports: Mapping[str, int]
    kafka: str | None
    postgres: str | None
    clickhouse: str | None
    environment: Mapping[str, str]
    """The settings file under the process environment; what children inherit."""

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def kafka_servers(self) -> str:
        """Bootstrap servers, embedded or not."""
        return self.kafka or f"{self.host}:{self.ports['kafka']}"

    @property
    def postgres_dsn(self) -> str:
        """DSN of the database, embedded or not."""
        return self.postgres or f"postgresql://nitka@{self.host}:{self.ports['postgres']}/nitka"

    @property
    def clickhouse_dsn(self) -> str:
        """DSN of the report store, embedded or not."""
        return self.clickhouse or f"chdb:///{self.home}/clickhouse"

    def url(self, name: str) -> str:
        """The HTTP address of a service."""
        return f"http://{self.host}:{self.ports[name]}"


def load(directory: Path, process_environment: Mapping[str, str] = os.environ) -> LocalSettings:
    """Settings for a stack started in `directory`. Raises SettingsError."""
    file = {k: v for k, v in dotenv_values(directory / FILE).items() if v is not None}
    environment = {**file, **process_environment}
    offset = _number(environment, "NITKA_PORT_OFFSET", 0)
    ports = {name: _number(environment, port_setting(name), port + offset) for name, port in PORTS.items()}
    for name, port in ports.items():
        if not 0 < port < 65536:
            raise SettingsError(f"{port_setting(name)} is {port}: no port number.")
    return LocalSettings(
        home=(directory / environment.get("NITKA_HOME", ".nitka")).resolve(),
        host=environment.get("NITKA_HOST", "127.0.0.1"),
        ports=ports,
        kafka=environment.get("NITKA_KAFKA") or None,
        postgres=environment.get("NITKA_POSTGRES") or None,
        clickhouse=environment.get("NITKA_CLICKHOUSE") or None,
        environment=environment,
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    try:
        return int(value)
    except ValueError:
        raise SettingsError(f"{name} is {value!r}: not a number.") from None


def kept_secret(path: Path) -> str:
    """The random secret in `path`, readable by the owner only; made on first use."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
