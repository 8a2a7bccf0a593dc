"""`python -m nitka.reporting`: serve; `migrate`: create the tables; `reference`: print the KPI dictionary."""

from __future__ import annotations

import sys

from nitka.reporting.app import create_app
from nitka.reporting.settings import ReportingSettings
from nitka.reporting.store.kpi import kpi_dictionary
from nitka.reporting.store.tables import migrate
from nitka.runtime import http, logs, telemetry


def main(arguments: list[str]) -> None:
    if arguments == ["reference"]:
        print(kpi_dictionary(), end="")
        return
    logs.configure("reporting")
    telemetry.configure("reporting")
    settings = ReportingSettings()
    if arguments == ["migrate"]:
        migrate(settings.clickhouse)
    else:
        http.serve(create_app(settings), settings)


if __name__ == "__main__":
    main(sys.argv[1:])
