"""Figures and segments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.customer_profile.domain import Figures, Purchase, figures, next_change, segment
from nitka.events import Segment

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), Segment.ACTIVE),
        (timedelta(hours=-1), Segment.ACTIVE),
        (timedelta(days=7) - timedelta(microseconds=1), Segment.ACTIVE),
        (timedelta(days=7), Segment.LOW_RISK),
        (timedelta(days=30) - timedelta(microseconds=1), Segment.LOW_RISK),
        (timedelta(days=30), Segment.HIGH_RISK),
        (timedelta(days=4000), Segment.HIGH_RISK),
    ],
)
def test_segments_begin_at_7_and_30_days(ago: timedelta, expected: Segment) -> None:
    assert segment(NOW - ago, NOW) is expected


def test_who_never_visited_is_unknown_for_ever() -> None:
    assert segment(None, NOW) is Segment.UNKNOWN
    assert next_change(None, Segment.UNKNOWN) is None


@given(MOMENTS, MOMENTS)
def test_a_segment_lasts_until_its_next_change(visit: datetime, now: datetime) -> None:
    current = segment(visit, now)
    end = next_change(visit, current)
    if current is Segment.HIGH_RISK:
        assert end is None
    else:
        assert end is not None
        assert end > now
        assert segment(visit, end - timedelta(microseconds=1)) is current
        assert segment(visit, end) is not current


def purchase(total: str, currency: str = "PLN", days_ago: float = 0, *, cancelled: bool = False) -> Purchase:
    return Purchase(NOW - timedelta(days=days_ago), Decimal(total), currency, cancelled)


def test_no_orders_no_figures() -> None:
    assert figures([], NOW) == Figures(0, (), (), None)
    assert figures([purchase("10", cancelled=True)], NOW) == Figures(0, (), (), None)


def test_sums_and_averages_are_per_currency_the_main_one_first() -> None:
    found = figures(
        [
            purchase("100", "EUR"),
            purchase("10.00"),
            purchase("10.01"),
            purchase("0.02"),
            purchase("5", cancelled=True),
        ],
        NOW,
    )
    assert found.orders == 4
    assert found.value == ((Decimal("20.03"), "PLN"), (Decimal("100"), "EUR"))
    assert found.average == ((Decimal("6.68"), "PLN"), (Decimal("100.00"), "EUR"))


@pytest.mark.parametrize(("days", "expected"), [([0], 1.0), ([20, 1], 2.0), ([365.25, 300, 200, 100, 50, 1], 0.5)])
def test_frequency_counts_from_the_first_order_and_at_least_a_month(days: list[float], expected: float) -> None:
    assert figures([purchase("1", days_ago=d) for d in days], NOW).per_month == pytest.approx(expected)


@given(st.lists(st.tuples(st.decimals(0, 1000, places=2), st.sampled_from(["PLN", "EUR"]), st.booleans())))
def test_cancelled_orders_leave_no_trace(orders: list[tuple[Decimal, str, bool]]) -> None:
    purchases = [Purchase(NOW, total, currency, cancelled) for total, currency, cancelled in orders]
    assert figures(purchases, NOW) == figures([p for p in purchases if not p.cancelled], NOW)
