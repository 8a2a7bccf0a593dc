"""HTTP models of the reporting service."""

from __future__ import annotations

from datetime import date, datetime

from nitka.api.conversations import View


class Cards(View):
    """The six cards (K1) of a range of days, both ends included, in the time zone `zone`.

    `new_threads`: conversations that customers opened (a machine's are left out). `messages`: customers' and
    agents' messages. `new_users`: contact points that wrote for the first time ever. `labelled_threads`: of the
    new threads, those that have at least one label now. `average_rating`: mean of the ratings given in the
    range, None without any. `ratings`: how many.
    """

    since: date
    until: date
    zone: str
    new_threads: int
    messages: int
    new_users: int
    labelled_threads: int
    average_rating: float | None
    ratings: int
    as_of: datetime


class Day(View):
    """One day of the chart: a thread counts on the day it was created."""

    day: date
    new_threads: int
    messages: int


class Series(View):
    zone: str
    days: tuple[Day, ...]
