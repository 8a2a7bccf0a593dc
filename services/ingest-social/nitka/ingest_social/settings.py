"""Settings of the social channels."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from nitka.runtime.settings import Settings


class IngestSocialSettings(Settings):
    """`data` holds the spool. The WhatsApp settings are those of the app in Meta's dashboard:

    `whatsapp_app_secret` signs webhooks (without it they are refused), `whatsapp_verify_token` is the word of
    the subscription handshake, `whatsapp_token` the bearer token for sending.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True)

    port: int = 18106
    data: Path = Path(".nitka")
    spool_bytes: int = Field(default=256 * 1024 * 1024, gt=0)
    whatsapp_app_secret: SecretStr | None = None
    whatsapp_verify_token: SecretStr | None = None
    whatsapp_token: SecretStr | None = None
    whatsapp_graph_url: str = "https://graph.facebook.com/v23.0"
