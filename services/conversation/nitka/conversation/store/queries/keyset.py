"""Orders of the list and the cursors that go on where a page has ended."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composed

from nitka.api.conversations import Sort

Place = dict[str, Any]
"""Where a page has ended: the values of `Order.where`."""


class BadCursor(ValueError):
    """The cursor is none that was given out."""


@dataclass(frozen=True, slots=True)
class Order:
    """By a time and, where that is equal, by id; rows without that time are not in the list."""

    column: SQL
    name: str
    descending: bool

    @property
    def by(self) -> Composed:
        """What follows ORDER BY."""
        return self.of(self.column, SQL("c.id"))

    def of(self, time: SQL, key: SQL) -> Composed:
        """The same order of a subquery's columns."""
        direction = SQL("DESC") if self.descending else SQL("ASC")
        return SQL("{} {}, {} {}").format(time, direction, key, direction)

    def where(self, after: Place | None) -> Composed:
        """The condition of rows that have a place in this order, behind `after` if that is given."""
        there = SQL("{} IS NOT NULL").format(self.column)
        if after is None:
            return there
        compare = SQL("<") if self.descending else SQL(">")
        behind = SQL("({}, c.id) {} (%(after_at)s, %(after_id)s)").format(self.column, compare)
        return SQL("{} AND {}").format(there, behind)

    @staticmethod
    def behind(at: datetime, conversation_id: UUID) -> Place:
        """The values of `where` for what comes behind a row."""
        return {"after_at": at, "after_id": conversation_id}


ORDERS = {
    Sort.NEWEST: Order(SQL("c.last_message_at"), "last_message_at", True),
    Sort.OLDEST: Order(SQL("c.last_message_at"), "last_message_at", False),
    Sort.WAITING: Order(SQL("c.waiting_since"), "waiting_since", False),
}


def place(cursor: str) -> Place:
    """The place that a cursor stands for. Raises BadCursor."""
    try:
        at, conversation_id = json.loads(base64.urlsafe_b64decode(cursor))
        return Order.behind(datetime.fromisoformat(at), UUID(conversation_id))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor(cursor) from error


def cursor_of(after: Place) -> str:
    """The cursor of a place."""
    found = [after["after_at"].isoformat(), str(after["after_id"])]
    return base64.urlsafe_b64encode(json.dumps(found).encode()).decode()
