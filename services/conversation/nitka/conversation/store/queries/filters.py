"""What the list shows, as SQL conditions on `conversation c` and the caller's `read_mark r`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composed

from nitka.events import ConversationStatus
from nitka.events.conversation import Priority

MINE = SQL("LEFT JOIN read_mark r ON r.agent_id = %(me)s AND r.conversation_id = c.id ")

# The second half, which follows from the first, lets the partial index be used.
FOLLOWED = SQL("c.followers @> ARRAY[%(me)s] AND c.followers <> '{}'")

_UNSEEN = SQL(
    "c.status IN ('open', 'snoozed') AND c.inbound > coalesce(r.seen, 0) "
    "AND (c.assignee = %(me)s OR c.assignee IS NULL OR c.followers @> ARRAY[%(me)s])"
)
UNREAD = SQL("(coalesce(r.unread, false) OR ({}))").format(_UNSEEN)
"""Marked by hand, or the customer has written since, and it is the caller's, followed by them or nobody's."""

UNREAD_IDS = SQL(
    "SELECT r.conversation_id FROM read_mark r WHERE r.agent_id = %(me)s AND r.unread UNION "
    "SELECT c.id FROM conversation c {} WHERE c.merged_into IS NULL AND {}"
).format(MINE, _UNSEEN)
"""All conversations that are UNREAD. Only those with work to do are looked through, however many there are."""


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
    q: str | None = None
    found: Sequence[UUID] = ()

    def where(self) -> Composed:
        """The SQL condition; its values are `values`. `q` is not part of it."""
        return SQL(" AND ").join(
            condition
            for wanted, condition in (
                (True, SQL("c.merged_into IS NULL")),
                (self.status is not None, SQL("c.status = %(status)s")),
                (self.assignee == "none", SQL("c.assignee IS NULL")),
                (self.assignee not in (None, "none"), SQL("c.assignee = %(assignee)s")),
                (self.labels, SQL("c.labels @> %(labels)s::text[] AND c.labels <> '{}'")),
                (self.channels, SQL("c.channel = ANY(%(channels)s::text[])")),
                (self.accounts, SQL("c.account = ANY(%(accounts)s::text[])")),
                (
                    self.store is not None,
                    SQL("c.account IN (SELECT account FROM inbox_setting WHERE store = %(store)s)"),
                ),
                (self.ratings, SQL("c.rating = ANY(%(ratings)s::int2[])")),
                (self.customers, SQL("c.customer_id = ANY(%(customers)s::uuid[])")),
                (self.priority is not None, SQL("c.priority = %(priority)s")),
                (self.followed, FOLLOWED),
                (self.unread, SQL("c.id IN ({})").format(UNREAD_IDS)),
            )
            if wanted
        )

    def values(self) -> dict[str, Any]:
        """The values of `where` and MINE."""
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
