"""HTTP models of what may be asked of a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nitka.api.conversations import ConversationSummary, Label, View
from nitka.events import Attachment, ContactPoint
from nitka.events.conversation import Priority

TEXT_MAX = 200_000
"""Characters of one message that an agent may write."""


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
    """Answer the customer. `then` is carried out when the answer leaves. Without `to` it goes to the one of
    the customer's side who wrote last (their Reply-To), with the participants in copy. To third parties alone, to
    whom a message was passed on, it leaves the customer waiting. `html` is `text`, formatted; only mail has it.

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
    """`mentions` are the agents whom the note calls: they are told, follow from then on, and have it unread.
    `attachments` stay with the note: only the team sees them. One of text and files has to be there."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT_MAX)]
    mentions: tuple[str, ...] = Field(default=(), max_length=50)
    attachments: Files = ()


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
    """`undo` of a reopening: the customer has been asked how it was, and is not asked again."""

    undo: bool = False


class Reopen(Command):
    """The customer waits for us from now on. With `undo` of a closing or archiving, and where it was snoozed, they
    wait as if it had been open all along: since when they did before, or not."""

    undo: bool = False


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
