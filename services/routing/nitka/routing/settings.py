"""What the routing service is told by its environment."""

from __future__ import annotations

from nitka.runtime.settings import Settings


class RoutingSettings(Settings):
    """Settings of the routing service."""

    port: int = 18102
