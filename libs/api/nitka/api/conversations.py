"""HTTP models of the conversation service."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nitka.events import Attachment, Channel, ContactPoint, ConversationStatus, DeliveryState

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
"""A label is its name."""

TEXT_MAX = 200_000
"""Characters of one message that an agent may write."""


class View(BaseModel):
    """Base of what the API answers."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Sort(StrEnum):
    """`waiting`: longest waiting for an answer first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    WAITING = "waiting"


class ConversationSummary(View):
    """A row of the list. `waiting_since`: since when the customer waits for an answer, None when we answered.

    `sequence` counts the conversation's events: a client that has seen a live event with a higher one knows
    that this row is old.
    """

    id: UUID
    number: int
    channel: Channel
    account: str
    status: ConversationStatus
    subject: str | None
    contact: ContactPoint
    customer_id: UUID | None = None
    assignee: str | None
    labels: tuple[str, ...]
    preview: str
    message_count: int
    attachment_count: int
    opened_at: datetime
    last_message_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    rating: int | None
    automatic: bool
    sequence: int


class ConversationPage(View):
    """A page of the list. `next` goes into `cursor` of the next call; None at the end."""

    items: tuple[ConversationSummary, ...]
    next: str | None


class Counts(View):
    """How many conversations each standard view holds, for the calling agent."""

    open: int
    mine: int
    unassigned: int
    snoozed: int
    closed: int
    archived: int


class LabelCount(View):
    name: str
    conversations: int


class InboxCount(View):
    """An inbox: an account of a channel that has conversations."""

    channel: Channel
    account: str
    conversations: int


class AttachmentView(View):
    """`url` is a path of the gateway that serves the file as a download, to those who may see it."""

    filename: str
    media_type: str
    size: int
    inline: bool
    url: str


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageItem(View):
    """A message of the thread. `html` is safe to show in a sandboxed frame: sanitised, remote content removed,
    `cid:` pictures replaced by gateway paths; None for plain text. `delivery` is set for outbound messages."""

    kind: Literal["message"] = "message"
    id: UUID
    sequence: int
    at: datetime
    direction: Direction
    channel: Channel
    author: ContactPoint | None
    agent_id: str | None
    to: tuple[ContactPoint, ...]
    cc: tuple[ContactPoint, ...]
    subject: str | None
    text: str
    html: str | None
    remote_content_blocked: bool
    attachments: tuple[AttachmentView, ...]
    truncated: bool
    automatic: str | None
    delivery: DeliveryState | None
    delivery_reason: str | None
    raw_url: str | None


class NoteItem(View):
    kind: Literal["note"] = "note"
    id: UUID
    sequence: int
    at: datetime
    agent_id: str
    text: str


class SystemItem(View):
    """One quiet line: what happened, by whom. `type` is the event's public type without its prefix, e.g.
    `assigned`; `data` holds its facts (ids, labels, times), the client words it."""

    kind: Literal["system"] = "system"
    sequence: int
    at: datetime
    type: str
    actor_kind: str
    actor_id: str | None
    data: dict[str, str | int | None]


Item = Annotated[MessageItem | NoteItem | SystemItem, Field(discriminator="kind")]


class Timeline(View):
    """The thread, oldest first. `before` goes into the next call for older items; None at the beginning."""

    conversation: ConversationSummary
    items: tuple[Item, ...]
    before: int | None


class Command(BaseModel):
    """Base of commands. The same `command_id` is carried out once, however often it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    command_id: UUID


class Reply(Command):
    """Answer the customer. `then` is carried out in the same step. Without `to` the answer goes to the one who
    wrote last (their Reply-To)."""

    text: Annotated[str, StringConstraints(max_length=TEXT_MAX)]
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)
    to: tuple[ContactPoint, ...] = Field(default=(), max_length=50)
    cc: tuple[ContactPoint, ...] = Field(default=(), max_length=50)
    then: Literal["nothing", "close", "snooze"] = "nothing"
    snooze_until: datetime | None = None


class AddNote(Command):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_MAX)]


class Assign(Command):
    """`assignee` None takes it back to the queue. `only_if_unassigned` is the claim of "serve next"."""

    assignee: str | None
    only_if_unassigned: bool = False
    reason: Literal["manual", "serve_next"] = "manual"


class AddLabel(Command):
    label: Label


class RemoveLabel(Command):
    label: Label


class Snooze(Command):
    until: datetime


class Close(Command):
    pass


class Reopen(Command):
    pass


class Archive(Command):
    pass


class Rate(Command):
    """The customer's rating 1 to 5; only services may pass it on."""

    score: int = Field(ge=1, le=5)
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None


class RetryDelivery(Command):
    """Send an outbound message again whose delivery failed or is unconfirmed."""

    message_id: UUID


class CommandResult(View):
    conversation: ConversationSummary
