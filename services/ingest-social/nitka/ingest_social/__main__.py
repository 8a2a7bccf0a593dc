"""`python -m nitka.ingest_social [migrate]`."""

from __future__ import annotations

import sys

from nitka.ingest_social import store
from nitka.ingest_social.app import NAME, create_app
from nitka.ingest_social.settings import IngestSocialSettings
from nitka.runtime import http, logs, telemetry

if __name__ == "__main__":
    logs.configure(NAME)
    telemetry.configure(NAME)
    settings = IngestSocialSettings()
    if sys.argv[1:] == ["migrate"]:
        store.migrate(settings.postgres)
    else:
        http.serve(create_app(settings), settings)
