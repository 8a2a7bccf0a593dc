"""One unit of work: read what is needed, collect what changes, write all of it in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor

from nitka.conversation import projections
from nitka.conversation.domain import Conversation, evolve
from nitka.conversation.domain.events import DomainEvent
from nitka.conversation.projections import Row
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta, Recorded
from nitka.events import ContactPoint, DeliveryState


@contextmanager
def unit_of_work(log: EventLog) -> Iterator[Unit]:
    """A transaction that is alone in writing: what it reads stays true until what it collects is stored.

    Raises psycopg.OperationalError when the database is away, and whatever the block raises; then nothing was
    stored.
    """
    with log.writing() as cursor:
        unit = Unit(log, cursor)
        yield unit
        unit.flush()
    unit.remember()


class Unit:
    """Everything one transaction reads and writes."""

    def __init__(self, log: EventLog, cursor: Cursor[Any]) -> None:
        self._log, self._cursor = log, cursor
        self._states: dict[UUID, Conversation] = {}
        self._rows: dict[UUID, Row] = {}
        self._stored: set[UUID] = set()
        self._touched: dict[UUID, None] = {}
        self._events: list[Recorded] = []
        self._content: dict[UUID, Content] = {}
        self._contacts: dict[UUID, ContactPoint] = {}
        self._keys: dict[tuple[str, str], UUID] = {}
        self._new_keys: dict[tuple[str, str], None] = {}
        self._processed: list[UUID] = []
        self._moves: list[tuple[UUID, UUID]] = []
        self._deliveries: list[tuple[str, str | None, UUID]] = []

    # --- reading -------------------------------------------------------------------------------------------

    def unprocessed(self, event_ids: Collection[UUID]) -> set[UUID]:
        """Those of the ids whose effect is not stored yet."""
        self._cursor.execute("SELECT event_id FROM processed WHERE event_id = ANY(%s)", (list(event_ids),))
        return set(event_ids) - {row[0] for row in self._cursor.fetchall()}

    def contact_ids(self, points: Iterable[ContactPoint]) -> dict[str, UUID]:
        """Ids of contact points by their key; unknown ones are created, a newer name is kept."""
        by_key = {p.key: p for p in sorted(points, key=lambda p: p.name is not None)}
        if not by_key:
            return {}
        columns: list[list[Any]] = [[], [], [], []]
        for point in by_key.values():
            for column, value in zip(columns, (uuid4(), point.kind.value, point.value, point.name), strict=True):
                column.append(value)
        self._cursor.execute(
            "INSERT INTO contact (id, kind, value, name) "
            "SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) "
            "ON CONFLICT (kind, value) DO UPDATE SET name = coalesce(excluded.name, contact.name) "
            "RETURNING id, kind, value",
            columns,
        )
        found = {f"{kind}:{value}": contact_id for contact_id, kind, value in self._cursor.fetchall()}
        self._contacts.update((found[key], point) for key, point in by_key.items())
        return found

    def customers_of(self, contact_ids: Collection[UUID]) -> dict[UUID, UUID]:
        """Contact → customer, where the customer is known."""
        self._cursor.execute(
            "SELECT id, customer_id FROM contact WHERE id = ANY(%s) AND customer_id IS NOT NULL",
            (list(contact_ids),),
        )
        return dict(self._cursor.fetchall())

    def look_up_keys(self, keys: Collection[tuple[str, str]]) -> None:
        """Read these (account, key) pairs of the thread index; `conversation_of` then answers for them."""
        accounts, names = [k[0] for k in keys], [k[1] for k in keys]
        self._cursor.execute(
            "SELECT account, key, conversation_id FROM thread_key "
            "WHERE (account, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            (accounts, names),
        )
        self._keys.update({(account, key): found for account, key, found in self._cursor.fetchall()})

    def conversation_of(self, account: str, key: str) -> UUID | None:
        return self._keys.get((account, key))

    def by_numbers(self, numbers: Collection[int]) -> dict[int, UUID]:
        self._cursor.execute("SELECT number, id FROM conversation WHERE number = ANY(%s)", (list(numbers),))
        return dict(self._cursor.fetchall())

    def outbound_by_external(self, account: str, external_ids: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
        """Our own messages by the id that the channel knows: external id → (conversation, message)."""
        self._cursor.execute(
            "SELECT external_id, conversation_id, id FROM message "
            "WHERE account = %s AND external_id = ANY(%s) AND kind = 'outbound'",
            (account, list(external_ids)),
        )
        return {external: (conversation, message) for external, conversation, message in self._cursor.fetchall()}

    def failed_recipient(self, message_id: UUID, address: str | None) -> UUID | None:
        """The contact point that a failure of our message is about, None when it could be several.

        Only one of the message's own recipients counts: a forged bounce may name anybody.
        """
        self._cursor.execute("SELECT recipients, cc FROM message WHERE id = %s", (message_id,))
        row = self._cursor.fetchone() or (None, None)
        points = [ContactPoint.model_validate(p) for p in [*(row[0] or ()), *(row[1] or ())]]
        meant = {p.key: p for p in points if address is None or p.value == address.strip().lower()}
        return next(iter(self.contact_ids(meant.values()).values())) if len(meant) == 1 else None

    def numbers(self, count: int) -> list[int]:
        """Fresh conversation numbers."""
        self._cursor.execute("SELECT nextval('conversation_number') FROM generate_series(1, %s)", (count,))
        return [row[0] for row in self._cursor.fetchall()]

    def load(self, ids: Collection[UUID]) -> None:
        """Read the state and row of these conversations; `state` then answers for them."""
        missing = [i for i in ids if i not in self._states]
        if not missing:
            return
        self._cursor.execute(
            "SELECT id, snapshot, contact_id, subject, preview, message_count, attachment_count, last_message_at "
            "FROM conversation WHERE id = ANY(%s)",
            (missing,),
        )
        for found, snapshot, *columns in self._cursor.fetchall():
            self._states[found] = Conversation.model_validate_json(bytes(snapshot))
            self._rows[found] = Row(*columns)
            self._stored.add(found)

    def state(self, conversation_id: UUID) -> Conversation | None:
        return self._states.get(conversation_id)

    def last_inbound(self, conversation_id: UUID) -> Content | None:
        """The newest message of the customer's side."""
        self._cursor.execute(
            "SELECT to_jsonb(m) - 'at', at FROM message m WHERE conversation_id = %s AND kind = 'inbound' "
            "ORDER BY at DESC, sequence DESC LIMIT 1",
            (conversation_id,),
        )
        row = self._cursor.fetchone()
        return contents.read({**row[0], "at": row[1]}) if row else None

    def contact(self, contact_id: UUID) -> ContactPoint | None:
        self._cursor.execute("SELECT kind, value, name FROM contact WHERE id = %s", (contact_id,))
        row = self._cursor.fetchone()
        return ContactPoint(kind=row[0], value=row[1], name=row[2]) if row else None

    def give_contacts(self, points: Sequence[ContactPoint], customer_id: UUID) -> list[UUID]:
        """Note the customer behind these contact points; returns the ids of those that changed."""
        self._cursor.execute(
            "UPDATE contact SET customer_id = %s "
            "WHERE (kind, value) IN (SELECT * FROM unnest(%s::text[], %s::text[])) "
            "AND customer_id IS DISTINCT FROM %s RETURNING id",
            (customer_id, [p.kind.value for p in points], [p.value for p in points], customer_id),
        )
        return [row[0] for row in self._cursor.fetchall()]

    def move_contacts(self, source: UUID, target: UUID) -> list[UUID]:
        """Two customers became one; returns the ids of the contact points that changed hands."""
        self._cursor.execute(
            "UPDATE contact SET customer_id = %s WHERE customer_id = %s RETURNING id", (target, source)
        )
        return [row[0] for row in self._cursor.fetchall()]

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

    def subject(self, conversation_id: UUID) -> str | None:
        return self._rows[conversation_id].subject

    # --- collecting ----------------------------------------------------------------------------------------

    def record(
        self, conversation_id: UUID, events: Sequence[DomainEvent], meta: Meta, content: Content | None = None
    ) -> None:
        """Add events to a conversation's history; `content` is the message that they speak of."""
        state = self._states.get(conversation_id)
        for event in events:
            state = evolve(state, event)
            self._states[conversation_id] = state
            row = projections.project(self._rows.get(conversation_id), event, content)
            if row is not None:
                self._rows[conversation_id] = row
            self._events.append(Recorded(conversation_id, state.version, event, meta))
            if content is not None and getattr(event, "message_id", None) == content.id:
                content.sequence = state.version
        self._touched[conversation_id] = None
        if content is not None:
            self._content[content.id] = content

    def index(self, account: str, keys: Iterable[str], conversation_id: UUID) -> None:
        """Remember that these ids belong to a conversation; an id that is taken stays where it is."""
        for key in keys:
            if (account, key) not in self._keys:
                self._keys[account, key] = conversation_id
                self._new_keys[account, key] = None

    def processed(self, event_id: UUID) -> None:
        self._processed.append(event_id)

    def move(self, source: UUID, target: UUID) -> None:
        """Give messages and thread keys of one conversation to another."""
        self._moves.append((source, target))
        self._rows[target] = projections.absorb(self._rows[target], self._rows[source])
        for content in self._content.values():
            if content.conversation_id == source:
                content.conversation_id = target
        self._keys.update({k: target for k, owner in self._keys.items() if owner == source})

    def set_delivery(self, message_id: UUID, state: DeliveryState, reason: str | None) -> None:
        """Keep what the content row says of a message's delivery."""
        self._deliveries.append((state.value, reason, message_id))

    def set_external_id(self, message_id: UUID, external_id: str) -> None:
        """The channel gave our message an id of its own."""
        self._cursor.execute("UPDATE message SET external_id = %s WHERE id = %s", (external_id, message_id))

    def add_content(self, content: Content) -> None:
        """Keep content that no event of its own speaks of."""
        self._content[content.id] = content

    # --- writing -------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what was collected; the transaction commits when the unit of work ends."""
        for source, target in self._moves:
            for table in (b"message", b"thread_key"):
                self._cursor.execute(
                    b"UPDATE %b SET conversation_id = %%s WHERE conversation_id = %%s" % table, (target, source)
                )
        if self._events:
            self._log.append(self._cursor, [mapping.to_stored(r) for r in self._events])
        self._copy("message", contents.COLUMNS, contents.TYPES, map(contents.values, self._content.values()))
        keys = ((account, key, self._keys[account, key]) for account, key in self._new_keys)
        self._copy("thread_key", "account, key, conversation_id", ("text", "text", "uuid"), keys)
        self._copy("processed", "event_id", ("uuid",), ((i,) for i in self._processed))
        if self._deliveries:
            self._cursor.executemany(
                "UPDATE message SET delivery = %s, delivery_reason = %s WHERE id = %s", self._deliveries
            )
        if self._touched:
            self._write_rows()

    def _write_rows(self) -> None:
        replaced = [i for i in self._touched if i in self._stored]
        if replaced:
            self._cursor.execute("DELETE FROM conversation WHERE id = ANY(%s)", (replaced,))
        rows = (projections.values(i, self._states[i], self._rows[i]) for i in self._touched)
        self._copy("conversation", projections.COLUMNS, projections.TYPES, rows)

    def remember(self) -> None:
        """After the commit: spare the relay from reading all this back."""
        self._log.recent.forget_content(message_id for _, _, message_id in self._deliveries)
        self._log.recent.add(self._events, self._content.values(), self._contacts.items())

    def _copy(self, table: str, columns: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)".encode()
        with self._cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
