"""One conversation: its messages page by page, what happened to it, its people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg.sql import SQL

from nitka.conversation.domain import Conversation
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.mapping import Recorded
from nitka.conversation.store.queries.reads import Reads

_PART = SQL(
    "WITH RECURSIVE part (id) AS (SELECT %(id)s::uuid UNION "
    "SELECT c.id FROM conversation c JOIN part ON c.merged_into = part.id) "
)
"""A conversation and those that were merged into it."""


class Threads(Reads):
    """Reads of single conversations."""

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

    async def history(self, conversation_id: UUID) -> list[Recorded]:
        """All events of a conversation, and of those that were merged into it."""
        rows = await self._all(
            _PART
            + SQL(
                "SELECT e.* FROM part JOIN stored_events e ON e.originator_id = part.id ORDER BY e.notification_id"
            ),
            {"id": conversation_id},
        )
        return [_recorded(row) for row in rows]

    async def state(self, conversation_id: UUID) -> Conversation | None:
        """The aggregate's state."""
        rows = await self._all(SQL("SELECT snapshot FROM conversation WHERE id = %(id)s"), {"id": conversation_id})
        return Conversation.model_validate_json(bytes(rows[0]["snapshot"])) if rows else None

    async def participants(self, conversation_id: UUID) -> list[UUID]:
        """Contact points that every answer goes to beside the customer."""
        rows = await self._all(
            SQL(
                "SELECT value::uuid AS id FROM conversation, "
                "json_array_elements_text(convert_from(snapshot, 'UTF8')::json -> 'participants') "
                "WHERE conversation.id = %(id)s ORDER BY 1"
            ),
            {"id": conversation_id},
        )
        return [row["id"] for row in rows]

    async def undelivered(self, conversation_id: UUID) -> dict[UUID, list[str]]:
        """Addresses that a message of ours did not reach though it reached others, by message."""
        rows = await self._all(
            SQL(
                "SELECT refused.key::uuid AS id, array_agg(contact.value ORDER BY contact.value) AS addresses "
                "FROM conversation, json_each(convert_from(snapshot, 'UTF8')::json -> 'refused') refused, "
                "json_array_elements_text(refused.value) AS missed (id) "
                "JOIN contact ON contact.id = missed.id::uuid WHERE conversation.id = %(id)s GROUP BY 1"
            ),
            {"id": conversation_id},
        )
        return {row["id"]: row["addresses"] for row in rows}

    async def accounts(self) -> list[str]:
        """The addresses of our inboxes."""
        return [row["account"] for row in await self._all(SQL("SELECT account FROM inbox_setting"), {})]

    async def notes(self, customer_id: UUID, limit: int) -> list[dict[str, Any]]:
        """The newest notes in all conversations of a customer."""
        return await self._all(
            SQL(
                "SELECT m.id, c.id AS conversation_id, c.number, m.at, m.agent_id, m.text "
                "FROM conversation c JOIN message m ON m.conversation_id = c.id AND m.kind = 'note' "
                "WHERE c.customer_id = %(customer)s ORDER BY m.at DESC LIMIT %(limit)s"
            ),
            {"customer": customer_id, "limit": limit},
        )

    async def last_inbound(self, conversation_id: UUID) -> Content | None:
        """The newest message of the customer's side; one that a machine wrote only where there is no other."""
        rows = await self._all(
            SQL(
                "SELECT * FROM message WHERE conversation_id = %(id)s AND kind = 'inbound' "
                "ORDER BY automatic IS NOT NULL, at DESC, sequence DESC LIMIT 1"
            ),
            {"id": conversation_id},
        )
        return contents.read(rows[0]) if rows else None

    async def contacts(self, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
        """Contact points by id."""
        rows = await self._all(
            SQL("SELECT id, kind, value, name, customer_id FROM contact WHERE id = ANY(%(ids)s)"),
            {"ids": list(ids)},
        )
        return {row["id"]: row for row in rows}

    async def message(self, message_id: UUID) -> Content | None:
        """One content row."""
        rows = await self._all(SQL("SELECT * FROM message WHERE id = %(id)s"), {"id": message_id})
        return contents.read(rows[0]) if rows else None


def _recorded(row: dict[str, Any]) -> Recorded:
    return mapping.from_stored(
        StoredEvent(row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))
    )
