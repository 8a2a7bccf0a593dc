"""The list: its rows, page by page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.sql import SQL

from nitka.api.conversations import Sort
from nitka.conversation.store.queries.filters import ALL, MINE, UNREAD, Filter
from nitka.conversation.store.queries.keyset import ORDERS, Order, Place, cursor_of, place
from nitka.conversation.store.queries.search import (
    COMMON,
    ENOUGH,
    LONG_WALK,
    SHORT_WALK,
    Search,
    Searches,
)

Rows = list[dict[str, Any]]

# Not the snapshot, which is as large as all the rest.
_SUMMARY = (
    SQL(
        "SELECT c.id, c.number, c.channel, c.account, c.status, c.contact_id, c.customer_id, c.assignee, "
        "c.labels, c.subject, c.preview, c.message_count, c.attachment_count, c.opened_at, c.last_message_at, "
        "c.waiting_since, c.snoozed_until, c.rating, c.automatic, c.merged_into, c.version, c.followers, "
        "c.mentioned, c.priority, c.queue, c.undelivered, {} AS unread, coalesce(r.seen, 0) AS seen, "
        "k.kind AS contact_kind, k.value AS contact_value, k.name AS contact_name "
        "FROM conversation c LEFT JOIN contact k ON k.id = c.contact_id "
    ).format(UNREAD)
    + MINE
)


class Lists(Searches):
    """Pages of the list and single rows of it."""

    async def page(self, wanted: Filter, sort: Sort, cursor: str | None, limit: int) -> tuple[Rows, str | None]:
        """A page of the list and the cursor of the next one. Raises BadCursor, TooWide.

        A page of a search may be short, or even empty, and have a next one nevertheless.
        """
        order = ORDERS[sort]
        after = place(cursor) if cursor is not None else None
        if search := Search.of(wanted.q, wanted.found):
            return await self._found(search, wanted, order, after, limit)
        return await self._listed(wanted, order, after, limit)

    async def summary(self, conversation_id: UUID, agent_id: str | None = None) -> dict[str, Any] | None:
        """One row of the list, as the agent sees it."""
        rows = await self._all(_SUMMARY + SQL("WHERE c.id = %(id)s"), {"id": conversation_id, "me": agent_id})
        return rows[0] if rows else None

    async def _listed(
        self, wanted: Filter, order: Order, after: Place | None, limit: int, ids: list[UUID] | None = None
    ) -> tuple[Rows, str | None]:
        """A page of what fits the filter, of these ids only if any are given."""
        among = ALL if ids is None else SQL("c.id = ANY(%(ids)s::uuid[])")
        # First which rows, then what they show: no join before the limit.
        query = _SUMMARY + SQL("WHERE c.id IN (SELECT id FROM ({}) found) ORDER BY {}").format(
            wanted.rows(SQL("c.id"), order, after, among), order.by
        )
        rows = await self._all(query, {**wanted.values(), **(after or {}), "ids": ids, "rows": limit + 1})
        if len(rows) <= limit:
            return rows, None
        return rows[:limit], cursor_of(order.behind(rows[limit - 1][order.name], rows[limit - 1]["id"]))

    async def _found(
        self, search: Search, wanted: Filter, order: Order, after: Place | None, limit: int
    ) -> tuple[Rows, str | None]:
        if search.is_exact and (ids := await self._candidates(search)) is not None:
            return await self._listed(wanted, order, after, limit, ids)
        hits, end = await self._walk(search, wanted, order, after, limit, SHORT_WALK)
        walked = COMMON <= len(hits) < limit and end is not None
        if walked:
            more, end = await self._walk(search, wanted, order, end, limit - len(hits), LONG_WALK)
            hits += more
        if len(hits) < min(ENOUGH, limit) and end is not None:
            ids = await self._candidates(search)
            if ids is not None:
                return await self._listed(wanted, order, after, limit, ids)
            if not walked:
                more, end = await self._walk(search, wanted, order, end, limit - len(hits), LONG_WALK)
                hits += more
        places = {hit.id: n for n, hit in enumerate(hits)}
        rows = await self._all(_SUMMARY + SQL("WHERE c.id = ANY(%(ids)s)"), {"me": wanted.me, "ids": list(places)})
        rows.sort(key=lambda row: places[row["id"]])
        return rows, cursor_of(end) if end is not None else None
