"""The list's read model made anew from the log, while the service runs.

A conversation's row is a function of its events and their content alone, so it is rebuilt by itself: under the
writers' lock, some at a time, so that what happens meanwhile is neither lost nor held up for long.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, LiteralString
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Cursor

from nitka.conversation import projections
from nitka.conversation.domain import Conversation, evolve
from nitka.conversation.domain.events import DomainEvent, ReplyScheduled
from nitka.conversation.handlers.lookups import Lookups
from nitka.conversation.outbox.public import message_ids
from nitka.conversation.projections import Row
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content
from nitka.conversation.store.events import EventLog

BATCH = 200
_FIRST = UUID(int=0)


def rebuild(log: EventLog) -> int:
    """Make every row anew; returns how many. Safe to repeat, and to break off."""
    done, after = 0, _FIRST
    while True:
        with log.writing() as cursor:
            cursor.execute(
                "SELECT DISTINCT originator_id FROM stored_events WHERE originator_id > %s "
                "ORDER BY originator_id LIMIT %s",
                (after, BATCH),
            )
            ids = [row[0] for row in cursor.fetchall()]
            rebuild_rows(cursor, ids)
        if not ids:
            return done
        done, after = done + len(ids), ids[-1]


def rebuild_rows(cursor: Cursor[Any], ids: Collection[UUID]) -> None:
    """Make the rows of these conversations anew, inside a writer's transaction."""
    histories = _histories(cursor, ids)
    spoken_of = {m for events in histories.values() for event in events for m in _messages(event)}
    contents = Lookups(cursor).stored_contents(list(spoken_of))
    rows = [
        projections.values(conversation_id, *replay(events, contents))
        for conversation_id, events in histories.items()
    ]
    cursor.execute("DELETE FROM conversation WHERE id = ANY(%s)", (list(histories),))
    statement: LiteralString = f"COPY conversation ({projections.COLUMNS}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(statement) as copy:
        copy.set_types(projections.TYPES)
        for row in rows:
            copy.write_row(row)


def replay(events: Sequence[DomainEvent], contents: dict[UUID, Content]) -> tuple[Conversation, Row]:
    """State and row of a whole history. Raises ValueError for one that does not begin with `Opened`."""
    state: Conversation | None = None
    row: Row | None = None
    for event in events:
        state = evolve(state, event)
        row = projections.project(row, event, contents, state.messages)
    if state is None or row is None:
        raise ValueError("an empty history")
    return state, row


def _messages(event: DomainEvent) -> Sequence[UUID]:
    absorbed: Sequence[UUID] = getattr(event, "message_ids", ())
    held = [event.message_id] if isinstance(event, ReplyScheduled) else []
    return [*absorbed, *held, *message_ids(event)]


def _histories(cursor: Cursor[Any], ids: Collection[UUID]) -> dict[UUID, list[DomainEvent]]:
    cursor.execute(
        "SELECT originator_id, originator_version, topic, state FROM stored_events "
        "WHERE originator_id = ANY(%s) ORDER BY originator_id, originator_version",
        (list(ids),),
    )
    found: dict[UUID, list[DomainEvent]] = {}
    for conversation_id, version, topic, state in cursor.fetchall():
        stored = StoredEvent(conversation_id, version, topic, bytes(state))
        found.setdefault(conversation_id, []).append(mapping.from_stored(stored).event)
    return found
