"""`python -m nitka.writing [migrate]`."""

from __future__ import annotations

import sys

from nitka.runtime import http, logs, telemetry
from nitka.writing.app import NAME, create_app
from nitka.writing.settings import WritingSettings

if __name__ == "__main__":
    logs.configure(NAME)
    telemetry.configure(NAME)
    # It has no tables; `migrate` is accepted so that every service starts the same way.
    if sys.argv[1:] != ["migrate"]:
        settings = WritingSettings()
        http.serve(create_app(settings), settings)
