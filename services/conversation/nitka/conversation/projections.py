"""The list's read model: one row per conversation, a pure function of its events and their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import NamedTuple
from uuid import UUID

from nitka.conversation.domain import Conversation
from nitka.conversation.domain import events as e
from nitka.conversation.domain.quotes import trim
from nitka.conversation.domain.subjects import without_marks
from nitka.conversation.store.content import Content, Kind
from nitka.events.conversation import Priority

PREVIEW = 160
"""Characters of the preview in a list row."""


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PRIORITIES = tuple(Priority)
"""By their number in the table: 0 low to 3 urgent."""


class Row(NamedTuple):
    """What the list shows beyond the aggregate's own state."""

    contact_id: UUID
    subject: str | None
    preview: str
    message_count: int
    attachment_count: int
    last_message_at: datetime


def project(
    row: Row | None, event: e.DomainEvent, contents: Mapping[UUID, Content], messages: Sequence[UUID]
) -> Row | None:
    """The row after an event.

    `contents` holds the messages that the event speaks of, as far as they have not been erased, and for a split
    those that stay; `messages` are the conversation's messages after the event.
    """
    match event:
        case e.Opened():
            return Row(event.contact_id, None, "", 0, 0, event.at)
        case e.MessageReceived() | e.Replied() | e.Forwarded() | e.AutoReplied() if row is not None:
            return _with_message(row, contents.get(event.message_id))
        case e.ReplyScheduled() | e.ReplyWithdrawn() if row is not None and row.message_count == 0:
            held = contents.get(event.message_id) if isinstance(event, e.ReplyScheduled) else None
            row = _announced(row, held)
        case e.RatingRequested() if row is not None and event.message_id in contents:
            content = contents[event.message_id]
            return row if content.automatic is None else _with_message(row, content)
        case e.Absorbed() if row is not None:
            joined = reduce(_with_message, map(contents.get, event.message_ids), row)
            return joined._replace(subject=without_marks(joined.subject, event.numbers))
        case e.SplitOff() if row is not None:
            empty = row._replace(preview="", message_count=0, attachment_count=0, last_message_at=LONG_AGO)
            return reduce(_with_message, map(contents.get, messages), empty)
    return row


def _announced(row: Row, content: Content | None) -> Row:
    """A first mail says what the conversation is about while it is held, until it is taken back."""
    if content is None:
        return row._replace(subject=None, preview="")
    return row._replace(subject=content.subject, preview=preview(content.text))


def _with_message(row: Row, content: Content | None) -> Row:
    """What people wrote to each other leads the row; a machine's message or a forwarded one only counts, and the
    files of a mail that came back are nobody's."""
    row = row._replace(message_count=row.message_count + 1)
    if content is None or (content.is_report and row.message_count > 1):
        return row
    row = row._replace(attachment_count=row.attachment_count + len(content.attachments))
    if content.kind is Kind.OUTBOUND and (content.automatic or content.forwarded):
        return row
    newest = content.at >= row.last_message_at or row.message_count == 1
    return row._replace(
        preview=preview(content.text) if newest else row.preview,
        last_message_at=content.at if newest else row.last_message_at,
        subject=row.subject or content.subject,
    )


def preview(text: str) -> str:
    """The first new words of a message on one line; of what it quotes when it says nothing new."""
    beginning = text[: PREVIEW * 20]
    fresh = trim(beginning).fresh
    own = " ".join(line for line in fresh.split("\n") if not line.lstrip().startswith(">"))
    return " ".join((own.strip() or beginning).split())[:PREVIEW]


COLUMNS = (
    "id, number, channel, account, status, contact_id, customer_id, assignee, labels, subject, preview, "
    "message_count, attachment_count, opened_at, last_message_at, waiting_since, snoozed_until, rating, "
    "automatic, merged_into, version, snapshot, followers, priority, queue, inbound, send_at, undelivered, "
    "mentioned"
)
TYPES = (
    "uuid int8 text text text uuid uuid text text[] text text int4 int4 timestamptz timestamptz timestamptz "
    "timestamptz int2 bool uuid int4 bytea text[] int2 text int4 timestamptz bool text[]"
).split()


def values(conversation_id: UUID, state: Conversation, row: Row) -> tuple[object, ...]:
    """The table row, in the order of COLUMNS. `inbound` is the version of the last news for agents."""
    return (
        conversation_id,
        state.number,
        state.channel.value,
        state.account,
        state.status.value,
        row.contact_id,
        state.customer_id,
        state.assignee,
        sorted(state.labels),
        row.subject,
        row.preview,
        row.message_count,
        row.attachment_count,
        state.opened_at,
        row.last_message_at,
        state.owed_since,
        state.snoozed_until,
        state.rating,
        state.automatic,
        state.merged_into,
        state.version,
        state.__pydantic_serializer__.to_json(state),
        sorted(state.followers),
        PRIORITIES.index(state.priority),
        state.queue,
        max(state.inbound, state.undelivered),
        min((held.send_at for held in state.held.values()), default=None),
        bool(state.lost),
        sorted(state.mentioned),
    )
