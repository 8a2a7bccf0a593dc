"""`python -m nitka.ingest_email [migrate]`."""

from __future__ import annotations

import sys

from nitka.ingest_email.app import create_app
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.ingest_email.store import migrate
from nitka.runtime import http, logs, telemetry


def main() -> None:
    """Migrate or serve."""
    logs.configure("ingest-email")
    telemetry.configure("ingest-email")
    settings = IngestEmailSettings()
    if sys.argv[1:] == ["migrate"]:
        migrate(settings.postgres)
        return
    http.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
