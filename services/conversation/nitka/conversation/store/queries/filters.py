"""What the list shows, as SQL conditions on `conversation c` and the caller's `read_mark r`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composed

from nitka.conversation.store.queries.keyset import Order, Place
from nitka.conversation.store.queries.reads import Condition
from nitka.events import ConversationStatus
from nitka.events.conversation import Priority

ALL = SQL("true")
MINE = SQL("LEFT JOIN read_mark r ON r.agent_id = %(me)s AND r.conversation_id = c.id ")

# The first half of each tells the planner that most conversations have nobody there, where none has been counted.
FOLLOWED = SQL("c.followers <> '{}' AND c.followers @> ARRAY[%(me)s]")
MENTIONED = SQL("c.mentioned <> '{}' AND c.mentioned @> ARRAY[%(me)s]")
_OF_STORE = SQL("SELECT account FROM inbox_setting WHERE body ->> 'store' = %(store)s")
_MARKED = SQL("coalesce(r.unread, false)")
_UNSEEN = SQL(
    "c.status IN ('open', 'snoozed') AND c.inbound > coalesce(r.seen, 0) "
    "AND (c.assignee = %(me)s OR c.assignee IS NULL OR {})"
).format(FOLLOWED)
UNREAD = SQL("({} OR ({}))").format(_MARKED, _UNSEEN)
"""Marked by hand, or the customer has written since or an answer has not arrived, and it is the caller's, followed
by them or nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the list shows to the agent `me`. `assignee`: an agent's id, "none" for unassigned, None for all.

    Conversations have all of the `labels`, and one of the `channels`, `accounts`, `ratings`, `customers`.
    `q` searches; `found` are customers whom another service has found for it.
    """

    me: str
    status: ConversationStatus | None = None
    assignee: str | None = None
    labels: Sequence[str] = ()
    channels: Sequence[str] = ()
    accounts: Sequence[str] = ()
    store: str | None = None
    ratings: Sequence[int] = ()
    customers: Sequence[UUID] = ()
    priority: Priority | None = None
    unread: bool = False
    followed: bool = False
    mentioned: bool = False
    undelivered: bool = False
    q: str | None = None
    found: Sequence[UUID] = ()

    def branches(self) -> list[Composed]:
        """SQL conditions without a row in common, each of which an index answers; their values are `values`.

        `q` is not part of them.
        """
        where = SQL(" AND ").join(
            condition
            for wanted, condition in (
                (True, SQL("c.merged_into IS NULL")),
                # A first mail that was taken back leaves a number and nothing to read.
                (True, SQL("NOT (c.message_count = 0 AND c.status = 'archived')")),
                (self.status is not None, SQL("c.status = %(status)s")),
                (self.assignee == "none", SQL("c.assignee IS NULL")),
                (self.assignee not in (None, "none"), SQL("c.assignee = %(assignee)s")),
                (self.labels, SQL("c.labels @> %(labels)s::text[]")),
                (self.channels, SQL("c.channel = ANY(%(channels)s::text[])")),
                (self.accounts, SQL("c.account = ANY(%(accounts)s::text[])")),
                (self.store is not None, SQL("c.account = ANY(ARRAY({}))").format(_OF_STORE)),
                (self.ratings, SQL("c.rating = ANY(%(ratings)s::int2[])")),
                (self.customers, SQL("c.customer_id = ANY(%(customers)s::uuid[])")),
                (self.priority is not None, SQL("c.priority = %(priority)s")),
                (self.followed, FOLLOWED),
                (self.mentioned, MENTIONED),
                (self.undelivered, SQL("c.undelivered")),
            )
            if wanted
        )
        if not self.unread:
            return [where]
        # Marked ones are few; the others are among those with work to do, however many there are beside them.
        return [
            SQL("{} AND r.unread").format(where),
            SQL("{} AND {} AND NOT {}").format(where, _UNSEEN, _MARKED),
        ]

    def rows(self, columns: Condition, order: Order, after: Place | None, among: Condition = ALL) -> Composed:
        """The first %(rows)s of these columns and the order's time, `at`, in order, behind `after`."""
        part = SQL(
            "(SELECT {}, {} AS at FROM conversation c {} WHERE {} AND {} AND {} ORDER BY {} LIMIT %(rows)s)"
        )
        parts = SQL(" UNION ALL ").join(
            part.format(columns, order.column, MINE, branch, order.where(after), among, order.by)
            for branch in self.branches()
        )
        return SQL("SELECT * FROM ({}) w ORDER BY {} LIMIT %(rows)s").format(
            parts, order.of(SQL("w.at"), SQL("w.id"))
        )

    def values(self) -> dict[str, Any]:
        """The values of `branches` and MINE."""
        return {
            "me": self.me,
            "status": self.status and self.status.value,
            "assignee": self.assignee,
            "labels": list(self.labels),
            "channels": list(self.channels),
            "accounts": list(self.accounts),
            "store": self.store,
            "ratings": list(self.ratings),
            "customers": list(self.customers),
            "priority": None if self.priority is None else list(Priority).index(self.priority),
        }
