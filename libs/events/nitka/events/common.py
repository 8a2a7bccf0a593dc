"""Words that several contracts share: channels, contact points, attachments."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from nitka.events.envelope import Public


class Channel(StrEnum):
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    CHAT = "chat"
    FORM = "form"
    VOICE = "voice"


class ContactKind(StrEnum):
    """What kind of address a contact point is. `shop` is a shop's own customer number."""

    EMAIL = "email"
    PHONE = "phone"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    CHAT = "chat"
    SHOP = "shop"


class ContactPoint(Public):
    """One address of a person. `value` is normalised: e-mail in lower case, phone as E.164 with `+`."""

    kind: ContactKind
    value: str = Field(min_length=1, max_length=320)
    name: str | None = Field(default=None, max_length=200)

    @property
    def key(self) -> str:
        """`kind:value`, the form used in URLs, keys and indexes."""
        return f"{self.kind.value}:{self.value}"


class Attachment(Public):
    """A file that came with a message. `blob` is its key in the blob store (`sha256/<hex>`), `size` in bytes.

    `content_id` (without angle brackets) is set for a part that the HTML body refers to as `cid:`.
    """

    blob: str
    filename: str
    media_type: str
    size: int = Field(ge=0)
    content_id: str | None = None
    inline: bool = False


class DeliveryState(StrEnum):
    """What is known of an outbound message. `unconfirmed`: the outcome of the attempt is unknown."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNCONFIRMED = "unconfirmed"


UNDELIVERED = frozenset({DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNCONFIRMED})
"""States of a message that may not have reached the customer: somebody has to look at it."""


class ConversationStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    SNOOZED = "snoozed"
    ARCHIVED = "archived"
