"""`python -m nitka.routing [migrate]`."""

from __future__ import annotations

import sys

from nitka.routing.app import create_app
from nitka.routing.settings import RoutingSettings
from nitka.routing.store import migrate
from nitka.runtime import http, logs, telemetry


def main() -> None:
    """Migrate or serve."""
    logs.configure("routing")
    telemetry.configure("routing")
    settings = RoutingSettings()
    if sys.argv[1:] == ["migrate"]:
        migrate(settings.postgres)
        return
    http.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
