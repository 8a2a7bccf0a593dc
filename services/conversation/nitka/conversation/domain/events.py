"""What can have happened to a conversation. Stored for good, so: facts and ids only, no personal data.

Every class name is part of the store (see `mapping.py`); never rename one, never change a field's meaning.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nitka.events import Actor, Automatic, Channel, ConversationStatus, DeliveryState, UtcDatetime
from nitka.events.conversation import AssignReason, ReopenReason


class DomainEvent(BaseModel):
    """Base: when it happened and who made it happen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: UtcDatetime
    actor: Actor


class Opened(DomainEvent):
    number: int
    channel: Channel
    account: str
    contact_id: UUID
    status: ConversationStatus
    automatic: Automatic | None = None


class MessageReceived(DomainEvent):
    message_id: UUID
    contact_id: UUID
    automatic: Automatic | None = None


class Replied(DomainEvent):
    message_id: UUID
    first_response: bool


class NoteAdded(DomainEvent):
    message_id: UUID


class DeliveryChanged(DomainEvent):
    """`queued` with an attempt above 1 is a retry that an agent asked for. The reason is content, not here."""

    message_id: UUID
    state: DeliveryState
    attempt: int = Field(default=1, ge=1)
    hard: bool = False
    recipient_id: UUID | None = None


class Assigned(DomainEvent):
    assignee: str | None = None
    previous: str | None = None
    reason: AssignReason


class LabelAdded(DomainEvent):
    label: str


class LabelRemoved(DomainEvent):
    label: str


class Closed(DomainEvent):
    pass


class Reopened(DomainEvent):
    previous: ConversationStatus
    reason: ReopenReason


class Snoozed(DomainEvent):
    until: UtcDatetime


class Archived(DomainEvent):
    pass


class Rated(DomainEvent):
    """`comment_id` names the content row of the comment, None without one."""

    score: int = Field(ge=1, le=5)
    comment_id: UUID | None = None
    agent_id: str | None = None


class CustomerLinked(DomainEvent):
    customer_id: UUID


class MergedInto(DomainEvent):
    """This conversation goes on in another one; its messages are there now."""

    conversation_id: UUID


class Absorbed(DomainEvent):
    """The messages of another conversation belong to this one now."""

    conversation_id: UUID
    message_ids: tuple[UUID, ...]


EVENTS: tuple[type[DomainEvent], ...] = (
    Opened,
    MessageReceived,
    Replied,
    NoteAdded,
    DeliveryChanged,
    Assigned,
    LabelAdded,
    LabelRemoved,
    Closed,
    Reopened,
    Snoozed,
    Archived,
    Rated,
    CustomerLinked,
    MergedInto,
    Absorbed,
)
