"""Settings of the shops' endpoint."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from nitka.runtime.settings import Settings


class IngestCommerceSettings(Settings):
    """`commerce_key` is what shops must send: without it everything is refused. `data` holds the spool."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    port: int = 18107
    data: Path = Path(".nitka")
    spool_bytes: int = Field(default=256 * 1024 * 1024, gt=0)
    commerce_key: SecretStr | None = Field(default=None, min_length=16)
