"""The figures of the reports page, read from the same views that analysts use."""

from __future__ import annotations

from datetime import date, datetime

from clickhouse_connect.driver import Client

from nitka.api.reports import Cards, Day, Series
from nitka.reporting.store.clickhouse import ClickHouse

_CARDS = "SELECT * FROM cards(since = {since:Date}, until = {until:Date}, zone = {zone:String})"
_SERIES = """
SELECT day, new_threads, messages FROM daily(since = {since:Date}, until = {until:Date}, zone = {zone:String})
ORDER BY day
"""


class Reports:
    """Reads figures of a range of days, both ends included, in a time zone that exists."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    async def cards(self, since: date, until: date, zone: str, now: datetime) -> Cards:
        """The six cards."""
        parameters = {"since": since, "until": until, "zone": zone}

        def work(client: Client) -> Cards:
            result = client.query(_CARDS, parameters=parameters)
            figures = next(iter(result.named_results()))
            return Cards(since=since, until=until, zone=zone, as_of=now, **figures)

        return await self._clickhouse.run(work)

    async def series(self, since: date, until: date, zone: str) -> Series:
        """New threads and messages of every day of the range."""
        parameters = {"since": since, "until": until, "zone": zone}

        def work(client: Client) -> Series:
            rows = client.query(_SERIES, parameters=parameters).named_results()
            return Series(zone=zone, days=tuple(Day(**row) for row in rows))

        return await self._clickhouse.run(work)
