"""`inbound.messages.v1`: what the channels received, normalised to one shape."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from nitka.events.common import Attachment, Channel, ContactPoint
from nitka.events.envelope import Payload, Public


class Automatic(StrEnum):
    """Why a message needs no answer: a machine wrote it."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    COMPLAINT = "complaint"


class Bounce(Public):
    """One recipient's failure as a bounce mail reports it (RFC 3464 where the mail follows it).

    `status` is the enhanced status code (RFC 3463), e.g. `5.1.1`. `original_message_id` is the Message-ID of
    the mail that bounced, without angle brackets.
    """

    recipient: str | None = None
    status: str | None = None
    hard: bool = False
    reason: str | None = Field(default=None, max_length=1000)
    original_message_id: str | None = None


class ThreadRefs(Public):
    """Everything a channel knows about where a message belongs; ids without angle brackets.

    `tokens` are conversation tokens found in the recipients (plus-address), `subject_tokens` those found in
    the subject; only the conversation service can tell a genuine one. `external_thread` is the channel's own
    thread key and the partition key of the event. A mail never threads by it (References do that); on a
    channel that has threads of its own (WhatsApp: the customer's number) it decides.
    """

    external_thread: str = Field(max_length=998)
    message_id: str | None = Field(default=None, max_length=998)
    in_reply_to: tuple[str, ...] = Field(default=(), max_length=50)
    references: tuple[str, ...] = Field(default=(), max_length=200)
    tokens: tuple[str, ...] = Field(default=(), max_length=20)
    subject_tokens: tuple[str, ...] = Field(default=(), max_length=20)


class MessageReceived(Payload):
    """A message arrived on a channel account.

    `account` is the inbox it came to (for mail: the account's address). `external_id` is the channel's own id
    of the message. `text` is always there (derived from `html` where a mail has none) and both are capped by
    the ingestor; `html` is as sent and hostile: only the conversation service's read API gives a safe form.
    `to` and `cc` are all recipients with their names, our own inboxes without a plus-suffix among them.
    `raw_blob` is the key of the untouched source in the blob store. `truncated` says that a cap cut something.
    """

    TYPE: ClassVar[str] = "inbound.message_received"

    channel: Channel
    account: str = Field(min_length=1, max_length=320)
    external_id: str = Field(min_length=1, max_length=998)
    thread: ThreadRefs
    sender: ContactPoint
    reply_to: ContactPoint | None = None
    to: tuple[ContactPoint, ...] = Field(default=(), max_length=500)
    cc: tuple[ContactPoint, ...] = Field(default=(), max_length=500)
    subject: str | None = Field(default=None, max_length=998)
    text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=500)
    raw_blob: str | None = None
    truncated: bool = False
    automatic: Automatic | None = None
    bounces: tuple[Bounce, ...] = Field(default=(), max_length=500)
    language: str | None = None


class RatingReceived(Payload):
    """A customer rated by a button that a channel showed; this is no message that needs an answer.

    `token` is the one of the request (`rating.token` of `outbound.message_requested`); only the conversation
    service can tell a genuine one. `thread` is that of the customer's messages, so that order holds.
    """

    TYPE: ClassVar[str] = "inbound.rating_received"

    channel: Channel
    account: str = Field(min_length=1, max_length=320)
    external_id: str = Field(min_length=1, max_length=998)
    thread: ThreadRefs
    sender: ContactPoint
    token: str = Field(min_length=1, max_length=200)
    score: int = Field(ge=1, le=5)
    comment: str | None = Field(default=None, max_length=4000)
