"""What the gateway is told by its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from nitka.runtime.settings import Settings

_SOURCE_UI = Path(__file__).resolve().parents[2] / "ui" / "dist"


class GatewaySettings(Settings):
    """Settings of the gateway.

    `public_url` is its address for browsers: cookies are `Secure` when it is https.
    `ui_dir` holds the built browser app. With `demo_email` and `demo_password` set, accounts to try things out
    exist after the start.
    """

    port: int = 18080
    public_url: str = "http://127.0.0.1:18080"
    ui_dir: Path = _SOURCE_UI
    demo_email: str | None = None
    demo_password: SecretStr | None = None
