"""Settings of the reporting service."""

from __future__ import annotations

from pydantic import SecretStr

from nitka.runtime.settings import Settings


class ReportingSettings(Settings):
    """`clickhouse` is `chdb:///path` (embedded; this process alone owns the path) or a server's DSN.

    The analysts' door opens on `clickhouse_port` when `analyst_password` is set and the engine is embedded;
    a server has a door of its own.
    """

    port: int = 18104
    clickhouse: str = "chdb:///tmp/nitka-clickhouse"
    clickhouse_port: int = 18123
    analyst_password: SecretStr | None = None

    @property
    def embedded(self) -> bool:
        """Whether ClickHouse runs inside this process."""
        return self.clickhouse.startswith("chdb:")
