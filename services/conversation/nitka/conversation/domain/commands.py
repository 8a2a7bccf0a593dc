"""What somebody may ask of a conversation. Content (texts, addresses) is stored beside; commands name it by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from nitka.conversation.domain.events import Then
from nitka.events import Automatic, Channel, DeliveryState
from nitka.events.conversation import AssignReason, ForwardMode, Priority


@dataclass(frozen=True, slots=True)
class Receive:
    """A message of the customer's side arrived. `number` is used when it opens a new conversation;
    `reopen_archived` is the inbox's setting."""

    message_id: UUID
    contact_id: UUID
    channel: Channel
    account: str
    number: int
    automatic: Automatic | None = None
    reopen_archived: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """An agent writes first; `contact_id` is whom to."""

    contact_id: UUID
    channel: Channel
    account: str
    number: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer. `seen` is the version that the author had on screen, None: all there is. `aside`: it goes to third
    parties alone, and the customer waits on."""

    message_id: UUID
    seen: int | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleReply:
    """Answer, but hold it until `send_at`; `then` is carried out when it leaves, unless the customer has written
    what its author had not `seen`."""

    message_id: UUID
    send_at: datetime
    then: Then = Then.NOTHING
    snooze_until: datetime | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduleForward:
    """Pass `original_id` on, but hold it until `send_at`."""

    message_id: UUID
    send_at: datetime
    original_id: UUID
    mode: ForwardMode


@dataclass(frozen=True, slots=True)
class ReleaseReply:
    """The hold has ended, or the agent does not want to wait for its end. `aside` as of `Reply`."""

    message_id: UUID
    aside: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawReply:
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Forward:
    message_id: UUID
    original_id: UUID
    mode: ForwardMode


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A rule answers; at most once in a `window`."""

    message_id: UUID
    rule_id: str
    window: timedelta


@dataclass(frozen=True, slots=True)
class AddNote:
    message_id: UUID
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    """A channel reports on an outbound message; `partial`: on one of several recipients. `agent_id` wrote it, if
    anybody did."""

    message_id: UUID
    state: DeliveryState
    attempt: int = 1
    hard: bool = False
    recipient_id: UUID | None = None
    partial: bool = False
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class RetryDelivery:
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Assign:
    assignee: str | None
    reason: AssignReason = AssignReason.MANUAL
    only_if_unassigned: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    agent_id: str


@dataclass(frozen=True, slots=True)
class Unfollow:
    agent_id: str


@dataclass(frozen=True, slots=True)
class AddParticipant:
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class RemoveParticipant:
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class SetPriority:
    priority: Priority


@dataclass(frozen=True, slots=True)
class SetQueue:
    queue: str | None


@dataclass(frozen=True, slots=True)
class AddLabel:
    label: str


@dataclass(frozen=True, slots=True)
class RemoveLabel:
    label: str


@dataclass(frozen=True, slots=True)
class Close:
    pass


@dataclass(frozen=True, slots=True)
class Reopen:
    """`undo`: the closing or archiving was not meant."""

    undo: bool = False


@dataclass(frozen=True, slots=True)
class Snooze:
    until: datetime


@dataclass(frozen=True, slots=True)
class EndSnooze:
    """The snooze timer rang."""


@dataclass(frozen=True, slots=True)
class Archive:
    pass


@dataclass(frozen=True, slots=True)
class RequestRating:
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Rate:
    """`closing` is the one that the signed link was made for."""

    score: int
    closing: int
    comment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AbsorbRating:
    """Another conversation, which was merged into this one, was rated."""

    conversation_id: UUID
    score: int


@dataclass(frozen=True, slots=True)
class LinkCustomer:
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class MergeInto:
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Absorb:
    """Take over messages of another conversation, what is known of them, and what people put on it (from `labels`
    on)."""

    conversation_id: UUID
    message_ids: tuple[UUID, ...]
    contacts: frozenset[UUID] = frozenset()
    deliveries: Mapping[UUID, tuple[DeliveryState, int]] = field(default_factory=dict)
    refused: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    retried: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    lost: frozenset[UUID] = frozenset()
    waiting_since: datetime | None = None
    lost_since: datetime | None = None
    replied: bool = False
    inbound: bool = False
    automatic: bool = True
    auto_replied_at: datetime | None = None
    split_from: frozenset[UUID] = frozenset()
    numbers: frozenset[int] = frozenset()
    mentioned: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    followers: frozenset[str] = frozenset()
    participants: frozenset[UUID] = frozenset()
    priority: Priority = Priority.LOW
    queue: str | None = None
    assignee: str | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Part with messages; `contacts`, `waiting_since` and `lost_since` are what stays."""

    into: UUID
    message_ids: tuple[UUID, ...]
    contacts: frozenset[UUID]
    waiting_since: datetime | None
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class BeginWithSplit:
    """A new conversation of messages that were split off; `contact_id` wrote the first of them."""

    contact_id: UUID
    channel: Channel
    account: str
    number: int
    absorbed: Absorb


Command = (
    Receive
    | Start
    | Reply
    | ScheduleReply
    | ScheduleForward
    | ReleaseReply
    | WithdrawReply
    | Forward
    | AutoReply
    | AddNote
    | RecordDelivery
    | RetryDelivery
    | Assign
    | Follow
    | Unfollow
    | AddParticipant
    | RemoveParticipant
    | SetPriority
    | SetQueue
    | AddLabel
    | RemoveLabel
    | Close
    | Reopen
    | Snooze
    | EndSnooze
    | Archive
    | RequestRating
    | Rate
    | AbsorbRating
    | LinkCustomer
    | MergeInto
    | Absorb
    | Split
    | BeginWithSplit
)
