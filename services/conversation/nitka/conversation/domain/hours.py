"""Business hours: when somebody is there, on the wall clock of the inbox's place. Pure; all moments are aware.

A day may have 23 or 25 hours. Somebody who opens at a time that the clocks skip opens when they have skipped it;
at a time that comes twice, hours begin with the first and end with the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from nitka.api.settings import OpeningHours

HORIZON = timedelta(days=400)
"""How far ahead an opening is looked for: over a year, so that hours on one date only are found."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

Span = tuple[datetime, datetime]


def is_open(hours: OpeningHours | None, at: datetime) -> bool:
    """Whether somebody is there; always, where there are no hours."""
    return hours is None or next_opening(hours, at, timedelta(0)) == at


def next_opening(hours: OpeningHours, at: datetime, horizon: timedelta = HORIZON) -> datetime | None:
    """`at` itself when it is open, else the next moment that is; None when that lies beyond `horizon`."""
    at = at.astimezone(UTC)
    for begins, ends in _spans(hours, at, at + horizon):
        if ends > at:
            return max(begins, at) if begins <= at + horizon else None
    return None


def open_seconds_between(hours: OpeningHours, a: datetime, b: datetime) -> float:
    """Seconds of business time from `a` to `b`; 0 when `b` is not after `a`."""
    # In UTC: Python subtracts moments of one zone as if its clocks were never changed.
    a, b = a.astimezone(UTC), b.astimezone(UTC)
    passed = (min(ends, b) - max(begins, a) for begins, ends in _spans(hours, a, b))
    return sum(s.total_seconds() for s in passed if s > timedelta(0))


def holidays_between(hours: OpeningHours, first: date, last: date) -> list[tuple[date, str]]:
    """The public holidays that these hours keep, both days included, in order."""
    if hours.country is None:
        return []
    years = range(first.year, last.year + 1)
    found = {d: name for y in years for d, name in _holidays(hours.country, hours.subdivision, y).items()}
    return sorted((d, name) for d, name in found.items() if first <= d <= last)


def known_countries() -> dict[str, tuple[str, ...]]:
    """Countries whose holidays are known, by their ISO code, with the parts that have some of their own."""
    found = sorted(holidays.list_supported_countries(include_aliases=False).items())
    # A code of three letters names a country that is there by two already.
    return {code: tuple(parts) for code, parts in found if len(code) == 2}


def _spans(hours: OpeningHours, since: datetime, until: datetime) -> Iterator[Span]:
    """Open spans that may touch [since, until], in order, none touching the next."""
    zone = ZoneInfo(hours.zone)
    # Hours that began the evening before may still go on.
    day = since.astimezone(zone).date() - _DAY
    last = until.astimezone(zone).date()
    current: Span | None = None
    while day <= last:
        for begins, ends in _of_day(hours, zone, day):
            if current is not None and begins <= current[1]:
                current = (current[0], max(current[1], ends))
                continue
            if current is not None:
                yield current
            current = (begins, ends)
        day += _DAY
    if current is not None:
        yield current


def _of_day(hours: OpeningHours, zone: ZoneInfo, day: date) -> list[Span]:
    own = [(x.opens, x.closes) for x in hours.extra if x.day == day]
    if own:
        times = own
    elif day in hours.closed or _is_holiday(hours, day):
        times = []
    else:
        times = [(x.opens, x.closes) for x in hours.weekly if x.weekday == day.weekday()]
    found = []
    for opens, closes in times:
        begins = _moment(zone, day, opens, second=False)
        ends = _moment(zone, day if closes > opens else day + _DAY, closes, second=True)
        if ends > begins:
            found.append((begins, ends))
    return sorted(found)


def _moment(zone: ZoneInfo, day: date, at: time, *, second: bool) -> datetime:
    """When the wall clock shows `at`; `second`: the later of two such moments."""
    wall = datetime.combine(day, at, zone).replace(fold=int(second))
    found = wall.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    # The clocks skip this time. Read with the two offsets it lies on both sides of the moment when they do.
    low, high = sorted(wall.replace(fold=f).astimezone(UTC) for f in (0, 1))
    after = high.astimezone(zone).utcoffset()
    while high - low > _MINUTE:
        middle = low + (high - low) / 2
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
    return high.replace(second=0, microsecond=0)


def _is_holiday(hours: OpeningHours, day: date) -> bool:
    return hours.country is not None and day in _holidays(hours.country, hours.subdivision, day.year)


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    try:
        return dict(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError:
        return {}
