"""Figures for the gateway."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Depends, Query, Request

from nitka.api.reports import Cards, Series
from nitka.reporting.store.reports import Reports
from nitka.runtime.http import Problem
from nitka.runtime.tokens import CurrentCaller, Role

DEFAULT_DAYS, MAX_DAYS = 30, 3660
READERS = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.ANALYST}

router = APIRouter(prefix="/reports")
_zones = available_timezones()


class Range:
    """The days asked for, both ends included; by default the last 30 days in `zone`. For people of the team."""

    def __init__(
        self,
        caller: CurrentCaller,
        since: date | None = None,
        until: date | None = None,
        zone: Annotated[str, Query(max_length=64)] = "UTC",
    ) -> None:
        if caller.role not in READERS:
            raise Problem(403, "forbidden", "Reports are for people of the team.")
        if zone not in _zones:
            raise Problem(422, "unknown_zone", "There is no such time zone.")
        self.zone, self.now = zone, datetime.now(UTC)
        self.until = until or today(self.now, zone)
        self.since = since or self.until - timedelta(days=DEFAULT_DAYS - 1)
        if not date(1970, 1, 1) <= self.since <= self.until <= date(2148, 12, 31):
            raise Problem(422, "invalid_range", "The range must begin before it ends, and after 1970.")
        if (self.until - self.since).days >= MAX_DAYS:
            raise Problem(422, "range_too_long", f"A range may have {MAX_DAYS} days at most.")


def today(now: datetime, zone: str) -> date:
    """The day it is in `zone`."""
    return now.astimezone(ZoneInfo(zone)).date()


def _reports(request: Request) -> Reports:
    reports: Reports = request.app.state.reports
    return reports


AskedRange = Annotated[Range, Depends()]
CurrentReports = Annotated[Reports, Depends(_reports)]


@router.get("/cards")
async def cards(asked: AskedRange, reports: CurrentReports) -> Cards:
    """The six cards of the range."""
    return await reports.cards(asked.since, asked.until, asked.zone, asked.now)


@router.get("/series")
async def series(asked: AskedRange, reports: CurrentReports) -> Series:
    """The chart of the range, day by day."""
    return await reports.series(asked.since, asked.until, asked.zone)
