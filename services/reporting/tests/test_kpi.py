"""The KPI dictionary says what the views do."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickhouse_connect.driver import Client

from nitka.reporting.store.clickhouse import ClickHouse
from nitka.reporting.store.kpi import kpi_dictionary
from nitka.reporting.store.views import VIEWS

COMMITTED = Path(__file__).parents[3] / "docs" / "reference" / "kpi.md"


def test_the_committed_dictionary_is_what_the_code_makes() -> None:
    assert COMMITTED.read_text() == kpi_dictionary(), (
        "run: python -m nitka.reporting reference > docs/reference/kpi.md"
    )


@pytest.mark.stack
async def test_every_column_of_every_view_is_documented_and_nothing_else(clickhouse: ClickHouse) -> None:
    arguments = {"since": "'2026-11-01'", "until": "'2026-11-30'", "zone": "'UTC'"}
    for view in VIEWS:
        call = ", ".join(f"{name} = {arguments[name]}" for name in view.parameters)
        source = f"{view.name}({call})" if call else view.name

        def columns(client: Client, source: str = source) -> list[str]:
            return [row[0] for row in client.query(f"DESCRIBE (SELECT * FROM {source})").result_rows]

        assert await clickhouse.run(columns) == list(view.columns), view.name
