"""Business hours: the week, nights, holidays, and the two days a year that are not 24 hours long."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.api.settings import Interval, OpenDay, OpeningHours
from nitka.conversation.domain.hours import holidays_between, is_open, next_opening, open_seconds_between

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = OpeningHours(
    zone="Europe/Warsaw",
    weekly=tuple(Interval(weekday=d, opens=time(9), closes=time(17)) for d in range(5)),
    country="PL",
)
ALWAYS = OpeningHours(
    zone="Europe/Warsaw", weekly=tuple(Interval(weekday=d, opens=time(0), closes=time(0)) for d in range(7))
)


def warsaw(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=WARSAW, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


def test_no_hours_are_always_open() -> None:
    assert is_open(None, datetime(2026, 1, 1, 3, tzinfo=UTC))


def test_no_intervals_are_never_open() -> None:
    assert next_opening(OpeningHours(), datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (warsaw(2026, 3, 2, 8, 59, 59), False),
        (warsaw(2026, 3, 2, 9), True),
        (warsaw(2026, 3, 2, 16, 59, 59), True),
        (warsaw(2026, 3, 2, 17), False),
        (warsaw(2026, 2, 28, 12), False),  # a Saturday
        (warsaw(2026, 5, 1, 12), False),  # Labour Day, a Friday
    ],
)
def test_the_week_and_its_holidays(at: datetime, expected: bool) -> None:
    assert is_open(OFFICE, at) is expected


def test_the_next_opening_leaps_over_weekend_and_holidays() -> None:
    # Thursday evening; Friday is Labour Day and Sunday Constitution Day.
    assert next_opening(OFFICE, warsaw(2026, 4, 30, 18)) == warsaw(2026, 5, 4, 9)


def test_hours_past_midnight_belong_to_the_day_they_begin() -> None:
    night = OpeningHours(zone="Europe/Warsaw", weekly=(Interval(weekday=4, opens=time(22), closes=time(2)),))
    assert is_open(night, warsaw(2026, 3, 7, 1, 59))  # Saturday
    assert not is_open(night, warsaw(2026, 3, 7, 2))
    assert not is_open(night, warsaw(2026, 3, 6, 1))  # Friday, but before


def test_own_closed_and_open_days_beat_the_week() -> None:
    hours = OFFICE.model_copy(
        update={
            "closed": (date(2026, 3, 2),),
            "extra": (OpenDay(day=date(2026, 5, 1), opens=time(10), closes=time(12)),),
        }
    )
    assert not is_open(hours, warsaw(2026, 3, 2, 10))
    assert is_open(hours, warsaw(2026, 5, 1, 11))
    assert not is_open(hours, warsaw(2026, 5, 1, 9, 30))


def test_days_of_23_and_25_hours() -> None:
    for month, day, expected in ((3, 29, 23), (10, 25, 25), (3, 2, 24)):
        midnights = (datetime(2026, month, day + n, tzinfo=WARSAW) for n in (0, 1))
        assert open_seconds_between(ALWAYS, *midnights) == expected * 3600


def test_opening_at_a_time_that_the_clocks_skip() -> None:
    hours = OpeningHours(zone="Europe/Warsaw", weekly=(Interval(weekday=6, opens=time(2, 30), closes=time(4)),))
    assert next_opening(hours, warsaw(2026, 3, 29)) == warsaw(2026, 3, 29, 3)
    assert open_seconds_between(hours, warsaw(2026, 3, 29), warsaw(2026, 3, 30)) == 3600


def test_hours_that_lie_in_the_skipped_hour_alone_do_not_happen() -> None:
    hours = OpeningHours(zone="Europe/Warsaw", weekly=(Interval(weekday=6, opens=time(2), closes=time(3)),))
    assert open_seconds_between(hours, warsaw(2026, 3, 29), warsaw(2026, 3, 30)) == 0


def test_a_time_that_comes_twice_opens_at_the_first_and_closes_at_the_second() -> None:
    hours = OpeningHours(zone="Europe/Warsaw", weekly=(Interval(weekday=6, opens=time(2, 30), closes=time(4)),))
    assert next_opening(hours, warsaw(2026, 10, 25)) == warsaw(2026, 10, 25, 2, 30)
    assert open_seconds_between(hours, warsaw(2026, 10, 25), warsaw(2026, 10, 26)) == 2.5 * 3600
    until = OpeningHours(zone="Europe/Warsaw", weekly=(Interval(weekday=6, opens=time(0), closes=time(2, 30)),))
    assert is_open(until, warsaw(2026, 10, 25, 2, 29, fold=1))
    assert not is_open(until, warsaw(2026, 10, 25, 2, 30, fold=1))


def test_holidays_of_a_part_of_a_country() -> None:
    bavaria = OpeningHours(country="DE", subdivision="BY")
    days = dict(holidays_between(bavaria, date(2026, 1, 1), date(2026, 12, 31)))
    assert date(2026, 1, 6) in days
    berlin = OpeningHours(country="DE", subdivision="BE")
    assert date(2026, 1, 6) not in dict(holidays_between(berlin, date(2026, 1, 1), date(2026, 12, 31)))


ZONES = ("UTC", "Europe/Warsaw", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Istanbul")
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
INTERVALS = st.builds(Interval, weekday=st.integers(0, 6), opens=TIMES, closes=TIMES)
HOURS = st.builds(
    OpeningHours,
    zone=st.sampled_from(ZONES),
    weekly=st.lists(INTERVALS, max_size=6).map(tuple),
    country=st.sampled_from((None, "PL", "BR")),
    closed=st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3).map(tuple),
)
# Around both changes of the clocks, and anywhere in the year.
MOMENTS = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=330)).map(lambda d: datetime(2026, 1, 1, tzinfo=UTC) + d),
    st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda d: datetime(2026, 3, 28, tzinfo=UTC) + d),
    st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda d: datetime(2026, 10, 24, tzinfo=UTC) + d),
)


@given(
    HOURS, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=9))
)
def test_business_time_adds_up(hours: OpeningHours, a: datetime, one: timedelta, two: timedelta) -> None:
    b, c = a + one, a + one + two
    parts = open_seconds_between(hours, a, b) + open_seconds_between(hours, b, c)
    assert parts == pytest.approx(open_seconds_between(hours, a, c))
    assert 0 <= parts <= (c - a).total_seconds() + 1e-6


@given(HOURS, MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: OpeningHours, at: datetime) -> None:
    found = next_opening(hours, at, timedelta(days=15))
    if found is None:
        assert open_seconds_between(hours, at, at + timedelta(days=15)) == 0
        return
    assert found >= at
    assert is_open(hours, found)
    assert open_seconds_between(hours, at, found) == 0
    assert open_seconds_between(hours, found, found + timedelta(days=1)) > 0


@given(HOURS, MOMENTS)
def test_being_open_agrees_with_the_time_that_passes(hours: OpeningHours, at: datetime) -> None:
    second = timedelta(microseconds=1)
    assert (open_seconds_between(hours, at, at + second) > 0) is is_open(hours, at)
