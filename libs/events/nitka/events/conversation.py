"""`conversation.events.v1`: everything that happens to a conversation.

A downstream system subscribes to this topic and needs nothing else. Events of one conversation arrive in
order (same key, same partition); `sequence` counts them from 1 without gaps, so a subscriber can tell a
duplicate from news.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from nitka.events.common import Channel, ContactPoint, ConversationStatus, DeliveryState
from nitka.events.envelope import Payload, UtcDatetime
from nitka.events.inbound import Automatic

TEXT_CAP = 16_384
"""Characters of a message's text that a public event carries; the whole is at the read API."""


class ConversationPayload(Payload):
    """Base of all payloads of this topic."""

    conversation_id: UUID
    sequence: int = Field(ge=1)


class ConversationOpened(ConversationPayload):
    """A new conversation. `number` is the short one that people say; `contact` is the customer's side.

    `status` is `open`, or `archived` when a machine wrote the first message (`automatic` says which kind). The
    envelope's actor tells who began it: the customer, or an agent who wrote first. `split_from`: the conversation
    that its first messages were split off from.
    """

    TYPE: ClassVar[str] = "conversation.opened"

    number: int
    channel: Channel
    account: str
    contact: ContactPoint
    subject: str | None = None
    status: ConversationStatus = ConversationStatus.OPEN
    automatic: Automatic | None = None
    split_from: UUID | None = None


class CustomerMessageReceived(ConversationPayload):
    """The customer's side wrote. `external_id` is the channel's own id of the message."""

    TYPE: ClassVar[str] = "conversation.message_received"

    message_id: UUID
    channel: Channel
    account: str
    sender: ContactPoint
    subject: str | None = None
    text: str = ""
    text_truncated: bool = False
    attachment_count: int = 0
    automatic: Automatic | None = None
    external_id: str


class AgentReplied(ConversationPayload):
    """An agent's message to the customer, or to a third party, was accepted for sending; its fate follows as
    delivery changes.

    `waiting_since`: the customer waits nevertheless, since they wrote something that the agent had not seen, or
    since it was for a third party; None when nothing is left to answer. `first_response`: nobody had answered the
    customer before.
    """

    TYPE: ClassVar[str] = "conversation.replied"

    message_id: UUID
    channel: Channel
    account: str
    agent_id: str
    to: tuple[ContactPoint, ...]
    subject: str | None = None
    text: str = ""
    text_truncated: bool = False
    attachment_count: int = 0
    first_response: bool = False
    waiting_since: UtcDatetime | None = None


class NoteAdded(ConversationPayload):
    """An internal note. Its text is not published: it was never meant for anyone outside the team.

    `mentions` are the agents whom it calls by name.
    """

    TYPE: ClassVar[str] = "conversation.note_added"

    message_id: UUID
    agent_id: str
    mentions: tuple[str, ...] = ()


class ForwardMode(StrEnum):
    """`forward`: a new mail that quotes the message. `redirect`: the mail itself, answered to the customer."""

    FORWARD = "forward"
    REDIRECT = "redirect"


class ReplyScheduled(ConversationPayload):
    """An agent's message is held until `send_at` and can be taken back till then; `replied` follows, or
    `forwarded` where there is a `mode`."""

    TYPE: ClassVar[str] = "conversation.reply_scheduled"

    message_id: UUID
    agent_id: str
    send_at: UtcDatetime
    mode: ForwardMode | None = None


class ReplyWithdrawn(ConversationPayload):
    """A held message was taken back before it left."""

    TYPE: ClassVar[str] = "conversation.reply_withdrawn"

    message_id: UUID
    agent_id: str


class Forwarded(ConversationPayload):
    """A message was passed on to somebody else by mail. The customer is not answered by that."""

    TYPE: ClassVar[str] = "conversation.forwarded"

    message_id: UUID
    original_id: UUID
    mode: ForwardMode
    agent_id: str
    to: tuple[ContactPoint, ...]


class AutoReplied(ConversationPayload):
    """A rule answered the customer with a template. The customer still waits: this is no agent's answer."""

    TYPE: ClassVar[str] = "conversation.auto_replied"

    message_id: UUID
    channel: Channel
    account: str
    rule_id: str
    to: tuple[ContactPoint, ...]
    subject: str | None = None
    text: str = ""
    text_truncated: bool = False
    attachment_count: int = 0


class DeliveryChanged(ConversationPayload):
    """What is known of a message of ours changed. `recipient` is whom a failure is about, where that is known, and
    `reason` why they did not get it.

    `agent_id` wrote the message; None for one that nobody wrote (an automatic reply, a question for a rating).
    `settled`: all messages of agents that had been lost have arrived now, so the customer waits since
    `waiting_since`, or, where that is None, not.
    """

    TYPE: ClassVar[str] = "conversation.delivery_changed"

    message_id: UUID
    state: DeliveryState
    recipient: ContactPoint | None = None
    reason: str | None = None
    hard: bool = False
    agent_id: str | None = None
    settled: bool = False
    waiting_since: UtcDatetime | None = None


