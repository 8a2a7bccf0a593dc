"""The list's read model: one row per conversation, a pure function of its events and their content."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from nitka.conversation.domain import Conversation
from nitka.conversation.domain import events as e
from nitka.conversation.store.content import Content

PREVIEW = 160
"""Characters of the preview in a list row."""


class Row(NamedTuple):
    """What the list shows beyond the aggregate's own state."""

    contact_id: UUID
    subject: str | None
    preview: str
    message_count: int
    attachment_count: int
    last_message_at: datetime


def project(row: Row | None, event: e.DomainEvent, content: Content | None) -> Row | None:
    """The row after an event. `content` is the message that the event speaks of, if it speaks of one."""
    match event:
        case e.Opened():
            return Row(event.contact_id, None, "", 0, 0, event.at)
        case e.MessageReceived() | e.Replied() if row is not None and content is not None:
            return row._replace(
                preview=preview(content.text),
                message_count=row.message_count + 1,
                attachment_count=row.attachment_count + len(content.attachments or ()),
                last_message_at=max(row.last_message_at, event.at),
                subject=row.subject or content.subject,
            )
    return row


def absorb(row: Row, other: Row) -> Row:
    """The row of a conversation that takes over the messages of another one."""
    newer = max(row, other, key=lambda r: r.last_message_at)
    return row._replace(
        preview=newer.preview,
        message_count=row.message_count + other.message_count,
        attachment_count=row.attachment_count + other.attachment_count,
        last_message_at=newer.last_message_at,
    )


def preview(text: str) -> str:
    """The first words of a message, without quoted lines, on one line."""
    fresh = (line for line in text[: PREVIEW * 20].splitlines() if not line.lstrip().startswith(">"))
    return " ".join(" ".join(fresh).split())[:PREVIEW]


COLUMNS = (
    "id, number, channel, account, status, contact_id, customer_id, assignee, labels, subject, preview, "
    "message_count, attachment_count, opened_at, last_message_at, waiting_since, snoozed_until, rating, "
    "automatic, merged_into, version, snapshot"
)
TYPES = (
    "uuid int8 text text text uuid uuid text text[] text text int4 int4 timestamptz timestamptz timestamptz "
    "timestamptz int2 bool uuid int4 bytea"
).split()


def values(conversation_id: UUID, state: Conversation, row: Row) -> tuple[object, ...]:
    """The table row, in the order of COLUMNS."""
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
        state.waiting_since,
        state.snoozed_until,
        state.rating,
        state.automatic,
        state.merged_into,
        state.version,
        state.__pydantic_serializer__.to_json(state),
    )
