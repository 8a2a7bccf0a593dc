"""How many: the sizes of views, labels and inboxes. Nothing is counted beyond CAP."""

from __future__ import annotations

from typing import Any

from psycopg.sql import SQL, Identifier, Literal

from nitka.conversation.store.queries.filters import FOLLOWED, MINE, Filter
from nitka.conversation.store.queries.reads import Reads

CAP = 10_000

_VIEWS = {
    "open": SQL("c.status = 'open'"),
    "mine": SQL("c.status = 'open' AND c.assignee = %(me)s"),
    "unassigned": SQL("c.status = 'open' AND c.assignee IS NULL"),
    "followed": SQL("c.status = 'open' AND {}").format(FOLLOWED),
    "snoozed": SQL("c.status = 'snoozed'"),
    "closed": SQL("c.status = 'closed'"),
    "archived": SQL("c.status = 'archived'"),
}
_CONVERSATIONS = SQL("SELECT FROM conversation c {} WHERE {}")


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
        wanted = {
            name: [SQL("c.merged_into IS NULL AND {}").format(condition)] for name, condition in _VIEWS.items()
        }
        unread = Filter(me=agent_id, unread=True)
        found = {
            name: SQL(" UNION ALL ").join(_CONVERSATIONS.format(MINE, branch) for branch in branches)
            for name, branches in (wanted | {"unread": unread.branches()}).items()
        }
        figures = SQL(", ").join(
            SQL("(SELECT count(*) FROM ({} LIMIT {}) found) AS {}").format(query, Literal(CAP), Identifier(name))
            for name, query in found.items()
        )
        rows = await self._all(SQL("SELECT {}").format(figures), unread.values())
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
