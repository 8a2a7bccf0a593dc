"""Settings that every service shares; a service adds its own in its `settings.py`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _addresses(value: object) -> object:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)):
        raise ValueError("addresses separated by commas")
    found = tuple(str(p).strip().lower() for p in parts if str(p).strip())
    if not found or any("@" not in p for p in found):
        raise ValueError("at least one address, separated by commas")
    return found


class Settings(BaseSettings):
    """Typed environment with the prefix `NITKA_`.

    `secret` is the root of internal tokens and conversation tokens: at least 32 characters, the same for all
    services of a deployment. `instance` names this copy of the service; give every copy its own. `inboxes` are the
    shop's mail addresses, separated by commas; the first one takes what has no other place.
    """

    model_config = SettingsConfigDict(env_prefix="NITKA_", extra="ignore", hide_input_in_errors=True)

    secret: SecretStr = Field(min_length=32)
    kafka: str = "127.0.0.1:19092"
    postgres: str = "postgresql://nitka@127.0.0.1:15432/nitka"
    blobs: str = "file:///tmp/nitka-blobs"
    host: str = "127.0.0.1"
    port: int = 0
    instance: str = "0"
    inboxes: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_addresses)] = ("support@shop.example",)

    conversation_url: str = "http://127.0.0.1:18101"
    routing_url: str = "http://127.0.0.1:18102"
    customer_profile_url: str = "http://127.0.0.1:18103"
    reporting_url: str = "http://127.0.0.1:18104"
    ingest_email_url: str = "http://127.0.0.1:18105"
    ingest_social_url: str = "http://127.0.0.1:18106"
    ingest_commerce_url: str = "http://127.0.0.1:18107"
    writing_url: str = "http://127.0.0.1:18108"
    gateway_url: str = "http://127.0.0.1:18080"
