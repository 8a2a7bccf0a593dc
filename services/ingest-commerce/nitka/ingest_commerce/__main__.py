"""`python -m nitka.ingest_commerce [migrate]`."""

from __future__ import annotations

import sys

from nitka.ingest_commerce.app import NAME, create_app
from nitka.ingest_commerce.settings import IngestCommerceSettings
from nitka.runtime import http, logs, telemetry

if __name__ == "__main__":
    logs.configure(NAME)
    telemetry.configure(NAME)
    # It has no tables; `migrate` is accepted so that every service starts the same way.
    if sys.argv[1:] != ["migrate"]:
        settings = IngestCommerceSettings()
        http.serve(create_app(settings), settings)
