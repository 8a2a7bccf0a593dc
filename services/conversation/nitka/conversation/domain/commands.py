"""What somebody may ask of a conversation. Content (texts, addresses) is stored beside; commands name it by id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nitka.events import Automatic, Channel, DeliveryState
from nitka.events.conversation import AssignReason


@dataclass(frozen=True, slots=True)
class Receive:
    """A message of the customer's side arrived. `number` is used when it opens a new conversation."""

    message_id: UUID
    contact_id: UUID
    channel: Channel
    account: str
    number: int
    automatic: Automatic | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    message_id: UUID


@dataclass(frozen=True, slots=True)
class AddNote:
    message_id: UUID


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    """A channel reports on an outbound message."""

    message_id: UUID
    state: DeliveryState
    attempt: int = 1
    hard: bool = False
    recipient_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RetryDelivery:
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Assign:
    assignee: str | None
    reason: AssignReason = AssignReason.MANUAL
    only_if_unassigned: bool = False


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
    pass


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
class Rate:
    """`closing` is the one that the signed link was made for."""

    score: int
    closing: int
    comment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LinkCustomer:
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class MergeInto:
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Absorb:
    conversation_id: UUID
    message_ids: tuple[UUID, ...]


Command = (
    Receive
    | Reply
    | AddNote
    | RecordDelivery
    | RetryDelivery
    | Assign
    | AddLabel
    | RemoveLabel
    | Close
    | Reopen
    | Snooze
    | EndSnooze
    | Archive
    | Rate
    | LinkCustomer
    | MergeInto
    | Absorb
)
