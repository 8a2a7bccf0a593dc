"""`python -m nitka.customer_profile [migrate]`."""

from __future__ import annotations

import sys

from nitka.customer_profile import store
from nitka.customer_profile.app import NAME, create_app
from nitka.customer_profile.settings import CustomerProfileSettings
from nitka.runtime import http, logs, telemetry

if __name__ == "__main__":
    logs.configure(NAME)
    telemetry.configure(NAME)
    settings = CustomerProfileSettings()
    if sys.argv[1:] == ["migrate"]:
        store.migrate(settings.postgres)
    else:
        http.serve(create_app(settings), settings)
