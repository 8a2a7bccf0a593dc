"""One conversation: its messages page by page, what happened to it, its people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg.sql import SQL

from nitka.conversation.domain import Conversation
from nitka.conversation.domain.events import DomainEvent
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.events import MAY_BE_LINES
from nitka.conversation.store.mapping import Recorded
from nitka.conversation.store.queries.keyset import BadCursor
from nitka.conversation.store.queries.reads import Reads

_PART = SQL(
    "WITH RECURSIVE part (id) AS (SELECT %(id)s::uuid UNION "
    "SELECT c.id FROM conversation c JOIN part ON c.merged_into = part.id) "
)
"""A conversation and those that were merged into it."""

_EVENTS = _PART + SQL(
    "SELECT e.originator_id, e.originator_version, e.topic, e.state FROM part "
    "JOIN stored_events e ON e.originator_id = part.id WHERE e.topic = ANY(%(topics)s) AND {} "
    "AND event_at(e.state) >= %(since)s AND event_at(e.state) < %(until)s ORDER BY e.notification_id"
).format(SQL(MAY_BE_LINES))
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Moment(NamedTuple):
    """A message's place in its thread. The time alone is none: mails have whole seconds."""

    at: datetime
    sequence: int
    id: UUID

    @classmethod
    def of(cls, content: Content) -> Self:
        return cls(content.at, content.sequence, content.id)

    @classmethod
    def read(cls, text: str) -> Self:
        """The moment that a page's `before` names. Raises BadCursor."""
        try:
            moment, sequence, message_id = text.split("-", 2)
            return cls(_EPOCH + int(moment) * _MICROSECOND, int(sequence), UUID(message_id))
        except (ValueError, OverflowError) as error:
            raise BadCursor(text) from error

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.sequence}-{self.id.hex}"


class Threads(Reads):
    """Reads of single conversations."""

    async def thread(self, conversation_id: UUID, before: Moment | None, limit: int) -> tuple[list[Content], bool]:
        """The newest messages and notes before a moment, oldest first, and whether there are older ones."""
        behind = SQL("(at, sequence, id) < (%(at)s, %(sequence)s, %(before)s)") if before else SQL("true")
        at, sequence, message_id = before or (None, None, None)
        rows = await self._all(
            SQL(
                "SELECT * FROM message WHERE conversation_id = %(id)s AND kind <> 'comment' AND {} "
                "ORDER BY at DESC, sequence DESC, id DESC LIMIT %(limit)s"
            ).format(behind),
            {"id": conversation_id, "at": at, "sequence": sequence, "before": message_id, "limit": limit + 1},
        )
        return [contents.read(row) for row in reversed(rows[:limit])], len(rows) > limit

    async def events(
        self,
        conversation_id: UUID,
        kinds: Collection[type[DomainEvent]],
        since: datetime | None,
        until: datetime | None,
    ) -> list[Recorded]:
        """Events of these kinds from `since` on and before `until`, of the conversation and of those that were
        merged into it. Only these are read: a long conversation has thousands."""
        rows = await self._all(
            _EVENTS,
            {
                "id": conversation_id,
                "topics": [mapping.topic(kind) for kind in kinds],
                "since": since or _BEGINNING,
                "until": until or _END,
            },
        )
        return [_recorded(row) for row in rows]

    async def absorbed(self, conversation_id: UUID) -> list[UUID]:
        """Conversations that were merged into this one, the oldest first."""
        query = _PART + SQL("SELECT id FROM part JOIN conversation USING (id) WHERE id <> %(id)s ORDER BY number")
        return [row["id"] for row in await self._all(query, {"id": conversation_id})]

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

    async def missed_reasons(self, ids: Collection[UUID]) -> dict[UUID, Mapping[str, str]]:
        """Why recipients did not get these messages, by message (see `missed_key`)."""
        if not ids:
            return {}
        rows = await self._all(
            SQL("SELECT id, missed_reasons FROM message WHERE id = ANY(%(ids)s) AND missed_reasons IS NOT NULL"),
            {"ids": list(ids)},
        )
        return {row["id"]: row["missed_reasons"] for row in rows}

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
        """What an answer answers (see `LAST_INBOUND`); None where it goes to whom the conversation began with."""
        rows = await self._all(SQL(contents.LAST_INBOUND), {"id": conversation_id})
        return contents.read(rows[0]) if rows else None

    async def third_party(self, conversation_id: UUID, answered: UUID) -> Content | None:
        """A person's message that is newer than what an answer answers: a third party's (see `LAST_INBOUND`)."""
        rows = await self._all(
            SQL(
                "SELECT * FROM message WHERE conversation_id = %(id)s AND kind = 'inbound' AND automatic IS NULL "
                "ORDER BY at DESC, sequence DESC LIMIT 1"
            ),
            {"id": conversation_id},
        )
        newest = contents.read(rows[0]) if rows else None
        return newest if newest and newest.id != answered else None

    async def contacts(self, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
        """Contact points by id."""
        rows = await self._all(
            SQL("SELECT id, kind, value, name, customer_id FROM contact WHERE id = ANY(%(ids)s)"),
            {"ids": list(ids)},
        )
        return {row["id"]: row for row in rows}

    async def comments(self, ids: Collection[UUID | None]) -> dict[UUID, str]:
        """What customers said with their ratings; erased ones are missing."""
        wanted = [i for i in ids if i is not None]
        if not wanted:
            return {}
        rows = await self._all(SQL("SELECT id, text FROM message WHERE id = ANY(%(ids)s)"), {"ids": wanted})
        return {row["id"]: row["text"] for row in rows}

    async def message(self, message_id: UUID) -> Content | None:
        """One content row."""
        rows = await self._all(SQL("SELECT * FROM message WHERE id = %(id)s"), {"id": message_id})
        return contents.read(rows[0]) if rows else None


def _recorded(row: dict[str, Any]) -> Recorded:
    return mapping.from_stored(
        StoredEvent(row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))
    )
