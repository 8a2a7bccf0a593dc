"""HTTP models of what the conversation service answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nitka.events import Channel, ContactPoint, ConversationStatus, DeliveryState
from nitka.events.conversation import Priority

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
"""A label is its name."""


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
    that this row is old. `followers` are agents, `mentioned` those whom its notes call. `unread` is for the agent
    who asks: marked so by hand, or the customer has written something, or a message of ours may not have arrived,
    and they have not seen it and it concerns them (theirs, followed, nobody's). `undelivered`: an agent's message
    may not have arrived, and nobody has answered anew, closed or archived it since.
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
    priority: Priority = Priority.NORMAL
    queue: str | None = None
    followers: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    unread: bool = False
    undelivered: bool = False
    merged_into: UUID | None = None


class ConversationPage(View):
    """A page of the list. `next` goes into `cursor` of the next call; None at the end.

    A page of a search may be short, even empty, and have a next one. `incomplete`: the search could not ask for
    orders and customers just now; it found what conversations themselves tell.
    """

    items: tuple[ConversationSummary, ...]
    next: str | None
    incomplete: bool = False


class Counts(View):
    """How many conversations each standard view holds, for the calling agent; `cap` means that many or more."""

    cap: int = 10_000
    open: int
    mine: int
    unassigned: int
    followed: int = 0
    unread: int = 0
    snoozed: int
    closed: int
    archived: int


class InboxCount(View):
    """An inbox: an account of a channel that has conversations."""

    channel: Channel
    account: str
    conversations: int


class AttachmentView(View):
    """`url` is a path of the gateway that serves the file as a download, to those who may see it. `content_id` is
    how the message's own HTML names it."""

    filename: str
    media_type: str
    size: int
    inline: bool
    url: str
    content_id: str | None = None


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageItem(View):
    """A message of the thread. `html` is safe to show in a sandboxed frame: sanitised, remote content removed,
    `cid:` pictures replaced by gateway paths; None for plain text. `delivery` is set for outbound messages.

    `text` is what was written newly, `quoted` the earlier mail and the signature below it. `scheduled_at`: an
    answer that is held until then and can be taken back. `original_id`: what an answer, or a question for a
    rating, answers or, if `forwarded` says how, what was passed on. `automatic` says which machine wrote an
    inbound message, and of ours `auto_reply` or `rating_request`.
    `undelivered_to` are recipients who did not get it though others did.
    """

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
    bcc: tuple[ContactPoint, ...] = ()
    subject: str | None
    text: str
    quoted: str | None = None
    html: str | None
    remote_content_blocked: bool
    attachments: tuple[AttachmentView, ...]
    truncated: bool
    automatic: str | None
    delivery: DeliveryState | None
    delivery_reason: str | None
    raw_url: str | None
    scheduled_at: datetime | None = None
    forwarded: Literal["forward", "redirect"] | None = None
    original_id: UUID | None = None
    rule_id: str | None = None
    undelivered_to: tuple[str, ...] = ()


class NoteItem(View):
    kind: Literal["note"] = "note"
    id: UUID
    sequence: int
    at: datetime
    agent_id: str
    text: str
    mentions: tuple[str, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()


class CustomerNote(View):
    """An internal note in one of a customer's conversations."""

    id: UUID
    conversation_id: UUID
    number: int
    at: datetime
    agent_id: str
    text: str


class SystemItem(View):
    """One quiet line: what happened, by whom. `type` is the event's public type without its prefix, e.g.
    `assigned`; `data` holds its facts (ids, labels, times, what was said with a rating), the client words it."""

    kind: Literal["system"] = "system"
    sequence: int
    at: datetime
    type: str
    actor_kind: str
    actor_id: str | None
    data: dict[str, str | int | None]


Item = Annotated[MessageItem | NoteItem | SystemItem, Field(discriminator="kind")]


class Recipients(View):
    to: tuple[ContactPoint, ...] = ()
    cc: tuple[ContactPoint, ...] = ()


class Timeline(View):
    """The thread, oldest first. `before` goes into the next call for older items; None at the beginning.

    `seen` is the sequence up to which the caller has seen the conversation. `participants` get every answer beside
    the customer. `reply` and `reply_all` are to whom an answer would go, `aside` one to the third party that wrote
    last (somebody to whom a message was passed on); empty where none did. `absorbed` are conversations that were
    merged into this one.
    """

    conversation: ConversationSummary
    items: tuple[Item, ...]
    before: str | None
    seen: int = 0
    participants: tuple[ContactPoint, ...] = ()
    reply: Recipients = Recipients()
    reply_all: Recipients = Recipients()
    aside: Recipients = Recipients()
    absorbed: tuple[UUID, ...] = ()
