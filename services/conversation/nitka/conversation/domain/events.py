"""What can have happened to a conversation. Stored for good, so: facts and ids only, no personal data.

Every class name is part of the store (see `mapping.py`); never rename one, never change a field's meaning.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nitka.events import Actor, Automatic, Channel, ConversationStatus, DeliveryState, UtcDatetime
from nitka.events.conversation import AssignReason, ForwardMode, Priority, ReopenReason


class DomainEvent(BaseModel):
    """Base: when it happened and who made it happen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: UtcDatetime
    actor: Actor


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of these moments; None where there is none."""
    return min((moment for moment in moments if moment), default=None)


class Opened(DomainEvent):
    number: int
    channel: Channel
    account: str
    contact_id: UUID
    status: ConversationStatus
    automatic: Automatic | None = None
    split_from: UUID | None = None


class MessageReceived(DomainEvent):
    message_id: UUID
    contact_id: UUID
    automatic: Automatic | None = None


class Replied(DomainEvent):
    """`waiting_since`: the customer waits nevertheless, since they wrote what the answer's author had not seen, or
    since it was for a third party."""

    message_id: UUID
    first_response: bool
    waiting_since: UtcDatetime | None = None


class NoteAdded(DomainEvent):
    message_id: UUID
    mentions: tuple[str, ...] = ()


class Then(StrEnum):
    """What follows when an answer has left."""

    NOTHING = "nothing"
    CLOSE = "close"
    SNOOZE = "snooze"


class ReplyScheduled(DomainEvent):
    """A message is held until `send_at`, so that its author can take it back; `Replied` follows, or `Forwarded`
    where it passes on `original_id`. `seen` is the version that its author had on screen, None: the one before
    this event."""

    message_id: UUID
    send_at: UtcDatetime
    then: Then = Then.NOTHING
    snooze_until: UtcDatetime | None = None
    seen: int | None = None
    original_id: UUID | None = None
    mode: ForwardMode | None = None


class ReplyWithdrawn(DomainEvent):
    message_id: UUID


class Forwarded(DomainEvent):
    message_id: UUID
    original_id: UUID
    mode: ForwardMode


class AutoReplied(DomainEvent):
    """A rule's template went to the customer, who still waits for an answer."""

    message_id: UUID
    rule_id: str


class DeliveryChanged(DomainEvent):
    """`queued` with an attempt above 1 is a retry that an agent asked for, to `only` these if it names any.
    `partial`: it is about one of several recipients, the others are not touched. The reason is content, not here.
    `agent_id` wrote the message; None for one that nobody wrote, and in old events. `settled`: with it nothing is
    lost any more, so the customer waits since `waiting_since`, or not.
    """

    message_id: UUID
    state: DeliveryState
    attempt: int = Field(default=1, ge=1)
    hard: bool = False
    recipient_id: UUID | None = None
    partial: bool = False
    only: tuple[UUID, ...] = ()
    agent_id: str | None = None
    settled: bool = False
    waiting_since: UtcDatetime | None = None


class Assigned(DomainEvent):
    assignee: str | None = None
    previous: str | None = None
    reason: AssignReason


class FollowerAdded(DomainEvent):
    agent_id: str


class FollowerRemoved(DomainEvent):
    agent_id: str


class ParticipantAdded(DomainEvent):
    contact_id: UUID


class ParticipantRemoved(DomainEvent):
    contact_id: UUID


class PriorityChanged(DomainEvent):
    priority: Priority
    previous: Priority


class QueueChanged(DomainEvent):
    queue: str | None = None
    previous: str | None = None


class LabelAdded(DomainEvent):
    label: str


class LabelRemoved(DomainEvent):
    label: str


class Closed(DomainEvent):
    pass


class Reopened(DomainEvent):
    """`as_before`: who waits, and which messages are `lost` (and make wait since `lost_since`), is as if it had
    been open all along. `woken_for`: who has it, else who put it aside, where a snooze ended."""

    previous: ConversationStatus
    reason: ReopenReason
    as_before: bool = False
    waiting_since: UtcDatetime | None = None
    lost_since: UtcDatetime | None = None
    lost: frozenset[UUID] = frozenset()
    woken_for: str | None = None


class Snoozed(DomainEvent):
    until: UtcDatetime


class Archived(DomainEvent):
    pass


class RatingRequested(DomainEvent):
    """`message_id`: the answer that carries the question, or a message of its own."""

    message_id: UUID
    closing: int


class Rated(DomainEvent):
    """`comment_id` names the content row of the comment, None without one. `closing` is the one that is rated,
    None in old events: the last one. `agent_id` is whose it was, in old events the assignee at the time."""

    score: int = Field(ge=1, le=5)
    comment_id: UUID | None = None
    agent_id: str | None = None
    closing: int | None = None


class RatingAbsorbed(DomainEvent):
    """`conversation_id`, which was merged into this one, was rated: `score` is shown here. It counts there."""

    conversation_id: UUID
    score: int = Field(ge=1, le=5)


class CustomerLinked(DomainEvent):
    customer_id: UUID


class MergedInto(DomainEvent):
    """This conversation goes on in another one; its messages are there now."""

    conversation_id: UUID


class Absorbed(DomainEvent):
    """Messages of another conversation belong to this one now, with what is known of them: who wrote them, how
    those of ours were delivered, whom they missed and which are `lost`, since when one of them waits for an
    answer and since when (`lost_since`) only because of what is lost, whether one is an agent's answer (`replied`)
    or a person's of the customer's side (`inbound`), whether only machines wrote, when a rule last answered, what
    they were split off from before, under which `numbers` they were answered, and whom its notes call.

    What people put on the other conversation follows in events of its own.
    """

    conversation_id: UUID
    message_ids: tuple[UUID, ...]
    contacts: frozenset[UUID] = frozenset()
    deliveries: dict[UUID, tuple[DeliveryState, int]] = {}
    refused: dict[UUID, frozenset[UUID]] = {}
    retried: dict[UUID, frozenset[UUID]] = {}
    lost: frozenset[UUID] = frozenset()
    waiting_since: UtcDatetime | None = None
    lost_since: UtcDatetime | None = None
    replied: bool = False
    inbound: bool = False
    automatic: bool = True
    auto_replied_at: UtcDatetime | None = None
    split_from: frozenset[UUID] = frozenset()
    numbers: frozenset[int] = frozenset()
    mentioned: frozenset[str] = frozenset()


class SplitOff(DomainEvent):
    """Messages went to a conversation of their own; `contacts`, `waiting_since` and `lost_since` are what is left
    here."""

    into: UUID
    message_ids: tuple[UUID, ...]
    contacts: frozenset[UUID]
    waiting_since: UtcDatetime | None = None
    lost_since: UtcDatetime | None = None


EVENTS: tuple[type[DomainEvent], ...] = (
    Opened,
    MessageReceived,
    Replied,
    NoteAdded,
    ReplyScheduled,
    ReplyWithdrawn,
    Forwarded,
    AutoReplied,
    DeliveryChanged,
    Assigned,
    FollowerAdded,
    FollowerRemoved,
    ParticipantAdded,
    ParticipantRemoved,
    PriorityChanged,
    QueueChanged,
    LabelAdded,
    LabelRemoved,
    Closed,
    Reopened,
    Snoozed,
    Archived,
    RatingRequested,
    Rated,
    RatingAbsorbed,
    CustomerLinked,
    MergedInto,
    Absorbed,
    SplitOff,
)