class AssignReason(StrEnum):
    MANUAL = "manual"
    SERVE_NEXT = "serve_next"
    AUTOMATIC = "automatic"
    RETURNED = "returned"


class Assigned(ConversationPayload):
    """The conversation has an assignee now, or none (`assignee` None)."""

    TYPE: ClassVar[str] = "conversation.assigned"

    assignee: str | None = None
    previous: str | None = None
    reason: AssignReason = AssignReason.MANUAL


class FollowerAdded(ConversationPayload):
    """An agent is told of what happens here without being the assignee."""

    TYPE: ClassVar[str] = "conversation.follower_added"

    agent_id: str


class FollowerRemoved(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.follower_removed"

    agent_id: str


class ParticipantAdded(ConversationPayload):
    """Somebody beside the customer takes part: answers go to them as well."""

    TYPE: ClassVar[str] = "conversation.participant_added"

    contact: ContactPoint


class ParticipantRemoved(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.participant_removed"

    contact: ContactPoint


class Priority(StrEnum):
    """How urgent a conversation is; the queue serves a higher one first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class PriorityChanged(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.priority_changed"

    priority: Priority
    previous: Priority


class QueueChanged(ConversationPayload):
    """The conversation belongs to another queue now; None is the common one."""

    TYPE: ClassVar[str] = "conversation.queue_changed"

    queue: str | None = None
    previous: str | None = None


class LabelAdded(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.label_added"

    label: str


class LabelRemoved(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.label_removed"

    label: str


class Closed(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.closed"


class ReopenReason(StrEnum):
    """`merged`: somebody who waits came along. `delivery_failed`: an agent's message may not have arrived."""

    CUSTOMER_MESSAGE = "customer_message"
    SNOOZE_ENDED = "snooze_ended"
    MANUAL = "manual"
    MERGED = "merged"
    DELIVERY_FAILED = "delivery_failed"


class Reopened(ConversationPayload):
    """It is open again. `as_before`: the customer waits as if it had been open all along, since `waiting_since`,
    or, where that is None, not. Otherwise we owe something from now on, unless the customer wrote.
    `woken_for`: the agent who has it, else who put it aside, where a snooze ended; they are to look at it."""

    TYPE: ClassVar[str] = "conversation.reopened"

    previous: ConversationStatus
    reason: ReopenReason
    as_before: bool = False
    waiting_since: UtcDatetime | None = None
    woken_for: str | None = None


class Snoozed(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.snoozed"

    until: UtcDatetime


class Archived(ConversationPayload):
    TYPE: ClassVar[str] = "conversation.archived"


class RatingRequested(ConversationPayload):
    """After a closing the customer was asked to rate, in a message of its own or below the last answer."""

    TYPE: ClassVar[str] = "conversation.rating_requested"

    message_id: UUID


BAD_RATING = 2
"""Up to this score somebody should look at what went wrong."""


class Rated(ConversationPayload):
    """The customer rated the service: `score` 1 (bad) to 5 (very good). `agent_id`: who had closed the
    conversation, or had answered last where no agent closed it."""

    TYPE: ClassVar[str] = "conversation.rated"

    score: int = Field(ge=1, le=5)
    comment: str | None = Field(default=None, max_length=4000)
    agent_id: str | None = None


class RatingAbsorbed(ConversationPayload):
    """The customer rated `absorbed`, which had been merged into this conversation: `score` is shown here. It is
    the rating that `conversation.rated` of the other one tells of, not another one."""

    TYPE: ClassVar[str] = "conversation.rating_absorbed"

    absorbed: UUID
    score: int = Field(ge=1, le=5)


class CustomerLinked(ConversationPayload):
    """The customer behind the contact point is known (or became another one after a merge)."""

    TYPE: ClassVar[str] = "conversation.customer_linked"

    customer_id: UUID


class MergedInto(ConversationPayload):
    """This conversation turned out to be part of another one (`into`) and goes on there."""

    TYPE: ClassVar[str] = "conversation.merged"

    into: UUID


class Absorbed(ConversationPayload):
    """Messages of `absorbed` belong to this conversation from now on, with what was told of their delivery.
    `waiting_since`: since when a customer waits for an answer to one of them, None when nobody does. `replied`: an
    agent has answered there, so the next answer here is no first response.

    After a merge, what people put on the other conversation follows as events of this one: labels, followers,
    participants, a higher priority, and the queue, assignee and customer where this one has none.
    """

    TYPE: ClassVar[str] = "conversation.absorbed"

    absorbed: UUID
    message_ids: tuple[UUID, ...]
    waiting_since: UtcDatetime | None = None
    replied: bool = False


class SplitOff(ConversationPayload):
    """Messages that do not belong here went to a conversation of their own (`into`). `waiting_since`: since when
    the customer waits for an answer to what is left, None when nobody does."""

    TYPE: ClassVar[str] = "conversation.split_off"

    into: UUID
    message_ids: tuple[UUID, ...]
    waiting_since: UtcDatetime | None = None
