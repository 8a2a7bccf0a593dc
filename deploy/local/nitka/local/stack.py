"""The parts of the embedded stack, in the order in which they start."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from functools import partial

from nitka.local import checks, kafka, postgres
from nitka.local.processes import Part
from nitka.local.settings import DEMO_EMAIL, PORTS, LocalSettings, kept_secret, port_setting

SERVICES = (
    "conversation",
    "routing",
    "customer_profile",
    "reporting",
    "ingest_email",
    "ingest_social",
    "ingest_commerce",
    "writing",
    "gateway",
)
"""Every service; `nitka.<name>` is its package."""

WORLD = ("mailbox",)
"""What stands for the world outside: the mail relay and the customers' mailbox."""

SECRETS = {
    "NITKA_SECRET": "secret",
    "NITKA_DEMO_PASSWORD": "demo-password",
    "NITKA_ANALYST_PASSWORD": "analyst-password",
    "NITKA_COMMERCE_KEY": "commerce-key",
    "NITKA_WHATSAPP_APP_SECRET": "whatsapp-app-secret",
    "NITKA_WHATSAPP_VERIFY_TOKEN": "whatsapp-verify-token",
}
"""Settings that the stack makes up once, each kept in a private file of its home."""


def environment(settings: LocalSettings) -> dict[str, str]:
    """What every service gets from the stack; a setting that the user made wins."""
    settings.home.mkdir(parents=True, exist_ok=True)
    ours = {
        "NITKA_KAFKA": settings.kafka_servers,
        "NITKA_POSTGRES": settings.postgres_dsn,
        "NITKA_CLICKHOUSE": settings.clickhouse_dsn,
        "NITKA_BLOBS": f"file://{settings.home}/blobs",
        "NITKA_DATA": str(settings.home),
        "NITKA_HOST": settings.host,
        "NITKA_RELAY_HOST": settings.host,
        "NITKA_RELAY_PORT": str(settings.ports["mailbox_relay"]),
        "NITKA_DEMO_EMAIL": DEMO_EMAIL,
        **_languagetool(settings),
        **{name: kept_secret(settings.home / file) for name, file in SECRETS.items()},
        **{f"NITKA_{name.upper()}_URL": settings.url(name) for name in SERVICES},
    }
    user = {name: value for name, value in settings.environment.items() if value or name not in ours}
    ports = {port_setting(name): str(port) for name, port in settings.ports.items()}
    # glibc would keep one heap per thread otherwise: 30 MB a process for nothing.
    return {"MALLOC_ARENA_MAX": "2", **ours, **user, **ports, "NITKA_HOME": str(settings.home)}


def _languagetool(settings: LocalSettings) -> dict[str, str]:
    """How the writing service starts LanguageTool when it is needed; nothing when there is a server already."""
    if settings.environment.get("NITKA_LANGUAGETOOL"):
        return {}
    # LanguageTool listens on the loopback only, whatever the host is.
    return {
        "NITKA_LANGUAGETOOL": f"http://127.0.0.1:{settings.ports['languagetool']}",
        "NITKA_LANGUAGETOOL_COMMAND": shlex.join(_module("nitka.local.languagetool")),
    }


def infrastructure(settings: LocalSettings) -> list[Part]:
    """Kafka and PostgreSQL, as far as they are embedded."""
    ports, parts = settings.ports, []
    if settings.kafka is None:
        parts.append(kafka.part(settings.home / "kafka", settings.host, ports["kafka"], ports["kafka_controller"]))
    if settings.postgres is None:
        parts.append(postgres.part(settings.home / "postgres", settings.host, ports["postgres"]))
    return parts


def service(name: str, settings: LocalSettings, env: Mapping[str, str]) -> Part:
    """The process of a service. `env` is `environment(settings)`, possibly with additions."""
    return Part(
        name=name,
        command=partial(_module, f"nitka.{name}"),
        ready=partial(checks.http, f"{settings.url(name)}/readyz"),
        alive=partial(checks.http, f"{settings.url(name)}/healthz"),
        environment={**env, "NITKA_PORT": str(settings.ports[name])},
    )


def preparation(names: Iterable[str], env: Mapping[str, str]) -> Part:
    """Creates the database, the topics and the tables of the named services, then ends."""
    return Part(
        name="prepare",
        command=partial(_module, "nitka.local.prepare", *names),
        ready=_nothing,
        environment=dict(env),
    )


def mailbox(settings: LocalSettings, env: Mapping[str, str]) -> Part:
    """The mailbox page with its mail relay."""
    return Part(
        name="mailbox",
        command=partial(_module, "nitka.local.mailbox"),
        ready=partial(checks.http, f"{settings.url('mailbox')}/readyz"),
        environment=dict(env),
    )


def ports_of(names: Iterable[str], settings: LocalSettings) -> dict[str, int]:
    """The ports that the named parts listen on, by the name of their setting."""
    extra = {
        "kafka": ("kafka", "kafka_controller"),
        "mailbox": ("mailbox", "mailbox_relay"),
        "ingest_email": ("ingest_email", "smtp"),
        "reporting": ("reporting", "clickhouse"),
        "writing": ("writing", "languagetool"),
    }
    wanted = [port for name in names for port in extra.get(name, (name,)) if port in PORTS]
    return {port_setting(port): settings.ports[port] for port in wanted}


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _nothing() -> None:
    """A part that ends by itself is never asked whether it is ready."""
