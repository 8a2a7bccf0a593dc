"""What belongs to one agent: preferences and saved views."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from nitka.api.personal import Preferences, SavedView, SaveView
from nitka.gateway.domain import VIEWS_MAX, Agent, may_change_shared

_VIEW = "id, name, search, shared, owner"


class TooManyViews(Exception):
    """The agent has `VIEWS_MAX` views already."""


class NotTheirs(Exception):
    """A shared view that this agent may use but not change."""


class Personal:
    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def preferences(self, agent_id: str) -> Preferences:
        """What the agent has chosen; the defaults for the rest."""
        async with self._pool.connection() as c:
            rows = await c.execute("SELECT chosen FROM preference WHERE agent_id = %s", (agent_id,))
            row = await rows.fetchone()
        return Preferences.model_validate(row[0]) if row else Preferences()

    async def prefer(self, agent_id: str, preferences: Preferences) -> None:
        async with self._pool.connection() as c:
            await c.execute(
                """INSERT INTO preference (agent_id, chosen) VALUES (%s, %s)
                ON CONFLICT (agent_id) DO UPDATE SET chosen = excluded.chosen""",
                (agent_id, Jsonb(preferences.model_dump(mode="json"))),
            )

    async def views(self, agent_id: str) -> list[SavedView]:
        """The agent's own views and the shared ones, by name."""
        async with self._pool.connection() as c:
            query = f"SELECT {_VIEW} FROM saved_view WHERE owner = %s OR shared ORDER BY lower(name), id"  # noqa: S608 - constant
            rows = await (await c.execute(query, (agent_id,))).fetchall()
        return [_view(row) for row in rows]

    async def add_view(self, id: UUID, agent_id: str, view: SaveView) -> SavedView:
        """Raises TooManyViews."""
        async with self._pool.connection() as c:
            query = f"""
                INSERT INTO saved_view (id, name, search, shared, owner)
                SELECT %(id)s, %(name)s, %(search)s, %(shared)s, %(owner)s
                WHERE (SELECT count(*) FROM saved_view WHERE owner = %(owner)s) < {VIEWS_MAX}
                RETURNING {_VIEW}"""  # noqa: S608 - constants
            values = {"id": id, "owner": agent_id, **view.model_dump()}
            row = await (await c.execute(query, values)).fetchone()
        if row is None:
            raise TooManyViews
        return _view(row)

    async def change_view(self, id: UUID, agent: Agent, view: SaveView) -> tuple[SavedView, SavedView]:
        """The view before and after. Raises LookupError for one that the agent does not see, NotTheirs."""
        async with self._pool.connection() as c:
            before = await _theirs(c, id, agent)
            query = f"""
                UPDATE saved_view SET name = %(name)s, search = %(search)s, shared = %(shared)s
                WHERE id = %(id)s RETURNING {_VIEW}"""  # noqa: S608 - constants
            row = await (await c.execute(query, {"id": id, **view.model_dump()})).fetchone()
        assert row is not None
        return before, _view(row)

    async def delete_view(self, id: UUID, agent: Agent) -> SavedView:
        """The view that was there. Raises LookupError for one that the agent does not see, NotTheirs."""
        async with self._pool.connection() as c:
            before = await _theirs(c, id, agent)
            await c.execute("DELETE FROM saved_view WHERE id = %s", (id,))
        return before


async def _theirs(c: psycopg.AsyncConnection, id: UUID, agent: Agent) -> SavedView:
    query = f"SELECT {_VIEW} FROM saved_view WHERE id = %s AND (owner = %s OR shared) FOR UPDATE"  # noqa: S608 - constant
    row = await (await c.execute(query, (id, agent.id))).fetchone()
    if row is None:
        raise LookupError
    found = _view(row)
    if found.owner != agent.id and not may_change_shared(agent.role):
        raise NotTheirs
    return found


def _view(row: tuple[Any, ...]) -> SavedView:
    return SavedView(id=row[0], name=row[1], search=row[2], shared=row[3], owner=row[4])
