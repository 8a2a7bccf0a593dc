"""`outbound.messages.v1` and `outbound.receipts.v1`: what leaves by a channel and what became of it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from nitka.events.common import Attachment, Channel, ContactPoint, DeliveryState
from nitka.events.envelope import Payload, Public


class RatingAsk(Public):
    """The question how satisfied the customer is, for channels that can show five buttons.

    `token` comes back in `inbound.rating_received`; `link` opens the rating page, for channels without buttons.
    """

    question: str = Field(min_length=1, max_length=1024)
    token: str = Field(pattern=r"^[A-Za-z0-9._~-]{1,150}$")
    link: str | None = None


class MessageRequested(Payload):
    """A message is to leave by the channel that owns `account`.

    `external_id` is the Message-ID to use for a mail (without angle brackets): chosen by the conversation
    service, so that an answer or a bounce is known whatever became of the attempt. `reply_token` belongs in
    the plus-address of Reply-To; None on channels that thread by themselves.

    `html` is cleaned before it leaves and shows attachments as `cid:<content_id>`; `text` says the same. Below an
    agent's answer by mail both quote the mail that it answers.
    `automatic`: no agent wrote it (an automatic reply, a request for a rating). `redirect_of` is the blob of a
    mail that is passed on as it came, so that an answer goes to its author: subject, text, files and threading
    of this event do not count then. `rating` asks for a rating where the channel has buttons; a mail has the
    link in its text. `only` are addresses among the recipients: this attempt goes to them alone, because the
    others have the message; empty means to all.
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
    automatic: bool = False
    redirect_of: str | None = None
    rating: RatingAsk | None = None
    only: tuple[str, ...] = ()
    attempt: int = Field(default=1, ge=1)


class MessageReceipt(Payload):
    """What a channel learned about an outbound message. `provider_id` is the channel's own id for it.

    `recipient` is set where the receipt is about one recipient only: what others got is not touched by it. An
    attempt for some (`only`) that failed or is unconfirmed is told of each of them by name, too.
    `hard` marks a failure that will not heal: the address itself is bad.
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
