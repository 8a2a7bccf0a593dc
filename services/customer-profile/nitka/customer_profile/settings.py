"""Settings of the customer profile."""

from __future__ import annotations

from nitka.runtime.settings import Settings


class CustomerProfileSettings(Settings):
    """Nothing beyond what every service has."""

    port: int = 18103
