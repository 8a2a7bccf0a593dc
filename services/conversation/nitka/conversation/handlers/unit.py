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
from nitka.conversation.domain import events as e
from nitka.conversation.domain.events import DomainEvent
from nitka.conversation.handlers.lookups import Lookups, Sent
from nitka.conversation.projections import Row
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.edits import Edits
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta, Recorded
from nitka.conversation.store.settings import Book, meet_labels
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


class Unit(Lookups):
    """Everything one transaction reads and writes."""

    def __init__(self, log: EventLog, cursor: Cursor[Any]) -> None:
        super().__init__(cursor)
        self.edits = Edits(cursor)
        self._log = log
        self._book: Book | None = None
        self._states: dict[UUID, Conversation] = {}
        self._rows: dict[UUID, Row] = {}
        self._stored: set[UUID] = set()
        self._touched: dict[UUID, None] = {}
        self._events: list[Recorded] = []
        self._content: dict[UUID, Content] = {}
        self._contacts: dict[UUID, ContactPoint] = {}
        self._keys: dict[tuple[str, str], UUID] = {}
        self._new_keys: dict[tuple[str, str], None] = {}
        self._processed: list[tuple[UUID, datetime]] = []

    # --- reading ----------------------------------------------------------------------------------------

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

    def book(self) -> Book:
        """The shop's settings, the same throughout the transaction."""
        if self._book is None:
            self._book = self._log.shelf.read(self._cursor)
        return self._book

    def asks_for_rating(self, account: str) -> bool:
        """Whether this inbox asks customers to rate after a closing."""
        return self.book().inbox(account).ask_rating

    def takes_part_elsewhere(self, contact_id: UUID, conversation_id: UUID) -> bool:
        """Whether this contact point is in another conversation than this one."""
        others = (state for found, state in self._states.items() if found != conversation_id)
        return any(contact_id in state.contacts for state in others) or any(
            found != conversation_id for found in self.conversations_with([contact_id])
        )

    def failed_recipient_id(self, sent: Sent, address: str | None) -> tuple[UUID | None, bool]:
        """The contact point that a failure of our message is about, None when it could be several, and whether
        the message went to others as well.

        Only one of the message's own recipients counts: a forged bounce may name anybody.
        """
        meant = [p for p in sent.recipients if address is None or p.value == address.strip().lower()]
        if len(meant) != 1:
            return None, False
        return self.contact_ids(meant)[meant[0].key], len(sent.recipients) > 1

    def alive(self, conversation_id: UUID | None) -> UUID | None:
        """The conversation, or the one that it was merged into; None when there is none."""
        while conversation_id is not None:
            self.load([conversation_id])
            state = self.state(conversation_id)
            if state is None or state.merged_into is None:
                return conversation_id if state else None
            conversation_id = state.merged_into
        return None

    def contact_of(self, conversation_id: UUID) -> UUID:
        """The contact point that the conversation began with."""
        return self._rows[conversation_id].contact_id

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
            known = self._spoken_of(event, state, content)
            row = projections.project(self._rows.get(conversation_id), event, known, state.messages)
            if row is not None:
                self._rows[conversation_id] = row
            self._events.append(Recorded(conversation_id, state.version, event, meta))
            message_id: UUID | None = getattr(event, "message_id", None)
            spoken = known.get(message_id) if message_id else None
            # A question for a rating below an answer does not move the answer.
            if spoken is not None and not isinstance(event, e.RatingRequested):
                spoken.sequence = state.version
        self._touched[conversation_id] = None
        if content is not None:
            self._content[content.id] = content

    def _spoken_of(self, event: DomainEvent, state: Conversation, content: Content | None) -> dict[UUID, Content]:
        match event:
            case e.Absorbed():
                return self.contents(event.message_ids)
            case e.SplitOff():
                return self.contents(state.messages)
        return self.edits.released if content is None else {content.id: content}

    def contents(self, ids: Sequence[UUID]) -> dict[UUID, Content]:
        """Messages by id, stored or about to be; erased ones are missing."""
        here = {i: self._content[i] for i in ids if i in self._content}
        return {**self.stored_contents([i for i in ids if i not in here]), **here}

    def index(self, account: str, keys: Iterable[str], conversation_id: UUID) -> None:
        """Remember that these ids belong to a conversation; an id that is taken stays where it is."""
        for key in keys:
            if (account, key) not in self._keys:
                self._keys[account, key] = conversation_id
                self._new_keys[account, key] = None

    def processed(self, event_id: UUID, at: datetime) -> None:
        """The effect of an event, or of a command, of this time is stored with all the rest."""
        self._processed.append((event_id, at))

    def move(self, source: UUID, target: UUID) -> None:
        """Give all messages, notes and thread keys of one conversation to another."""
        self.edits.move(source, target)
        for content in self._content.values():
            if content.conversation_id == source:
                content.conversation_id = target
        self._keys.update({k: target for k, owner in self._keys.items() if owner == source})

    def part(self, target: UUID, message_ids: Sequence[UUID], account: str, keys: Sequence[str]) -> None:
        """Give these messages and their thread keys to another conversation."""
        self.edits.part(target, message_ids, account, keys)
        self._keys.update({(account, key): target for key in keys})

    def release(self, content: Content, now: datetime) -> None:
        """A held message leaves now."""
        content.at, content.send_at, content.delivery = now, None, DeliveryState.QUEUED.value
        self.edits.release(content)

    def add_content(self, content: Content) -> None:
        """Keep content that no event of its own speaks of."""
        self._content[content.id] = content

    # --- writing -------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what was collected; the transaction commits when the unit of work ends."""
        self.edits.write()
        if self._events:
            self._log.append(self._cursor, [mapping.to_stored(r) for r in self._events])
        self._copy("message", contents.COLUMNS, contents.TYPES, map(contents.values, self._content.values()))
        keys = ((account, key, self._keys[account, key]) for account, key in self._new_keys)
        self._copy("thread_key", "account, key, conversation_id", ("text", "text", "uuid"), keys)
        self._copy("processed", "event_id, at", ("uuid", "timestamptz"), self._processed)
        if self._touched:
            self._write_rows()
        labels = {r.event.label for r in self._events if isinstance(r.event, e.LabelAdded)}
        if labels:
            meet_labels(self._cursor, labels)

    def _write_rows(self) -> None:
        replaced = [i for i in self._touched if i in self._stored]
        if replaced:
            self._cursor.execute("DELETE FROM conversation WHERE id = ANY(%s)", (replaced,))
        rows = (projections.values(i, self._states[i], self._rows[i]) for i in self._touched)
        self._copy("conversation", projections.COLUMNS, projections.TYPES, rows)

    def remember(self) -> None:
        """After the commit: spare the relay from reading all this back."""
        self._log.recent.forget_content(self.edits.changed)
        self._log.recent.add(self._events, self._content.values(), self._contacts.items())

    def _copy(self, table: str, columns: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)".encode()
        with self._cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
