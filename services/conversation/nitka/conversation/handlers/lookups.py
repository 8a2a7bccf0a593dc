"""What a unit of work asks the database, inside its transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import dict_row

from nitka.conversation.store import content as contents
from nitka.conversation.store import drafts
from nitka.conversation.store.content import Content
from nitka.conversation.store.personal import MARK_UNREAD
from nitka.events import ContactPoint


class Sent(NamedTuple):
    """What reports on a message of ours have to know: where it is, which agent wrote it, if anybody did, and
    everybody whom it went to."""

    id: UUID
    conversation_id: UUID
    agent_id: str | None = None
    recipients: Sequence[ContactPoint] = ()


class Lookups:
    """Reads (and some writes beside the history) on the cursor of one transaction."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        self._cursor = cursor

    @property
    def cursor(self) -> Cursor[Any]:
        """The transaction itself."""
        return self._cursor

    def unprocessed(self, event_ids: Collection[UUID]) -> set[UUID]:
        """Those of the ids whose effect is not stored yet. A message is its own proof, however old."""
        ids = list(event_ids)
        self._cursor.execute(
            "SELECT event_id FROM processed WHERE event_id = ANY(%s) "
            "UNION ALL SELECT id FROM message WHERE id = ANY(%s)",
            (ids, ids),
        )
        return set(event_ids) - {row[0] for row in self._cursor.fetchall()}

    def customers_of(self, contact_ids: Collection[UUID]) -> dict[UUID, UUID]:
        """Contact → customer, where the customer is known."""
        self._cursor.execute(
            "SELECT id, customer_id FROM contact WHERE id = ANY(%s) AND customer_id IS NOT NULL",
            (list(contact_ids),),
        )
        return dict(self._cursor.fetchall())

    def by_numbers(self, numbers: Collection[int]) -> dict[int, UUID]:
        self._cursor.execute("SELECT number, id FROM conversation WHERE number = ANY(%s)", (list(numbers),))
        return dict(self._cursor.fetchall())

    def outbound(self, message_id: UUID) -> Sent | None:
        """A message by its id; None where there is no such message."""
        self._cursor.execute(
            "SELECT id, conversation_id, agent_id, recipients, cc, bcc FROM message WHERE id = %s", (message_id,)
        )
        row = self._cursor.fetchone()
        return _sent(*row) if row else None

    def outbound_by_external(self, account: str, external_ids: Collection[str]) -> dict[str, Sent]:
        """Our own messages by the id that the channel knows."""
        self._cursor.execute(
            "SELECT external_id, id, conversation_id, agent_id, recipients, cc, bcc FROM message "
            "WHERE account = %s AND external_id = ANY(%s) AND kind = 'outbound'",
            (account, list(external_ids)),
        )
        return {external: _sent(*row) for external, *row in self._cursor.fetchall()}

    def numbers(self, count: int) -> list[int]:
        """Fresh conversation numbers."""
        self._cursor.execute("SELECT nextval('conversation_number') FROM generate_series(1, %s)", (count,))
        return [row[0] for row in self._cursor.fetchall()]

    def last_inbound(self, conversation_id: UUID) -> Content | None:
        """What an answer answers (see `LAST_INBOUND`); None where it goes to whom the conversation began with."""
        return self._message(contents.LAST_INBOUND, {"id": conversation_id})

    def third_parties(self, conversation_id: UUID) -> dict[str, UUID]:
        """Contact ids, by contact key, of those whom our agents brought in."""
        self._cursor.execute(
            "SELECT key, contact_id FROM third_party WHERE conversation_id = %s", (conversation_id,)
        )
        return dict(self._cursor.fetchall())

    def last_by(self, conversation_id: UUID, writers: Collection[UUID]) -> Content | None:
        """The newest message that one of these contacts wrote."""
        return self._message(contents.LAST_BY, {"id": conversation_id, "writers": list(writers)})

    def wrote_since(self, conversation_id: UUID, since: datetime) -> set[UUID]:
        """Contact ids of the persons who have written since then."""
        self._cursor.execute(
            "SELECT contact_id FROM message WHERE conversation_id = %s AND kind = 'inbound' AND at >= %s "
            "AND automatic IS NULL AND contact_id IS NOT NULL",
            (conversation_id, since),
        )
        return {row[0] for row in self._cursor.fetchall()}

    def last_outbound(self, conversation_id: UUID) -> Content | None:
        """Our newest message that is not held; a machine's only where there is no other."""
        return self._message(
            "SELECT * FROM message WHERE conversation_id = %(id)s AND kind = 'outbound' AND send_at IS NULL "
            "ORDER BY automatic IS NOT NULL, at DESC, sequence DESC LIMIT 1",
            {"id": conversation_id},
        )

    def _message(self, query: LiteralString, values: dict[str, Any]) -> Content | None:
        with self._cursor.connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query, values).fetchone()
        return contents.read(row) if row else None

    def stored_contents(self, ids: Sequence[UUID]) -> dict[UUID, Content]:
        """Messages by id, as they are stored."""
        if not ids:
            return {}
        with self._cursor.connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute("SELECT * FROM message WHERE id = ANY(%s)", (list(ids),))
            return {row["id"]: contents.read(row) for row in cursor.fetchall()}

    def due(self, now: datetime) -> tuple[bool, bool, bool]:
        """Whether any answer's hold, any question for a rating, any snooze has ended by `now`."""
        self._cursor.execute(
            "SELECT EXISTS (SELECT FROM conversation WHERE send_at <= %(now)s), "
            "EXISTS (SELECT FROM rating_due WHERE at <= %(now)s), "
            "EXISTS (SELECT FROM conversation WHERE snoozed_until <= %(now)s)",
            {"now": now},
        )
        found: tuple[bool, bool, bool] = self._cursor.fetchall()[0]
        return found

    def held_until(self, now: datetime, limit: int) -> list[UUID]:
        """Conversations with an answer whose hold has ended by `now`."""
        self._cursor.execute(
            "SELECT id FROM conversation WHERE send_at <= %s ORDER BY send_at LIMIT %s", (now, limit)
        )
        return [row[0] for row in self._cursor.fetchall()]

    def ask_later(self, conversation_id: UUID, closing: int, at: datetime) -> None:
        """Ask for a rating of this closing at a time; of an earlier one no more."""
        self._cursor.execute(
            "INSERT INTO rating_due VALUES (%s, %s, %s) "
            "ON CONFLICT (conversation_id) DO UPDATE SET closing = excluded.closing, at = excluded.at",
            (conversation_id, closing, at),
        )

    def take_questions(self, now: datetime, limit: int) -> list[tuple[UUID, int]]:
        """Conversations and closings that customers are to be asked about by `now`; each is given once."""
        self._cursor.execute(
            "DELETE FROM rating_due WHERE conversation_id IN "
            "(SELECT conversation_id FROM rating_due WHERE at <= %s ORDER BY at LIMIT %s) "
            "RETURNING conversation_id, closing",
            (now, limit),
        )
        return self._cursor.fetchall()

    def contact(self, contact_id: UUID) -> ContactPoint | None:
        self._cursor.execute("SELECT kind, value, name FROM contact WHERE id = %s", (contact_id,))
        row = self._cursor.fetchone()
        return ContactPoint(kind=row[0], value=row[1], name=row[2]) if row else None

    def give_contacts(self, points: Sequence[ContactPoint], customer_id: UUID) -> list[UUID]:
        """Note the customer behind these contact points, also where nobody has written from them yet: the first
        message will be a known customer's. Returns the ids of those that are new or changed."""
        self._cursor.execute(
            "INSERT INTO contact (id, kind, value, name, customer_id) "
            "SELECT gen_random_uuid(), kind, value, name, %s "
            "FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (kind, value, name) "
            "ON CONFLICT (kind, value) DO UPDATE SET customer_id = excluded.customer_id "
            "WHERE contact.customer_id IS DISTINCT FROM excluded.customer_id RETURNING id",
            (customer_id, *([getattr(p, name) for p in _each(points)] for name in ("kind", "value", "name"))),
        )
        return [row[0] for row in self._cursor.fetchall()]

    def move_contacts(self, source: UUID, target: UUID) -> list[UUID]:
        """Two customers became one; returns the ids of the contact points that changed hands."""
        self._cursor.execute(
            "UPDATE contact SET customer_id = %s WHERE customer_id = %s RETURNING id", (target, source)
        )
        return [row[0] for row in self._cursor.fetchall()]

    def mark_unread(self, agent_ids: Collection[str], conversation_id: UUID) -> None:
        """These agents have to look at it, whose ever it is."""
        self._cursor.executemany(MARK_UNREAD, [(agent_id, conversation_id) for agent_id in agent_ids])

    def restore_draft(self, content: Content, key: str, now: datetime) -> None:
        """Make a message its author's draft again; what they have begun to write meanwhile goes on below it."""
        body, author = drafts.of_content(content), content.agent_id or ""
        drafts.put(self._cursor, author, key, drafts.joined(body, drafts.get(self._cursor, author, key)), now)

    def finish_draft(self, content: Content, key: str) -> None:
        """A message is what became of its author's draft if it begins with its text or, where there is none, has
        its files. A draft that says something else by now stays."""
        self._cursor.execute(
            "DELETE FROM draft WHERE agent_id = %s AND key = %s "
            "AND CASE WHEN rtrim(body ->> 'text', E' \\n') <> '' "
            "THEN starts_with(%s, rtrim(body ->> 'text', E' \\n')) "
            "ELSE body -> 'attachments' <> '[]' AND NOT EXISTS (SELECT FROM jsonb_array_elements"
            "(body -> 'attachments') AS file WHERE file ->> 'blob' <> ALL(%s)) END",
            (content.agent_id, key, content.text, [file.blob for file in content.attachments]),
        )

    def move_drafts(self, source: UUID, target: UUID, now: datetime) -> None:
        """Drafts in a merged conversation go on in the other one, below what their agent has begun there."""
        self._cursor.execute(
            "DELETE FROM draft WHERE starts_with(key, %(source)s) "
            "RETURNING agent_id, replace(key, %(source)s, %(target)s), body",
            {"source": str(source), "target": str(target)},
        )
        for agent_id, key, body in self._cursor.fetchall():
            begun = drafts.get(self._cursor, agent_id, key)
            drafts.put(self._cursor, agent_id, key, drafts.joined(begun, body), now)

    def conversations_with(self, contact_ids: Sequence[UUID]) -> list[UUID]:
        """Conversations whose customer's side is one of these contact points."""
        self._cursor.execute("SELECT id FROM conversation WHERE contact_id = ANY(%s)", (list(contact_ids),))
        return [row[0] for row in self._cursor.fetchall()]

    def snoozed_until(self, now: datetime, limit: int) -> list[UUID]:
        """Conversations whose snooze has ended by `now`."""
        self._cursor.execute(
            "SELECT id FROM conversation WHERE snoozed_until <= %s ORDER BY snoozed_until LIMIT %s", (now, limit)
        )
        return [row[0] for row in self._cursor.fetchall()]

    def labelled(self, name: str, limit: int) -> list[UUID]:
        """Some conversations that have a label."""
        self._cursor.execute(
            "SELECT id FROM conversation WHERE labels @> ARRAY[%s]::text[] AND merged_into IS NULL LIMIT %s",
            (name, limit),
        )
        return [row[0] for row in self._cursor.fetchall()]


def _sent(message_id: UUID, conversation_id: UUID, agent_id: str | None, *lists: list[Any] | None) -> Sent:
    points = [ContactPoint.model_validate(p) for found in lists for p in found or ()]
    return Sent(message_id, conversation_id, agent_id, _each(points))


def _each(points: Sequence[ContactPoint]) -> list[ContactPoint]:
    """Every contact point once."""
    return list({point.key: point for point in points}.values())
