"""What the gateway keeps: accounts and sessions in PostgreSQL, the recent events of the live stream in memory."""

from nitka.gateway.store.schema import SCHEMA, migrate

__all__ = ["SCHEMA", "migrate"]
