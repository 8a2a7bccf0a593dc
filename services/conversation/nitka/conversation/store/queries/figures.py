"""How many: the sizes of views, labels and inboxes. Nothing is counted beyond CAP."""

from __future__ import annotations

from typing import Any

from psycopg.sql import SQL, Identifier, Literal

from nitka.conversation.store.queries.filters import MINE, UNREAD
from nitka.conversation.store.queries.reads import Reads

CAP = 10_000

_VIEWS = {
    "open": SQL("c.status = 'open'"),
    "mine": SQL("c.status = 'open' AND c.assignee = %(me)s"),
    "unassigned": SQL("c.status = 'open' AND c.assignee IS NULL"),
    "followed": SQL("c.status = 'open' AND c.followers @> ARRAY[%(me)s]"),
    "snoozed": SQL("c.status = 'snoozed'"),
    "closed": SQL("c.status = 'closed'"),
    "archived": SQL("c.status = 'archived'"),
}
_UNREAD = SQL(
    "SELECT c.id FROM read_mark r JOIN conversation c ON c.id = r.conversation_id "
    "WHERE r.agent_id = %(me)s AND r.unread AND c.merged_into IS NULL UNION "
    "SELECT c.id FROM conversation c {} WHERE c.merged_into IS NULL AND c.status IN ('open', 'snoozed') AND {}"
).format(MINE, UNREAD)
# From one account to the next by the index: never a look at all rows.
_INBOXES = SQL(
    "WITH RECURSIVE inbox (account) AS ("
    "(SELECT min(account) FROM conversation WHERE merged_into IS NULL) UNION ALL "
    "SELECT (SELECT min(account) FROM conversation WHERE merged_into IS NULL AND account > inbox.account) "
    "FROM inbox WHERE inbox.account IS NOT NULL) "
    "SELECT (SELECT channel FROM conversation c WHERE c.account = inbox.account AND c.merged_into IS NULL "
    "LIMIT 1) AS channel, account, "
    "(SELECT count(*) FROM (SELECT FROM conversation c WHERE c.account = inbox.account AND c.status = 'open' "
    "AND c.merged_into IS NULL LIMIT {}) found) AS conversations "
    "FROM inbox WHERE account IS NOT NULL ORDER BY channel, account"
).format(Literal(CAP))


class Figures(Reads):
    """Counts for the sidebar."""

    async def counts(self, agent_id: str) -> dict[str, int]:
        """The standard views' sizes for one agent; CAP means that many or more."""
        found = {
            name: SQL("SELECT FROM conversation c WHERE c.merged_into IS NULL AND {}").format(condition)
            for name, condition in _VIEWS.items()
        } | {"unread": _UNREAD}
        figures = SQL(", ").join(
            SQL("(SELECT count(*) FROM ({} LIMIT {}) found) AS {}").format(query, Literal(CAP), Identifier(name))
            for name, query in found.items()
        )
        rows = await self._all(SQL("SELECT {}").format(figures), {"me": agent_id})
        return rows[0]

    async def labels(self) -> list[dict[str, Any]]:
        """Labels of open and snoozed conversations: what there is to do, not all that ever was."""
        return await self._all(
            SQL(
                "SELECT label AS name, count(*) AS conversations FROM conversation, unnest(labels) AS label "
                "WHERE merged_into IS NULL AND status IN ('open', 'snoozed') GROUP BY label ORDER BY label"
            ),
            {},
        )

    async def inboxes(self) -> list[dict[str, Any]]:
        """Accounts that have conversations, and how many of those are open."""
        return await self._all(_INBOXES, {})
