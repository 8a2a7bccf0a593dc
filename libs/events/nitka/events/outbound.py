"""`outbound.messages.v1` and `outbound.receipts.v1`: what leaves by a channel and what became of it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from nitka.events.common import Attachment, Channel, ContactPoint, DeliveryState
from nitka.events.envelope import Payload


class MessageRequested(Payload):
    """An agent's message is to leave by the channel that owns `account`.

    `external_id` is the Message-ID to use for a mail (without angle brackets): chosen by the conversation
    service, so that an answer or a bounce is known whatever became of the attempt. `reply_token` belongs in
    the plus-address of Reply-To; None on channels that thread by themselves.
    """

    TYPE: ClassVar[str] = "outbound.message_requested"

    conversation_id: UUID
    message_id: UUID
    channel: Channel
    account: str
    author_name: str | None = None
    to: tuple[ContactPoint, ...] = Field(min_length=1)
    cc: tuple[ContactPoint, ...] = ()
    bcc: tuple[ContactPoint, ...] = ()
    subject: str | None = None
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    external_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_token: str | None = None
    attempt: int = Field(default=1, ge=1)


class MessageReceipt(Payload):
    """What a channel learned about an outbound message. `provider_id` is the channel's own id for it.

    `recipient` is set where the receipt is about one recipient only. `hard` marks a failure that will not
    heal: the address itself is bad.
    """

    TYPE: ClassVar[str] = "outbound.message_receipt"

    conversation_id: UUID | None = None
    message_id: UUID | None = None
    channel: Channel
    account: str
    state: DeliveryState
    provider_id: str | None = None
    recipient: str | None = None
    reason: str | None = Field(default=None, max_length=1000)
    hard: bool = False
    attempt: int = Field(default=1, ge=1)
