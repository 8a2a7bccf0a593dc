"""HTTP models of the conversation service."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nitka.events import Attachment, Channel, ContactPoint, ConversationStatus, DeliveryState
from nitka.events.conversation import Priority

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
    that this row is old. `followers` are agents. `unread` is for the agent who asks: marked so by hand, or the
    customer has written something, or a message of ours may not have arrived, and they have not seen it and it
    concerns them (theirs, followed, nobody's). `undelivered`: an agent's message may not have arrived,
    and nobody has answered anew, closed or archived it since.
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
    answer that is held until then and can be taken back. `forwarded`: how the message `original_id` was passed on.
    `automatic` says which machine wrote an inbound message, and of ours `auto_reply` or `rating_request`.
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
    the customer. `reply` and `reply_all` are to whom an answer would go. `absorbed` are conversations that were
    merged into this one.
    """

    conversation: ConversationSummary
    items: tuple[Item, ...]
    before: str | None
    seen: int = 0
    participants: tuple[ContactPoint, ...] = ()
    reply: Recipients = Recipients()
    reply_all: Recipients = Recipients()
    absorbed: tuple[UUID, ...] = ()


class Command(BaseModel):
    """Base of commands. The same `command_id` is carried out once, however often it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    command_id: UUID


Text = Annotated[str, StringConstraints(max_length=TEXT_MAX)]
Html = Annotated[str, StringConstraints(max_length=2 * TEXT_MAX)]
Points = Annotated[tuple[ContactPoint, ...], Field(max_length=50)]
Files = Annotated[tuple[Attachment, ...], Field(max_length=20)]
Hold = Annotated[int, Field(ge=0, le=60)]
"""Seconds for which a message is held, so that its author can take it back."""


class Reply(Command):
    """Answer the customer. `then` is carried out when the answer leaves. Without `to` it goes to the one who
    wrote last (their Reply-To), with the participants in copy. `html` is `text`, formatted; only mail has it.

    `seen` is the `sequence` of the conversation that the author had on screen. Where the customer has written
    since, also while the answer was held, `then` is not carried out: it stays as it was, and they wait.
    """

    text: Text
    html: Html | None = None
    attachments: Files = ()
    to: Points = ()
    cc: Points = ()
    bcc: Points = ()
    then: Literal["nothing", "close", "snooze"] = "nothing"
    snooze_until: datetime | None = None
    hold_seconds: Hold = 0
    seen: int | None = Field(default=None, ge=0, le=2**31 - 1)


class StartConversation(Command):
    """Write to somebody first, by mail from the inbox `account`, which has to be one of ours; the conversation
    belongs to the one who writes."""

    account: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=3, max_length=320)]
    to: Annotated[tuple[ContactPoint, ...], Field(min_length=1, max_length=50)]
    cc: Points = ()
    bcc: Points = ()
    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    text: Text
    html: Html | None = None
    attachments: Files = ()
    then: Literal["nothing", "close", "snooze"] = "nothing"
    snooze_until: datetime | None = None
    hold_seconds: Hold = 0


class Withdraw(Command):
    """Take back a message that is still held; it is its author's draft again: the answer, the forward, or the mail
    that was to begin the conversation, which is archived then."""

    message_id: UUID


class SendNow(Command):
    """Let a held answer leave at once."""

    message_id: UUID


class Quoted(BaseModel):
    """A message as it stands below what is said when it is passed on."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    text: Text
    html: Html | None = None


class Forward(Command):
    """Pass a message on by mail. `forward`: a new mail of what is said (`text`) with the message `below`, and the
    original's files. `redirect`: the received mail itself; the answer to it goes to the customer."""

    mode: Literal["forward", "redirect"] = "forward"
    message_id: UUID
    to: Annotated[tuple[ContactPoint, ...], Field(min_length=1, max_length=50)]
    cc: Points = ()
    bcc: Points = ()
    text: Text = ""
    html: Html | None = None
    below: Quoted | None = None
    attachments: Files = ()
    hold_seconds: Hold = 0


class AddNote(Command):
    """`mentions` are the agents whom the note calls; they are told."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_MAX)]
    mentions: tuple[str, ...] = Field(default=(), max_length=50)


class Follow(Command):
    """Be told of what happens here; without `agent_id` it is the caller who follows."""

    agent_id: str | None = Field(default=None, max_length=200)


class Unfollow(Command):
    agent_id: str | None = Field(default=None, max_length=200)


class AddParticipant(Command):
    """Answers go to this address as well from now on."""

    contact: ContactPoint


class RemoveParticipant(Command):
    contact: ContactPoint


class SetPriority(Command):
    priority: Priority


class SetQueue(Command):
    """None is the common queue."""

    queue: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] | None


class Merge(Command):
    """This conversation goes on in `into`, which keeps both histories."""

    into: UUID


class Split(Command):
    """These messages get a conversation of their own, which is what the result tells of."""

    message_ids: tuple[UUID, ...] = Field(min_length=1, max_length=200)


class Seen(BaseModel):
    """The caller has seen the conversation up to this `sequence` (the summary's)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int = Field(ge=0, le=2**31 - 1)


class DraftBody(BaseModel):
    """What an agent has begun to write. `subject` is used by a new conversation, `account` is its inbox."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    mode: Literal["reply", "note", "forward", "redirect"] = "reply"
    text: Text = ""
    html: Html | None = None
    to: Points = ()
    cc: Points = ()
    bcc: Points = ()
    subject: str | None = Field(default=None, max_length=500)
    account: str | None = Field(default=None, max_length=320)
    message_id: UUID | None = None
    mentions: tuple[str, ...] = Field(default=(), max_length=50)
    attachments: Files = ()


class Draft(View):
    """`key` is the conversation's id for an answer in it, the id with `.note` or `.forward` for those, or "new"
    for a conversation that is to begin."""

    key: str
    body: DraftBody
    updated_at: datetime


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
    """`message_id`: what was written, where the command writes something."""

    conversation: ConversationSummary
    message_id: UUID | None = None
