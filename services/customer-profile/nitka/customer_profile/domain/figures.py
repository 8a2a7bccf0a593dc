"""The figures of the customer panel and the activity segment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from nitka.events import Segment

LOW_RISK_AFTER, HIGH_RISK_AFTER = timedelta(days=7), timedelta(days=30)
MONTH = timedelta(days=365.25 / 12)
_CENT = Decimal("0.01")


def segment(last_visit: datetime | None, now: datetime) -> Segment:
    """Active: visited less than 7 days ago. Low risk: at least 7. High risk: at least 30. Unknown: never."""
    if last_visit is None:
        return Segment.UNKNOWN
    age = now - last_visit
    if age < LOW_RISK_AFTER:
        return Segment.ACTIVE
    return Segment.LOW_RISK if age < HIGH_RISK_AFTER else Segment.HIGH_RISK


def next_change(last_visit: datetime | None, current: Segment) -> datetime | None:
    """When the passing of time alone will end `current`; None when it will not."""
    after = {Segment.ACTIVE: LOW_RISK_AFTER, Segment.LOW_RISK: HIGH_RISK_AFTER}.get(current)
    return last_visit + after if last_visit and after else None


@dataclass(frozen=True, slots=True)
class Purchase:
    """What the figures need of an order."""

    placed_at: datetime
    total: Decimal
    currency: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders without cancelled ones. `value` and `average` are (amount, currency), the main currency first.

    `per_month`: orders divided by the months since the first one, at least one month; None without orders.
    """

    orders: int
    value: tuple[tuple[Decimal, str], ...]
    average: tuple[tuple[Decimal, str], ...]
    per_month: float | None


def figures(purchases: Iterable[Purchase], now: datetime) -> Figures:
    """The figures as of `now`. The main currency is the one of most orders."""
    counted = [p for p in purchases if not p.cancelled]
    if not counted:
        return Figures(0, (), (), None)
    counts = Counter(p.currency for p in counted)
    currencies = sorted(counts, key=lambda c: (-counts[c], c))
    sums = {c: sum((p.total for p in counted if p.currency == c), Decimal(0)) for c in currencies}
    months = max((now - min(p.placed_at for p in counted)) / MONTH, 1.0)
    return Figures(
        orders=len(counted),
        value=tuple((sums[c], c) for c in currencies),
        average=tuple(((sums[c] / counts[c]).quantize(_CENT, ROUND_HALF_UP), c) for c in currencies),
        per_month=len(counted) / months,
    )
