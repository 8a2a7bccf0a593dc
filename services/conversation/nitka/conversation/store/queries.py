"""Reading: the list, the counts, the thread. SQL in, rows out."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool

from nitka.api.conversations import Sort
from nitka.conversation.domain import Conversation
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.mapping import Recorded
from nitka.events import ConversationStatus
from nitka.events.conversation import Priority

UNREAD = SQL(
    "(coalesce(m.unread, false) OR (c.status IN ('open', 'snoozed') AND c.inbound > coalesce(m.seen, 0) "
    "AND (c.assignee IS NULL OR c.assignee = %(me)s OR c.followers @> ARRAY[%(me)s]::text[])))"
)
"""Marked so by hand, or the customer has written something new that concerns this agent."""
_SUMMARY = (
    SQL("SELECT c.*, k.kind AS contact_kind, k.value AS contact_value, k.name AS contact_name, ")
    + UNREAD
    + SQL(
        " AS unread FROM conversation c LEFT JOIN contact k ON k.id = c.contact_id "
        "LEFT JOIN read_mark m ON m.agent_id = %(me)s AND m.conversation_id = c.id "
    )
)
_ORDERS = {
    Sort.NEWEST: (SQL("c.last_message_at"), True),
    Sort.OLDEST: (SQL("c.last_message_at"), False),
    Sort.WAITING: (SQL("c.waiting_since"), False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the list shows to the agent `me`. `assignee`: an agent's id, "none" for unassigned, None for all. `q`
    is a part of a name, an address or a subject, or a conversation's number."""

    me: str
    status: ConversationStatus | None = None
    assignee: str | None = None
    labels: Sequence[str] = ()
    channels: Sequence[str] = ()
    accounts: Sequence[str] = ()
    ratings: Sequence[int] = ()
    priority: Priority | None = None
    customers: Sequence[UUID] = ()
    unread: bool = False
    followed: bool = False
    q: str | None = None

    def where(self) -> tuple[Composed | SQL, dict[str, Any]]:
        """The SQL condition and its values."""
        found: list[SQL | Composed] = [SQL("c.merged_into IS NULL")]
        if self.status is not None:
            found.append(SQL("c.status = %(status)s"))
        if self.assignee == "none":
            found.append(SQL("c.assignee IS NULL"))
        elif self.assignee is not None:
            found.append(SQL("c.assignee = %(assignee)s"))
        if self.labels:
            found.append(SQL("c.labels @> %(labels)s::text[]"))
        if self.channels:
            found.append(SQL("c.channel = ANY(%(channels)s::text[])"))
        if self.accounts:
            found.append(SQL("c.account = ANY(%(accounts)s::text[])"))
        if self.ratings:
            found.append(SQL("c.rating = ANY(%(ratings)s::int[])"))
        if self.priority is not None:
            found.append(SQL("c.priority = %(priority)s"))
        if self.customers:
            found.append(SQL("c.customer_id = ANY(%(customers)s::uuid[])"))
        if self.unread:
            found.append(UNREAD)
        if self.followed:
            found.append(SQL("c.followers @> ARRAY[%(me)s]::text[]"))
        if self.q:
            found.append(
                SQL(
                    "(k.value ILIKE %(like)s OR k.name ILIKE %(like)s OR c.subject ILIKE %(like)s "
                    "OR c.number::text = %(number)s)"
                )
            )
        pattern = (self.q or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values: dict[str, Any] = {
            "status": self.status and self.status.value,
            "assignee": self.assignee,
            "labels": list(self.labels),
            "channels": list(self.channels),
            "me": self.me,
            "accounts": list(self.accounts),
            "ratings": list(self.ratings),
            "priority": list(Priority).index(self.priority) if self.priority else None,
            "customers": list(self.customers),
            "like": f"%{pattern}%",
            "number": (self.q or "").lstrip("#"),
        }
        return SQL(" AND ").join(found), values


class BadCursor(ValueError):
    """The cursor is none that the list gave out."""


class Queries:
    """All reads of the service, on a pool of their own."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def _all(self, query: Composed | SQL, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, values)
            return await cursor.fetchall()

    async def page(
        self, wanted: Filter, sort: Sort, cursor: str | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of the list and the cursor of the next one. Raises BadCursor."""
        column, descending = _ORDERS[sort]
        where, values = wanted.where()
        if sort is Sort.WAITING:
            where = where + SQL(" AND c.waiting_since IS NOT NULL")
        if cursor is not None:
            values["after_at"], values["after_id"] = _read_cursor(cursor)
            compare = SQL("<") if descending else SQL(">")
            where = where + SQL(" AND ({}, c.id) {} (%(after_at)s, %(after_id)s)").format(column, compare)
        direction = SQL("DESC") if descending else SQL("ASC")
        query = _SUMMARY + SQL("WHERE {} ORDER BY {} {}, c.id {} LIMIT %(limit)s").format(
            where, column, direction, direction
        )
        rows = await self._all(query, {**values, "limit": limit + 1})
        if len(rows) <= limit:
            return rows, None
        name = "waiting_since" if sort is Sort.WAITING else "last_message_at"
        return rows[:limit], _cursor(rows[limit - 1][name], rows[limit - 1]["id"])

    async def summary(self, conversation_id: UUID, agent_id: str | None = None) -> dict[str, Any] | None:
        """One row of the list, as the agent sees it."""
        rows = await self._all(_SUMMARY + SQL("WHERE c.id = %(id)s"), {"id": conversation_id, "me": agent_id})
        return rows[0] if rows else None

    async def counts(self, agent_id: str) -> dict[str, int]:
        """The standard views' sizes for one agent."""
        rows = await self._all(
            SQL(
                "SELECT count(*) FILTER (WHERE status = 'open') AS open, "
                "count(*) FILTER (WHERE status = 'open' AND assignee = %(me)s) AS mine, "
                "count(*) FILTER (WHERE status = 'open' AND assignee IS NULL) AS unassigned, "
                "count(*) FILTER (WHERE followers @> ARRAY[%(me)s]::text[] AND status = 'open') AS followed, "
                "count(*) FILTER (WHERE status = 'snoozed') AS snoozed, "
                "count(*) FILTER (WHERE status = 'closed') AS closed, "
                "count(*) FILTER (WHERE status = 'archived') AS archived "
                "FROM conversation WHERE merged_into IS NULL"
            ),
            {"me": agent_id},
        )
        return rows[0]

    async def labels(self) -> list[dict[str, Any]]:
        """Labels in use."""
        return await self._all(
            SQL(
                "SELECT label AS name, count(*) AS conversations FROM conversation, unnest(labels) AS label "
                "WHERE merged_into IS NULL GROUP BY label ORDER BY label"
            ),
            {},
        )

    async def inboxes(self) -> list[dict[str, Any]]:
        """Accounts that have conversations."""
        return await self._all(
            SQL(
                "SELECT channel, account, count(*) AS conversations FROM conversation "
                "WHERE merged_into IS NULL GROUP BY channel, account ORDER BY channel, account"
            ),
            {},
        )

    async def history(self, conversation_id: UUID) -> list[Recorded]:
        """All events of a conversation, and of those that were merged into it."""
        rows = await self._all(
            SQL(
                "WITH RECURSIVE part (id) AS (SELECT %(id)s::uuid UNION "
                "SELECT c.id FROM conversation c JOIN part ON c.merged_into = part.id) "
                "SELECT e.* FROM part JOIN stored_events e ON e.originator_id = part.id "
                "ORDER BY e.notification_id"
            ),
            {"id": conversation_id},
        )
        return [
            mapping.from_stored(
                StoredEvent(row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))
            )
            for row in rows
        ]

    async def thread(self, conversation_id: UUID, before: datetime | None, limit: int) -> list[Content]:
        """The newest messages and notes before a moment, oldest first.

        Those of one moment are never parted, or the next page would miss some: mails have whole seconds.
        """
        rows = await self._all(
            SQL(
                "SELECT * FROM message WHERE conversation_id = %(id)s AND kind <> 'comment' "
                "AND (%(before)s::timestamptz IS NULL OR at < %(before)s) "
                "ORDER BY at DESC FETCH FIRST %(limit)s ROWS WITH TIES"
            ),
            {"id": conversation_id, "before": before, "limit": limit},
        )
        return [contents.read(row) for row in reversed(rows)]

    async def participants(self, conversation_id: UUID) -> list[UUID]:
        """Contact points that every answer goes to beside the customer."""
        rows = await self._all(SQL("SELECT snapshot FROM conversation WHERE id = %(id)s"), {"id": conversation_id})
        return sorted(Conversation.model_validate_json(bytes(rows[0]["snapshot"])).participants) if rows else []

    async def last_inbound(self, conversation_id: UUID) -> Content | None:
        """The newest message of the customer's side."""
        rows = await self._all(
            SQL(
                "SELECT * FROM message WHERE conversation_id = %(id)s AND kind = 'inbound' "
                "ORDER BY at DESC, sequence DESC LIMIT 1"
            ),
            {"id": conversation_id},
        )
        return contents.read(rows[0]) if rows else None

    async def contacts(self, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
        """Contact points by id."""
        rows = await self._all(SQL("SELECT * FROM contact WHERE id = ANY(%(ids)s)"), {"ids": list(ids)})
        return {row["id"]: row for row in rows}

    async def message(self, message_id: UUID) -> Content | None:
        """One content row."""
        rows = await self._all(SQL("SELECT * FROM message WHERE id = %(id)s"), {"id": message_id})
        return contents.read(rows[0]) if rows else None


def _cursor(at: datetime, conversation_id: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), str(conversation_id)]).encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        at, conversation_id = json.loads(base64.urlsafe_b64decode(text))
        return datetime.fromisoformat(at), UUID(conversation_id)
    except (ValueError, TypeError) as error:
        raise BadCursor(text) from error
